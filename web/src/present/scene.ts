// The picture of a lesson: who takes part in the trace and nobody else, so large that the last row reads it. A length of 1
// is 1/22 of the height of a letter; the stage scales the whole. The result is a scene as the desk's, so that ways are
// planned by the same rules.

import { documentsOf } from "../documents.ts";
import { outsiders } from "../layout/outside.ts";
import {
  type DocumentBox,
  type LaneBox,
  type OutsideBox,
  type PodBox,
  proxyOf,
  type Rect,
  type Scene,
  type ServiceBox,
  wallWidth,
} from "../layout/scene.ts";
import type { Pod, Store } from "../store.ts";
import { shortPod, widthOf } from "../text.ts";
import { keyOf, type Step, type Trace } from "../trace.ts";
import type { Node } from "../wire.ts";
import { say } from "../words.ts";

/** Size of names and addresses. */
export const letter = 22;
/** Nothing that is read stands nearer to the edge of a projector's picture. */
export const margin = 24;
export const podH = 66;
export const thingH = 72;
export const ticketW = 256;
const gap = 8;
const face = 88;
/** Between columns of pods, and before the first: a way goes up and down there, and the packet stands before its pod. */
const colGap = 90;
const before = 100;
/** How far before a pod its packet stands, more than on the desk. */
export const apart = 28;

export interface Asked {
  trace: Trace;
  steps: Step[];
  /** The step that is shown: where not all fit, the look-up of a name and the request itself are two pictures. */
  at: number;
}

export interface Lesson extends Scene {
  /** Whether there is room beside the gatehouses for what is swapped there. */
  tickets: boolean;
  /** Whether the pod network's name has room of its own. */
  podName: boolean;
  /** How many services, nodes and ends of other outcomes are not drawn. */
  more: { services: number; nodes: number; ends: number };
}

interface Parts {
  keys: Set<string>;
  /** Pods in the order in which they are met. */
  pods: Pod[];
  nodes: Node[];
  ends: number;
}

interface LanePlan {
  node: Node;
  pods: Pod[];
  tickets: number;
}

export function arrange(store: Store, asked: Asked | null, width: number, height: number): Lesson {
  const tries: Parts[] = asked
    ? [
        parts(store, asked, asked.steps, true),
        parts(store, asked, asked.steps, false),
        parts(store, asked, act(asked), false),
      ]
    : [idle(store)];
  let best: Lesson | null = null;
  for (const p of tries) {
    const { lesson, fits } = place(store, asked, p, width, height);
    best = lesson;
    if (fits) break;
  }
  return best!;
}

/** The steps that belong to the same act as the current one: asking for the name, or the request. */
function act({ steps, at }: Asked): Step[] {
  const dns = new Set(steps.filter(s => s.kind.startsWith("dns.")).map(s => s.leg));
  const inDNS = dns.has(steps[at]?.leg ?? -1);
  const mine = steps.filter(s => dns.has(s.leg) === inDNS);
  return mine.length > 0 ? mine : steps;
}

function parts(store: Store, { trace, steps }: Asked, shown: Step[], withEnds: boolean): Parts {
  const keys = new Set<string>([keyOf(trace.request.from)]);
  for (const s of shown) {
    keys.add(s.at.kind === "Gateway" ? proxyOf(keyOf(s.at)) : keyOf(s.at));
    if (s.kind.startsWith("dns.")) continue;
    for (const e of s.evidence ?? [])
      if (e.kind === "Service" || e.kind === "Ingress" || e.kind === "Gateway") keys.add(keyOf(e));
  }
  const ends = new Set<string>();
  for (const o of trace.outcomes) {
    const key = o.endpoint?.pod ? `Pod/${o.endpoint.namespace}/${o.endpoint.pod}` : "";
    if (key && !steps.some(s => keyOf(s.at) === key)) ends.add(key);
  }
  if (withEnds) for (const e of ends) keys.add(e);
  const byKey = new Map([...store.pods.values()].filter(p => keys.has(p.key)).map(p => [p.key, p]));
  const pods = [...keys].map(k => byKey.get(k)).filter((p): p is Pod => p !== undefined);
  const byName = new Map([...store.nodes.values()].map(n => [n.name, n]));
  const nodes: Node[] = [];
  for (const key of keys) {
    const node = store.nodes.get(key) ?? byName.get(byKey.get(key)?.node ?? "");
    if (node && !nodes.includes(node)) nodes.push(node);
  }
  return { keys, pods, nodes, ends: withEnds ? 0 : ends.size };
}

