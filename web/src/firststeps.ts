// Somebody's first minutes: the button that is ready to be pressed, and after the first verdict what may be tried next. The
// server finds out what this cluster can show; whoever has seen it all, or wants none of it, is left alone.

import type { App } from "./app.ts";
import type { Command } from "./commands.ts";
import { byId, fill, make } from "./dom.ts";
import { isFrozen } from "./export/frozen.ts";
import { close } from "./icons.ts";
import { escapeText } from "./text.ts";
import type { Trace } from "./trace.ts";
import { html, say } from "./words.ts";

interface FirstStep {
  id: "break-it" | "from-outside" | "by-name";
  from: string;
  command: string;
  try: string[];
}

const key = "kubestrata-first-steps";
const ids = ["break-it", "from-outside", "by-name"] as const;

export class FirstSteps {
  private readonly el = make("div", "");
  private steps: FirstStep[] = [];
  private readonly taken = new Set<string>();
  private done = isFrozen() || remembered();
  private about: Trace | "idle" | null = null;

  constructor(private readonly app: App) {
    this.el.id = "chips";
    this.el.setAttribute("role", "group");
    this.el.setAttribute("aria-label", say("first.name"));
    this.el.addEventListener("click", e => {
      const b = (e.target as Element).closest<HTMLElement>("button");
      if (b?.dataset.chip) this.take(b.dataset.chip);
      else if (b) this.end();
    });
    app.watch(() => this.look());
  }

  /** Something stands in the bar: the button beside it says so, once. */
  ready(): void {
    byId("trace-button").classList.toggle("inviting", !this.done);
  }

  /** Without a request that is ready nobody gets to a first verdict by one click: they are offered at once. */
  idle(): void {
    if (this.about === null) void this.ask("idle", "", "");
  }

  commands(): Command[] {
    return ids.map(id => ({
      id: `first-${id}`,
      name: say("place.of", say("first.name"), say(`first.${id}`)),
      keys: [],
      when: () => this.steps.some(s => s.id === id),
      run: () => this.take(id),
      live: true,
    }));
  }

  /** At the end of a trace they are asked for anew: what breaks is what was seen. */
  private look(): void {
    const { open } = this.app;
    if (this.done || !open || this.app.stage) return;
    byId("trace-button").classList.remove("inviting");
    this.settle();
    if (!this.ended || open.predicting || this.about === open.trace) return;
    const { from, command } = this.app.looking;
    if (open.whatIf && this.steps.length > 0) return;
    void this.ask(open.trace, from, command);
  }

  private get ended(): boolean {
    const { stepCount, player } = this.app;
    return stepCount > 0 && player.step === stepCount - 1;
  }

  /** They stand in the answer once it is all told, and at the foot of the map while nothing is traced. */
  settle(): void {
    const { open } = this.app;
    // Taken away and not hidden: a step looks the same whether they have come yet or not.
    if (this.done || this.steps.length === 0 || (open !== null && !this.ended)) {
      this.el.remove();
      return;
    }
    const answer = document.querySelector("#player .answer");
    const home = open && answer ? answer : byId("stage");
    if (this.el.parentElement === home) return;
    if (home === answer) home.append(this.el);
    else byId("map-tools").before(this.el);
  }

  private async ask(about: Trace | "idle", from: string, command: string): Promise<void> {
    if (this.done) return;
    this.about = about;
    const q = new URLSearchParams({ from, cmd: command });
    if (this.app.looking.source) q.set("source", this.app.looking.source);
    try {
      const answer = await fetch(`api/v1/firststeps?${q}`);
      if (!answer.ok || this.about !== about || this.done) return;
      this.steps = ((await answer.json()) as { steps: FirstStep[] }).steps;
      this.show();
    } catch {
      // Nothing is offered, then.
    }
  }

  private show(): void {
    const chip = (s: FirstStep) => {
      const words = say(`first.${s.id}`);
      const what = s.from ? say("chip.what", words, s.command, s.from) : `${words}: ${s.command}`;
      return `<button type="button" class="chip-button${this.taken.has(s.id) ? " taken" : ""}" data-chip="${s.id}" title="${escapeText(what)}" aria-label="${escapeText(what)}">${escapeText(words)}</button>`;
    };
    this.settle();
    fill(
      this.el,
      `<span>${html("first.next")}</span>${this.steps.map(chip).join("")}<button type="button" class="none" aria-label="${html("first.end")}" title="${html("first.end")}">${close}</button>`,
    );
  }

  private take(id: string): void {
    const s = this.steps.find(s => s.id === id);
    if (!s) return;
    this.taken.add(id);
    this.show();
    void this.app.runWith({ from: s.from, command: s.command, assume: [], via: "" }, s.try);
    if (this.steps.every(x => this.taken.has(x.id))) remember();
  }

  private end(): void {
    this.done = true;
    this.settle();
    remember();
    byId("command").focus();
  }
}

function remembered(): boolean {
  try {
    return localStorage.getItem(key) === "done";
  } catch {
    return false; // Private windows may forbid it.
  }
}

function remember(): void {
  try {
    localStorage.setItem(key, "done");
  } catch {
    // They are offered again, then.
  }
}
