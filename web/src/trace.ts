// The answer to a trace, as the page reads it: the contract kubestrata.io/trace/v1, with the steps' titles.

import { type StepKind, stepKinds } from "./kinds.ts";

export interface Ref {
  kind: string;
  namespace?: string;
  name: string;
}

export interface Header {
  src: string;
  dst: string;
  protocol: string;
  outer: { src: string; dst: string } | null;
  http: {
    method: string;
    path: string;
    headers: Record<string, string> | null;
    status?: number;
    body?: string;
  } | null;
}

export interface Step {
  id: string;
  kind: StepKind;
  leg: number;
  direction: "request" | "reply";
  layer: string;
  at: Ref;
  title: string;
  sentence: string;
  before: Header | null;
  after: Header | null;
  changed: string[];
  rule: { text: string; where: string; exact: boolean } | null;
  compared: { what: string; wanted: string; got: string; holds: boolean }[];
  tried: { object: Ref | null; why: string }[];
  certainty: string;
  evidence: (Ref & { resourceVersion?: string; fields?: string[] })[];
}

export interface Outcome {
  share: number;
  class: string;
  reason: string;
  httpStatus: number | null;
  endpoint: { namespace: string; pod: string; ip: string; port: number; node: string } | null;
  backend: (Ref & { port: number }) | null;
  sourceSeen: string;
  masqueraded: boolean;
  upstreamPath: string;
  location: string;
  steps: string[];
}

export interface Verdict {
  class: string;
  certainty: string;
  reason: string;
  httpStatus: number | null;
  sentence: string;
  decidedBy: Ref | null;
  client: { program: string; exitCode: number; message: string };
  try: { text: string; command: string }[];
}

export interface Assumption {
  key: string;
  value: string;
  source: string;
  wouldFlip: boolean;
}

export interface Trace {
  schema: string;
  request: {
    command: string;
    from: Ref & { ip: string; node: string };
    host: string;
    port: number;
    protocol: string;
    ignoredFlags: string[];
  };
  source: { kind: string; name: string; asOf: string };
  verdict: Verdict;
  outcomes: Outcome[];
  steps: Step[];
  assumptions: Assumption[];
  alternatives: { assume: Record<string, string>; verdict: Verdict }[];
  /** How a person finds out; links from before it was there lack it. */
  yourself?: { where: string; command: string };
}

/** The kinds of steps that this page does not know: a link may carry the answer of a newer version. */
export function unknownKinds(trace: Trace): string[] {
  const known = new Set<string>(stepKinds);
  return [...new Set(trace.steps.map(s => s.kind as string))].filter(k => !known.has(k));
}

/** The id of cards, steps and map items, as the server writes it: kind, namespace (if any) and name, joined by "/". */
export function keyOf(ref: Ref): string {
  return ref.namespace ? `${ref.kind}/${ref.namespace}/${ref.name}` : `${ref.kind}/${ref.name}`;
}

/** Reads a key back; an empty namespace counts as none. */
export function refOf(key: string): Ref {
  const a = key.indexOf("/");
  const b = key.indexOf("/", a + 1);
  if (a < 0) return { kind: "", name: key };
  if (b < 0) return { kind: key.slice(0, a), name: key.slice(a + 1) };
  if (b === a + 1) return { kind: key.slice(0, a), name: key.slice(b + 1) };
  return { kind: key.slice(0, a), namespace: key.slice(a + 1, b), name: key.slice(b + 1) };
}

const failing = new Set(["refused", "no-answer", "reset", "tls-error", "name-not-found", "http-error"]);

/** Whether an outcome is one where something stopped or refused the request. */
export function fails(cls: string): boolean {
  return failing.has(cls);
}

const silent = new Set(["no-answer", "left-the-map", "cannot-tell", "name-not-found"]);

/** Whether something comes back to the client at the end: an answer or a refusal. Otherwise the packet stays where it is. */
export function comesBack(cls: string): boolean {
  return !silent.has(cls);
}

/** The step that decided a failure: the last one on the way there; -1 where nothing failed. */
export function stopOf(steps: Step[], cls: string): number {
  if (!fails(cls)) return -1;
  for (let i = steps.length - 1; i >= 0; i--) {
    if (steps[i]!.kind !== "end" && steps[i]!.direction === "request") return i;
  }
  return steps.length - 1;
}

/** Whether an answer has the form this page was written for; frozen links come from anywhere. */
export function isTrace(v: unknown): v is Trace {
  if (typeof v !== "object" || v === null) return false;
  const t = v as Partial<Trace>;
  return (
    typeof t.schema === "string" &&
    t.schema.startsWith("kubestrata.io/trace/") &&
    Array.isArray(t.steps) &&
    Array.isArray(t.outcomes) &&
    typeof t.verdict === "object" &&
    typeof t.request === "object" &&
    t.steps.every(s => typeof s?.id === "string" && typeof s.at?.name === "string") &&
    t.outcomes.every(o => Array.isArray(o?.steps))
  );
}
