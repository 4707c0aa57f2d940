// What you look at is in the address: source, namespace, selection, the trace and its step. A frozen answer travels in
// the fragment, which no server sees.

import { isTrace, type Trace } from "./trace.ts";

export interface Looking {
  source: string;
  namespace: string;
  selected: string;
  from: string;
  command: string;
  assume: string[];
  via: string;
  /** Counted from 1 as people do; 0 is no step. */
  step: number;
  /** The page is on a projector. */
  present: boolean;
  /** "1" asks for a guess first, "0" does not; empty: as the person wants it. */
  predict: string;
  /** The seed that chose among the ways; 0 where nobody rolled. */
  seed: number;
  /** What is tried in the open trace; empty where the objects are as they are. */
  tries: string[];
  /** The other trace of a comparison, as its own question. */
  compare: string;
}

export function readAddress(search: string): Looking {
  const q = new URLSearchParams(search);
  return {
    source: q.get("source") ?? "",
    namespace: q.get("ns") ?? "",
    selected: q.get("at") ?? "",
    from: q.get("from") ?? "",
    command: q.get("cmd") ?? "",
    assume: q.getAll("assume"),
    via: q.get("via") ?? "",
    present: q.get("present") === "1",
    step: whole(q.get("step")),
    predict: /^[01]$/.test(q.get("predict") ?? "") ? q.get("predict")! : "",
    seed: whole(q.get("seed")),
    tries: q.getAll("try"),
    compare: q.get("compare") ?? "",
  };
}

function whole(text: string | null): number {
  return Math.max(0, Number.parseInt(text ?? "0", 10) || 0);
}

export function writeAddress(l: Looking): string {
  const q = new URLSearchParams();
  if (l.source) q.set("source", l.source);
  if (l.namespace) q.set("ns", l.namespace);
  if (l.selected) q.set("at", l.selected);
  if (l.from) q.set("from", l.from);
  if (l.command) q.set("cmd", l.command);
  if (l.via) q.set("via", l.via);
  for (const a of l.assume) q.append("assume", a);
  if (l.step > 0) q.set("step", String(l.step));
  if (l.present) q.set("present", "1");
  if (l.predict) q.set("predict", l.predict);
  if (l.seed > 0) q.set("seed", String(l.seed));
  for (const t of l.tries) q.append("try", t);
  if (l.compare) q.set("compare", l.compare);
  const text = q.toString();
  return text ? `?${text}` : "";
}

/** Compresses an answer for the fragment. */
export async function freeze(trace: Trace): Promise<string> {
  const stream = new Blob([JSON.stringify(trace)]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  let text = "";
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return `#t=${btoa(text).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "")}`;
}

const longest = 8 << 20;

/** Reads a frozen answer; null where the fragment holds none that this page can show. */
export async function thaw(hash: string): Promise<Trace | null> {
  if (!hash.startsWith("#t=")) return null;
  try {
    const raw = atob(hash.slice(3).replace(/-/g, "+").replace(/_/g, "/"));
    const bytes = Uint8Array.from(raw, c => c.charCodeAt(0));
    const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
    const parts: Uint8Array[] = [];
    let size = 0;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      size += value.length;
      if (size > longest) return null; // a small link must not become a large page
      parts.push(value);
    }
    const value: unknown = JSON.parse(await new Blob(parts as BlobPart[]).text());
    return isTrace(value) ? value : null;
  } catch {
    return null;
  }
}
