// The answer in words is the server's: one text for the command line and the page.

import type { Trace } from "../trace.ts";
import { say } from "../words.ts";
import { heldText, isFrozen } from "./frozen.ts";

export async function markdownOf(trace: Trace): Promise<string> {
  return isFrozen() ? heldText("markdown") : asked("api/v1/export.md", trace);
}

/** Sends what the page has and takes what the server makes of it. Throws with a sentence for people. */
export async function asked(url: string, body: unknown): Promise<string> {
  let answer: Response;
  try {
    answer = await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
  } catch {
    throw new Error(say("export.away"));
  }
  if (answer.ok) return answer.text();
  const value = (await answer.json().catch(() => null)) as { error?: { message?: string } } | null;
  throw new Error(value?.error?.message ?? say("export.answers", answer.status));
}
