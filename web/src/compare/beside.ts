// The trace that stands beside the open one, and the list of earlier traces: which is compared, kept, opened again.

import { freeze, writeAddress } from "../address.ts";
import type { App } from "../app.ts";
import { AskError, ask, type Question } from "../ask.ts";
import { castOf, stepsOf } from "../cast.ts";
import type { Command } from "../commands.ts";
import { announce, byId, copy } from "../dom.ts";
import type { Remedy } from "../drawer/remedy.ts";
import { biggest } from "../drawer/state.ts";
import { isFrozen } from "../export/frozen.ts";
import { askForked, type WhatIf } from "../fork/forked.ts";
import { HistoryDialog } from "../history/dialog.ts";
import { History, type Kept } from "../history/history.ts";
import type { Cast, Scene } from "../layout/scene.ts";
import { plan, type Way } from "../route.ts";
import { comesBack, type Step, type Trace } from "../trace.ts";
import { say } from "../words.ts";
import { readSide, type Side, writeSide } from "./side.ts";
import { CompareView } from "./view.ts";

export class Beside {
  private side: Side | null = null;
  private readonly history = new History();
  private readonly dialog: HistoryDialog;
  private readonly view: CompareView;

  constructor(private readonly app: App) {
    this.dialog = new HistoryDialog(this.history, {
      frozen: entry => void this.reopen(entry, true),
      anew: entry => void this.reopen(entry, false),
      compare: entry => this.begin({ trace: entry.trace, question: entry.question, whatIf: null, note: "" }),
      current: () => app.open?.trace ?? null,
    });
    this.view = new CompareView(byId("player"), {
      end: () => this.end(),
      share: async () => {
        await copy(location.href);
        return location.href;
      },
      swap: () => this.swap(),
    });
    if (!isFrozen()) void this.history.restore();
  }

  get on(): boolean {
    return this.side !== null;
  }

  /** A trace was opened: it is kept, and what stood beside another one goes. */
  opened(trace: Trace, question: Question, frozen: boolean): void {
    this.forget();
    if (!frozen) this.history.add({ trace, question, source: this.app.looking.source, at: Date.now(), guess: "" });
  }

  guessed(trace: Trace, guess: string, pointed: string): void {
    const kept = this.history.list.find(k => k.trace === trace);
    if (kept) this.history.add({ ...kept, guess, pointed });
  }

  /** Puts a trace beside the open one. */
  begin(side: Side): void {
    const { app } = this;
    if (!app.open) return;
    this.side = side;
    app.looking.compare = writeSide(side, this.asked());
    app.player.seek(app.player.length - 1);
    app.remember(true);
    app.redraw();
    const sentence = this.show();
    this.view.focus();
    announce(say("compare.begun", sentence));
  }

  /** Asks for what a link names, once its first trace is open. */
  async restore(): Promise<void> {
    const { app } = this;
    const { compare, source } = app.looking;
    if (!compare || isFrozen()) return;
    try {
      this.begin(await readSide(compare, this.asked(), source, app.remedies));
    } catch (error) {
      this.fault(error);
    }
  }

  /** Tries the remedy of the open trace in a Fork: the same question, with and without. */
  async tryRemedy(): Promise<void> {
    const { app } = this;
    const { open } = app;
    const remedy = open && !open.frozen ? app.remedies.of(open.trace) : null;
    if (open && remedy) await this.put(remedy, open.trace.verdict.try.map(t => t.command).filter(Boolean));
  }

  /** Tries what somebody thought of: commands or whole objects. Returns why it cannot be tried, else nothing. */
  async tryThis(tries: string[]): Promise<string> {
    const { app } = this;
    if (!app.open || app.open.frozen) return say("what-if.first");
    const remedy = await app.remedies.ask(tries);
    if (!remedy) return app.remedies.problem || say("what-if.nothing");
    return this.put(remedy, tries);
  }

