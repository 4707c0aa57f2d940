// Keeps a layer of SVG groups equal to a list: each item has a key, its markup, and its place. What did not change is
// not touched, so that focus, hover and the browser's own caches stay.

const ns = "http://www.w3.org/2000/svg";

export interface Item {
  key: string;
  /** Class of the group. */
  cls: string;
  x: number;
  y: number;
  /** Size of what can be picked. */
  w: number;
  h: number;
  markup: string;
  /** What assistive technology says; items with a label can be picked. */
  label: string;
}

interface Kept {
  el: SVGGElement;
  /** Has the name and the focus; the drawing says nothing of its own to assistive technology. */
  button: SVGRectElement;
  drawing: SVGGElement;
  item: Item;
}

export function svg<K extends keyof SVGElementTagNameMap>(name: K, cls: string): SVGElementTagNameMap[K] {
  const el = document.createElementNS(ns, name);
  el.setAttribute("class", cls);
  return el;
}

export class Layer {
  readonly el: SVGGElement;
  private readonly kept = new Map<string, Kept>();
  private fresh = true;

  constructor(parent: Element, cls: string) {
    this.el = svg("g", cls);
    parent.append(this.el);
  }

  /**
   * Shows exactly these items, but adds no more newcomers than told: the others come when it is called again. Returns whether
   * all are there. Newcomers fade in, except in the first picture.
   */
  show(items: Item[], most = Number.POSITIVE_INFINITY): boolean {
    const seen = new Set<string>();
    let room = most;
    for (const item of items) {
      const kept = this.kept.get(item.key);
      if (!kept && room-- <= 0) continue;
      seen.add(item.key);
      if (kept) this.update(kept, item);
      else this.add(item);
    }
    for (const [key, kept] of this.kept) {
      if (seen.has(key)) continue;
      kept.el.remove();
      this.kept.delete(key);
    }
    const whole = room >= 0;
    this.fresh = items.length === 0 || (this.fresh && !whole);
    return whole;
  }

  /** What takes the focus of a thing. */
  get(key: string): SVGElement | undefined {
    return this.kept.get(key)?.button;
  }

  at(key: string): Item | undefined {
    return this.kept.get(key)?.item;
  }

  /** Where things are that can be picked. */
  *boxes(): Iterable<Item> {
    for (const { item } of this.kept.values()) yield item;
  }

  get size(): number {
    return this.kept.size;
  }

  private add(item: Item): void {
    const el = svg("g", this.fresh ? item.cls : `${item.cls} arriving`);
    if (!this.fresh) el.addEventListener("animationend", () => el.classList.remove("arriving"), { once: true });
    el.dataset.id = item.key;
    el.setAttribute("transform", `translate(${item.x} ${item.y})`);
    const button = svg("rect", "hit");
    const drawing = svg("g", "drawing");
    drawing.setAttribute("aria-hidden", "true");
    button.setAttribute("role", "button");
    button.setAttribute("tabindex", "-1");
    el.append(button, drawing);
    const kept = { el, button, drawing, item };
    fillIn(kept);
    this.el.append(el);
    this.kept.set(item.key, kept);
  }

  private update(kept: Kept, item: Item): void {
    const { el, item: old } = kept;
    if (old.cls !== item.cls) el.setAttribute("class", item.cls);
    if (old.x !== item.x || old.y !== item.y) el.setAttribute("transform", `translate(${item.x} ${item.y})`);
    kept.item = item;
    if (old.markup !== item.markup || old.label !== item.label || old.w !== item.w || old.h !== item.h) fillIn(kept);
  }
}

function fillIn({ button, drawing, item }: Kept): void {
  // What is drawn small is picked in no less than 24 px (WCAG 2.5.8).
  for (const [size, at, of] of [
    ["width", "x", item.w],
    ["height", "y", item.h],
  ] as const) {
    const room = Math.max(of, 24);
    button.setAttribute(size, String(room));
    button.setAttribute(at, String((of - room) / 2));
  }
  button.setAttribute("aria-label", item.label);
  drawing.innerHTML = item.markup;
}
