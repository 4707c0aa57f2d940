// What the page knows: cards by id and the columns of pods and endpoints by slot. Everything else is derived from it.

import type { EndpointColumns, Frame, PodColumns, StateColumns } from "./decode.ts";
import { keyOf, refOf } from "./trace.ts";
import {
  type Bands,
  type Class,
  EndpointReady,
  FlagMore,
  FlagReset,
  type Gateway,
  type GatewayClass,
  type Host,
  type Ingress,
  type LoadBalancer,
  type Namespace,
  type Node,
  NoNode,
  NoPod,
  type Objects,
  type PodExtra,
  PodNameHasOwner,
  type Policy,
  type Resolver,
  type Route,
  type Router,
  type Service,
  type Status,
} from "./wire.ts";

export interface Pod {
  slot: number;
  key: string;
  name: string;
  class: Class;
  /** Name of its node, empty while it has none. */
  node: string;
  ip: string;
  created: number;
  state: number;
  /** When it came, in ms of the page's clock; absent where it was there from the start. */
  since?: number;
  /** Only a trace knows it: a client made for one request, or one that is not there any more. */
  ghost?: "one-shot" | "gone";
}

/** A pod that left while somebody looked: its place keeps a tombstone for a while. */
export interface Gone {
  pod: Pod;
  /** When, in ms of the page's clock. */
  at: number;
}

/** How long a tombstone stands, in ms. */
export const mourning = 60_000;
const mostGone = 200;

export interface Endpoint {
  slot: number;
  service: string;
  pod: number;
  ip: string;
  ready: boolean;
}

const unknownClass: Class = { id: 0, namespace: "", labels: "", ports: [] };

/** IPv4 as a big-endian number; 0 is no address. */
export function dotted(ip: number): string {
  return ip === 0 ? "" : `${ip >>> 24}.${(ip >>> 16) & 255}.${(ip >>> 8) & 255}.${ip & 255}`;
}

export class Store {
  status: Status | null = null;
  bands: Bands = { lan: [], service: [], pod: [], podNetwork: "unknown" };
  readonly namespaces = new Map<string, Namespace>();
  readonly nodes = new Map<string, Node>();
  readonly services = new Map<string, Service>();
  readonly ingresses = new Map<string, Ingress>();
  readonly gatewayClasses = new Map<string, GatewayClass>();
  readonly gateways = new Map<string, Gateway>();
  readonly routes = new Map<string, Route>();
  readonly policies = new Map<string, Policy>();
  readonly hosts = new Map<string, Host>();
  readonly resolvers = new Map<string, Resolver>();
  readonly routers = new Map<string, Router>();
  readonly loadBalancers = new Map<string, LoadBalancer>();
  readonly classes = new Map<number, Class>();
  readonly pods = new Map<number, Pod>();
  readonly endpoints = new Map<number, Endpoint>();
  /** Who left, the latest last. */
  gone: Gone[] = [];
  /** Grows with every change; what is derived is kept as long as it stands. */
  revision = 0;
  /** Grows with every change of what documents are made of. */
  documentRevision = 0;
  /** Grows by one for every pod and card that came or went after the first whole picture. */
  changes = 0;
  /** False until the first whole picture is here. */
  whole = false;
  private readonly nodeNames = new Map<number, string>();
  private readonly serviceIDs = new Map<number, string>();
  private readonly extras = new Map<number, PodExtra>();

  constructor(private readonly now: () => number = () => Date.now()) {}

  /** Counts what may change the picture; a status does not. */
  pictures = 0;

  apply(frame: Frame): void {
    if (frame.flags & FlagReset || frame.sections.some(inPicture)) this.pictures++;
    if (frame.flags & FlagReset) this.clear();
    if (this.whole) this.changes += changesIn(frame);
    // Cards and dictionaries first: the columns refer to them.
    for (const s of frame.sections) if (s.type === "objects") this.objects(s.objects);
    for (const s of frame.sections) {
      if (s.type === "pods") this.podRows(s.pods);
      else if (s.type === "podStates") this.podStates(s.states);
      else if (s.type === "podsGone") for (const slot of s.slots) this.dropPod(slot);
      else if (s.type === "endpoints") this.endpointRows(s.endpoints);
      else if (s.type === "endpointStates") this.endpointStates(s.states);
      else if (s.type === "endpointsGone") for (const slot of s.slots) this.endpoints.delete(slot);
    }
    for (const s of frame.sections) if (s.type === "objects") this.podExtras(s.objects.podExtras ?? []);
    if (!(frame.flags & FlagMore)) this.whole = true;
    this.revision++;
  }

