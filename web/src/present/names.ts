// Whose an address is, for lessons that hide addresses.

import type { Store } from "../store.ts";
import type { Step } from "../trace.ts";
import { type Lesson, podName } from "./scene.ts";

/** Finds the name of an address; empty where it is nobody's. */
export function namesOf(store: Store): (ip: string) => string {
  const names = new Map<string, string>();
  const put = (ip: string | undefined, name: string) => {
    if (ip && !names.has(ip)) names.set(ip, name);
  };
  for (const s of store.services.values())
    for (const ip of [...(s.clusterIPs ?? []), ...(s.external ?? [])]) put(ip, s.name);
  for (const n of store.nodes.values()) for (const ip of n.addresses ?? []) put(ip, n.name);
  for (const h of [...store.hosts.values(), ...store.loadBalancers.values()])
    for (const ip of h.addresses ?? []) put(ip, h.name);
  for (const r of store.resolvers.values()) put(r.address, r.name);
  for (const r of store.routers.values()) put(r.outside, r.name);
  for (const p of store.pods.values()) put(p.ip, podName(p));
  return ip => names.get(ip) ?? "";
}

/** The things of a lesson whose addresses a step's packet has: what the step is about. */
export function toldOf(step: Step | undefined, s: Lesson): string[] {
  const said = new Set([step?.before, step?.after].flatMap(h => (h ? [ipOf(h.src), ipOf(h.dst)] : [])));
  const has = (ips: (string | undefined)[]) => ips.some(ip => ip !== undefined && said.has(ip));
  return [
    ...s.services.filter(b => has(b.service.clusterIPs ?? [])),
    ...s.lanes.filter(l => has(l.node?.addresses ?? [])),
    ...s.lanes.flatMap(l => l.pods).filter(b => has([b.pod.ip])),
    ...s.outside.filter(({ what: w }) =>
      has(w.kind === "Resolver" ? [w.card.address] : w.kind === "Router" ? [w.card.outside] : (w.card.addresses ?? [])),
    ),
  ].map(b => b.key);
}

function ipOf(socket: string): string {
  return socket.replace(/:\d+$/, "").replace(/^\[|\]$/g, "");
}
