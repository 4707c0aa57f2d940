// What the server says of a thing's exposure: kubestrata.io/exposure/v1.

import type { Ref } from "./trace.ts";
import { say } from "./words.ts";

export type Verdict = "allowed" | "denied" | "partly" | "fails" | "unknown";

export interface OutsideSide {
  verdict: Verdict;
  certainty: string;
  open: { words: string; trace: { from: string; command: string } }[];
  sentence: string;
  trace: { from: string; command: string } | null;
}

export interface Exposed {
  target: string;
  ref: Ref;
  internet: OutsideSide;
  lan: OutsideSide;
  inside: { verdict: Verdict; pods: number; allowed: number; sentence: string };
}

export async function askExposure(targets: string[], source: string): Promise<Exposed[]> {
  const q = source ? `?source=${encodeURIComponent(source)}` : "";
  const answer = await fetch(`api/v1/exposure${q}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ targets }),
  });
  const body = (await answer.json().catch(() => null)) as { items?: Exposed[]; error?: { message?: string } } | null;
  if (!answer.ok || !body?.items) throw new Error(body?.error?.message ?? say("server.answers", answer.status));
  return body.items;
}
