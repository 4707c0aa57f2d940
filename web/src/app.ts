// Ties the page together: store -> layout -> draw, and the trace that is open.

import { freeze, type Looking, readAddress, thaw, writeAddress } from "./address.ts";
import { AskError, ask, type Question } from "./ask.ts";
import { Bar } from "./bar.ts";
import { castOf, looksAt, stepsOf } from "./cast.ts";
import { Beside } from "./compare/beside.ts";
import { Connection } from "./connect.ts";
import { shownBy } from "./documents.ts";
import { announce, byId, copy } from "./dom.ts";
import { colours } from "./draw/colours.ts";
import { Overlay, type Show } from "./draw/overlay.ts";
import { type Looks, plain } from "./draw/things.ts";
import { Drawer } from "./drawer/drawer.ts";
import { decisions, type Fold, foldsOf, passed } from "./drawer/folds.ts";
import { type Pref, turn, wants } from "./drawer/prefs.ts";
import type { Remedies } from "./drawer/remedy.ts";
import { newSeed, sample } from "./drawer/sample.ts";
import { biggest } from "./drawer/state.ts";
import { placeOf } from "./drawer/strip.ts";
import type { Shown } from "./export/exporter.ts";
import { held, isFrozen, removeLive } from "./export/frozen.ts";
import { frameOf, snapshotOf } from "./export/snapshot.ts";
import { Exposure } from "./exposure.ts";
import type { FirstSteps } from "./firststeps.ts";
import { askForked, Over, type WhatIf } from "./fork/forked.ts";
import { ForkNote } from "./fork/note.ts";
import { Hold } from "./hold.ts";
import { Inspector } from "./inspector.ts";
import { Layout } from "./layout/layout.ts";
import type { Cast, Scene } from "./layout/scene.ts";
import { linksOf } from "./links.ts";
import { MapView } from "./map.ts";
import { listNamespaces } from "./namespaces.ts";
import { fillBar, ownerOfDoor } from "./pick.ts";
import { Player, speeds, timeline } from "./player.ts";
import { Guessing } from "./predict/guessing.ts";
import { sourceChoices, sourceOf, targetOf } from "./reach.ts";
import { followSteps, markStep, type Standing, showReport } from "./report.ts";
import { plan } from "./route.ts";
import { Scheduler } from "./scheduler.ts";
import { Side } from "./side.ts";
import { StatusLine } from "./status.ts";
import { mourning, Store } from "./store.ts";
import { comesBack, keyOf, refOf, type Step, type Trace } from "./trace.ts";
import type { Hello } from "./wire.ts";
import { say } from "./words.ts";
import { Zoom } from "./zoom.ts";

/** So many nodes and groups are open at a time. */
const mostOpened = 12;

/** Another picture of the open trace, in place of the map and the drawer. */
export interface Stage {
  draw(): void;
  moved(head: number): void;
  stepped(): void;
  arrived(): void;
  readonly jumps: boolean;
}

interface Open {
  trace: Trace;
  outcome: number;
  show: Show | null;
  /** The answer came frozen with a link: nothing is asked again. */
  frozen: boolean;
  folds: Fold[];
  /** The look-up in which somebody stands: it is open and played hop by hop. */
  unfolded: boolean;
  /** A guess is awaited before anything is shown. */
  predicting: boolean;
  guess: string;
  /** The key of the thing where somebody expects it to end; empty: nobody said. */
  pointed: string;
  seed: number;
  /** What was tried for this answer; null where the objects are as they are. */
  whatIf: WhatIf | null;
}

