// The drawer answers: the strip of steps, one sentence, what arrives and what leaves, why, and under a failure what the
// client's terminal prints and what to try.

import { byId, copy, fill } from "../dom.ts";
import { back, close, first, forward, last, pause, play } from "../icons.ts";
import { fails, type Step, stopOf } from "../trace.ts";
import { middle, say, terminal } from "./answer.ts";
import { type Judgement, judge } from "./check.ts";
import { panelMarkup, type Tab, tabs } from "./panel.ts";
import { type DrawerState, outcomeClass } from "./state.ts";
import { strip, ways } from "./strip.ts";

export interface DrawerActions {
  toggle(): void;
  seek(step: number): void;
  back(): void;
  forward(): void;
  speed(): void;
  outcome(i: number): void;
  close(): void;
  share(frozen: boolean): Promise<string>;
  inspect(key: string): void;
  report(): void;
  run(command: string): void;
}

export class Drawer {
  private readonly el = byId("player");
  private tab: Tab = "rule";
  private state: DrawerState | null = null;
  private judgement: Judgement | null = null;

  constructor(private readonly actions: DrawerActions) {
    this.el.innerHTML =
      `<div class="controls"><div class="transport" role="group" aria-label="Play">` +
      `${button("first", first, "First step (Home)")}${button("back", back, "Step back (←)")}` +
      `${button("toggle", play, "Play (Space)")}${button("forward", forward, "Next step (→)")}${button("last", last, "Last step (End)")}` +
      `<button type="button" class="speed" data-do="speed" title="Speed (1 to 5)">1×</button></div>` +
      `<ol class="strip" aria-label="Steps"></ol><div class="drawer-menu">` +
      `<span class="ways"></span><button type="button" data-do="report" aria-pressed="false">As text</button><details class="share"><summary>Share</summary><div class="share-menu">` +
      `<button type="button" data-live data-do="share-question"><b>Link to the question</b><span>asked anew wherever it is opened</span></button>` +
      `<button type="button" data-live data-do="share-answer"><b>Link with this answer</b><span>frozen as it is now, needs no cluster</span></button></div></details>` +
      `<span data-live>${button("close", close, "Close the trace (Esc)")}</span></div></div><div class="answer">` +
      `<div class="say"></div><div class="headers" tabindex="0" role="group" aria-label="The packet here"></div><div class="why"><div class="tabs" role="tablist" aria-label="More about this step">${tabs
        .map(
          ([id, name]) =>
            `<button type="button" role="tab" id="tab-${id}" data-tab="${id}" aria-controls="tab-panel">${name}</button>`,
        )
        .join("")}</div><div class="panel" id="tab-panel" role="tabpanel" tabindex="0"></div></div></div>`;
    this.el.addEventListener("click", e => this.click(e));
    this.el.addEventListener("submit", e => this.submit(e));
    this.el.querySelector(".tabs")!.addEventListener("keydown", e => this.arrows(e as KeyboardEvent));
  }

  show(state: DrawerState): void {
    const other = this.state?.trace !== state.trace;
    this.state = state;
    if (other) {
      this.tab = "rule";
      this.judgement = null;
    }
    const { step, steps, playing } = state;
    byId("drawer").hidden = false;
    const toggle = this.q("[data-do=toggle]");
    if (fill(toggle, playing ? pause : play))
      toggle.setAttribute("aria-label", playing ? "Pause (Space)" : "Play (Space)");
    this.q(".speed").textContent = `${speedText(state.speed)}×`;
    fill(this.q(".strip"), strip(state));
    centre(this.q(".strip"));
    fill(this.q(".ways"), ways(state));
    const s = steps[step];
    fill(this.q(".say"), s ? say(state, s) : "");
    fill(
      this.q(".headers"),
      s ? (this.stopped() ? terminal(state.trace) : "") + middle(this.about(s), this.stopped()) : "",
    );
    this.panel();
    this.el.classList.toggle("failed", this.stopped());
  }

  private stopped(): boolean {
    const s = this.state;
    return s !== null && s.step === s.steps.length - 1 && fails(outcomeClass(s));
  }

  /** Once all is over, what is told is the step that decided. */
  private about(s: Step): Step {
    const { state } = this;
    if (!state || !this.stopped()) return s;
    const stop = stopOf(state.steps, outcomeClass(state));
    const decided = state.steps[stop] ?? s;
    // A controller that answers by itself decided when it read its rules, one step before.
    const before = state.steps[stop - 1];
    return decided.kind === "proxy.answer" && before?.kind === "proxy.match" ? before : decided;
  }

