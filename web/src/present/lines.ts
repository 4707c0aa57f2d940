// At most fourteen lines of text are on a projector at a time: more is not read. What this step does not need is folded
// away, the least telling first, the same at each visit of a step.

import { shorten } from "./words.ts";

const most = 14;

/** What may go, in this order. Addresses of what the step is about, and names, stay longest. */
const folds = [
  ".bystanders, .bystanders *, .p-things > .label, .p-things .node .label",
  ".p-ground .addr",
  ".p-things > :not(.now, .told) .addr:not(.won)",
  ".p-table tr:not(.changed, .fails):has(.same)",
  ".p-ground .end",
  ".p-things > :not(.now) .addr",
  ".p-notes .share, .p-notes .share *",
  ".p-more",
  ".p-ground .band-name",
  ".p-things > :not(.now, .lit) .name",
];

/** Folds what is too much of a lesson. */
export function foldLines(root: HTMLElement): void {
  for (const el of root.querySelectorAll(".p-folded")) el.classList.remove("p-folded");
  const more = root.querySelector<HTMLElement>(".p-more");
  if (more?.title) {
    more.textContent = more.title;
    more.title = "";
  }
  for (const selector of folds) {
    if (linesOf(root) <= most) return;
    if (selector === ".p-more" && more) toOneLine(more);
    else for (const el of root.querySelectorAll(selector)) el.classList.add("p-folded");
  }
}

/** What is under the sentence, in one line; pointing at it tells the rest. */
function toOneLine(el: HTMLElement): void {
  const words = el.textContent ?? "";
  const high = Number.parseFloat(getComputedStyle(el).fontSize) * 2;
  for (let n = words.length - 4; n > 24 && el.offsetHeight > high; n -= 4) {
    el.textContent = shorten(words, n);
    el.title = words;
  }
}

/** How many lines of text are seen: what stands beside each other, or nearly so, is one. */
export function linesOf(root: HTMLElement): number {
  const small = Number.parseFloat(getComputedStyle(root).fontSize) * 0.9;
  const middles: number[] = [];
  const walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  const panel = root.querySelector<HTMLElement>("#room-asked:not([hidden])")?.getBoundingClientRect();
  for (let n = walk.nextNode(); n; n = walk.nextNode()) {
    if (!n.nodeValue?.trim() || n.parentElement?.closest(".p-folded, .p-packet, [hidden]")) continue;
    range.selectNodeContents(n);
    for (const r of range.getClientRects()) {
      const x = r.left + r.width / 2;
      const y = r.top + r.height / 2;
      // What lies under the question of a room is not read.
      const under =
        panel &&
        n.parentElement?.closest(".p-map") &&
        x > panel.left &&
        x < panel.right &&
        y < panel.bottom &&
        y > panel.top;
      if (r.width >= 1 && !under) middles.push(y);
    }
  }
  middles.sort((a, b) => a - b);
  let lines = 0;
  let last = Number.NEGATIVE_INFINITY;
  for (const y of middles) {
    if (y - last <= small) continue;
    lines++;
    last = y;
  }
  return lines;
}
