// Pods that are cells are drawn on a canvas: one element stands for the cell that has the focus, with its name, and goes
// from cell to cell.

import type { LaneBox, Rect, Scene } from "../layout/scene.ts";
import { nearest, type Place } from "../neighbours.ts";
import type { Pod } from "../store.ts";
import { fit, podWords, shortPod, widthOf } from "../text.ts";
import { cellBox, cellsOf, columnsOf } from "./cells.ts";
import { rect, text } from "./marks.ts";
import { svg } from "./svg.ts";

export type Field = NonNullable<LaneBox["field"]>;

/** Where a pod's cell is. */
export interface Cell {
  field: Field;
  at: number;
  pod: Pod;
}

/** The cell of a pod; null where it is none. */
export function cellOf(scene: Scene, key: string): Cell | null {
  for (const { field } of scene.lanes) {
    const at = field ? cellsOf(field).findIndex(p => p.key === key) : -1;
    if (field && at >= 0) return { field, at, pod: cellsOf(field)[at]! };
  }
  return null;
}

/** A field as one thing among others: it has all the height of its lane. */
function extent(field: Field): Place {
  const columns = columnsOf(field);
  const n = field.pods.length;
  const w = Math.min(n, columns) * field.cell;
  return { key: fieldKey, x: field.x, y: field.y, w, h: Math.max(field.h, Math.ceil(n / columns) * field.cell) };
}

const fieldKey = "Field/";

/**
 * Where an arrow leads, from a thing or from a cell: to a neighbour within the field, from a field to what stands beside it,
 * from a thing to the nearest cell of a field.
 */
export function next(scene: Scene, things: Place[], from: string, dx: number, dy: number): string | null {
  const fields = scene.lanes.flatMap(l => (l.field && l.field.pods.length > 0 ? [l.field] : []));
  const cell = things.some(p => p.key === from) ? null : cellOf(scene, from);
  if (cell) {
    const within = neighbour(cell, dx, dy);
    if (within) return within;
  }
  const start = cell ? { key: from, ...cellBox(cell.field, cell.at) } : things.find(p => p.key === from);
  if (!start) return null;
  const others = fields.filter(f => f !== cell?.field);
  // Beside a cell is what is beside its whole field.
  const self = cell ? besides(start, extent(cell.field), dx) : start;
  const places = [
    ...things.filter(p => p.key !== from),
    ...others.map((f, i) => ({ ...extent(f), key: `${fieldKey}${i}` })),
  ];
  // Above and below a field is not its own node, which stands beside it.
  const column = cell && dy ? places.filter(p => p.x + p.w > cell.field.x) : places;
  const to = nearest([...column, self], self.key, dx, dy) ?? nearest([...places, self], self.key, dx, dy);
  if (!to?.startsWith(fieldKey)) return to;
  return entry(others[Number(to.slice(fieldKey.length))]!, start, dx, dy);
}

/** A cell as wide as its field where the way leads sideways, as high as it is where it leads up or down. */
function besides(cell: Place, field: Place, dx: number): Place {
  return dx ? { ...cell, x: field.x, w: field.w } : { ...cell, y: field.y, h: field.h };
}

function neighbour({ field, at }: Cell, dx: number, dy: number): string | undefined {
  const columns = columnsOf(field);
  const column = at % columns;
  if (dx && (column + dx < 0 || column + dx >= columns)) return undefined;
  return cellsOf(field)[at + dx + dy * columns]?.key;
}

/** The cell of a field nearest to where somebody comes from. */
function entry(field: Field, from: Rect, dx: number, dy: number): string | null {
  const columns = columnsOf(field);
  const pods = cellsOf(field);
  const rows = Math.ceil(pods.length / columns);
  const to = (v: number, most: number) => Math.max(0, Math.min(most - 1, Math.floor(v)));
  const x = to((from.x + from.w / 2 - field.x) / field.cell, Math.min(columns, pods.length));
  const y = to((from.y + from.h / 2 - field.y) / field.cell, rows);
  const row = dy > 0 ? 0 : dy < 0 ? rows - 1 : y;
  const column = dx > 0 ? 0 : dx < 0 ? columns - 1 : x;
  return pods[Math.min(row * columns + column, pods.length - 1)]?.key ?? null;
}

export class Cursor {
  readonly el = svg("svg", "picture cursor");
  private readonly button = svg("rect", "hit");
  private readonly drawing = svg("g", "drawing");
  private key = "";

  constructor() {
    this.button.setAttribute("role", "button");
    this.button.setAttribute("tabindex", "-1");
    this.drawing.setAttribute("aria-hidden", "true");
    this.el.append(this.drawing, this.button);
    this.el.toggleAttribute("hidden", true);
  }

  get on(): string {
    return this.key;
  }

  get focused(): boolean {
    return document.activeElement === this.button;
  }

  /** Stands for a cell. */
  place(scene: Scene, { field, at, pod }: Cell): void {
    const b = cellBox(field, at);
    this.key = pod.key;
    this.el.toggleAttribute("hidden", false);
    this.el.setAttribute("viewBox", `0 0 ${scene.width} ${scene.height}`);
    this.el.setAttribute("width", String(scene.width));
    this.el.setAttribute("height", String(scene.height));
    this.button.dataset.id = pod.key;
    this.button.setAttribute("aria-label", podWords(pod));
    // A cell is small: what can be pressed in its place is not (WCAG 2.5.8).
    const size = Math.max(24, b.w + 6);
    const [x0, y0] = [b.x + (b.w - size) / 2, b.y + (b.h - size) / 2];
    for (const [name, v] of Object.entries({ x: x0, y: y0, width: size, height: size }))
      this.button.setAttribute(name, String(v));
    const name = shortPod(pod.name, pod.class.ownerKind, pod.class.ownerName);
    const shown = fit(pod.ip ? `${name} · ${pod.ip}` : name, 300, 14);
    const w = widthOf(shown, 14) + 20;
    const x = Math.max(4, Math.min(b.x - 8, scene.width - w - 8));
    const above = b.y - 40 > scene.service.h;
    const y = above ? b.y - 36 : b.y + b.h + 10;
    this.drawing.innerHTML =
      rect("cursor-ring", b.x - 4, b.y - 4, b.w + 8, b.h + 8, 3) +
      rect("cursor-plate", x, y, w, 26, 6) +
      text("cursor-text", x + 10, y + 18, shown);
  }

  focus(): void {
    this.button.setAttribute("tabindex", "0");
    this.button.focus({ preventScroll: true });
  }

  /** Nothing is under it any more. */
  leave(): void {
    this.key = "";
    this.button.setAttribute("tabindex", "-1");
    this.el.toggleAttribute("hidden", true);
  }
}