/** Before anything is asked: the first nodes with their pods as shapes, and services. */
function idle(store: Store): Parts {
  const nodes = [...store.nodes.values()].sort((a, b) => (a.name < b.name ? -1 : 1)).slice(0, 3);
  const keys = new Set([...nodes.map(n => n.id), ...store.hosts.keys()]);
  const services = [...store.services.values()].sort((a, b) => Number(a.dns) - Number(b.dns) || (a.id < b.id ? -1 : 1));
  for (const s of services.slice(0, 3)) keys.add(s.id);
  return { keys, pods: [], nodes, ends: 0 };
}

function place(
  store: Store,
  asked: Asked | null,
  p: Parts,
  width: number,
  height: number,
): { lesson: Lesson; fits: boolean } {
  const has = (key: string) => p.keys.has(key);
  const out = outsiders(store).filter(o => has(o.key));
  const routers = [...store.routers.values()].filter(r => has(r.id));
  const far = out.filter(o => o.layer === "internet");
  const open = far.length > 0 || routers.length > 0 || has("Network/internet");
  const internetW = open ? 250 : 0;
  const wall1 = open ? internetW : -wallWidth;
  const lanX = wall1 + wallWidth;
  // Where the packet stands on the wire, none of it is in the unsafe edge.
  const wireX = lanX + (open ? 46 : 68);
  const cardX = wireX + 36;
  const lan = out.filter(o => o.layer === "lan");
  const words = [
    ...p.nodes.map(n => Math.max(widthOf(n.name, letter), widthOf((n.addresses ?? [])[0] ?? "", letter, true))),
    ...lan.map(o => boxWidth(o.what) + 14),
    140,
  ];
  const leftFace = Math.min(220, Math.max(...words) + 26);
  const wall2 = cardX + leftFace;
  const clusterX = wall2 + wallWidth;
  const cardW = leftFace + wallWidth + face;
  const right = width - margin;

  const services = serviceBoxes(store, p, clusterX + margin, right - 10);
  const serviceH =
    services.services.length + services.documents.length > 0 ? 46 + thingH + 14 : has("Network/service") ? 76 : 46;
  const lanThings: OutsideBox[] = lan.map((o, i) => ({
    ...o,
    x: wireX + 44,
    y: 76 + i * (podH + 12),
    w: wall2 - 14 - wireX - 44,
    h: podH,
    dim: false,
  }));
  const lanBottom = lanThings.reduce((y, b) => Math.max(y, b.y + b.h + gap), 0);
  const top = Math.max(serviceH + gap, lanBottom);

  const ticketsAt = ticketCount(asked?.steps ?? []);
  const plans: LanePlan[] = p.nodes.map(node => ({
    node,
    pods: p.pods.filter(x => x.node === node.name),
    tickets: ticketsAt.get(node.id) ?? 0,
  }));
  const podsX0 = cardX + cardW + before;
  const bottom = height - 10;
  const choice = choose(plans, { podsX0, right, room: bottom - top, ticketed: ticketsAt.size > 0 });
  const { columns, tickets, need } = choice;
  const used = need.reduce((sum, h) => sum + h + gap, -gap);
  const podName = bottom - top - used >= 36;
  const y0 = podName ? Math.max(serviceH + 40, lanBottom) : top;
  // Where even that is too much, lanes share what there is.
  const squeeze = Math.min(1, (bottom - y0 - gap * (need.length - 1)) / Math.max(1, used - gap * (need.length - 1)));
  const spare = plans.length ? Math.min(70, Math.max(0, (bottom - y0 - used) / plans.length)) : 0;
  const podsX = podsX0 + (tickets ? ticketW + 12 : 0);
  const podW = Math.min(330, (right - podsX - (columns - 1) * colGap) / columns);
  let y = y0;
  const lanes = plans.map((plan, i) => {
    const h = Math.floor(need[i]! * squeeze + spare);
    const lane = laneOf(store, plan, { x: cardX, y, w: cardW, h, wall2, podsX, podW, columns, right });
    y += h + gap;
    return lane;
  });

  const outside = [...lanThings, ...farThings(far, internetW, wall1, height)];
  const low = outside.reduce((b, o) => (o.layer === "internet" ? Math.max(b, o.y + o.h + 14) : b), 0);
  routers.forEach((card, i) => {
    const ry = Math.min(height - 60, Math.max(lanBottom + 6, low, 84) + i * 66);
    outside.push({
      key: card.id,
      layer: "lan",
      what: { kind: "Router", card },
      x: wall1 - 14,
      y: ry,
      w: wallWidth + 28,
      h: 52,
      dim: false,
    });
  });
  const firstY = lanThings[0] ? lanThings[0].y + 24 : 84;
  const lesson: Lesson = {
    width,
    height,
    tracing: asked !== null,
    internet: { x: 0, y: 0, w: internetW, h: height, rail: !open },
    wall1,
    wall2,
    lan: { x: lanX, y: 0, w: wall2 - lanX, h: height },
    service: { x: clusterX, y: 0, w: width - clusterX, h: serviceH },
    podnet: { x: clusterX, y: serviceH, w: width - clusterX, h: height - serviceH },
    wire: {
      x: wireX,
      top: firstY,
      bottom: Math.max(firstY + 60, lanes.at(-1) ? lanes.at(-1)!.rules.y + 14 : height - 40),
    },
    internetX: internetW - 14,
    lanes,
    outside,
    services: services.services,
    moreServices: null,
    moreOutside: [],
    documents: services.documents,
    unscheduled: waiting(p, podsX, y, podW),
    byKey: new Map(),
    laneOf: new Map(),
    podOf: new Map(),
    tickets,
    podName,
    more: {
      services: asked ? services.left : store.services.size - services.services.length,
      nodes: store.nodes.size - p.nodes.length,
      ends: p.ends,
    },
  };
  index(lesson);
  return { lesson, fits: choice.fits && services.left === 0 };
}