  /** The same as it is now, for whoever must not see what comes later. */
  copy(): Store {
    const to = new Store();
    Object.assign(to, { status: this.status, bands: this.bands, whole: this.whole });
    const maps = to.cardMaps();
    this.cardMaps().forEach((m, i) => {
      for (const [id, card] of m) maps[i]!.set(id, card);
    });
    // Cards are replaced as wholes; pods and endpoints are changed in place.
    for (const [slot, pod] of this.pods) to.pods.set(slot, { ...pod });
    for (const [slot, e] of this.endpoints) to.endpoints.set(slot, { ...e });
    for (const [slot, x] of this.extras) to.extras.set(slot, x);
    return to;
  }

  clear(): void {
    if (this.whole) this.changes++;
    for (const m of this.cardMaps()) m.clear();
    this.classes.clear();
    this.pods.clear();
    this.endpoints.clear();
    this.nodeNames.clear();
    this.serviceIDs.clear();
    this.extras.clear();
    this.gone = [];
    this.status = null;
    this.whole = false;
    this.revision++;
    this.documentRevision++;
  }

  extra(slot: number): PodExtra | undefined {
    return this.extras.get(slot);
  }

  podByKey(key: string): Pod | undefined {
    for (const p of this.pods.values()) if (p.key === key) return p;
    return undefined;
  }

  /** The pods behind a service, with whether they are ready. */
  podsOf(service: string): { pod: Pod; ready: boolean }[] {
    const found: { pod: Pod; ready: boolean }[] = [];
    for (const e of this.endpoints.values()) {
      const pod = e.service === service && e.pod !== NoPod ? this.pods.get(e.pod) : undefined;
      if (pod) found.push({ pod, ready: e.ready });
    }
    return found;
  }

  private cardMaps(): Map<string, { id: string }>[] {
    return [
      this.namespaces,
      this.nodes,
      this.services,
      this.ingresses,
      this.gatewayClasses,
      this.gateways,
      this.routes,
      this.policies,
      this.hosts,
      this.resolvers,
      this.routers,
      this.loadBalancers,
    ];
  }

  private objects(o: Objects): void {
    if (o.ingresses || o.gateways || o.routes || o.removed) this.documentRevision++;
    if (o.status) this.status = o.status;
    if (o.bands) this.bands = o.bands;
    put(this.namespaces, o.namespaces);
    put(this.nodes, o.nodes);
    put(this.services, o.services);
    put(this.ingresses, o.ingresses);
    put(this.gatewayClasses, o.gatewayClasses);
    put(this.gateways, o.gateways);
    put(this.routes, o.routes);
    put(this.policies, o.policies);
    put(this.hosts, o.hosts);
    put(this.resolvers, o.resolvers);
    put(this.routers, o.routers);
    put(this.loadBalancers, o.loadBalancers);
    for (const id of o.removed ?? []) for (const m of this.cardMaps()) m.delete(keyOf(refOf(id)));
    for (const e of o.nodeNames ?? []) this.nodeNames.set(e.id, e.text);
    for (const e of o.serviceIds ?? []) this.serviceIDs.set(e.id, e.text);
    for (const c of o.classes ?? []) {
      const old = this.classes.get(c.id);
      this.classes.set(c.id, c);
      if (old) for (const p of this.pods.values()) if (p.class.id === c.id) p.class = c;
    }
  }

  private podExtras(extras: PodExtra[]): void {
    for (const x of extras) {
      this.extras.set(x.slot, x);
      const pod = this.pods.get(x.slot);
      if (pod && pod.ip === "" && x.ips?.[0]) pod.ip = x.ips[0];
    }
  }

