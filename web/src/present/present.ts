// Present mode: the page for a projector. It plays the trace that is open on a picture of its own, holds live changes back
// until they are wanted, and listens to a clicker. It never depends on the full screen, which a browser may take away at
// any time.

import type { App, Stage } from "../app.ts";
import { looksAt } from "../cast.ts";
import type { Command, Commands } from "../commands.ts";
import { byId, make, maybe } from "../dom.ts";
import { plain } from "../draw/things.ts";
import { decisions, foldsOf } from "../drawer/folds.ts";
import { type Pref, wants } from "../drawer/prefs.ts";
import { placed } from "../help.ts";
import { timeline } from "../player.ts";
import { pinsOf } from "../predict/guessing.ts";
import { plan } from "../route.ts";
import type { Store } from "../store.ts";
import { isDark } from "../theme.ts";
import { comesBack } from "../trace.ts";
import { count, inner, say } from "../words.ts";
import { checkCard } from "./check.ts";
import { FrameGuard, Presses } from "./guard.ts";
import { foldLines } from "./lines.ts";
import { ahead, notes, packet, place, trail } from "./motion.ts";
import { namesOf, toldOf } from "./names.ts";
import { Pen } from "./pen.ts";
import { wallPicks } from "./picks.ts";
import { arrange, type Lesson, letter, routing } from "./scene.ts";
import { Frame } from "./stage.ts";
import { cut, doors, ground, things } from "./things.ts";
import { withoutAddresses } from "./words.ts";

/** Commands of the menu that are on or off. */
const switches: Record<string, Pref> = { "p-predict": "predict", "p-decisions": "decisions" };
const lettersOff = "kubestrata-letters-off";

export class Present implements Stage {
  private readonly frame: Frame;
  private readonly pen: Pen;
  private readonly check = checkCard();
  private readonly menu = make("dialog", "p-menu");
  private readonly presses = new Presses();
  private readonly guard = new FrameGuard();
  private lesson: Lesson | null = null;
  /** What the picture shows while live changes are held; null follows them. */
  private still: Store | null = null;
  private seen = 0;
  private source = "";
  private following = false;
  private hiding = false;
  private names: ((ip: string) => string) | null = null;
  private held = false;
  private resume = false;
  private themeBefore: string | undefined;
  private opened: unknown = null;

  constructor(
    private readonly app: App,
    private readonly commands: Commands,
  ) {
    this.frame = new Frame(
      step => app.player.seek(step),
      () => this.openMenu(),
    );
    this.pen = new Pen(() => this.pencil(false));
    this.frame.el.append(this.pen.el);
    this.frame.el.hidden = true;
    this.menu.setAttribute("aria-label", say("present.all"));
    document.body.append(this.frame.el, this.check, this.menu);
    this.frame.waiting.addEventListener("click", () => this.take());
    this.frame.el.addEventListener("click", e => this.clicked(e));
    this.menu.addEventListener("click", e => this.clicked(e));
    commands.letters = read(lettersOff) !== "1";
    // The list of all commands says where these belong; the menu is there.
    commands.first(
      ...this.list().map(c => (c.id.startsWith("p-") ? { ...c, ...placed(say("place.present"), inner(c.name)) } : c)),
    );
    window.addEventListener("keydown", e => this.pressed(e), true);
    window.addEventListener("resize", () => this.on && this.draw());
    maybe("present-button")?.addEventListener("click", () => this.enter(true));
    if (app.looking.present) this.enter(false);
  }

  get on(): boolean {
    return this.app.stage === this;
  }

  /** Jumps instead of motion, on a computer that draws too slowly. */
  get jumps(): boolean {
    return this.guard.slow;
  }

  get waiting(): number {
    return this.still ? this.app.store.changes - this.seen : 0;
  }

  enter(byHand: boolean): void {
    if (this.on) return;
    const { app } = this;
    this.themeBefore = document.documentElement.dataset.theme;
    document.documentElement.dataset.theme = "light";
    document.body.classList.add("presenting");
    this.frame.el.hidden = false;
    this.following = false;
    this.take();
    app.inspector.close();
    app.player.seek(0);
    app.present(this);
    if (byHand) void document.documentElement.requestFullscreen?.().catch(() => {});
    (document.activeElement as HTMLElement | null)?.blur();
  }

  leave(): void {
    if (!this.on) return;
    this.pencil(false);
    this.frame.el.className = "p-root";
    this.held = false;
    this.frame.el.hidden = true;
    document.body.classList.remove("presenting", "p-asking");
    if (this.themeBefore === undefined) delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = this.themeBefore;
    if (document.fullscreenElement) void document.exitFullscreen().catch(() => {});
    this.app.present(null);
    maybe("present-button")?.focus();
  }

