// The nodes' lanes: a gatehouse astride the wall, its pods to the right.

import type { Store } from "../store.ts";
import { podShape } from "../text.ts";
import type { Node } from "../wire.ts";
import { joinGroups, keepOneFree, type LaneRoom, laneGap, squeeze, tighten } from "./fit.ts";
import type { Cast, LaneBox, PodBox, Rect, View } from "./scene.ts";
import { containerZoom, pitch, wallWidth } from "./scene.ts";
import { chip, chipColumns, type LaneSlots, mostChips, padTop, type Spec, sizeSpec, specsOf } from "./specs.ts";
import { trays } from "./trays.ts";

export const doorH = 21;

/** Lanes from room.top on, or up to `wish` further down where there is room for it. */
export function planLanes(store: Store, room: LaneRoom, slots: LaneSlots, view: View, wish = 0): LaneBox[] {
  const cast = view.cast;
  const inCast = new Set(cast?.keys ?? []);
  const ticketed = cast !== null && cast.tickets.size > 0;
  const cardX = room.wall2 - room.leftFace;
  const cardW = room.leftFace + wallWidth + room.rightFace;
  const podsX = cardX + cardW + 38 + (ticketed ? 214 : 0);
  const podsW = room.right - podsX - 14;
  const minCard = podsW < 560 ? 126 : 140;
  const columns = Math.max(1, Math.floor((podsW + pitch.colGap) / (minCard + pitch.colGap)));
  const zoom = view.zoom ?? 1;
  const podW = Math.min(204 * Math.min(zoom, 1.6), (podsW + pitch.colGap) / columns - pitch.colGap);

  const specs = specsOf(store, slots, view, inCast);
  const gone = store.tombstones();
  const promoted = view.selected ? new Set([...inCast, view.selected]) : inCast;
  for (const spec of specs) {
    spec.detail = zoom >= containerZoom;
    sizeSpec(spec, slots, columns, cast, promoted, gone, podsW);
  }
  if (!cast) {
    keepOneFree(specs, room, slots.kept(`${columns} ${room.bottom}`));
    tighten(specs, room);
  }
  squeeze(specs, room, cast, inCast);
  joinGroups(specs, room);

  const used = specs.reduce((sum, s) => sum + s.h + laneGap, 0);
  const all = Math.max(0, room.bottom - room.top - used);
  const lower = Math.min(all, Math.max(0, wish));
  const spare = all - lower;
  const grow = specs.filter(s => !s.slim);
  const each = grow.length ? Math.min(cast ? 46 : 56, spare / grow.length) : 0;
  let y = room.top + lower;
  return specs.map(spec => {
    const h = Math.round(spec.h + (spec.slim ? 0 : each));
    const lane = place(
      spec,
      { x: cardX - 12, y, w: room.right - cardX + 12, h },
      { cardX, cardW, podsX, podW, podsW, leftFace: room.leftFace },
      inCast,
      cast,
      store,
    );
    y += h + laneGap;
    return lane;
  });
}

interface Columns {
  cardX: number;
  cardW: number;
  podsX: number;
  podW: number;
  podsW: number;
  leftFace: number;
}

