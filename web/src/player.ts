// Plays a list of finished states. Where the packet is is a pure function of the list and the time: stepping back,
// seeking and replaying give the same picture.

import { lengthOf } from "./geometry.ts";
import type { Way } from "./route.ts";
import type { Scheduler } from "./scheduler.ts";

export const speeds = [0.25, 0.5, 1, 2, 4];
const hold = 900;
const change = 400;
const longest = 25000;
/** Every step has a time of its own, so that each can be sought. */
const step = 10;

/** When each step is reached and left, in ms at normal speed. */
export interface Timeline {
  arrive: number[];
  leave: number[];
  end: number;
  /** Steps that are passed without standing there: those of a look-up that is shown as one hop. */
  passed?: boolean[];
  /** Steps where playing stops by itself, if the player is told to. */
  decides?: boolean[];
}

/** Durations from the ways' lengths; the whole is held under 25 s by shorter holds. */
export function timeline(
  ways: Pick<Way, "points">[],
  changed: boolean[],
  passed: boolean[] = [],
  decides: boolean[] = [],
): Timeline {
  const travel = ways.map((w, i) => {
    if (w.points.length < 2) return 0;
    const long = lengthOf(w.points) * 1.9;
    // What belongs to one hop is travelled in one go.
    return passed[i] || passed[i - 1] ? Math.min(400, long * 0.5) : Math.min(1200, Math.max(500, long));
  });
  const wait = ways.map((_, i) => (passed[i] ? step : hold + (changed[i] ? change : 0)));
  const sum = (a: number[]) => a.reduce((x, y) => x + y, 0);
  const over = sum(travel) + sum(wait);
  const shrink = over > longest ? Math.max(0.35, (longest - sum(travel)) / sum(wait)) : 1;
  // A very long one is still too long with short holds: then all of it goes faster.
  const pace = Math.min(1, longest / (sum(travel) + sum(wait) * shrink));
  const t: Timeline = { arrive: [], leave: [], end: 0, passed, decides };
  let at = 0;
  ways.forEach((_, i) => {
    at += travel[i]! * pace;
    t.arrive.push(at);
    at += wait[i]! * shrink * pace;
    t.leave.push(at);
  });
  t.end = t.arrive.at(-1) ?? 0;
  return t;
}

/** The playhead at a time: a whole number stands on a step, a fraction is on the way to the next one. */
export function headAt(t: Timeline, ms: number): number {
  const n = t.arrive.length;
  for (let i = 0; i < n; i++) {
    if (ms >= t.arrive[i]!) continue;
    if (i === 0) return 0;
    const left = t.leave[i - 1]!;
    if (ms <= left) return i - 1;
    return i - 1 + ease((ms - left) / (t.arrive[i]! - left));
  }
  return Math.max(0, n - 1);
}

function ease(f: number): number {
  return f < 0.5 ? 2 * f * f : 1 - (-2 * f + 2) ** 2 / 2;
}

export interface PlayerEvents {
  /** The playhead moved. */
  onHead: (head: number) => void;
  /** It stands on another step, or begins or ends to play. */
  onStep: (step: number, playing: boolean, scrubbing: boolean) => void;
}

export class Player {
  playing = false;
  speed = 1;
  /** Whether playing stops where something is decided. */
  pauses = false;
  /** It stands where something is decided, since it was told to: who goes on goes on playing. */
  waits = false;
  private time: Timeline = { arrive: [], leave: [], end: 0 };
  private ms = 0;
  private last = 0;
  private shown = -1;
  /** The step at which to stand still again; -1 plays to the end. */
  private until = -1;

  constructor(
    private readonly scheduler: Scheduler,
    private readonly events: PlayerEvents,
    private readonly reduced: () => boolean,
  ) {}

  get length(): number {
    return this.time.arrive.length;
  }

  get head(): number {
    return headAt(this.time, this.ms);
  }

  get step(): number {
    return Math.floor(this.head + 1e-6);
  }

  /** Takes other ways or another trace, keeping the step. */
  load(time: Timeline, step: number): void {
    this.time = time;
    this.shown = -1;
    this.ms = this.timeOf(step);
    this.until = -1;
    if (this.length === 0) this.playing = false;
    this.tell(true);
  }

