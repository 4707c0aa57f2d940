// The tabs beside the answer: the rule, the objects, what else was tried, what the step rests on.

import { isFrozen } from "../export/frozen.ts";
import { escapeText } from "../text.ts";
import { keyOf, type Ref, type Step, type Trace } from "../trace.ts";
import { checkMarkup } from "./check.ts";
import type { DrawerState } from "./state.ts";

export type Tab = "rule" | "object" | "tried" | "evidence" | "check";
const all: [Tab, string][] = [
  ["rule", "Why"],
  ["object", "Object"],
  ["tried", "Others tried"],
  ["evidence", "Evidence"],
  ["check", "Check"],
];
/** What was printed is judged by the server. */
export const tabs = typeof document !== "undefined" && isFrozen() ? all.filter(([id]) => id !== "check") : all;

export function panelMarkup(tab: Tab, state: DrawerState, s: Step, stopped: boolean): string {
  if (tab === "check") return checkMarkup(state.trace);
  if (tab === "rule") {
    const end = state.step === state.steps.length - 1;
    return (end ? tryMarkup(state.trace) : "") + ruleMarkup(s, stopped || end);
  }
  if (tab === "object") return objectMarkup(state.trace, s);
  if (tab === "tried") {
    const tried = s.tried ?? [];
    if (tried.length === 0) return `<p class="none">Nothing else was tried here.</p>`;
    return `<ul>${tried.map(t => `<li>${t.object ? `${refButton(t.object)} ` : ""}<span>${escapeText(t.why)}</span></li>`).join("")}</ul>`;
  }
  return evidenceMarkup(state.trace, s);
}

function ruleMarkup(s: Step, stopped: boolean): string {
  const compared = s.kind.startsWith("policy.")
    ? ""
    : (s.compared ?? [])
        .slice(0, 3)
        .map(
          c =>
            `<li>${escapeText(c.what)}: ${escapeText(c.got)} ${c.holds ? "matches" : "does not match"} ${escapeText(c.wanted)}</li>`,
        )
        .join("");
  const list = compared ? `<ul>${compared}</ul>` : "";
  if (!s.rule) {
    const words = s.kind.startsWith("proxy.")
      ? "No rule of its own."
      : "No rule decides here: the packet just travels.";
    return list || stopped ? list : `<p class="none">${words}</p>`;
  }
  return `<pre class="rule">${escapeText(s.rule.text)}</pre><p class="where">${escapeText(s.rule.where)}${s.rule.exact ? "" : " · in other words than it has there"}</p>${list}`;
}

function tryMarkup(trace: Trace): string {
  const list = trace.verdict.try ?? [];
  if (list.length === 0) return "";
  const item = (t: (typeof list)[number]) =>
    `<li>${escapeText(t.text)}${t.command ? `<span class="command"><code>${escapeText(t.command)}</code><button type="button" data-copy="${escapeText(t.command)}">copy</button></span>` : ""}</li>`;
  // One thing to try; the rest for those who ask.
  const [one, ...more] = list;
  const rest =
    more.length > 0
      ? `<details><summary>more to try</summary><ul class="try">${more.map(item).join("")}</ul></details>`
      : "";
  return `<ul class="try">${item(one!)}</ul>${rest}`;
}

function refButton(ref: Ref): string {
  return `<button type="button" class="ref" data-inspect="${escapeText(keyOf(ref))}">${escapeText(`${ref.kind} ${ref.name}`)}</button>`;
}

function objectMarkup(trace: Trace, s: Step): string {
  const refs: Ref[] = [];
  const add = (r: Ref | null) => {
    if (r && !refs.some(x => keyOf(x) === keyOf(r)) && r.kind !== "Network") refs.push(r);
  };
  add(s.at);
  for (const e of s.evidence ?? []) add(e);
  add(trace.verdict.decidedBy);
  return `<ul>${refs.map(r => `<li>${refButton(r)} ${r.namespace ? `<span>in ${escapeText(r.namespace)}</span>` : ""}</li>`).join("")}</ul>`;
}

function evidenceMarkup(trace: Trace, s: Step): string {
  const list = (s.evidence ?? []).map(
    e =>
      `<li>${refButton(e)} <span>${escapeText((e.fields ?? []).join(", "))}${e.resourceVersion ? ` · version ${escapeText(e.resourceVersion)}` : ""}</span></li>`,
  );
  const assumed =
    s.certainty === "certain"
      ? []
      : trace.assumptions
          .filter(a => a.source !== "detected")
          .map(
            a =>
              `<li><code>${escapeText(a.key)}=${escapeText(a.value)}</code> <span>${escapeText(a.source)}${a.wouldFlip ? ", another value would change the answer" : ""}</span></li>`,
          );
  return `<p class="where">This step is ${escapeText(s.certainty)}.</p><ul>${list.join("")}${assumed.join("")}</ul>`;
}
