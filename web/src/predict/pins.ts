// The guess on the map: a pin where somebody pointed, and beside it, once all is over, where it really ended.

import { path, rect, text } from "../draw/marks.ts";
import type { Rect, Scene } from "../layout/scene.ts";
import { wallWidth } from "../layout/scene.ts";
import { widthOf } from "../text.ts";
import { say } from "../words.ts";
import { walls } from "./place.ts";

/** What is asked of a picture: where a thing is, and how large its letters are. */
export interface Pinned {
  scene: Scene;
  letter: number;
}

/** Where a place is on the picture; the walls and doors are found, too. */
export function boxOf(scene: Scene, key: string): Rect | undefined {
  if (key === walls.internet) return scene.internet.rail && scene.wall1 < 0 ? undefined : wallBox(scene, scene.wall1);
  if (key === walls.cluster) return wallBox(scene, scene.wall2);
  if (key.startsWith("Door/")) {
    const [, node, port] = key.split("/");
    const lane = scene.lanes.find(l => l.title === node);
    return lane?.doors.find(d => String(d.door.port) === port) ?? lane?.card;
  }
  return scene.byKey.get(key);
}

/** The longest stretch of a wall on which nothing stands. */
function wallBox(scene: Scene, x: number): Rect {
  const on = [...scene.byKey.values()]
    .filter(b => b.x < x + wallWidth + 4 && b.x + b.w > x - 4)
    .sort((a, b) => a.y - b.y);
  let best = { y: 0, h: 0 };
  let from = 0;
  for (const y of [...on.flatMap(b => [b.y, b.y + b.h]), scene.height]) {
    const within = on.some(b => b.y < (from + y) / 2 && b.y + b.h > (from + y) / 2);
    if (!within && y - from > best.h) best = { y: from, h: y - from };
    from = Math.max(from, y);
  }
  return { x, y: best.y + 6, w: wallWidth, h: Math.max(24, best.h - 12) };
}

/** A plate that points at a thing from above, or from below where there is no room. `place` sets several of one thing apart. */
export function pin(cls: string, words: string, key: string, box: Rect, { scene, letter }: Pinned, place = 0): string {
  const high = Math.round(letter * 1.5);
  const tip = Math.round(letter * 0.5);
  const w = widthOf(words, letter) * 1.06 + letter;
  const shift = place * (w + 8);
  const said = (x: number, y: number) => text("pin-text", x + letter / 2, y + high / 2 + letter * 0.36, words);
  // A node of the desk's map has room below its own words; what stands above it must be read, too.
  if (key.startsWith("Node/") && letter < 20) {
    const x = box.x + 16 + shift;
    const y = box.y + box.h - high - 8;
    return `<g class="pin ${cls}">${rect("pin-box", x, y, w, high, letter * 0.35)}${said(x, y)}</g>`;
  }
  // Services have their numbers at the right, and the first row the name of their network above it.
  const rules = /^(Service|Ingress|Gateway)\//.test(key);
  const corner = rules ? box.x + 26 : box.x + box.w - 14;
  // Nothing that is read stands in the edge that a projector may lose.
  const edgeRoom = letter < 20 ? 4 : 24;
  const left = Math.max(edgeRoom, Math.min(corner - w / 2 - shift, scene.width - w - edgeRoom));
  // What a pod's gates ask for stands on its upper edge.
  const lift = key.startsWith("Pod/") && letter < 20 ? letter * 0.6 : -6;
  const above = box.y - high - tip - lift >= (rules ? letter * 2.6 : 0);
  const y = above ? box.y - high - tip - lift : Math.min(box.y + box.h - 6 + tip, scene.height - high - 2);
  const x = Math.max(left + tip, Math.min(left + w - tip, corner));
  const edge = above ? y + high : y;
  const down = above ? 1 : -1;
  const point = `M${x - tip} ${edge - down}L${x} ${edge + tip * down}L${x + tip} ${edge - down}`;
  return `<g class="pin ${cls}">${path("pin-tip", point)}${rect("pin-box", left, y, w, high, letter * 0.35)}${path("pin-seam", `M${x - tip + 1} ${edge}h${tip * 2 - 2}`)}${said(left, y)}</g>`;
}

/** One guess, or one that several share. */
export interface Said {
  key: string;
  words: string;
  /** It was so: said only once it is over. */
  right: boolean;
}

/** The guesses; at the end the truth beside them, unless a guess stands there and says that it was so. */
export function pins(
  p: Pinned,
  said: Said[],
  truth: { key: string; at: { x: number; y: number } | undefined; stopped: boolean } | null,
): string {
  const on = new Map<string, number>(); // how many stand at a thing already
  const place = (box: Rect) => {
    const at = `${box.x} ${box.y}`;
    const n = on.get(at) ?? 0;
    on.set(at, n + 1);
    return n;
  };
  let out = "";
  for (const s of said) {
    const box = boxOf(p.scene, s.key);
    if (!box) continue;
    const words = s.right ? say("predict.pin-right", s.words) : s.words;
    out += pin(s.right ? "mine right" : "mine", words, s.key, box, p, place(box));
  }
  if (truth && !said.some(s => s.right)) {
    const there = boxOf(p.scene, truth.key) ?? (truth.at ? { ...truth.at, w: 0, h: 0 } : undefined);
    const words = say(truth.stopped ? "predict.stops-here" : "predict.ends-here");
    if (there) out = pin("truth", words, truth.key, there, p, place(there)) + out;
  }
  return out;
}
