// Trays: a light ground behind the cards of one owner that stand side by side, with how many of its pods are ready.

import type { Store } from "../store.ts";
import { podShape, widthOf } from "../text.ts";
import { say } from "../words.ts";
import type { PodBox, TrayBox } from "./scene.ts";
import { pitch } from "./scene.ts";

interface Count {
  ready: number;
  all: number;
}

const counted = new WeakMap<Store, { revision: number; of: Map<string, Count> }>();

/** Ready and all pods by owner, over the whole cluster; counted once for each picture. */
function counts(store: Store): Map<string, Count> {
  const known = counted.get(store);
  if (known?.revision === store.revision) return known.of;
  const of = new Map<string, Count>();
  for (const pod of store.pods.values()) {
    const owner = ownerOf(pod.class);
    if (!owner) continue;
    const n = of.get(owner) ?? { ready: 0, all: 0 };
    const shape = podShape(pod.state);
    if (shape === "done") continue;
    n.all++;
    if (shape === "ready") n.ready++;
    of.set(owner, n);
  }
  counted.set(store, { revision: store.revision, of });
  return of;
}

function ownerOf(c: { namespace: string; ownerKind?: string; ownerName?: string }): string {
  return c.ownerName ? `${c.namespace}/${c.ownerKind}/${c.ownerName}` : "";
}

/** The trays of one lane: one for each stretch of neighbours of one owner in a row, where it has at least two. */
export function trays(pods: PodBox[], store: Store): TrayBox[] {
  const out: TrayBox[] = [];
  const sorted = [...pods].sort((a, b) => a.y - b.y || a.x - b.x);
  for (let i = 0; i < sorted.length; ) {
    const first = sorted[i]!;
    const owner = ownerOf(first.pod.class);
    let j = i + 1;
    while (owner && j < sorted.length && sorted[j]!.y === first.y && sorted[j]!.column === sorted[j - 1]!.column + 1) {
      if (ownerOf(sorted[j]!.pod.class) !== owner) break;
      j++;
    }
    const last = sorted[j - 1]!;
    // Of an owner with several pods in this lane also those that stand alone in a row have its ground.
    if (j - i > 1 || (owner && sorted.filter(p => ownerOf(p.pod.class) === owner).length > 1)) {
      const n = counts(store).get(owner) ?? { ready: 0, all: 0 };
      out.push({
        key: `${owner} ${first.y}`,
        x: first.x - 16,
        y: first.y - 17,
        w: last.x + last.w - first.x + 24,
        h: first.h + pitch.rowGap + 4,
        words: wordsOf(first, n),
      });
    }
    i = j;
  }
  // One of them says what they are, the widest.
  const of = (t: TrayBox) => t.key.slice(0, t.key.lastIndexOf(" "));
  for (const t of out) if (out.some(o => o.words && of(o) === of(t) && o.w > t.w)) t.words = "";
  for (const [i, t] of out.entries()) if (out.slice(0, i).some(o => o.words && of(o) === of(t))) t.words = "";
  return out;
}

/** As much of the owner's name and count as there is room for beside the ports of the first card. */
function wordsOf(first: PodBox, n: Count): string {
  const { ownerKind, ownerName, ports } = first.pod.class;
  const taken = (ports ?? []).length > 0 ? 76 : 0;
  const room = first.w - taken;
  const count = say("tray.ready", n.ready, n.all);
  const all = [
    `${ownerKind} ${ownerName} · ${count}`,
    `${ownerName} · ${count}`,
    `${ownerName} · ${n.ready}/${n.all}`,
    count,
  ];
  return all.find(words => widthOf(words, 12) <= room) ?? `${n.ready}/${n.all}`;
}
