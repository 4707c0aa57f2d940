// Everything on the map that can be picked, as items with markup and a name for assistive technology.

import type { Exposed } from "../exposed.ts";
import type { Change } from "../fork/forked.ts";
import { doorH } from "../layout/lanes.ts";
import type { ChipBox, LaneBox, MiniBox, OutsideBox, PodBox, Scene, TombBox } from "../layout/scene.ts";
import { wallWidth } from "../layout/scene.ts";
import type { Store } from "../store.ts";
import { escapeText, fit, podShape, podWords, shortPod, widthOf } from "../text.ts";
import { PodTerminating, type Policy, type Router } from "../wire.ts";
import { count, say } from "../words.ts";
import { type Changes, forkPlate, withFork } from "./fork.ts";
import { badge, book, funnel, gate, path, rect, shield, stateMark, text } from "./marks.ts";
import type { Item } from "./svg.ts";
import { documentItem, serviceItem } from "./virtual.ts";

/** What a step adds to the look of a thing. */
export interface Looks {
  /** Extra classes by key: lit, stopped, past. */
  classes: Map<string, string>;
  /** The winning row of an ingress, and why others lost, by the key of the ingress. */
  rows: Map<string, { won: number; why: Map<number, string> }>;
  /** Doors that are used, as "NODEKEY:PORT". */
  doors: Set<string>;
  /** Keys of pods whose gate is closed or open. */
  gates: Map<string, "open" | "closed">;
  /** Pods where some outcome ends, lit where they are cells. */
  ends: Set<string>;
  /** From where services can be reached, while that is asked for. */
  exposed?: ReadonlyMap<string, Exposed>;
  /** What a what-if does, while one is shown. */
  fork?: Changes;
  /** What can be picked beside the things themselves. */
  more?: Item[];
}

export const plain: Looks = {
  classes: new Map(),
  rows: new Map(),
  doors: new Set(),
  gates: new Map(),
  ends: new Set(),
};

export function items(scene: Scene, store: Store, looks: Looks): Item[] {
  const cls = (base: string, box: { key: string; dim: boolean }) => {
    const extra = looks.classes.get(box.key);
    return `${base}${box.dim ? " dim" : ""}${extra ? ` ${extra}` : ""}`;
  };
  const all: Item[] = [...(looks.more ?? [])];
  for (const b of scene.outside) all.push(outsideItem(b, cls("outside", b), scene));
  for (const b of scene.documents) all.push(documentItem(b, cls("document", b), looks));
  for (const b of scene.services) {
    all.push(serviceItem(b, cls(`service ${b.service.type.toLowerCase()}`, b), looks.exposed?.get(b.key)));
  }
  for (const lane of scene.lanes) {
    all.push(nodeItem(lane, cls("node", lane), scene));
    for (const d of lane.doors) all.push(doorItem(lane, d, looks, scene.tracing));
    for (const m of lane.minis) all.push(miniItem(m, cls("mini", { key: m.key, dim: scene.tracing })));
    if (lane.opened) all.push(foldItem(lane));
    for (const c of lane.chips) all.push(chipItem(c));
    for (const t of lane.tombs) all.push(tombItem(t));
    for (const p of lane.pods) all.push(podItem(p, cls("pod", p), store, looks));
  }
  for (const p of scene.unscheduled) all.push(podItem(p, cls("pod", p), store, looks));
  const { fork } = looks;
  return fork ? all.map(i => withFork(i, fork.get(i.key))) : all;
}

