// Asking by clicking: a source, then a target.

import type { Bar } from "./bar.ts";
import { announce } from "./dom.ts";
import { commandFor, sourceOf } from "./reach.ts";
import type { Store } from "./store.ts";
import { refOf } from "./trace.ts";
import { say } from "./words.ts";

/** First click says from where, the next one says to what. Returns whether the thing is either. */
export function fillBar(bar: Bar, store: Store, key: string, target: string): boolean {
  const door = refOf(key).kind === "Door" ? key.split("/") : null;
  const from = bar.from.value.trim();
  const picked = bar.from.dataset.picked;
  if (door) {
    const node = store.nodes.get(`Node/${door[1]}`);
    const address = (node?.addresses ?? [])[0];
    if (address) bar.set(from || "lan", `curl http://${address}:${door[2]}/`);
    return address !== undefined;
  }
  if (key.startsWith("Tomb/")) {
    const left = store.tombstones().find(g => `Tomb/${g.pod.key}` === key)?.pod;
    if (left)
      bar.set(
        from || store.status?.readyFrom || "",
        `curl http://${left.ip}${left.class.ports?.[0] ? `:${left.class.ports[0]}` : ""}/`,
      );
    return left !== undefined;
  }
  const source = sourceOf(key, store);
  const command = commandFor(target, from, store);
  if (picked && picked !== key && command) {
    bar.set(from, command);
    delete bar.from.dataset.picked;
    announce(say("bar.target", target.split("/").at(-1) ?? "", command));
  } else if (source) {
    bar.set(source, "");
    bar.from.dataset.picked = key;
    announce(say("bar.from-picked", source));
  } else if (command) bar.set(from || store.status?.readyFrom || "", command);
  return source !== "" || command !== "";
}

/** The object that opened a door, by the door's key on the map. */
export function ownerOfDoor(key: string, store: Store): string {
  const [, node, port] = key.split("/");
  const door = (store.nodes.get(`Node/${node}`)?.doors ?? []).find(d => String(d.port) === port);
  return door?.owner ?? `Node/${node}`;
}
