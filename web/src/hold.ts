// Holds the picture still while the cluster goes on: whoever reads slowly must be able to stop what moves by itself
// (WCAG 2.2.2). The line at the bottom says how many changes wait.

import type { Store } from "./store.ts";

export class Hold {
  private still: Store | null = null;
  private seen = 0;

  constructor(
    private readonly live: Store,
    private readonly changed: () => void,
  ) {}

  /** What the picture shows. A source that was read anew is shown at once: the old picture would be of nothing. */
  get store(): Store {
    if (this.still && this.still.status?.sourceName !== this.live.status?.sourceName) this.still = null;
    return this.still ?? this.live;
  }

  get on(): boolean {
    return this.still !== null;
  }

  /** How many changes wait. */
  get waiting(): number {
    return this.still ? this.live.changes - this.seen : 0;
  }

  toggle(): void {
    this.still = this.still || !this.live.whole ? null : this.live.copy();
    this.seen = this.live.changes;
    this.changed();
  }
}