function outsideItem(b: OutsideBox, cls: string, scene: Scene): Item {
  const { what } = b;
  const lit = /\b(lit|stopped)\b/.test(cls);
  if (what.kind === "Router") {
    const m = b.h / 2;
    const mid = b.w / 2;
    const arrows = path("mark stroke", `M${mid - 7} ${m - 5}h14m-4 -4l4 4-4 4M${mid + 7} ${m + 6}h-14m4 -4l-4 4 4 4`);
    const words = lit && what.card.outside ? text("addr note-right", b.w + 8, m - 8, what.card.outside) : "";
    return {
      key: b.key,
      cls: `${cls} router`,
      x: b.x,
      y: b.y,
      w: b.w,
      h: b.h,
      markup: `${rect("box", 0, 0, b.w, b.h, 7)}${arrows}${words}`,
      label: routerWords(what.card),
    };
  }
  const several = scene.outside.filter(o => o.what.kind === "LoadBalancer").length > 1;
  const proxy = b.key.startsWith("Proxy/");
  const name =
    what.kind !== "LoadBalancer"
      ? what.card.name
      : proxy
        ? say("map.gateway", what.card.name)
        : several
          ? say("map.lb", what.card.name)
          : say("present.load-balancer");
  const address = what.kind === "Resolver" ? what.card.address : ((what.card.addresses ?? [])[0] ?? say("no-address"));
  const inWall = what.kind === "LoadBalancer" && b.layer === "internet";
  const w = inWall ? scene.wall1 - b.x : b.w;
  const sub = what.kind === "LoadBalancer" ? what.card.name : "";
  const shape =
    what.kind === "Host"
      ? rect("box", 0, 0, b.w, b.h, 10)
      : what.kind === "Resolver"
        ? rect("box", 0, 0, b.w, b.h, 3) + (b.w < 120 ? "" : book(9, 8))
        : rect("box", 0, 0, b.w, b.h, 3);
  const named = what.kind === "Resolver" && b.w >= 120;
  const cx = named ? w / 2 + 9 : w / 2;
  const room = w - (named ? 32 : 8);
  return {
    key: b.key,
    cls: `${cls} ${what.kind.toLowerCase()}`,
    x: b.x,
    y: b.y,
    w: b.w,
    h: b.h,
    markup:
      shape +
      text("name mid", cx, b.h / 2 - 4, fit(name, room, 15)) +
      text("addr mid", w / 2, b.h / 2 + 16, fit(address, w - 8, 13, true)),
    label: `${proxy ? say("map.proxy-of", name) : what.kind === "LoadBalancer" ? say("map.load-balancer-of", sub) : `${what.kind} ${name}`}, ${say(b.layer === "lan" ? "lan" : "internet")}, ${address}`,
  };
}

function routerWords(card: Router): string {
  const between = (card.between ?? []).reduce((all, next) => (all ? say("and", all, next) : next), "");
  const words = say("map.router", card.name, between);
  return card.outside ? `${words}, ${say("map.router-outside", card.outside)}` : words;
}

function nodeItem(lane: LaneBox, cls: string, scene: Scene): Item {
  const c = lane.card;
  const face = scene.wall2 - c.x; // width of the left face
  const inner = face + wallWidth;
  const out: string[] = [];
  out.push(rect("face-right", 0, 0, c.w, c.h, 9));
  out.push(path("face-left", `M9 0H${face + 6}V${c.h}H9A9 9 0 0 1 0 ${c.h - 9}V9A9 9 0 0 1 9 0Z`));
  out.push(rect("wall-in", face + 3, 0, 6, c.h));
  out.push(rect("frame", 0, 0, c.w, c.h, 9));
  const ready = lane.node ? lane.node.ready : true;
  const sub = ready ? lane.sub : say("pod-state.not-ready");
  if (lane.slim) {
    out.push(text("name", 14, c.h / 2 - 1, fit(lane.title, face - 20, 15)));
    out.push(text("addr", 14, c.h / 2 + 14, fit(lane.sub, face - 20, 12, true)));
  } else {
    out.push(text("name", 14, 23, fit(lane.title, face - 18, 15)));
    out.push(text("addr", 14, 42, fit(lane.sub, face - 20, 13, true)));
    const range = (lane.node?.podCIDRs ?? [])[0] ?? count("count.pod", lane.total);
    out.push(text("addr small", inner + 8, 23, fit(range, c.w - inner - 14, 12, true)));
  }
  if (!ready && !lane.slim) out.push(badge("trouble", face - 8, c.h - 26, sub));
  else if (lane.node?.unschedulable && !lane.slim) out.push(badge("quiet", face - 8, c.h - 26, say("node.cordoned")));
  if (lane.failing > 0 && !lane.node)
    out.push(badge("trouble", c.w - 8, c.h - 28, `! ${count("pods.failing", lane.failing)}`));
  const down = lane.node ? 0 : lane.nodes.filter(n => !n.ready).length;
  if (down > 0 && !lane.slim) out.push(badge("trouble", face - 8, c.h - 28, `! ${count("node.down", down)}`));
  if (lane.node) {
    const x = lane.rules.x - c.x;
    const y = lane.rules.y - c.y;
    out.push(path("rules", `M${x} ${y - 15}l15 15-15 15-15-15z`));
    if (!lane.slim) {
      // Above the rules, where no way comes in, unless small pods stand there and there is room below.
      const below = c.h - y >= 36 && lane.minis.length > 2;
      // A ticket hangs on a line that goes up from the rules.
      const end = scene.tracing && !below ? x : x + 16;
      if (!scene.tracing || below || lane.minis.length < 2)
        out.push(text("label end", end, below ? y + 30 : y - 20, rulesWords(lane.node.proxy)));
    }
  }
  const label = lane.node ? nodeWords(lane, ready) : groupWords(lane, down);
  if (lane.moreDoors > 0 && !lane.slim) {
    const w = 56;
    const x = 9 - w;
    const y = lane.moreDoorsY - c.y;
    const whole = `+${say("more", lane.moreDoors)}`;
    const words = widthOf(whole, 12) <= w - 4 ? whole : `+${lane.moreDoors}`;
    out.push(rect("more-doors", x, y, w, doorH, 4), text("label mid", x + w / 2, y + 14.5, fit(words, w - 4, 12)));
  }
  if (lane.moreMinis > 0) out.push(text("label", inner + 8 + 3 * 24, 45, `+${lane.moreMinis}`));
  if (lane.hidden > 0 && !lane.slim) out.push(text("label", inner + 8, c.h - 9, `+${count("count.pod", lane.hidden)}`));
  return {
    key: lane.key,
    cls: `${cls}${ready ? "" : " not-ready"}`,
    x: c.x,
    y: c.y,
    w: c.w,
    h: c.h,
    markup: out.join(""),
    label,
  };
}

