// What a node and a home router are: several devices in one box, taken apart.

import { path, rect, text } from "./draw/marks.ts";
import { escapeText } from "./text.ts";

interface Part {
  title: string;
  words: string;
}

const boxes: Record<string, { title: string; parts: Part[] }> = {
  Node: {
    title: "A node is three devices in one",
    parts: [
      { title: "router", words: "in the wall: LAN here, pods there" },
      { title: "switch", words: "joins its pods, addresses of its range" },
      { title: "computer", words: "runs kubelet and the service rules" },
    ],
  },
  Router: {
    title: "A router is several devices in one, as a node is",
    parts: [
      { title: "router", words: "one leg in each of its networks" },
      { title: "PAT", words: "lends its address, and remembers to whom" },
      { title: "switch", words: "joins the machines of one network" },
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