/** One column of pods with room for tickets, else one without, else two, three. */
function choose(
  plans: LanePlan[],
  { podsX0, right, room, ticketed }: { podsX0: number; right: number; room: number; ticketed: boolean },
): { columns: number; tickets: boolean; need: number[]; fits: boolean } {
  const needs = (columns: number, tickets: boolean) =>
    plans.map(l => {
      const rows = Math.max(1, Math.ceil(l.pods.length / columns));
      const high = rows * podH + (rows - 1) * (columns > 1 ? 26 : 14) + 18;
      return Math.max(high, tickets && l.tickets > 1 ? 116 : 0, (l.node.doors ?? []).length > 0 && rows > 1 ? 104 : 0);
    });
  const high = (need: number[]) => need.reduce((sum, h) => sum + h + gap, -gap);
  const wide = (columns: number, tickets: boolean) =>
    (right - podsX0 - (tickets ? ticketW + 12 : 0) - (columns - 1) * colGap) / columns;
  let last = { columns: 1, tickets: false, need: needs(1, false), fits: false };
  for (const [columns, tickets] of [
    [1, true],
    [1, false],
    [2, false],
    [3, false],
  ] as [number, boolean][]) {
    if (tickets && !ticketed) continue;
    if (wide(columns, tickets) < (columns === 1 ? 226 : 180)) continue;
    const need = needs(columns, tickets);
    last = { columns, tickets, need, fits: high(need) <= room };
    if (last.fits) return last;
  }
  return last;
}

function ticketCount(steps: Step[]): Map<string, number> {
  const count = new Map<string, number>();
  for (const s of steps) {
    if (s.at.kind !== "Node" || (s.kind !== "rules.dnat" && s.kind !== "rules.masquerade")) continue;
    count.set(keyOf(s.at), (count.get(keyOf(s.at)) ?? 0) + 1);
  }
  return count;
}

interface Columns extends Rect {
  wall2: number;
  podsX: number;
  podW: number;
  columns: number;
  right: number;
}

function laneOf(store: Store, { node, pods }: LanePlan, c: Columns): LaneBox {
  const cardH = Math.min(c.h - 8, 150);
  const card = { x: c.x, y: c.y + (c.h - cardH) / 2, w: c.w, h: cardH };
  // The wire comes in below the name and the address; where there is no room for both, below the name.
  const wireY = cardH >= 110 ? 80 : cardH - 15;
  const rules = { x: card.x + card.w - face / 2, y: card.y + wireY };
  const rows = Math.max(1, Math.ceil(pods.length / c.columns));
  const rowGap = c.columns > 1 ? 26 : 14;
  const block = rows * podH + (rows - 1) * rowGap;
  // A single row stands beside the node's own words, on the same lines.
  const first = rows === 1 ? card.y + (cardH < 96 ? -2 : 1) : c.y + Math.max(6, (c.h - block) / 2);
  const boxes: PodBox[] = pods.map((pod, i) => {
    const column = i % c.columns;
    const y = first + Math.floor(i / c.columns) * (podH + rowGap);
    const x = c.podsX + column * (c.podW + colGap);
    return { key: pod.key, pod, x, y, w: c.podW, h: podH, gutter: y + podH + 10, column, dim: false };
  });
  const total = [...store.pods.values()].reduce((n, p) => n + Number(p.node === node.name), 0);
  const low = cardH < 80;
  // A door is a notch in the left face: under the address, or in its place where there is no room for both.
  const doors = (node.doors ?? []).map(door => {
    const text = `:${door.port}`;
    const w = widthOf(text, letter, true) + 16;
    return { x: card.x - 12, y: cardH >= 132 ? card.y + cardH - 38 : rules.y - 16, w, h: 32, door, text };
  });
  return {
    x: c.x - 10,
    y: c.y,
    w: c.right - c.x + 10,
    h: c.h,
    key: node.id,
    node,
    nodes: [node],
    title: node.name,
    sub: (node.addresses ?? [])[0] ?? say("no-address"),
    card,
    rules,
    riserX: c.podsX - before + 22,
    podsX: c.podsX,
    doors,
    moreDoors: 0,
    moreDoorsY: 0,
    slim: low,
    pods: boxes,
    minis: [],
    tombs: [],
    moreMinis: 0,
    chips: [],
    moreChips: 0,
    trays: [],
    opened: false,
    field: null,
    hidden: total - pods.length,
    failing: 0,
    total,
    dim: false,
  };
}

