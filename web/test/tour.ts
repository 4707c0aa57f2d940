// A small world like the default one, for tests of layout and ways.

import type { Step, Trace } from "../src/trace.ts";
import {
  EndpointReady,
  EndpointServing,
  FlagReset,
  type Objects,
  PhasePending,
  PhaseRunning,
  PodReady,
} from "../src/wire.ts";
import { endpointsSection, frame, objectsSection, podsSection } from "./encode.ts";

const up = PhaseRunning | PodReady;

const service = (
  namespace: string,
  name: string,
  type: string,
  ip: string,
  port: number,
  ready: number,
  total: number,
  more: object = {},
) => ({
  id: `Service/${namespace}/${name}`,
  namespace,
  name,
  type,
  clusterIPs: ip ? [ip] : [],
  external: [],
  ports: [{ port, target: "8080", protocol: "TCP" }],
  ready,
  total,
  dns: name === "kube-dns",
  ...more,
});

const door = (port: number, owner: string) => ({
  port,
  protocol: "TCP",
  kind: "nodePort",
  owner: `Service/${owner}`,
  name: owner.split("/")[1]!,
});
const doors = [door(30080, "default/web"), door(31080, "ingress-nginx/controller"), door(32055, "default/promo")];
const node = (name: string, n: number) => ({
  id: `Node/${name}`,
  name,
  addresses: [`192.168.10.1${n}`],
  podCIDRs: [`10.244.${n}.0/24`],
  ready: true,
  unschedulable: false,
  roles: [],
  zone: "",
  doors,
  proxy: "iptables",
});

export const objects: Partial<Objects> = {
  status: {
    sourceKind: "world",
    sourceName: "tour",
    example: true,
    connection: "live",
    since: 1,
    lastData: 1_700_000_000_000,
    serverTime: 1_700_000_000_400,
    paused: false,
    canPause: true,
    life: "a pod is replaced every 20 s",
    counts: { nodes: 3, pods: 10, services: 8 },
    kinds: [],
    detected: [
      { key: "proxy-mode", value: "iptables", source: "detected", text: "kube-proxy iptables" },
      { key: "policy", value: "drop", source: "detected", text: "Calico (drops)" },
    ],
    readyFrom: "pod/default/toolbox",
    readyAsk: "curl http://web/",
    nodesListed: true,
  },
  bands: { lan: ["192.168.10.0/24"], service: ["10.96.0.0/16"], pod: ["10.244.0.0/16"], podNetwork: "routed" },
  namespaces: ["default", "db", "ingress-nginx", "kube-system"].map(name => ({ id: `Namespace/${name}`, name })),
  nodes: [node("node-a", 1), node("node-b", 2), node("node-c", 3)],
  services: [
    service("default", "web", "NodePort", "10.96.4.20", 80, 2, 3),
    service("default", "api", "ClusterIP", "10.96.9.31", 80, 1, 1),
    service("default", "db", "Headless", "", 5432, 2, 2),
    service("default", "pay", "ClusterIP", "10.96.7.2", 80, 0, 0),
    service("default", "promo", "LoadBalancer", "10.96.5.5", 80, 1, 1, { pending: "no address yet" }),
    service("default", "docs", "ExternalName", "", 80, 0, 0, { externalName: "docs.example" }),
    service("ingress-nginx", "controller", "LoadBalancer", "10.96.3.3", 80, 1, 1, { external: ["198.51.100.80"] }),
    service("kube-system", "kube-dns", "ClusterIP", "10.96.0.10", 53, 1, 1),
  ],
  ingresses: [
    {
      id: "Ingress/default/shop",
      namespace: "default",
      name: "shop",
      class: "nginx",
      served: true,
      controller: "ingress-nginx",
      tls: false,
      addresses: ["198.51.100.80"],
      rows: [
        {
          host: "shop.test",
          path: "/api",
          pathType: "Prefix",
          backend: "api:80",
          service: "Service/default/api",
          missing: false,
        },
        {
          host: "shop.test",
          path: "/",
          pathType: "Prefix",
          backend: "web:80",
          service: "Service/default/web",
          missing: false,
        },
        {
          host: "blog.test",
          path: "/",
          pathType: "Prefix",
          backend: "blog:80",
          service: "Service/default/blog",
          missing: true,
        },
      ],
    },
  ],
  policies: [
    {
      id: "NetworkPolicy/default/db",
      namespace: "default",
      name: "db",
      ingress: true,
      egress: false,
      summary: "only app=api",
      enforced: "yes",
    },
  ],
  hosts: [
    { id: "Host/laptop", name: "laptop", layer: "lan", addresses: ["192.168.10.50"], ports: [] },
    { id: "Host/user", name: "user", layer: "internet", addresses: ["203.0.113.50"], ports: [] },
  ],
  resolvers: [{ id: "Resolver/lan-dns", name: "lan-dns", layer: "lan", address: "192.168.10.53" }],
  routers: [{ id: "Router/home", name: "home", between: ["internet", "lan"], outside: "198.51.100.7" }],
  loadBalancers: [
    {
      id: "LoadBalancer/ingress-nginx/controller",
      namespace: "ingress-nginx",
      name: "controller",
      layer: "internet",
      addresses: ["198.51.100.80"],
      service: "Service/ingress-nginx/controller",
    },
  ],
  nodeNames: ["node-a", "node-b", "node-c"].map((text, id) => ({ id, text })),
  serviceIds: [
    { id: 0, text: "Service/default/web" },
    { id: 1, text: "Service/default/api" },
  ],
  classes: [
    { id: 1, namespace: "default", labels: "run=toolbox", ports: [] },
    {
      id: 2,
      namespace: "default",
      ownerKind: "ReplicaSet",
      ownerName: "web-6d4b9c7f8",
      labels: "app=web",
      ports: [8080],
    },
    {
      id: 3,
      namespace: "default",
      ownerKind: "ReplicaSet",
      ownerName: "api-5f7d8b9c6",
      labels: "app=api",
      ports: [3000],
    },
    {
      id: 4,
      namespace: "default",
      ownerKind: "StatefulSet",
      ownerName: "db",
      labels: "app=db",
      ports: [5432],
      gateIn: ["NetworkPolicy/default/db"],
    },
    {
      id: 5,
      namespace: "ingress-nginx",
      ownerKind: "ReplicaSet",
      ownerName: "ingress-nginx-controller-7c9d8b6f5",
      labels: "app=ingress",
      ports: [80, 443],
      role: "ingress-controller",
    },
    {
      id: 6,
      namespace: "kube-system",
      ownerKind: "ReplicaSet",
      ownerName: "coredns-5d78c9869",
      labels: "k8s-app=kube-dns",
      ports: [53],
      role: "dns",
    },
    { id: 7, namespace: "default", ownerKind: "Job", ownerName: "migrate", labels: "job=migrate", ports: [] },
  ],
  podExtras: [{ slot: 10, reason: "Unschedulable" }],
};

