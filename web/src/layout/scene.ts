// What the layout says and the drawing reads: boxes in pixels of the stage. Nothing here knows the browser.

import type { Document } from "../documents.ts";
import type { Pod } from "../store.ts";
import type { Door, Host, LoadBalancer, Node, Resolver, Router, Service } from "../wire.ts";

export interface Rect {
  x: number;
  y: number;
  w: number;
  h: number;
}

export interface DoorBox extends Rect {
  door: Door;
  text: string;
}

export interface LaneBox extends Rect {
  key: string;
  /** The one node, or null where the lane stands for many. */
  node: Node | null;
  nodes: Node[];
  title: string;
  sub: string;
  /** The gatehouse, astride the wall. */
  card: Rect;
  /** Centre of the rules' diamond; the wire of the LAN comes in at its height. */
  rules: { x: number; y: number };
  /** Where ways turn from the node's right face towards its pods. */
  riserX: number;
  podsX: number;
  doors: DoorBox[];
  moreDoors: number;
  moreDoorsY: number;
  /** Low: only name and address fit. */
  slim: boolean;
  pods: PodBox[];
  tombs: TombBox[];
  /** Pods without an address of their own (on the node's network, or completed), small on the right face. */
  minis: MiniBox[];
  moreMinis: number;
  /** Pods that are not cards, drawn as cells in this rectangle. */
  field: (Rect & { pods: Pod[]; cell: number }) | null;
  /** Of a group that is opened: its nodes, each a small card. */
  chips: ChipBox[];
  /** Nodes of an opened group for which there is no card. */
  moreChips: number;
  /** Behind the cards of one owner that stand side by side. */
  trays: TrayBox[];
  /** Somebody opened it, and may close it again. */
  opened: boolean;
  hidden: number;
  failing: number;
  total: number;
  dim: boolean;
}

/** A node of an opened group. */
export interface ChipBox extends Rect {
  key: string;
  node: Node;
  pods: number;
  failing: number;
}

export interface TrayBox extends Rect {
  key: string;
  words: string;
}

export interface MiniBox extends Rect {
  key: string;
  pod: Pod;
}

export interface PodBox extends Rect {
  key: string;
  pod: Pod;
  /** Height of the way that runs below its row. */
  gutter: number;
  column: number;
  dim: boolean;
  /** The address of the pod whose place this one took a moment ago; empty where it only came anew. */
  was?: string;
}

/** Where a pod stood until a moment ago. */
export interface TombBox extends Rect {
  key: string;
  pod: Pod;
}

export interface ServiceBox extends Rect {
  key: string;
  service: Service;
  dim: boolean;
}

export interface DocumentBox extends Rect {
  key: string;
  document: Document;
  /** Rows that are drawn; 0 is the closed form. */
  rows: number;
  dim: boolean;
}

export type Outsider =
  | { kind: "Host"; card: Host }
  | { kind: "Resolver"; card: Resolver }
  | { kind: "LoadBalancer"; card: LoadBalancer }
  | { kind: "Router"; card: Router };

export interface OutsideBox extends Rect {
  key: string;
  what: Outsider;
  layer: "internet" | "lan";
  dim: boolean;
}

export interface Scene {
  width: number;
  height: number;
  tracing: boolean;
  internet: Rect & { rail: boolean };
  /** Left edges of the two walls, which are wallWidth thick. */
  wall1: number;
  wall2: number;
  lan: Rect;
  service: Rect;
  podnet: Rect;
  wire: { x: number; top: number; bottom: number };
  /** Where ways run up and down within the Internet. */
  internetX: number;
  lanes: LaneBox[];
  outside: OutsideBox[];
  services: ServiceBox[];
  moreServices: { words: string; x: number; y: number } | null;
  /** What has no room outside: words and where they stand. */
  moreOutside: { words: string; x: number; y: number }[];
  documents: DocumentBox[];
  unscheduled: PodBox[];
  byKey: Map<string, Rect>;
  laneOf: Map<string, LaneBox>;
  podOf: Map<string, PodBox>;
}

/** The box of a gateway's proxy outside the cluster: the gateway's own key is that of its document. */
export function proxyOf(gateway: string): string {
  return gateway.replace(/^Gateway\//, "Proxy/");
}

export const wallWidth = 12;
export const pitch = { cardH: 56, rowGap: 32, colGap: 42 };

/** What a trace asks of the layout. */
export interface Cast {
  /** Keys of everything that takes part, in the order of appearance. */
  keys: string[];
  /** Those of the outcome that is shown: the others' ends are only lit where they are. */
  main: Set<string>;
  /** How many tickets will hang at a node, by key. */
  tickets: Map<string, number>;
  /** Pods as the trace knows them, by key, for those that are not there (any more). */
  guests: Map<string, Pod>;
}

export interface View {
  width: number;
  height: number;
  namespace: string;
  cast: Cast | null;
  /** All services, even where the band becomes higher than the window. */
  allServices: boolean;
  /** How much room there is for what the window shows, 1 and up: more of it means more detail. */
  zoom?: number;
  /** Keys of groups and nodes that somebody opened. */
  opened?: ReadonlySet<string>;
  /** Key of what is selected: it is shown as itself wherever it is. */
  selected?: string;
}

/** From this much room on pods show their containers. */
export const containerZoom = 1.5;
