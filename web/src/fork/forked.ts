// What a Fork adds, changes and removes, and the picture as the Fork has it: the server compares, the page draws.

import type { Store } from "../store.ts";
import type { Class, Objects } from "../wire.ts";
import { say } from "../words.ts";

export interface Field {
  path: string;
  was: string;
  is: string;
}

export interface Change {
  id: string;
  what: "added" | "changed" | "removed";
  fields: Field[];
  /** Nobody edited it: it follows from what was edited. */
  follows: boolean;
}

export interface Forked {
  changes: Change[];
  picture: {
    objects: Partial<Objects>;
    removed: string[];
    pods: { id: string; name: string; node: string; ip: string; state: number; class: Class }[];
    gates: { was: Class; is: Class }[];
  };
}

/** What is tried, with what it does to the objects. */
export interface WhatIf {
  /** "What if pod busybox had access=true?" */
  question: string;
  /** Commands and objects that a link carries. */
  tries: string[];
  forked: Forked | null;
}

/** Asks what a Fork does; null where nothing of it can be drawn. */
export async function askForked(fork: unknown[], source: string): Promise<Forked | null> {
  if (fork.length === 0) return null;
  try {
    const answer = await fetch(`api/v1/whatif${source ? `?source=${encodeURIComponent(source)}` : ""}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ fork }),
    });
    return answer.ok ? ((await answer.json()) as Forked) : null;
  } catch {
    return null;
  }
}

/** Pods of one class but for their gates. */
function likeness(c: Class): string {
  return JSON.stringify([c.namespace, c.ownerKind, c.ownerName, c.labels, c.ports, c.containers, c.hostNetwork]);
}

/** A copy of the store with the Fork's objects. What it removes stays, to be drawn as not there. */
export function withFork(store: Store, { picture }: Forked): Store {
  const to = store.copy();
  const objects = { ...picture.objects };
  to.apply({ flags: 0, seq: 0, serverTime: 0, sections: [{ type: "objects", objects: objects as Objects }] });
  to.changes = store.changes;
  const gone = new Set(picture.removed);
  const stay = (ids: string[] | undefined) => (ids ?? []).filter(id => gone.has(id));
  const gates = new Map(picture.gates.map(g => [likeness(g.was), g.is]));
  const made = new Map<Class, Class>();
  if (gates.size > 0) {
    for (const pod of to.pods.values()) {
      let cls = made.get(pod.class);
      if (!cls) {
        const is = gates.get(likeness(pod.class));
        const { gateIn, gateOut } = pod.class;
        cls = is
          ? {
              ...pod.class,
              gateIn: [...(is.gateIn ?? []), ...stay(gateIn)],
              gateOut: [...(is.gateOut ?? []), ...stay(gateOut)],
            }
          : pod.class;
        made.set(pod.class, cls);
      }
      pod.class = cls;
    }
  }
  picture.pods.forEach((p, i) => {
    const old = to.podByKey(p.id);
    const { name, node, ip, state } = p;
    const slot = old?.slot ?? -1000 - i;
    to.pods.set(slot, { created: 0, ...old, slot, key: p.id, name, node, ip, state, class: p.class });
  });
  return to;
}

/** Lays a Fork over stores, once for each of their revisions. */
export class Over {
  private made: { store: Store; revision: number; forked: Forked; over: Store } | null = null;

  of(store: Store, forked: Forked | null): Store {
    if (!forked) return store;
    const { made } = this;
    if (made?.store === store && made.revision === store.revision && made.forked === forked) return made.over;
    const over = withFork(store, forked);
    this.made = { store, revision: store.revision, forked, over };
    return over;
  }
}

/** A field in few words: "labels.access = true". */
export function fieldWords({ path, was, is }: Field): string {
  const name = path.replace(/^(metadata|spec)\./, "");
  if (!is) return say("what-if.field-gone", name);
  return was ? say("what-if.field-was", name, is, was) : say("what-if.field", name, is);
}

/** What happens to an object, in few words. */
export function changeWords(c: Change): string {
  const [first, ...more] = c.fields;
  if (c.what !== "changed" || !first) return say(`fork.${c.what}`);
  return more.length > 0 ? say("what-if.more", fieldWords(first), more.length) : fieldWords(first);
}