  /** Takes new ways of the same trace (the map was laid out anew) without telling it as news. */
  refresh(time: Timeline, step: number): void {
    const onWay = this.playing && this.length === time.arrive.length ? this.head % 1 : 0;
    const stood = this.playing ? this.ms - this.timeOf(step) : 0;
    this.time = time;
    const a = this.timeOf(step);
    const b = this.timeOf(step + 1);
    const left = time.leave[step] ?? a;
    this.ms = onWay > 0 ? Math.max(left, a + (b - a) * onWay) : a + Math.max(0, Math.min(stood, (left - a) * 0.99));
    this.events.onHead(this.head);
  }

  play(): void {
    if (this.length === 0) return;
    if (this.ms >= this.time.end) this.ms = this.timeOf(0);
    this.until = -1;
    this.start();
  }

  /** Goes on to the next step as it is played, and stands there; asked again on the way, it is there at once. */
  advance(): void {
    const to = this.standing(this.step + 1, 1);
    const onWay = this.head - this.step > 1e-6;
    if (to >= this.length) return;
    if (onWay || this.until === to || this.reduced()) {
      this.seek(to, false);
      return;
    }
    this.ms = Math.max(this.ms, this.time.leave[this.step]!);
    this.until = to;
    this.start();
  }

  private start(): void {
    this.playing = true;
    this.waits = false;
    this.last = 0;
    this.tell(false, true);
    this.run();
  }

  pause(): void {
    if (!this.playing) return;
    this.playing = false;
    this.ms = this.timeOf(this.standing(this.step, -1));
    this.tell(false, true);
  }

  toggle(): void {
    if (this.playing) this.pause();
    else this.play();
  }

  /** Goes to a step at once. */
  seek(step: number, scrubbing = true): void {
    this.until = -1;
    this.playing = false;
    this.waits = false;
    this.ms = this.timeOf(step);
    this.tell(scrubbing, true);
  }

  forward(): void {
    this.seek(this.standing(this.step + 1, 1), false);
  }

  back(): void {
    const { step } = this;
    const onWay = this.head - step > 1e-6;
    this.seek(this.standing(onWay ? step : step - 1, -1), false);
  }

  /** Sets the speed by its place in the list, 0 to 4. */
  setSpeed(i: number): void {
    this.speed = speeds[Math.max(0, Math.min(speeds.length - 1, i))]!;
    this.tell(true, true);
  }

  private passes(step: number): boolean {
    return this.time.passed?.[step] ?? false;
  }

  /** The next step in a direction where the packet stands. */
  private standing(step: number, direction: 1 | -1): number {
    let i = step;
    while (i > 0 && i < this.length - 1 && this.passes(i)) i += direction;
    return i;
  }

  private timeOf(step: number): number {
    const i = Math.max(0, Math.min(this.length - 1, step));
    return this.time.arrive[i] ?? 0;
  }

  private run(): void {
    this.scheduler.ask("move", "player", now => {
      if (!this.playing) return;
      // A tab that slept or a slow projector must not jump over a state.
      const dt = this.last ? Math.min(250, now - this.last) : 0;
      this.last = now;
      const before = this.ms;
      // What a late frame is late by is made up for while the packet stands, so that no step takes longer with few frames.
      const next = this.standing(this.step + 1, 1);
      const stands = Math.max(this.time.arrive[next] ?? 0, (this.time.leave[next] ?? this.time.end) - 1);
      this.ms = Math.min(before + dt * this.speed, stands);
      if (this.reduced()) this.ms = this.jump(this.ms);
      const decided = this.pauses ? this.decision(before, this.ms) : -1;
      const end = this.time.arrive[decided] ?? this.time.arrive[this.until] ?? this.time.end;
      if (this.ms >= end) {
        this.ms = end;
        this.until = -1;
        this.playing = false;
        this.waits = decided >= 0 && decided < this.length - 1;
        this.tell(false, true);
        return;
      }
      this.tell(false);
      this.run();
    });
  }

  /** Without motion the packet is never on its way: it is where it stood, then where it stands. */
  private jump(ms: number): number {
    const head = headAt(this.time, ms);
    const on = Math.ceil(head);
    return head === on && !this.passes(on) ? ms : this.timeOf(this.standing(on, 1));
  }

  /** The first decision that is reached between two times; -1 where none is. */
  private decision(after: number, until: number): number {
    return this.time.arrive.findIndex((at, i) => at > after && at <= until && this.time.decides?.[i]);
  }

  private tell(scrubbing: boolean, always = false): void {
    this.events.onHead(this.head);
    const step = this.step;
    if (step === this.shown && !always) return;
    this.shown = step;
    this.events.onStep(step, this.playing, scrubbing);
  }
}
