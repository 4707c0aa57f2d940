// The service network: ingresses as documents, services as hexagons, in a grid that keeps its places.

import { concerns, type Document, documentsOf } from "../documents.ts";
import type { Store } from "../store.ts";
import type { Service } from "../wire.ts";
import { count, say } from "../words.ts";
import type { Cast, DocumentBox, Rect, ServiceBox, View } from "./scene.ts";
import type { Slots } from "./slots.ts";

export interface ServicePlan {
  height: number;
  services: ServiceBox[];
  documents: DocumentBox[];
  more: { words: string; x: number; y: number } | null;
}

const head = 46;
const gap = 14;
/** With more services than this the band lists them by trouble. */
const crowd = 40;
export const rowH = 21;
/** Height of the line that counts the rows for which there is no room. */
const moreH = 15;
/** Height of the line of a gateway's listeners. */
export const doorLineH = 27;

export function doorsOf(d: Document): number {
  return d.listeners.length > 0 ? doorLineH : 0;
}

/** Lays out the band in a room of which only x, y and w count; the band says how high it is, at most maxH. */
export function planServices(
  store: Store,
  room: Rect,
  maxH: number,
  view: View,
  slots: { services: Slots; documents: Slots },
): ServicePlan {
  const cast = view.cast;
  const inCast = new Set(cast?.keys ?? []);
  const visible = (ns: string, key: string) => view.namespace === "" || view.namespace === ns || inCast.has(key);

  const all = documentsOf(store).filter(d => visible(d.namespace, d.key) || concerns(d, view.namespace));
  const docPlace = slots.documents.assign(all.map(d => ({ key: d.key, family: d.key })));
  all.sort((a, b) => docPlace.get(a.key)! - docPlace.get(b.key)!);
  const services = [...store.services.values()].filter(s => visible(s.namespace, s.id)).sort(bySystemThenName);
  const place = slots.services.assign(services.map(s => ({ key: s.id, family: s.id })));
  // Where most do not fit, those in trouble are the ones to see.
  const crowded = services.length > crowd;
  const rank = (s: Service) => (cast ? castRank(cast, s.id) : 0) + (crowded ? trouble(s) * 1e5 : 0) + place.get(s.id)!;
  services.sort((a, b) => rank(a) - rank(b));

  const left = room.x + 22;
  const right = room.x + room.w - 18;
  const documents: DocumentBox[] = [];
  const open = cast ? all.filter(d => inCast.has(d.key)) : room.w >= 800 ? all : [];
  const closed = cast ? [] : all.filter(d => !open.includes(d));
  let x = left;
  let docsBottom = room.y + head;
  if (open.length > 0) {
    // Matches of routes have more to say than paths of ingresses.
    const long = open.some(d => d.kind !== "Ingress") ? 54 : 0;
    const w = (room.w >= 800 ? (cast ? 366 : 296) : cast ? 296 : 300) + long;
    let y = room.y + head - (cast ? 4 : 0);
    for (const document of open) {
      const rows = Math.max(1, Math.min(document.rows.length, cast && view.height >= 480 ? 6 : 4));
      const h = 32 + doorsOf(document) + rows * rowH + 8 + (document.rows.length > rows ? moreH : 0);
      if (!view.allServices && y > room.y + head && y + h > room.y + maxH) break;
      documents.push({
        key: document.key,
        document,
        rows,
        x,
        y,
        w,
        h,
        dim: cast !== null && !inCast.has(document.key),
      });
      y += h + 12;
      docsBottom = y;
    }
    x += w + 26;
  }

  const tight = maxH < 330 || cast !== null;
  const cellH = tight ? 76 : 86;
  const minW = room.w >= 800 ? 164 : 140;
  const columns = Math.max(1, Math.floor((right - x + gap) / (minW + gap)));
  const cellW = Math.min(206, (right - x + gap) / columns - gap);
  const cells: (ServiceBox | DocumentBox)[] = [];
  for (const document of closed) {
    cells.push({ key: document.key, document, rows: 0, dim: false, x: 0, y: 0, w: 0, h: 0 });
  }
  for (const service of services) {
    cells.push({ key: service.id, service, dim: cast !== null && !inCast.has(service.id), x: 0, y: 0, w: 0, h: 0 });
  }
  const wanted = Math.ceil(cells.length / columns);
  const fitting = Math.max(1, Math.floor((maxH - head - 6) / cellH));
  const needed = Math.max(1, Math.ceil(services.filter(s => inCast.has(s.id)).length / columns));
  const docRows = Math.ceil((docsBottom - room.y - head) / cellH);
  const rows = view.allServices
    ? wanted
    : Math.min(wanted, cast ? Math.max(needed, Math.min(fitting, docRows)) : fitting);
  const shown = Math.min(cells.length, rows * columns);
  const hexes: ServiceBox[] = [];
  cells.slice(0, shown).forEach((cell, i) => {
    // Rings and badges stand out of the hexagon by 8, so the box is smaller than its cell.
    const inset = 9;
    cell.x = x + (i % columns) * (cellW + gap) + inset;
    cell.y = room.y + head + Math.floor(i / columns) * cellH + 4;
    cell.w = cellW - 2 * inset;
    cell.h = tight ? 52 : 56;
    if ("service" in cell) hexes.push(cell);
    else documents.push(cell);
  });
  const height = Math.max(docsBottom - room.y, head + Math.max(1, rows) * cellH) + 8;
  const n = cells.length - shown;
  const hidden = cast ? [] : open.filter(d => !documents.some(box => box.key === d.key));
  const what = hidden.every(d => d.kind === "Ingress") ? "services.ingresses" : "services.documents";
  const words = [
    n > 0 ? (crowded ? say("services.by-trouble", say("more", n)) : say("more", n)) : "",
    hidden.length > 0 ? count(what, hidden.length) : "",
  ];
  const more =
    n > 0 || hidden.length > 0 ? { words: words.filter(Boolean).join(" · "), x: right, y: room.y + 25 } : null;
  return { height, services: hexes, documents, more };
}

/** 0 has no ready endpoint, 1 waits for a load balancer, 2 has endpoints that are not ready, 3 is well. */
function trouble(s: Service): number {
  if (s.type !== "ExternalName" && (s.ready ?? 0) === 0) return 0;
  if (s.pending) return 1;
  return (s.ready ?? 0) < (s.total ?? 0) ? 2 : 3;
}

/** Who takes part comes first, in the order of appearance. */
export function castRank(cast: Cast, key: string): number {
  const i = cast.keys.indexOf(key);
  return i < 0 ? 0 : i - 1e6;
}

function byName(a: { namespace: string; name: string }, b: { namespace: string; name: string }): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : a.namespace < b.namespace ? -1 : 1;
}

function bySystemThenName(a: { namespace: string; name: string }, b: { namespace: string; name: string }): number {
  return Number(isSystem(a.namespace)) - Number(isSystem(b.namespace)) || byName(a, b);
}

export function isSystem(namespace: string): boolean {
  return namespace.startsWith("kube-") || namespace === "calico-system";
}
