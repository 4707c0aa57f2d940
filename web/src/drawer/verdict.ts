// How a request ended, as a shape: each class of verdict has one of its own, so that no colour is needed to tell them
// apart. The words stand beside it.

import { escapeText } from "../text.ts";

const line = (d: string) => `<path class="line" d="${d}"/>`;
const solid = (d: string) => `<path class="solid" d="${d}"/>`;
const disc = `<circle class="solid" cx="11" cy="11" r="9"/>`;
const ring = `<circle class="line" cx="11" cy="11" r="8.5"/>`;
const over = (d: string) => `<path class="over" d="${d}"/>`;

/** A dot and a tick, a dot and a number, a broken label, a shut door, a gate with a clock, a way out, a question mark. */
const shapes: Record<string, string> = {
  answered: disc + over("M6.5 11.5l3.2 3.4 6-7"),
  "http-error": `${solid("M3 3h16v16H3z")}${over("M11 6v6.4M11 15.4v.6")}`,
  "name-not-found": line("M2 6h7l-2 5 2 5H2zM20 6h-7l-2 5 2 5h7z"),
  refused: `${line("M5 2.5h12v17H5z")}${line("M8 8l6 6M14 8l-6 6")}`,
  "no-answer": `${line("M2.5 3v16M6.5 3v16")}<circle class="line" cx="14.5" cy="11" r="5.5"/>${line("M14.5 7.6V11l2.6 1.6")}`,
  reset: line("M2 11h6l2-5M20 11h-6l-2 5M8 18l1.4-2.4M14 4l-1.4 2.4"),
  "tls-error": `${line("M6.5 10V7a4.5 4.5 0 0 1 9 0")}${solid("M4.5 12.5h13v7h-13z")}`,
  "left-the-map": line("M9 3H3v16h6M8 11h11m-5-5l5 5-5 5"),
  "cannot-tell": `${ring}${line("M8.4 8.6c.2-3.6 5.6-3.4 5.4-.2-.1 1.9-2.7 2.1-2.7 4.3M11 15.6v.5")}`,
  mixed: `${ring}${solid("M11 2.5a8.5 8.5 0 0 1 0 17z")}`,
};

export function verdictMark(of: string): string {
  const shape = shapes[of] ?? shapes["cannot-tell"]!;
  return `<svg class="verdict-mark" viewBox="0 0 22 22" width="22" height="22" aria-hidden="true" focusable="false" data-class="${escapeText(of)}">${shape}</svg>`;
}
