// The list of steps as the server renders it: what a screen reader reads and what prints.

import { byId } from "./dom.ts";
import { isFrozen } from "./export/frozen.ts";
import type { Trace } from "./trace.ts";

/** Fetches the words of a trace and shows them, unless another trace is open by then. */
export async function showReport(trace: Trace, still: () => boolean, step: () => string | undefined): Promise<void> {
  if (isFrozen()) return markStep(step()); // the words are in the file
  try {
    const answer = await fetch("api/v1/report", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(trace),
    });
    if (!answer.ok || !still()) return;
    byId("report").innerHTML = await answer.text();
    markStep(step());
  } catch {
    // The drawer says the same in its own words.
  }
}

/** Marks the current step in the list. */
export function markStep(id: string | undefined): void {
  for (const li of document.querySelectorAll<HTMLElement>("#report [data-step]")) {
    if (li.dataset.step === id) li.setAttribute("aria-current", "step");
    else li.removeAttribute("aria-current");
  }
}
