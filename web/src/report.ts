// The list of steps as the server renders it: what a screen reader reads and what prints. It counts as the strip does, so
// that "hop 5" is the same hop for whoever looks at the one and whoever looks at the other.

import { byId, make } from "./dom.ts";
import { type Fold, foldAt, stopsOf } from "./drawer/folds.ts";
import { isFrozen } from "./export/frozen.ts";
import type { Step, Trace } from "./trace.ts";
import { count } from "./words.ts";

/** Where somebody stands in a trace. */
export interface Standing {
  /** Of the way that is shown. */
  steps: Step[];
  folds: Fold[];
  step: number;
  /** A look-up is open: each of its hops counts. */
  unfolded: boolean;
}

/** Fetches the words of a trace and shows them, unless another trace is open by then. */
export async function showReport(trace: Trace, still: () => boolean, at: () => Standing | undefined): Promise<void> {
  if (isFrozen()) return markStep(at()); // the words are in the file
  try {
    const answer = await fetch("api/v1/report", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(trace),
    });
    if (!answer.ok || !still()) return;
    byId("report").innerHTML = await answer.text();
    markStep(at());
  } catch {
    // The drawer says the same in its own words.
  }
}

/** Lets a tap on a step of the list go there. */
export function followSteps(seek: (step: number) => void, at: () => Standing | undefined): void {
  byId("report").addEventListener("click", e => {
    const b = (e.target as Element).closest<HTMLElement>("[data-go]");
    const step = at()?.steps.findIndex(s => s.id === b?.dataset.go) ?? -1;
    if (step >= 0) seek(step);
  });
}

/** Numbers the list as the strip is numbered, folds what the strip folds, and marks the current step. */
export function markStep(at: Standing | undefined): void {
  const list = document.querySelectorAll<HTMLLIElement>("#report .steps > [data-step]");
  if (!at || list.length === 0) return;
  const { steps, folds, unfolded } = at;
  const step = (!unfolded && folds.find(f => at.step >= f.from && at.step < f.to)?.to) || at.step;
  const stops = stopsOf(steps, folds, step);
  const place = new Map(steps.map((s, i) => [s.id, i]));
  for (const li of list) {
    const i = place.get(li.dataset.step ?? "") ?? -1;
    const fold = i < 0 ? undefined : foldAt(folds, i);
    const stop = stops.findIndex(s => (s.fold ? i >= s.fold.from && i <= s.fold.to : s.at === i));
    const closed = stop >= 0 ? stops[stop]!.fold : null;
    li.value = stop + 1;
    // A look-up that is folded is told by its answer, as in the drawer.
    const told = closed ? i === closed.answered : stop >= 0;
    li.classList.toggle("other-way", i < 0);
    li.classList.toggle("folded", stop >= 0 && !told);
    li.classList.toggle("unnumbered", i < 0 || (closed !== null && i !== closed.from));
    li.classList.toggle("look-up", closed !== null && told);
    const current = told && (closed ? step === closed.to : step === i);
    if (current) li.setAttribute("aria-current", "step");
    else li.removeAttribute("aria-current");
    if (i >= 0) reachable(li, steps[i]!, closed && told ? closed : null, steps, !!fold);
  }
}

/** The title of a step goes to it; that of a folded look-up has a button that opens it. */
function reachable(li: HTMLLIElement, s: Step, closed: Fold | null, steps: Step[], within: boolean): void {
  const title = li.querySelector("h4 .title");
  if (!title) return;
  if (!title.closest("button")) {
    const b = make("button", "go-to");
    b.type = "button";
    b.dataset.go = s.id;
    title.replaceWith(b);
    b.append(title);
  }
  let opener = li.querySelector<HTMLElement>(".opens");
  if (!within) return;
  if (closed && !opener) {
    opener = make("button", "opens", count("strip.open", closed.to - closed.from + 1));
    opener.setAttribute("type", "button");
    opener.dataset.go = steps[closed.from]!.id;
    li.append(opener);
  } else if (!closed) opener?.remove();
}
