// What a trace writes on the map: tickets, shares, what a gate compared, where it ended.

import { type Ticket, ticketsOf } from "../cast.ts";
import type { Point } from "../geometry.ts";
import { type Rect, type Scene, wallWidth } from "../layout/scene.ts";
import { fit, widthOf } from "../text.ts";
import { keyOf, type Outcome, type Step, stopOf } from "../trace.ts";
import { say } from "../words.ts";
import { path, rect, text } from "./marks.ts";
import type { Show } from "./overlay.ts";

export function notes(show: Show, step: number): string {
  const { steps, scene, outcome, trace } = show;
  const out: string[] = [];
  out.push(overTrail(show, step));
  const match = steps.findIndex(x => x.kind === "proxy.match");
  if (match >= 0 && match <= step) out.push(reading(show, steps[match]!));
  for (const t of ticketsOf(steps, step)) out.push(ticket(t, scene));
  const s = steps[step];
  const seen = steps.findIndex(
    x =>
      (x.kind === "pod.in" || x.kind === "pod.socket" || x.kind === "proxy.accept") &&
      x.direction === "request" &&
      !isDNS(steps, x),
  );
  const box = seen >= 0 && seen <= step ? scene.podOf.get(keyOf(steps[seen]!.at)) : undefined;
  if (box && outcome?.masqueraded && outcome.sourceSeen) {
    out.push(
      plate(
        "plate",
        box.x + 8,
        box.y - 24,
        say("note.sees", outcome.sourceSeen, trace.request.from.name || say("note.client")),
        scene,
      ),
    );
  }
  out.push(shares(show, step));
  const stop = stopOf(steps, outcome?.class ?? "");
  if (s && stop >= 0 && step >= stop) out.push(stopping(show, steps[stop]!, stop));
  if (s && step === steps.length - 1) out.push(ending(show));
  return out.join("");
}

/** Doors and rules that a way passes are drawn again above it, so that they can be read. */
function overTrail(show: Show, step: number): string {
  const { scene, steps } = show;
  const out: string[] = [];
  const seen = new Set<string>();
  const legs = new Set(steps.filter(s => s.kind.startsWith("dns.")).map(s => s.leg));
  steps.slice(0, step + 1).forEach((s, i) => {
    const lane = s.at.kind === "Node" ? scene.laneOf.get(keyOf(s.at)) : undefined;
    if (!lane || (legs.has(s.leg) && s.leg !== steps[step]?.leg)) return;
    if (s.kind === "door") {
      const port = (s.before ?? s.after)?.dst.split(":").at(-1);
      const d = lane.doors.find(x => String(x.door.port) === port);
      if (d && !seen.has(`${lane.key}:${port}`)) {
        seen.add(`${lane.key}:${port}`);
        out.push(
          `<g class="door lit">${rect("box", d.x, d.y, d.w, d.h, 4)}${text("port mid", d.x + d.w / 2, d.y + 15, d.text)}</g>`,
        );
      }
    }
    if (seen.has(lane.key) && i !== step && i !== stopOf(steps, show.outcome?.class ?? "")) return;
    seen.add(lane.key);
    const applied = steps
      .slice(0, step + 1)
      .some(x => keyOf(x.at) === lane.key && /^(rules|reply)\.(dnat|masq|un|reject|drop)/.test(x.kind));
    const last = i === stopOf(steps, show.outcome?.class ?? "");
    const { x, y } = lane.rules;
    out.push(
      path(`rules-lit${applied ? " applied" : ""}${last ? " refused" : ""}`, `M${x} ${y - 15}l15 15-15 15-15-15z`),
    );
  });
  return out.join("");
}

function isDNS(steps: Step[], s: Step): boolean {
  return steps.some(x => x.leg === s.leg && x.kind.startsWith("dns."));
}

function ticket(t: Ticket, scene: Scene): string {
  const lane = scene.laneOf.get(t.node);
  if (!lane || lane.slim) return "";
  const x = lane.card.x + lane.card.w + 14;
  const y = lane.rules.y + (t.place === 0 ? -64 : 18);
  const w = 196;
  const cls = `ticket${t.turned ? " turned" : ""}${t.current ? " current" : ""}`;
  const stub = path("perforation", `M${x + w - 15} ${y}v46`);
  const line = path(
    "ticket-line",
    `M${x} ${y + 23}H${lane.rules.x + 6}V${t.place === 0 ? lane.rules.y - 12 : lane.rules.y + 12}`,
  );
  const room = w - 36;
  const field = t.turned ? (t.field === "to" ? "from" : "to") : t.field;
  const [a, b] = t.turned ? [t.now, t.old] : [t.old, t.now];
  const words = say(field === "to" ? "ticket.to" : "ticket.from", a);
  return `<g class="${cls}">${line}${rect("ticket-box", x, y, w, 46, 6)}${stub}${text("ticket-old", x + 11, y + 19, fit(words, room, 12, true))}${text("ticket-new", x + 11, y + 36, fit(`→ ${b}`, room, 12.5, true))}</g>`;
}

