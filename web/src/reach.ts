// How things of the map are written in a request: who asks, and the command that reaches a thing.

import { documentsOf } from "./documents.ts";
import type { Store } from "./store.ts";
import { refOf } from "./trace.ts";
import type { Service } from "./wire.ts";
import { say } from "./words.ts";

export interface Suggestion {
  text: string;
  note: string;
}

/** How --from names a thing of the map; empty where nobody can ask from there. */
export function sourceOf(key: string, store: Store): string {
  const ref = refOf(key);
  switch (ref.kind) {
    case "Pod":
      return `pod/${ref.namespace}/${ref.name}`;
    case "Node":
      return `node/${ref.name}`;
    case "Host": {
      const host = store.hosts.get(key);
      return host ? `${host.layer === "internet" ? "internet" : "lan"}/${host.name}` : "";
    }
    default:
      return "";
  }
}

const targets = new Set(["Pod", "Service", "Node", "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job"]);

const byHost = new Set(["Ingress", "Gateway", "HTTPRoute", "GRPCRoute"]);

/** Documents are asked about by the first host and path that they name; those that name none have an address at best. */
function hostOf(key: string, store: Store): string {
  const route = store.routes.get(key);
  const at = route?.parents?.find(p => (p.hosts ?? []).length > 0);
  if (route && !at) return "";
  const d = documentsOf(store).find(d => d.key === (at ? at.gateway : key));
  const own = (d?.rows ?? []).filter(
    r => !route || r.where.startsWith(`${refOf(key).kind} ${route.namespace}/${route.name},`),
  );
  const row = own.find(r => r.host !== "" && !r.host.startsWith("*"));
  if (!d || !row || d.addresses.length === 0) return "";
  const host = row.host.replace(/ \+\d+$/, "");
  const path = row.match
    ? (/^(PathPrefix|Exact) (\/\S*)/.exec(row.match)?.[2] ?? "/")
    : row.path.replace(/[($].*$/, "");
  return `${d.kind.toLowerCase()}/${host}${path}`;
}

/** How the question "who can reach it" names a thing of the map; empty where it cannot be asked. */
export function targetOf(key: string, store: Store): string {
  const ref = refOf(key);
  if (byHost.has(ref.kind)) return hostOf(key, store);
  if (!targets.has(ref.kind)) return "";
  return ref.namespace
    ? `${ref.kind.toLowerCase()}/${ref.namespace}/${ref.name}`
    : `${ref.kind.toLowerCase()}/${ref.name}`;
}

/** Everything a person may ask from, the outside first. */
export function sourceChoices(store: Store): Suggestion[] {
  const out: Suggestion[] = [];
  for (const h of store.hosts.values()) out.push({ text: sourceOf(h.id, store), note: (h.addresses ?? [])[0] ?? "" });
  out.push({ text: "lan", note: say("bar.some-lan") }, { text: "internet", note: say("bar.some-internet") });
  for (const n of store.nodes.values()) out.push({ text: sourceOf(n.id, store), note: (n.addresses ?? [])[0] ?? "" });
  for (const p of store.pods.values()) {
    if (out.length > 3000) break;
    out.push({ text: sourceOf(p.key, store), note: p.ip });
  }
  return out;
}

/** The command that reaches a thing of the map from a source, as a person would type it; empty where nothing does. */
export function commandFor(key: string, from: string, store: Store): string {
  const ref = refOf(key);
  const inside = from.startsWith("pod/");
  if (ref.kind === "Service") {
    const s = store.services.get(key);
    return s ? commandForService(s, from, store) : "";
  }
  if (ref.kind === "Pod") {
    const pod = store.podByKey(key);
    if (!pod?.ip) return "";
    return request(pod.ip, (pod.class.ports ?? [])[0] ?? 80);
  }
  if (ref.kind === "Ingress") {
    const i = store.ingresses.get(key);
    const row = (i?.rows ?? [])[0];
    if (!i || !row) return "";
    return `curl ${i.tls ? "https" : "http"}://${row.host || (i.addresses ?? [])[0] || i.name}${row.path || "/"}`;
  }
  if (ref.kind === "Gateway") return commandForGateway(key, store);
  if (ref.kind === "LoadBalancer") {
    const lb = store.loadBalancers.get(key);
    const s = lb && store.services.get(lb.service);
    const address = (lb?.addresses ?? [])[0];
    return address ? request(address, (s?.ports ?? [])[0]?.port ?? 80) : "";
  }
  if (ref.kind === "Node") {
    const node = store.nodes.get(key);
    const door = (node?.doors ?? []).find(d => d.kind === "nodePort") ?? (node?.doors ?? [])[0];
    const address = (node?.addresses ?? [])[0];
    if (!address) return "";
    return door ? request(address, door.port) : `ping -c1 ${address}`;
  }
  if (ref.kind === "Host") {
    const host = store.hosts.get(key);
    const address = (host?.addresses ?? [])[0];
    if (!address) return "";
    const port = (host?.ports ?? [])[0];
    return port ? request(address, port) : `ping -c1 ${address}`;
  }
  if (ref.kind === "Resolver") {
    const r = store.resolvers.get(key);
    return r ? `nslookup ${inside ? "kubernetes" : "shop.test"} ${r.address}` : "";
  }
  return "";
}

/** The first path that a gateway takes, at its own address whoever resolves the name. */
function commandForGateway(key: string, store: Store): string {
  const d = documentsOf(store).find(d => d.key === key);
  const listener = d?.listeners.find(l => l.serves) ?? d?.listeners[0];
  if (!d || !listener) return "";
  const row = d.rows.find(r => r.pathType !== "RegularExpression");
  const address = d.addresses[0];
  const wanted = (row?.host ?? listener.host).replace(/ \+\d+$/, "").replace(/^\*\./, "www.");
  const host = wanted || address || d.name;
  const secure = listener.protocol === "HTTPS";
  const port = listener.port === (secure ? 443 : 80) ? "" : `:${listener.port}`;
  const to = wanted && address ? ` --resolve ${wanted}:${listener.port}:${address}` : "";
  const path = (row?.pathType ? row.match.split(" ")[1] : "") || "/";
  return `curl${to} ${secure ? "-k https" : "http"}://${host}${port}${path}`;
}

function commandForService(s: Service, from: string, store: Store): string {
  const port = (s.ports ?? [])[0];
  if (from.startsWith("pod/")) {
    const namespace = from.split("/")[1];
    const name = namespace === s.namespace ? s.name : `${s.name}.${s.namespace}`;
    if (s.dns) return "nslookup kubernetes";
    return request(name, s.type === "Headless" ? Number(port?.target) || port?.port || 80 : (port?.port ?? 80));
  }
  const external = (s.external ?? [])[0];
  if (external) return request(external, port?.port ?? 80);
  const node = [...store.nodes.values()].find(n => n.ready) ?? [...store.nodes.values()][0];
  const address = (node?.addresses ?? [])[0];
  if (from.startsWith("lan") && port?.nodePort && address) return request(address, port.nodePort);
  const ip = (s.clusterIPs ?? [])[0];
  return ip && ip !== "None" ? request(ip, port?.port ?? 80) : `nslookup ${s.name}.${s.namespace}`;
}

function request(host: string, port: number): string {
  if (port === 5432 || port === 3306 || port === 6379) return `nc -vz -w2 ${host} ${port}`;
  if (port === 53) return `nslookup kubernetes ${host}`;
  const h = host.includes(":") ? `[${host}]` : host;
  return port === 443 ? `curl -k https://${h}/` : `curl http://${h}${port === 80 ? "" : `:${port}`}/`;
}
