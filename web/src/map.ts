// The map on the page: a stage that scrolls, the SVG of things, the canvas of cells, the overlay; picking by mouse, touch
// and keyboard. One tab stop; arrows go to the nearest thing in their direction.

import { make } from "./dom.ts";
import { bandsMarkup } from "./draw/bands.ts";
import { cellAt, cellBox, drawCells, type Palette } from "./draw/cells.ts";
import { Cursor, cellOf, next } from "./draw/cursor.ts";
import { path, text } from "./draw/marks.ts";
import { Layer, svg } from "./draw/svg.ts";
import { items, type Looks } from "./draw/things.ts";
import type { Rect, Scene } from "./layout/scene.ts";
import type { Store } from "./store.ts";
import { escapeText, widthOf } from "./text.ts";
import { html, say } from "./words.ts";

/** So many things are put on the map in one frame: a frame that lays out more is too long on a slow computer. */
const most = 40;

export interface MapEvents {
  pick(key: string, e: Event): void;
  /** Somebody points at a thing, or at nothing. */
  point(key: string): void;
  more(): void;
  /** A click on the ground. */
  ground(): void;
  /** Another part of the stage is in sight. */
  scrolled(): void;
}

export class MapView {
  readonly overlay = svg("svg", "overlay");
  private readonly stage = make("div", "stage");
  private readonly canvas = make("canvas", "cells");
  private readonly picture = svg("svg", "picture");
  private readonly ground = svg("g", "ground");
  private readonly links = svg("g", "links");
  private readonly layer: Layer;
  private readonly extra = svg("g", "extra");
  private readonly cursor = new Cursor();
  private readonly ring = svg("rect", "focus-ring");
  private groundMarkup = "";
  private focused = "";
  private scene: Scene | null = null;
  /** Where the window is on the stage, as it was last seen: to ask the browser is to have it lay out the page. */
  private readonly sight = { x: 0, y: 0, w: 0, h: 0 };
  private field: { palette: Palette; lit: Set<string> } | null = null;

  constructor(
    readonly el: HTMLElement,
    private readonly events: MapEvents,
  ) {
    this.picture.append(this.ground, this.links);
    this.layer = new Layer(this.picture, "things");
    this.picture.append(this.extra, this.ring);
    this.picture.setAttribute("role", "group");
    this.picture.setAttribute("aria-label", say("map.how"));
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", say("map.cells"));
    this.overlay.setAttribute("aria-hidden", "true");
    this.stage.append(this.picture, this.canvas, this.overlay, this.cursor.el);
    el.append(this.stage);
    el.addEventListener(
      "scroll",
      () => {
        this.sight.x = el.scrollLeft;
        this.sight.y = el.scrollTop;
        events.scrolled();
      },
      { passive: true },
    );
    this.picture.addEventListener("click", e => this.click(e));
    this.picture.addEventListener("pointerover", e => events.point(keyAt(e.target) ?? ""));
    this.picture.addEventListener("pointerleave", () => events.point(""));
    for (const el of [this.picture, this.cursor.el]) el.addEventListener("keydown", e => this.key(e));
    this.cursor.el.addEventListener("focusin", () => this.focus(this.cursor.on));
    this.cursor.el.addEventListener("focusout", () => this.cursor.el.classList.remove("on"));
    this.picture.addEventListener("focusin", e => this.focus(keyAt(e.target) ?? ""));
    this.picture.addEventListener("focusout", () => this.ring.classList.remove("on"));
  }

  /** What there is room for. A map that is folded away is laid out all the same, since a trace's ways come from it. */
  get size(): { width: number; height: number } {
    this.sight.w = this.el.clientWidth;
    this.sight.h = this.el.clientHeight;
    return { width: this.sight.w || 390, height: this.sight.h || 420 };
  }

  get drawn(): number {
    return this.layer.size;
  }

  /** Draws a scene, in several calls where many things are new. Returns whether all of it is drawn. */
  draw(scene: Scene, store: Store, looks: Looks, palette: Palette): boolean {
    this.scene = scene;
    const { width, height } = scene;
    for (const el of [this.picture, this.overlay]) {
      el.setAttribute("viewBox", `0 0 ${width} ${height}`);
      el.setAttribute("width", String(width));
      el.setAttribute("height", String(height));
    }
    this.stage.style.width = `${width}px`;
    this.stage.style.height = `${height}px`;
    this.el.classList.toggle("tracing", scene.tracing);
    const ground = bandsMarkup(scene, store.bands, store.status?.counts);
    if (ground !== this.groundMarkup) {
      this.groundMarkup = ground;
      this.ground.innerHTML = ground;
    }
    const whole = this.layer.show(items(scene, store, looks), most);
    if (this.ring.classList.contains("on")) this.focus(this.focused); // it may stand elsewhere now
    this.extra.innerHTML = moreMarkup(scene) + emptyMarkup(scene, store);
    if (whole) this.follow();
    this.field = { palette, lit: new Set([...looks.classes.keys(), ...looks.ends]) };
    this.cells();
    this.tabStop();
    return whole;
  }

