// Which lanes there are and how much of each is wanted: a node alone, or many nodes as one; pods as cards or as cells.

import { type Gone, mourning, type Pod, type Store } from "../store.ts";
import { podShape } from "../text.ts";
import type { Node } from "../wire.ts";
import { count, say } from "../words.ts";
import type { Cast, View } from "./scene.ts";
import { pitch } from "./scene.ts";
import { isSystem } from "./services.ts";
import { Slots } from "./slots.ts";

export interface Spec {
  key: string;
  node: Node | null;
  nodes: Node[];
  title: string;
  sub: string;
  pods: Pod[];
  dim: boolean;
  lead: boolean;
  cards: { pod: Pod; place: number; was?: string }[];
  tombs: { pod: Pod; place: number }[];
  rows: number;
  columns: number;
  slim: boolean;
  h: number;
  cells: Pod[];
  minis: Pod[];
  size: number;
  hidden: number;
  cardH: number;
  /** There is room for containers. */
  detail: boolean;
  opened: boolean;
  /** Of an opened group: its nodes are shown one by one. */
  chips: boolean;
}

const maxSingleLanes = 14;
const containerCardH = 92;
/** Rows of an opened node: as many as its pods need. */
const mostRows = 60;
export const maxRows = 3;
export const slimH = 46;
export const minLaneH = 104;
/** Just a row of pods with their ports. */
export const tightLaneH = 92;
export const padTop = 14;
/** The small card of a node in an opened group. */
export const chip = { w: 136, h: 42, gap: 8 };
export const mostChips = 200;

export function chipColumns(room: number): number {
  return Math.max(1, Math.floor((room + chip.gap) / (chip.w + chip.gap)));
}

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

/** One lane a node while there are few; otherwise zones or stretches of the list, and those that take part alone. */
export function specsOf(store: Store, slots: LaneSlots, view: View, inCast: Set<string>): Spec[] {
  const pods = new Map<string, Pod[]>();
  const guests = new Map(view.cast?.guests);
  for (const pod of store.pods.values()) {
    guests.delete(pod.key);
    if (view.namespace !== "" && pod.class.namespace !== view.namespace && !inCast.has(pod.key)) continue;
    const list = pods.get(pod.node);
    if (list) list.push(pod);
    else pods.set(pod.node, [pod]);
  }
  for (const pod of guests.values()) pods.set(pod.node, [...(pods.get(pod.node) ?? []), pod]);
  const nodes = [...store.nodes.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  const place = slots.nodes.assign(nodes.map(n => ({ key: n.id, family: n.zone || "node" })));
  nodes.sort((a, b) => place.get(a.id)! - place.get(b.id)!);
  const takesPart = (n: Node) => inCast.has(n.id) || (pods.get(n.name) ?? []).some(p => inCast.has(p.key));
  const single = (n: Node, dim: boolean): Spec =>
    spec(n.id, n, [n], n.name, (n.addresses ?? [])[0] ?? say("no-address"), pods.get(n.name) ?? [], dim);
  const zoom = view.zoom ?? 1;
  if (nodes.length <= maxSingleLanes * zoom) return nodes.map(n => single(n, view.cast !== null && !takesPart(n)));

  const main = view.cast?.main ?? new Set();
  const opened = view.opened ?? new Set();
  const wanted = (key: string) => main.has(key) || key === view.selected;
  const alone = nodes.filter(
    n => opened.has(n.id) || wanted(n.id) || (pods.get(n.name) ?? []).some(p => wanted(p.key)),
  );
  const rest = nodes.filter(n => !alone.includes(n));
  const lanes = alone.map(n => Object.assign(single(n, false), { opened: opened.has(n.id) }));
  const parts = groups(rest, pods, view.cast !== null, Math.round(6 * zoom));
  for (const s of parts) if (opened.has(s.key) && !view.cast) Object.assign(s, { opened: true, chips: true });
  return [...lanes, ...parts];
}

function groups(nodes: Node[], pods: Map<string, Pod[]>, dim: boolean, most: number): Spec[] {
  const zones = new Map<string, Node[]>();
  for (const n of nodes) {
    const zone = zones.get(n.zone);
    if (zone) zone.push(n);
    else zones.set(n.zone, [n]);
  }
  let parts = [...zones].map(([zone, list]) => ({ title: zone || say("group.nodes"), list }));
  if (parts.length === 1 || parts.length > 9) {
    const size = Math.ceil(nodes.length / most);
    parts = [];
    for (let i = 0; i < nodes.length; i += size) {
      const list = nodes.slice(i, i + size);
      parts.push({ title: list.length > 1 ? `${list[0]!.name} …` : list[0]!.name, list });
    }
  }
  parts.sort((a, b) => (a.title < b.title ? -1 : 1));
  return parts.map(p => {
    const all = p.list.flatMap(n => pods.get(n.name) ?? []);
    return spec(`Group/${p.title}`, null, p.list, p.title, count("count.node", p.list.length), all, dim);
  });
}

export function spec(
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
    tombs: [],
    rows: 0,
    columns: 1,
    slim: false,
    h: minLaneH,
    cells: [],
    minis: [],
    size: 0,
    hidden: 0,
    cardH: pitch.cardH,
    detail: false,
    opened: false,
    chips: false,
  };
  return { key, node, nodes, title, sub, pods, dim, ...none };
}

