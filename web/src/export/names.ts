// File names that say what is in them: the source, who asks, what, and how it ends.

import type { Trace } from "../trace.ts";

/** Letters and digits of any language, joined by dashes; no name that a file system minds. */
export function slug(text: string, most: number): string {
  const parts = text
    .toLowerCase()
    .normalize("NFKC")
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);
  let out = "";
  for (const part of parts) {
    const next = out ? `${out}-${part}` : part;
    if (next.length > most) return out || [...part].slice(0, most).join("");
    out = next;
  }
  return out;
}

function join(...parts: string[]): string {
  return ["kubestrata", ...parts.filter(Boolean)].join("-");
}

/** Of a whole answer: kubestrata-tour-toolbox-curl-http-web-answered. */
export function traceName(trace: Trace): string {
  const { source, request, verdict } = trace;
  return join(slug(source.name, 24), slug(request.from.name, 24), slug(request.command, 48), slug(verdict.class, 20));
}

/** Of a picture: of a step, counted from 1, or of the map alone. */
export function pictureName(trace: Trace | null, step: number, steps: number, source: string): string {
  if (!trace) return join(slug(source, 24), "map");
  return `${traceName(trace)}-step-${step}-of-${steps}`;
}
