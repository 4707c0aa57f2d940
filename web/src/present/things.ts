// Draws the picture of a lesson: the ground, and everything that stands on it. The shapes are those of the desk's map, the
// words are few and large.

import type { Document } from "../documents.ts";
import { funnel, hexagon, path, r, rect, stateMark, text } from "../draw/marks.ts";
import type { Looks } from "../draw/things.ts";
import { type LaneBox, type OutsideBox, type PodBox, wallWidth } from "../layout/scene.ts";
import type { Store } from "../store.ts";
import { podShape, widthOf } from "../text.ts";
import { count, say } from "../words.ts";
import { pickable } from "./picks.ts";
import { addressOf, type Lesson, letter, margin, podH, podName } from "./scene.ts";
import { shorten } from "./words.ts";

export type Hide = (text: string) => string;

/** Cuts a text to a width, keeping its end. */
export function cut(words: string, room: number, mono = false): string {
  // Names are heavier than the letters that the widths are of.
  const wide = (text: string) => widthOf(text, letter, mono) * (mono ? 1 : 1.06);
  if (wide(words) <= room) return words;
  let n = mono ? Math.floor(room / (letter * 0.6)) : words.length - 1;
  while (n > 3 && wide(shorten(words, n)) > room) n--;
  return shorten(words, n);
}

export function ground(s: Lesson, store: Store, hide: Hide): string {
  const out: string[] = [];
  if (!s.internet.rail) out.push(rect("band internet", 0, 0, s.internet.w, s.height));
  out.push(rect("band lan", s.lan.x, 0, s.lan.w, s.height));
  out.push(rect("band service", s.service.x, 0, s.service.w, s.service.h));
  out.push(rect("band podnet", s.podnet.x, s.podnet.y, s.podnet.w, s.podnet.h));
  out.push(path("split", `M${s.service.x + 6} ${s.service.h}H${s.width}`));
  const { bands } = store;
  if (!s.internet.rail) out.push(text("band-name", margin, 32, say("internet")));
  const left = s.internet.rail ? margin : s.lan.x + 12;
  out.push(text("band-name", left, 32, say("lan")));
  const lan = (bands.lan ?? [])[0] ?? "";
  const room = s.wall2 - left - 10;
  if (lan && widthOf(lan, letter, true) <= room) out.push(text("addr", left, 60, hide(lan)));
  out.push(heading(s.service.x + margin, 32, say("band.service"), (bands.service ?? [])[0], s.width - margin, hide));
  if (s.podName) {
    const range = hide((bands.pod ?? [])[0] ?? "");
    const end = s.width - margin;
    out.push(text("band-name end", end, s.service.h + 28, say("band.pod")));
    const x = end - widthOf(say("band.pod"), 24) - 12;
    if (range && x - widthOf(range, letter, true) > s.podnet.x + margin)
      out.push(text("addr end", x, s.service.h + 28, range));
  }
  out.push(wire(s));
  if (!s.internet.rail) out.push(wall(s.wall1, s.height));
  out.push(wall(s.wall2, s.height));
  for (const l of s.lanes) out.push(rect("lane", l.x, l.y, l.w, l.h, 12));
  return out.join("");
}

function heading(x: number, y: number, name: string, range: string | undefined, end: number, hide: Hide): string {
  const at = x + widthOf(name, 24) + 14;
  const fits = range && at + widthOf(range, letter, true) <= end;
  return text("band-name", x, y, name) + (fits ? text("addr", at, y, hide(range)) : "");
}

function wall(x: number, height: number): string {
  let d = "";
  for (let y = 8; y < height; y += 38) d += `M${x} ${y}l-12 11 12 11z`;
  return rect("wall", x, 0, wallWidth, height) + path("wall", d);
}

function wire(s: Lesson): string {
  let d = `M${s.wire.x} ${s.wire.top}V${s.wire.bottom}`;
  for (const l of s.lanes) d += `M${s.wire.x} ${l.rules.y}H${l.card.x}`;
  for (const b of s.outside) {
    const y = b.y + b.h / 2;
    if (b.layer === "lan" && b.what.kind !== "Router") d += `M${s.wire.x} ${y}H${b.x}`;
    else if (b.what.kind === "Router" || b.what.kind === "LoadBalancer") d += `M${b.x + b.w - 8} ${y}H${s.wire.x}`;
    else d += `M${b.x + b.w} ${y}H${s.internetX}`;
  }
  const far = s.outside.filter(b => b.layer === "internet").map(b => b.y + b.h / 2);
  const router = s.outside.find(b => b.what.kind === "Router");
  if (router) {
    const y = router.y + router.h / 2;
    d += `M${s.internetX} ${Math.min(y, ...far)}V${Math.max(y, ...far)}M${s.internetX} ${y}H${s.wall1}`;
  } else if (far.length > 1) d += `M${s.internetX} ${Math.min(...far)}V${Math.max(...far)}`;
  return path("wire", d);
}