  draw(): void {
    const { app, frame } = this;
    const store = this.picture();
    // First, since what is said there takes room from the picture.
    if (!app.open) frame.answer.invite(app.bar.from.value, app.bar.command.value);
    else frame.answer.begin();
    frame.resize();
    // Where the words leave the picture no room, it is drawn all the same: the steps come from it.
    const width = Math.max(200, frame.size.width);
    const height = Math.max(160, frame.size.height);
    const { open, player } = app;
    if (!open) {
      this.opened = null;
      this.lesson = arrange(store, null, width, height);
      this.paint(store);
      this.title("", app.store.status?.sourceName ?? "");
      foldLines(frame.el);
      return;
    }
    const outcome = open.trace.outcomes[open.outcome];
    const steps = app.stepsOfOpen();
    const at = player.length === steps.length ? player.step : 0;
    const lesson = arrange(store, { trace: open.trace, steps, at }, width, height);
    this.lesson = lesson;
    const ways = plan(routing(lesson), steps, comesBack(outcome?.class ?? ""));
    open.show = { trace: open.trace, outcome, steps, ways, scene: lesson };
    const changed = steps.map(s => (s.changed ?? []).length > 0);
    player.refresh(timeline(ways, changed, [], decisions(steps, foldsOf(steps))), at);
    if (this.opened !== open) {
      this.opened = open;
      this.release();
    }
    const { from, command } = open.trace.request;
    this.title(from.kind === "Pod" ? `pod ${from.name}` : from.name, command);
    this.paint(store);
    this.answer();
    foldLines(frame.el);
  }

  moved(head: number): void {
    const show = this.app.open?.show;
    const { frame } = this;
    if (!show || show.scene !== this.lesson) return;
    const at = place(show, head);
    frame.movePacket(at.x, at.y);
    frame.draw("packet", packet(show, head));
    frame.draw("trail", trail(show, head));
    if (!this.app.player.playing) this.guard.rest();
    else if (this.guard.frame(performance.now())) this.toast(say("present.slow"));
  }

  stepped(): void {
    this.draw();
  }

  /** Live data came. */
  arrived(): void {
    this.count();
  }

  /** Shows what has come in the meantime. */
  take(): void {
    const { store } = this.app;
    this.source = this.app.looking.source;
    this.still = this.following ? null : store.copy();
    this.seen = store.changes;
    this.names = null;
    this.count();
    if (this.on) this.draw();
  }

  private picture(): Store {
    const { store } = this.app;
    // The first whole picture, and that of another source, are taken as they come.
    if (this.still && store.whole && (!this.still.whole || this.source !== this.app.looking.source)) {
      this.still = store.copy();
      this.seen = store.changes;
      this.source = this.app.looking.source;
      this.names = null;
      this.count();
    }
    return this.still ?? store;
  }

  private readonly hide = (text: string): string => {
    if (!this.hiding) return text;
    this.names ??= namesOf(this.still ?? this.app.store);
    return withoutAddresses(text, this.names);
  };

  private paint(store: Store): void {
    const { frame, lesson } = this;
    const { open, player } = this.app;
    if (!lesson) return;
    const show = open?.show;
    const looks = show ? looksAt(show.trace, show.outcome, show.steps, player.step, lesson) : plain;
    for (const key of toldOf(show?.steps[player.step], lesson))
      looks.classes.set(key, `${looks.classes.get(key) ?? ""} told`.trim());
    frame.draw("ground", ground(lesson, store, this.hide));
    const asking = open?.predicting ?? false;
    // A stage has nothing to operate, and the question of a room lies over the picture.
    const picks = asking && !this.app.room?.asking() && !document.body.classList.contains("on-stage");
    frame.pickable(picks);
    frame.draw("things", (picks ? wallPicks(lesson) : "") + things(lesson, looks, this.hide, picks));
    frame.draw("ahead", show && !asking ? ahead(show, player.step) : "");
    frame.draw("notes", show && !asking ? notes(show, lesson, player.step, this.hide) : "");
    frame.draw("pins", show ? pinsOf(this.app, lesson, letter) : "");
    frame.draw("doors", doors(lesson, looks));
    if (!show) {
      frame.draw("packet", "");
      frame.draw("trail", "");
      frame.say(say("present.before"));
      return;
    }
    const s = asking ? undefined : show.steps[player.step];
    frame.say(asking ? say("predict.question") : s ? this.hide(`${s.at.kind} ${s.at.name}: ${s.title}`) : "");
    this.moved(player.head);
  }

