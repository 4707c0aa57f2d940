// The strip of steps, and the choice among several ways.

import { shareWords } from "../draw/notes.ts";
import { escapeText } from "../text.ts";
import { fails, type Outcome, type Step } from "../trace.ts";
import { type DrawerState, outcomeClass } from "./state.ts";

/** The stops of the strip. A finished look-up of a name is one stop: the way of the request itself is what counts. */
export function strip(state: DrawerState): string {
  const { steps, step } = state;
  const failed = fails(outcomeClass(state));
  const dns = new Set(steps.filter(s => s.kind.startsWith("dns.")).map(s => s.leg));
  const here = steps[step]?.leg;
  const stops: { at: number; title: string; s: Step }[] = [];
  steps.forEach((s, i) => {
    const folded = dns.has(s.leg) && s.leg !== here;
    if (folded && dns.has(steps[i - 1]?.leg ?? -1) && steps[i - 1]?.leg !== here) return;
    stops.push({ at: i, title: folded ? "asks DNS" : s.title || s.kind, s });
  });
  const dense = stops.length > 10;
  return stops
    .map(({ at, title, s }, n) => {
      const current = at === step;
      const end = at === steps.length - 1;
      const cls = [
        current ? "now" : at < step ? "past" : "ahead",
        s.direction === "reply" ? "reply" : "",
        failed && end ? "stop" : "",
        dense && !current ? "unnamed" : "",
        dense && n < 2 ? "at-start" : dense && n > stops.length - 3 ? "at-end" : "",
      ].filter(Boolean);
      const words = escapeText(title);
      return `<li class="${cls.join(" ")}"><button type="button" data-step="${at}" title="${words}" aria-label="Step ${at + 1}: ${words}"${current ? ` aria-current="step"` : ""}><i></i><span>${words}</span></button></li>`;
    })
    .join("");
}

export function ways(state: DrawerState): string {
  const all = state.trace.outcomes;
  if (all.length < 2) return "";
  return `<select class="outcomes" aria-label="Which of the ${all.length} ways" data-ways>${all
    .map((o, i) => `<option value="${i}"${i === state.outcome ? " selected" : ""}>${escapeText(wayText(o))}</option>`)
    .join("")}</select>`;
}

function wayText(o: Outcome): string {
  const to = o.endpoint?.pod || o.endpoint?.ip || o.class.replace("-", " ");
  const status = o.httpStatus ? ` ${o.httpStatus}` : "";
  return `${shareWords(o.share)}: ${to}${status}`;
}
