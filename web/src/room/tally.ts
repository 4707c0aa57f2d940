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

let told = { number: 0, step: -1 };

/** Shows the question on a projector: on a stage, and on a presenter's page in Present mode. What was revealed goes when
 * the lesson goes on: what was chosen on the picture stays there. */
export function project(question: Question | undefined, step: number, places: string): void {
  const box = maybe("room-asked");
  if (!box) return;
  const root = document.querySelector(".p-root");
  if (root && box.parentElement !== root) root.append(box);
  if (!question?.revealed) told = { number: 0, step: -1 };
  else if (told.number !== question.number) told = { number: question.number, step };
  box.hidden = !question || (question.revealed && told.step !== step);
  box.classList.toggle("revealed", question?.revealed === true);
  const line = box.querySelector<HTMLElement>(".asked-places");
  if (line) {
    line.hidden = places === "" || !question?.revealed;
    line.textContent = places;
  }
  fillTally(box, question);
}
