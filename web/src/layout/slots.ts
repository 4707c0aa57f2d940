// Places that stay: whoever leaves leaves a gap, and nothing else moves. A newcomer takes the gap of one of its own kind
// (a replaced pod stands where the old one stood), else it is appended; only when gaps outnumber the living are they
// filled by others.

export interface Occupant {
  key: string;
  /** Whoever has the same family may take the place. */
  family: string;
}

interface Gap {
  family: string;
  place: number;
  /** Who left it. */
  key: string;
}

export class Slots {
  private places = new Map<string, { place: number; family: string }>();
  private gaps: Gap[] = [];
  private readonly heirs = new Map<string, string>();
  private end = 0;

  /** Gives everybody a place; the newcomers in the order of the list. Returns the place by key. */
  assign(all: Occupant[]): Map<string, number> {
    const here = new Set(all.map(o => o.key));
    for (const [key, held] of this.places) {
      if (here.has(key)) continue;
      this.places.delete(key);
      this.gaps.push({ family: held.family, place: held.place, key });
      this.heirs.delete(key);
    }
    for (const o of all) {
      if (this.places.has(o.key)) continue;
      this.places.set(o.key, { place: this.take(o, all.length), family: o.family });
    }
    if (this.places.size === 0) this.clear();
    return new Map([...this.places].map(([key, held]) => [key, held.place]));
  }

  /** Number of places, gaps included. */
  get size(): number {
    return this.end;
  }

  /** The place that somebody left and nobody took. */
  gapOf(key: string): number | undefined {
    return this.gaps.find(g => g.key === key)?.place;
  }

  /** Whose place somebody took. */
  heirOf(key: string): string | undefined {
    return this.heirs.get(key);
  }

  clear(): void {
    this.places.clear();
    this.heirs.clear();
    this.gaps = [];
    this.end = 0;
  }

  private take({ key, family }: Occupant, living: number): number {
    let i = this.gaps.findIndex(g => g.family === family);
    if (i < 0 && this.gaps.length > Math.max(2, living / 2)) i = 0;
    if (i < 0) return this.end++;
    const [gap] = this.gaps.splice(i, 1);
    this.heirs.set(key, gap!.key);
    return gap!.place;
  }
}
