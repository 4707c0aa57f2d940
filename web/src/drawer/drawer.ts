// The drawer answers: the strip of steps, one sentence, what arrives and what leaves, why, and under a failure what the
// client's terminal prints and what to try.

import { byId, copy, fill } from "../dom.ts";
import { back, close, dots, first, forward, last, pause, play } from "../icons.ts";
import { escapeText } from "../text.ts";
import { fails, type Step, stopOf } from "../trace.ts";
import { html, say } from "../words.ts";
import { middle, stepWords, terminal } from "./answer.ts";
import { type Judgement, judge } from "./check.ts";
import { Evidences } from "./evidence.ts";
import { foldAll, foldMenu, menu, menuButton } from "./menu.ts";
import { panelMarkup, type Tab, tabs } from "./panel.ts";
import { predictMarkup } from "./predict.ts";
import { wants } from "./prefs.ts";
import { Remedies } from "./remedy.ts";
import { type DrawerState, outcomeClass } from "./state.ts";
import { placeOf, strip, ways } from "./strip.ts";

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
  /** Which source answers about objects. */
  source(): string;
  pause(): void;
  guess(id: string): void;
  again(): void;
  fork(): void;
  toMap(): void;
  compare(): void;
  history(): void;
  turn(pref: "predict" | "decisions"): void;
}

export class Drawer {
  private readonly el = byId("player");
  private tab: Tab = "rule";
  private state: DrawerState | null = null;
  private moving = false;
  private judgement: Judgement | null = null;
  readonly evidences: Evidences;
  readonly remedies: Remedies;

  constructor(private readonly actions: DrawerActions) {
    this.evidences = new Evidences(
      () => actions.source(),
      () => this.panel(),
    );
    this.remedies = new Remedies(
      () => actions.source(),
      () => this.panel(),
    );
    this.el.className = "player"; // set at once, so that what it is like later depends on the step alone
    this.el.innerHTML =
      `<div class="controls"><div class="transport" role="group" aria-label="${html("player.play-label")}">` +
      `${button("first", first, html("player.first"))}${button("back", back, html("player.back"))}` +
      `${button("toggle", play, html("player.play"))}${button("forward", forward, html("player.next"))}${button("last", last, html("player.last"))}` +
      `<button type="button" class="speed" data-do="speed" title="${html("player.speed")}">1×</button></div>` +
      `<ol class="strip" aria-label="${html("player.steps")}"></ol><div class="drawer-menu">` +
      `<span class="ways"></span><button type="button" data-do="report" aria-pressed="false">${html("player.as-text")}</button><button type="button" class="wide" data-live data-do="compare">${html("compare")}</button>` +
      `${menu("more", dots, html("player.more"), menuButton("compare", html("command.compare"), "C") + menuButton("history", html("command.history"), "H") + menuButton("turn-predict", html("prefs.predict"), "P", true) + menuButton("turn-decisions", html("prefs.decisions"), "A", true))}` +
      `<details class="share menu"><summary>${html("player.share")}</summary><div class="share-menu menu-list">` +
      `<button type="button" data-live data-do="share-question"><b>${html("player.link-question")}</b><span>${html("player.link-question-note")}</span></button>` +
      `<button type="button" data-live data-do="share-answer"><b>${html("player.link-answer")}</b><span>${html("player.link-answer-note")}</span></button></div></details>` +
      `<span data-live>${button("close", close, html("player.close"))}</span></div></div><div class="answer">` +
      `<div class="say"></div><div class="headers" tabindex="0" role="group" aria-label="${html("player.packet")}"></div><div class="why"><div class="tabs" role="tablist" aria-label="${html("player.tabs")}">${tabs
        .map(
          ([id, name]) =>
            `<button type="button" role="tab" id="tab-${id}" data-tab="${id}" aria-controls="tab-panel">${escapeText(name)}</button>`,
        )
        .join("")}</div><div class="panel" id="tab-panel" role="tabpanel" tabindex="0"></div></div></div>`;
    this.el.addEventListener("click", e => this.click(e));
    this.el.addEventListener("submit", e => this.submit(e));
    // Looking closer stops the play; only one menu is open.
    this.el.addEventListener(
      "toggle",
      e => {
        const menu = e.target as HTMLDetailsElement;
        if (!menu.open) return;
        this.actions.pause();
        if (menu.matches(".menu")) foldAll(menu.firstChild);
      },
      true,
    );
    document.addEventListener("click", e => foldAll(e.target as Node));
    this.el.querySelector(".tabs")!.addEventListener("keydown", e => this.arrows(e as KeyboardEvent));
  }