  private podRows(c: PodColumns): void {
    for (let i = 0; i < c.n; i++) {
      const cls = this.classes.get(c.class[i]!) ?? unknownClass;
      const state = c.state[i]!;
      const slot = c.slot[i]!;
      const name = state & PodNameHasOwner ? `${cls.ownerName ?? ""}-${c.names[i]}` : c.names[i]!;
      const node = c.node[i]!;
      this.extras.delete(slot); // a whole row replaces all that was known of its slot
      const key = `Pod/${cls.namespace}/${name}`;
      const since = this.replaced(slot, key, dotted(c.ip[i]!));
      this.pods.set(slot, {
        slot,
        key,
        name,
        class: cls,
        node: node === NoNode ? "" : (this.nodeNames.get(node) ?? ""),
        ip: dotted(c.ip[i]!),
        created: c.created[i]!,
        state,
        ...(since === undefined ? {} : { since }),
      });
    }
  }

  private podStates(c: StateColumns): void {
    for (let i = 0; i < c.n; i++) {
      const pod = this.pods.get(c.slot[i]!);
      if (pod) pod.state = c.state[i]! | (pod.state & PodNameHasOwner);
    }
  }

  /**
   * Who had the slot before is gone, also where a pod of the same name comes back with another address. Returns since when
   * the new row's pod is there.
   */
  private replaced(slot: number, key: string, ip: string): number | undefined {
    const old = this.pods.get(slot);
    if (old?.key === key && (old.ip === "" || ip === "" || old.ip === ip)) return old.since;
    if (old) this.mourn(old);
    return this.whole ? this.now() : undefined;
  }

  private mourn(pod: Pod): void {
    const now = this.now();
    if (!this.whole || pod.ip === "") return;
    this.gone = this.gone.filter(g => now - g.at < mourning).slice(-mostGone + 1);
    this.gone.push({ pod, at: now });
  }

  /** Those who left less than a minute ago. */
  tombstones(): Gone[] {
    const now = this.now();
    return this.gone.filter(g => now - g.at < mourning);
  }

  private dropPod(slot: number): void {
    const old = this.pods.get(slot);
    if (old) this.mourn(old);
    this.pods.delete(slot);
    this.extras.delete(slot);
  }

  private endpointRows(c: EndpointColumns): void {
    for (let i = 0; i < c.n; i++) {
      const slot = c.slot[i]!;
      this.endpoints.set(slot, {
        slot,
        service: this.serviceIDs.get(c.service[i]!) ?? "",
        pod: c.pod[i]!,
        ip: dotted(c.ip[i]!),
        ready: (c.state[i]! & EndpointReady) !== 0,
      });
    }
  }

  private endpointStates(c: StateColumns): void {
    for (let i = 0; i < c.n; i++) {
      const e = this.endpoints.get(c.slot[i]!);
      if (e) e.ready = (c.state[i]! & EndpointReady) !== 0;
    }
  }
}

const uncounted = new Set(["status", "bands", "nodeNames", "serviceIds", "classes", "podExtras"]);

function inPicture(s: Frame["sections"][number]): boolean {
  if (s.type !== "objects") return true;
  return Object.entries(s.objects).some(
    ([name, what]) => name !== "status" && what != null && (!Array.isArray(what) || what.length > 0),
  );
}

function changesIn(frame: Frame): number {
  let n = 0;
  for (const s of frame.sections) {
    if (s.type === "pods") n += s.pods.n;
    else if (s.type === "podStates") n += s.states.n;
    else if (s.type === "podsGone") n += s.slots.length;
    else if (s.type === "objects")
      for (const [name, list] of Object.entries(s.objects))
        if (Array.isArray(list) && !uncounted.has(name)) n += list.length;
  }
  return n;
}

function put<T extends { id: string }>(map: Map<string, T>, cards: T[] | undefined): void {
  for (const c of cards ?? []) {
    c.id = keyOf(refOf(c.id));
    map.set(c.id, c);
  }
}