/** A note that stands where its words fit into the map. */
function plate(cls: string, x: number, y: number, words: string, scene: Scene): string {
  const w = widthOf(words, 13) + 22;
  const left = Math.min(x, scene.width - w - 10);
  return `<g class="${cls}">${rect("plate-box", left, y, w, 24, 5)}${text("plate-text", left + 11, y + 16.5, words)}</g>`;
}

/** The step at which it is settled which way this outcome takes: when the packet reaches its pod. */
export function chosenAt(show: Show): number {
  const i = show.steps.findIndex(
    s => (s.kind === "pod.in" || s.kind === "pod.socket" || s.kind === "proxy.accept") && !isDNS(show.steps, s),
  );
  return i < 0 ? show.steps.length : i;
}

/** Where several ends are possible: how likely each is, at its pod. */
function shares(show: Show, step: number): string {
  const { trace, scene } = show;
  if (trace.outcomes.length < 2) return "";
  const chosen = chosenAt(show);
  if (step > chosen) return "";
  const sums = new Map<string, number>();
  for (const o of trace.outcomes) {
    if (o.endpoint?.pod) {
      const key = `Pod/${o.endpoint.namespace}/${o.endpoint.pod}`;
      sums.set(key, (sums.get(key) ?? 0) + o.share);
    }
  }
  let out = "";
  for (const [key, share] of sums) {
    const box = scene.podOf.get(key);
    if (box && share < 0.9999) {
      const words = shareWords(share);
      out += plate("plate share", box.x + box.w - widthOf(words, 13) - 26, box.y - 16, words, scene);
    }
  }
  return out;
}

export function shareWords(share: number): string {
  const n = 1 / share;
  return Math.abs(n - Math.round(n)) < 0.01
    ? say("share.one-in", Math.round(n))
    : say("share.percent", Math.round(share * 100));
}

/** The controller reads its rules in the ingress: a fine line, not a way of packets. */
function reading(show: Show, s: Step): string {
  const box = show.scene.podOf.get(keyOf(s.at));
  const doc = show.scene.documents.find(d => (s.evidence ?? []).some(e => keyOf(e) === d.key));
  if (!box || !doc) return "";
  const x = box.x + box.w - 30;
  const y0 = doc.y + doc.h;
  const from = doc.x + doc.w - 40;
  const d = `M${from} ${y0}C${from} ${box.y - 6} ${x} ${box.y - 46} ${x} ${box.y}`;
  return path("reads", d) + plate("plate quiet", doc.x + 24, y0 + 5, say("note.reads"), show.scene);
}

/** What is written where a request was stopped. */
function stopping(show: Show, s: Step, at: number): string {
  const stop = show.ways[at]?.stop;
  if (s.kind.startsWith("policy.")) {
    return denial(show, s);
  }
  if (!stop || show.outcome?.class === "http-error") return "";
  if (s.kind === "boundary") return shut(show.scene, stop);
  return `<g class="stop"><circle cx="${stop.x}" cy="${stop.y + 29}" r="12"/>${path("", `M${stop.x - 5} ${stop.y + 24}l10 10m0 -10l-10 10`)}</g>`;
}

/** The wall that a packet did not pass, closed where it stands. */
function shut(scene: Scene, at: Point): string {
  const x = at.x > scene.wall1 + wallWidth + 40 ? scene.wall2 : scene.wall1;
  const m = x + wallWidth / 2;
  const cross = path("gate-x", `M${m - 4} ${at.y - 7}l8 14M${m + 4} ${at.y - 7}l-8 14`);
  return `<g class="gate closed">${rect("gate-box", x - 1, at.y - 30, wallWidth + 2, 60, 3)}${cross}</g>`;
}

function ending(show: Show): string {
  const { outcome } = show;
  if (!outcome) return "";
  return farewell(show) + endingOf(show, outcome);
}

/** A client made for one request is removed when it is done. */
function farewell({ scene, trace }: Show): string {
  const from = scene.podOf.get(keyOf(trace.request.from));
  if (from?.pod.ghost !== "one-shot" || !/(^|\s)--rm\b/.test(trace.request.command)) return "";
  return plate("plate quiet", from.x, from.y + from.h + 6, say("note.deleted", from.pod.name), scene);
}

