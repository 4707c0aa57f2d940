// How often each prediction was chosen, as bars.

import { choices, type Question } from "./socket.ts";

/** Fills the bars below an element; without counts they are empty. */
export function fillTally(el: Element, question: Question | undefined): void {
  const counts = question?.counts ?? [];
  const most = Math.max(1, ...counts);
  choices.forEach((choice, i) => {
    const row = el.querySelector(`[data-choice="${choice}"]`);
    if (!row) return;
    const n = counts[i] ?? 0;
    const bar = row.querySelector("progress")!;
    bar.max = most;
    bar.value = n;
    row.querySelector(".count")!.textContent = String(n);
  });
}
