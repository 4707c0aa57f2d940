// Words on the map: how wide they are, how they are shortened, what names people use for things.

import type { Pod } from "./store.ts";
import {
  PhaseFailed,
  PhasePending,
  PhaseSucceeded,
  PodFailing,
  PodPhaseMask,
  PodReady,
  PodTerminating,
} from "./wire.ts";
import { say } from "./words.ts";

/** Width of a text in px at a size: wide enough for every letter of the page's fonts, without asking the browser. */
export function widthOf(text: string, size: number, mono = false): number {
  if (mono) return text.length * size * 0.6;
  let units = 0;
  for (const ch of text) {
    if ("iljI.,:;'|!".includes(ch)) units += 0.3;
    else if ("frt()-/ ".includes(ch)) units += 0.4;
    else if ("mwMW".includes(ch)) units += 0.92;
    else if (ch >= "A" && ch <= "Z") units += 0.7;
    else units += 0.6;
  }
  return units * size;
}

/** Cuts a text in the middle until it fits, since both ends of a name tell things apart. */
export function fit(text: string, width: number, size: number, mono = false): string {
  if (widthOf(text, size, mono) <= width) return text;
  for (let keep = text.length - 1; keep > 2; keep--) {
    const tail = Math.max(1, Math.floor(keep * 0.45));
    const cut = `${text.slice(0, keep - tail)}…${text.slice(text.length - tail)}`;
    if (widthOf(cut, size, mono) <= width) return cut;
  }
  return "…";
}

/** A pod's name without the hash of its ReplicaSet: "web-6d4b9c7f8-x2k4p" is web-x2k4p to people. */
export function shortPod(name: string, ownerKind: string | undefined, ownerName: string | undefined): string {
  if (ownerKind === "ReplicaSet" && ownerName && name.startsWith(`${ownerName}-`)) {
    const deployment = ownerName.replace(/-[a-z0-9]{5,10}$/, "");
    return deployment + name.slice(ownerName.length);
  }
  const m = /^(.+)-[bcdf0-9a-z]{8,10}-([bcdf0-9a-z]{5})$/.exec(name);
  return m && ownerKind !== "StatefulSet" ? `${m[1]}-${m[2]}` : name;
}

export type PodShape = "ready" | "not-ready" | "done" | "failing" | "pending";

export function podShape(state: number): PodShape {
  const phase = state & PodPhaseMask;
  if (phase === PhaseSucceeded) return "done";
  if (phase === PhaseFailed || state & PodFailing) return "failing";
  if (phase === PhasePending) return "pending";
  return state & PodReady ? "ready" : "not-ready";
}

export function podWords(pod: Pod): string {
  const words = [say("pod.named", pod.name), say(`pod-state.${podShape(pod.state)}`)];
  if (pod.state & PodTerminating) words.push(say("pod-state.terminating"));
  if (pod.ip) words.push(pod.ip);
  if (pod.node) words.push(say("pod.on", pod.node));
  return words.join(", ");
}

export function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, c => `&#${c.charCodeAt(0)};`);
}