function nodeWords(lane: LaneBox, ready: boolean): string {
  const state = say(ready ? "pod-state.ready" : "pod-state.not-ready");
  const words = [say("node.named", lane.title), lane.sub, state, count("count.pod", lane.total)];
  if (lane.moreDoors > 0) words.push(count("node.more-doors", lane.moreDoors));
  return words.join(", ");
}

/** A group of nodes: what it holds, and that it can be opened. */
function groupWords(lane: LaneBox, down: number): string {
  const words = [lane.title, lane.sub, count("count.pod", lane.total)];
  if (lane.failing > 0) words.push(count("pods.failing", lane.failing));
  if (down > 0) words.push(count("node.not-ready", down));
  return say("map.opens", words.join(", "));
}

/** Whose rules they are, where it is known: they look different on the node. */
function rulesWords(proxy: string): string {
  return proxy && proxy !== "unknown" ? proxy : say("present.rules");
}

function doorItem(lane: LaneBox, d: LaneBox["doors"][number], looks: Looks, tracing: boolean): Item {
  const lit = looks.doors.has(`${lane.key}:${d.door.port}`);
  const dim = tracing && !lit;
  return {
    key: `Door/${lane.title}/${d.door.port}/${d.door.protocol}`,
    cls: `door${lit ? " lit" : ""}${dim ? " dim" : ""}`,
    x: d.x,
    y: d.y,
    w: d.w,
    h: d.h,
    markup: rect("box", 0, 0, d.w, d.h, 4) + text("port mid", d.w / 2, 15, d.text),
    label: say("map.door", d.door.port, lane.title, d.door.name),
  };
}

/** Roles of pods that requests come in through. */
const fronts = new Set(["ingress-controller", "gateway"]);