export class App {
  readonly store = new Store();
  readonly scheduler = new Scheduler();
  readonly hold = new Hold(this.store, () => {
    this.connection.look();
    this.status.show();
    this.redraw();
  });
  readonly looking: Looking;
  readonly map: MapView;
  readonly player: Player;
  readonly bar: Bar;
  readonly inspector: Inspector;
  readonly connection: Connection;
  traces = 0;
  open: Open | null = null;
  readonly side = new Side();
  readonly exposure: Exposure;
  stage: Stage | null = null;
  readonly beside: Beside;
  firstSteps: FirstSteps | null = null;
  private readonly over = new Over();
  private readonly forkNote = new ForkNote(() => this.leaveFork());
  readonly guessing: Guessing;
  /** The presenter's end of a room: its question is asked before anything is told. */
  room: { asking(): boolean; reveal(): void } | null = null;
  /** What the address says is being opened. */
  restoring = false;
  readonly zoom: Zoom;
  /** Groups and nodes that somebody opened, the latest last. */
  private opened: string[] = [];
  /** A room says what is open: the address is not asked. */
  held = false;
  private readonly watching: (() => void)[] = [];
  private readonly layout = new Layout();
  private readonly overlay: Overlay;
  private readonly drawer: Drawer;
  private readonly status: StatusLine;
  private readonly reduced = matchMedia("(prefers-reduced-motion: reduce)");
  private scene: Scene | null = null;
  private allServices = false;
  private lit = new Set<string>();
  private pointed = "";
  private asking = 0;
  /** What of the store has been asked to be drawn. */
  private drawn = -1;
  private restored = false;
  private burying = false;
  private build = document.querySelector<HTMLMetaElement>("meta[name=build]")?.content ?? "";

  constructor() {
    this.looking = readAddress(location.search);
    document.body.classList.add("js");
    this.map = new MapView(byId("map"), {
      pick: (key, e) => this.pick(key, e),
      point: key => this.point(key),
      more: () => {
        this.allServices = !this.allServices;
        this.redraw();
      },
      ground: () => this.unselect(),
      scrolled: () => this.scheduler.ask("draw", "cells", () => this.map.cells()),
    });
    this.zoom = new Zoom(this.map, () => this.redraw());
    this.overlay = new Overlay(this.map.overlay);
    this.guessing = new Guessing(this);
    this.player = new Player(
      this.scheduler,
      {
        onHead: head => this.moved(head),
        onStep: (step, playing, scrubbing) => {
          this.stepped(step, playing, scrubbing);
          for (const see of this.watching) see();
        },
      },
      () => this.reduced.matches || (this.stage?.jumps ?? false),
    );
    this.drawer = new Drawer({
      toggle: () => this.player.toggle(),
      seek: step => this.player.seek(step),
      back: () => this.player.back(),
      forward: () => this.player.forward(),
      speed: () => this.player.setSpeed((speeds.indexOf(this.player.speed) + 1) % speeds.length),
      outcome: i => this.choose(i),
      close: () => this.close(),
      share: frozen => this.share(frozen),
      inspect: key => this.inspect(key),
      report: () => this.report(),
      run: command => this.run({ ...this.question(), command }),
      source: () => this.looking.source,
      pause: () => this.player.pause(),
      guess: id => this.guess(id),
      again: () => this.again(),
      fork: () => void this.beside.tryRemedy(),
      toMap: () => this.guessing.toMap(),
      compare: () => this.beside.list(true),
      history: () => this.beside.list(false),
      turn: pref => this.turn(pref),
    });
    this.player.pauses = wants("decisions");
    this.beside = new Beside(this);
    followSteps(
      step => this.player.seek(step),
      () => this.standing,
    );
    this.bar = new Bar(
      () => this.looking.source,
      () => sourceChoices(this.store),
      () => void this.run(this.question()),
    );
    this.inspector = new Inspector(
      () => this.looking.source,
      () => {
        this.looking.selected = "";
        this.remember(false);
        this.redraw();
      },
      key => this.inspect(key),
      key => sourceOf(key, this.store),
      key => targetOf(key, this.store),
      (from, command) => {
        this.bar.set(from, command);
        void this.run(this.question());
      },
    );
    this.exposure = new Exposure(this.side, {
      source: () => this.looking.source,
      redraw: () => this.redraw(),
      inspect: key => this.inspect(key),
      trace: (from, command) => {
        this.bar.set(from, command);
        void this.run(this.question());
      },
    });
    this.connection = new Connection({
      store: this.store,
      scheduler: this.scheduler,
      build: this.build,
      source: () => this.looking.source,
      onHello: hello => this.greeted(hello),
      onFrame: () => this.arrived(),
      onState: () => this.status?.show(),
      // A source that is read anew is shown also where another one was held.
      unseen: () => document.hidden || (this.hold.on && this.store.whole),
    });
    this.status = new StatusLine(this.store, () => this.connection.state, this.hold);
    new ResizeObserver(() => this.redraw()).observe(this.map.el);
    window.addEventListener("popstate", () => this.travelled());
    byId("status").addEventListener("click", e => {
      if ((e.target as Element).closest("[data-pause]")) void this.pauseWorld();
      if ((e.target as Element).closest("[data-hold]")) this.hold.toggle();
      if ((e.target as Element).closest("[data-cluster]")) this.inspect("Cluster/this");
    });
  }

