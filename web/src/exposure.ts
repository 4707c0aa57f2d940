// From where things can be reached: a strip under every service and a list beside the map, with the object that opens
// each door. The server asks its traces; this shows what they say.

import { askExposure, type Exposed, type Verdict } from "./exposed.ts";
import type { Scene } from "./layout/scene.ts";
import type { Side } from "./side.ts";
import { escapeText } from "./text.ts";
import { keyOf, refOf } from "./trace.ts";
import { html } from "./words.ts";

export interface ExposureHost {
  source(): string;
  redraw(): void;
  trace(from: string, command: string): void;
  inspect(key: string): void;
}

/** Targets asked for at once: the first answers are there soon, however many there are. */
const batch = 8;

export class Exposure {
  /** By key of the service; what the map draws while the overlay is on. */
  readonly found = new Map<string, Exposed>();
  on = false;
  private asking = 0;
  private readonly asked = new Set<string>();
  /** Questions under way. */
  private pending = 0;
  private wrong = "";

  constructor(
    private readonly side: Side,
    private readonly host: ExposureHost,
  ) {}

  toggle(): void {
    if (this.on) this.side.close();
    else this.open();
  }

  open(): void {
    this.on = true;
    this.wrong = "";
    this.found.clear();
    this.asked.clear();
    this.asking++;
    this.pending = 0;
    this.show();
  }

  /** Asks for those services on the map that were not asked for yet. */
  look(scene: Scene): void {
    if (!this.on || this.wrong) return;
    const fresh = scene.services
      .filter(s => s.service.type !== "ExternalName" && !this.asked.has(s.key))
      .map(s => s.key);
    if (fresh.length === 0) return;
    for (const key of fresh) this.asked.add(key);
    void this.ask(fresh);
  }

  private async ask(keys: string[]): Promise<void> {
    const { asking } = this;
    this.pending++;
    for (let i = 0; i < keys.length && !this.wrong; i += batch) {
      try {
        const got = await askExposure(keys.slice(i, i + batch).map(targetOf), this.host.source());
        if (asking !== this.asking) return;
        for (const e of got) this.found.set(keyOf(e.ref), e);
      } catch (error) {
        if (asking !== this.asking) return;
        this.wrong = error instanceof Error ? error.message : String(error);
      }
      if (i + batch >= keys.length || this.wrong) this.pending--;
      this.show();
    }
  }

  private close(): void {
    this.asking++;
    this.on = false;
    this.pending = 0;
    this.found.clear();
    this.host.redraw();
  }

  private show(): void {
    const markup = listMarkup([...this.found.values()], this.pending > 0, this.wrong);
    const el = this.side.show("exposure", markup, () => this.close());
    el.onclick = e => {
      const target = e.target as Element;
      const pair = target.closest<HTMLElement>("[data-trace-command]");
      if (pair) this.host.trace(pair.dataset.traceFrom ?? "", pair.dataset.traceCommand ?? "");
      const ref = target.closest<HTMLElement>("[data-ref]");
      if (ref?.dataset.ref) this.host.inspect(ref.dataset.ref);
    };
    this.host.redraw();
  }
}

function targetOf(key: string): string {
  const ref = refOf(key);
  return `service/${ref.namespace ?? ""}/${ref.name}`;
}

const open = (v: Verdict) => v === "allowed" || v === "partly";

function listMarkup(all: Exposed[], more: boolean, wrong: string): string {
  const internet = all.filter(e => open(e.internet.verdict));
  const lan = all.filter(e => !internet.includes(e) && open(e.lan.verdict));
  const doubtful = all.filter(
    e => !internet.includes(e) && !lan.includes(e) && [e.internet.verdict, e.lan.verdict].includes("unknown"),
  );
  const inside = all.filter(e => ![internet, lan, doubtful].some(l => l.includes(e)));
  const parts = [
    section(html("exposure.to-internet"), internet, e => doors(e, "internet")),
    section(html("exposure.to-lan"), lan, e => doors(e, "lan")),
    section(html("exposure.untold"), doubtful, e =>
      side(
        e.internet.verdict === "unknown" ? e.internet : e.lan,
        html(e.internet.verdict === "unknown" ? "internet" : "lan"),
      ),
    ),
    section(html("exposure.inside"), inside, e => `<p>${escapeText(e.inside.sentence)}</p>`),
  ];
  const note = wrong
    ? `<p class="none">${escapeText(wrong)}</p>`
    : more
      ? `<p class="none">${html("exposure.asking")}</p>`
      : all.length === 0
        ? `<p class="none">${html("exposure.no-service")}</p>`
        : "";
  return `<div class="exposure"><h2>${html("exposure.title")}</h2><p class="intro">${html("exposure.intro")}</p>${parts.join("")}${note}</div>`;
}

function section(title: string, list: Exposed[], words: (e: Exposed) => string): string {
  if (list.length === 0) return "";
  return `<h3>${title} <span class="count">${list.length}</span></h3><ul>${list
    .map(
      e =>
        `<li><button type="button" class="ref" data-ref="${escapeText(keyOf(e.ref))}">${escapeText(`${e.ref.namespace ?? ""}/${e.ref.name}`)}</button>${words(e)}</li>`,
    )
    .join("")}</ul>`;
}

/** Every open door of one side, each a trace on a click. */
function doors(e: Exposed, from: "internet" | "lan"): string {
  return e[from].open
    .map(
      d =>
        `<p><button type="button" class="pair" data-trace-from="${escapeText(d.trace.from)}" data-trace-command="${escapeText(d.trace.command)}" title="${html("exposure.trace-it")}">▶</button> ${escapeText(d.words)}${e[from].certainty === "certain" ? "" : ` ${html("exposure.assumed")}`}</p>`,
    )
    .join("");
}

function side(s: Exposed["internet"], name: string): string {
  const pair = s.trace
    ? `<button type="button" class="pair" data-trace-from="${escapeText(s.trace.from)}" data-trace-command="${escapeText(s.trace.command)}" title="${html("exposure.trace-it")}">▶</button> `
    : "";
  return `<p>${pair}${name}: ${escapeText(s.sentence)}</p>`;
}
