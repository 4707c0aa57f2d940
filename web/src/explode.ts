// What a node and a home router are: several devices in one box, taken apart.

import { path, rect, text } from "./draw/marks.ts";
import { escapeText } from "./text.ts";
import { say } from "./words.ts";

interface Part {
  title: string;
  words: string;
}

const boxes: Record<string, { title: string; parts: Part[] }> = {
  Node: {
    title: say("explode.node"),
    parts: [
      { title: say("explode.part-router"), words: say("explode.node-router") },
      { title: say("explode.part-switch"), words: say("explode.node-switch") },
      { title: say("explode.part-computer"), words: say("explode.node-computer") },
    ],
  },
  Router: {
    title: say("explode.router"),
    parts: [
      { title: say("explode.part-router"), words: say("explode.router-router") },
      { title: say("explode.part-pat"), words: say("explode.router-pat") },
      { title: say("explode.part-switch"), words: say("explode.router-switch") },
    ],
  },
};

const width = 350;
const rowH = 36;

/** The drawing for a kind of thing; empty for those that are one thing. */
export function explosion(kind: string): string {
  const it = boxes[kind];
  if (!it) return "";
  const high = it.parts.length * (rowH + 8);
  const drawn = it.parts.map((p, i) => {
    const y = i * (rowH + 8) + 2;
    const mid = y + rowH / 2;
    return (
      path("explode-wire", `M6 ${mid}H20`) +
      rect("explode-part", 20, y, width - 22, rowH, 8) +
      text("explode-title", 32, mid + 4.5, p.title) +
      text("explode-text", 108, mid + 4.5, p.words)
    );
  });
  const wire = path("explode-wire", `M6 ${2 + rowH / 2}V${high - 6 - rowH / 2}`);
  const said = it.parts.map(p => `${p.title}: ${p.words}`).join("; ");
  return `<figure class="explode"><figcaption>${escapeText(it.title)}</figcaption><svg viewBox="0 0 ${width} ${high}" role="img" aria-label="${escapeText(said)}">${wire}${drawn.join("")}</svg></figure>`;
}
