// The list of earlier traces: each as it was, anew, or beside the one that is open.

import { fill, make } from "../dom.ts";
import { choices, metWords } from "../drawer/predict.ts";
import { close } from "../icons.ts";
import { placeWords } from "../predict/place.ts";
import { escapeText } from "../text.ts";
import type { Trace } from "../trace.ts";
import { html, say } from "../words.ts";
import type { History, Kept } from "./history.ts";

export interface HistoryActions {
  frozen(entry: Kept): void;
  anew(entry: Kept): void;
  compare(entry: Kept): void;
  current(): Trace | null;
}

export class HistoryDialog {
  private readonly dialog = make("dialog", "history");

  constructor(
    private readonly history: History,
    private readonly actions: HistoryActions,
  ) {
    this.dialog.setAttribute("aria-labelledby", "history-title");
    document.body.append(this.dialog);
    this.dialog.addEventListener("click", e => {
      if (e.target === this.dialog) this.dialog.close();
      const b = (e.target as Element).closest<HTMLElement>("[data-entry]");
      const entry = b && this.history.list[Number(b.dataset.entry)];
      if (!entry) return;
      this.dialog.close();
      this.actions[b.dataset.how as "frozen" | "anew" | "compare"](entry);
    });
    this.dialog.addEventListener("keydown", e => {
      const move = e.key === "ArrowDown" ? 1 : e.key === "ArrowUp" ? -1 : 0;
      if (!move) return;
      e.preventDefault();
      const main = [...this.dialog.querySelectorAll<HTMLElement>("li .main")];
      const row = document.activeElement?.closest("li")?.querySelector<HTMLElement>(".main");
      main[(Math.max(0, row ? main.indexOf(row) : -1) + move + main.length) % main.length]?.focus();
    });
  }

  /** Opens the list; to compare, the first thing to press in each line compares it with the trace that is open. */
  show(toCompare: boolean): void {
    const current = this.actions.current();
    const rows = this.history.list
      .map((k, i) => ({ k, i }))
      .filter(({ k }) => !toCompare || k.trace !== current)
      .map(({ k, i }) => line(k, i, toCompare, current !== null && k.trace !== current));
    const title = toCompare ? say("history.compare-with") : say("command.history");
    const none = toCompare ? say("history.no-other") : say("history.none");
    fill(
      this.dialog,
      `<form method="dialog"><button class="history-close" aria-label="${html("close")}">${close}</button></form><h2 id="history-title">${escapeText(title)}</h2>` +
        (rows.length > 0 ? `<ul>${rows.join("")}</ul>` : `<p>${escapeText(none)}</p>`),
    );
    if (!this.dialog.open) this.dialog.showModal();
    this.dialog.querySelector<HTMLElement>("li .main")?.focus();
  }
}

function line(k: Kept, i: number, toCompare: boolean, other: boolean): string {
  const { verdict, request } = k.trace;
  const word = metWords(verdict.class);
  const time = new Date(k.at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  const button = (how: string, words: string, main: boolean) =>
    `<button type="button" data-entry="${i}" data-how="${how}"${main ? ` class="main"` : ""}>${words}</button>`;
  const guess = k.guess ? ` · ${say("history.guessed", choices.find(c => c.id === k.guess)?.name ?? k.guess)}` : "";
  const pointed = k.pointed ? ` · ${say("history.pointed", placeWords(k.pointed))}` : "";
  const compare = other ? button("compare", html("compare"), toCompare) : "";
  const open = button("frozen", html("history.as-it-was"), !toCompare) + button("anew", html("history.anew"), false);
  return (
    `<li><div><b>${escapeText(word)}</b> <code>${escapeText(request.command)}</code><small>${html("history.from", escapeText(request.from.name))} · ${escapeText(k.source || k.trace.source.name)} · ${escapeText(time)}${escapeText(guess + pointed)}</small></div>` +
    `<div class="history-do">${toCompare ? compare + open : open + compare}</div></li>`
  );
}