  private async put(remedy: Remedy, given: string[]): Promise<string> {
    const { app } = this;
    const { open } = app;
    const asked = this.asked();
    const question = remedy.command ? { ...asked, command: remedy.command } : asked;
    const { source } = app.looking;
    const tries = remedy.command ? [] : given;
    try {
      const [trace, forked] = await Promise.all([
        ask({ ...question, fork: remedy.fork }, source),
        askForked(remedy.fork, source),
      ]);
      const whatIf = tries.length > 0 ? { question: remedy.question, tries, forked } : null;
      if (open && app.open === open) this.begin({ trace, question, whatIf, note: remedy.question });
      return "";
    } catch (error) {
      this.fault(error);
      return error instanceof AskError ? error.message : String(error);
    }
  }

  /** What is tried in the trace that stands beside. */
  get whatIf(): WhatIf | null {
    return this.side?.whatIf ?? null;
  }

  list(toCompare: boolean): void {
    this.app.player.pause();
    this.dialog.show(toCompare);
  }

  end(): void {
    if (!this.side) return;
    this.forget();
    this.app.remember(false);
    this.app.player.seek(this.app.player.step);
    this.app.redraw();
    byId("drawer").focus({ preventScroll: true });
  }

  /** Things of the other trace that the map must show, too. */
  join(cast: Cast): Cast {
    if (!this.side) return cast;
    const other = castOf(this.side.trace, this.steps());
    return { ...cast, keys: [...new Set([...cast.keys, ...other.keys])] };
  }

  /** The way of the other trace; empty where none stands beside. */
  ways(scene: Scene): Way[] {
    const { side } = this;
    const outcome = side?.trace.outcomes[biggest(side.trace)];
    return side ? plan(scene, this.steps(), comesBack(outcome?.class ?? side.trace.verdict.class)) : [];
  }

  commands(): Command[] {
    const tracing = () => this.app.open !== null && !isFrozen();
    return [
      {
        id: "compare-end",
        name: say("command.compare-end"),
        keys: ["Escape"],
        written: say("key.esc"),
        quiet: true,
        when: () => this.on,
        run: () => this.end(),
      },
      {
        id: "compare",
        name: say("command.compare"),
        keys: ["c"],
        written: "C",
        when: tracing,
        run: () => this.list(true),
        live: true,
      },
      {
        id: "history",
        name: say("command.history"),
        keys: ["h"],
        written: "H",
        run: () => this.list(false),
        live: true,
      },
      {
        id: "try",
        name: say("command.try"),
        keys: ["w"],
        written: "W",
        when: tracing,
        run: () => void this.tryRemedy(),
        live: true,
      },
    ];
  }

  private show(): string {
    const { open } = this.app;
    if (!open || !this.side) return "";
    const a: Side = { trace: open.trace, question: this.asked(), whatIf: null, note: open.whatIf?.question ?? "" };
    return this.view.show(a, this.side, stepsOf(open.trace, open.trace.outcomes[open.outcome]), this.steps());
  }

  private steps(): Step[] {
    const { side } = this;
    return side ? stepsOf(side.trace, side.trace.outcomes[biggest(side.trace)]) : [];
  }

  private asked(): Question {
    const { from, command, assume, via } = this.app.looking;
    return { from, command, assume, via };
  }

  private forget(): void {
    this.side = null;
    this.view.hide();
    if (!this.app.restoring) this.app.looking.compare = "";
  }

  /** Opens the second trace in place of the first. One that was tried in a Fork is opened as it was computed. */
  private swap(): void {
    const { side } = this;
    if (side) this.app.reopen(side.trace, side.question, side.whatIf !== null, side.whatIf);
  }

  private async reopen(entry: Kept, frozen: boolean): Promise<void> {
    const { app } = this;
    const { question, source } = entry;
    if (source !== app.looking.source) {
      const to = { ...app.looking, ...question, source, step: 0, compare: "", seed: 0, selected: "" };
      location.href = location.pathname + writeAddress(to) + (frozen ? await freeze(entry.trace) : "");
    } else if (frozen) app.reopen(entry.trace, question, true);
    else {
      app.looking.assume = question.assume;
      app.looking.via = question.via;
      app.bar.set(question.from, question.command);
      void app.run(question);
    }
  }

  private fault(error: unknown): void {
    const e = error instanceof AskError ? error : new AskError(String(error), "");
    this.app.bar.fault(e.message, e.field);
  }
}
