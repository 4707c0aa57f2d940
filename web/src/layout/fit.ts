// Makes lanes fit the room: places kept free while nothing is traced; while something is, bystanders give way.

import { count, say } from "../words.ts";
import type { Cast } from "./scene.ts";
import { heightOf, maxRows, minLaneH, type Spec, slimH, spec, tightLaneH } from "./specs.ts";

export interface LaneRoom {
  /** Where lanes may stand: below the service band, down to the end of the window. */
  top: number;
  bottom: number;
  wireX: number;
  wall2: number;
  right: number;
  leftFace: number;
  rightFace: number;
}

export const laneGap = 10;

/**
 * Keeps a place free in every lane where there is room for it, so that a newcomer moves nobody. What is kept stays kept:
 * a lane that fills up must not claim another row while it still has places.
 */
export function keepOneFree(specs: Spec[], room: LaneRoom, kept: Map<string, number>): void {
  const cards = specs.filter(s => s.node && s.cells.length === 0);
  const high = (rows: (s: Spec) => number) =>
    specs.reduce((h, s) => h + laneGap + (cards.includes(s) ? Math.max(s.h, heightOf(rows(s), s.cardH)) : s.h), 0);
  const wanted = (s: Spec) => Math.min(maxRows, Math.max(1, Math.ceil((s.size + 1) / s.columns)));
  const fits = high(wanted) <= room.bottom - room.top;
  for (const s of cards) {
    const rows = Math.max(s.rows, kept.get(s.key) ?? (fits ? wanted(s) : s.rows));
    kept.set(s.key, rows);
    s.rows = rows;
    s.h = Math.max(s.h, heightOf(rows, s.cardH));
  }
}

/** Where not all fits, lanes with one row are as low as a row needs. */
export function tighten(specs: Spec[], room: LaneRoom): void {
  const over = () => specs.reduce((sum, s) => sum + s.h + laneGap, 0) > room.bottom - room.top;
  for (const s of specs) if (over() && s.rows <= 1 && s.h === minLaneH) s.h = tightLaneH;
}

/** While a trace is open what takes no part gives way, as far as needed: first rows of pods, then whole lanes. */
export function squeeze(specs: Spec[], room: LaneRoom, cast: Cast | null, inCast: Set<string>): void {
  if (!cast) return;
  const over = () => specs.reduce((sum, s) => sum + s.h + laneGap, 0) > room.bottom - room.top;
  const bystandersFirst = [...specs].sort((a, b) => Number(b.dim) - Number(a.dim));
  for (const s of bystandersFirst) if (over() && s.rows > 1) cutRows(s, cast, inCast);
  for (const s of bystandersFirst) {
    if (!over()) return;
    if (s.rows <= 1 && !(cast.tickets.get(s.key) ?? 0)) s.h = Math.min(s.h, tightLaneH);
  }
  for (const s of bystandersFirst) {
    if (!over()) return;
    if (s.dim) Object.assign(s, { slim: true, h: slimH, cells: s.pods, cards: [], rows: 0, hidden: 0 });
  }
}

/** Where even low lanes do not fit, all groups of bystanders share what is left. */
export function joinGroups(specs: Spec[], room: LaneRoom): void {
  const groups = specs.filter(s => !s.node && s.slim);
  const high = (list: Spec[]) => list.reduce((sum, s) => sum + s.h + laneGap, 0);
  const left = room.bottom - room.top - high(specs.filter(s => !groups.includes(s)));
  if (groups.length < 2 || high(groups) <= left) return;
  const nodes = groups.flatMap(s => s.nodes);
  const pods = groups.flatMap(s => s.pods);
  const rest = spec("Group/others", null, nodes, say("group.others"), count("count.node", nodes.length), pods, true);
  Object.assign(rest, { cells: pods, slim: true, h: Math.max(slimH, Math.min(minLaneH, left - laneGap)) });
  specs.splice(0, specs.length, ...specs.filter(s => !groups.includes(s)), rest);
}

/** Keeps the rows with somebody who takes part, or the first. */
function cutRows(s: Spec, cast: Cast, inCast: Set<string>): void {
  const rowOf = (c: { place: number }) => Math.floor(c.place / s.columns);
  const wanted = [...new Set(s.cards.filter(c => inCast.has(c.pod.key)).map(rowOf))].sort((a, b) => a - b);
  const keep = wanted.length > 0 ? wanted : [0];
  const before = s.cards.length;
  s.cards = s.cards
    .filter(c => keep.includes(rowOf(c)))
    .map(c => ({ ...c, place: keep.indexOf(rowOf(c)) * s.columns + (c.place % s.columns) }));
  s.rows = keep.length;
  s.hidden += before - s.cards.length;
  s.h = Math.max(heightOf(s.rows, s.cardH), (cast.tickets.get(s.key) ?? 0) > 1 ? 152 : 0);
}