  show(state: DrawerState): void {
    const other = this.state?.trace !== state.trace;
    this.state = state;
    if (other) {
      this.tab = "rule";
      this.judgement = null;
      this.evidences.forget();
    }
    const { step, steps, playing } = state;
    byId("drawer").hidden = false;
    if (this.predicts(state)) return;
    // Where it ends badly the why is what is read next; a tab that somebody chose while it stood still stays.
    if (this.moving && this.stopped()) this.tab = "rule";
    this.moving = playing;
    for (const pref of ["predict", "decisions"] as const)
      this.q(`[data-do=turn-${pref}]`).setAttribute("aria-pressed", String(wants(pref)));
    const toggle = this.q("[data-do=toggle]");
    if (fill(toggle, playing ? pause : play))
      toggle.setAttribute("aria-label", say(playing ? "player.pause" : "player.play"));
    this.q(".speed").textContent = `${speedText(state.speed)}×`;
    this.fillStrip(state);
    fill(this.q(".ways"), ways(state));
    const s = steps[step];
    const told = this.q(".say");
    fill(told, s ? stepWords(state, s) : "");
    // What does not fit is scrolled by keys, too.
    if (told.scrollHeight > told.clientHeight + 1) told.tabIndex = 0;
    else told.removeAttribute("tabindex");
    fill(
      this.q(".headers"),
      s ? (this.stopped() ? terminal(state.trace) : "") + middle(this.about(s), this.stopped()) : "",
    );
    this.panel();
    this.el.classList.toggle("failed", this.stopped());
  }

  /** The strip is written anew at each step: who stands on it stays on it. */
  private fillStrip(state: DrawerState): void {
    const el = this.q(".strip");
    const on = el.contains(document.activeElement) ? document.activeElement : null;
    if (fill(el, strip(state)) && on)
      (
        (on.matches("[data-fold]") ? el.querySelector<HTMLElement>("[data-fold]") : null) ??
        el.querySelector<HTMLElement>("[aria-current]")
      )?.focus({ preventScroll: true });
  }

  /** Long traces scroll in the strip, with the current step in the middle. */
  centre(): void {
    const el = this.q(".strip");
    const now = el.querySelector<HTMLElement>(".now");
    if (now) el.scrollLeft = now.offsetLeft + now.offsetWidth / 2 - el.clientWidth / 2;
  }

  /** Asks for a guess in place of an answer. Returns whether it does. */
  private predicts(state: DrawerState): boolean {
    const { request } = state.trace;
    const began = state.predicting && !this.el.classList.contains("predicting");
    for (const el of [this.el, byId("drawer"), document.body]) el.classList.toggle("predicting", state.predicting);
    if (!state.predicting) return false;
    fill(this.q(".say"), predictMarkup(`${request.from.kind} ${request.from.name}`, request.command, state.pointed));
    if (began) this.q(".predict").focus();
    return true;
  }

  private stopped(): boolean {
    const s = this.state;
    return s !== null && s.step === s.steps.length - 1 && fails(outcomeClass(s));
  }

  /** Once all is over, what is told is the step that decided. */
  private about(s: Step): Step {
    const { state } = this;
    if (!state) return s;
    const { fold, told } = placeOf(state);
    if (fold && told) return told;
    if (!this.stopped()) return s;
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
    const asked = { evidences: this.evidences, remedy: state.frozen ? null : this.remedies.of(state.trace) };
    fill(panel, panelMarkup(this.tab, state, this.about(s), this.stopped(), asked));
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
    this.choose(tabs[(i + move + tabs.length) % tabs.length]![0]);
    this.q(`#tab-${this.tab}`).focus();
  }

  /** Looking closer stops the play. */
  private choose(tab: Tab): void {
    this.actions.pause();
    this.tab = tab;
    this.panel();
  }

  private click(e: Event): void {
    const target = (e.target as Element).closest<HTMLElement>(
      "[data-do],[data-tab],[data-step],[data-outcome],[data-copy],[data-inspect],[data-guess]",
    );
    const state = this.state;
    if (!target || !state) return;
    const { dataset } = target;
    if (dataset.tab) this.choose(dataset.tab as Tab);
    else if (dataset.guess !== undefined) this.actions.guess(dataset.guess);
    else if (dataset.step) this.actions.seek(Number(dataset.step));
    else if (dataset.outcome) {
      this.actions.outcome(Number(dataset.outcome));
      this.q<HTMLElement>(".ways-menu summary").focus();
    } else if (dataset.inspect) this.actions.inspect(dataset.inspect);
    else if (dataset.copy !== undefined) {
      void copy(dataset.copy).then(() => flash(target, say("copied")));
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
    else if (what === "again") actions.again();
    else if (what === "fork") actions.fork();
    else if (what === "to-map") actions.toMap();
    else if (what === "compare" || what === "history") {
      foldMenu(target);
      actions[what]();
    } else if (what === "turn-predict") actions.turn("predict");
    else if (what === "turn-decisions") actions.turn("decisions");
    else if (what.startsWith("share-")) {
      const name = target.querySelector("b")!;
      void actions.share(what === "share-answer").then(() => flash(name, say("link-copied")));
    }
  }

  private q<T extends HTMLElement = HTMLElement>(selector: string): T {
    return this.el.querySelector<T>(selector)!;
  }
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