  /** The canvas is as large as the window and follows it: the stage may be many times larger. */
  cells(): void {
    const { scene, field, el, sight: at } = this;
    const some = scene?.lanes.some(l => l.field) ?? false;
    this.canvas.hidden = !some;
    if (!some || !scene || !field) return;
    const ratio = Math.min(2, window.devicePixelRatio || 1);
    const sight = {
      x: at.x,
      y: at.y,
      w: Math.min(at.w || el.clientWidth, scene.width),
      h: Math.min(at.h || el.clientHeight, scene.height),
    };
    const w = Math.round(sight.w * ratio);
    const h = Math.round(sight.h * ratio);
    if (this.canvas.width !== w || this.canvas.height !== h) {
      this.canvas.width = w;
      this.canvas.height = h;
      this.canvas.style.width = `${sight.w}px`;
      this.canvas.style.height = `${sight.h}px`;
    }
    this.canvas.style.left = `${sight.x}px`;
    this.canvas.style.top = `${sight.y}px`;
    const brush = this.canvas.getContext("2d");
    if (brush) drawCells(brush, scene, field.palette, field.lit, ratio, sight);
  }

  recolour(palette: Palette): void {
    if (this.field) this.field.palette = palette;
    this.cells();
  }

  /** The thing nearest to a point of the window, and where it is from there: what stays when all is laid out anew. */
  nearestTo(clientX: number, clientY: number): { key: string; x: number; y: number } | null {
    const at = this.stage.getBoundingClientRect();
    let best: { key: string; x: number; y: number } | null = null;
    let least = Number.POSITIVE_INFINITY;
    for (const [key, b] of this.scene?.byKey ?? []) {
      const x = at.left + b.x + b.w / 2;
      const y = at.top + b.y + b.h / 2;
      const d = Math.hypot(x - clientX, y - clientY);
      if (d < least) {
        least = d;
        best = { key, x, y };
      }
    }
    return best;
  }

  /** Scrolls so that a thing is at a point of the window again. */
  bring(anchor: { key: string; x: number; y: number }): void {
    const b = this.scene?.byKey.get(anchor.key);
    if (!b) return;
    const at = this.stage.getBoundingClientRect();
    this.el.scrollBy(at.left + b.x + b.w / 2 - anchor.x, at.top + b.y + b.h / 2 - anchor.y);
  }

  /** Fine lines from one box to others: the endpoints of a service, the backends of an ingress. */
  connect(from: Rect | undefined, to: { box: Rect; ready: boolean }[]): void {
    if (!from) {
      this.links.replaceChildren();
      return;
    }
    const x = from.x + from.w / 2;
    const y = from.y + from.h;
    this.links.innerHTML = to
      .map(({ box, ready }) => {
        const tx = box.x + box.w / 2;
        const ty = box.y > y ? box.y : box.y + box.h / 2;
        const mid = (y + ty) / 2;
        return path(ready ? "link" : "link unready", `M${x} ${y}C${x} ${mid} ${tx} ${mid} ${tx} ${ty}`);
      })
      .join("");
  }

  /** Brings a place of the stage into sight, without moving the map for what is in sight already. */
  reveal(x: number, y: number): void {
    const { el } = this;
    const margin = 60;
    let { scrollLeft: left, scrollTop: top } = el;
    if (x < left + margin) left = x - margin * 2;
    if (x > left + el.clientWidth - margin) left = x - el.clientWidth + margin * 2;
    if (y < top + margin) top = y - margin * 2;
    if (y > top + el.clientHeight - margin) top = y - el.clientHeight + margin * 2;
    if (left !== el.scrollLeft || top !== el.scrollTop) el.scrollTo(Math.max(0, left), Math.max(0, top));
  }