export function things(s: Lesson, looks: Looks, hide: Hide, picks = false): string {
  const out: string[] = [];
  const group = (kind: string, b: { key: string; x: number; y: number }, markup: string) => {
    const cls = `${kind} ${looks.classes.get(b.key) ?? ""}`.trim();
    out.push(
      `<g class="${cls}"${picks ? pickable(b.key) : ""} transform="translate(${r(b.x)} ${r(b.y)})">${markup}</g>`,
    );
  };
  for (const b of s.outside) group(`outside ${b.what.kind.toLowerCase()}`, b, outsideThing(b, s, hide));
  for (const b of s.documents)
    group("document", b, documentThing(b.document, b.w, b.h, looks.rows.get(b.key)?.won ?? -1));
  for (const b of s.services) {
    const shape =
      b.service.type === "ExternalName"
        ? `M0 6H${b.w - 20}L${b.w} ${b.h / 2}L${b.w - 20} ${b.h - 6}H0Z`
        : hexagon(0, 0, b.w, b.h);
    const rings = b.service.type === "LoadBalancer" ? 2 : b.service.type === "NodePort" ? 1 : 0;
    let ring = "";
    for (let i = rings; i > 0; i--) ring += path("ring", hexagon(0, 0, b.w, b.h, i * 6));
    group(
      `service ${b.service.type.toLowerCase()}`,
      b,
      ring +
        path("box virtual", shape) +
        two(b.w / 2, b.h, b.service.name, hide(addressOf(b.service)), b.w - 40, "mid"),
    );
  }
  for (const l of s.lanes) {
    group("node", { key: l.key, x: l.card.x, y: l.card.y }, nodeThing(l, s, hide));
    for (const p of l.pods) group("pod", p, podThing(p, looks, hide));
    if (l.hidden > 0) out.push(bystanders(l, s));
  }
  for (const p of s.unscheduled) group("pod", p, podThing(p, looks, hide));
  out.push(moreWords(s));
  return out.join("");
}

/** A name over an address. */
function two(x: number, h: number, name: string, second: string, room: number, cls = ""): string {
  const y = h / 2;
  if (!second) return text(`name ${cls}`, x, y + 8, cut(name, room));
  return text(`name ${cls}`, x, y - 5, cut(name, room)) + text(`addr ${cls}`, x, y + 22, cut(second, room + 8, true));
}

function outsideThing(b: OutsideBox, s: Lesson, hide: Hide): string {
  const { what } = b;
  if (what.kind === "Router") {
    const x = b.w / 2;
    const y = b.h / 2;
    const arrows = path("mark stroke", `M${x - 11} ${y - 8}h22m-6-6l6 6-6 6M${x + 11} ${y + 9}h-22m6-6l-6 6 6 6`);
    return rect("box", 0, 0, b.w, b.h, 8) + arrows;
  }
  const address = what.kind === "Resolver" ? what.card.address : ((what.card.addresses ?? [])[0] ?? say("no-address"));
  const name = what.kind === "LoadBalancer" ? say("present.load-balancer") : what.card.name;
  const w = what.kind === "LoadBalancer" && b.layer === "internet" ? s.wall1 - b.x : b.w;
  const round = what.kind === "Host" ? 12 : 3;
  return rect("box", 0, 0, b.w, b.h, round) + two(w / 2, b.h, name, hide(address), w - 10, "mid");
}

/** A document shows the one row that counts: the winning one once it is known. */
function documentThing(d: Document, w: number, h: number, won: number): string {
  const name = widthOf(`${d.kind} ${d.name}`, letter) <= w - 36 ? `${d.kind} ${d.name}` : d.name;
  const row = d.rows[won];
  const second = row
    ? `${row.host || say("document.any-host")}${row.path || "/"}`
    : d.trouble || count("count.rule", d.rows.length);
  return (
    path("box virtual", `M0 0H${w - 22}L${w} 22V${h}H0Z`) +
    text("name", 14, h / 2 - 5, cut(name, w - 40)) +
    text(row ? "addr won" : "addr", 14, h / 2 + 22, cut(second, w - 24, true))
  );
}

