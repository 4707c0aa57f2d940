// The small shapes: states of pods, gates, funnels, badges. All return SVG markup; colours come from classes.

import { escapeText, type PodShape, widthOf } from "../text.ts";

/** A text with its class. Everything that comes from a cluster passes here and is escaped. */
export function text(cls: string, x: number, y: number, words: string): string {
  return `<text class="${cls}" x="${r(x)}" y="${r(y)}">${escapeText(words)}</text>`;
}

export function rect(cls: string, x: number, y: number, w: number, h: number, radius = 0): string {
  return `<rect class="${cls}" x="${r(x)}" y="${r(y)}" width="${r(w)}" height="${r(h)}" rx="${radius}"/>`;
}

export function path(cls: string, d: string): string {
  return `<path class="${cls}" d="${d}"/>`;
}

export function r(v: number): number {
  return Math.round(v * 10) / 10;
}

/** The state of a pod by shape: full, hollow, ticked, exclaimed, an hourglass. */
export function stateMark(shape: PodShape, x: number, y: number): string {
  switch (shape) {
    case "ready":
      return `<circle class="mark solid" cx="${x}" cy="${y}" r="5"/>`;
    case "not-ready":
      return `<circle class="mark hollow" cx="${x}" cy="${y}" r="4.4"/>`;
    case "done":
      return path("mark stroke", `M${x - 5} ${y}l3.5 4 6.5 -8`);
    case "failing":
      return `${path("mark failing", `M${x} ${y - 7}l7 12.5h-14z`)}${path("mark bang", `M${x} ${y - 2.5}v4M${x} ${y + 3.4}v.6`)}`;
    case "pending":
      return hourglass(x, y);
  }
}

export function hourglass(x: number, y: number): string {
  return path("mark glass", `M${x - 4.5} ${y - 6}h9l-9 12h9z`);
}

/** A pill with words at the right end of something; its box ends at x. */
export function badge(cls: string, x: number, y: number, words: string): string {
  const w = badgeWidth(words);
  return `<g class="badge ${cls}">${rect("pill", x - w, y, w, 20, 10)}${text("badge-text", x - w / 2, y + 14, words)}</g>`;
}

export function badgeWidth(words: string): number {
  return Math.max(22, widthOf(words, 12) + 16);
}

export function glassBadge(x: number, y: number): string {
  return `<g class="badge trouble">${rect("pill", x - 24, y, 24, 20, 10)}${hourglass(x - 12, y + 10)}</g>`;
}

/** A gate on a pod's edge; closed has a cross, one that nobody enforces is hatched. Its middle is at x. */
export function gate(cls: string, x: number, y: number, h: number): string {
  const hatching = () => {
    let d = "";
    for (let at = y + 8; at < y + h - 2; at += 7) d += `M${x - 6} ${at}l12 -7`;
    return d;
  };
  const bars = cls.includes("closed")
    ? path("gate-x", `M${x - 3.6} ${y + h / 2 - 7}l7.2 14M${x + 3.6} ${y + h / 2 - 7}l-7.2 14`)
    : cls.includes("unenforced")
      ? path("gate-hatch", hatching())
      : path("gate-bars", `M${x} ${y + 7}v${h / 2 - 11}M${x} ${y + h / 2 + 4}v${h / 2 - 11}`);
  return `<g class="gate ${cls}">${rect("gate-box", x - 6, y, 12, h, 3)}${bars}</g>`;
}

/** The mark of a policy for the whole cluster, on a gate. */
export function shield(x: number, y: number): string {
  return path("shield", `M${x - 7.5} ${y - 8}q7.5 -0.5 7.5 -2.5q0 2 7.5 2.5q0.5 12 -7.5 17q-8 -5 -7.5 -17z`);
}

/** An open book: whoever answers for names. */
export function book(x: number, y: number): string {
  const page =
    "c3 -1.6 6 -1.6 7.5 1 1.5 -2.6 4.5 -2.6 7.5 -1v11c-3 -1.6 -6 -1.6 -7.5 1 -1.5 -2.6 -4.5 -2.6 -7.5 -1zm7.5 1v11";
  return path("mark stroke thin", `M${x} ${y + 1}${page}`);
}

export function funnel(x: number, y: number): string {
  return path("mark stroke", `M${x - 6} ${y - 5}h12l-4.6 5.6v5l-2.8 -1.6v-3.4z`);
}

export function hexagon(x: number, y: number, w: number, h: number, d = 0): string {
  const a = 16 + d * 0.5;
  const x0 = x - d;
  const x1 = x + w + d;
  const y0 = y - d;
  const y1 = y + h + d;
  const m = y + h / 2;
  return `M${r(x0)} ${r(m)}L${r(x0 + a)} ${r(y0)}H${r(x1 - a)}L${r(x1)} ${r(m)}L${r(x1 - a)} ${r(y1)}H${r(x0 + a)}Z`;
}
