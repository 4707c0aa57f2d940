// What moves and what a trace writes on the map: the way ahead, the trail, the packet, tickets and notes. One SVG above
// the map, so that a moving packet never repaints what stands still.

import { stepsOf } from "../cast.ts";
import { lengthOf, type Point, pathOf, pointAt, upTo } from "../geometry.ts";
import type { Scene } from "../layout/scene.ts";
import { plan, type Way } from "../route.ts";
import { comesBack, fails, type Outcome, type Step, stopOf, type Trace } from "../trace.ts";
import { say } from "../words.ts";
import { path, rect, text } from "./marks.ts";
import { chosenAt, notes } from "./notes.ts";
import { svg } from "./svg.ts";

export interface Show {
  trace: Trace;
  outcome: Outcome | undefined;
  steps: Step[];
  ways: Way[];
  scene: Scene;
  /** What a what-if marks at its upper edge. */
  tried?: string[];
}

export class Overlay {
  private readonly ahead = svg("g", "ahead");
  private readonly trails = svg("g", "trails");
  private readonly besides = svg("g", "besides");
  private readonly notes = svg("g", "notes");
  private readonly packet = svg("g", "packet");
  private noted = "";

  constructor(el: SVGSVGElement) {
    el.append(this.ahead, this.trails, this.besides, this.notes, this.packet);
  }

  clear(): void {
    for (const g of [this.ahead, this.trails, this.besides, this.notes, this.packet]) g.replaceChildren();
    this.noted = "";
  }

  /** The parts that change with the trace or the layout only. */
  begin(show: Show): void {
    this.clear();
    const others = show.trace.outcomes.filter(o => o !== show.outcome).slice(0, 8);
    const ways = [show.ways, ...others.map(o => plan(show.scene, stepsOf(show.trace, o), comesBack(o.class)))];
    this.ahead.innerHTML = ways
      .flatMap(w => runs(w.filter(x => !x.reply && !x.dns)))
      .map(run => path("way-ahead", pathOf(run.points)))
      .join("");
  }

  /** The way of another trace that is compared with this one, dotted, beside the first; empty where there is none. */
  beside(ways: Way[]): void {
    this.besides.setAttribute("transform", "translate(-7 -9)");
    this.besides.innerHTML = runs(ways.filter(w => !w.dns && !w.reply))
      .map(run => path("beside casing", pathOf(run.points)) + path("beside", pathOf(run.points)))
      .join("");
  }

  /** Puts the packet at a place between steps and paints the trail up to it. */
  move(show: Show, head: number): void {
    const step = Math.floor(head + 1e-6);
    const f = head - step;
    const { ways } = show;
    const moving = f > 1e-6 ? ways[step + 1] : undefined;
    const leg = (moving ?? ways[step])?.leg;
    const painted: Way[] = ways.slice(0, step + 1).filter(w => !w.dns || w.leg === leg);
    if (moving) painted.push({ ...moving, points: upTo(moving.points, f) });
    this.trails.innerHTML = runs(painted).map(trail).join("");
    const at: Point =
      moving && moving.points.length > 1 ? pointAt(moving.points, f) : (ways[step]?.stop ?? { x: 0, y: 0 });
    this.packet.setAttribute("transform", `translate(${round(at.x)} ${round(at.y)})`);
    this.ahead.classList.toggle("over", step >= chosenAt(show));
    const key = `${step}`;
    if (key !== this.noted) {
      this.noted = key;
      this.notes.innerHTML = notes(show, step);
    }
    const look = packetMarkup(show, moving ? step + 1 : step, ways);
    if (this.packet.innerHTML !== look) this.packet.innerHTML = look;
  }
}

interface Run {
  points: Point[];
  way: Way;
}

/** Joins ways of the same leg and direction into one line each, so that corners are round throughout. */
function runs(ways: Way[]): Run[] {
  const out: Run[] = [];
  for (const way of ways) {
    if (way.points.length < 2) continue;
    const last = out.at(-1);
    const end = last?.points.at(-1);
    const first = way.points[0]!;
    const joined =
      last &&
      last.way.leg === way.leg &&
      last.way.reply === way.reply &&
      end &&
      Math.hypot(end.x - first.x, end.y - first.y) < 1;
    if (joined) last.points.push(...way.points);
    else out.push({ points: [...way.points], way });
  }
  return out;
}

function trail(run: Run): string {
  if (lengthOf(run.points) < 1) return "";
  const d = pathOf(run.points);
  if (run.way.reply) return path("trail reply", d) + path("trail reply-inner", d);
  return path("trail casing", d) + path(`trail request${run.way.dns ? " dns" : ""}`, d);
}

/** An envelope with the destination's port; a second connection carries its number; an overlay puts it into another one. */
function packetMarkup(show: Show, step: number, ways: Way[]): string {
  const cls0 = show.outcome?.class ?? "";
  // Where nothing comes back, the packet that stands at the decider is still the request.
  const at = show.steps[step]?.kind === "end" && !comesBack(cls0) ? Math.max(0, stopOf(show.steps, cls0)) : step;
  const s = show.steps[at];
  const way = ways[at];
  if (!s || !way) return "";
  const header = s.after ?? s.before;
  const port = header?.dst.match(/:(\d+)$/)?.[1];
  const mains = [...new Set(ways.filter(w => !w.dns).map(w => w.leg))].sort((a, b) => a - b);
  const number = mains.indexOf(way.leg) + 1;
  const tag = way.dns
    ? say("packet.dns")
    : way.reply
      ? fails(cls0) && cls0 !== "http-error"
        ? say("packet.no")
        : say("packet.reply")
      : port
        ? `:${port}`
        : header?.protocol === "ICMP"
          ? say("packet.ping")
          : "";
  const cls = way.reply ? "envelope reply" : "envelope";
  const outer = way.outer ? rect("outer", -27, -21, 54, 42, 5) : "";
  const badge =
    number > 1 ? `<circle class="leg" cx="21" cy="-14" r="9"/>${text("leg-number", 21, -10, String(number))}` : "";
  return (
    `${outer}<g class="${cls}">${rect("paper", -22, -15, 44, 30, 4)}${path("flap", "M-20 -13L0 0L20 -13")}` +
    `${text(tag.length > 5 ? "tag long" : "tag", 0, 11, tag)}</g>${badge}`
  );
}

function round(v: number): number {
  return Math.round(v * 10) / 10;
}
