// Answering by pointing: while a guess is awaited, a thing that is picked on the map is where somebody expects the request
// to end. It can be changed until they play; a class may be guessed beside it.

import type { App } from "../app.ts";
import type { Command } from "../commands.ts";
import { announce } from "../dom.ts";
import type { Item } from "../draw/svg.ts";
import { svg } from "../draw/svg.ts";
import { placed } from "../help.ts";
import type { Scene } from "../layout/scene.ts";
import type { Votes } from "../room/places.ts";
import { keyOf, refOf } from "../trace.ts";
import { say } from "../words.ts";
import { boxOf, pins, type Said } from "./pins.ts";
import { hold, lastOf, placeOf, placeWords, stops, walls } from "./place.ts";

const kinds = new Set([
  "Pod",
  "Node",
  "Door",
  "Service",
  "Ingress",
  "Gateway",
  "Proxy",
  "Host",
  "Resolver",
  "Router",
  "LoadBalancer",
  "Wall",
]);

export class Guessing {
  /** Where the followers of a room expect the end, once that is revealed. */
  votes: Votes = [];
  private readonly layer = svg("g", "pins");

  constructor(private readonly app: App) {
    app.map.overlay.append(this.layer);
  }

  get on(): boolean {
    return this.app.open?.predicting ?? false;
  }

  /** Takes a thing as the guess; the same one once more plays. Returns whether it was one. */
  pick(key: string): boolean {
    const { open } = this.app;
    if (!open?.predicting || !kinds.has(refOf(key).kind)) return false;
    if (open.pointed === key) {
      this.app.guess("");
      return true;
    }
    open.pointed = key;
    announce(`${say("predict.pointed", placeWords(key))} ${say("predict.then")}`);
    this.app.player.seek(0); // tells the drawer and draws the pin
    return true;
  }

  /** What can be pointed at beside the things of the map: the walls. */
  items(scene: Scene): Item[] {
    return [walls.internet, walls.cluster].flatMap(key => {
      const box = boxOf(scene, key);
      if (!box) return [];
      const pointed = this.app.open?.pointed === key ? " selected" : "";
      return [{ ...box, key, cls: `wall-place${pointed}`, markup: "", label: placeWords(key) }];
    });
  }

  /** Draws the pins of the open trace as the step has them. */
  draw(scene: Scene): void {
    this.layer.innerHTML = pinsOf(this.app, scene, 13);
  }

  commands(): Command[] {
    return [
      {
        id: "guess-map",
        ...placed(say("place.guess"), say("command.guess-map")),
        keys: ["m"],
        written: "M",
        when: () => this.on && this.app.map.el.clientWidth > 0 && !this.app.stage,
        run: () => this.toMap(),
      },
    ];
  }

  /** Goes to the map: from there arrows go on. */
  toMap(): void {
    const { open, map } = this.app;
    if (open) map.focusOn(open.pointed || keyOf(open.trace.request.from));
  }
}

/** The pins on any picture of the open trace. */
export function pinsOf(app: App, scene: Scene, letter: number): string {
  const { open, player } = app;
  const { votes } = app.guessing;
  if (!open || (!open.pointed && votes.length === 0)) return "";
  const steps = open.show?.steps ?? [];
  const last = lastOf(steps);
  const cls = open.trace.outcomes[open.outcome]?.class ?? open.trace.verdict.class;
  const over = last !== undefined && !open.predicting && player.step === steps.length - 1;
  const truth = over
    ? { key: placeOf(last), at: open.show?.ways[steps.indexOf(last)]?.stop, stopped: stops(cls) }
    : null;
  const right = (key: string) => truth !== null && hold(key, open.trace, open.outcome, steps) === "right";
  const said: Said[] = votes.map(([key, n]) => ({ key, words: say("predict.pin-count", n), right: right(key) }));
  if (open.pointed) said.push({ key: open.pointed, words: say("predict.pin"), right: right(open.pointed) });
  return pins({ scene, letter }, said, truth);
}
