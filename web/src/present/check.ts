// The card by which a teacher checks a projector before the lesson: the smallest letters, every colour, all four corners,
// in both themes side by side.

import { make } from "../dom.ts";
import { escapeText } from "../text.ts";
import { html, say } from "../words.ts";

const swatches: [string, string][] = [
  ["request", say("check-card.travels")],
  ["reply", say("check-card.comes-back")],
  ["stopped", say("check-card.stops")],
  ["attention", say("check-card.waits")],
];

export function checkCard(): HTMLDialogElement {
  const card = make("dialog", "p-check");
  card.setAttribute("aria-label", say("check-card.title"));
  const half = (theme: string, words: string) =>
    `<div class="p-half theme-${theme}"><p class="p-large">${words}</p><p>${html("check-card.smallest", "<code>10.96.0.10:53</code>")}</p>` +
    `<ul>${swatches.map(([cls, says]) => `<li><i class="${cls}"></i>${escapeText(says)}</li>`).join("")}</ul>` +
    `<p class="p-lines"><i></i><i></i><i></i></p></div>`;
  card.innerHTML =
    `${half("light", html("check-card.light"))}${half("dark", html("check-card.dark"))}` +
    `<i class="p-corner tl"></i><i class="p-corner tr"></i><i class="p-corner bl"></i><i class="p-corner br"></i>` +
    `<p class="p-ask">${html("check-card.question")}</p><form method="dialog"><button>${html("close")}</button></form>`;
  return card;
}
