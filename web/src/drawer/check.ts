// Check it yourself: the line to run, and whether what it really printed agrees with the trace.

import { escapeText } from "../text.ts";
import type { Trace } from "../trace.ts";

export interface Judgement {
  agreed: boolean;
  explains: Record<string, string> | null;
  sentence: string;
}

/** What a client can meet, for those who cannot paste: the ids are those of POST api/v1/observe. */
const picks: [string, string][] = [
  ["answered", "It answered"],
  ["http-error", "An HTTP error"],
  ["refused", "Connection refused, at once"],
  ["no-answer", "Silence, then a timeout"],
  ["name-not-found", "The name could not be resolved"],
  ["reset", "Connected, then cut off"],
  ["tls-error", "A TLS or certificate error"],
];

export function checkMarkup(trace: Trace): string {
  const line = trace.yourself?.command ?? trace.request.command;
  const where = trace.yourself?.where ?? "";
  return (
    `<div><p class="where">Run this ${escapeText(where)}, and bring back what it prints.</p>` +
    `<span class="command"><code>${escapeText(line)}</code><button type="button" data-copy="${escapeText(line)}">copy</button></span></div>` +
    `<form class="observed"><textarea name="printed" rows="2" spellcheck="false" aria-label="What it printed" placeholder="Paste what it printed"></textarea>` +
    `<div class="or"><select name="pick" aria-label="Or pick what happened"><option value="">or pick what happened</option>${picks
      .map(([id, text]) => `<option value="${id}">${text}</option>`)
      .join("")}</select><button type="submit">Compare</button></div></form>` +
    `<p class="judgement" role="status"></p>`
  );
}

/** Asks the server what an observation means; a text that cannot be read is said in place of a judgement. */
export async function judge(trace: Trace, form: HTMLFormElement): Promise<Judgement> {
  const data = new FormData(form);
  const printed = String(data.get("printed") ?? "");
  const pick = printed.trim() ? "" : String(data.get("pick") ?? "");
  if (!printed.trim() && !pick)
    return { agreed: false, explains: null, sentence: "Paste what the client printed, or pick what happened." };
  try {
    const answer = await fetch("api/v1/observe", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ trace, printed, pick }),
    });
    const body = await answer.json();
    if (answer.ok) return body as Judgement;
    return { agreed: false, explains: null, sentence: String(body?.error?.message ?? "The server did not take that.") };
  } catch {
    return { agreed: false, explains: null, sentence: "The server cannot be reached; try again." };
  }
}
