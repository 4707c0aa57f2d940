// The tabs beside the answer: the rule, the objects, what else was tried, what the step rests on.

import { isFrozen } from "../export/frozen.ts";
import { escapeText } from "../text.ts";
import type { Step, Trace } from "../trace.ts";
import { html, say } from "../words.ts";
import { checkMarkup } from "./check.ts";
import { type Evidences, evidenceMarkup, evidenceOf, objectMarkup, refButton } from "./evidence.ts";
import type { Remedy } from "./remedy.ts";
import type { DrawerState } from "./state.ts";

export type Tab = "rule" | "object" | "tried" | "evidence" | "check";
const all: [Tab, string][] = [
  ["rule", say("tab.why")],
  ["object", say("tab.object")],
  ["tried", say("tab.tried")],
  ["evidence", say("tab.evidence")],
  ["check", say("tab.check")],
];
/** What was printed is judged by the server. */
export const tabs = typeof document !== "undefined" && isFrozen() ? all.filter(([id]) => id !== "check") : all;

/** What the panel may have to ask the server for. */
export interface Asked {
  evidences: Evidences;
  remedy: Remedy | null;
}

export function panelMarkup(tab: Tab, state: DrawerState, s: Step, stopped: boolean, asked: Asked): string {
  if (tab === "check") return checkMarkup(state.trace);
  if (tab === "rule") {
    const end = state.step === state.steps.length - 1;
    return (end ? tryMarkup(state.trace, asked.remedy) : "") + ruleMarkup(s, stopped || end);
  }
  if (tab === "object") {
    const list = evidenceOf(state.trace, s);
    return objectMarkup(list, state.frozen ? null : asked.evidences.of(list, true), state.frozen);
  }
  if (tab === "tried") {
    const tried = s.tried ?? [];
    if (tried.length === 0) return `<p class="none">${html("tab.nothing-tried")}</p>`;
    return `<ul>${tried.map(t => `<li>${t.object ? `${refButton(t.object)} ` : ""}<span>${escapeText(t.why)}</span></li>`).join("")}</ul>`;
  }
  return evidenceMarkup(state.trace, s, state.frozen ? null : asked.evidences.of(s.evidence ?? [], false));
}

function ruleMarkup(s: Step, stopped: boolean): string {
  const compared = s.kind.startsWith("policy.")
    ? ""
    : (s.compared ?? [])
        .slice(0, 3)
        .map(
          c =>
            `<li>${escapeText(c.what)}: ${escapeText(c.got)} ${html(c.holds ? "answer.matches" : "answer.does-not-match")} ${escapeText(c.wanted)}</li>`,
        )
        .join("");
  const list = compared ? `<ul>${compared}</ul>` : "";
  if (!s.rule) {
    const words = s.kind.startsWith("proxy.") ? html("tab.no-rule") : html("tab.no-rule-decides");
    return list || stopped ? list : `<p class="none">${words}</p>`;
  }
  return `<pre class="rule">${escapeText(s.rule.text)}</pre><p class="where">${escapeText(s.rule.where)}${s.rule.exact ? "" : ` · ${html("tab.inexact")}`}</p>${list}`;
}

function tryMarkup(trace: Trace, remedy: Remedy | null): string {
  const list = trace.verdict.try ?? [];
  if (list.length === 0) return "";
  const fork = remedy
    ? `<p class="fork"><button type="button" data-do="fork">${escapeText(remedy.question)}<span>${escapeText(remedy.note)}</span></button></p>`
    : "";
  const item = (t: (typeof list)[number]) =>
    `<li>${escapeText(t.text)}${t.command ? `<span class="command"><code>${escapeText(t.command)}</code><button type="button" data-copy="${escapeText(t.command)}">${html("copy")}</button></span>` : ""}</li>`;
  // One thing to try; the rest for those who ask.
  const [one, ...more] = list;
  const rest =
    more.length > 0
      ? `<details><summary>${html("tab.more")}</summary><ul class="try">${more.map(item).join("")}</ul></details>`
      : "";
  return `${fork}<ul class="try">${item(one!)}</ul>${rest}`;
}
