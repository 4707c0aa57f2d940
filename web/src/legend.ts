// The legend, made of the picture's own shapes: what draws the map draws these.

import { withFork } from "./draw/fork.ts";
import { book, funnel, gate, hourglass, path, rect, stateMark, text } from "./draw/marks.ts";
import type { Item } from "./draw/svg.ts";
import { plain, podItem, tombItem } from "./draw/things.ts";
import { documentItem, serviceItem } from "./draw/virtual.ts";
import type { Change } from "./fork/forked.ts";
import type { Side } from "./side.ts";
import { type Pod, Store } from "./store.ts";
import { escapeText } from "./text.ts";
import { PhaseRunning, PodReady, type Service } from "./wire.ts";
import { html, say } from "./words.ts";

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

function forkSample(what: Change["what"], fields: Change["fields"], words: string): Sample {
  const box = { key: "Pod/default/web", pod: pod("web"), x: 0, y: 0, w: 132, h: 50, gutter: 0, column: 0, dim: false };
  const change = { id: box.key, what, fields, follows: false };
  return itemSample(withFork(podItem(box, "pod", store, plain), change), words);
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
      say("legend.real"),
      [
        podSample(pod("web-x2k4p"), say("legend.pod")),
        podSample(pod("client", { ghost: "one-shot" }), say("legend.ghost")),
        podSample(pod("web-zzzzz"), say("legend.newcomer"), "10.244.1.4"),
        itemSample(tombItem({ key: "Tomb", pod: pod("web-old"), x: 0, y: 0, w: 132, h: 50 }), say("legend.tomb")),
        mark(stateMark("not-ready", 20, 13), say("legend.not-ready")),
        mark(stateMark("done", 20, 13), say("pod-state.done")),
        mark(stateMark("failing", 20, 13), say("pod-state.failing")),
        mark(hourglass(20, 13), say("legend.waits")),
        mark(funnel(20, 12), say("legend.funnel")),
        mark(book(12, 7), say("legend.book")),
      ],
    ],
    [
      say("legend.virtual"),
      [
        serviceSample(service("ClusterIP"), say("legend.cluster-ip")),
        serviceSample(service("NodePort"), say("legend.node-port")),
        serviceSample(service("LoadBalancer"), say("legend.load-balancer")),
        serviceSample(service("Headless", { clusterIPs: [], name: "db" }), say("legend.headless")),
        serviceSample(service("ExternalName", { externalName: "db.corp", name: "ext" }), say("legend.signpost")),
        itemSample(ingress, say("legend.document")),
      ],
    ],
    [
      say("legend.walls"),
      [
        mark(rect("wall", 16, 0, 12, 40) + path("wall", "M16 4l-9 8 9 8zM16 24l-9 8 9 8z"), say("legend.wall"), 40, 40),
        mark(
          `<g class="door">${rect("box", 0, 2, 56, 21, 4)}${text("port mid", 28, 17, ":30080")}</g>`,
          say("legend.door"),
          56,
          26,
        ),
        mark(rect("wall doubtful", 14, 0, 10, 40) + text("doubt", 19, 26, "?"), say("legend.doubt"), 40, 40),
        mark(gate("", 20, 0, 40), say("legend.gate"), 40, 40),
        mark(gate("open", 20, 0, 40), say("legend.gate-open"), 40, 40),
        mark(gate("closed", 20, 0, 40), say("legend.gate-closed"), 40, 40),
        mark(gate("unenforced", 20, 0, 40), say("legend.gate-unenforced"), 40, 40),
        mark(path("rules", "M20 0l15 15-15 15-15-15z"), say("legend.rules"), 40, 30),
      ],
    ],
    [
      say("legend.what-if"),
      [
        forkSample("added", [], say("legend.added")),
        forkSample("changed", [{ path: "metadata.labels.app", was: "", is: "web" }], say("legend.changed")),
        forkSample("removed", [], say("legend.removed")),
      ],
    ],
    [
      say("legend.traced"),
      [
        mark(line("request"), say("legend.trail"), 132, 26),
        mark(line("request dns"), say("legend.dns"), 132, 26),
        mark(path("trail reply", "M4 13H128") + path("trail reply-inner", "M4 13H128"), say("legend.reply"), 132, 26),
        mark(path("way-ahead", "M4 13H128"), say("legend.ahead"), 132, 26),
        mark(
          `<g class="envelope" transform="translate(24 17)">${rect("paper", -22, -15, 44, 30, 4)}${path("flap", "M-20 -13L0 0L20 -13")}${text("tag", 0, 11, ":80")}</g>`,
          say("legend.packet"),
          48,
          34,
        ),
        mark(
          `<g class="ticket current">${rect("ticket-box", 1, 1, 130, 44, 6)}${path("perforation", "M118 1v44")}${text("ticket-old", 9, 19, say("ticket.to", "10.96.4.20"))}${text("ticket-new", 9, 36, "→ 10.244.1.9")}</g>`,
          say("legend.ticket"),
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
  return `<div class="legend"><h2>${html("command.legend")}</h2><p class="intro">${html("legend.intro")}</p>${groups()
    .map(([title, samples]) => `<h3>${escapeText(title)}</h3><ul>${samples.map(sampleMarkup).join("")}</ul>`)
    .join("")}</div>`;
}

export function toggleLegend(side: Side): void {
  if (side.shows === "legend") side.close();
  else side.show("legend", legendMarkup(), () => {});
}