  private panel(): void {
    const state = this.state;
    const s = state?.steps[state.step];
    if (!state || !s) return;
    for (const [id] of tabs) {
      const t = this.q(`#tab-${id}`);
      t.setAttribute("aria-selected", String(id === this.tab));
      t.tabIndex = id === this.tab ? 0 : -1;
    }
    this.el.classList.toggle("checking", this.tab === "check");
    const panel = this.q("#tab-panel");
    panel.setAttribute("aria-labelledby", `tab-${this.tab}`);
    fill(panel, panelMarkup(this.tab, state, this.about(s), this.stopped()));
    this.sayJudgement();
  }

  /** The judgement is written beside the form, so that what was pasted stays. */
  private sayJudgement(): void {
    const line = this.el.querySelector<HTMLElement>(".judgement");
    if (!line) return;
    const j = this.judgement;
    line.textContent = j?.sentence ?? "";
    line.className = `judgement${j ? (j.agreed ? " agreed" : " differs") : ""}`;
  }

  private submit(e: Event): void {
    const form = (e.target as Element).closest<HTMLFormElement>("form.observed");
    const trace = this.state?.trace;
    if (!form || !trace) return;
    e.preventDefault();
    void judge(trace, form).then(j => {
      if (this.state?.trace !== trace) return;
      this.judgement = j;
      this.sayJudgement();
      this.q("#tab-panel").scrollTop = 0;
    });
  }

  private arrows(e: KeyboardEvent): void {
    const move = e.key === "ArrowRight" ? 1 : e.key === "ArrowLeft" ? -1 : 0;
    if (!move) return;
    e.preventDefault();
    e.stopPropagation();
    const i = tabs.findIndex(([id]) => id === this.tab);
    this.tab = tabs[(i + move + tabs.length) % tabs.length]![0];
    this.panel();
    this.q(`#tab-${this.tab}`).focus();
  }

  private click(e: Event): void {
    const target = (e.target as Element).closest<HTMLElement>(
      "[data-do],[data-tab],[data-step],[data-outcome],[data-copy],[data-inspect]",
    );
    const state = this.state;
    if (!target || !state) return;
    const { dataset } = target;
    if (dataset.tab) {
      this.tab = dataset.tab as Tab;
      this.panel();
    } else if (dataset.step) this.actions.seek(Number(dataset.step));
    else if (dataset.outcome) this.actions.outcome(Number(dataset.outcome));
    else if (dataset.inspect) this.actions.inspect(dataset.inspect);
    else if (dataset.copy !== undefined) {
      void copy(dataset.copy).then(() => flash(target, "copied"));
    } else this.act(dataset.do ?? "", target, state);
  }

  private act(what: string, target: HTMLElement, state: DrawerState): void {
    const { actions } = this;
    if (what === "toggle") actions.toggle();
    else if (what === "back") actions.back();
    else if (what === "forward") actions.forward();
    else if (what === "first") actions.seek(0);
    else if (what === "last") actions.seek(state.steps.length - 1);
    else if (what === "speed") actions.speed();
    else if (what === "close") actions.close();
    else if (what === "report") actions.report();
    else if (what.startsWith("share-")) {
      const name = target.querySelector("b")!;
      void actions.share(what === "share-answer").then(() => flash(name, "Link copied"));
    }
  }

  private q<T extends HTMLElement = HTMLElement>(selector: string): T {
    return this.el.querySelector<T>(selector)!;
  }
}

/** Long traces scroll in the strip, with the current step in the middle. */
function centre(strip: HTMLElement): void {
  const now = strip.querySelector<HTMLElement>(".now");
  if (now) strip.scrollLeft = now.offsetLeft + now.offsetWidth / 2 - strip.clientWidth / 2;
}

function button(what: string, icon: string, label: string): string {
  return `<button type="button" class="round ${what}" data-do="${what}" aria-label="${label}" title="${label}">${icon}</button>`;
}

/** Says on the button itself, for a moment, that it was done. */
function flash(el: HTMLElement, words: string): void {
  const before = el.textContent;
  el.textContent = words;
  el.classList.add("done");
  setTimeout(() => {
    el.textContent = before;
    el.classList.remove("done");
  }, 1600);
}

function speedText(speed: number): string {
  return speed === 0.25 ? "¼" : speed === 0.5 ? "½" : String(speed);
}
