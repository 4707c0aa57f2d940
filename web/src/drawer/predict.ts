// Guessing before seeing: one row of buttons, and the guess beside the verdict.

import { placeWords } from "../predict/place.ts";
import { escapeText } from "../text.ts";
import { html, say } from "../words.ts";

export interface Choice {
  id: string;
  name: string;
  /** What it means when a client meets it. */
  means: string;
}

/** What a request can end in, as people say it; the first five can be guessed. */
export const choices: Choice[] = [
  { id: "answered", name: say("met.answered"), means: say("means.answered") },
  { id: "http-error", name: say("met.http-error"), means: say("means.http-error") },
  { id: "refused", name: say("met.refused"), means: say("means.refused") },
  { id: "no-answer", name: say("met.no-answer"), means: say("means.no-answer") },
  { id: "name-not-found", name: say("met.name-not-found"), means: say("means.name-not-found") },
  { id: "reset", name: say("met.reset"), means: say("means.reset") },
  { id: "tls-error", name: say("met.tls-error"), means: say("means.tls-error") },
  { id: "left-the-map", name: say("met.left-the-map"), means: say("means.left-the-map") },
  { id: "cannot-tell", name: say("met.cannot-tell"), means: say("means.cannot-tell") },
];

/** How a request ended, as people say it. */
export function metWords(cls: string): string {
  return choices.find(c => c.id === cls)?.name ?? say("met.mixed");
}

const guessable = choices.slice(0, 5);

/** The row of guesses, and the way past them. */
export function guessButtons(pointed: boolean): string {
  const buttons = guessable
    .map((c, i) => `<button type="button" data-guess="${c.id}"><kbd>${i + 1}</kbd>${escapeText(c.name)}</button>`)
    .join("");
  return `<div class="guesses">${buttons}<button type="button" class="pass" data-guess="">${html(pointed ? "predict.play" : "predict.skip")}</button></div>`;
}

export function predictMarkup(from: string, command: string, pointed: string): string {
  return (
    `<div class="predict" role="group" tabindex="-1" aria-labelledby="predict-question"><p class="sentence" id="predict-question">${html("predict.question")}</p>` +
    `<p class="asked"><span>${escapeText(from)}</span> <code>${escapeText(command)}</code></p>${guessButtons(pointed !== "")}` +
    `<p class="point">${pointed ? `<b>${html("predict.pointed", escapeText(placeWords(pointed)))}</b> ${html("predict.then")}` : html("predict.point")} <button type="button" data-do="to-map"><kbd>M</kbd>${html("predict.to-map")}</button></p></div>`
  );
}

/** The guess and what came, in the few words that a projector has room for. */
export function guessShort(guess: string, cls: string): string {
  const said = choices.find(c => c.id === guess);
  const was = choices.find(c => c.id === cls);
  if (!said || !was) return "";
  return said === was ? say("predict.right-short", said.name) : say("predict.wrong-short", said.name, was.name);
}

/** The guess held against what came: "You said Refused; it was No answer." Empty where nothing was guessed; in few words
 * where more is said beside it. */
export function guessWords(guess: string, cls: string, short = false): string {
  const said = choices.find(c => c.id === guess);
  const was = choices.find(c => c.id === cls);
  if (!said || !was) return "";
  if (said === was && short) return say("predict.right-short", said.name);
  if (said === was) return say("predict.right", said.name, was.means);
  return say("predict.wrong", said.name, was.name, said.means, was.means);
}