  /** Calls back whenever the trace that is open, its step or its speed may be another. */
  watch(see: () => void): void {
    this.watching.push(see);
  }

  /** Opens a trace that a room shows: nothing is asked. */
  show(trace: Trace, outcome: number, step: number): void {
    this.take(trace, step, true);
    if (this.open && this.open.outcome !== outcome && trace.outcomes[outcome]) {
      this.choose(outcome);
      this.player.seek(step);
    }
  }

  /** No room says what is open any longer: where none did, the address does. */
  release(): void {
    this.held = false;
    if (this.restored && this.looking.command && !this.open) void this.askAgain(this.looking.step);
  }

  start(): void {
    if (isFrozen()) {
      void this.play();
      return;
    }
    if (!document.body.hasAttribute("data-disconnected")) this.connection.open();
    void thaw(location.hash).then(trace => {
      if (trace) this.take(trace, this.looking.step - 1, true);
    });
    this.redraw();
  }

  /** Goes to another source without loading the page again. */
  switchSource(source: string): void {
    this.close();
    this.side.close();
    this.inspector.close();
    this.looking.source = source;
    this.looking.namespace = "";
    this.layout.tidy();
    this.bar.set("", "");
    this.remember(true);
    this.connection.restart();
  }

  setNamespace(namespace: string): void {
    this.looking.namespace = namespace;
    this.layout.tidy();
    this.remember(false);
    this.redraw();
  }

  tidy(): void {
    this.opened = [];
    this.layout.tidy();
    this.redraw();
  }

  /** Gives the open trace to another picture, or takes it back. */
  present(stage: Stage | null): void {
    this.stage = stage;
    this.looking.present = stage !== null;
    this.remember(false);
    this.draw();
    if (this.open) this.player.seek(this.player.step);
  }

  stepsOfOpen(): Step[] {
    const { open } = this;
    return open ? stepsOf(open.trace, open.trace.outcomes[open.outcome]) : [];
  }

  redraw(): void {
    this.scheduler.ask("layout", "layout", () => this.draw());
  }

  /** The theme is another. What has classes is right by itself; the canvas follows one frame later, so that the key that was
   * pressed is answered first. */
  recolour(): void {
    this.scheduler.ask("after", "theme", () => this.scheduler.ask("draw", "theme", () => this.map.recolour(colours())));
  }

  /** Asks and opens the answer. */
  async run(q: Question): Promise<void> {
    if (isFrozen()) return;
    const asking = ++this.asking;
    this.bar.fault("", "");
    byId("trace-button").setAttribute("aria-busy", "true");
    try {
      const trace = await ask(q, this.looking.source);
      if (asking !== this.asking) return;
      Object.assign(this.looking, {
        from: q.from,
        command: q.command,
        assume: q.assume,
        via: q.via,
        seed: 0,
        tries: [],
      });
      this.take(trace, 0, false);
      if (!this.reduced.matches && !this.stage && !this.open?.predicting) this.player.play();
    } catch (error) {
      if (asking !== this.asking) return;
      const e = error instanceof AskError ? error : new AskError(String(error), "");
      this.bar.fault(e.message, e.field);
    } finally {
      byId("trace-button").removeAttribute("aria-busy");
    }
  }

  close(): void {
    if (!this.open || isFrozen()) return;
    this.open = null;
    this.player.load({ arrive: [], leave: [], end: 0 }, 0);
    this.overlay.clear();
    byId("drawer").hidden = true;
    byId("drawer").classList.remove("with-report");
    Object.assign(this.looking, {
      from: "",
      command: "",
      step: 0,
      assume: [],
      via: "",
      compare: "",
      seed: 0,
      tries: [],
    });
    if (location.hash) history.replaceState(null, "", location.pathname + location.search);
    this.remember(true);
    this.redraw();
  }

