// The map as one SVG for slides. Classes, variables and the theme are resolved to attributes, since programs that show
// slides know no style sheets; fonts come along; nothing is referred to.

import { type Brush, drawCells, type Palette } from "../draw/cells.ts";
import type { Scene } from "../layout/scene.ts";
import { escapeText } from "../text.ts";
import { paintOf } from "./colour.ts";

export interface Drawing {
  /** The map's element, with its picture, cells and overlay below it. */
  map: Element;
  scene: Scene;
  /** Cells of the field that take part. */
  lit: Set<string>;
  palette: () => Palette;
  title: string;
  description: string;
}

export interface Font {
  family: string;
  weight: string;
}

const shapes = new Set(["path", "rect", "circle", "ellipse", "line", "polyline", "polygon"]);
const kept = new Set([
  ...["d", "x", "y", "x1", "y1", "x2", "y2", "width", "height", "rx", "ry", "r", "cx", "cy", "points", "dx", "dy"],
  "transform",
]);

/** What is drawn unless somebody says otherwise: need not be written. */
const usual: Record<string, string> = {
  opacity: "1",
  "fill-opacity": "1",
  "fill-rule": "nonzero",
  "stroke-opacity": "1",
  "stroke-width": "1px",
  "stroke-dasharray": "none",
  "stroke-linecap": "butt",
  "stroke-linejoin": "miter",
  "paint-order": "normal",
  "font-style": "normal",
  "letter-spacing": "normal",
  "text-anchor": "start",
  "dominant-baseline": "auto",
  "text-decoration-line": "none",
};
const strokes = ["stroke-opacity", "stroke-width", "stroke-dasharray", "stroke-linecap", "stroke-linejoin"];
const words = ["font-style", "letter-spacing", "text-anchor", "dominant-baseline"];

/** Draws what the map shows, as the light theme has it. `fonts` is filled with what the words need. */
export function drawing(o: Drawing, fonts: Map<string, Font>): string {
  return lit(o.map, () => {
    const { width, height } = o.scene;
    const ground = paintOf(getComputedStyle(o.map).backgroundColor).colour;
    const part = (name: string) => {
      const el = o.map.querySelector(`svg.${name}`);
      return el ? [...el.children].map(c => element(c, fonts)).join("") : "";
    };
    const head = `<title>${escapeText(o.title)}</title><desc>${escapeText(o.description)}</desc>`;
    const paper = `<rect width="${width}" height="${height}" fill="${ground === "none" ? "#ffffff" : ground}"/>`;
    return `${head}${paper}${part("picture")}${cells(o.scene, o.palette(), o.lit)}${part("overlay")}`;
  });
}

/** The whole file. */
export function fileOf(width: number, height: number, faces: string, drawn: string): string {
  const defs = `<defs><style>${faces}text{font-variant-ligatures:none}</style></defs>`;
  // Title and description come first, where programs look for them.
  const at = drawn.indexOf("</desc>") + 7;
  return (
    `<?xml version="1.0" encoding="UTF-8"?>\n` +
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">` +
    `${legal(drawn.slice(0, at))}${defs}${legal(drawn.slice(at))}</svg>\n`
  );
}

/** XML has no place for control characters and halves of letters, however they are written. */
function legal(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu, "");
}

/** Slides are light. Nothing is painted between the two changes, so nobody sees them. */
function lit<T>(map: Element, draw: () => T): T {
  const { dataset } = document.documentElement;
  const before = dataset.theme;
  dataset.theme = "light";
  try {
    // Newcomers that fade in are there already.
    for (const a of map.getAnimations({ subtree: true })) a.finish();
    return draw();
  } finally {
    if (before === undefined) delete dataset.theme;
    else dataset.theme = before;
  }
}