function place(s: Spec, box: Rect, c: Columns, inCast: Set<string>, cast: Cast | null, store: Store): LaneBox {
  const cardH = s.slim ? box.h - 8 : Math.min(box.h - 8, 152);
  const card = { x: c.cardX, y: s.opened ? box.y + 4 : box.y + (box.h - cardH) / 2, w: c.cardW, h: cardH };
  const rules = { x: card.x + card.w - 30, y: s.slim ? card.y + card.h / 2 : card.y + 66 };
  const blockH = s.rows * (s.cardH + pitch.rowGap);
  const y0 = Math.max(box.y + padTop, box.y + (box.h - blockH + 14) / 2);
  const at = (place: number) => ({
    x: c.podsX + (place % s.columns) * (c.podW + pitch.colGap),
    y: y0 + Math.floor(place / s.columns) * (s.cardH + pitch.rowGap),
    w: c.podW,
    h: s.cardH,
  });
  const pods: PodBox[] = s.cards.map(({ pod, place, was }) => ({
    ...at(place),
    key: pod.key,
    pod,
    gutter: at(place).y + s.cardH + 18,
    column: place % s.columns,
    dim: cast !== null && !inCast.has(pod.key),
    was,
  }));
  const lane: LaneBox = {
    ...box,
    key: s.key,
    node: s.node,
    nodes: s.nodes,
    title: s.title,
    sub: s.sub,
    card,
    rules,
    riserX: c.podsX - 21,
    podsX: c.podsX,
    doors: [],
    moreDoors: 0,
    moreDoorsY: 0,
    slim: s.slim,
    chips: [],
    moreChips: 0,
    trays: [],
    opened: s.opened,
    pods,
    tombs: s.tombs.map(t => ({ ...at(t.place), key: `Tomb/${t.pod.key}`, pod: t.pod })),
    minis: [],
    moreMinis: 0,
    field: null,
    hidden: s.hidden,
    failing: s.pods.filter(p => podShape(p.state) === "failing").length,
    total: s.pods.length,
    dim: s.dim,
  };
  if (s.cells.length > 0) {
    // Beside those who are cards, if any.
    const x = c.podsX + s.cards.length * (c.podW + pitch.colGap);
    const room = { x, y: box.y + 10, w: Math.max(24, c.podsX + c.podsW - x), h: box.h - 20 };
    lane.field = { ...room, pods: s.cells, cell: cellSize(s.cells.length, room) };
  }
  if (s.chips) chips(lane, s, c);
  if (!cast) lane.trays = trays(pods, store);
  doors(lane, inCast);
  if (!s.slim && s.node) {
    const x = c.cardX + c.leftFace + wallWidth + 8;
    const fitting = s.minis.length > 4 ? 3 : 4;
    lane.minis = s.minis
      .slice(0, fitting)
      .map((pod, i) => ({ key: pod.key, pod, x: x + i * 24, y: card.y + 28, w: 19, h: 19 }));
    lane.moreMinis = s.minis.length - lane.minis.length;
  }
  return lane;
}

/** The nodes of an opened group, those in trouble first where not all have room. */
function chips(lane: LaneBox, s: Spec, c: Columns): void {
  const of = new Map<string, { pods: number; failing: number }>();
  for (const p of s.pods) {
    const n = of.get(p.node) ?? { pods: 0, failing: 0 };
    n.pods++;
    if (podShape(p.state) === "failing") n.failing++;
    of.set(p.node, n);
  }
  let nodes = s.nodes;
  if (nodes.length > mostChips) {
    const trouble = (n: Node) => (n.ready ? 0 : 1e6) + (of.get(n.name)?.failing ?? 0);
    nodes = [...nodes].sort((a, b) => trouble(b) - trouble(a)).slice(0, mostChips);
  }
  const columns = chipColumns(c.podsW);
  lane.chips = nodes.map((node, i) => ({
    key: node.id,
    node,
    pods: of.get(node.name)?.pods ?? 0,
    failing: of.get(node.name)?.failing ?? 0,
    x: c.podsX + (i % columns) * (chip.w + chip.gap),
    y: lane.y + padTop + Math.floor(i / columns) * (chip.h + chip.gap),
    w: chip.w,
    h: chip.h,
  }));
  lane.moreChips = s.nodes.length - nodes.length;
}

/** The largest cell, at most 12, with which all fit. */
export function cellSize(n: number, room: { w: number; h: number }): number {
  for (let cell = 12; cell > 2; cell--) {
    if (Math.floor(room.w / cell) * Math.floor(room.h / cell) >= n) return cell;
  }
  return 2;
}

/** Doors hang outside the left face, above and below the height at which the wire comes in. */
function doors(lane: LaneBox, inCast: Set<string>): void {
  const all = [...(lane.node?.doors ?? [])].sort(
    (a, b) => Number(inCast.has(b.owner)) - Number(inCast.has(a.owner)) || a.port - b.port,
  );
  const unique = all.filter((d, i) => all.findIndex(e => e.port === d.port && e.protocol === d.protocol) === i);
  if (lane.slim) {
    lane.moreDoors = unique.length;
    return;
  }
  const places: number[] = [];
  for (let y = lane.rules.y + 14; y + doorH <= lane.card.y + lane.card.h + 8; y += doorH + 3) places.push(y);
  for (let y = lane.rules.y - 14 - doorH; y >= lane.card.y - 2; y -= doorH + 3) places.push(y);
  const shown = unique.length > places.length ? places.length - 1 : unique.length;
  const w = 56;
  unique.slice(0, Math.max(0, shown)).forEach((door, i) => {
    const text = `:${door.port}`;
    lane.doors.push({ x: lane.card.x - w + 9, y: places[i]!, w, h: doorH, door, text });
  });
  lane.moreDoors = unique.length - lane.doors.length;
  if (lane.moreDoors > 0) lane.moreDoorsY = places[lane.doors.length] ?? lane.card.y + lane.card.h - doorH;
}
