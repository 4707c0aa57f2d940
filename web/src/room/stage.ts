// The stage: the page itself on a projector, led by a room. It plays by itself while the presenter's page plays, and is
// set right with every state.

import type { App } from "../app.ts";
import { byId, make } from "../dom.ts";
import { speeds } from "../player.ts";
import { fetchTrace, post } from "./presenter.ts";
import { RoomSocket, type RoomState } from "./socket.ts";
import { fillTally } from "./tally.ts";

export class StagePage {
  private readonly card = make("section", "stage-card");
  private trace = "";
  private state: RoomState | null = null;

  constructor(
    private readonly app: App,
    private readonly code: string,
  ) {
    app.held = true; // the room says what is open
    document.body.classList.add("on-stage");
    this.card.hidden = true;
    byId("stage").append(this.card);
    void this.fillCard();
    new RoomSocket(code, {
      hello: () => ({ role: "stage" }),
      state: (s, done) => void this.told(s).then(done),
      link: up => document.body.classList.toggle("stage-lost", !up),
      over: (_, reason) => {
        this.card.textContent = reason;
        this.card.hidden = false;
      },
    });
    // It plays no further than one step ahead of the presenter.
    app.watch(() => {
      const s = this.state;
      if (s?.playing && app.player.playing && app.player.step > s.step + 1) app.player.pause();
    });
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
      if (trace) app.show(trace, s.outcome, s.step);
      else if (!s.trace) app.close();
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
    const waiting = !s.trace || s.spotlight === "join";
    this.card.hidden = !waiting;
    const who = this.card.querySelector(".join-who");
    if (who) who.textContent = `Following: ${s.followers ?? 0}`;
    const q = s.question;
    const box = byId("stage-ask");
    box.hidden = !q;
    box.classList.toggle("revealed", q?.revealed === true);
    fillTally(box, q);
  }
}
