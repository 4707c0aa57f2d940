// What the drawer is told.

import type { Step, Trace } from "../trace.ts";

export interface DrawerState {
  trace: Trace;
  outcome: number;
  steps: Step[];
  step: number;
  playing: boolean;
  speed: number;
}

export function outcomeClass(s: DrawerState): string {
  return s.trace.outcomes[s.outcome]?.class ?? s.trace.verdict.class;
}

/** The outcome that is followed first: the largest share. */
export function biggest(trace: Trace): number {
  let best = 0;
  trace.outcomes.forEach((o, i) => {
    if (o.share > (trace.outcomes[best]?.share ?? 0) + 1e-9) best = i;
  });
  return best;
}
