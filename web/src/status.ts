// The status line never lies: which source, how old its data, counts, what is detected, what may not be read.

import type { LinkState } from "./connect.ts";
import { byId, fill, maybe } from "./dom.ts";
import { isFrozen } from "./export/frozen.ts";
import type { Hold } from "./hold.ts";
import type { Store } from "./store.ts";
import { escapeText } from "./text.ts";
import { count, html, say } from "./words.ts";

/** The facts that people ask about first; the others stand under the answer that rests on them. */
const telling = new Set(["proxy-mode", "policy"]);

export class StatusLine {
  private offset = 0;
  private first = true;
  private told: Store["status"] = null;
  private timer = 0;

  constructor(
    private readonly store: Store,
    private readonly link: () => LinkState,
    private readonly hold: Hold,
  ) {
    this.show();
  }

  /** Call when a status has arrived: its server time tells how the clocks differ. */
  arrived(): void {
    const s = this.store.status;
    if (s === this.told) return; // what else has changed is told within the second
    if (s?.serverTime) this.offset = s.serverTime - Date.now();
    this.show();
  }

  show(): void {
    if (isFrozen()) return;
    // While a status comes every second it is the clock, too.
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.show(), 1100);
    if (document.hidden && !this.first) return;
    const s = this.store.status;
    const link = this.link();
    if (s) this.first = false;
    this.told = s;
    const left: string[] = [];
    const right: string[] = [];
    if (s) {
      if (s.example) left.push(say("status.example"));
      else
        left.push(
          s.sourceKind === "live"
            ? say("status.live", s.sourceName)
            : s.sourceKind === "world"
              ? say("status.world", s.sourceName)
              : s.sourceName,
        );
      if (s.life) left.push(s.life);
      left.push(
        count("count.node", s.counts.nodes),
        count("count.pod", s.counts.pods),
        count("count.service", s.counts.services),
      );
      if (s.paused) left.push(say("status.paused"));
      for (const k of s.kinds ?? []) {
        if (k.state === "forbidden") right.push(say("status.may-not", k.resource, k.verb || "list"));
        else right.push(`${k.resource}: ${say(`status.kind-${k.state}`)}`);
      }
      const facts = (s.detected ?? []).filter(f => f.text && telling.has(f.key));
      if (facts.length > 0)
        right.push(
          facts.map(f => say(f.source === "detected" ? "status.detected" : "status.assumed", f.text)).join(" · "),
        );
    } else {
      const off = document.body.hasAttribute("data-disconnected");
      left.push(
        off ? say("status.not-connected") : link.link === "live" ? say("status.reading") : say("status.connecting"),
      );
    }
    const pause = s?.canPause
      ? `<button type="button" data-pause aria-pressed="${s.paused}">${html(s.paused ? "status.go-on" : "status.pause")}</button>`
      : "";
    const { on, waiting } = this.hold;
    const hold = s ? `<button type="button" data-hold aria-pressed="${on}"></button>` : "";
    const age = s ? this.age(link, s.lastData, s.connection, s.message) : "";
    const line = byId("status");
    // A first dot stands between the age and what follows it.
    const rest = [...(age ? [""] : []), ...right.filter(Boolean)].map(escapeText).join(" · ");
    const about = s
      ? `<button type="button" class="right" data-live data-cluster title="${html("command.cluster")} (I)"><span></span>${rest}</button>`
      : "";
    fill(line, `<span class="left">${left.filter(Boolean).map(escapeText).join(" · ")}</span>${pause}${hold}${about}`);
    // What is another each second is set by itself: who stands on a button stays there.
    setText(line.querySelector(".right span"), age);
    setText(line.querySelector("[data-hold]"), on ? count("status.take", waiting) : say("status.hold"));
    document.body.dataset.link = link.link === "live" && s?.connection !== "lost" ? "live" : link.link;
    this.stripe(link);
  }

  private age(link: LinkState, lastData: number, connection: string, message: string | undefined): string {
    const age = Math.max(0, Date.now() + this.offset - lastData) / 1000;
    if (link.link !== "live") return "";
    if (connection && !["live", "connected", "synced", "ok"].includes(connection))
      return `${say(`status.link-${connection}`)}${message ? `: ${message}` : ""}`;
    return lastData ? say("status.age", ageWords(age)) : "";
  }

  /** A grey stripe while nothing arrives: since when, how old, when it tries again. */
  private stripe(link: LinkState): void {
    const note = maybe("band-note");
    if (!note || note.classList.contains("trouble")) return;
    const lost = link.link === "lost" && performance.now() - link.since > 700;
    note.classList.toggle("lost", lost);
    if (lost) {
      const seconds = Math.max(0, Math.ceil((link.retryAt - performance.now()) / 1000));
      const since = new Date(Date.now() - (performance.now() - link.since)).toLocaleTimeString();
      const why = link.error ? ` (${link.error})` : "";
      if (note.dataset.before === undefined) note.dataset.before = note.textContent ?? "";
      note.hidden = false;
      note.textContent = say("status.stopped", `${since}${why}`, seconds);
    } else if (note.dataset.before !== undefined) {
      note.textContent = note.dataset.before;
      note.hidden = note.dataset.before === "";
      delete note.dataset.before;
    }
  }
}

function setText(el: Element | null, text: string): void {
  if (el && el.textContent !== text) el.textContent = text;
}

function ageWords(seconds: number): string {
  if (seconds < 10) return say("unit.seconds", seconds.toFixed(1));
  if (seconds < 90) return say("unit.seconds", Math.round(seconds));
  return say("unit.minutes", Math.round(seconds / 60));
}
