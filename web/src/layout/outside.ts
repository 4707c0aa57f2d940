// The Internet and the LAN: hosts, resolvers, load balancers, and the routers in the wall between them.

import type { Store } from "../store.ts";
import { count, say } from "../words.ts";
import type { Cast, OutsideBox, Outsider, Rect } from "./scene.ts";
import { proxyOf, wallWidth } from "./scene.ts";
import type { Slots } from "./slots.ts";

export interface OutsideRoom {
  internet: Rect & { rail: boolean };
  lan: Rect;
  wall1: number;
  wireX: number;
  /** Height above the lanes: hosts of the LAN must not reach into them. */
  lanBottom: number;
}

export interface OutsidePlan {
  boxes: OutsideBox[];
  hidden: { words: string; x: number; y: number }[];
}

const headRoom = 54;
const boxH = 50;
const maxGates = 2;

/** How far down the LAN's hosts reach. */
export function lanBottomFor(hosts: number): number {
  return hosts > 0 ? headRoom + hosts * (boxH + 12) - 10 : 0;
}

export function outsiders(store: Store): { key: string; layer: "internet" | "lan"; what: Outsider }[] {
  const all: { key: string; layer: "internet" | "lan"; what: Outsider }[] = [];
  const add = (key: string, layer: string, what: Outsider) =>
    all.push({ key, layer: layer === "internet" ? "internet" : "lan", what });
  for (const card of store.hosts.values()) add(card.id, card.layer, { kind: "Host", card });
  for (const card of store.resolvers.values()) add(card.id, card.layer, { kind: "Resolver", card });
  for (const card of store.loadBalancers.values()) add(card.id, card.layer, { kind: "LoadBalancer", card });
  for (const g of store.gateways.values()) {
    if (!g.outside) continue;
    const card = {
      id: proxyOf(g.id),
      namespace: g.namespace,
      name: g.name,
      layer: g.outside,
      addresses: g.addresses ?? [],
      service: "",
    };
    add(card.id, g.outside, { kind: "LoadBalancer", card });
  }
  return all.sort((a, b) => rank(a.what) - rank(b.what) || (a.key < b.key ? -1 : 1));
}

function rank(o: Outsider): number {
  if (o.kind === "LoadBalancer") return 2;
  return o.kind === "Host" ? 0 : 1;
}

export function planOutside(
  store: Store,
  room: OutsideRoom,
  slots: { internet: Slots; lan: Slots },
  cast: Cast | null,
): OutsidePlan {
  const boxes: OutsideBox[] = [];
  const inCast = new Set(cast?.keys ?? []);
  const all = outsiders(store);
  const hidden: OutsidePlan["hidden"] = [];

  const lan = placed(
    all.filter(o => o.layer === "lan"),
    slots.lan,
    inCast,
  );
  const x = room.wireX + 20;
  const w = Math.min(150, room.lan.x + room.lan.w - 16 - x);
  const fitting = Math.max(1, Math.floor((room.lanBottom - room.lan.y - headRoom + 10) / (boxH + 12)));
  const shown = Math.min(lan.length, fitting);
  lan.slice(0, shown).forEach((o, i) => {
    boxes.push({
      ...o,
      x,
      y: room.lan.y + headRoom + i * (boxH + 12),
      w,
      h: boxH,
      dim: cast !== null && !inCast.has(o.key),
    });
  });
  if (lan.length > shown && !cast) {
    hidden.push({
      words: `+${say("more", lan.length - shown)}`,
      x,
      y: room.lan.y + headRoom + shown * (boxH + 12) + 12,
    });
  }

  if (!room.internet.rail) {
    const far = placed(
      all.filter(o => o.layer === "internet"),
      slots.internet,
      inCast,
    );
    let y = room.internet.y + headRoom;
    const narrow = room.internet.w < 160;
    const gates = far.filter(o => o.what.kind === "LoadBalancer");
    // Many load balancers are one story: the first of them stands for the rest, who come forth when they take part.
    const folded = new Set(gates.filter(o => !inCast.has(o.key)).slice(gates.length > maxGates ? 1 : maxGates));
    for (const o of far) {
      if (folded.has(o)) continue;
      const lb = o.what.kind === "LoadBalancer";
      // A load balancer has a door: its box reaches through the wall.
      const right = lb ? room.wall1 + wallWidth + 6 : room.internet.x + room.internet.w - (narrow ? 21 : 26);
      const left = room.internet.x + (narrow ? 6 : 12);
      boxes.push({
        ...o,
        x: left,
        y,
        w: right - left,
        h: boxH + (lb ? 4 : 0),
        dim: cast !== null && !inCast.has(o.key),
      });
      y += boxH + 26;
    }
    if (folded.size > 0) {
      hidden.push({
        words: `+${count("count.load-balancer", folded.size)}`,
        x: room.internet.x + (narrow ? 8 : 14),
        y: y - 6,
      });
    }
  }
  const low = boxes.reduce((y, b) => (b.layer === "internet" ? Math.max(y, b.y + b.h + 16) : y), 0);
  let routerY = Math.max(room.lanBottom + 10, low);
  for (const card of store.routers.values()) {
    boxes.push({
      key: card.id,
      layer: "lan",
      what: { kind: "Router", card },
      x: room.wall1 - 10,
      y: routerY,
      w: wallWidth + 20,
      h: 44,
      dim: cast !== null && !inCast.has(card.id),
    });
    routerY += 70;
  }
  return { boxes, hidden };
}

function placed<T extends { key: string }>(list: T[], slots: Slots, first: Set<string>): T[] {
  const place = slots.assign(list.map(o => ({ key: o.key, family: o.key })));
  const order = (o: T) => (first.has(o.key) ? -1e6 : 0) + place.get(o.key)!;
  return [...list].sort((a, b) => order(a) - order(b));
}