  inspect(key: string): void {
    this.player.pause();
    this.looking.selected = key;
    this.remember(false);
    if (isFrozen()) this.map.focusOn(shownBy(key, this.store));
    else void this.inspector.show(key);
    this.redraw();
  }

  /** Shows a thing: scrolls to it, selects it. */
  go(key: string): void {
    this.inspect(key);
    this.map.focusOn(shownBy(key, this.store));
  }

  choose(outcome: number, seed = 0): void {
    if (!this.open?.trace.outcomes[outcome]) return;
    this.open.outcome = outcome;
    this.open.seed = seed;
    this.looking.seed = seed;
    this.open.show = null;
    this.player.pause();
    this.draw();
    this.player.seek(0);
    this.remember(false);
  }

  question(): Question {
    return {
      from: this.bar.askedFrom,
      command: this.bar.command.value.trim(),
      assume: this.looking.assume,
      via: this.looking.via,
    };
  }

  async share(frozen: boolean): Promise<string> {
    const url = new URL(location.href);
    url.hash = "";
    if (frozen && this.open) {
      url.search = "";
      url.hash = await freeze(this.open.trace);
    }
    await copy(url.href);
    return url.href;
  }

  report(): void {
    const on = byId("drawer").classList.toggle("with-report");
    document.querySelector("[data-do=report]")?.setAttribute("aria-pressed", String(on));
  }

  /** The first whole picture is painted. */
  get ready(): boolean {
    return this.store.whole && (this.scene !== null || this.stage !== null) && this.scheduler.idle;
  }

  get stepCount(): number {
    return this.open?.show?.steps.length ?? 0;
  }

  /** What files are made of. */
  get shown(): Shown {
    const show = this.open?.show;
    const { step } = this.player;
    return {
      trace: this.open?.trace ?? null,
      scene: this.scene,
      step,
      steps: this.stepCount,
      sentence: show?.steps[step]?.sentence ?? "",
      source: this.store.status?.sourceName ?? "",
      lit: this.lit,
      snapshot: () => {
        const open = this.open;
        if (!open || !show || !this.scene) return null;
        const view = { namespace: this.looking.namespace, outcome: open.outcome, step };
        return snapshotOf(this.store, this.scene, castOf(open.trace, show.steps), view);
      },
    };
  }

  /** Shows the answer that this file holds, on the picture it was given on. */
  private async play(): Promise<void> {
    removeLive();
    const file = await held();
    if (!file) return;
    const { view } = file.snapshot;
    this.store.apply(frameOf(file.snapshot));
    this.looking.namespace = view.namespace;
    listNamespaces(this.store, view.namespace);
    this.take(file.trace, 0, true);
    if (view.outcome !== this.open?.outcome) this.choose(view.outcome);
    this.player.seek(view.step);
  }

  private take(trace: Trace, step: number, frozen: boolean, whatIf: WhatIf | null = null): void {
    const shares = trace.outcomes.map(o => o.share);
    const { seed } = this.looking;
    this.open = {
      trace,
      outcome: seed ? sample(shares, seed) : biggest(trace),
      show: null,
      frozen,
      folds: [],
      unfolded: false,
      predicting: step <= 0 && !frozen && this.predicts,
      guess: "",
      pointed: "",
      seed,
      whatIf,
    };
    this.looking.tries = whatIf?.tries ?? [];
    const { request } = trace;
    this.bar.set(this.bar.from.value || this.looking.from, request.command || this.bar.command.value);
    this.bar.named(sourceOf(keyOf(request.from), this.store));
    byId("drawer").hidden = false; // before the layout, which fills what is left
    const { from, command, assume, via } = this.looking;
    this.beside.opened(trace, { from, command, assume, via }, frozen);
    this.draw();
    this.player.seek(Math.max(0, step));
    if (!frozen) this.remember(true);
    announce(this.open.predicting ? say("live.guess") : trace.verdict.sentence);
    const still = () => this.open?.trace === trace;
    void showReport(trace, still, () => this.standing).finally(() => this.traces++);
  }

