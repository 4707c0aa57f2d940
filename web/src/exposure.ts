// From where things can be reached: a strip under every service and a list beside the map, with the object that opens
// each door. The server asks its traces; this shows what they say.

import { askExposure, type Exposed, type Verdict } from "./exposed.ts";
import type { Scene } from "./layout/scene.ts";
import type { Side } from "./side.ts";
import { escapeText } from "./text.ts";
import { keyOf, refOf } from "./trace.ts";

export interface ExposureHost {
  source(): string;
  /** What is drawn now. */
  scene(): Scene | null;
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
  private wrong = "";

  constructor(
    private readonly side: Side,
    private readonly host: ExposureHost,
  ) {}

  toggle(): void {
    if (this.on) this.side.close();
    else void this.open();
  }

  /** Asks anew, for what is on the map now. */
  async open(): Promise<void> {
    const asking = ++this.asking;
    this.on = true;
    this.wrong = "";
    this.found.clear();
    this.show(true);
    const keys = (this.host.scene()?.services ?? []).filter(s => s.service.type !== "ExternalName").map(s => s.key);
    for (let i = 0; i < keys.length; i += batch) {
      const targets = keys.slice(i, i + batch).map(targetOf);
      try {
        for (const e of await askExposure(targets, this.host.source())) {
          if (asking === this.asking) this.found.set(keyOf(e.ref), e);
        }
      } catch (error) {
        this.wrong = error instanceof Error ? error.message : String(error);
      }
      if (asking !== this.asking) return;
      this.show(i + batch < keys.length && !this.wrong);
      if (this.wrong) break;
    }
  }

  private close(): void {
    this.asking++;
    this.on = false;
    this.found.clear();
    this.host.redraw();
  }

  private show(more: boolean): void {
    const el = this.side.show("exposure", listMarkup([...this.found.values()], more, this.wrong), () => this.close());
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
    section("Open to the Internet", internet, e => doors(e, "internet")),
    section("Open to the LAN", lan, e => doors(e, "lan")),
    section("Cannot be told", doubtful, e =>
      side(
        e.internet.verdict === "unknown" ? e.internet : e.lan,
        e.internet.verdict === "unknown" ? "Internet" : "LAN",
      ),
    ),
    section("Inside the cluster only", inside, e => `<p>${escapeText(e.inside.sentence)}</p>`),
  ];
  const note = wrong
    ? `<p class="none">${escapeText(wrong)}</p>`
    : more
      ? `<p class="none">asking …</p>`
      : all.length === 0
        ? `<p class="none">No service is on the map.</p>`
        : "";
  return `<div class="exposure"><h2>Exposure</h2><p class="intro">From where each service on the map can be reached, and the object that opens each door. Each line is a trace.</p>${parts.join("")}${note}</div>`;
}

function section(title: string, list: Exposed[], say: (e: Exposed) => string): string {
  if (list.length === 0) return "";
  return `<h3>${title} <span class="count">${list.length}</span></h3><ul>${list
    .map(
      e =>
        `<li><button type="button" class="ref" data-ref="${escapeText(keyOf(e.ref))}">${escapeText(`${e.ref.namespace ?? ""}/${e.ref.name}`)}</button>${say(e)}</li>`,
    )
    .join("")}</ul>`;
}

/** Every open door of one side, each a trace on a click. */
function doors(e: Exposed, from: "internet" | "lan"): string {
  return e[from].open
    .map(
      d =>
        `<p><button type="button" class="pair" data-trace-from="${escapeText(d.trace.from)}" data-trace-command="${escapeText(d.trace.command)}" title="Trace it">▶</button> ${escapeText(d.words)}${e[from].certainty === "certain" ? "" : " (assumed)"}</p>`,
    )
    .join("");
}

function side(s: Exposed["internet"], name: string): string {
  const pair = s.trace
    ? `<button type="button" class="pair" data-trace-from="${escapeText(s.trace.from)}" data-trace-command="${escapeText(s.trace.command)}" title="Trace it">▶</button> `
    : "";
  return `<p>${pair}${name}: ${escapeText(s.sentence)}</p>`;
}
