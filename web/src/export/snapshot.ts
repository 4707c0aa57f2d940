// The map's things as data: what the store holds, as far as a picture needs it, and the same again as a frame that a
// store takes. So a file shows the map with the page's own layout and drawing.

import type { Frame, PodColumns } from "../decode.ts";
import type { Cast, Scene } from "../layout/scene.ts";
import type { Pod, Store } from "../store.ts";
import {
  EndpointReady,
  EndpointServing,
  FlagReset,
  NoNode,
  NoPod,
  type Objects,
  type PodExtra,
  PodNameHasOwner,
} from "../wire.ts";

/** Cards of the store that have a name of their own, under the names that both the store and the frames use. */
export const cardLists = [
  "namespaces",
  "nodes",
  "services",
  "ingresses",
  "gatewayClasses",
  "gateways",
  "routes",
  "policies",
  "hosts",
  "resolvers",
  "routers",
  "loadBalancers",
] as const satisfies (keyof Objects & keyof Store)[];

/** One list a column, as in the frames; addresses are texts. */
export interface Snapshot {
  version: 1;
  objects: Objects;
  pods: {
    slot: number[];
    class: number[];
    node: number[];
    ip: string[];
    created: number[];
    state: number[];
    name: string[];
  };
  endpoints: { slot: number[]; service: number[]; pod: number[]; ip: string[]; ready: boolean[] };
  view: { namespace: string; outcome: number; step: number };
}

/** How many pods one lane may have and still keep all their names: those that could become cards in a larger window. */
const named = 60;
/** With fewer services than this the endpoints of all are kept. */
const fewServices = 300;

/** What a file needs of the store to draw a scene, and the other ways of its trace. */
export function snapshotOf(store: Store, scene: Scene, cast: Cast | null, view: Snapshot["view"]): Snapshot {
  const names = new Dictionary();
  const services = new Dictionary();
  const keys = new Set(cast?.keys ?? []);
  const objects: Objects = {};
  if (store.status) objects.status = { ...store.status, canPause: false };
  objects.bands = store.bands;
  for (const list of cardLists) Object.assign(objects, { [list]: [...store[list].values()] });

  const whole = namedPods(store, scene, keys);
  const pods: Snapshot["pods"] = { slot: [], class: [], node: [], ip: [], created: [], state: [], name: [] };
  const classes = new Set<number>();
  const extras: PodExtra[] = [];
  for (const pod of store.pods.values()) {
    const full = whole(pod);
    const extra = store.extra(pod.slot);
    classes.add(pod.class.id);
    pods.slot.push(pod.slot);
    pods.class.push(pod.class.id);
    pods.node.push(pod.node ? names.id(pod.node) : NoNode);
    pods.ip.push(full ? pod.ip : "");
    pods.created.push(full ? pod.created : 0);
    pods.state.push(pod.state & ~PodNameHasOwner);
    // A cell among thousands needs no name, only one that is nobody else's.
    pods.name.push(full ? pod.name : `…${pod.slot.toString(36)}`);
    if (full && extra) extras.push(extra);
  }
  const shown = new Set(scene.services.map(s => s.key));
  const few = store.services.size <= fewServices;
  const endpoints: Snapshot["endpoints"] = { slot: [], service: [], pod: [], ip: [], ready: [] };
  for (const e of store.endpoints.values()) {
    if (!few && !shown.has(e.service) && !keys.has(e.service)) continue;
    endpoints.slot.push(e.slot);
    endpoints.service.push(services.id(e.service));
    endpoints.pod.push(e.pod);
    endpoints.ip.push(e.ip);
    endpoints.ready.push(e.ready);
  }
  objects.classes = [...store.classes.values()].filter(c => classes.has(c.id));
  objects.nodeNames = names.entries;
  objects.serviceIds = services.entries;
  objects.podExtras = extras;
  return { version: 1, objects, pods, endpoints, view };
}

function namedPods(store: Store, scene: Scene, keys: Set<string>): (pod: Pod) => boolean {
  const crowds = new Set<string>();
  for (const lane of scene.lanes) if (!lane.node || lane.total > named) for (const n of lane.nodes) crowds.add(n.name);
  // Whatever way is looked at, the nodes of all ways may come to stand alone.
  for (const n of store.nodes.values()) if (keys.has(n.id)) crowds.delete(n.name);
  return pod => !crowds.has(pod.node) || keys.has(pod.key) || scene.byKey.has(pod.key);
}

/** Whether a value is a snapshot that this program can show. */
export function isSnapshot(v: unknown): v is Snapshot {
  const s = v as Partial<Snapshot> | null;
  return s?.version === 1 && Array.isArray(s.pods?.slot) && Array.isArray(s.endpoints?.slot) && !!s.objects && !!s.view;
}

/** The same as a frame: a store that applies it holds what the snapshot was taken of. */
export function frameOf(s: Snapshot): Frame {
  const pods: PodColumns = {
    n: s.pods.slot.length,
    slot: Uint32Array.from(s.pods.slot),
    class: Uint32Array.from(s.pods.class),
    node: Uint32Array.from(s.pods.node),
    ip: Uint32Array.from(s.pods.ip.map(number)),
    created: Uint32Array.from(s.pods.created),
    state: Uint8Array.from(s.pods.state),
    names: s.pods.name,
  };
  const endpoints = {
    n: s.endpoints.slot.length,
    slot: Uint32Array.from(s.endpoints.slot),
    service: Uint32Array.from(s.endpoints.service),
    pod: Uint32Array.from(s.endpoints.pod.map(p => p ?? NoPod)),
    ip: Uint32Array.from(s.endpoints.ip.map(number)),
    state: Uint8Array.from(s.endpoints.ready.map(r => (r ? EndpointReady | EndpointServing : 0))),
  };
  return {
    flags: FlagReset,
    seq: 1,
    serverTime: 0,
    sections: [
      { type: "objects", objects: s.objects },
      { type: "pods", pods },
      { type: "endpoints", endpoints },
    ],
  };
}

/** An IPv4 address as the frames have it; others travel beside the rows. */
function number(ip: string): number {
  const parts = ip.split(".").map(Number);
  return parts.length === 4 ? parts.reduce((n, part) => n * 256 + part, 0) : 0;
}

class Dictionary {
  readonly entries: { id: number; text: string }[] = [];
  private readonly ids = new Map<string, number>();

  id(text: string): number {
    const known = this.ids.get(text);
    if (known !== undefined) return known;
    const id = this.entries.length;
    this.ids.set(text, id);
    this.entries.push({ id, text });
    return id;
  }
}
