// Where a packet goes on the map. Packets go only where packets go: pod, right face and rules of its own node, then back
// to a pod of the same node, or out at the left face, along the wire of the LAN, in at another left face. Never across
// lanes, and through a wall only at a router, a load balancer, a door or a node.

import { type Point, simplify } from "./geometry.ts";
import type { LaneBox, OutsideBox, PodBox, Scene } from "./layout/scene.ts";
import { proxyOf, wallWidth } from "./layout/scene.ts";
import { keyOf, type Step } from "./trace.ts";

export interface Way {
  /** Where the packet stands at this step. */
  stop: Point;
  /** How it came there from the step before; empty where it did not move. */
  points: Point[];
  leg: number;
  reply: boolean;
  dns: boolean;
  /** Between two nodes in an envelope of the overlay. */
  outer: boolean;
}

type Anchor =
  | { type: "pod"; box: PodBox; lane: LaneBox | null; gate: boolean }
  | { type: "node"; lane: LaneBox }
  | { type: "door"; lane: LaneBox; at: Point }
  | { type: "outside"; box: OutsideBox }
  | { type: "internet"; stops: boolean }
  | { type: "wall"; at: Point }
  | { type: "wire" };

/** The ways of the steps of one outcome, one for each step. Where nothing comes back the packet stays where it was stopped. */
export function plan(scene: Scene, steps: Step[], returns = true): Way[] {
  const anchors = steps.map((s, i) => {
    if (s.kind === "end" && !returns) return null;
    // Between two known places the Internet is no place of its own.
    const onward = steps.slice(i + 1).some(n => n.direction === s.direction && (n.kind !== "end" || returns));
    if (s.at.kind === "Network" && s.at.name === "internet" && s.kind !== "boundary" && onward) return null;
    return anchorOf(scene, s);
  });
  const dnsLegs = new Set(steps.filter(s => s.kind.startsWith("dns.")).map(s => s.leg));
  const mains = [...new Set(steps.map(s => s.leg))].filter(l => !dnsLegs.has(l)).sort((a, b) => a - b);
  const ways: Way[] = [];
  let here: Anchor | null = null;
  let stop: Point = { x: scene.wire.x, y: scene.wire.top };
  const passes = new Map<string, number>();
  steps.forEach((s, i) => {
    const reply = s.direction === "reply";
    const run = `${s.leg} ${reply}`;
    const o = trackOf(Math.max(0, mains.indexOf(s.leg)), reply, passes.get(run) ?? 0);
    let there = anchors[i] ?? null;
    let points: Point[] = [];
    if (there?.type === "wire") {
      // On the wire: half way along it to whatever comes next.
      const next = anchors.slice(i + 1).find(a => a !== null && a.type !== "wire") ?? null;
      if (here && next && here.type !== "wire") {
        const whole = between(scene, here, next, o);
        points = whole.slice(0, half(scene, whole, o));
        const mid = points.at(-1);
        if (mid) stop = mid;
      }
      there = here && next ? { type: "wall", at: stop } : here;
    } else if (there) {
      if (here && here.type === "wall") points = [here.at, ...fromWire(scene, there, o, here.at)];
      else if (here) points = between(scene, here, there, o);
      stop = points.at(-1) ?? stopOf(scene, there, o);
      if (!here) stop = stopOf(scene, there, o);
    }
    // Who was in at a node and goes out to the wire again goes beside its own way.
    const onWire = points.some(p => Math.abs(p.x - scene.wire.x - o) < 0.01);
    if (onWire && there && laneOf(there)) passes.set(run, (passes.get(run) ?? 0) + 1);
    points = simplify(points);
    if (points.length < 2) points = [];
    ways.push({
      stop,
      points,
      leg: s.leg,
      reply,
      dns: dnsLegs.has(s.leg),
      outer: (s.after ?? s.before)?.outer != null,
    });
    here = there ?? here;
  });
  return ways;
}

/**
 * Ways beside each other: the request in the middle, its reply on one side, a second connection on the other. A way that
 * comes over the wire a second time (masked, and on to another node) keeps apart from its first part.
 */
export function trackOf(connection: number, reply: boolean, pass = 0): number {
  if (connection === 0) return reply ? (pass > 0 ? 16 : 8) : pass > 0 ? -8 : 0;
  return reply ? 16 : pass > 0 ? -16 : -8;
}

function anchorOf(scene: Scene, s: Step): Anchor | null {
  const key = keyOf(s.at);
  if (s.at.kind === "Pod") {
    const box = scene.podOf.get(key);
    if (box) return { type: "pod", box, lane: scene.laneOf.get(key) ?? null, gate: s.kind === "policy.ingress" };
    const lane = scene.laneOf.get(key);
    return lane ? { type: "node", lane } : null;
  }
  if (s.at.kind === "Node") {
    const lane = scene.laneOf.get(key);
    if (!lane) return null;
    if (s.kind === "door") {
      const port = (s.before ?? s.after)?.dst.split(":").at(-1);
      const door = lane.doors.find(d => String(d.door.port) === port);
      if (door) return { type: "door", lane, at: { x: door.x + 4, y: door.y + door.h / 2 } };
    }
    return { type: "node", lane };
  }
  if (s.at.kind === "Network") {
    if (s.at.name === "lan") return s.kind === "boundary" ? wallAnchor(scene) : { type: "wire" };
    if (s.kind === "boundary" && s.at.name !== "internet") return clusterWall(scene, s.at.name);
    return s.at.name === "internet" ? { type: "internet", stops: s.kind === "boundary" } : null;
  }
  const at = s.at.kind === "Gateway" ? proxyOf(key) : key;
  const box = scene.outside.find(b => b.key === at);
  return box ? { type: "outside", box } : null;
}

