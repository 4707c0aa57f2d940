// Two traces side by side: hops that play the same role stand in one column, and what differs in it is listed. Nothing
// is judged here: the words are the traces' own.

import { refText } from "../drawer/answer.ts";
import { foldsOf, stopsOf } from "../drawer/folds.ts";
import type { Header, Step } from "../trace.ts";
import { say } from "../words.ts";

export interface Cell {
  what: string;
  a: string;
  b: string;
}

export interface Column {
  /** What the column is called: the title of the hop that is there. */
  name: string;
  a: Step | null;
  b: Step | null;
  cells: Cell[];
}

interface Hop {
  role: string;
  step: Step;
  name: string;
}

/** The hops of a trace; a look-up of a name is one. */
function hopsOf(steps: Step[]): Hop[] {
  const folds = foldsOf(steps);
  const legs = [...new Set(steps.map(s => s.leg))];
  return stopsOf(steps, folds, -1).map(({ at, fold }) => {
    const step = steps[fold ? fold.answered : at]!;
    const role = fold ? "dns" : `${step.kind} ${step.direction} ${legs.indexOf(step.leg)}`;
    return { role, step, name: fold ? say("strip.dns") : step.title || step.kind };
  });
}

/** Puts hops of the same role into one column, as many as fit in order, those at the same place first. */
export function align(a: Step[], b: Step[]): Column[] {
  const x = hopsOf(a);
  const y = hopsOf(b);
  const worth = (i: number, j: number) => {
    if (x[i]!.role !== y[j]!.role) return 0;
    return refText(x[i]!.step.at) === refText(y[j]!.step.at) ? 3 : 2;
  };
  // best[i][j]: how well the hops from i and from j on can be put together.
  const best: number[][] = Array.from({ length: x.length + 1 }, () => Array(y.length + 1).fill(0));
  for (let i = x.length - 1; i >= 0; i--) {
    for (let j = y.length - 1; j >= 0; j--) {
      const w = worth(i, j);
      best[i]![j] = Math.max(best[i + 1]![j]!, best[i]![j + 1]!, w > 0 ? w + best[i + 1]![j + 1]! : 0);
    }
  }
  const out: Column[] = [];
  let i = 0;
  let j = 0;
  while (i < x.length || j < y.length) {
    const w = i < x.length && j < y.length ? worth(i, j) : 0;
    if (w > 0 && best[i]![j] === w + best[i + 1]![j + 1]!) out.push(column(x[i++]!, y[j++]!));
    else if (j >= y.length || (i < x.length && best[i + 1]![j]! >= best[i]![j + 1]!)) out.push(column(x[i++]!, null));
    else out.push(column(null, y[j++]!));
  }
  return out;
}

function column(a: Hop | null, b: Hop | null): Column {
  const cells = a && b ? differ(a.step, b.step) : [];
  return { name: (b ?? a)!.name, a: a?.step ?? null, b: b?.step ?? null, cells };
}

/** The cells in which two hops differ. */
export function differ(a: Step, b: Step): Cell[] {
  const pairs: [string, string, string][] = [
    [say("differ.at"), refText(a.at), refText(b.at)],
    [say("differ.hop"), a.title, b.title],
    [say("differ.arrives-from"), a.before?.src ?? "", b.before?.src ?? ""],
    [say("differ.arrives-to"), a.before?.dst ?? "", b.before?.dst ?? ""],
    [say("differ.leaves-from"), a.after?.src ?? "", b.after?.src ?? ""],
    [say("differ.leaves-to"), a.after?.dst ?? "", b.after?.dst ?? ""],
    [say("answer.http"), http(a.after ?? a.before), http(b.after ?? b.before)],
    [say("differ.rule"), a.rule?.text ?? "", b.rule?.text ?? ""],
    [say("differ.compared"), compared(a), compared(b)],
  ];
  if (a.kind === "end" || a.kind === "dns.answer") pairs.push([say("differ.says"), a.sentence, b.sentence]);
  return pairs.filter(([, x, y]) => x !== y).map(([what, x, y]) => ({ what, a: x, b: y }));
}

function http(h: Header | null): string {
  if (!h?.http) return "";
  return h.http.status ? String(h.http.status) : `${h.http.method} ${h.http.path} ${h.http.headers?.Host ?? ""}`.trim();
}

function compared(s: Step): string {
  return (s.compared ?? [])
    .map(c => `${c.what}: ${c.wanted} ${say(c.holds ? "answer.matches" : "answer.does-not-match")} ${c.got}`)
    .join("\n");
}

const nouns: [RegExp, string][] = [
  [/^policy\./, say("differ.gate")],
  [/^dns\./, say("differ.look-up")],
  [/^rules\./, say("differ.rules")],
  [/^proxy\.(match|answer)/, say("differ.proxy-rule")],
  [/^proxy\./, say("differ.proxy")],
  [/^pod\.socket/, say("differ.socket")],
  [/^(route|wire)/, say("differ.way")],
  [/^(boundary|router|door|load-balancer)/, say("differ.way-in")],
  [/^start/, say("differ.question")],
  [/^(answer|reply|end)/, say("differ.answer")],
];

function noun(s: Step): string {
  return nouns.find(([kind]) => kind.test(s.kind))?.[1] ?? say("differ.other");
}

/** What the difference is, in one sentence; the second half is what the second trace says itself. */
export function sentenceOf(columns: Column[]): string {
  const tail = (c: Column) => c.a?.kind === "end" || c.b?.kind === "end" || (c.a ?? c.b)?.direction === "reply";
  const changed = columns.filter(c => c.cells.length > 0);
  const parted = columns.filter(c => !c.a || !c.b);
  if (changed.length === 0 && parted.length === 0) return say("compare.same");
  const early = changed.filter(c => !tail(c));
  const first = early[0];
  const before = first ? columns.slice(0, columns.indexOf(first)).some(c => !c.a || !c.b) : true;
  if (first && !before) {
    const says = first.b!.sentence;
    if (early.length === 1) return say("compare.only", noun(first.b!), says);
    return say("compare.first", noun(first.b!), says);
  }
  const only = parted.find(c => !tail(c)) ?? parted[0];
  if (only) {
    return only.b ? say("compare.second-goes-on", only.b.sentence) : say("compare.first-goes-on", only.a!.sentence);
  }
  return say("compare.only", noun(changed[0]!.b!), changed[0]!.b!.sentence);
}