function element(el: Element, fonts: Map<string, Font>): string {
  const name = el.localName;
  const css = getComputedStyle(el);
  if (css.display === "none" || css.visibility === "hidden") return "";
  if (name === "title") return `<title>${escapeText(el.textContent ?? "")}</title>`;
  const shape = shapes.has(name);
  const text = name === "text" || name === "tspan";
  if (!shape && !text && name !== "g" && name !== "svg") return "";
  let attributes = "";
  const say = (key: string, value: string) => {
    attributes += ` ${key}="${escapeText(value)}"`;
  };
  const own = (key: string) => {
    const value = css.getPropertyValue(key);
    if (value !== "" && value !== usual[key]) say(key, value.replace(/px/g, ""));
  };
  for (const a of el.attributes) if (kept.has(a.name) && !(a.name === "r" && shape)) say(a.name, a.value);
  own("opacity");
  if (shape) {
    const fill = paintOf(css.fill);
    const stroke = paintOf(css.stroke);
    if (fill.colour === "none" && stroke.colour === "none") return "";
    if (name === "circle") say("r", css.getPropertyValue("r").replace("px", ""));
    paints(fill, stroke, say);
    own("fill-opacity");
    own("fill-rule");
    if (stroke.colour !== "none") strokes.forEach(own);
  }
  if (text) type(css, fonts, say, own);
  const inner = text
    ? [...el.childNodes]
        .map(n => (n.nodeType === Node.TEXT_NODE ? escapeText(n.nodeValue ?? "") : element(n as Element, fonts)))
        .join("")
    : [...el.children].map(c => element(c, fonts)).join("");
  if (inner === "" && !shape) return "";
  return inner === "" ? `<${name}${attributes}/>` : `<${name}${attributes}>${inner}</${name}>`;
}

type Say = (key: string, value: string) => void;

function paints(fill: ReturnType<typeof paintOf>, stroke: ReturnType<typeof paintOf>, say: Say): void {
  say("fill", fill.colour);
  if (fill.opacity !== 1) say("fill-opacity", String(fill.opacity));
  if (stroke.colour === "none") return;
  say("stroke", stroke.colour);
  if (stroke.opacity !== 1) say("stroke-opacity", String(stroke.opacity));
}

function type(css: CSSStyleDeclaration, fonts: Map<string, Font>, say: Say, own: (key: string) => void): void {
  const fill = paintOf(css.fill);
  const stroke = paintOf(css.stroke);
  paints(fill, stroke, say);
  if (stroke.colour !== "none") {
    strokes.forEach(own);
    own("paint-order");
  }
  say("font-family", css.fontFamily.replace(/"/g, "'"));
  say("font-size", css.fontSize.replace("px", ""));
  if (css.fontWeight !== "400") say("font-weight", css.fontWeight);
  words.forEach(own);
  const line = css.getPropertyValue("text-decoration-line");
  if (line !== "none" && line !== "") say("text-decoration", line);
  const family = css.fontFamily.split(",")[0]!.trim().replace(/["']/g, "");
  fonts.set(`${family} ${css.fontWeight}`, { family, weight: css.fontWeight });
}

/** The field of cells, which the page paints on a canvas: one path a colour. */
function cells(scene: Scene, palette: Palette, lit: Set<string>): string {
  if (!scene.lanes.some(l => l.field)) return "";
  const paths = new Map<string, string>();
  const box = (x: number, y: number, w: number, h: number) => `M${n(x)} ${n(y)}h${n(w)}v${n(h)}h${n(-w)}z`;
  const add = (attributes: string, d: string) => paths.set(attributes, (paths.get(attributes) ?? "") + d);
  const brush: Brush = {
    fillStyle: "",
    strokeStyle: "",
    lineWidth: 1,
    setTransform() {},
    clearRect() {},
    fillRect(x, y, w, h) {
      add(`fill="${this.fillStyle}"`, box(x, y, w, h));
    },
    strokeRect(x, y, w, h) {
      add(`fill="none" stroke="${this.strokeStyle}" stroke-width="${this.lineWidth}"`, box(x, y, w, h));
    },
  };
  drawCells(brush, scene, palette, lit, 1);
  return [...paths].map(([attributes, d]) => `<path ${attributes} d="${d}"/>`).join("");
}

function n(v: number): number {
  return Math.round(v * 10) / 10;
}
