// The legend, made of the picture's own shapes: what draws the map draws these.

import { book, funnel, gate, hourglass, path, rect, stateMark, text } from "./draw/marks.ts";
import type { Item } from "./draw/svg.ts";
import { plain, podItem, tombItem } from "./draw/things.ts";
import { documentItem, serviceItem } from "./draw/virtual.ts";
import type { Side } from "./side.ts";
import { type Pod, Store } from "./store.ts";
import { escapeText } from "./text.ts";
import { PhaseRunning, PodReady, type Service } from "./wire.ts";

interface Sample {
  markup: string;
  w: number;
  h: number;
  words: string;
}

const store = new Store();

function pod(name: string, more: Partial<Pod> = {}): Pod {
  const cls = { id: 0, namespace: "default", labels: "", ports: [], ...more.class };
  return {
    slot: -1,
    key: `Pod/default/${name}`,
    name,
    node: "",
    ip: "10.244.1.9",
    created: 0,
    state: PhaseRunning | PodReady,
    ...more,
    class: cls,
  };
}

function podSample(p: Pod, words: string, was?: string): Sample {
  const box = { key: p.key, pod: p, x: 0, y: 0, w: 132, h: 50, gutter: 0, column: 0, dim: false, was };
  return itemSample(podItem(box, "pod", store, plain), words);
}

function service(type: string, more: Partial<Service> = {}): Service {
  const own = {
    id: "Service/default/web",
    namespace: "default",
    name: "web",
    type,
    clusterIPs: ["10.96.4.20"],
    external: [],
    ports: [{ port: 80, target: "8080", protocol: "TCP" }],
    ready: 2,
    total: 2,
    dns: false,
  };
  return { ...own, ...more };
}

function serviceSample(s: Service, words: string): Sample {
  const box = { key: s.id, service: s, x: 0, y: 0, w: 132, h: 48, dim: false };
  return itemSample(serviceItem(box, `service ${s.type.toLowerCase()}`), words);
}

function itemSample(item: Item, words: string): Sample {
  return { markup: `<g class="${escapeText(item.cls)}">${item.markup}</g>`, w: item.w, h: item.h, words };
}

function mark(markup: string, words: string, w = 40, h = 26): Sample {
  return { markup, w, h, words };
}

const line = (cls: string) => path(`trail ${cls}`, "M4 13H128");

