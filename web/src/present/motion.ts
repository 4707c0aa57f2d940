// What moves in a lesson: the painted trail, the packet, what is swapped at a node, where it was stopped. Large, and one
// SVG group each, so that a moving packet repaints nothing that stands.

import { type Ticket, ticketsOf } from "../cast.ts";
import { path, r, rect, text } from "../draw/marks.ts";
import { chosenAt, shareWords } from "../draw/notes.ts";
import type { Show } from "../draw/overlay.ts";
import { lengthOf, type Point, pathOf, pointAt, upTo } from "../geometry.ts";
import { wallWidth } from "../layout/scene.ts";
import type { Way } from "../route.ts";
import { widthOf } from "../text.ts";
import { comesBack, fails, keyOf, stopOf } from "../trace.ts";
import { say } from "../words.ts";
import { apart, type Lesson, letter, ticketW } from "./scene.ts";
import { cut, type Hide } from "./things.ts";

/** The way that is not yet gone, pale. */
export function ahead(show: Show, at: number): string {
  if (at >= chosenAt(show)) return "";
  return runs(show.ways.filter(w => !w.reply && !w.dns))
    .map(run => path("way-ahead", pathOf(run.points, 14)))
    .join("");
}

/** The trail up to a place between two steps. */
export function trail(show: Show, head: number): string {
  const { step, f } = split(head);
  const { ways } = show;
  const moving = f > 0 ? ways[step + 1] : undefined;
  const leg = (moving ?? ways[step])?.leg;
  const painted = ways.slice(0, step + 1).filter(w => !w.dns || w.leg === leg);
  if (moving) painted.push({ ...moving, points: upTo(moving.points, f) });
  return runs(painted)
    .filter(run => lengthOf(run.points) >= 1)
    .map(run => {
      const d = pathOf(toBoxes(run.points, show, moving !== undefined), 14);
      if (run.way.reply) return path("trail reply", d) + path("trail reply-inner", d);
      return path("trail casing", d) + path(`trail request${run.way.dns ? " dns" : ""}`, d);
    })
    .join("");
}

export function place(show: Show, head: number): Point {
  const { step, f } = split(head);
  const moving = f > 0 ? show.ways[step + 1] : undefined;
  const at = moving && moving.points.length > 1 ? pointAt(moving.points, f) : (show.ways[step]?.stop ?? { x: 0, y: 0 });
  // A packet at the foot of a low lane stays whole.
  return { x: at.x, y: Math.min(at.y, show.scene.height - 34) };
}

/** An envelope with the port it goes to; the second connection has its number. */
export function packet(show: Show, head: number): string {
  const { step: stands, f } = split(head);
  const step = f > 0 ? stands + 1 : stands;
  const cls = show.outcome?.class ?? "";
  const at = show.steps[step]?.kind === "end" && !comesBack(cls) ? Math.max(0, stopOf(show.steps, cls)) : step;
  const s = show.steps[at];
  const way = show.ways[at];
  if (!s || !way) return "";
  const header = s.after ?? s.before;
  const port = header?.dst.match(/:(\d+)$/)?.[1];
  const refused = fails(cls) && cls !== "http-error";
  const tag = way.dns
    ? say("packet.dns")
    : way.reply
      ? refused
        ? say("packet.no")
        : say("packet.reply")
      : port
        ? `:${port}`
        : header?.protocol === "ICMP"
          ? say("packet.ping")
          : "";
  const w = Math.max(62, widthOf(tag, letter, true) + 14);
  const mains = [...new Set(show.ways.filter(x => !x.dns).map(x => x.leg))].sort((a, b) => a - b);
  const number = mains.indexOf(way.leg) + 1;
  const outer = way.outer ? rect("outer", -w / 2 - 7, -31, w + 14, 62, 7) : "";
  const badge =
    number > 1
      ? `<circle class="leg" cx="${w / 2}" cy="-24" r="15"/>${text("leg-number", w / 2, -16, String(number))}`
      : "";
  return (
    `${outer}<g class="envelope${way.reply ? " reply" : ""}">${rect("paper", -w / 2, -24, w, 48, 6)}` +
    `${path("flap", `M${-w / 2 + 4} -21L0 -4L${w / 2 - 4} -21`)}${text("tag", 0, 17, tag)}</g>${badge}`
  );
}

/** What is written on the map when a step is reached. */
export function notes(show: Show, lesson: Lesson, step: number, hide: Hide): string {
  const { steps, outcome, trace } = show;
  const out: string[] = [];
  if (lesson.tickets) for (const t of ticketsOf(steps, step)) out.push(ticket(t, lesson, hide));
  if (trace.outcomes.length > 1 && step < chosenAt(show)) out.push(shares(show, lesson));
  const stop = stopOf(steps, outcome?.class ?? "");
  if (stop >= 0 && step >= stop) out.push(stopped(show, lesson, stop));
  if (outcome && step === steps.length - 1) {
    const e = outcome.endpoint;
    const box = e?.pod ? lesson.byKey.get(`Pod/${e.namespace}/${e.pod}`) : undefined;
    if (outcome.class === "answered" && box)
      out.push(
        `<g class="tick" transform="translate(${r(box.x + 10)} ${r(box.y + box.h - 4)})"><circle r="18"/>${path("", "M-8 0l6 7 11-14")}</g>`,
      );
    const from = lesson.byKey.get(keyOf(trace.request.from));
    if (outcome.class === "no-answer" && from)
      out.push(
        `<g class="waiting" transform="translate(${r(from.x + from.w - 22)} ${r(from.y + 4)})"><circle class="wait-ring" r="17"/>${path("wait-hand", "M0 -10v10h8")}</g>`,
      );
  }
  return out.join("");
}

