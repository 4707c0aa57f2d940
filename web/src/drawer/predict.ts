// Guessing before seeing: one row of buttons, and the guess beside the verdict.

import { escapeText } from "../text.ts";

export interface Choice {
  id: string;
  name: string;
  /** What it means when a client meets it. */
  means: string;
}

/** What a request can end in, as people say it; the first five can be guessed. */
export const choices: Choice[] = [
  { id: "answered", name: "Answered", means: "the application got the request and answered" },
  { id: "http-error", name: "4xx/5xx", means: "somebody on the way answered, with an HTTP error" },
  { id: "refused", name: "Refused", means: "someone said no, at once" },
  { id: "no-answer", name: "No answer", means: "nothing came back, so the client waited in vain" },
  { id: "name-not-found", name: "Name not found", means: "the name has no address, so nothing was sent" },
  { id: "reset", name: "Cut off", means: "a connection was made and then broken" },
  { id: "tls-error", name: "TLS error", means: "a connection was made, but no trust" },
  { id: "left-the-map", name: "Left the map", means: "it goes to a host that nothing here describes" },
  { id: "cannot-tell", name: "Cannot tell", means: "a fact is missing" },
];

const guessable = choices.slice(0, 5);

export function predictMarkup(from: string, command: string): string {
  const buttons = guessable
    .map((c, i) => `<button type="button" data-guess="${c.id}"><kbd>${i + 1}</kbd>${escapeText(c.name)}</button>`)
    .join("");
  return (
    `<div class="predict" role="group" tabindex="-1" aria-labelledby="predict-question"><p class="sentence" id="predict-question">What will happen?</p>` +
    `<p class="asked"><span>${escapeText(from)}</span> <code>${escapeText(command)}</code></p>` +
    `<div class="guesses">${buttons}<button type="button" class="pass" data-guess="">Skip</button></div></div>`
  );
}

/** The guess held against what came: "You said Refused; it was No answer." Empty where nothing was guessed. */
export function guessWords(guess: string, cls: string): string {
  const said = choices.find(c => c.id === guess);
  const was = choices.find(c => c.id === cls);
  if (!said || !was) return "";
  if (said === was) return `You said ${said.name}, and so it is: ${was.means}.`;
  return `You said ${said.name}; it was ${was.name}. ${said.name} = ${said.means}. ${was.name} = ${was.means}.`;
}
