// What can be pointed at in a lesson while a guess is awaited: its things, and the walls.

import { rect } from "../draw/marks.ts";
import { boxOf } from "../predict/pins.ts";
import { placeWords, walls } from "../predict/place.ts";
import { escapeText } from "../text.ts";
import type { Lesson } from "./scene.ts";

/** The attributes that make a thing a button, which is called as it is written and said to be what it is. */
export function pickable(key: string): string {
  return `${button(key)} aria-roledescription="${escapeText(key.split("/")[0]!.toLowerCase())}"`;
}

function button(key: string): string {
  return ` data-id="${escapeText(key)}" role="button" tabindex="0"`;
}

/** The free stretches of the walls. */
export function wallPicks(s: Lesson): string {
  return [walls.internet, walls.cluster]
    .map(key => {
      const box = boxOf(s, key);
      return box
        ? `<g class="wall-place"${button(key)} aria-label="${escapeText(placeWords(key))}">${rect("pick", box.x - 8, box.y, box.w + 16, box.h)}</g>`
        : "";
    })
    .join("");
}
