// The only caller of requestAnimationFrame. A task is asked for by name and runs once in the next frame, in the order of
// its phase; a running animation asks again from within. When nobody asks, no frame happens.

export type Phase = "data" | "layout" | "draw" | "move" | "after";
const order: Phase[] = ["data", "layout", "draw", "move", "after"];

export class Scheduler {
  private readonly queued = new Map<Phase, Map<string, (now: number) => void>>();
  private frame = 0;
  /** Frames since the page was opened, for tests that show that idle means idle. */
  frames = 0;

  constructor(private readonly request: (run: (now: number) => void) => number = run => requestAnimationFrame(run)) {}

  ask(phase: Phase, name: string, run: (now: number) => void): void {
    const tasks = this.queued.get(phase) ?? new Map<string, (now: number) => void>();
    this.queued.set(phase, tasks);
    tasks.set(name, run);
    if (this.frame === 0) this.frame = this.request(now => this.run(now));
  }

  get idle(): boolean {
    return this.frame === 0;
  }

  private run(now: number): void {
    this.frame = -1; // asking from within a frame fills the next one, which is requested at the end
    this.frames++;
    for (const phase of order) {
      const tasks = this.queued.get(phase);
      if (!tasks) continue;
      this.queued.delete(phase);
      for (const [name, task] of tasks) {
        try {
          task(now);
        } catch (error) {
          console.error(`frame task ${name}:`, error);
        }
      }
    }
    this.frame = this.queued.size > 0 ? this.request(next => this.run(next)) : 0;
  }
}
