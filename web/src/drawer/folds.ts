// A look-up of a name is one hop of the strip that opens into its own. Where the look-up is all there is (nslookup), or
// where it is what failed, it is not folded: it is what the trace is about.

import type { Step } from "../trace.ts";

export interface Fold {
  /** First and last step of the look-up. */
  from: number;
  to: number;
  /** Where the question was asked, and the step that answered it: what the fold says while under way and afterwards. */
  asked: number;
  answered: number;
}

export function foldsOf(steps: Step[]): Fold[] {
  const dns = new Set(steps.filter(s => s.kind.startsWith("dns.")).map(s => s.leg));
  const last = steps.at(-1);
  const main = new Set(steps.filter(s => !dns.has(s.leg)).map(s => s.leg));
  if (!last || dns.has(last.leg) || steps.every(s => s.kind === "start" || s.kind === "end" || dns.has(s.leg)))
    return [];
  const folds: Fold[] = [];
  for (let i = 0; i < steps.length; i++) {
    if (!dns.has(steps[i]!.leg)) continue;
    const from = i;
    while (i + 1 < steps.length && dns.has(steps[i + 1]!.leg)) i++;
    if (i === from || main.size === 0) continue;
    const within = steps.slice(from, i + 1);
    const asked = within.findIndex(s => s.kind === "dns.query");
    const answered = within.map(s => s.kind).lastIndexOf("dns.answer");
    folds.push({
      from,
      to: i,
      asked: asked < 0 ? from : from + asked,
      answered: answered < 0 ? i : from + answered,
    });
  }
  return folds;
}

export function foldAt(folds: Fold[], step: number): Fold | undefined {
  return folds.find(f => step >= f.from && step <= f.to);
}

/** Steps that are passed without standing: all of a folded look-up but its end. */
export function passed(folds: Fold[], count: number): boolean[] {
  return Array.from({ length: count }, (_, i) => folds.some(f => i >= f.from && i < f.to));
}

const deciding = new Set([
  "dns.answer",
  "rules.dnat",
  "rules.reject",
  "rules.drop",
  "policy.egress",
  "policy.ingress",
  "proxy.match",
  "boundary",
]);

/** Steps at which something is decided, and the end. A folded look-up decides once, at its end. */
export function decisions(steps: Step[], folds: Fold[]): boolean[] {
  return steps.map((s, i) => {
    const f = foldAt(folds, i);
    if (f) return i === f.to;
    return deciding.has(s.kind) || i === steps.length - 1;
  });
}

/** A stop of the strip: a step, or a folded look-up, which stands at its end. */
export interface Stop {
  at: number;
  fold: Fold | null;
}

/** The stops of the strip. Somebody who stands within a look-up has it open. */
export function stopsOf(steps: Step[], folds: Fold[], step: number): Stop[] {
  const out: Stop[] = [];
  for (let i = 0; i < steps.length; i++) {
    const f = foldAt(folds, i);
    if (f && !(step >= f.from && step < f.to)) {
      out.push({ at: f.to, fold: f });
      i = f.to;
    } else out.push({ at: i, fold: null });
  }
  return out;
}
