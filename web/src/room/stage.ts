// The stage: Present mode on a projector, led by a room, with nothing to operate. It plays by itself while the presenter's page plays, and is
// set right with every state.

import type { App } from "../app.ts";
import { make } from "../dom.ts";
import { speeds } from "../player.ts";
import type { Present } from "../present/present.ts";
import { say } from "../words.ts";
import { votesOf, votesWords } from "./places.ts";
import { fetchTrace, post } from "./presenter.ts";
import { RoomSocket, type RoomState } from "./socket.ts";
import { project } from "./tally.ts";

export class StagePage {
  private readonly card = make("section", "stage-card");
  private trace = "";
  private state: RoomState | null = null;
  private askedKey = "";
  private askedOf: unknown = null;

  constructor(
    private readonly app: App,
    private readonly code: string,
    private readonly present: Present,
  ) {
    app.held = true; // the room says what is open
    document.body.classList.add("on-stage");
    present.enter(false);
    this.card.hidden = true;
    this.root.append(this.card);
    window.addEventListener("keydown", e => this.pressed(e), true);
    void this.fillCard();
    new RoomSocket(code, {
      hello: () => ({ role: "stage" }),
      state: (s, done) => void this.told(s).finally(done),
      link: up => document.body.classList.toggle("stage-lost", !up),
      over: (_, reason) => {
        this.card.textContent = reason;
        this.card.hidden = false;
      },
    });
    app.watch(() => this.asked());
    // It plays no further than one step ahead of the presenter.
    app.watch(() => {
      const s = this.state;
      if (s?.playing && app.player.playing && app.player.step > s.step + 1) app.player.pause();
    });
  }

  private get root(): Element {
    return document.querySelector(".p-root")!;
  }

  /** Whoever stands at the projector may make the room light or dark and check it; all else is the presenter's. */
  private pressed(e: KeyboardEvent): void {
    if (!["l", "c", "Tab"].includes(e.key) && !document.querySelector("dialog[open]")) e.stopImmediatePropagation();
  }

  private async fillCard(): Promise<void> {
    const answer = await post(`api/v1/rooms/${this.code}/join.html`, { base: new URL("./", document.baseURI).href });
    if (!answer?.ok) return;
    this.card.innerHTML = await answer.text();
    const who = make("p", "join-who");
    this.card.querySelector(".join-words")?.append(who);
    if (this.state) this.show(this.state);
  }

  private async told(s: RoomState): Promise<void> {
    const { app } = this;
    this.state = s;
    if (s.source && s.source !== (app.looking.source || document.body.dataset.source)) app.switchSource(s.source);
    if (s.trace !== this.trace) {
      const trace = s.trace ? await fetchTrace(s.room, s.trace) : null;
      if (this.state !== s) return;
      if (trace) {
        this.present.take(); // what changed before it was asked belongs to it
        app.show(trace, s.outcome, s.step);
      } else if (!s.trace) app.close();
      else return; // asked for again with the next state
      this.trace = s.trace;
    }
    this.follow(s);
    this.show(s);
  }

  private follow(s: RoomState): void {
    const { app } = this;
    const { player } = app;
    if (!s.trace || !app.open) return;
    if (app.open.outcome !== s.outcome) app.choose(s.outcome);
    const speed = speeds.indexOf(s.speed);
    if (speed >= 0 && player.speed !== s.speed) player.setSpeed(speed);
    if (s.playing) {
      // Half a step before or behind is in step: the ways are as long as the screen is wide.
      const ahead = player.step - s.step;
      if (ahead < 0 || ahead > 1) player.seek(s.step, false);
      if (!player.playing && ahead <= 0 && s.step < s.steps - 1) player.play();
    } else if (player.playing || player.step !== s.step) player.seek(s.step, false);
  }

  private show(s: RoomState): void {
    const { app } = this;
    const waiting = !s.trace || s.spotlight === "join";
    this.card.hidden = !waiting;
    const who = this.card.querySelector(".join-who");
    if (who) who.textContent = say("room.following", s.followers ?? 0);
    this.root.classList.toggle("p-spot", s.spotlight === "hop");
    this.root.classList.toggle("p-held", s.hold === true);
    void votesOf(s).then(votes => {
      if (this.state !== s) return;
      app.guessing.votes = votes;
      this.asked();
    });
  }

  /** The question, as it stands where the stage stands. */
  private asked(): void {
    const { app } = this;
    const { question } = this.state ?? {};
    const key = `${JSON.stringify(question)} ${app.player.step} ${app.guessing.votes}`;
    if (key === this.askedKey && app.open === this.askedOf) return;
    this.askedKey = key;
    this.askedOf = app.open;
    app.seal(question !== undefined);
    project(question, app.player.step, votesWords(app.guessing.votes, 2));
    this.present.draw();
  }
}