  private answer(): void {
    const { open, player } = this.app;
    const show = open?.show;
    if (!open || !show) return;
    if (open.predicting) {
      this.frame.answer.ask(open.pointed);
      return;
    }
    const { trace, outcome, guess } = open;
    const told = { trace, outcome, steps: show.steps, step: player.step, playing: player.playing, guess };
    this.frame.answer.show(told, this.hide);
  }

  private title(from: string, command: string): void {
    const { frame } = this;
    const px = frame.scale * letter;
    const room = (frame.el.clientWidth - frame.waiting.offsetWidth) / px - 7;
    const words = from ? `${from}: ${this.hide(command)}` : this.hide(command);
    frame.title.textContent = cut(words, room * letter, true);
  }

  private count(): void {
    const { waiting } = this.frame;
    const n = this.waiting;
    waiting.textContent = this.following
      ? say("present.live")
      : n === 0
        ? say("present.frozen")
        : count("present.waiting", n);
    waiting.disabled = this.following || n === 0;
    waiting.title = n > 0 ? say("present.show") : "";
    waiting.classList.toggle("some", n > 0);
  }

  /** One step on, as it is played; a second press on the way arrives at once. Nothing is ever passed over. */
  private next(): void {
    const { app } = this;
    if (this.held) this.hold();
    else if (!app.open) void app.run(app.question());
    else if (app.player.waits) app.player.play();
    else if (app.open.predicting && app.room?.asking())
      app.room.reveal(); // then it goes on
    else {
      app.guess(""); // who goes on has guessed enough
      app.player.advance();
    }
  }

  private back(): void {
    if (this.held) this.hold();
    else this.app.player.back();
  }

  private restart(): void {
    const { app } = this;
    this.release();
    if (app.open) {
      app.guessAnew();
      app.player.seek(0, false);
    } else if (app.bar.command.value) void app.run(app.question());
  }

  /** Everything stands, and only the current hop is lit; once more, and it goes on. */
  private hold(): void {
    const { player } = this.app;
    this.held = !this.held;
    this.frame.el.classList.toggle("p-held", this.held);
    if (this.held) {
      this.resume = player.playing;
      player.pause();
    } else if (this.resume) player.play();
  }

  private release(): void {
    this.held = false;
    this.frame.el.classList.remove("p-held");
  }

  private toggle(cls: string): boolean {
    return this.frame.el.classList.toggle(cls);
  }

  private pencil(on: boolean): void {
    this.pen.show(on);
  }

  private theme(): void {
    document.documentElement.dataset.theme = isDark() ? "light" : "dark";
  }

  private escape(): void {
    const asking = document.body.classList.contains("p-asking");
    if (asking) {
      document.body.classList.remove("p-asking");
      (document.activeElement as HTMLElement | null)?.blur();
    } else if (this.pen.on) this.pencil(false);
    else if (this.frame.el.classList.contains("p-spot")) this.toggle("p-spot");
    else this.leave();
  }

  private ask(): void {
    document.body.classList.add("p-asking");
    this.app.bar.command.select();
    const close = () => document.body.classList.remove("p-asking");
    byId("bar").addEventListener("submit", close, { once: true });
  }

  private toast(words: string): void {
    const { toast } = this.frame;
    toast.textContent = words;
    toast.hidden = false;
    setTimeout(() => {
      toast.hidden = true;
    }, 8000);
  }

  private turn(pref: Pref): void {
    const { app } = this;
    app.turn(pref);
    this.toast(say(wants(pref) ? "live.on" : "live.off", say(`prefs.${pref}`)));
    // Of what has not begun to play a guess is asked for at once.
    if (pref === "predict" && app.open && app.player.step === 0 && !app.player.playing) {
      if (wants(pref)) app.guessAnew();
      else app.guess("");
      this.draw();
    }
  }

  private letters(): void {
    const { commands } = this;
    commands.letters = !commands.letters;
    try {
      localStorage.setItem(lettersOff, commands.letters ? "0" : "1");
    } catch {
      // Private windows may forbid it; the choice then lasts as long as the page.
    }
    this.toast(commands.letters ? say("present.letters-on") : say("present.letters-off"));
  }

  private openMenu(): void {
    this.menu.replaceChildren(
      ...this.list()
        .filter(c => !c.quiet)
        .map(c => {
          const b = make("button", "", c.name);
          b.type = "button";
          const pref = switches[c.id];
          if (pref) b.setAttribute("aria-pressed", String(wants(pref)));
          b.dataset.run = c.id;
          const key = c.written ?? c.keys[0] ?? "";
          if (key) b.append(make("kbd", "", key));
          return b;
        }),
    );
    if (!this.menu.open) this.menu.showModal();
  }