  focusOn(key: string): void {
    const el = this.layer.get(key);
    const cell = !el && this.scene ? cellOf(this.scene, key) : null;
    if (cell && this.scene) {
      const box = cellBox(cell.field, cell.at);
      this.reveal(box.x, box.y);
      this.cursor.place(this.scene, cell);
      this.cursor.focus();
      return;
    }
    const box = this.layer.at(key) ?? this.scene?.byKey.get(key);
    if (box) this.reveal(box.x + box.w / 2, box.y + box.h / 2);
    el?.focus({ preventScroll: true });
  }

  private click(e: Event): void {
    if (this.el.classList.contains("dragging")) return;
    const key = keyAt(e.target);
    if (key) {
      this.events.pick(key, e);
      return;
    }
    if ((e.target as Element).closest(".more")) {
      this.events.more();
      return;
    }
    const { offsetX, offsetY } = e as MouseEvent;
    const pod = this.scene ? cellAt(this.scene, offsetX, offsetY) : undefined;
    if (pod) this.events.pick(pod.key, e);
    else this.events.ground();
  }

  private key(e: KeyboardEvent): void {
    const key = keyAt(e.target);
    if (!key) return;
    const dir = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] }[e.key];
    if (dir) {
      e.preventDefault();
      e.stopPropagation();
      const to = this.scene && next(this.scene, [...this.layer.boxes()], key, dir[0]!, dir[1]!);
      if (to) this.focusOn(to);
    } else if (e.key === "Enter" || e.key === " ") {
      e.preventDefault();
      e.stopPropagation();
      this.events.pick(key, e);
    }
  }

  /** Takes the focus to the thing that was last focused, or to the first one. */
  enter(): void {
    this.focusOn(this.focused);
  }

  /** After a layout the focused cell may be elsewhere, a card, or gone. */
  private follow(): void {
    const { scene, cursor } = this;
    if (!scene || !cursor.on) return;
    const cell = cellOf(scene, cursor.on);
    if (cell) {
      cursor.place(scene, cell);
      return;
    }
    const had = cursor.focused;
    const key = cursor.on;
    cursor.leave();
    if (this.focused === key && !this.layer.get(key)) this.focused = "";
    this.tabStop();
    if (had) this.focusOn(this.focused);
  }

  private focus(key: string): void {
    if (this.focused !== key) {
      this.layer.get(this.focused)?.setAttribute("tabindex", "-1");
      this.focused = key;
      this.layer.get(key)?.setAttribute("tabindex", "0");
    }
    if (key && key === this.cursor.on) {
      this.cursor.el.classList.add("on");
      return;
    }
    const box = this.layer.at(key);
    if (!box) return;
    this.cursor.leave();
    this.ring.classList.add("on");
    this.ring.setAttribute("x", String(box.x - 6));
    this.ring.setAttribute("y", String(box.y - 6));
    this.ring.setAttribute("width", String(box.w + 12));
    this.ring.setAttribute("height", String(box.h + 12));
    this.ring.setAttribute("rx", "12");
  }

  private tabStop(): void {
    if (this.focused && this.focused === this.cursor.on) return;
    let el = this.layer.get(this.focused);
    if (!el) {
      this.focused = this.scene?.lanes[0]?.pods[0]?.key ?? [...(this.scene?.byKey.keys() ?? [])][0] ?? "";
      el = this.layer.get(this.focused);
    }
    el?.setAttribute("tabindex", "0");
  }
}

function keyAt(target: EventTarget | null): string | null {
  return (target as Element | null)?.closest<SVGGElement>("[data-id]")?.dataset.id ?? null;
}

function moreMarkup(scene: Scene): string {
  let out = "";
  const more = scene.moreServices;
  if (more) {
    const { words } = more;
    const w = widthOf(words, 13) + 22;
    out += `<g class="more" transform="translate(${more.x - w} ${more.y - 17})"><rect width="${w}" height="26" rx="6"/><text x="${w / 2}" y="17.5">${escapeText(words)}</text></g>`;
  }
  for (const m of scene.moreOutside) out += text("label", m.x, m.y, m.words);
  return out;
}

/** A map is never blank: it says what is missing and what to do. */
function emptyMarkup(scene: Scene, store: Store): string {
  if (!store.whole || store.pods.size > 0) return "";
  const x = scene.podnet.x + 40;
  const y = scene.podnet.y + 70;
  const words =
    store.nodes.size === 0
      ? html("map.no-nodes")
      : html("map.no-workloads", "kubectl create deployment web --image=nginx");
  return `<text class="empty" x="${x}" y="${y}">${words}</text>`;
}

export type { Looks };
