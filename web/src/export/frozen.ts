// A page that is a file of its own: it holds one answer and the picture it was given on, and asks nobody.

import { maybe } from "../dom.ts";
import { isTrace, type Trace } from "../trace.ts";
import { unpack } from "./bytes.ts";
import { isSnapshot, type Snapshot } from "./snapshot.ts";

/** Whether this page is such a file. What needs a server is not there then: it has the attribute data-live. */
export function isFrozen(): boolean {
  return document.body.hasAttribute("data-frozen");
}

/** Takes away what needs a server. What draws itself later is hidden by the style sheet. */
export function removeLive(): void {
  for (const el of document.querySelectorAll("[data-live]")) el.remove();
}

/** What the file holds; null where somebody has changed it beyond reading. */
export async function held(): Promise<{ trace: Trace; snapshot: Snapshot } | null> {
  try {
    const trace = await unpack(heldText("trace"));
    const snapshot = await unpack(heldText("snapshot"));
    return isTrace(trace) && isSnapshot(snapshot) ? { trace, snapshot } : null;
  } catch {
    return null;
  }
}

/** One of the texts in the file, as it was put there. */
export function heldText(name: "trace" | "markdown" | "snapshot"): string {
  return maybe(`frozen-${name}`)?.textContent ?? "";
}
