// What a step rests on: the objects with their deciding lines, and how old they are. The server reads them; nothing here
// changes them.

import { escapeText } from "../text.ts";
import { keyOf, type Ref, type Step, type Trace } from "../trace.ts";
import { html, say } from "../words.ts";

export type Evidence = Step["evidence"][number];

export interface Excerpt extends Ref {
  resourceVersion: string;
  age: string;
  lines: { number: number; text: string; lit: boolean }[];
  problem: string;
}

/** What the server said of the objects of a trace; asked once each. */
export class Evidences {
  private readonly known = new Map<string, Excerpt[] | null>();

  constructor(
    private readonly source: () => string,
    private readonly arrived: () => void,
  ) {}

  forget(): void {
    this.known.clear();
  }

  /** What is known; null while it is under way, and an empty list where the server gave nothing. */
  of(list: Evidence[], yaml: boolean): Excerpt[] | null {
    if (list.length === 0) return [];
    const body = JSON.stringify({ yaml, objects: list.slice(0, 16) });
    const known = this.known.get(body);
    if (known !== undefined) return known;
    this.known.set(body, null);
    void fetchExcerpts(body, this.source()).then(answer => {
      this.known.set(body, answer);
      this.arrived();
    });
    return null;
  }
}

async function fetchExcerpts(body: string, source: string): Promise<Excerpt[]> {
  try {
    const answer = await fetch(`api/v1/excerpts${source ? `?source=${encodeURIComponent(source)}` : ""}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body,
    });
    const value = (await answer.json()) as { objects?: Excerpt[] };
    return answer.ok ? (value.objects ?? []) : [];
  } catch {
    return [];
  }
}

/** What a step rests on; where it names nothing, what stands at its place and what decided. */
export function evidenceOf(trace: Trace, s: Step): Evidence[] {
  const list: Evidence[] = [...(s.evidence ?? [])];
  const add = (r: Ref | null) => {
    if (r && r.kind !== "Network" && !list.some(x => keyOf(x) === keyOf(r))) list.push(r);
  };
  if (list.length === 0) add(s.at);
  if (s.kind === "end") add(trace.verdict.decidedBy);
  return list;
}

export function refButton(ref: Ref): string {
  return `<button type="button" class="ref" data-inspect="${escapeText(keyOf(ref))}">${escapeText(`${ref.kind} ${ref.name}`)}</button>`;
}

export function objectMarkup(list: Evidence[], found: Excerpt[] | null, frozen: boolean): string {
  if (list.length === 0) return `<p class="none">${html("evidence.none")}</p>`;
  return list
    .map(e => {
      const x = found?.find(f => keyOf(f) === keyOf(e));
      const head = `<p class="object-head">${refButton(e)}${e.namespace ? ` <span>${html("evidence.in", escapeText(e.namespace))}</span>` : ""}</p>`;
      return `<section class="object">${head}${linesMarkup(e, x, found, frozen)}</section>`;
    })
    .join("");
}

function linesMarkup(e: Evidence, x: Excerpt | undefined, found: Excerpt[] | null, frozen: boolean): string {
  const fields = (e.fields ?? []).join(", ");
  if (frozen) return `<p class="none">${html("evidence.frozen", escapeText(fields || say("evidence.the-object")))}</p>`;
  if (found === null) return `<p class="none">${html("evidence.reading", escapeText(fields))}</p>`;
  if (!x) return `<p class="none">${html("evidence.empty")}</p>`;
  if (x.problem) return `<p class="none">${escapeText(x.problem)}</p>`;
  const lines = x.lines
    .map(
      l =>
        `<span class="${l.lit ? "lit" : ""}"><i>${l.number || ""}</i>${l.lit ? `<mark>${escapeText(l.text)}</mark>` : escapeText(l.text)}</span>`,
    )
    .join("\n");
  return `${changedSince(e, x)}<pre class="yaml" tabindex="0" role="group" aria-label="${escapeText(say("evidence.lines", e.kind, e.name))}">${lines}</pre>`;
}

function changedSince(e: Evidence, x: Excerpt): string {
  if (!e.resourceVersion || !x.resourceVersion || e.resourceVersion === x.resourceVersion) return "";
  return `<p class="where">${html("evidence.changed", escapeText(e.resourceVersion), escapeText(x.resourceVersion))}</p>`;
}

export function evidenceMarkup(trace: Trace, s: Step, found: Excerpt[] | null): string {
  const rows = (s.evidence ?? []).map(e => {
    const x = found?.find(f => keyOf(f) === keyOf(e));
    const parts = [
      e.namespace ? say("evidence.in", e.namespace) : "",
      (e.fields ?? []).join(", "),
      e.resourceVersion ? say("evidence.version", e.resourceVersion) : "",
      x?.age ? say("evidence.age", x.age) : "",
      x?.problem ?? "",
    ].filter(Boolean);
    return `<li>${refButton(e)} <span>${escapeText(parts.join(" · "))}</span></li>`;
  });
  const assumed =
    s.certainty === "certain"
      ? []
      : trace.assumptions
          .filter(a => a.source !== "detected")
          .map(
            a =>
              `<li><code>${escapeText(a.key)}=${escapeText(a.value)}</code> <span>${html(a.wouldFlip ? "evidence.assumed-flips" : "evidence.assumed", html(`fact.${a.source}`))}</span></li>`,
          );
  const asOf = escapeText(trace.source.asOf || say("evidence.no-time"));
  const sure =
    s.certainty === "certain"
      ? html("evidence.certain", asOf)
      : html("evidence.unsure", html(`certainty.${s.certainty}`), asOf);
  return `<p class="where">${sure}</p><ul>${rows.join("")}${assumed.join("")}</ul>`;
}