/** Gives pods their places in rows of cards, or makes them cells where there are too many. */
export function sizeSpec(
  s: Spec,
  slots: LaneSlots,
  columns: number,
  cast: Cast | null,
  inCast: Set<string>,
  gone: Gone[],
  room: number,
): void {
  s.columns = columns;
  if (s.chips) {
    s.rows = Math.ceil(Math.min(s.nodes.length, mostChips) / chipColumns(room));
    s.h = Math.max(minLaneH, 2 * padTop + s.rows * (chip.h + chip.gap) + (s.nodes.length > mostChips ? 18 : 0));
    return;
  }
  if (!s.node) {
    s.cells = s.pods;
    s.h = minLaneH;
    return;
  }
  const all = [...s.pods].sort(podOrder);
  s.minis = all.filter(p => isMini(p) && !inCast.has(p.key));
  if (all.some(p => (p.class.containers ?? []).length > 1) && s.detail) s.cardH = containerCardH;
  const list = all.filter(p => !s.minis.includes(p));
  const place = slots.of(s.key).assign(list.map(p => ({ key: p.key, family: familyOf(p) })));
  s.size = slots.of(s.key).size;
  if (s.size > columns * (s.opened ? mostRows : maxRows)) {
    const lead = list.filter(p => inCast.has(p.key));
    s.cards = lead.slice(0, columns * mostRows).map((pod, i) => ({ pod, place: i }));
    s.rows = Math.ceil(s.cards.length / columns);
    // Beside those who take part there are cells; where they need all the width, the others are counted.
    if (lead.length < columns) s.cells = list.filter(p => !inCast.has(p.key));
    else s.hidden = list.length - s.cards.length;
    s.h = heightOf(s.rows, s.cardH);
  } else {
    const own = slots.of(s.key);
    s.cards = list.map(pod => ({ pod, place: place.get(pod.key)!, was: wasOf(pod, own, gone) }));
    if (!cast) {
      for (const { pod } of gone) {
        const at = pod.node === s.node.name ? own.gapOf(pod.key) : undefined;
        if (at !== undefined && !s.tombs.some(t => t.place === at)) s.tombs.push({ pod, place: at });
      }
    }
    s.rows = Math.max(1, Math.ceil(s.size / columns));
    s.h = heightOf(s.rows, s.cardH);
  }
  const tickets = cast?.tickets.get(s.key) ?? 0;
  if (tickets > 1) s.h = Math.max(s.h, 152);
  s.h = Math.max(s.h, minLaneH);
}

/** The address that a pod's place had before, "" where only its family lost somebody; undefined where nothing happened. */
function wasOf(pod: Pod, slots: Slots, gone: Gone[]): string | undefined {
  if (gone.length === 0) return undefined;
  const before = slots.heirOf(pod.key) ?? pod.key;
  const left = [...gone].reverse().find(g => g.pod.key === before && g.pod.ip !== pod.ip);
  if (left) return left.pod.ip;
  const { since } = pod;
  const family = pod.class.ownerName && since !== undefined ? familyOf(pod) : "";
  // A rollout starts the new pod before it ends the old one.
  return family && gone.some(g => familyOf(g.pod) === family && since! > g.at - mourning) ? "" : undefined;
}

/** Pods without an address of their own; a controller or a gateway's proxy is always a card. */
function isMini(p: Pod): boolean {
  return p.class.role === undefined && (p.class.hostNetwork === true || podShape(p.state) === "done");
}

export function heightOf(rows: number, cardH = pitch.cardH): number {
  return Math.max(minLaneH, padTop + rows * (cardH + pitch.rowGap) + 2);
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