  /** Opens a trace that was asked before: as it was, or as what is true now. */
  reopen(trace: Trace, q: Question, frozen: boolean, whatIf: WhatIf | null = null): void {
    Object.assign(this.looking, { from: q.from, command: q.command, assume: q.assume, via: q.via, seed: 0 });
    this.bar.set(q.from, q.command);
    this.take(trace, 0, frozen, whatIf);
    this.remember(true);
  }

  /** The what-if that is shown: that of the trace that stands beside, or of the open one. */
  get whatIf(): WhatIf | null {
    return this.beside.whatIf ?? this.open?.whatIf ?? null;
  }

  /** What the map shows: the cluster, with the objects of a what-if while one is shown. */
  private get seen(): Store {
    return this.over.of(this.hold.store, this.whatIf?.forked ?? null);
  }

  /** Shows the cluster as it is again: the same request without what was tried. */
  leaveFork(): void {
    if (this.beside.whatIf) this.beside.end();
    else if (this.open?.whatIf) void this.run(this.question());
  }

  /** Where somebody stands in the open trace. */
  private get standing(): Standing | undefined {
    const { open } = this;
    if (!open?.show) return undefined;
    return { steps: open.show.steps, folds: open.folds, step: this.player.step, unfolded: open.unfolded };
  }

  get remedies(): Remedies {
    return this.drawer.remedies;
  }

  /** Takes a guess, or none, and shows what happens. */
  guess(id: string): void {
    const { open } = this;
    if (!open?.predicting) return;
    this.settle(id);
    this.player.seek(0);
    // In Present somebody tells what the first step shows, and goes on.
    if (!this.reduced.matches && !this.stage) this.player.play();
  }

  /** Whether guesses are asked for: a link may say so, else the person does. */
  private get predicts(): boolean {
    return this.looking.predict ? this.looking.predict === "1" : wants("predict");
  }

  /** Nothing of the open trace is told while a room is asked what it expects, nor until somebody goes on. */
  seal(on: boolean): void {
    if (this.open && this.player.step === 0 && !this.player.playing) this.open.predicting = on;
  }

  /** Asks for a guess of the open trace once more, where guesses are wanted. */
  guessAnew(): void {
    const { open } = this;
    if (open && !open.frozen && this.predicts) Object.assign(open, { predicting: true, guess: "", pointed: "" });
  }

  /** No guess is awaited any longer. */
  private settle(id: string): void {
    const { open } = this;
    if (!open?.predicting) return;
    open.predicting = false;
    open.guess = id;
    if (id || open.pointed) this.beside.guessed(open.trace, id, open.pointed);
    this.draw();
  }

  /** Lets chance choose among the ways. */
  again(): void {
    const { open } = this;
    if (!open || open.trace.outcomes.length < 2) return;
    const seed = newSeed();
    this.choose(
      sample(
        open.trace.outcomes.map(o => o.share),
        seed,
      ),
      seed,
    );
    if (!this.reduced.matches) this.player.play();
  }

  /** Steps into the look-up, or out of it. */
  lookUp(): void {
    const { open } = this;
    const { step } = this.player;
    const f = open?.folds.find(f => step >= f.from && step <= f.to) ?? open?.folds[0];
    if (f) this.player.seek(open?.unfolded ? f.to : f.from);
  }

  turn(pref: Pref): void {
    const on = turn(pref);
    if (pref === "decisions") this.player.pauses = on;
    else this.looking.predict = "";
    announce(say(on ? "live.on" : "live.off", say(pref === "predict" ? "prefs.predict" : "prefs.decisions")));
    this.player.setSpeed(speeds.indexOf(this.player.speed)); // tells the drawer
  }

  /** Tombstones fall after their minute, also where nothing else happens. */
  private buryLater(): void {
    const first = this.store.tombstones()[0];
    if (!first || this.burying) return;
    this.burying = true;
    setTimeout(
      () => {
        this.burying = false;
        this.redraw();
        this.buryLater();
      },
      Math.max(1000, first.at + mourning - Date.now() + 50),
    );
  }

