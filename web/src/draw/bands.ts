// The ground: three bands, two walls with teeth towards the Internet, the wire of the LAN.

import type { Scene } from "../layout/scene.ts";
import { wallWidth } from "../layout/scene.ts";
import { escapeText, fit, widthOf } from "../text.ts";
import type { Bands, Counts } from "../wire.ts";
import { count, html, say } from "../words.ts";
import { path, rect, text } from "./marks.ts";

export function bandsMarkup(s: Scene, bands: Bands, counts?: Counts): string {
  const out: string[] = [];
  out.push(rect("band internet", 0, 0, s.internet.w, s.height));
  out.push(rect("band lan", s.lan.x, 0, s.lan.w, s.height));
  out.push(rect("band service", s.service.x, 0, s.service.w, s.service.h));
  const routed = bands.podNetwork === "routed";
  out.push(
    rect(
      routed ? "band lan" : "band podnet",
      s.podnet.x - (routed ? wallWidth : 0),
      s.podnet.y,
      s.podnet.w + wallWidth,
      s.podnet.h,
    ),
  );
  if (!routed) out.push(path("split", `M${s.service.x + 6} ${s.service.h}H${s.width}`));
  out.push(heading(s, bands, counts));
  out.push(wire(s));
  out.push(wall(s.wall1, 0, s.height), innerWall(s, bands.podNetwork));
  for (const lane of s.lanes) {
    out.push(rect(lane.dim ? "lane dim" : "lane", lane.x, lane.y, lane.w, lane.h, 12));
    for (const t of lane.trays) {
      out.push(rect("tray", t.x, t.y, t.w, t.h, 10));
      out.push(text("tray-text", t.x + 9, t.y + t.h - 6, fit(t.words, t.w - 84, 12)));
    }
  }
  return out.join("");
}

function heading(s: Scene, bands: Bands, counts?: Counts): string {
  const out: string[] = [];
  if (s.internet.rail) {
    out.push(
      `<text class="band-name" transform="translate(${s.internet.w / 2 + 5} 150) rotate(-90)">${html("internet")}</text>`,
    );
  } else {
    out.push(text("band-name", 14, 30, say("internet")));
  }
  // Only in the LAN is there room for a second line.
  out.push(named(s.lan.x + 14, 30, say("lan"), bands.lan, s.lan.w - 30, [""], 18));
  const more = s.moreServices ? widthOf(s.moreServices.words, 13) + 40 : 0;
  out.push(named(s.service.x + 22, 30, say("band.service"), bands.service, s.service.w - 40 - more));
  const [mode, short] = modes[bands.podNetwork] ?? ["", ""];
  const sum = total(s, counts);
  out.push(
    named(
      s.podnet.x + 22,
      s.service.h + 25,
      say("band.pod"),
      bands.pod,
      s.podnet.w - 60,
      sum ? [`${short} · ${sum}`, sum, ""] : s.tracing ? [short, ""] : [mode, short, ""],
    ),
  );
  return out.join("");
}

/** What is said of how pods are joined to the LAN, beside the range of their network: as there is room, and in short. */
const modes: Record<string, [string, string]> = {
  routed: [say("pods.routed"), say("pods.routed-short")],
  overlay: [say("pods.overlay"), say("pods.overlay-short")],
  direct: [say("pods.direct"), say("pods.direct-short")],
  unknown: [say("pods.unknown"), say("pods.unknown")],
  "overlay?": [say("pods.assumed-overlay"), say("pods.assumed")],
  "direct?": [say("pods.assumed-direct"), say("pods.assumed")],
  "routed?": [say("pods.assumed-routed"), say("pods.assumed")],
};

/** Where there are too many to see each, the bands say how many there are. */
function total(s: Scene, counts: Counts | undefined): string {
  if (!counts || s.lanes.every(l => l.node)) return "";
  const failing = s.lanes.reduce((n, l) => n + l.failing, 0);
  const all = say("pods.total", count("count.pod", counts.pods), count("count.node", counts.nodes));
  return failing > 0 ? `${all}, ${count("pods.failing", failing)}` : all;
}

