// Ways made of straight pieces with rounded corners.

export interface Point {
  x: number;
  y: number;
}

/** Drops points that stand on each other or on a straight line between their neighbours. */
export function simplify(points: Point[]): Point[] {
  const out: Point[] = [];
  for (const p of points) {
    const last = out.at(-1);
    if (last && Math.abs(last.x - p.x) < 0.01 && Math.abs(last.y - p.y) < 0.01) continue;
    const before = out.at(-2);
    if (before && last && between(before, last, p)) out.pop();
    out.push(p);
  }
  return out;
}

function between(a: Point, b: Point, c: Point): boolean {
  const onX = Math.abs(a.x - b.x) < 0.01 && Math.abs(b.x - c.x) < 0.01 && (b.y - a.y) * (c.y - b.y) >= 0;
  const onY = Math.abs(a.y - b.y) < 0.01 && Math.abs(b.y - c.y) < 0.01 && (b.x - a.x) * (c.x - b.x) >= 0;
  return onX || onY;
}

export function lengthOf(points: Point[]): number {
  let sum = 0;
  for (let i = 1; i < points.length; i++) sum += distance(points[i - 1]!, points[i]!);
  return sum;
}

/** The part of a way up to a share of its length, at least its first point. */
export function upTo(points: Point[], share: number): Point[] {
  if (points.length < 2 || share >= 1) return points;
  let left = Math.max(0, share) * lengthOf(points);
  const out: Point[] = [points[0]!];
  for (let i = 1; i < points.length; i++) {
    const a = points[i - 1]!;
    const b = points[i]!;
    const d = distance(a, b);
    if (d >= left) {
      const f = d === 0 ? 0 : left / d;
      out.push({ x: a.x + (b.x - a.x) * f, y: a.y + (b.y - a.y) * f });
      return out;
    }
    out.push(b);
    left -= d;
  }
  return out;
}

export function pointAt(points: Point[], share: number): Point {
  return upTo(points, share).at(-1) ?? { x: 0, y: 0 };
}

/** An SVG path with corners of at most the given radius. */
export function pathOf(raw: Point[], radius = 9): string {
  const points = simplify(raw);
  const first = points[0];
  if (!first) return "";
  let d = `M${n(first.x)} ${n(first.y)}`;
  for (let i = 1; i < points.length; i++) {
    const p = points[i]!;
    const next = points[i + 1];
    if (!next) {
      d += `L${n(p.x)} ${n(p.y)}`;
      continue;
    }
    const prev = points[i - 1]!;
    const r = Math.min(radius, distance(prev, p) / 2, distance(p, next) / 2);
    const a = toward(p, prev, r);
    const b = toward(p, next, r);
    d += `L${n(a.x)} ${n(a.y)}Q${n(p.x)} ${n(p.y)} ${n(b.x)} ${n(b.y)}`;
  }
  return d;
}

function distance(a: Point, b: Point): number {
  return Math.hypot(b.x - a.x, b.y - a.y);
}

function toward(from: Point, to: Point, d: number): Point {
  const len = distance(from, to) || 1;
  return { x: from.x + ((to.x - from.x) * d) / len, y: from.y + ((to.y - from.y) * d) / len };
}

function n(v: number): string {
  return String(Math.round(v * 10) / 10);
}