  private draw(): void {
    if (this.stage) {
      this.stage.draw();
      return;
    }
    const { width, height } = this.map.size;
    const open = this.open;
    let cast: Cast | null = null;
    if (open) {
      const steps = stepsOf(open.trace, open.trace.outcomes[open.outcome]);
      cast = this.beside.join(castOf(open.trace, steps));
      // Who takes part is not told to those who guess, as long as who asks is seen.
      if (open.predicting && this.scene?.byKey.has(keyOf(open.trace.request.from))) cast = null;
    }
    const zoom = this.zoom.factor;
    const { seen, whatIf } = this;
    this.forkNote.show(whatIf);
    this.firstSteps?.settle();
    const tried = (whatIf?.forked?.changes ?? []).map(c => shownBy(c.id, seen));
    if (cast) cast.keys.push(...tried.filter(key => !cast.keys.includes(key)));
    this.scene = this.layout.arrange(seen, {
      width: width * zoom,
      height: height * zoom,
      zoom,
      namespace: this.looking.namespace,
      cast,
      allServices: this.allServices,
      opened: new Set(this.opened),
      selected: shownBy(this.looking.selected, seen),
    });
    if (open) {
      const outcome = open.trace.outcomes[open.outcome];
      const steps = stepsOf(open.trace, outcome);
      const ways = plan(this.scene, steps, comesBack(outcome?.class ?? ""));
      open.show = { trace: open.trace, outcome, steps, ways, scene: this.scene, tried };
      open.folds = foldsOf(steps);
      const step = this.player.length === steps.length ? this.player.step : 0;
      this.overlay.begin(open.show);
      this.overlay.beside(this.beside.ways(this.scene));
      this.retime(step);
    }
    // Nothing waits for the first picture as a whole: it comes in several frames, none of them long.
    if (this.map.drawn === 0 && !open) this.scheduler.ask("layout", "rest", () => this.paint());
    else this.paint();
    this.zoom.settle();
  }

  /** The timeline of what is open: a look-up is one hop unless somebody stands within it. */
  private retime(step: number): void {
    const { open } = this;
    if (!open?.show) return;
    const { steps, ways } = open.show;
    const folds = open.unfolded ? [] : open.folds;
    const changed = steps.map(s => (s.changed ?? []).length > 0);
    this.player.refresh(timeline(ways, changed, passed(folds, steps.length), decisions(steps, folds)), step);
  }

  /** Opens the look-up that somebody stepped into, and folds it when it is left. */
  private openLookUp(step: number, playing: boolean): void {
    const { open } = this;
    if (!open) return;
    const inside = open.folds.some(f => step >= f.from && step < f.to);
    if (inside === open.unfolded || (inside && playing)) return;
    open.unfolded = inside;
    this.retime(step);
  }

  /** Draws the things of the map as the step has them. */
  private paint(): void {
    const scene = this.scene;
    if (!scene) return;
    const show = this.open?.show;
    const looks: Looks = show
      ? looksAt(show.trace, show.outcome, show.steps, this.player.step, scene)
      : { ...plain, classes: new Map<string, string>() };
    const selected = shownBy(this.looking.selected, this.hold.store);
    if (selected) looks.classes.set(selected, `${looks.classes.get(selected) ?? ""} selected`.trim());
    this.lit = new Set([...looks.classes.keys(), ...looks.ends]);
    const { seen, whatIf } = this;
    if (whatIf?.forked) looks.fork = new Map(whatIf.forked.changes.map(c => [shownBy(c.id, seen), c]));
    if (!show && this.exposure.on) {
      looks.exposed = this.exposure.found;
      this.exposure.look(scene);
    }
    if (this.guessing.on) looks.more = this.guessing.items(scene);
    const whole = this.map.draw(scene, seen, looks, colours());
    if (!whole) this.scheduler.ask("layout", "rest", () => this.paint());
    this.guessing.draw(scene);
    this.connect();
  }

  private moved(head: number): void {
    const show = this.open?.show;
    if (this.stage) this.stage.moved(head);
    else if (show) this.overlay.move(show, head);
  }

