// Check it yourself: the line to run, and whether what it really printed agrees with the trace.

import { escapeText } from "../text.ts";
import type { Trace } from "../trace.ts";
import { html, say } from "../words.ts";

export interface Judgement {
  agreed: boolean;
  explains: Record<string, string> | null;
  sentence: string;
}

/** What a client can meet, for those who cannot paste: the ids are those of POST api/v1/observe. */
const picks: [string, string][] = [
  ["answered", say("check.answered")],
  ["http-error", say("check.http-error")],
  ["refused", say("check.refused")],
  ["no-answer", say("check.no-answer")],
  ["name-not-found", say("check.name-not-found")],
  ["reset", say("check.reset")],
  ["tls-error", say("check.tls-error")],
];

export function checkMarkup(trace: Trace): string {
  const line = trace.yourself?.command ?? trace.request.command;
  const where = trace.yourself?.where ?? "";
  return (
    `<div><p class="where">${html("check.run", escapeText(where))}</p>` +
    `<span class="command"><code>${escapeText(line)}</code><button type="button" data-copy="${escapeText(line)}">${html("copy")}</button></span></div>` +
    `<form class="observed"><textarea name="printed" rows="2" spellcheck="false" aria-label="${html("check.printed")}" placeholder="${html("check.paste")}"></textarea>` +
    `<div class="or"><select name="pick" aria-label="${html("check.pick-label")}"><option value="">${html("check.pick")}</option>${picks
      .map(([id, text]) => `<option value="${id}">${escapeText(text)}</option>`)
      .join("")}</select><button type="submit">${html("compare")}</button></div></form>` +
    `<p class="judgement" role="status"></p>`
  );
}

/** Asks the server what an observation means; a text that cannot be read is said in place of a judgement. */
export async function judge(trace: Trace, form: HTMLFormElement): Promise<Judgement> {
  const data = new FormData(form);
  const printed = String(data.get("printed") ?? "");
  const pick = printed.trim() ? "" : String(data.get("pick") ?? "");
  if (!printed.trim() && !pick) return { agreed: false, explains: null, sentence: say("check.neither") };
  try {
    const answer = await fetch("api/v1/observe", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ trace, printed, pick }),
    });
    const body = await answer.json();
    if (answer.ok) return body as Judgement;
    return { agreed: false, explains: null, sentence: String(body?.error?.message ?? say("check.not-taken")) };
  } catch {
    return { agreed: false, explains: null, sentence: say("check.away") };
  }
}
