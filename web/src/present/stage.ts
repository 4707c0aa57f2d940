// The frame of a lesson on the page: its title, its picture, its drawer, and what lies above them. Everything else of the
// page is hidden meanwhile.

import { fill, make } from "../dom.ts";
import { svg } from "../draw/svg.ts";
import { say } from "../words.ts";
import { Answer } from "./answer.ts";
import { letter } from "./scene.ts";

export class Frame {
  readonly el = make("div", "p-root");
  readonly title = make("p", "p-title");
  readonly waiting = make("button", "p-waiting");
  readonly toast = make("p", "p-toast");
  readonly map = make("div", "p-map");
  readonly answer: Answer;
  private readonly picture = svg("svg", "picture p-picture");
  private readonly layers = {
    ground: svg("g", "p-ground"),
    ahead: svg("g", "p-ahead"),
    things: svg("g", "p-things"),
    trail: svg("g", "p-trail"),
    doors: svg("g", "p-over"),
    notes: svg("g", "p-notes"),
    pins: svg("g", "p-pins"),
    packet: svg("g", "p-packet"),
  };

  constructor(seek: (step: number) => void, menu: () => void) {
    const top = make("header", "p-top");
    const more = make("button", "p-more-button", "⋯");
    more.type = this.waiting.type = "button";
    more.setAttribute("aria-label", say("present.all"));
    more.setAttribute("aria-haspopup", "dialog");
    more.addEventListener("click", menu);
    top.append(this.title, this.waiting, more);
    this.answer = new Answer(seek);
    this.picture.setAttribute("role", "img");
    this.toast.setAttribute("role", "status");
    this.toast.hidden = true;
    for (const g of Object.values(this.layers)) this.picture.append(g);
    this.map.append(this.picture);
    this.el.append(top, this.map, this.answer.el, this.toast);
  }

  /** How much larger than in the scene everything is drawn. */
  get scale(): number {
    return Math.max(letter, window.innerHeight * 0.029) / letter;
  }

  /** The size of the picture in units of the scene. */
  get size(): { width: number; height: number } {
    return { width: this.map.clientWidth / this.scale, height: this.map.clientHeight / this.scale };
  }

  resize(): void {
    const { width, height } = this.size;
    this.picture.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.picture.setAttribute("width", String(this.map.clientWidth));
    this.picture.setAttribute("height", String(this.map.clientHeight));
  }

  say(words: string): void {
    this.picture.setAttribute("aria-label", words);
  }

  /** While somebody may point at things, they are buttons. */
  pickable(on: boolean): void {
    this.picture.setAttribute("role", on ? "group" : "img");
  }

  draw(layer: keyof Frame["layers"], markup: string): void {
    fill(this.layers[layer], markup);
  }

  movePacket(x: number, y: number): void {
    this.layers.packet.setAttribute("transform", `translate(${Math.round(x * 10) / 10} ${Math.round(y * 10) / 10})`);
  }
}
