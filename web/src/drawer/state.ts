// What the drawer is told.

import type { Step, Trace } from "../trace.ts";
import type { Fold } from "./folds.ts";

export interface DrawerState {
  trace: Trace;
  outcome: number;
  steps: Step[];
  step: number;
  playing: boolean;
  speed: number;
  folds: Fold[];
  /** Somebody stands within a look-up, or plays it from there: it is shown hop by hop. */
  unfolded: boolean;
  /** The answer came frozen: nothing is asked of the server about it, and nothing is tried. */
  frozen: boolean;
  /** The answer is that of a what-if. */
  forked?: boolean;
  /** Waiting for a guess: nothing is told yet. */
  predicting: boolean;
  guess: string;
  /** The key of the thing where somebody expects the end. */
  pointed: string;
  /** The seed that drew this outcome; 0 where nobody rolled. */
  seed: number;
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
