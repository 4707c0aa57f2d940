// What is a document on the map: rules of layer 7 that somebody reads. An ingress; a gateway with the rows of the routes
// that are attached to it; a route that no gateway has taken.

import type { Store } from "./store.ts";
import { refOf } from "./trace.ts";
import type { Listener, Route } from "./wire.ts";
import { say } from "./words.ts";

export interface DocumentRow {
  /** Empty: all hosts. */
  host: string;
  path: string;
  pathType: string;
  backend: string;
  /** Key of the service, whether it exists or not. */
  service: string;
  missing: boolean;
  /** Of rows of routes: as a trace names the rule that won, and the match as it writes it. */
  where: string;
  match: string;
}

export interface Document {
  key: string;
  kind: string;
  namespace: string;
  name: string;
  /** What stands beside the name: its class. */
  by: string;
  /** In two words why nothing comes of it; empty where all is well. */
  trouble: string;
  tls: boolean;
  addresses: string[];
  /** Doors of a gateway. */
  listeners: Listener[];
  rows: DocumentRow[];
}

/** Kept as long as the cards are what they were: layouts ask again and again. */
let made: { store: Store; revision: number; list: Document[] } | null = null;

/** All documents: ingresses, then gateways, then routes that are attached nowhere; each by name. */
export function documentsOf(store: Store): Document[] {
  if (made?.store === store && made.revision === store.documentRevision) return made.list;
  const list = [...ingresses(store), ...gateways(store)];
  made = { store, revision: store.documentRevision, list };
  return list;
}

/** Whether something in a document belongs to a namespace: routes may come from others than their gateway's. */
export function concerns(d: Document, namespace: string): boolean {
  return d.namespace === namespace || d.rows.some(r => r.where.includes(` ${namespace}/`));
}

/** The thing on the map that shows another one: the gateway of a route that is attached, else the thing itself. */
export function shownBy(key: string, store: Store): string {
  const parents = store.routes.get(key)?.parents ?? [];
  return parents.find(p => (p.hosts ?? []).length > 0 && store.gateways.has(p.gateway))?.gateway ?? key;
}

function ingresses(store: Store): Document[] {
  return [...store.ingresses.values()].sort(byName).map(i => ({
    key: i.id,
    kind: "Ingress",
    namespace: i.namespace,
    name: i.name,
    by: i.served ? i.class : "",
    trouble: i.served ? "" : say("document.no-controller"),
    tls: i.tls,
    addresses: i.addresses ?? [],
    listeners: [],
    rows: (i.rows ?? []).map(r => ({ ...r, where: "", match: "" })),
  }));
}

function gateways(store: Store): Document[] {
  if (store.gateways.size === 0 && store.routes.size === 0) return [];
  const attached = new Map<string, DocumentRow[]>();
  const lost: Document[] = [];
  for (const route of [...store.routes.values()].sort(byName)) {
    const at = (route.parents ?? []).filter(p => (p.hosts ?? []).length > 0 && store.gateways.has(p.gateway));
    for (const p of at) {
      const rows = attached.get(p.gateway) ?? [];
      rows.push(...rowsOf(route, p.hosts));
      attached.set(p.gateway, rows);
    }
    if (at.length === 0) {
      lost.push({
        key: route.id,
        kind: refOf(route.id).kind,
        namespace: route.namespace,
        name: route.name,
        by: "",
        trouble: say("document.not-attached"),
        tls: false,
        addresses: [],
        listeners: [],
        rows: rowsOf(route, route.hosts ?? []),
      });
    }
  }
  const doors = [...store.gateways.values()].sort(byName).map(g => ({
    key: g.id,
    kind: "Gateway",
    namespace: g.namespace,
    name: g.name,
    by: g.class,
    trouble: g.served ? "" : say("document.serves-nothing"),
    tls: !(g.listeners ?? []).some(l => l.protocol === "HTTP") && (g.listeners ?? []).some(l => l.protocol === "HTTPS"),
    addresses: g.addresses ?? [],
    listeners: g.listeners ?? [],
    rows: attached.get(g.id) ?? [],
  }));
  return [...doors, ...lost];
}

/** One row a match, for the first host; the others are counted. */
function rowsOf(route: Route, hosts: string[]): DocumentRow[] {
  const { kind } = refOf(route.id);
  const host = (hosts[0] ?? "") + (hosts.length > 1 ? ` +${hosts.length - 1}` : "");
  return (route.rows ?? []).map(r => ({
    host,
    path: r.pathType === "PathPrefix" || r.pathType === "" ? r.match.replace(/^PathPrefix /, "") : r.match,
    pathType: r.pathType,
    backend: r.backend.replace(/^redirect /, "→ "),
    service: r.service,
    missing: r.missing,
    where: `${kind} ${route.namespace}/${route.name}, spec.rules[${r.rule}]`,
    match: r.match,
  }));
}

function byName(a: { namespace: string; name: string }, b: { namespace: string; name: string }): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : a.namespace < b.namespace ? -1 : 1;
}
