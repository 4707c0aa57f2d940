// The presenter's end of a room: opens it, says where the page is, and shows who follows. The token stays in this tab.

import type { App } from "../app.ts";
import type { Command } from "../commands.ts";
import { byId } from "../dom.ts";
import { placed } from "../help.ts";
import { isTrace, type Trace } from "../trace.ts";
import { say } from "../words.ts";
import { votesOf, votesWords } from "./places.ts";
import { type Move, over, RoomSocket, type RoomState } from "./socket.ts";
import { fillTally, project } from "./tally.ts";

interface Own {
  code: string;
  token: string;
}

const storeName = "kubestrata-room";
/** A slider that is dragged need not be followed closer. */
const pace = 40;

export class Presenter {
  private own: Own | null = null;
  private socket: RoomSocket | null = null;
  private state: RoomState | null = null;
  /** The page is where the room is: from here on the room is where the page is. */
  private adopted = false;
  private sent = "";
  private timer = 0;
  private last = 0;
  private readonly hashes = new WeakMap<Trace, Promise<string>>();
  /** How to join fills this screen and the stage. */
  private join = false;
  /** The trace for which the room was asked by itself. */
  private askedFor: Trace | null = null;
  private askedKey = "";
  private askedOf: unknown = null;
  private dialog: HTMLDialogElement | null = null;

  constructor(private readonly app: App) {
    const menu = byId<HTMLDetailsElement>("room");
    byId("room-open").addEventListener("click", () => void this.open());
    menu.addEventListener("click", e => {
      const what = (e.target as Element).closest<HTMLElement>("[data-room-do]")?.dataset.roomDo;
      if (what) this.act(what);
    });
    menu.addEventListener("keydown", e => {
      if (e.key !== "Escape" || !menu.open) return;
      e.stopPropagation();
      menu.open = false;
      menu.querySelector("summary")?.focus();
    });
    const own = recall();
    if (own) {
      // What is open is what the room shows, not what the address asks for.
      app.held = true;
      void this.enter(own, false);
    }
    app.watch(() => {
      this.moved();
      if (this.own) this.asked();
    });
    const root = document.querySelector(".p-root");
    if (root) new MutationObserver(() => this.moved()).observe(root, { attributeFilter: ["class"] });
  }

  get commands(): Command[] {
    const here = () => this.own !== null;
    const asked = () => here() && this.state?.question !== undefined;
    return [
      {
        id: "room",
        name: say("command.room"),
        keys: ["o"],
        written: "O",
        run: () => void this.open(),
        when: () => !here(),
      },
      {
        id: "room-panel",
        ...placed(say("place.room"), say("command.room-panel")),
        keys: ["o"],
        written: "O",
        run: () => this.unfold(),
        when: () => here() && !document.body.classList.contains("presenting"),
      },
      {
        id: "room-join",
        ...placed(say("place.room"), say("command.room-join")),
        keys: ["j"],
        written: "J",
        run: () => this.act("join"),
        when: here,
      },
      {
        id: "room-gather",
        ...placed(say("place.room"), say("command.room-gather")),
        keys: ["g"],
        written: "G",
        run: () => this.act("gather"),
        when: here,
      },
      {
        id: "room-ask",
        ...placed(say("place.room"), say("command.room-ask")),
        keys: ["k"],
        written: "K",
        run: () => this.act("ask"),
        when: here,
      },
      {
        id: "room-reveal",
        ...placed(say("place.room"), say("command.room-reveal")),
        keys: ["y"],
        written: "Y",
        run: () => this.act("reveal"),
        when: asked,
      },
      {
        id: "room-end",
        ...placed(say("place.room"), say("command.room-end")),
        keys: [],
        run: () => this.act("end"),
        when: here,
      },
    ];
  }

  async open(): Promise<void> {
    if (this.own) {
      this.unfold();
      return;
    }
    const button = byId<HTMLButtonElement>("room-open");
    button.disabled = true;
    const answer = await post("api/v1/rooms", { source: this.source });
    button.disabled = false;
    const own = answer?.ok ? ((await answer.json()) as Own) : null;
    if (!own) {
      this.app.bar.fault(await reasonOf(answer, say("room.not-opened")), "");
      return;
    }
    keep({ code: own.code, token: own.token });
    await this.enter(own, true);
    this.unfold();
  }