function ticket(t: Ticket, lesson: Lesson, hide: Hide): string {
  const lane = lesson.laneOf.get(t.node);
  if (!lane) return "";
  const x = lane.card.x + lane.card.w + 14;
  const y = lane.rules.y + (t.place === 0 ? -54 : 18);
  const shown = t.turned ? t.old : t.now;
  // Of who asked the address counts; of where to, the port, too.
  const bare = t.field === "from" ? shown.replace(/:\d+$/, "") : shown;
  const words = t.field === "to" && !t.turned ? `→ ${hide(bare)}` : `← ${hide(bare)}`;
  const line = path("ticket-line", `M${x} ${y + 18}H${lane.rules.x + 8}V${lane.rules.y + (t.place === 0 ? -14 : 14)}`);
  return (
    `<g class="ticket${t.turned ? " turned" : ""}${t.current ? " current" : ""}">${line}` +
    `${rect("ticket-box", x, y, ticketW - 12, 36, 6)}${text("ticket-new", x + 10, y + 26, cut(words, ticketW - 30, true))}</g>`
  );
}

/** How likely each end is, on the upper edge of its pod. */
function shares(show: Show, lesson: Lesson): string {
  const sums = new Map<string, number>();
  for (const { endpoint: e, share } of show.trace.outcomes) {
    if (!e?.pod) continue;
    const key = `Pod/${e.namespace}/${e.pod}`;
    sums.set(key, (sums.get(key) ?? 0) + share);
  }
  let out = "";
  for (const [key, share] of sums) {
    const box = lesson.byKey.get(key);
    if (!box || share > 0.9999) continue;
    const words = shareWords(share);
    const w = widthOf(words, letter) + 16;
    const x = box.x + box.w - w - 8;
    // Below the pod where its lane has room, else on its upper edge.
    const lane = lesson.laneOf.get(key);
    const y = lane && box.y + box.h + 28 <= lane.y + lane.h ? box.y + box.h - 3 : box.y - 20;
    out += `<g class="plate share">${rect("plate-box", x, y, w, 32, 6)}${text("plate-text", x + 8, y + 24, words)}</g>`;
  }
  return out;
}

/** A cross at the place that stopped it; a wall that was not passed is shut; at a gate the gate itself is. */
function stopped(show: Show, lesson: Lesson, stop: number): string {
  const at = show.ways[stop]?.stop;
  const s = show.steps[stop];
  if (!at || !s || show.outcome?.class === "http-error" || s.kind === "policy.ingress") return "";
  if (s.kind === "boundary") {
    const x = at.x > lesson.wall1 + wallWidth + 40 ? lesson.wall2 : lesson.wall1;
    const m = x + wallWidth / 2;
    return `<g class="gate closed">${rect("gate-box", x - 4, at.y - 40, wallWidth + 8, 80, 4)}${path("gate-x", `M${m - 6} ${at.y - 12}l12 24M${m + 6} ${at.y - 12}l-12 24`)}</g>`;
  }
  return `<g class="stop" transform="translate(${r(at.x)} ${r(at.y + 34)})"><circle r="18"/>${path("", "M-7 -7l14 14m0 -14l-14 14")}</g>`;
}

function split(head: number): { step: number; f: number } {
  const step = Math.floor(head + 1e-6);
  const f = head - step;
  return { step, f: f > 1e-6 ? f : 0 };
}

/** The packet stands before a pod, not on it: the trail goes on to the pod itself, except where the packet has yet to come. */
function toBoxes(points: Point[], show: Show, onWay: boolean): Point[] {
  // What stands before a gate has not passed it.
  const at = (p: Point | undefined, most: number): Point[] => {
    for (const b of show.scene.podOf.values()) {
      const near = p && p.x < b.x && p.x > b.x - most && p.y > b.y && p.y < b.y + b.h;
      if (near) return [{ x: b.x + apart, y: p.y }];
    }
    return [];
  };
  return [...at(points[0], 40), ...points, ...(onWay ? [] : at(points.at(-1), 20))];
}

interface Run {
  points: Point[];
  way: Way;
}

/** Ways of one leg and direction are one line, so that its corners are round throughout. */
function runs(ways: Way[]): Run[] {
  const out: Run[] = [];
  for (const way of ways) {
    const first = way.points[0];
    if (!first || way.points.length < 2) continue;
    const last = out.at(-1);
    const end = last?.points.at(-1);
    const joined = last && end && last.way.leg === way.leg && last.way.reply === way.reply;
    if (joined && Math.hypot(end.x - first.x, end.y - first.y) < 1) last.points.push(...way.points);
    else out.push({ points: [...way.points], way });
  }
  return out;
}
