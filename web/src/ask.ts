// A request goes to the server and comes back as a trace.

import type { Trace } from "./trace.ts";
import { say } from "./words.ts";

export interface Question {
  from: string;
  command: string;
  assume: string[];
  via: string;
  /** Changes of the objects, for this question only: whole objects, or what to leave out. */
  fork?: unknown[];
}

export class AskError extends Error {
  constructor(
    message: string,
    readonly field: string,
  ) {
    super(message);
  }
}

/** Asks the server for a trace. Throws AskError with a sentence that says what to do. */
export async function ask(question: Question, source: string): Promise<Trace> {
  const assume: Record<string, string> = {};
  for (const a of question.assume) {
    const at = a.indexOf("=");
    if (at > 0) assume[a.slice(0, at)] = a.slice(at + 1);
  }
  const body = { from: question.from, via: question.via, assume, command: question.command, fork: question.fork };
  const url = `api/v1/trace${source ? `?source=${encodeURIComponent(source)}` : ""}`;
  let answer: Response;
  try {
    answer = await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
  } catch {
    throw new AskError(say("server.not-traced"), "");
  }
  const value: unknown = await answer.json().catch(() => null);
  if (answer.ok && value) return value as Trace;
  const e = (value as { error?: { message?: string; field?: string } } | null)?.error;
  throw new AskError(e?.message ?? say("server.answers", answer.status), e?.field ?? "");
}