function groups(): [string, Sample[]][] {
  const ingress = documentItem(
    {
      key: "Ingress/default/shop",
      document: {
        kind: "Ingress",
        key: "Ingress/default/shop",
        namespace: "default",
        name: "shop",
        by: "nginx",
        trouble: "",
        listeners: [],
        tls: false,
        addresses: [],
        rows: [],
      },
      rows: 0,
      x: 0,
      y: 0,
      w: 132,
      h: 46,
      dim: false,
    },
    "document",
    plain,
  );
  return [
    [
      "Real: it can be touched by a packet",
      [
        podSample(pod("web-x2k4p"), "Pod, ready, with its own address"),
        podSample(pod("client", { ghost: "one-shot" }), "made for one request only"),
        podSample(pod("web-zzzzz"), "took the place of another one", "10.244.1.4"),
        itemSample(
          tombItem({ key: "Tomb", pod: pod("web-old"), x: 0, y: 0, w: 132, h: 50 }),
          "left a moment ago: its address is nobody's",
        ),
        mark(stateMark("not-ready", 20, 13), "not ready: services pass it by"),
        mark(stateMark("done", 20, 13), "completed"),
        mark(stateMark("failing", 20, 13), "failing"),
        mark(hourglass(20, 13), "waits; the reason stands beside it"),
        mark(funnel(20, 12), "requests come in through it: an ingress controller or a gateway"),
        mark(book(12, 7), "answers for names (DNS)"),
      ],
    ],
    [
      "Virtual: rules on every node, dashed",
      [
        serviceSample(service("ClusterIP"), "Service: an address inside the cluster"),
        serviceSample(service("NodePort"), "NodePort: that, and a door on every node"),
        serviceSample(service("LoadBalancer"), "LoadBalancer: that, and an address outside"),
        serviceSample(service("Headless", { clusterIPs: [], name: "db" }), "headless: only a name for its pods"),
        serviceSample(
          service("ExternalName", { externalName: "db.corp", name: "ext" }),
          "signpost: stands for a name elsewhere",
        ),
        itemSample(ingress, "Ingress or Gateway: rules that a controller reads"),
      ],
    ],
    [
      "Walls, doors and gates",
      [
        mark(
          rect("wall", 16, 0, 12, 40) + path("wall", "M16 4l-9 8 9 8zM16 24l-9 8 9 8z"),
          "wall: with the teeth a packet passes and its source is rewritten; against them it needs a door",
          40,
          40,
        ),
        mark(
          `<g class="door">${rect("box", 0, 2, 56, 21, 4)}${text("port mid", 28, 17, ":30080")}</g>`,
          "door: a port that some object opened; click it to see which",
          56,
          26,
        ),
        mark(
          rect("wall doubtful", 14, 0, 10, 40) + text("doubt", 19, 26, "?"),
          "nothing says how pods are joined to the LAN",
          40,
          40,
        ),
        mark(gate("", 20, 0, 40), "gate: a policy selects the pod", 40, 40),
        mark(gate("open", 20, 0, 40), "gate that let a request through", 40, 40),
        mark(gate("closed", 20, 0, 40), "gate that stopped it", 40, 40),
        mark(gate("unenforced", 20, 0, 40), "gate that nobody enforces", 40, 40),
        mark(path("rules", "M20 0l15 15-15 15-15-15z"), "the node's rules: here addresses are swapped", 40, 30),
      ],
    ],
    [
      "A traced request",
      [
        mark(line("request"), "request, already travelled", 132, 26),
        mark(line("request dns"), "question to a DNS server", 132, 26),
        mark(path("trail reply", "M4 13H128") + path("trail reply-inner", "M4 13H128"), "its reply", 132, 26),
        mark(path("way-ahead", "M4 13H128"), "a way that it may still take", 132, 26),
        mark(
          `<g class="envelope" transform="translate(24 17)">${rect("paper", -22, -15, 44, 30, 4)}${path("flap", "M-20 -13L0 0L20 -13")}${text("tag", 0, 11, ":80")}</g>`,
          "packet, with the port it goes to",
          48,
          34,
        ),
        mark(
          `<g class="ticket current">${rect("ticket-box", 1, 1, 130, 44, 6)}${path("perforation", "M118 1v44")}${text("ticket-old", 9, 19, "to 10.96.4.20")}${text("ticket-new", 9, 36, "→ 10.244.1.9")}</g>`,
          "ticket: an address was swapped; the reply swaps it back",
          132,
          46,
        ),
      ],
    ],
  ];
}

/** What a drawing needs around it: rings, badges and tabs stand out of a box. */
const margin = 16;

function sampleMarkup(s: Sample): string {
  const w = s.w + 2 * margin;
  const h = s.h + 2 * margin;
  return `<li><svg class="picture overlay sample" viewBox="${-margin} ${-margin} ${w} ${h}" width="${w}" height="${h}" aria-hidden="true"><g class="things">${s.markup}</g></svg><span>${escapeText(s.words)}</span></li>`;
}

export function legendMarkup(): string {
  return `<div class="legend"><h2>Legend</h2><p class="intro">Only a trace has colour; the rest is ink. Solid is real, dashed is virtual.</p>${groups()
    .map(([title, samples]) => `<h3>${title}</h3><ul>${samples.map(sampleMarkup).join("")}</ul>`)
    .join("")}</div>`;
}

export function toggleLegend(side: Side): void {
  if (side.shows === "legend") side.close();
  else side.show("legend", legendMarkup(), () => {});
}