export function podItem(b: PodBox, cls: string, store: Store, looks: Looks): Item {
  const { pod } = b;
  const shape = podShape(pod.state);
  const out: string[] = [rect("box", 0, 0, b.w, b.h, 9)];
  if (pod.state & PodTerminating) out.push(path("hatch", hatch(b.w, b.h)));
  out.push(stateMark(shape, 16, 20));
  let x = 28;
  if (fronts.has(pod.class.role ?? "")) {
    out.push(funnel(35, 20));
    x = 46;
  } else if (pod.class.role === "dns") {
    out.push(book(28, 12));
    x = 50;
  }
  const name = shortPod(pod.name, pod.class.ownerKind, pod.class.ownerName);
  // Rather a little smaller than cut.
  const size = widthOf(name, 15) > b.w - x - 6 ? 13 : 15;
  out.push(text(size < 15 ? "name small" : "name", x, 24, fit(name, b.w - x - 6, size)));
  const why = store.extra(pod.slot)?.reason ?? "";
  const left = b.w < 150 ? 13 : 28;
  const second = shape === "ready" || !why ? pod.ip || say("pod.no-address-yet") : why;
  out.push(
    text(
      second === why && why !== "" ? "label" : "addr",
      left,
      41.5,
      fit(second, b.w - left - 6, 13, second === pod.ip),
    ),
  );
  const inside = pod.class.containers ?? [];
  if (b.h >= 90 && inside.length > 1) out.push(containers(inside, b.w, 52));
  else if (inside.length > 1 && b.w >= 150) {
    out.push(...inside.slice(0, 4).map((_, i) => rect("container", b.w - 14 - i * 11, 33, 8, 8, 1.5)));
  }
  const ports = pod.class.ports ?? [];
  if (ports.length > 0) {
    const words = ports.length > 2 ? `:${ports[0]} +${ports.length - 1}` : ports.map(p => `:${p}`).join(" ");
    const w = widthOf(words, 12, true) + 12;
    out.push(rect("port-box", b.w - w - 10, b.h - 8, w, 20, 4), text("port mid", b.w - 10 - w / 2, b.h + 6, words));
  }
  const policies = gates(pod.class.gateIn, store);
  const state = looks.gates.get(b.key);
  if (policies.length > 0 || state === "closed") {
    const enforced = policies.every(p => p.enforced !== "no") || state !== undefined;
    const forked = forkOf(policies, looks);
    out.push(
      gate(`${enforced ? "" : "unenforced"} ${state ?? ""} ${forked && `fork-${forked}`}`.trim(), -9, -4, b.h + 8),
    );
    if (forked === "removed") out.push(path("fork-strike", `M-18 ${b.h + 6}L0 -6`));
    if (policies.some(p => p.tier)) out.push(shield(-9, b.h / 2));
    const words =
      policies.length === 1
        ? (policies[0]!.tier ? "" : policies[0]!.summary) || policies[0]!.name
        : count("count.policy", policies.length);
    const said = enforced ? words : say("gate.not-enforced");
    if (forked)
      out.push(
        forkPlate(forked, policies.find(p => looks.fork?.has(p.id))?.name ?? "", -18, -19, Math.max(96, b.w - 44)),
      );
    else if (policies.length > 0) out.push(policyLabel(b.w, said));
  }
  const leaving = gates(pod.class.gateOut, store);
  const leavingFork = forkOf(leaving, looks);
  if (leaving.length > 0) out.push(gate(`out ${leavingFork && `fork-${leavingFork}`}`.trim(), b.w + 9, 2, b.h - 12));
  if (leaving.some(p => p.tier)) out.push(shield(b.w + 9, b.h / 2 - 4));
  if (b.was !== undefined && policies.length === 0) {
    out.push(tab(b.w - 8, b.was ? say("pod.was", b.was) : say("pod.new-address"), b.w - 16));
  }
  if (pod.ghost) out.push(tab(b.w - 8, say(pod.ghost === "one-shot" ? "pod.one-shot" : "pod.gone"), b.w - 16));
  return {
    key: b.key,
    cls: `${cls} ${shape}${pod.ghost ? " ghost" : ""}`,
    x: b.x,
    y: b.y,
    w: b.w,
    h: b.h,
    markup: out.join(""),
    label: podWords(pod) + story(b) + guardWords("in", policies) + guardWords("out", leaving),
  };
}

/** What a what-if does to the policies of a gate: removed only where none of them is left. */
function forkOf(policies: Policy[], looks: Looks): Change["what"] | "" {
  const all = policies.map(p => looks.fork?.get(p.id)?.what);
  if (all.length > 0 && all.every(w => w === "removed")) return "removed";
  return all.find(w => w === "added" || w === "changed") ?? "";
}

/** A tab on the upper edge that ends at x: where a card comes from. */
function tab(x: number, words: string, room: number): string {
  const shown = fit(words, room - 14, 12);
  const w = widthOf(shown, 12) + 14;
  return (
    path("tab", `M${x - w} 0V-9a5 5 0 0 1 5 -5H${x - 5}a5 5 0 0 1 5 5V0`) + text("tab-text", x - w / 2, -2.5, shown)
  );
}

function story(b: PodBox): string {
  if (b.pod.ghost) return b.pod.ghost === "one-shot" ? `, ${say("pod.made-for-this")}` : `, ${say("pod.gone")}`;
  if (b.was === undefined) return "";
  return b.was ? `, ${say("pod.replaces", b.was)}` : `, ${say("pod.came")}`;
}

/** Closes again what was opened. */
function foldItem(lane: LaneBox): Item {
  return {
    key: `Fold/${lane.key}`,
    cls: "fold",
    x: lane.x + lane.w - 30,
    y: lane.y + 4,
    w: 24,
    h: 24,
    markup: rect("box", 0, 0, 24, 24, 6) + path("mark stroke", "M7 12h10"),
    label: say("map.close", lane.title),
  };
}

