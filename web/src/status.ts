// The status line never lies: which source, how old its data, counts, what is detected, what may not be read.

import type { LinkState } from "./connect.ts";
import { byId, fill, maybe } from "./dom.ts";
import { isFrozen } from "./export/frozen.ts";
import type { Hold } from "./hold.ts";
import type { Store } from "./store.ts";
import { escapeText, plural } from "./text.ts";

/** The facts that people ask about first; the others stand under the answer that rests on them. */
const telling = new Set(["proxy-mode", "policy"]);

export class StatusLine {
  private offset = 0;
  private first = true;

  constructor(
    private readonly store: Store,
    private readonly link: () => LinkState,
    private readonly hold: Hold,
  ) {
    setInterval(() => this.show(), 1000);
  }

  /** Call when a status has arrived: its server time tells how the clocks differ. */
  arrived(): void {
    const s = this.store.status;
    if (s?.serverTime) this.offset = s.serverTime - Date.now();
    this.show();
  }

  show(): void {
    if (isFrozen() || (document.hidden && !this.first)) return;
    const s = this.store.status;
    const link = this.link();
    if (s) this.first = false;
    const left: string[] = [];
    const right: string[] = [];
    if (s) {
      if (s.example) left.push("example world, not your cluster");
      else
        left.push(
          s.sourceKind === "live"
            ? `${s.sourceName}, live, read-only`
            : `${s.sourceKind === "world" ? "world " : ""}${s.sourceName}`,
        );
      if (s.life) left.push(s.life);
      left.push(plural(s.counts.nodes, "node"), plural(s.counts.pods, "pod"), plural(s.counts.services, "service"));
      if (s.paused) left.push("paused");
      right.push(this.age(link, s.lastData, s.connection, s.message));
      for (const k of s.kinds ?? []) {
        if (k.state === "forbidden") right.push(`${k.resource}: may not ${k.verb || "list"}`);
        else right.push(`${k.resource}: ${k.state}`);
      }
      const facts = (s.detected ?? []).filter(f => f.text && telling.has(f.key));
      if (facts.length > 0)
        right.push(facts.map(f => (f.source === "detected" ? `${f.text} detected` : `${f.text} assumed`)).join(" · "));
    } else {
      const off = document.body.hasAttribute("data-disconnected");
      left.push(off ? "not connected" : link.link === "live" ? "reading …" : "connecting …");
    }
    const pause = s?.canPause
      ? `<button type="button" data-pause aria-pressed="${s.paused}">${s.paused ? "go on" : "pause"}</button>`
      : "";
    const { on, waiting } = this.hold;
    const hold = s
      ? `<button type="button" data-hold aria-pressed="${on}">${on ? `take ${plural(waiting, "change")}` : "hold"}</button>`
      : "";
    fill(
      byId("status"),
      `<span class="left">${left.filter(Boolean).map(escapeText).join(" · ")}</span>${pause}${hold}<button type="button" class="right" data-live data-cluster title="The cluster: its parts, what is detected, what is assumed (I)">${right.filter(Boolean).map(escapeText).join(" · ")}</button>`,
    );
    document.body.dataset.link = link.link === "live" && s?.connection !== "lost" ? "live" : link.link;
    this.stripe(link);
  }

  private age(link: LinkState, lastData: number, connection: string, message: string | undefined): string {
    const age = Math.max(0, Date.now() + this.offset - lastData) / 1000;
    if (link.link !== "live") return "";
    if (connection && !["live", "connected", "synced", "ok"].includes(connection))
      return `${connection}${message ? `: ${message}` : ""}`;
    return lastData ? `data ${ageWords(age)} old` : "";
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
      note.textContent = `Live updates stopped ${since}${why} – the map is as it was – retrying in ${seconds} s`;
    } else if (note.dataset.before !== undefined) {
      note.textContent = note.dataset.before;
      note.hidden = note.dataset.before === "";
      delete note.dataset.before;
    }
  }
}

function ageWords(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  return `${Math.round(seconds / 60)} min`;
}