  private async enter(own: Own, fresh: boolean): Promise<void> {
    this.own = own;
    this.app.room = {
      asking: () => this.state?.question?.open === true,
      reveal: () => this.act("reveal"),
    };
    this.adopted = fresh;
    this.sent = "";
    const panel = byId("room-panel");
    const answer = await post(`api/v1/rooms/${own.code}/panel.html`, { base: new URL("./", document.baseURI).href });
    if (answer?.status === 404) {
      this.leave();
      return;
    }
    if (answer?.ok) panel.innerHTML = await answer.text();
    // Outside of the menu: what a folded menu holds is not shown, be it a dialog or not.
    this.dialog?.remove();
    this.dialog = panel.querySelector("dialog");
    if (this.dialog) document.body.append(this.dialog);
    this.dialog?.addEventListener("close", () => {
      this.join = false;
      this.moved();
    });
    byId("room").hidden = false;
    byId("room-open").hidden = true;
    byId("room-code").textContent = own.code;
    this.socket = new RoomSocket(own.code, {
      hello: () => ({ role: "present", token: own.token }),
      state: (s, done) => void this.told(s).finally(done),
      link: up => {
        if (up) this.sent = ""; // the server may have missed the last one
        panel.querySelector<HTMLElement>("[data-room-lost]")!.hidden = up;
      },
      over: why => {
        // Another window presents now: this one keeps its page, and no longer moves the room.
        if (why !== over.replaced) forget();
        this.leave();
      },
    });
  }

  private async told(s: RoomState): Promise<void> {
    this.state = s;
    if (!this.adopted) await this.adopt(s);
    this.show(s);
    this.moved();
  }

  /** After a refresh the page goes where the room is. */
  private async adopt(s: RoomState): Promise<void> {
    const { app } = this;
    if (s.trace) {
      const trace = await fetchTrace(s.room, s.trace);
      if (trace) {
        this.hashes.set(trace, Promise.resolve(s.trace));
        app.show(trace, s.outcome, s.step);
      }
    }
    this.adopted = true;
    app.release();
  }

  private show(s: RoomState): void {
    const panel = byId("room-panel");
    const numbers: Record<string, number> = {
      followers: s.followers ?? 0,
      inStep: s.inStep ?? 0,
      exploring: s.exploring ?? 0,
      answered: s.question?.answered ?? 0,
    };
    for (const el of panel.querySelectorAll<HTMLElement>("[data-room]")) {
      el.textContent = String(numbers[el.dataset.room!] ?? 0);
    }
    byId("room-count").textContent = `· ${numbers.followers}`;
    const q = s.question;
    panel.querySelector(".room-ask")?.classList.toggle("asked", q !== undefined);
    const usable: Record<string, boolean> = {
      ask: !q || q.revealed,
      reveal: q?.open === true,
      away: q !== undefined,
    };
    for (const [what, on] of Object.entries(usable)) {
      const button = panel.querySelector<HTMLElement>(`[data-room-do="${what}"]`);
      if (button) button.hidden = !on;
    }
    const sealed = panel.querySelector<HTMLElement>("[data-room-sealed]");
    if (sealed) sealed.hidden = !q?.open;
    const tally = panel.querySelector(".tally");
    if (tally) fillTally(tally, q);
    void votesOf(s).then(votes => {
      if (this.state !== s) return;
      // Before they are revealed they are the presenter's alone: in the panel, not on a picture that everybody may see.
      this.app.guessing.votes = q?.revealed ? votes : [];
      const line = panel.querySelector<HTMLElement>("[data-room-places]");
      if (line) line.textContent = votesWords(votes, 16);
      this.asked();
    });
  }

  /** The question, as it stands where the page stands. */
  private asked(): void {
    const { app } = this;
    const { question } = this.state ?? {};
    const key = `${JSON.stringify(question)} ${app.player.step} ${app.guessing.votes}`;
    if (key === this.askedKey && app.open === this.askedOf) return;
    this.askedKey = key;
    this.askedOf = app.open;
    if (question?.open && app.stage) app.seal(true);
    project(question, app.player.step, votesWords(app.guessing.votes, 2));
    if (app.stage) app.stage.draw();
    else app.redraw();
  }

  private act(what: string): void {
    if (!this.own) return;
    if (what === "join") {
      this.join = true;
      if (!this.dialog?.open) this.dialog?.showModal();
      this.moved();
    } else if (what === "end") void this.end();
    else this.socket?.send({ type: what });
  }

  private async end(): Promise<void> {
    const own = this.own;
    if (!own) return;
    await post(`api/v1/rooms/${own.code}/end`, {}, own.token);
    forget();
    this.leave();
  }

