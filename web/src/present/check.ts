// The card by which a teacher checks a projector before the lesson: the smallest letters, every colour, all four corners,
// in both themes side by side.

import { make } from "../dom.ts";

const swatches: [string, string][] = [
  ["request", "travels"],
  ["reply", "comes back"],
  ["stopped", "stops"],
  ["attention", "waits"],
];

export function checkCard(): HTMLDialogElement {
  const card = make("dialog", "p-check");
  card.setAttribute("aria-label", "Projector check");
  const half = (theme: string, words: string) =>
    `<div class="p-half theme-${theme}"><p class="p-large">${words}</p><p>Smallest words on any slide, and <code>10.96.0.10:53</code>.</p>` +
    `<ul>${swatches.map(([cls, says]) => `<li><i class="${cls}"></i>${says}</li>`).join("")}</ul>` +
    `<p class="p-lines"><i></i><i></i><i></i></p></div>`;
  card.innerHTML =
    `${half("light", "Light, for bright rooms")}${half("dark", "Dark, for dark rooms")}` +
    `<i class="p-corner tl"></i><i class="p-corner tr"></i><i class="p-corner bl"></i><i class="p-corner br"></i>` +
    `<p class="p-ask">Can the last row read this, and see four corners?</p><form method="dialog"><button>Close</button></form>`;
  return card;
}