/** A node of an opened group: its name, how many pods it has and how many of them fail. */
function chipItem(c: ChipBox): Item {
  const trouble = !c.node.ready ? say("pod-state.not-ready") : c.failing > 0 ? count("pods.failing", c.failing) : "";
  return {
    key: c.key,
    cls: `chip${trouble ? " trouble" : ""}`,
    x: c.x,
    y: c.y,
    w: c.w,
    h: c.h,
    markup:
      rect("box", 0, 0, c.w, c.h, 6) +
      text("name small", 9, 17, fit(c.node.name, c.w - 16, 13)) +
      text("label", 9, 33, fit(trouble ? `${c.pods} · ! ${trouble}` : count("count.pod", c.pods), c.w - 16, 12.5)),
    label: say(
      "map.opens",
      [say("node.named", c.node.name), count("count.pod", c.pods), trouble].filter(Boolean).join(", "),
    ),
  };
}

/** The containers of a pod round the one address that they share. */
function containers(names: string[], w: number, y: number): string {
  const out: string[] = [];
  let x = 13;
  names.forEach((name, i) => {
    const room = w - 13 - x;
    if (room < 26) return;
    const rest = names.length - i - 1;
    const shown = fit(name, Math.max(14, Math.min(room - (rest > 0 ? 34 : 8), widthOf(name, 12))), 12);
    const cw = widthOf(shown, 12) + 14;
    if (cw > room) return;
    out.push(rect("container", x, y, cw, 22, 3), text("container-text", x + cw / 2, y + 15, shown));
    x += cw + 6;
  });
  return out.join("");
}

/** Where a pod stood until a moment ago: its stone with the address that is free now. */
export function tombItem(t: TombBox): Item {
  const { pod } = t;
  const name = shortPod(pod.name, pod.class.ownerKind, pod.class.ownerName);
  return {
    key: t.key,
    cls: "tomb",
    x: t.x,
    y: t.y,
    w: t.w,
    h: t.h,
    markup:
      path("stone", `M10 ${t.h}V22a22 22 0 0 1 22 -22H${t.w - 32}a22 22 0 0 1 22 22V${t.h}M2 ${t.h}H${t.w - 2}`) +
      text("label mid", t.w / 2, 22, fit(`† ${name}`, t.w - 36, 12.5)) +
      text("addr gone mid", t.w / 2, 42, pod.ip),
    label: say("map.tomb", pod.name, pod.ip),
  };
}

/** Which policies stand at a gate, for those who do not see it. */
function guardWords(side: string, policies: Policy[]): string {
  if (policies.length === 0) return "";
  const names = policies
    .slice(0, 3)
    .map(p => p.name)
    .join(", ");
  const all = policies.length > 3 ? say("and", names, say("more", policies.length - 3)) : names;
  return `, ${say(side === "in" ? "gate.in" : "gate.out", all)}`;
}

/** A pod without an address of its own: its state in a small box. */
function miniItem(m: MiniBox, cls: string): Item {
  const shape = podShape(m.pod.state);
  const why = say(m.pod.class.hostNetwork ? "pod.host-network" : "pod-state.done");
  const title = `<title>${escapeText(`${m.pod.name}, ${why}`)}</title>`;
  return {
    key: m.key,
    cls,
    x: m.x,
    y: m.y,
    w: m.w,
    h: m.h,
    markup: title + rect("box", 0, 0, m.w, m.h, 5) + stateMark(shape, 9.5, 9.5),
    label: `${podWords(m.pod)}, ${why}`,
  };
}

function policyLabel(w: number, words: string): string {
  const shown = fit(words, w - 20, 12);
  const width = widthOf(shown, 12) + 18;
  return rect("label-box", 8, -13, width, 20, 4) + text("badge-text", 8 + width / 2, 1, shown);
}

function gates(ids: string[] | undefined, store: Store): Policy[] {
  return (ids ?? []).map(id => store.policies.get(id)).filter((p): p is Policy => p !== undefined);
}

function hatch(w: number, h: number): string {
  let d = "";
  for (let x = 8; x < w + h; x += 9) {
    const x0 = Math.min(x, w - 2);
    const y0 = x - x0;
    const x1 = Math.max(x - h, 2);
    const y1 = x - x1;
    if (y0 < h && y1 > 0) d += `M${x0} ${Math.max(2, y0)}L${x1} ${Math.min(h - 2, y1)}`;
  }
  return d;
}