/** The same for the planning of ways: before hosts, too, the packet stands so far away that it covers no words. */
export function routing(s: Lesson): Lesson {
  const outside = s.outside.map(b => {
    if (b.what.kind !== "Host" && b.what.kind !== "Resolver") return b;
    return b.layer === "lan" ? { ...b, x: b.x - 32 } : { ...b, w: b.w + 30 };
  });
  return { ...s, outside };
}

function boxWidth(o: OutsideBox["what"]): number {
  const address =
    o.kind === "Resolver" ? o.card.address : o.kind === "Router" ? "" : ((o.card.addresses ?? [])[0] ?? "");
  return Math.max(widthOf(o.card.name, letter), widthOf(address, letter, true)) + 24;
}

function farThings(
  far: Pick<OutsideBox, "key" | "layer" | "what">[],
  w: number,
  wall1: number,
  height: number,
): OutsideBox[] {
  const each = Math.min(podH + 22, (height - 60) / Math.max(1, far.length));
  return far.map((o, i) => {
    // A load balancer has a door: its box reaches through the wall.
    const end = o.what.kind === "LoadBalancer" ? wall1 + wallWidth + 6 : w - 46;
    return { ...o, x: 14, y: 48 + i * each, w: end - 14, h: Math.min(podH, each - 8), dim: false };
  });
}

function serviceBoxes(
  store: Store,
  p: Parts,
  x0: number,
  right: number,
): { services: ServiceBox[]; documents: DocumentBox[]; left: number } {
  const services = [...p.keys].map(k => store.services.get(k)).filter(s => s !== undefined);
  const documents = documentsOf(store).filter(d => p.keys.has(d.key));
  const all = [
    ...documents.map(document => ({ document, service: null })),
    ...services.map(service => ({ document: null, service })),
  ];
  const room = right - x0;
  const fitting = Math.max(1, Math.floor((room + 26) / (186 + 26)));
  const shown = all.slice(0, fitting);
  const most = (room + 26) / Math.max(1, shown.length) - 26;
  let x = x0;
  const out = { services: [] as ServiceBox[], documents: [] as DocumentBox[], left: all.length - shown.length };
  for (const { document, service } of shown) {
    const name = service?.name ?? `${document!.kind} ${document!.name}`;
    const second = service ? addressOf(service) : "";
    const natural = Math.max(widthOf(name, letter), widthOf(second, letter, true), document ? 270 : 0) + 52;
    const w = Math.min(most, Math.max(190, natural), 330);
    const box = { x, y: 46, w, h: thingH, dim: false };
    if (service) out.services.push({ ...box, key: service.id, service });
    else out.documents.push({ ...box, key: document!.key, document: document!, rows: 1 });
    x += w + 26;
  }
  return out;
}

export function addressOf(s: ServiceBox["service"]): string {
  if (s.type === "Headless") return say("no-address");
  if (s.type === "ExternalName") return `→ ${s.externalName ?? ""}`;
  const port = (s.ports ?? [])[0];
  return `${(s.clusterIPs ?? [])[0] ?? say("answer.none")}${port ? `:${port.port}` : ""}`;
}

export function podName(pod: Pod): string {
  return shortPod(pod.name, pod.class.ownerKind, pod.class.ownerName);
}

/** Pods that no node has yet. */
function waiting(p: Parts, x: number, y: number, w: number): PodBox[] {
  const pods = p.pods.filter(pod => pod.node === "");
  return pods
    .slice(0, 1)
    .map(pod => ({ key: pod.key, pod, x, y, w, h: podH, gutter: y + podH + 10, column: 0, dim: false }));
}

function index(s: Lesson): void {
  for (const b of [...s.outside, ...s.services, ...s.documents, ...s.unscheduled]) s.byKey.set(b.key, b);
  for (const b of s.unscheduled) s.podOf.set(b.key, b);
  for (const lane of s.lanes) {
    s.byKey.set(lane.key, lane.card);
    s.laneOf.set(lane.key, lane);
    for (const p of lane.pods) {
      s.byKey.set(p.key, p);
      // Ways end there; what is drawn is the lane's.
      s.podOf.set(p.key, { ...p, x: p.x - apart });
      s.laneOf.set(p.key, lane);
    }
  }
}