function wallAnchor(scene: Scene): Anchor {
  return { type: "wall", at: { x: scene.wall1 + wallWidth + 14, y: routerY(scene) } };
}

/** Before the wall of the cluster, at the height of the network that cannot be reached. */
function clusterWall(scene: Scene, network: string): Anchor {
  const y = network === "service" ? scene.service.h - 34 : scene.service.h + 14;
  return { type: "wall", at: { x: scene.wall2 - 30, y } };
}

function stopOf(scene: Scene, a: Anchor, o: number): Point {
  switch (a.type) {
    case "pod":
      return { x: a.box.x - (a.gate ? 36 : 12), y: a.box.y + a.box.h / 2 + o / 2 };
    case "node":
      return { x: a.lane.rules.x, y: a.lane.rules.y + o };
    case "door":
    case "wall":
      return a.at;
    case "outside": {
      const b = a.box;
      const y = b.y + b.h / 2 + o / 2;
      if (b.what.kind === "Router" || (b.what.kind === "LoadBalancer" && b.layer === "internet")) {
        return { x: scene.wall1 + wallWidth / 2, y };
      }
      return b.layer === "lan" ? { x: b.x - 2, y } : { x: b.x + b.w + 2, y };
    }
    case "internet":
      return { x: scene.internetX - (a.stops ? 22 : 0), y: routerY(scene) };
    case "wire":
      return { x: scene.wire.x + o, y: scene.wire.top };
  }
}

function laneOf(a: Anchor): LaneBox | null {
  if (a.type === "pod") return a.lane;
  return a.type === "node" || a.type === "door" ? a.lane : null;
}

function isFar(a: Anchor): boolean {
  return (
    a.type === "internet" || (a.type === "outside" && a.box.layer === "internet" && a.box.what.kind !== "LoadBalancer")
  );
}

function inWall(a: Anchor): boolean {
  return (
    a.type === "outside" &&
    (a.box.what.kind === "Router" || (a.box.what.kind === "LoadBalancer" && a.box.layer === "internet"))
  );
}

function between(scene: Scene, a: Anchor, b: Anchor, o: number): Point[] {
  const lane = laneOf(a);
  if (lane && lane === laneOf(b)) return [...toRules(scene, a, o), ...toRules(scene, b, o).reverse()];
  if ((isFar(a) || inWall(a)) && (isFar(b) || inWall(b))) {
    const x = scene.internetX + (inWall(a) === inWall(b) ? o : Math.min(0, o));
    const from = stopOf(scene, a, o);
    const to = stopOf(scene, b, o);
    return [from, { x, y: from.y }, { x, y: to.y }, to];
  }
  const out = toWire(scene, a, o);
  return [...out, ...fromWire(scene, b, o, out.at(-1)!)];
}

/** From a stop to the rules of its node, through the gap beside the pod and the gutter below its row. */
function toRules(scene: Scene, a: Anchor, o: number): Point[] {
  const stop = stopOf(scene, a, o);
  const lane = laneOf(a);
  if (!lane) return [stop];
  const rules = { x: lane.rules.x, y: lane.rules.y + o };
  if (a.type === "door") return [a.at, { x: rules.x, y: a.at.y }, rules];
  if (a.type !== "pod") return [rules];
  const riser = lane.riserX + o;
  if (a.box.column === 0) return [stop, { x: riser, y: stop.y }, { x: riser, y: rules.y }, rules];
  const gap = a.box.x - 27 + o / 2;
  const gutter = a.box.gutter + o;
  return [stop, { x: gap, y: stop.y }, { x: gap, y: gutter }, { x: riser, y: gutter }, { x: riser, y: rules.y }, rules];
}

/** From a stop to a point on the wire of the LAN. */
function toWire(scene: Scene, a: Anchor, o: number): Point[] {
  const x = scene.wire.x + o;
  const stop = stopOf(scene, a, o);
  if (a.type === "door") return [a.at, { x, y: a.at.y }];
  if (laneOf(a)) {
    const inner = toRules(scene, a, o);
    return [...inner, { x, y: inner.at(-1)!.y }];
  }
  if (isFar(a)) {
    const y = routerY(scene) + o;
    return [stop, { x: scene.internetX, y: stop.y }, { x: scene.internetX, y }, { x, y }];
  }
  return [stop, { x, y: stop.y }];
}

function fromWire(scene: Scene, b: Anchor, o: number, at: Point): Point[] {
  const way = toWire(scene, b, o).reverse();
  const first = way[0]!;
  return [{ x: first.x, y: at.y }, ...way];
}

/** Where the wall between Internet and LAN can be passed: at a router, else beside the load balancer. */
function routerY(scene: Scene): number {
  const box = scene.outside.find(b => b.what.kind === "Router");
  return box ? box.y + box.h / 2 : scene.service.h - 6;
}

/** How many points of a way reach the middle of its part on the wire; splits that part there. */
function half(scene: Scene, way: Point[], o: number): number {
  const x = scene.wire.x + o;
  for (let i = 1; i < way.length; i++) {
    const a = way[i - 1]!;
    const b = way[i]!;
    if (Math.abs(a.x - x) < 0.01 && Math.abs(b.x - x) < 0.01 && Math.abs(a.y - b.y) > 1) {
      way.splice(i, 0, { x, y: (a.y + b.y) / 2 });
      return i + 1;
    }
  }
  const on = way.findIndex(p => Math.abs(p.x - x) < 0.01);
  return on < 0 ? way.length : on + 1;
}
