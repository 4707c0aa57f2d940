// How often each prediction was chosen, as bars; and the question as the last row reads it.

import { maybe } from "../dom.ts";
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
    row.querySelector(".tally-count")!.textContent = String(n);
  });
}

/** Shows the question on a projector: on a stage, and on a presenter's page in Present mode. */
export function project(question: Question | undefined): void {
  const box = maybe("room-asked");
  if (!box) return;
  const root = document.querySelector(".p-root");
  if (root && box.parentElement !== root) root.append(box);
  box.hidden = !question;
  box.classList.toggle("revealed", question?.revealed === true);
  fillTally(box, question);
}