export const pods = [
  { slot: 0, class: 1, node: 0, ip: "10.244.1.7", state: up, name: "toolbox" },
  { slot: 1, class: 2, node: 0, ip: "10.244.1.9", state: up, name: "web-6d4b9c7f8-x2k4p" },
  { slot: 2, class: 5, node: 0, ip: "10.244.1.12", state: up, name: "ingress-nginx-controller-7c9d8b6f5-8xk2z" },
  { slot: 3, class: 2, node: 1, ip: "10.244.2.5", state: up, name: "web-6d4b9c7f8-k9fd2" },
  { slot: 4, class: 3, node: 1, ip: "10.244.2.8", state: up, name: "api-5f7d8b9c6-7l2mq" },
  { slot: 5, class: 6, node: 1, ip: "10.244.2.2", state: up, name: "coredns-5d78c9869-pq2zt" },
  { slot: 6, class: 2, node: 2, ip: "10.244.3.4", state: PhaseRunning, name: "web-6d4b9c7f8-q7rt8" },
  { slot: 7, class: 4, node: 2, ip: "10.244.3.6", state: up, name: "db-0" },
  { slot: 8, class: 4, node: 2, ip: "10.244.3.7", state: up, name: "db-1" },
  { slot: 9, class: 7, node: 1, ip: "10.244.2.9", state: PhasePending, name: "migrate-abcde" },
];

export const endpoints = [
  { slot: 0, service: 0, pod: 1, ip: "10.244.1.9", state: EndpointReady | EndpointServing },
  { slot: 1, service: 0, pod: 3, ip: "10.244.2.5", state: EndpointReady | EndpointServing },
  { slot: 2, service: 0, pod: 6, ip: "10.244.3.4", state: 0 },
  { slot: 3, service: 1, pod: 4, ip: "10.244.2.8", state: EndpointReady },
];

export function picture(): ArrayBuffer {
  return frame(1, FlagReset, objectsSection(objects), podsSection(pods), endpointsSection(endpoints));
}

let ids = 0;
function step(
  kind: Step["kind"],
  at: [string, string, string?],
  src: string,
  dst: string,
  more: Partial<Step> = {},
): Step {
  const [k, name, namespace] = at;
  const header = { src, dst, protocol: "TCP", outer: null, http: null };
  return {
    id: `s${++ids}`,
    kind,
    leg: 1,
    direction: "request",
    layer: "pod",
    at: { kind: k, name, ...(namespace ? { namespace } : {}) },
    title: kind,
    sentence: `Something happens at ${name}.`,
    before: header,
    after: header,
    changed: [],
    rule: null,
    compared: [],
    tried: [],
    certainty: "certain",
    evidence: [],
    ...more,
  };
}

