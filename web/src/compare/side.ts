// One side of a comparison: a trace with the question that it answers, so that a link can ask both again.

import { ask, type Question } from "../ask.ts";
import type { Remedies } from "../drawer/remedy.ts";
import { askForked, type WhatIf } from "../fork/forked.ts";
import type { Trace } from "../trace.ts";

export interface Side {
  trace: Trace;
  question: Question;
  /** What was tried in a Fork; null where the objects are as they are. */
  whatIf: WhatIf | null;
  /** What it is called in place of its request, empty: by that. */
  note: string;
}

/** A side as a link carries it: only what differs from the first one. */
export function writeSide(side: Side, first: Question): string {
  const q = new URLSearchParams();
  const { from, command, via, assume } = side.question;
  if (from !== first.from) q.set("from", from);
  if (command !== first.command) q.set("cmd", command);
  if (via !== first.via) q.set("via", via);
  if (assume.join() !== first.assume.join()) for (const a of assume.length ? assume : [""]) q.append("assume", a);
  for (const t of side.whatIf?.tries ?? []) q.append("try", t);
  return q.toString() || "same";
}

/** Asks for the side that a link names. Throws AskError as any question does. */
export async function readSide(text: string, first: Question, source: string, remedies: Remedies): Promise<Side> {
  const q = new URLSearchParams(text);
  const assume = q.getAll("assume");
  const question: Question = {
    from: q.get("from") ?? first.from,
    command: q.get("cmd") ?? first.command,
    via: q.get("via") ?? first.via,
    assume: assume.length > 0 ? assume.filter(Boolean) : first.assume,
  };
  const tries = q.getAll("try");
  const remedy = tries.length > 0 ? await remedies.ask(tries) : null;
  const fork = remedy?.fork ?? [];
  const [trace, forked] = await Promise.all([ask({ ...question, fork }, source), askForked(fork, source)]);
  const whatIf = remedy && fork.length > 0 ? { question: remedy.question, tries, forked } : null;
  return { trace, question, whatIf, note: remedy?.question ?? "" };
}

/** What a side is called. */
export function nameOf(side: Side): string {
  const { request } = side.trace;
  return side.note || `${request.from.name}: ${request.command}`;
}
