// The nodes' lanes: a gatehouse astride the wall, its pods to the right. Decides how much of each pod can be shown.

import type { Pod, Store } from "../store.ts";
import { podShape } from "../text.ts";
import type { Node } from "../wire.ts";
import type { Cast, LaneBox, PodBox, Rect, View } from "./scene.ts";
import { pitch, wallWidth } from "./scene.ts";
import { isSystem } from "./services.ts";
import { Slots } from "./slots.ts";

export interface LaneRoom {
  /** Where lanes may stand: below the service band, down to the end of the window. */
  top: number;
  bottom: number;
  wireX: number;
  wall2: number;
  right: number;
  leftFace: number;
  rightFace: number;
}

interface Spec {
  key: string;
  node: Node | null;
  nodes: Node[];
  title: string;
  sub: string;
  pods: Pod[];
  dim: boolean;
  lead: boolean;
  cards: { pod: Pod; place: number }[];
  rows: number;
  columns: number;
  slim: boolean;
  h: number;
  cells: Pod[];
  minis: Pod[];
  size: number;
  hidden: number;
}

const laneGap = 10;
const maxSingleLanes = 14;
const maxRows = 3;
const doorH = 21;
const slimH = 46;
const minLaneH = 104;
/** Just a row of pods with their ports. */
const tightLaneH = 92;
export const padTop = 14;

/** Remembers the places of nodes and, per node, of pods. */
export class LaneSlots {
  readonly nodes = new Slots();
  private readonly pods = new Map<string, Slots>();
  private readonly rows = new Map<string, number>();
  private room = "";

  /** How many rows are kept for a node's pods; forgotten when the room changes, and then decided anew. */
  kept(room: string): Map<string, number> {
    if (room !== this.room) this.rows.clear();
    this.room = room;
    return this.rows;
  }

  of(node: string): Slots {
    const slots = this.pods.get(node) ?? new Slots();
    this.pods.set(node, slots);
    return slots;
  }

  clear(): void {
    this.nodes.clear();
    this.pods.clear();
    this.rows.clear();
  }
}

export function planLanes(store: Store, room: LaneRoom, slots: LaneSlots, view: View): LaneBox[] {
  const cast = view.cast;
  const inCast = new Set(cast?.keys ?? []);
  const ticketed = cast !== null && cast.tickets.size > 0;
  const cardX = room.wall2 - room.leftFace;
  const cardW = room.leftFace + wallWidth + room.rightFace;
  const podsX = cardX + cardW + 38 + (ticketed ? 214 : 0);
  const podsW = room.right - podsX - 14;
  const minCard = podsW < 560 ? 126 : 140;
  const columns = Math.max(1, Math.floor((podsW + pitch.colGap) / (minCard + pitch.colGap)));
  const podW = Math.min(204, (podsW + pitch.colGap) / columns - pitch.colGap);

  const specs = specsOf(store, slots, view, inCast);
  for (const spec of specs) sizeSpec(spec, slots, columns, cast, inCast);
  if (!cast) keepOneFree(specs, room, slots.kept(`${columns} ${room.bottom}`));
  squeeze(specs, room, cast, inCast);
  joinGroups(specs, room);

  const used = specs.reduce((sum, s) => sum + s.h + laneGap, 0);
  const spare = Math.max(0, room.bottom - room.top - used);
  const grow = specs.filter(s => !s.slim);
  const each = grow.length ? Math.min(cast ? 46 : 56, spare / grow.length) : 0;
  let y = room.top;
  return specs.map(spec => {
    const h = Math.round(spec.h + (spec.slim ? 0 : each));
    const lane = place(
      spec,
      { x: cardX - 12, y, w: room.right - cardX + 6, h },
      { cardX, cardW, podsX, podW, podsW, leftFace: room.leftFace },
      inCast,
      cast,
    );
    y += h + laneGap;
    return lane;
  });
}