/** A band's name with its range and the longest of the notes for which there is room; where there is none, on a line below. */
function named(
  x: number,
  y: number,
  name: string,
  ranges: string[] | null,
  room: number,
  notes: string[] = [""],
  below = 0,
): string {
  const said = notes.map(words => [first(ranges), words].filter(Boolean).join(" · "));
  const fits = (words: string) => widthOf(name, 17) + 12 + widthOf(words, 13, true) <= room;
  const beside = said.find(fits);
  const range = beside ?? (below > 0 ? said.at(-1)! : "");
  const at = beside === undefined ? `x="${x}" dy="${below}"` : `dx="8"`;
  return `<text class="band-name" x="${x}" y="${y}">${escapeText(name)}<tspan class="range" ${at}>${escapeText(range)}</tspan></text>`;
}

function first(ranges: string[] | null | undefined): string {
  return (ranges ?? [])[0] ?? "";
}

function wall(x: number, top: number, bottom: number): string {
  let d = "";
  for (let y = top + 6; y + 16 <= bottom; y += 26) d += `M${x} ${y}l-9 8 9 8z`;
  return rect("wall", x, top, wallWidth, bottom - top) + path("wall", d);
}

/**
 * The wall between the LAN and the cluster. Where pods are on the LAN it stands before the service network only; where
 * nothing says how they are joined to it, that part of it is open to doubt.
 */
function innerWall(s: Scene, podNetwork: string): string {
  const x = s.wall2;
  if (podNetwork === "routed") return wall(x, 0, s.service.h) + rect("wall", x, s.service.h - 4, s.width - x, 4);
  if (podNetwork !== "unknown" && !podNetwork.endsWith("?")) return wall(x, 0, s.height);
  const out = [
    wall(x, 0, s.service.h),
    rect("wall doubtful", x + 1, s.service.h, wallWidth - 2, s.height - s.service.h),
  ];
  for (let i = 0; i <= s.lanes.length; i++) {
    const above = s.lanes[i - 1];
    const y = above ? above.y + above.h + 4 : s.service.h + 22;
    if (i === 0 || i === s.lanes.length) out.push(text("doubt", x + wallWidth / 2, y + 12, "?"));
  }
  return out.join("");
}

function wire(s: Scene): string {
  let d = `M${s.wire.x} ${s.wire.top}V${s.wire.bottom}`;
  for (const lane of s.lanes) d += `M${s.wire.x} ${lane.rules.y}H${lane.card.x}`;
  for (const b of s.outside) {
    if (b.layer === "lan" && b.what.kind !== "Router") d += `M${s.wire.x} ${b.y + b.h / 2}H${b.x}`;
    if (b.what.kind === "Router" || b.what.kind === "LoadBalancer") {
      const y = b.y + b.h / 2;
      if (b.layer === "internet" || b.what.kind === "Router") d += `M${b.x + b.w - 8} ${y}H${s.wire.x}`;
    }
  }
  for (const b of s.outside) {
    if (b.layer !== "internet") continue;
    if (b.what.kind === "Host" || b.what.kind === "Resolver") d += `M${b.x + b.w} ${b.y + b.h / 2}H${s.internetX}`;
  }
  const far = s.outside.filter(b => b.layer === "internet").map(b => b.y + b.h / 2);
  const router = s.outside.find(b => b.what.kind === "Router");
  if (router && !s.internet.rail) {
    const y = router.y + router.h / 2;
    d += `M${s.internetX} ${Math.min(y, ...far)}V${Math.max(y, ...far)}M${s.internetX} ${y}H${s.wall1}`;
  } else if (far.length > 1) {
    d += `M${s.internetX} ${Math.min(...far)}V${Math.max(...far)}`;
  }
  return path("wire", d);
}
