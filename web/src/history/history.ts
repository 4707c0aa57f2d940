// The last traces of this browser tab, newest first. They are kept as they were, so that each can be opened again as it
// was, or asked anew.

import { freeze, thaw } from "../address.ts";
import type { Question } from "../ask.ts";
import type { Trace } from "../trace.ts";

export interface Kept {
  trace: Trace;
  question: Question;
  source: string;
  /** When it was asked, in ms since 1970. */
  at: number;
  guess: string;
  /** Where somebody expected it to end; absent: nobody said. */
  pointed?: string;
}

const most = 20;
const key = "kubestrata-history";

export class History {
  private kept: Kept[] = [];

  get list(): readonly Kept[] {
    return this.kept;
  }

  /** Adds a trace; the same answer to the same question is only moved to the front. */
  add(entry: Kept): void {
    const same = (k: Kept) =>
      k.source === entry.source &&
      JSON.stringify(k.question) === JSON.stringify(entry.question) &&
      JSON.stringify(k.trace.verdict) === JSON.stringify(entry.trace.verdict);
    this.kept = [entry, ...this.kept.filter(k => !same(k))].slice(0, most);
    void this.save();
  }

  /** What was kept before the page was loaded again. */
  async restore(): Promise<void> {
    try {
      const saved = JSON.parse(sessionStorage.getItem(key) ?? "[]") as (Omit<Kept, "trace"> & { frozen: string })[];
      const old = await Promise.all(
        saved.map(async ({ frozen, ...rest }) => {
          const trace = await thaw(frozen);
          return trace ? [{ ...rest, trace }] : [];
        }),
      );
      this.kept = [...this.kept, ...old.flat()].slice(0, most);
    } catch {
      // What cannot be read is not there.
    }
  }

  private async save(): Promise<void> {
    try {
      const list = await Promise.all(
        this.kept.map(async ({ trace, ...rest }) => ({ ...rest, frozen: await freeze(trace) })),
      );
      for (let n = list.length; n > 0; n = Math.floor(n / 2)) {
        try {
          sessionStorage.setItem(key, JSON.stringify(list.slice(0, n)));
          return;
        } catch {
          // Too much for the browser: the younger half is kept.
        }
      }
    } catch {
      // Private windows may forbid it; the list then lasts as long as the page.
    }
  }
}