  private leave(): void {
    this.socket?.close();
    this.socket = null;
    this.own = null;
    this.state = null;
    this.app.room = null;
    this.app.guessing.votes = [];
    project(undefined, 0, "");
    const menu = byId<HTMLDetailsElement>("room");
    menu.hidden = true;
    menu.open = false;
    this.dialog?.remove();
    this.dialog = null;
    byId("room-open").hidden = false;
    this.app.release();
  }

  private unfold(): void {
    byId<HTMLDetailsElement>("room").open = true;
    byId("room").querySelector("summary")?.focus();
  }

  /** Tells the room where the page is; the newest place counts, however fast it changes. */
  private moved(): void {
    if (!this.socket || !this.adopted || this.timer) return;
    const wait = Math.max(0, this.last + pace - performance.now());
    this.timer = window.setTimeout(() => {
      this.timer = 0;
      this.last = performance.now();
      void this.tell();
    }, wait);
  }

  private async tell(): Promise<void> {
    const { app, own, socket } = this;
    if (!own || !socket) return;
    const trace = app.open?.trace ?? null;
    const hash = trace ? await this.put(trace, own) : "";
    if (this.socket !== socket || (app.open?.trace ?? null) !== trace) return; // the page has moved on, and says so again
    const move: Move = {
      source: this.source,
      trace: hash,
      outcome: hash ? (app.open?.outcome ?? 0) : 0,
      step: hash ? app.player.step : 0,
      steps: hash ? app.stepCount : 0,
      playing: app.player.playing,
      speed: app.player.speed,
      ...(this.join ? { spotlight: "join" } : lit("p-spot") ? { spotlight: "hop" } : {}),
      ...(lit("p-held") ? { hold: true } : {}),
    };
    const text = JSON.stringify(move);
    if (text === this.sent) return;
    this.sent = text;
    socket.send({ type: "move", move });
    // Who wants guesses first asks the room for them, too, once for each trace.
    if (hash && app.open?.predicting && this.askedFor !== trace) {
      this.askedFor = trace;
      socket.send({ type: "ask" });
    }
  }

  /** Puts a trace into the room, once. Empty where the room does not take it. */
  private put(trace: Trace, own: Own): Promise<string> {
    let hash = this.hashes.get(trace);
    if (!hash) {
      hash = post(`api/v1/rooms/${own.code}/trace`, trace, own.token).then(async answer => {
        if (answer?.ok) return ((await answer.json()) as { trace: string }).trace;
        this.hashes.delete(trace);
        return "";
      });
      this.hashes.set(trace, hash);
    }
    return hash;
  }

  private get source(): string {
    return this.app.looking.source || document.body.dataset.source || "";
  }
}

/** Whether Present mode lights only the current hop, and why. */
function lit(cls: string): boolean {
  return (
    document.body.classList.contains("presenting") &&
    document.querySelector(".p-root")?.classList.contains(cls) === true
  );
}

/** Fetches what was put into a room. */
export async function fetchTrace(code: string, hash: string): Promise<Trace | null> {
  try {
    const answer = await fetch(`room/${code}/trace/${hash}.json`);
    const trace: unknown = answer.ok ? await answer.json() : null;
    return isTrace(trace) ? trace : null;
  } catch {
    return null;
  }
}

export async function post(url: string, body: object, token = ""): Promise<Response | null> {
  const headers: Record<string, string> = { "Content-Type": "application/json" };
  if (token) headers["Kubestrata-Presenter"] = token;
  return fetch(url, { method: "POST", headers, body: JSON.stringify(body) }).catch(() => null);
}

async function reasonOf(answer: Response | null, otherwise: string): Promise<string> {
  const value = (await answer?.json().catch(() => null)) as { error?: { message?: string } } | null | undefined;
  return value?.error?.message ?? otherwise;
}

function recall(): Own | null {
  try {
    const own = JSON.parse(sessionStorage.getItem(storeName) ?? "null") as Own | null;
    return own && typeof own.code === "string" && typeof own.token === "string" ? own : null;
  } catch {
    return null;
  }
}

function keep(own: Own): void {
  try {
    sessionStorage.setItem(storeName, JSON.stringify(own));
  } catch {
    // A window that keeps nothing presents until it is refreshed.
  }
}

function forget(): void {
  try {
    sessionStorage.removeItem(storeName);
  } catch {
    // Nothing was kept.
  }
}

/** Whether this page is a stage; then it follows and has nothing to operate. */
export const stageOf = (): string => document.body.dataset.room ?? "";
