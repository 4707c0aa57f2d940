// Where a request ends or is stopped, held against where somebody expected it. All of it is read from the steps of the
// answer: nothing is decided here.

import { shareWords } from "../draw/notes.ts";
import { proxyOf } from "../layout/scene.ts";
import { fails, keyOf, refOf, type Step, type Trace } from "../trace.ts";
import { say } from "../words.ts";

/** The walls of the picture have no object; these are their keys. */
export const walls = { internet: "Wall/internet", cluster: "Wall/cluster" };

/** The step behind which nothing goes on: the last one of the request itself. */
export function lastOf(steps: Step[]): Step | undefined {
  return [...steps].reverse().find(s => s.direction === "request" && s.kind !== "end") ?? steps.at(-1);
}

/** The key of the thing on the map that a step is at. */
export function placeOf(s: Step): string {
  const key = keyOf(s.at);
  if (s.at.kind === "Gateway") return proxyOf(key);
  if (s.at.kind !== "Network" || s.kind !== "boundary") return key;
  return s.at.name === "internet" || s.at.name === "lan" ? walls.internet : walls.cluster;
}

/** How a place is called in a sentence. */
export function placeWords(key: string): string {
  const { kind, name } = refOf(key);
  const [, first = "", second = ""] = key.split("/");
  if (kind === "Wall") return say(`predict.wall.${name}`);
  if (kind === "Door") return say("predict.door", second, first);
  if (kind === "Network") return say(`predict.network.${name}`);
  if (kind === "Node" || kind === "Host") return name;
  if (kind === "LoadBalancer") return say("predict.load-balancer", name);
  if (kind === "Proxy") return say("predict.proxy", name);
  return say("predict.thing", kind.toLowerCase(), name);
}

/** What is rules and no place. */
const virtual = new Set(["Service", "Ingress", "Gateway"]);

export type Held = "right" | "other" | "decides" | "passes" | "never";

/** Holds a place against the outcome that is followed. */
export function hold(key: string, trace: Trace, outcome: number, steps: Step[]): Held {
  const same = (s: Step) => matches(key, placeOf(s));
  const last = lastOf(steps);
  if (last && same(last)) return "right";
  const elsewhere = trace.outcomes.some((o, i) => i !== outcome && endsAt(trace, o.steps, key));
  if (elsewhere) return "other";
  const by = trace.verdict.decidedBy;
  const rests = [
    ...(by ? [by] : []),
    ...(last && fails(trace.verdict.class) ? (last.evidence ?? []).filter(e => virtual.has(e.kind)) : []),
  ];
  if (rests.some(r => keyOf(r) === key)) return "decides";
  return steps.some(s => s.direction === "request" && same(s)) ? "passes" : "never";
}

function endsAt(trace: Trace, ids: string[], key: string): boolean {
  const byID = new Map(trace.steps.map(s => [s.id, s]));
  const last = lastOf(ids.map(id => byID.get(id)).filter(s => s !== undefined));
  return last !== undefined && matches(key, placeOf(last));
}

/** A door is on its node, a gateway is its proxy. */
function matches(key: string, place: string): boolean {
  const ref = refOf(key);
  if (ref.kind === "Door") return place === key || place === `Node/${key.split("/")[1]}`;
  return place === (ref.kind === "Gateway" ? proxyOf(key) : key);
}

/** One sentence that holds the place against what came; empty where nobody pointed. */
export function pointedWords(key: string, trace: Trace, outcome: number, steps: Step[], cls: string): string {
  const last = lastOf(steps);
  if (!key || !last) return "";
  const here = placeWords(key);
  const there = placeWords(placeOf(last));
  const does = stops(cls) ? "stops" : "ends";
  const held = hold(key, trace, outcome, steps);
  switch (held) {
    case "right":
      return say(`predict.place.right-${does}`, here);
    case "other": {
      const others = trace.outcomes.filter((o, i) => i !== outcome && endsAt(trace, o.steps, key));
      return say("predict.place.other", here, shareWords(others.reduce((sum, o) => sum + o.share, 0)), there);
    }
    case "decides":
      return say("predict.place.decides", here, there);
    case "passes":
      return say(`predict.place.passes-${does}`, here, there);
    case "never":
      return virtual.has(refOf(key).kind)
        ? say(`predict.place.virtual-${does}`, here, there)
        : say(`predict.place.never-${does}`, here, there);
  }
}

/** Whether it is stopped rather than ends where somebody answers. */
export function stops(cls: string): boolean {
  return fails(cls) && cls !== "http-error";
}
