// Where an arrow key leads on the map: to the nearest thing in its direction, as the eye would have it.

export interface Place {
  key: string;
  x: number;
  y: number;
  w: number;
  h: number;
}

/** The key of the next thing; null where there is none in that direction. */
export function nearest(places: Place[], from: string, dx: number, dy: number): string | null {
  const a = places.find(p => p.key === from);
  if (!a) return places[0]?.key ?? null;
  let best: string | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const b of places) {
    if (b === a) continue;
    // Middles decide what is ahead: things overlap, as doors do their nodes.
    const ahead = (b.x + b.w / 2 - a.x - a.w / 2) * dx + (b.y + b.h / 2 - a.y - a.h / 2) * dy;
    if (ahead < 4) continue;
    const gap = Math.max(0, dx ? between(a.x, a.w, b.x, b.w) : between(a.y, a.h, b.y, b.h));
    const aside = Math.max(0, dx ? between(a.y, a.h, b.y, b.h) : between(a.x, a.w, b.x, b.w));
    if (aside > 2 * ahead) continue;
    const cost = gap + ahead / 4 + aside * 2.2;
    if (cost < least) {
      least = cost;
      best = b.key;
    }
  }
  return best;
}

/** Room between two stretches of a line; less than 0 where they overlap. */
function between(a: number, aw: number, b: number, bw: number): number {
  return Math.max(b - a - aw, a - b - bw);
}