  private stepped(step: number, playing: boolean, scrubbing: boolean): void {
    const open = this.open;
    const show = open?.show;
    if (!open || !show) return;
    const s = show.steps[step];
    const way = show.ways[step];
    // Whoever steps on has guessed enough.
    if (step > 0 || playing) this.settle("");
    if (this.stage) {
      this.stage.stepped();
      if (s && !scrubbing && !open.predicting) announce(say("live.step", step + 1, show.steps.length, s.sentence));
    } else this.showStep(open, show, step, playing, scrubbing);
    // What has to know where things are comes last, so that the browser lays the page out once.
    if (!this.stage)
      this.scheduler.ask("after", "look", () => {
        this.drawer.centre();
        if (way) this.map.reveal(way.stop.x, way.stop.y);
      });
    if (this.looking.step !== step + 1) {
      this.looking.step = step + 1;
      if (!playing) this.remember(false);
    }
    markStep(this.standing);
  }

  private showStep(open: Open, show: Show, step: number, playing: boolean, scrubbing: boolean): void {
    this.openLookUp(step, playing);
    const { folds, frozen, predicting, guess, pointed, seed, unfolded } = open;
    const state = { trace: open.trace, outcome: open.outcome, steps: show.steps, step, playing, unfolded };
    const said = {
      ...state,
      speed: this.player.speed,
      folds,
      frozen,
      predicting,
      guess,
      pointed,
      seed,
      forked: open.whatIf !== null,
    };
    this.drawer.show(said);
    this.paint();
    const { place, of, told, underWay } = placeOf(said);
    if (told && !scrubbing && !underWay) announce(say("live.step", place, of, told.sentence));
  }

  /** Opens a group of nodes or one of its nodes, or closes it again. Returns whether it is something to open. */
  private unfold(key: string): boolean {
    const folded = key.startsWith("Fold/");
    const what = folded ? key.slice("Fold/".length) : key;
    const chip = this.scene?.lanes.some(l => l.chips.some(c => c.key === key)) ?? false;
    if (!folded && !chip && !key.startsWith("Group/")) return false;
    const rest = this.opened.filter(k => k !== what);
    const open = rest.length === this.opened.length && !folded;
    this.opened = open ? [...rest, what].slice(-mostOpened) : rest;
    this.redraw();
    return true;
  }

