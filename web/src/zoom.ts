// More room for the map than the window has: with more room there is more detail, and the window looks at a part of it.
// Keys, buttons, Ctrl and the wheel, pinching, and dragging the ground.

import type { MapView } from "./map.ts";

/** How much room there is, as a multiple of the window's. */
export const zooms = [1, 1.5, 2, 3, 4];

export class Zoom {
  level = 0;
  /** What stays under the pointer while everything is laid out anew. */
  private anchor: { key: string; x: number; y: number } | null = null;
  private wheeled = 0;

  constructor(
    private readonly map: MapView,
    private readonly changed: () => void,
  ) {
    map.el.addEventListener("wheel", e => this.wheel(e), { passive: false });
    map.el.addEventListener("pointerdown", e => this.drag(e));
  }

  get factor(): number {
    return zooms[this.level]!;
  }

  /** Goes some levels nearer or further, around a point of the window, or around its middle. */
  step(by: number, clientX?: number, clientY?: number): void {
    const level = Math.max(0, Math.min(zooms.length - 1, this.level + by));
    if (level === this.level) return;
    const frame = this.map.el.getBoundingClientRect();
    const x = clientX ?? frame.left + frame.width / 2;
    const y = clientY ?? frame.top + frame.height / 2;
    this.anchor = this.map.nearestTo(x, y);
    this.level = level;
    this.changed();
  }

  reset(): void {
    this.step(-this.level);
  }

  /** After the layout: what was under the pointer is there again. */
  settle(): void {
    const { anchor } = this;
    this.anchor = null;
    if (anchor) this.map.bring(anchor);
  }

  private wheel(e: WheelEvent): void {
    if (!e.ctrlKey && !e.metaKey) return;
    e.preventDefault();
    this.wheeled += e.deltaY;
    // A pinch comes as many small turns of the wheel.
    if (Math.abs(this.wheeled) < 40) return;
    this.step(this.wheeled < 0 ? 1 : -1, e.clientX, e.clientY);
    this.wheeled = 0;
  }

  private drag(e: PointerEvent): void {
    const { el } = this.map;
    const onThing = (e.target as Element).closest?.("[data-id], .more");
    const scrolls = el.scrollWidth > el.clientWidth || el.scrollHeight > el.clientHeight;
    if (e.button !== 0 || e.pointerType === "touch" || onThing || !scrolls) return;
    const from = { x: e.clientX, y: e.clientY, left: el.scrollLeft, top: el.scrollTop };
    const move = (m: PointerEvent) => {
      if (Math.hypot(m.clientX - from.x, m.clientY - from.y) > 4) el.classList.add("dragging");
      el.scrollTo(from.left - m.clientX + from.x, from.top - m.clientY + from.y);
    };
    const end = () => {
      window.removeEventListener("pointermove", move);
      window.removeEventListener("pointerup", end);
      window.removeEventListener("pointercancel", end);
      // The click that ends a drag is none on the ground.
      setTimeout(() => el.classList.remove("dragging"));
    };
    window.addEventListener("pointermove", move);
    window.addEventListener("pointerup", end);
    window.addEventListener("pointercancel", end);
  }
}