function after(src: string, dst: string) {
  return { src, dst, protocol: "TCP", outer: null, http: null };
}

/** The laptop comes in by node-b's door and reaches a pod of node-a; the reply goes back through node-b. */
export function byNodePort(): Trace {
  ids = 0;
  const door = "192.168.10.12:30080";
  const laptop = "192.168.10.50:51077";
  const masked = "192.168.10.12:51077";
  const pod = "10.244.1.9:8080";
  const reply = { direction: "reply" } as const;
  const web: [string, string, string] = ["Pod", "web-6d4b9c7f8-x2k4p", "default"];
  const evidence = [{ kind: "Service", namespace: "default", name: "web" }];
  const steps = [
    step("start", ["Host", "laptop"], laptop, door, { layer: "lan", title: "laptop" }),
    step("wire", ["Network", "lan"], laptop, door, { layer: "lan", title: "on the LAN" }),
    step("door", ["Node", "node-b"], laptop, door, { layer: "lan", title: "door :30080", evidence }),
    step("rules.dnat", ["Node", "node-b"], laptop, door, {
      after: after(laptop, pod),
      changed: ["dst"],
      title: "address swapped",
      evidence,
      rule: {
        text: "-A KUBE-SVC-LOLE55 -m statistic --probability 0.5 -j KUBE-SEP-AAA\n-A KUBE-SEP-AAA -p tcp -j DNAT --to-destination 10.244.1.9:8080",
        where: "iptables-save on node-b",
        exact: true,
      },
    }),
    step("rules.masquerade", ["Node", "node-b"], laptop, pod, {
      after: after(masked, pod),
      changed: ["src"],
      title: "source masked",
    }),
    step("wire", ["Network", "lan"], masked, pod, { layer: "lan", title: "to node-a" }),
    step("route.local", ["Node", "node-a"], masked, pod, { title: "in at node-a" }),
    step("pod.in", web, masked, pod, { title: "at the pod" }),
    step("answer", web, masked, pod, { title: "pod answers" }),
    step("reply", ["Node", "node-a"], pod, masked, { ...reply, title: "reply" }),
    step("wire", ["Network", "lan"], pod, masked, { ...reply, layer: "lan", title: "reply to node-b" }),
    step("reply.unmasquerade", ["Node", "node-b"], pod, masked, {
      ...reply,
      after: after(pod, laptop),
      changed: ["dst"],
      title: "source put back",
    }),
    step("reply.undnat", ["Node", "node-b"], pod, laptop, {
      ...reply,
      after: after(door, laptop),
      changed: ["src"],
      title: "address put back",
    }),
    step("end", ["Host", "laptop"], door, laptop, { ...reply, layer: "lan", title: "laptop" }),
  ];
  return {
    schema: "kubestrata.io/trace/v1",
    request: {
      command: "curl http://192.168.10.12:30080/",
      from: { kind: "Host", name: "laptop", ip: "192.168.10.50", node: "" },
      host: "192.168.10.12",
      port: 30080,
      protocol: "TCP",
      ignoredFlags: [],
    },
    source: { kind: "world", name: "tour", asOf: "" },
    verdict: {
      class: "answered",
      certainty: "certain",
      reason: "pod.delivered",
      httpStatus: 200,
      sentence: "Pod web-6d4b9c7f8-x2k4p answers.",
      decidedBy: null,
      client: { program: "curl", exitCode: 0, message: "" },
      try: [],
    },
    outcomes: [
      {
        share: 1,
        class: "answered",
        reason: "pod.delivered",
        httpStatus: 200,
        endpoint: { namespace: "default", pod: "web-6d4b9c7f8-x2k4p", ip: "10.244.1.9", port: 8080, node: "node-a" },
        backend: { kind: "Service", namespace: "default", name: "web", port: 80 },
        sourceSeen: "192.168.10.12",
        masqueraded: true,
        upstreamPath: "",
        location: "",
        steps: steps.map(s => s.id),
      },
    ],
    steps,
    assumptions: [],
    alternatives: [],
  };
}