  private pick(key: string, e: Event): void {
    if (this.unfold(key) || this.guessing.pick(key)) return;
    const ref = refOf(key);
    const target = ref.kind === "Door" ? ownerOfDoor(key, this.store) : key.replace(/^Proxy\//, "Gateway/");
    if ((e as MouseEvent).shiftKey || this.open) {
      this.inspect(target);
      return;
    }
    // The first click asks (the inspector would lie over the next target), a second one on the same thing opens it.
    const again = this.looking.selected === target;
    if (again || !fillBar(this.bar, this.store, key, target)) {
      this.inspect(target);
      return;
    }
    this.inspector.close();
    this.looking.selected = target;
    this.remember(false);
    this.redraw();
  }

  private unselect(): void {
    if (this.inspector.open) this.inspector.close();
    else if (this.looking.selected) {
      this.looking.selected = "";
      this.paint();
    }
  }

  private point(key: string): void {
    if (this.pointed === key) return;
    this.pointed = key;
    this.scheduler.ask("draw", "links", () => this.connect());
  }

  /** The fine lines of what is pointed at, else of what is selected. Not during a trace, which has its own. */
  private connect(): void {
    const scene = this.scene;
    if (!scene) return;
    const key = this.pointed || shownBy(this.looking.selected, this.store);
    const from = scene.byKey.get(key);
    const to = this.open ? [] : linksOf(key, scene, this.hold.store);
    this.map.connect(to.length > 0 ? from : undefined, to);
  }

  private greeted(hello: Hello): void {
    if (hello.error) {
      this.status.show();
      return;
    }
    const choice = hello.choices.find(c => c.id === hello.source);
    byId("source-name").textContent = choice?.name ?? hello.source;
    for (const a of document.querySelectorAll<HTMLElement>("#source-menu [data-source]")) {
      a.toggleAttribute("aria-current", a.dataset.source === hello.source);
    }
    this.status.show();
  }

  private arrived(): void {
    this.status.arrived();
    this.buryLater();
    this.stage?.arrived();
    listNamespaces(this.store, this.looking.namespace);
    const s = this.store.status;
    if (s && !this.restored && this.store.whole) this.restore(s.readyFrom ?? "", s.readyAsk ?? "");
    if (this.store.pictures === this.drawn || (this.hold.store !== this.store && this.scene)) return;
    this.drawn = this.store.pictures;
    this.redraw();
  }

  /** What the address says is shown as soon as the first picture is there. */
  private restore(readyFrom: string, readyAsk: string): void {
    this.restored = true;
    const { from, command, selected } = this.looking;
    if (command && !this.open) {
      this.bar.set(from, command);
      if (this.held) return;
      const step = this.looking.step;
      void this.askAgain(step);
    } else if (!this.open && !this.bar.command.value && readyAsk) {
      this.bar.set(readyFrom, readyAsk);
      this.firstSteps?.ready();
    } else if (!this.open && !this.bar.command.value) this.firstSteps?.idle();
    if (selected) void this.inspector.show(selected);
  }

  /** Asks for a trace in a Fork of what is tried; without any, as things are. */
  private async askWith(q: Question, tries: string[]): Promise<{ trace: Trace; whatIf: WhatIf | null }> {
    const { source } = this.looking;
    const remedy = tries.length > 0 ? await this.remedies.ask(tries) : null;
    const fork = remedy?.fork ?? [];
    const [trace, forked] = await Promise.all([ask({ ...q, fork }, source), askForked(fork, source)]);
    return { trace, whatIf: remedy && fork.length > 0 ? { question: remedy.question, tries, forked } : null };
  }

  /** Asks, in a Fork where something is tried, and plays the answer. */
  async runWith(q: Question, tries: string[]): Promise<void> {
    this.bar.set(q.from, q.command);
    if (tries.length === 0) {
      await this.run(q);
      return;
    }
    const asking = ++this.asking;
    try {
      const { trace, whatIf } = await this.askWith(q, tries);
      if (asking !== this.asking) return;
      this.reopen(trace, q, whatIf !== null, whatIf);
      if (!this.reduced.matches && !this.stage) this.player.play();
    } catch (error) {
      if (asking === this.asking && error instanceof AskError) this.bar.fault(error.message, error.field);
    }
  }

  private async askAgain(step: number): Promise<void> {
    try {
      const { assume, via, tries } = this.looking;
      const { trace, whatIf } = await this.askWith({ ...this.question(), assume, via }, tries);
      this.restoring = true;
      this.take(trace, step - 1, whatIf !== null, whatIf);
      this.restoring = false;
      void this.beside.restore();
    } catch (error) {
      if (error instanceof AskError) this.bar.fault(error.message, error.field);
    }
  }

  private travelled(): void {
    const to = readAddress(location.search);
    const source = to.source !== this.looking.source;
    Object.assign(this.looking, to);
    if (source) {
      this.restored = false;
      this.connection.restart();
      return;
    }
    if (!to.command) {
      this.open = null;
      this.player.load({ arrive: [], leave: [], end: 0 }, 0);
      this.overlay.clear();
      byId("drawer").hidden = true;
    } else {
      this.bar.set(to.from, to.command);
      void this.askAgain(to.step);
    }
    this.redraw();
  }

  /** Writes what is looked at into the address. */
  remember(push: boolean): void {
    if (isFrozen()) return; // a file has no addresses beside its own
    const to = location.pathname + writeAddress(this.looking) + (this.open?.frozen ? location.hash : "");
    if (to === location.pathname + location.search + location.hash) return;
    if (push) history.pushState(null, "", to);
    else history.replaceState(null, "", to);
  }

  private async pauseWorld(): Promise<void> {
    const paused = !(this.store.status?.paused ?? false);
    const q = this.looking.source ? `?source=${encodeURIComponent(this.looking.source)}` : "";
    await fetch(`api/v1/pause${q}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ paused }),
    }).catch(() => null);
  }

  /** The key of the step's object, for tests. */
  at(): string {
    const s = this.open?.show?.steps[this.player.step];
    return s ? keyOf(s.at) : "";
  }
}
