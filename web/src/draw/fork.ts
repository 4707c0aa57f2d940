// What a what-if adds, changes and removes, drawn on the things themselves: an added one is dashed and has a plus, a
// changed one has a dashed frame and names its field, one that is removed is struck and faded.

import { type Change, changeWords } from "../fork/forked.ts";
import { fit, widthOf } from "../text.ts";
import { say } from "../words.ts";
import { path, rect, text } from "./marks.ts";
import type { Item } from "./svg.ts";

/** By key of the thing, or of a policy, which has no place of its own. */
export type Changes = ReadonlyMap<string, Change>;

/** The sign of a change in a circle around a point. */
export function forkSign(what: Change["what"], x: number, y: number): string {
  const sign = {
    added: `M${x - 4.5} ${y}h9M${x} ${y - 4.5}v9`,
    changed: `M${x} ${y - 5}l5 9h-10z`,
    removed: `M${x - 4} ${y - 4}l8 8m0 -8l-8 8`,
  }[what];
  return `<circle class="fork-sign" cx="${x}" cy="${y}" r="9"/>${path("fork-stroke", sign)}`;
}

/** Sign and words on the upper edge. */
export function forkPlate(what: Change["what"], words: string, x: number, y: number, room: number): string {
  const shown = fit(words, room - 34, 12.5);
  const w = widthOf(shown, 12.5) + 32;
  return rect("fork-plate", x, y, w, 20, 10) + forkSign(what, x + 9, y + 10) + text("fork-text", x + 23, y + 14, shown);
}

/** In the service network badges and the band's name stand above. */
const below = /^(Service|Ingress|Gateway|HTTPRoute|GRPCRoute)\//;

/** Adds to a thing what the what-if does to it. */
export function withFork(item: Item, c: Change | undefined): Item {
  if (!c) return item;
  const { w, h } = item;
  const out = [c.what === "removed" ? "" : rect("fork-frame", -7, -7, w + 14, h + 14, 12), item.markup];
  if (c.what === "removed") out.push(path("fork-strike", `M-4 ${h + 4}L${w + 4} -4`));
  // Small things have no room for words: the line above the map has them.
  if (w < 60) out.push(forkSign(c.what, w, 0));
  else out.push(forkPlate(c.what, changeWords(c), 6, below.test(item.key) ? h - 3 : -19, Math.max(w + 24, 150)));
  return {
    ...item,
    cls: `${item.cls} fork-${c.what}`,
    markup: out.join(""),
    label: say("what-if.label", item.label, changeWords(c)),
  };
}