/** One lane a node while there are few; otherwise zones or stretches of the list, and those that take part alone. */
function specsOf(store: Store, slots: LaneSlots, view: View, inCast: Set<string>): Spec[] {
  const pods = new Map<string, Pod[]>();
  for (const pod of store.pods.values()) {
    if (view.namespace !== "" && pod.class.namespace !== view.namespace && !inCast.has(pod.key)) continue;
    const list = pods.get(pod.node);
    if (list) list.push(pod);
    else pods.set(pod.node, [pod]);
  }
  const nodes = [...store.nodes.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  const place = slots.nodes.assign(nodes.map(n => ({ key: n.id, family: n.zone || "node" })));
  nodes.sort((a, b) => place.get(a.id)! - place.get(b.id)!);
  const takesPart = (n: Node) => inCast.has(n.id) || (pods.get(n.name) ?? []).some(p => inCast.has(p.key));
  const single = (n: Node, dim: boolean): Spec =>
    spec(n.id, n, [n], n.name, (n.addresses ?? [])[0] ?? "no address", pods.get(n.name) ?? [], dim);
  if (nodes.length <= maxSingleLanes) return nodes.map(n => single(n, view.cast !== null && !takesPart(n)));

  const main = view.cast?.main ?? new Set();
  const alone = nodes.filter(n => main.has(n.id) || (pods.get(n.name) ?? []).some(p => main.has(p.key)));
  const rest = nodes.filter(n => !alone.includes(n));
  return [...alone.map(n => single(n, false)), ...groups(rest, pods, view.cast !== null)];
}

function groups(nodes: Node[], pods: Map<string, Pod[]>, dim: boolean): Spec[] {
  const zones = new Map<string, Node[]>();
  for (const n of nodes) {
    const zone = zones.get(n.zone);
    if (zone) zone.push(n);
    else zones.set(n.zone, [n]);
  }
  let parts = [...zones].map(([zone, list]) => ({ title: zone || "nodes", list }));
  if (parts.length === 1 || parts.length > 9) {
    const size = Math.ceil(nodes.length / 6);
    parts = [];
    for (let i = 0; i < nodes.length; i += size) {
      const list = nodes.slice(i, i + size);
      parts.push({ title: list.length > 1 ? `${list[0]!.name} …` : list[0]!.name, list });
    }
  }
  parts.sort((a, b) => (a.title < b.title ? -1 : 1));
  return parts.map(p => {
    const all = p.list.flatMap(n => pods.get(n.name) ?? []);
    return spec(`Group/${p.title}`, null, p.list, p.title, `${p.list.length} nodes`, all, dim);
  });
}

function spec(
  key: string,
  node: Node | null,
  nodes: Node[],
  title: string,
  sub: string,
  pods: Pod[],
  dim: boolean,
): Spec {
  const none = {
    lead: false,
    cards: [],
    rows: 0,
    columns: 1,
    slim: false,
    h: minLaneH,
    cells: [],
    minis: [],
    size: 0,
    hidden: 0,
  };
  return { key, node, nodes, title, sub, pods, dim, ...none };
}

/** Gives pods their places in rows of cards, or makes them cells where there are too many. */
function sizeSpec(s: Spec, slots: LaneSlots, columns: number, cast: Cast | null, inCast: Set<string>): void {
  s.columns = columns;
  if (!s.node) {
    s.cells = s.pods;
    s.h = minLaneH;
    return;
  }
  const all = [...s.pods].sort(podOrder);
  s.minis = all.filter(p => isMini(p) && !inCast.has(p.key));
  const list = all.filter(p => !s.minis.includes(p));
  const place = slots.of(s.key).assign(list.map(p => ({ key: p.key, family: familyOf(p) })));
  s.size = slots.of(s.key).size;
  if (s.size > columns * maxRows) {
    const lead = list.filter(p => inCast.has(p.key));
    s.cards = lead.slice(0, Math.max(1, columns - 1)).map((pod, i) => ({ pod, place: i }));
    s.cells = list.filter(p => !inCast.has(p.key));
    s.rows = lead.length > 0 ? 1 : 0;
    s.h = minLaneH;
  } else {
    s.cards = list.map(pod => ({ pod, place: place.get(pod.key)! }));
    s.rows = Math.max(1, Math.ceil(s.size / columns));
    s.h = heightOf(s.rows);
  }
  const tickets = cast?.tickets.get(s.key) ?? 0;
  if (tickets > 1) s.h = Math.max(s.h, 152);
  s.h = Math.max(s.h, minLaneH);
}

/** Pods without an address of their own; a controller is always a card. */
function isMini(p: Pod): boolean {
  return p.class.role === undefined && (p.class.hostNetwork === true || podShape(p.state) === "done");
}

/**
 * Keeps a place free in every lane where there is room for it, so that a newcomer moves nobody. What is kept stays kept:
 * a lane that fills up must not claim another row while it still has places.
 */
function keepOneFree(specs: Spec[], room: LaneRoom, kept: Map<string, number>): void {
  const cards = specs.filter(s => s.node && s.cells.length === 0);
  const high = (rows: (s: Spec) => number) =>
    specs.reduce((h, s) => h + laneGap + (cards.includes(s) ? Math.max(s.h, heightOf(rows(s))) : s.h), 0);
  const wanted = (s: Spec) => Math.min(maxRows, Math.max(1, Math.ceil((s.size + 1) / s.columns)));
  const fits = high(wanted) <= room.bottom - room.top;
  for (const s of cards) {
    const rows = Math.max(s.rows, kept.get(s.key) ?? (fits ? wanted(s) : s.rows));
    kept.set(s.key, rows);
    s.rows = rows;
    s.h = Math.max(s.h, heightOf(rows));
  }
}

function heightOf(rows: number): number {
  return Math.max(minLaneH, padTop + rows * (pitch.cardH + pitch.rowGap) + 2);
}

/** While a trace is open what takes no part gives way, as far as needed: first rows of pods, then whole lanes. */
function squeeze(specs: Spec[], room: LaneRoom, cast: Cast | null, inCast: Set<string>): void {
  if (!cast) return;
  const over = () => specs.reduce((sum, s) => sum + s.h + laneGap, 0) > room.bottom - room.top;
  const bystandersFirst = [...specs].sort((a, b) => Number(b.dim) - Number(a.dim));
  for (const s of bystandersFirst) if (over() && s.rows > 1) cutRows(s, cast, inCast);
  for (const s of bystandersFirst) {
    if (!over()) return;
    if (s.rows <= 1 && !(cast.tickets.get(s.key) ?? 0)) s.h = Math.min(s.h, tightLaneH);
  }
  for (const s of bystandersFirst) {
    if (!over()) return;
    if (s.dim) Object.assign(s, { slim: true, h: slimH, cells: s.pods, cards: [], rows: 0, hidden: 0 });
  }
}

/** Where even low lanes do not fit, all groups of bystanders share what is left. */
function joinGroups(specs: Spec[], room: LaneRoom): void {
  const groups = specs.filter(s => !s.node && s.slim);
  const high = (list: Spec[]) => list.reduce((sum, s) => sum + s.h + laneGap, 0);
  const left = room.bottom - room.top - high(specs.filter(s => !groups.includes(s)));
  if (groups.length < 2 || high(groups) <= left) return;
  const nodes = groups.flatMap(s => s.nodes);
  const pods = groups.flatMap(s => s.pods);
  const rest = spec("Group/others", null, nodes, "other nodes", `${nodes.length} nodes`, pods, true);
  Object.assign(rest, { cells: pods, slim: true, h: Math.max(slimH, Math.min(minLaneH, left - laneGap)) });
  specs.splice(0, specs.length, ...specs.filter(s => !groups.includes(s)), rest);
}

/** Keeps the rows with somebody who takes part, or the first. */
function cutRows(s: Spec, cast: Cast, inCast: Set<string>): void {
  const rowOf = (c: { place: number }) => Math.floor(c.place / s.columns);
  const wanted = [...new Set(s.cards.filter(c => inCast.has(c.pod.key)).map(rowOf))].sort((a, b) => a - b);
  const keep = wanted.length > 0 ? wanted : [0];
  const before = s.cards.length;
  s.cards = s.cards
    .filter(c => keep.includes(rowOf(c)))
    .map(c => ({ pod: c.pod, place: keep.indexOf(rowOf(c)) * s.columns + (c.place % s.columns) }));
  s.rows = keep.length;
  s.hidden = before - s.cards.length;
  s.h = Math.max(heightOf(s.rows), (cast.tickets.get(s.key) ?? 0) > 1 ? 152 : 0);
}

interface Columns {
  cardX: number;
  cardW: number;
  podsX: number;
  podW: number;
  podsW: number;
  leftFace: number;
}

function place(s: Spec, box: Rect, c: Columns, inCast: Set<string>, cast: Cast | null): LaneBox {
  const cardH = s.slim ? box.h - 8 : Math.min(box.h - 8, 152);
  const card = { x: c.cardX, y: box.y + (box.h - cardH) / 2, w: c.cardW, h: cardH };
  const rules = { x: card.x + card.w - 30, y: s.slim ? card.y + card.h / 2 : card.y + 66 };
  const blockH = s.rows * (pitch.cardH + pitch.rowGap);
  const y0 = Math.max(box.y + padTop, box.y + (box.h - blockH + 14) / 2);
  const pods: PodBox[] = s.cards.map(({ pod, place: at }) => {
    const column = at % s.columns;
    const y = y0 + Math.floor(at / s.columns) * (pitch.cardH + pitch.rowGap);
    return {
      key: pod.key,
      pod,
      x: c.podsX + column * (c.podW + pitch.colGap),
      y,
      w: c.podW,
      h: pitch.cardH,
      gutter: y + pitch.cardH + 18,
      column,
      dim: cast !== null && !inCast.has(pod.key),
    };
  });
  const lane: LaneBox = {
    ...box,
    key: s.key,
    node: s.node,
    nodes: s.nodes,
    title: s.title,
    sub: s.sub,
    card,
    rules,
    riserX: c.podsX - 21,
    podsX: c.podsX,
    doors: [],
    moreDoors: 0,
    moreDoorsY: 0,
    slim: s.slim,
    pods,
    minis: [],
    moreMinis: 0,
    field: null,
    hidden: s.hidden,
    failing: s.pods.filter(p => podShape(p.state) === "failing").length,
    total: s.pods.length,
    dim: s.dim,
  };
  if (s.cells.length > 0) {
    // Beside those who are cards, if any.
    const x = c.podsX + s.cards.length * (c.podW + pitch.colGap);
    const room = { x, y: box.y + 10, w: Math.max(24, c.podsX + c.podsW - x), h: box.h - 20 };
    lane.field = { ...room, pods: s.cells, cell: cellSize(s.cells.length, room) };
  }
  doors(lane, inCast);
  if (!s.slim && s.node) {
    const x = c.cardX + c.leftFace + wallWidth + 8;
    const fitting = s.minis.length > 4 ? 3 : 4;
    lane.minis = s.minis
      .slice(0, fitting)
      .map((pod, i) => ({ key: pod.key, pod, x: x + i * 24, y: card.y + 28, w: 19, h: 19 }));
    lane.moreMinis = s.minis.length - lane.minis.length;
  }
  return lane;
}

/** The largest cell, at most 12, with which all fit. */
export function cellSize(n: number, room: { w: number; h: number }): number {
  for (let cell = 12; cell > 2; cell--) {
    if (Math.floor(room.w / cell) * Math.floor(room.h / cell) >= n) return cell;
  }
  return 2;
}

/** Doors hang outside the left face, above and below the height at which the wire comes in. */
function doors(lane: LaneBox, inCast: Set<string>): void {
  const all = [...(lane.node?.doors ?? [])].sort(
    (a, b) => Number(inCast.has(b.owner)) - Number(inCast.has(a.owner)) || a.port - b.port,
  );
  const unique = all.filter((d, i) => all.findIndex(e => e.port === d.port && e.protocol === d.protocol) === i);
  if (lane.slim) {
    lane.moreDoors = unique.length;
    return;
  }
  const places: number[] = [];
  for (let y = lane.rules.y + 14; y + doorH <= lane.card.y + lane.card.h + 5; y += doorH + 3) places.push(y);
  for (let y = lane.rules.y - 14 - doorH; y >= lane.card.y - 2; y -= doorH + 3) places.push(y);
  const shown = unique.length > places.length ? places.length - 1 : unique.length;
  const w = 56;
  unique.slice(0, Math.max(0, shown)).forEach((door, i) => {
    const text = `:${door.port}`;
    lane.doors.push({ x: lane.card.x - w + 9, y: places[i]!, w, h: doorH, door, text });
  });
  lane.moreDoors = unique.length - lane.doors.length;
  if (lane.moreDoors > 0) lane.moreDoorsY = (places[lane.doors.length] ?? lane.card.h) + 15;
}

function podOrder(a: Pod, b: Pod): number {
  return (
    Number(a.class.hostNetwork ?? false) - Number(b.class.hostNetwork ?? false) ||
    Number(isSystem(a.class.namespace)) - Number(isSystem(b.class.namespace)) ||
    (a.class.namespace < b.class.namespace ? -1 : a.class.namespace > b.class.namespace ? 1 : 0) ||
    (a.name < b.name ? -1 : 1)
  );
}

function familyOf(pod: Pod): string {
  return pod.class.ownerName
    ? `${pod.class.namespace}/${pod.class.ownerKind}/${pod.class.ownerName}`
    : `${pod.class.namespace}/${pod.name}`;
}
