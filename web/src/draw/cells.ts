// The field of cells: pods that are too many to be cards, one square each, on the canvas above the lanes. State is told
// by shape as well: full, hollow, crossed.

import type { LaneBox, Rect, Scene } from "../layout/scene.ts";
import type { Pod } from "../store.ts";
import { podShape } from "../text.ts";

export interface Palette {
  cell: string;
  ink: string;
  stopped: string;
  attention: string;
  request: string;
}

/** The part of a canvas context that is used, so that tests can record it. */
export type Brush = Pick<
  CanvasRenderingContext2D,
  "fillRect" | "strokeRect" | "clearRect" | "fillStyle" | "strokeStyle" | "lineWidth" | "setTransform"
>;

/** Draws the cells that are in sight: `sight` is the part of the scene that the canvas covers. */
export function drawCells(
  brush: Brush,
  scene: Scene,
  palette: Palette,
  lit: Set<string>,
  ratio: number,
  sight: Rect = { x: 0, y: 0, w: scene.width, h: scene.height },
): void {
  brush.setTransform(ratio, 0, 0, ratio, -sight.x * ratio, -sight.y * ratio);
  brush.clearRect(sight.x, sight.y, sight.w, sight.h);
  for (const { field: f } of scene.lanes) {
    if (!f || f.y > sight.y + sight.h || f.y + f.h < sight.y || f.x > sight.x + sight.w || f.x + f.w < sight.x)
      continue;
    field(brush, f, palette, lit);
  }
}

type Field = NonNullable<LaneBox["field"]>;

const sorted = new WeakMap<Pod[], Pod[]>();

/** The pods of a field in the order of their cells. */
export function cellsOf(f: Field): Pod[] {
  const known = sorted.get(f.pods);
  if (known) return known;
  const list = [...f.pods].sort((a, b) => a.slot - b.slot);
  sorted.set(f.pods, list);
  return list;
}

export function columnsOf(f: Field): number {
  return Math.max(1, Math.floor(f.w / f.cell));
}

export function cellBox(f: Field, at: number): Rect {
  const columns = columnsOf(f);
  return { x: f.x + (at % columns) * f.cell, y: f.y + Math.floor(at / columns) * f.cell, w: f.cell, h: f.cell };
}

function field(brush: Brush, f: Field, palette: Palette, lit: Set<string>): void {
  const columns = columnsOf(f);
  const size = f.cell > 4 ? f.cell - 2 : f.cell - 0.5;
  const pods = cellsOf(f);
  // One colour after the other: changing the fill style is what costs.
  brush.fillStyle = palette.cell;
  const special: [Pod, number][] = [];
  pods.forEach((pod, i) => {
    const shape = podShape(pod.state);
    if (shape !== "ready" || lit.has(pod.key)) special.push([pod, i]);
    else brush.fillRect(f.x + (i % columns) * f.cell, f.y + Math.floor(i / columns) * f.cell, size, size);
  });
  for (const [pod, i] of special) {
    const x = f.x + (i % columns) * f.cell;
    const y = f.y + Math.floor(i / columns) * f.cell;
    const shape = podShape(pod.state);
    if (lit.has(pod.key)) {
      brush.fillStyle = palette.request;
      brush.fillRect(x - 1, y - 1, size + 2, size + 2);
    } else if (shape === "failing") {
      brush.fillStyle = palette.stopped;
      brush.fillRect(x, y, size, size);
    } else if (shape === "done") {
      brush.fillStyle = palette.cell;
      brush.fillRect(x, y + size / 2, size, size / 2);
    } else {
      brush.fillStyle = shape === "pending" ? palette.attention : palette.cell;
      if (shape === "pending") brush.fillRect(x, y, size, size);
      brush.strokeStyle = palette.ink;
      brush.lineWidth = 1;
      brush.strokeRect(x + 0.5, y + 0.5, size - 1, size - 1);
    }
  }
}

/** Which pod's cell is at a point of the stage. */
export function cellAt(scene: Scene, x: number, y: number): Pod | undefined {
  for (const lane of scene.lanes) {
    const f = lane.field;
    if (!f || x < f.x || y < f.y || x > f.x + f.w || y > f.y + f.h) continue;
    const columns = columnsOf(f);
    const column = Math.floor((x - f.x) / f.cell);
    if (column >= columns) return undefined;
    const i = Math.floor((y - f.y) / f.cell) * columns + column;
    return cellsOf(f)[i];
  }
  return undefined;
}