  private clicked(e: Event): void {
    const target = e.target as Element;
    const guess = target.closest<HTMLElement>("[data-guess]");
    const thing = target.closest<SVGElement>("[data-id]");
    if (guess) this.app.guess(guess.dataset.guess ?? "");
    else if (thing) this.app.guessing.pick(thing.dataset.id ?? "");
    const button = (e.target as Element).closest<HTMLElement>("[data-run]");
    if (!button) return;
    this.menu.close();
    this.list()
      .find(c => c.id === button.dataset.run)
      ?.run();
    // The next press of a clicker is not for this button.
    if ((e as MouseEvent).detail > 0) button.blur();
  }

  /** Repeats and double presses of a clicker end here. */
  private pressed(e: KeyboardEvent): void {
    if (!this.on || document.querySelector("dialog[open]")) return;
    // A thing that is pointed at by keyboard takes Enter, as a button does.
    const thing = (e.target as Element | null)?.closest?.<SVGElement>(".p-root [data-id]");
    if (thing && (e.key === "Enter" || e.key === " ")) {
      e.preventDefault();
      e.stopImmediatePropagation();
      if (!e.repeat) this.app.guessing.pick(thing.dataset.id ?? "");
      return;
    }
    if (!this.commands.knows(e)) return;
    if (this.presses.allow(e.key, performance.now(), e.repeat)) return;
    e.preventDefault();
    e.stopImmediatePropagation();
  }

  private list(): Command[] {
    const when = () => this.on;
    const { player } = this.app;
    const quiet = true;
    const list: Command[] = [
      {
        id: "present",
        name: say("command.present"),
        keys: [],
        run: () => this.enter(true),
        when: () => !this.on,
        quiet: this.on,
      },
      {
        id: "p-next",
        name: say("command.p-next"),
        keys: ["PageDown", "ArrowRight", "Enter"],
        written: say("key.page-down"),
        run: () => this.next(),
        when,
        quiet,
      },
      {
        id: "p-back",
        name: say("command.back"),
        keys: ["PageUp", "ArrowLeft"],
        written: say("key.page-up"),
        run: () => this.back(),
        when,
        quiet,
      },
      { id: "p-toggle", name: say("command.p-toggle"), keys: [], run: () => player.toggle(), when, quiet },
      { id: "p-last", name: say("command.p-last"), keys: [], run: () => player.seek(player.length - 1), when, quiet },
      { id: "p-ask", name: say("command.p-ask"), keys: ["/"], run: () => this.ask(), when, live: true },
      { id: "p-start", name: say("command.p-start"), keys: ["F5"], run: () => this.restart(), when },
      { id: "p-hold", name: say("command.p-hold"), keys: [".", "b"], written: ".", run: () => this.hold(), when },
      {
        id: "p-spot",
        name: say("command.p-spot"),
        keys: ["z"],
        written: "Z",
        run: () => void this.toggle("p-spot"),
        when,
      },
      {
        id: "p-draw",
        name: say("command.p-draw"),
        keys: ["d"],
        written: "D",
        run: () => this.pencil(!this.pen.on),
        when,
      },
      {
        id: "p-clear",
        name: say("command.p-clear"),
        keys: ["Delete", "Backspace"],
        written: say("key.del"),
        run: () => this.pen.clear(),
        when,
      },
      { id: "p-theme", name: say("command.p-theme"), keys: ["l"], written: "L", run: () => this.theme(), when },
      {
        id: "p-take",
        name: say("command.p-take"),
        keys: ["u"],
        written: "U",
        run: () => this.take(),
        when,
        live: true,
      },
      { id: "p-live", name: say("command.p-live"), keys: [], run: () => this.follow(), when, live: true },
      {
        id: "p-hide",
        name: say("command.p-hide"),
        keys: ["h"],
        written: "H",
        run: () => this.hideAddresses(),
        when,
      },
      {
        id: "p-check",
        name: say("check-card.title"),
        keys: ["c"],
        written: "C",
        run: () => this.check.showModal(),
        when,
      },
      {
        id: "p-predict",
        name: say("command.p-predict"),
        keys: ["p"],
        written: "P",
        run: () => this.turn("predict"),
        when,
      },
      {
        id: "p-decisions",
        name: say("command.p-decisions"),
        keys: ["a"],
        written: "A",
        run: () => this.turn("decisions"),
        when,
      },
      { id: "p-letters", name: say("command.p-letters"), keys: [], run: () => this.letters() },
      {
        id: "p-leave",
        name: say("command.p-leave"),
        keys: ["Escape"],
        written: say("key.esc"),
        run: () => this.escape(),
        when,
      },
    ];
    return list;
  }

  private follow(): void {
    this.following = !this.following;
    this.take();
  }

  private hideAddresses(): void {
    this.hiding = !this.hiding;
    this.draw();
  }
}

function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}
