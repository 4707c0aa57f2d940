// A layer to draw on, above everything: lines by hand, and arrows with Shift or the arrow's button. It stays until it is
// cleared; it is nobody's data.

import { make } from "../dom.ts";
import { svg } from "../draw/svg.ts";
import type { Point } from "../geometry.ts";
import { html, say } from "../words.ts";

export class Pen {
  readonly el = make("div", "p-pen");
  on = false;
  private readonly paper = svg("svg", "p-paper");
  private arrows = false;
  private line: SVGPathElement[] = [];
  private points: Point[] = [];

  constructor(done: () => void) {
    const tools = make("div", "p-tools");
    tools.setAttribute("role", "toolbar");
    tools.setAttribute("aria-label", say("pen.drawing"));
    tools.innerHTML =
      `<button type="button" data-pen="line" aria-pressed="true">${html("pen.line")}</button><button type="button" data-pen="arrow" aria-pressed="false">${html("pen.arrow")}</button>` +
      `<button type="button" data-pen="clear">${html("pen.clear")}</button><button type="button" data-pen="done">${html("pen.done")}</button>`;
    this.paper.setAttribute("aria-hidden", "true");
    this.el.setAttribute("role", "region");
    this.el.setAttribute("aria-label", say("pen.drawing"));
    this.el.append(this.paper, tools);
    tools.addEventListener("click", e => {
      const what = (e.target as Element).closest<HTMLElement>("[data-pen]")?.dataset.pen;
      if (what === "clear") this.clear();
      else if (what === "done") done();
      else if (what) {
        this.arrows = what === "arrow";
        for (const b of tools.querySelectorAll<HTMLElement>("[aria-pressed]"))
          b.setAttribute("aria-pressed", String(b.dataset.pen === what));
      }
    });
    this.paper.addEventListener("pointerdown", e => this.begin(e));
    this.paper.addEventListener("pointermove", e => this.go(e));
    for (const end of ["pointerup", "pointercancel"] as const) this.paper.addEventListener(end, () => this.end());
    this.show(false);
  }

  show(on: boolean): void {
    this.on = on;
    this.el.classList.toggle("on", on);
    this.el.querySelector<HTMLElement>(".p-tools")!.hidden = !on;
    this.end();
  }

  clear(): void {
    this.paper.replaceChildren();
    this.line = [];
  }

  private begin(e: PointerEvent): void {
    if (!this.on || e.button !== 0) return;
    this.paper.setPointerCapture(e.pointerId);
    this.points = [{ x: e.offsetX, y: e.offsetY }];
    this.line = [svg("path", "p-stroke casing"), svg("path", "p-stroke")];
    this.line[1]!.dataset.arrow = String(this.arrows || e.shiftKey);
    this.paper.append(...this.line);
  }

  private go(e: PointerEvent): void {
    const first = this.points[0];
    if (!first) return;
    const at = { x: e.offsetX, y: e.offsetY };
    const arrow = this.line[1]?.dataset.arrow === "true";
    this.points = arrow ? [first, at] : [...this.points, at];
    const d = stroke(this.points, arrow);
    for (const l of this.line) l.setAttribute("d", d);
  }

  private end(): void {
    this.points = [];
  }
}

/** The path of a line, with a head at its end if it is an arrow. */
export function stroke(points: Point[], arrow: boolean): string {
  const n = (v: number) => Math.round(v);
  const d = points.map((p, i) => `${i ? "L" : "M"}${n(p.x)} ${n(p.y)}`).join("");
  const a = points[0];
  const b = points.at(-1);
  if (!arrow || !a || !b || a === b) return d;
  const angle = Math.atan2(b.y - a.y, b.x - a.x);
  const barb = (turn: number) =>
    `M${n(b.x)} ${n(b.y)}l${n(26 * Math.cos(angle + turn))} ${n(26 * Math.sin(angle + turn))}`;
  return d + barb(Math.PI * 0.82) + barb(-Math.PI * 0.82);
}