function nodeThing(l: LaneBox, s: Lesson, hide: Hide): string {
  const { w, h } = l.card;
  const left = s.wall2 - l.card.x;
  const out = [
    rect("face-right", 0, 0, w, h, 10),
    path("face-left", `M10 0H${left + 6}V${h}H10A10 10 0 0 1 0 ${h - 10}V10A10 10 0 0 1 10 0Z`),
    rect("wall-in", left + 2, 0, 8, h),
    rect("frame", 0, 0, w, h, 10),
  ];
  out.push(text("name", 14, h < 96 ? 24 : 29, cut(l.title, left - 22)));
  if (!l.slim) out.push(text("addr", 14, h < 96 ? 47 : 56, cut(hide(l.sub), left - 16, true)));
  const x = l.rules.x - l.card.x;
  const y = l.rules.y - l.card.y;
  const d = Math.min(20, h - y - 3);
  out.push(path("rules", `M${x} ${y - d}l${d} ${d}-${d} ${d}-${d}-${d}z`));
  if (y - d >= 34 && !s.tickets && s.lanes.length === 1)
    out.push(text("label mid", x, y - d - 8, say("present.rules")));
  return out.join("");
}

function podThing(b: PodBox, looks: Looks, hide: Hide): string {
  const { pod } = b;
  const front = pod.class.role === "ingress-controller" || pod.class.role === "gateway";
  const mark = `<g transform="translate(20 ${podH / 2}) scale(1.5)">${front ? funnel(0, 0) : stateMark(podShape(pod.state), 0, 0)}</g>`;
  const gate = looks.gates.get(b.key);
  return (
    rect("box", 0, 0, b.w, b.h, 10) +
    mark +
    two(38, b.h, podName(pod), hide(pod.ip || say("pod.no-address-yet")), b.w - 46) +
    (gate ? gateMark(gate, b.h) : "")
  );
}

function gateMark(state: "open" | "closed", h: number): string {
  const m = h / 2;
  const bars =
    state === "closed"
      ? path("gate-x", `M-20 ${m - 12}l12 24M-8 ${m - 12}l-12 24`)
      : path("gate-bars", `M-14 4v${m - 16}M-14 ${m + 12}v${m - 16}`);
  return `<g class="gate ${state}">${rect("gate-box", -24, -6, 20, h + 12, 4)}${bars}</g>`;
}

/** Doors that are used, drawn above the trail so that they can be read. */
export function doors(s: Lesson, looks: Looks): string {
  let out = "";
  for (const l of s.lanes) {
    const d = l.doors.find(x => looks.doors.has(`${l.key}:${x.door.port}`));
    if (d)
      out += `<g class="door lit">${rect("box", d.x, d.y, d.w, d.h, 5)}${text("port mid", d.x + d.w / 2, d.y + 24, d.text)}</g>`;
  }
  return out;
}

/** Who takes no part is a row of small shapes under a roof of their own, and a number. */
function bystanders(l: LaneBox, s: Lesson): string {
  const n = Math.min(4, l.hidden);
  const words = `+${l.hidden}`;
  const w = n * 18 + widthOf(words, letter, true) + 8;
  const x = l.x + l.w - w - 12;
  // At the end of the line that the node's address is on, where no pod is; else nowhere: the desk counts them, too.
  const free = l.pods.every(p => p.x + p.w < x - 14);
  if (!free || s.width < x) return "";
  const y = l.card.y + (l.card.h < 96 ? 47 : 56) - 17;
  let out = "";
  for (let i = 0; i < n; i++) out += rect("bystander", x + i * 18, y + 2, 13, 13, 3);
  return `<g class="bystanders">${out}${text("addr", x + n * 18 + 4, y + 17, words)}</g>`;
}

function moreWords(s: Lesson): string {
  const out: string[] = [];
  const last = s.lanes.at(-1);
  const bottom = s.height - 14;
  const words: string[] = [];
  if (s.more.nodes > 0) words.push(`+${count("count.node", s.more.nodes)}`);
  if (s.more.ends > 0) words.push(`+${count("count.endpoint", s.more.ends)}`);
  if (words.length > 0 && last && bottom - (last.y + last.h) >= 30)
    out.push(text("label", s.podnet.x + margin, bottom - 4, words.join(" · ")));
  return out.join("");
}
