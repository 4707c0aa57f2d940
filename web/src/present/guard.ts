// Two guards of a lesson: against a key that is held down or hit twice, and against a computer that draws too slowly.

/** Lets a press through unless it repeats, or comes within 300 ms of the last one that went through. */
export class Presses {
  private readonly last = new Map<string, number>();

  allow(key: string, now: number, repeat: boolean): boolean {
    if (repeat || now - (this.last.get(key) ?? Number.NEGATIVE_INFINITY) < 300) return false;
    this.last.set(key, now);
    return true;
  }
}

/** Says once, when the median of the frames of one second is above 50 ms, that motion is too much to ask. */
export class FrameGuard {
  private deltas: number[] = [];
  private sum = 0;
  private last = -1;
  slow = false;

  /** A frame of a moving packet was drawn at this time. Returns true the first time that they come too slowly. */
  frame(now: number): boolean {
    const dt = this.last < 0 ? 0 : now - this.last;
    this.last = now;
    if (this.slow || dt <= 0) return false;
    this.deltas.push(dt);
    this.sum += dt;
    if (this.sum < 1000) return false;
    const sorted = [...this.deltas].sort((a, b) => a - b);
    this.slow = sorted[Math.floor(sorted.length / 2)]! > 50;
    this.deltas = [];
    this.sum = 0;
    return this.slow;
  }

  /** The packet stands: what follows is no slow frame. */
  rest(): void {
    this.last = -1;
    this.deltas = [];
    this.sum = 0;
  }
}