function endingOf(show: Show, outcome: Outcome): string {
  const { scene, trace } = show;
  if (outcome.class === "answered") {
    const target = outcome.endpoint?.pod
      ? scene.podOf.get(`Pod/${outcome.endpoint.namespace}/${outcome.endpoint.pod}`)
      : undefined;
    if (!target) return "";
    const { x, y, h } = target;
    return `<g class="tick"><circle cx="${x + 8}" cy="${y + h}" r="12"/>${path("", `M${x + 2.5} ${y + h}l4.5 5 8 -9.5`)}</g>`;
  }
  if (outcome.class !== "no-answer") return "";
  const from = scene.byKey.get(keyOf(trace.request.from));
  if (!from) return "";
  const below = { x: from.x + 6, y: from.y + from.h + (trace.request.from.kind === "Pod" ? 8 : 1), w: 216, h: 24 };
  const marked = show.tried?.includes(keyOf(trace.request.from)) ?? false;
  const above = { ...below, y: from.y - (marked ? 48 : 44) };
  // What the gate compared matters more than that the client waits: the note gives way to it.
  const stop = show.steps[stopOf(show.steps, outcome.class)];
  const said = stop?.kind.startsWith("policy.") ? denialPlace(show, stop) : undefined;
  const place = said && meet(below, said.box) && above.y > scene.service.h - 8 ? above : below;
  return waiting(place.x, place.y, scene);
}

function meet(a: Rect, b: Rect): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

function waiting(x: number, y: number, scene: Scene): string {
  const ring = `<circle class="wait-ring" cx="${x + 12}" cy="${y + 12}" r="9"/>${path("wait-hand", `M${x + 12} ${y + 6}v6h5`)}`;
  return `<g class="waiting">${ring}</g>${plate("plate bare", x + 22, y, say("note.waits"), scene)}`;
}

interface Denial {
  box: Rect;
  title: string;
  lines: string[];
  /** From the gate to the note. */
  edge: string;
}

/** What the gate compared, and where there is room to say it. */
function denialPlace(show: Show, s: Step): Denial | undefined {
  const gate = show.scene.byKey.get(keyOf(s.at));
  if (!gate) return undefined;
  const { x, y, w, h } = gate;
  const by = show.trace.verdict.decidedBy;
  const title = by && /Policy$/.test(by.kind) ? `${by.kind} ${by.name}` : "NetworkPolicy";
  const miss = s.compared.find(c => !c.holds);
  // A rule that denies is met by all that it compares.
  const met = s.compared.filter(c => c.holds && c.what !== "protocol").slice(0, 2);
  const lines = miss
    ? [say("note.needs", miss.wanted || say("answer.nothing")), say("note.got", miss.got || say("answer.nothing"))]
    : met.map(c => say("note.denies", c.wanted));
  const most = 290;
  const bw = Math.min(most, Math.max(w + 30, widthOf(title, 14) + 30, ...lines.map(l => widthOf(l, 12.5, true) + 28)));
  const bh = 32 + lines.length * 18;
  const { scene } = show;
  const left = Math.min(x - 14, scene.width - bw - 8);
  const places = [y - bh - 20, y + h + 18].filter(t => t > scene.service.h + 4 && t + bh < scene.height - 4);
  const cost = (t: number) => covered(scene, { x: left, y: t, w: bw, h: bh });
  const top = places.sort((a, b) => cost(a) - cost(b))[0] ?? y + h + 18;
  const edge = top < y ? `M${x - 9} ${top + bh}V${y - 4}` : `M${x - 9} ${top}V${y + h + 4}`;
  return { box: { x: left, y: top, w: bw, h: bh }, title, lines, edge };
}

/** What the gate compared, at the gate. */
function denial(show: Show, s: Step): string {
  const d = denialPlace(show, s);
  if (!d) return "";
  const { x, y, w, h } = d.box;
  return (
    `<g class="denial">${path("denial-line", d.edge)}${rect("denial-box", x, y, w, h, 7)}${text("denial-title", x + 13, y + 21, fit(d.title, w - 22, 14))}` +
    `${d.lines.map((l, i) => text("denial-text", x + 13, y + 40 + i * 18, fit(l, w - 22, 12.5, true))).join("")}</g>`
  );
}

/** How many pods a note would lie on. */
function covered(scene: Scene, r: Rect): number {
  let n = 0;
  for (const b of scene.podOf.values()) {
    if (b.x < r.x + r.w && b.x + b.w > r.x && b.y < r.y + r.h && b.y + b.h > r.y) n++;
  }
  return n;
}