/** The toolbox asks db-0 and stops at its gate. */
export function denied(): Trace {
  ids = 0;
  const src = "10.244.1.7:40312";
  const dst = "10.244.3.6:5432";
  const db: [string, string, string] = ["Pod", "db-0", "default"];
  const steps = [
    step("start", ["Pod", "toolbox", "default"], src, dst, { title: "toolbox" }),
    step("rules.pass", ["Node", "node-a"], src, dst, { title: "no rule here" }),
    step("wire", ["Network", "lan"], src, dst, {
      title: "on the LAN",
      layer: "lan",
      after: { ...after(src, dst), outer: { src: "192.168.10.11", dst: "192.168.10.13" } },
    }),
    step("route.local", ["Node", "node-c"], src, dst, { title: "in at node-c" }),
    step("policy.ingress", db, src, dst, {
      title: "in-gate closed",
      compared: [{ what: "podSelector", wanted: "app=api", got: "run=toolbox", holds: false }],
    }),
  ];
  const t = byNodePort();
  return {
    ...t,
    request: {
      ...t.request,
      command: "nc -vz -w2 db-0.db 5432",
      from: { kind: "Pod", namespace: "default", name: "toolbox", ip: "10.244.1.7", node: "node-a" },
    },
    verdict: {
      class: "no-answer",
      certainty: "certain",
      reason: "policy.ingress-denied",
      httpStatus: null,
      sentence: "No answer: NetworkPolicy db admits only pods with app=api.",
      decidedBy: { kind: "NetworkPolicy", namespace: "default", name: "db" },
      client: { program: "nc", exitCode: 1, message: "nc: connect to db-0.db port 5432 (tcp) timed out" },
      try: [{ text: "Give the caller the label that is wanted:", command: "kubectl label pod toolbox app=api" }],
    },
    outcomes: [
      {
        ...t.outcomes[0]!,
        class: "no-answer",
        reason: "policy.ingress-denied",
        httpStatus: null,
        masqueraded: false,
        endpoint: { namespace: "default", pod: "db-0", ip: "10.244.3.6", port: 5432, node: "node-c" },
        backend: null,
        steps: steps.map(s => s.id),
      },
    ],
    steps,
  };
}

/** A user on the Internet comes in by the load balancer and the ingress controller. */
export function byIngress(): Trace {
  ids = 0;
  const user = "203.0.113.50:52100";
  const lb = "198.51.100.80:80";
  const ctl = "10.244.1.12:80";
  const out = "10.244.1.12:41980";
  const api = "10.244.2.8:3000";
  const controller: [string, string, string] = ["Pod", "ingress-nginx-controller-7c9d8b6f5-8xk2z", "ingress-nginx"];
  const evidence = [{ kind: "Service", namespace: "ingress-nginx", name: "controller" }];
  const http = { method: "GET", path: "/api/items", headers: { Host: "shop.test" } };
  const h = (src: string, dst: string) => ({ ...after(src, dst), http });
  const steps = [
    step("start", ["Host", "user"], user, lb, { layer: "internet", title: "user" }),
    step("load-balancer", ["LoadBalancer", "controller", "ingress-nginx"], user, lb, {
      layer: "internet",
      title: "load balancer",
    }),
    step("rules.dnat", ["Node", "node-a"], user, lb, {
      after: after(user, ctl),
      changed: ["dst"],
      title: "address swapped",
      evidence,
    }),
    step("proxy.accept", controller, user, ctl, {
      title: "controller accepts",
      before: h(user, ctl),
      after: h(user, ctl),
    }),
    step("proxy.match", controller, user, ctl, {
      title: "rule matched",
      before: h(user, ctl),
      after: h(user, ctl),
      evidence: [{ kind: "Ingress", namespace: "default", name: "shop" }],
    }),
    step("proxy.connect", controller, user, ctl, {
      leg: 2,
      before: h(user, ctl),
      after: h(out, api),
      changed: ["src", "dst"],
      title: "2nd connection",
    }),
    step("rules.pass", ["Node", "node-a"], out, api, { leg: 2, title: "no rule here" }),
    step("wire", ["Network", "lan"], out, api, { leg: 2, title: "on the LAN" }),
    step("route.local", ["Node", "node-b"], out, api, { leg: 2, title: "in at node-b" }),
    step("pod.in", ["Pod", "api-5f7d8b9c6-7l2mq", "default"], out, api, { leg: 2, title: "pod answers" }),
    step("reply", ["Node", "node-b"], api, out, { leg: 2, direction: "reply", title: "reply 2" }),
    step("reply", controller, api, out, { leg: 2, direction: "reply", title: "at the controller" }),
    step("reply.undnat", ["Node", "node-a"], ctl, user, {
      direction: "reply",
      after: after(lb, user),
      changed: ["src"],
      title: "address put back",
    }),
    step("end", ["Host", "user"], lb, user, { direction: "reply", title: "user" }),
  ];
  const t = byNodePort();
  return {
    ...t,
    request: {
      ...t.request,
      command: "curl http://shop.test/api/items",
      host: "shop.test",
      from: { kind: "Host", name: "user", ip: "203.0.113.50", node: "" },
    },
    outcomes: [
      {
        ...t.outcomes[0]!,
        masqueraded: false,
        endpoint: { namespace: "default", pod: "api-5f7d8b9c6-7l2mq", ip: "10.244.2.8", port: 3000, node: "node-b" },
        backend: { kind: "Service", namespace: "default", name: "api", port: 80 },
        steps: steps.map(s => s.id),
      },
    ],
    steps,
  };
}
