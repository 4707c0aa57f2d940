// One thing to try of what a trace proposes, in a Fork: the server says what can be tried and makes the Fork, the page
// traces it and compares. Nothing is written to a cluster.

import { isFrozen } from "../export/frozen.ts";
import type { Trace } from "../trace.ts";

export interface Remedy {
  question: string;
  note: string;
  fork: unknown[];
  command: string;
}

export class Remedies {
  /** Why what was asked last cannot be tried; empty where it can. */
  problem = "";
  private readonly known = new WeakMap<Trace, Remedy | null>();

  constructor(
    private readonly source: () => string,
    private readonly arrived: () => void,
  ) {}

  /** What can be tried; null where nothing can, or while that is not known yet. */
  of(trace: Trace): Remedy | null {
    const known = this.known.get(trace);
    if (known !== undefined) return known;
    this.known.set(trace, null);
    if (isFrozen()) return null;
    const commands = (trace.verdict.try ?? []).map(t => t.command).filter(Boolean);
    if (commands.length > 0) {
      void this.ask(commands).then(found => {
        this.known.set(trace, found);
        if (found) this.arrived();
      });
    }
    return null;
  }

  /** What a link names: the same, for given commands. */
  async ask(commands: string[]): Promise<Remedy | null> {
    const source = this.source();
    try {
      const answer = await fetch(`api/v1/remedies${source ? `?source=${encodeURIComponent(source)}` : ""}`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ try: commands.slice(0, 12) }),
      });
      const value = (await answer.json()) as { remedies?: Remedy[]; problem?: string };
      this.problem = value.problem ?? "";
      return answer.ok ? (value.remedies?.[0] ?? null) : null;
    } catch {
      return null;
    }
  }
}
