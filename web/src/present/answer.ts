// The lower part of a lesson: one sentence, the packet before and after, the transport. What does not fit is left out, the
// least telling first; nothing is ever cut off by an edge.

import { fill, make } from "../dom.ts";
import { guessButtons, guessShort } from "../drawer/predict.ts";
import { biggest } from "../drawer/state.ts";
import { back, first, forward, last, pause, play } from "../icons.ts";
import { placeWords } from "../predict/place.ts";
import { escapeText, widthOf } from "../text.ts";
import { fails, type Header, type Step, stopOf, type Trace } from "../trace.ts";
import { html, say } from "../words.ts";
import type { Hide } from "./things.ts";
import { shorten, split } from "./words.ts";

export interface Told {
  trace: Trace;
  outcome: number;
  steps: Step[];
  step: number;
  playing: boolean;
  /** What was guessed; empty: nothing. */
  guess: string;
}

export interface Row {
  name: string;
  /** One cell, or what arrives and what leaves; null leaves as it came. */
  cells: (string | null)[];
  changed: boolean;
  fails: boolean;
  /** What was wanted and what was there, not what arrives and leaves. */
  compared?: boolean;
}

export class Answer {
  readonly el = make("section", "p-answer");
  private readonly head = make("p", "p-head");
  private readonly more = make("p", "p-more");
  private readonly table = make("div", "p-table");
  private readonly bar = make("div", "p-transport");
  private said = "";

  constructor(seek: (step: number) => void) {
    this.el.setAttribute("aria-label", say("present.step"));
    const button = (id: string, icon: string, words: string) =>
      `<button type="button" class="p-round ${id}" data-run="${id}" aria-label="${words}" title="${words}">${icon}</button>`;
    this.bar.innerHTML =
      `<div class="p-buttons" role="group" aria-label="${html("player.play-label")}">${button("p-start", first, html("present.start"))}${button("p-back", back, html("present.back"))}` +
      `${button("p-toggle", play, html("player.play"))}${button("p-next", forward, html("present.next"))}${button("p-last", last, html("player.last"))}</div>` +
      `<div class="p-strip" role="slider" tabindex="0" aria-label="${html("present.slider")}" aria-valuemin="1"></div><p class="p-count"></p>`;
    this.el.append(this.head, this.more, this.table, this.bar);
    this.strip.addEventListener("click", e => {
      const dots = [...this.strip.querySelectorAll<HTMLElement>("i")];
      let best = dots[0];
      const off = (d: HTMLElement) => Math.abs(d.getBoundingClientRect().x + d.offsetWidth / 2 - e.clientX);
      for (const d of dots) if (best && off(d) < off(best)) best = d;
      if (best) seek(Number(best.dataset.step));
    });
  }

  /** Before anything is asked. */
  invite(from: string, question: string): void {
    this.said = "";
    this.head.textContent = question || say("present.ask");
    this.more.textContent = question ? say("present.ready", from || say("bar.anyone")) : "";
    fill(this.table, "");
    this.el.classList.add("idle");
  }

  /** Takes the room that a step needs. */
  begin(): void {
    this.el.classList.remove("idle");
  }

  /** Asks what will happen, before anything of it is told. */
  ask(pointed: string): void {
    this.said = "";
    this.head.textContent = say("predict.question");
    this.head.classList.remove("verdict");
    this.more.textContent = pointed ? say("predict.pointed", placeWords(pointed)) : say("predict.point-here");
    this.more.title = "";
    fill(this.table, guessButtons(pointed !== ""));
    this.el.classList.add("asking");
    this.el.classList.remove("failed");
  }

  show(told: Told, hide: Hide): void {
    const { trace, steps, step } = told;
    const s = steps[step];
    if (!s) return;
    const cls = trace.outcomes[told.outcome]?.class ?? trace.verdict.class;
    const end = step === steps.length - 1;
    const failed = end && fails(cls);
    const decides = failed || stopOf(steps, cls) === step;
    this.el.classList.toggle("failed", failed);
    this.el.classList.remove("asking");
    this.transport(told, failed, hide);
    const verdict = end && told.outcome === biggest(trace);
    const sentence = hide(verdict ? trace.verdict.sentence : s.sentence);
    const guess = end ? guessShort(told.guess, cls) : "";
    const key = `${sentence} ${guess} ${step} ${this.el.clientWidth} ${this.el.clientHeight}`;
    if (key === this.said) return;
    this.said = key;
    // Two lines of the large letters; a verdict is never split.
    const letters = Math.floor((this.el.clientWidth - 48) / (widthOf("n", this.size * 1.5) * 0.94));
    const said = verdict ? { head: sentence, more: guess } : split(sentence, letters * 2 - 6);
    this.head.classList.toggle("verdict", verdict);
    this.head.textContent = said.head;
    this.more.textContent = said.more;
    this.more.title = "";
    this.fit(rowsOf(told, failed ? decider(steps, cls, s) : s, decides, hide, failed), said.more);
  }

  private get strip(): HTMLElement {
    return this.bar.querySelector<HTMLElement>(".p-strip")!;
  }

  /** Height of a label in px. */
  private get size(): number {
    return Number.parseFloat(getComputedStyle(this.el).fontSize) || 22;
  }

  private fit(rows: Row[], more: string): void {
    const columns = Math.floor((this.el.clientWidth - 48 - this.size * 4.4) / (this.size * 0.6));
    const over = () => this.el.scrollHeight > this.el.clientHeight + 1;
    let left = rows;
    // Few lines are read, many are not: a long sentence leaves two rows.
    const long = more !== "" || this.head.offsetHeight > this.size * 2;
    while (left.length > (long ? 2 : 3)) left = without(left);
    for (;;) {
      fill(this.table, tableOf(left, columns));
      if (left.length === 0 || !over()) break;
      left = without(left);
    }
    for (let n = more.length - 8; n > 20 && over(); n -= 8) this.more.textContent = shorten(more, n);
  }

  private transport({ trace, outcome, steps, step, playing }: Told, failed: boolean, hide: Hide): void {
    const toggle = this.bar.querySelector<HTMLElement>("[data-run=p-toggle]")!;
    if (fill(toggle, playing ? pause : play)) {
      const words = say(playing ? "player.pause" : "player.play");
      toggle.setAttribute("aria-label", words);
      toggle.title = words;
    }
    const { strip } = this;
    strip.classList.toggle("dense", steps.length > 28);
    fill(strip, dots(steps, step, fails(trace.outcomes[outcome]?.class ?? "")));
    strip.setAttribute("aria-valuemax", String(steps.length));
    strip.setAttribute("aria-valuenow", String(step + 1));
    strip.setAttribute("aria-valuetext", say("live.step", step + 1, steps.length, steps[step]?.title ?? ""));
    const title = hide(steps[step]?.title ?? "");
    const count = this.bar.querySelector<HTMLElement>(".p-count")!;
    fill(
      count,
      `<span>${escapeText(shorten(title, 22))}</span> <b${failed ? ` class="stop"` : ""}>${html("answer.place", step + 1, steps.length)}</b>`,
    );
  }
}

/** Once all is over, what is told is the step that decided. */
function decider(steps: Step[], cls: string, s: Step): Step {
  const stop = stopOf(steps, cls);
  const decided = steps[stop] ?? s;
  const before = steps[stop - 1];
  return decided.kind === "proxy.answer" && before?.kind === "proxy.match" ? before : decided;
}

/** A finished look-up of a name is one dot, as on the desk. */
function dots(steps: Step[], step: number, failed: boolean): string {
  const dns = new Set(steps.filter(s => s.kind.startsWith("dns.")).map(s => s.leg));
  const here = steps[step]?.leg;
  let out = "";
  steps.forEach((s, i) => {
    const folded = dns.has(s.leg) && s.leg !== here;
    if (folded && steps[i - 1]?.leg === s.leg) return;
    const end = i === steps.length - 1;
    const cls = [
      i === step ? "now" : i < step ? "past" : "",
      s.direction === "reply" ? "reply" : "",
      failed && end ? "stop" : "",
    ].filter(Boolean);
    out += `<i data-step="${i}" class="${cls.join(" ")}"></i>`;
  });
  return out;
}

/** The rows of the table, the most telling first. */
export function rowsOf(told: Pick<Told, "trace">, s: Step, stopped: boolean, hide: Hide, ended = stopped): Row[] {
  const rows: Row[] = [];
  const compared = [...(s.compared ?? [])];
  if (stopped) {
    const { client } = told.trace.verdict;
    const printed = client?.message?.trim().split("\n").at(-1) ?? "";
    compared.sort((x, y) => Number(x.holds) - Number(y.holds));
    for (const c of compared.slice(0, 3))
      rows.push({
        name: c.what,
        cells: [hide(c.wanted) || say("answer.nothing"), hide(c.got) || say("answer.nothing")],
        changed: false,
        fails: !c.holds,
        compared: true,
      });
    if (printed && ended)
      rows.splice(Math.min(1, rows.length), 0, {
        name: say("present.prints"),
        cells: [hide(printed)],
        changed: false,
        fails: false,
      });
    if (rows.length > 0) return rows;
  }
  const a = s.before;
  const b = s.after ?? s.before;
  if (!a && !b) return [];
  const pair = (name: string, x: string, y: string) => {
    if (!x && !y) return;
    rows.push({
      name,
      cells: [hide(x) || say("answer.none"), x === y ? null : hide(y) || say("answer.none")],
      changed: x !== y,
      fails: false,
    });
  };
  pair(say("present.from"), a?.src ?? "", b?.src ?? "");
  pair(say("present.to"), a?.dst ?? "", b?.dst ?? "");
  pair(say("present.outer"), outer(a), outer(b));
  // What is asked is told where somebody reads it; on the way it is the same as before.
  if (http(a) !== http(b) || /^(proxy|answer|start|pod\.socket|load)/.test(s.kind))
    pair(say("answer.http"), http(a), http(b));
  return rows;
}

/** Gives up the row that tells least: one that stays as it is, from the end; then the last. */
function without(rows: Row[]): Row[] {
  let at = rows.length - 1;
  for (let i = rows.length - 1; i >= 0; i--) {
    if (!rows[i]!.changed && !rows[i]!.fails) {
      at = i;
      break;
    }
  }
  return rows.filter((_, i) => i !== at);
}

/** Two columns where both fit; else before over after, each in the whole width. columns is the width in mono letters. */
export function tableOf(rows: Row[], columns: number): string {
  if (rows.length === 0) return "";
  const compared = rows.some(r => r.compared);
  const room = compared ? columns - 8 : columns;
  const half = Math.floor(room / 2) - 1;
  const whole = room - 2;
  const stacked = rows.some(r => r.cells.length === 2 && r.cells.some(c => (c?.length ?? 0) > half));
  const cell = (text: string | null, most: number, strong: boolean) =>
    text === null
      ? `<td class="same">${html("answer.unchanged")}</td>`
      : `<td>${strong ? "<b>" : ""}${escapeText(shorten(text, most))}${strong ? "</b>" : ""}</td>`;
  const heads = compared
    ? [html("answer.wanted"), html("answer.got")]
    : [html("answer.arrives"), html("answer.leaves")];
  const body = rows.map(r => {
    const cls = r.fails ? ` class="fails"` : r.changed ? ` class="changed"` : "";
    const name = `<th scope="row">${escapeText(shorten(r.name, compared ? 17 : 6))}</th>`;
    if (r.cells.length === 1)
      return `<tr>${name}<td colspan="2">${escapeText(shorten(r.cells[0] ?? "", whole))}</td></tr>`;
    if (!stacked) return `<tr${cls}>${name}${cell(r.cells[0]!, half, false)}${cell(r.cells[1]!, half, true)}</tr>`;
    const under =
      r.cells[1] === null ? "" : `<tr${cls}><th>${heads[1]}</th>${wide(cell(r.cells[1]!, whole, true))}</tr>`;
    return `<tr${cls}>${name}${wide(cell(r.cells[0]!, whole, false))}</tr>${under}`;
  });
  const two = rows.some(r => r.cells.length === 2) && !stacked;
  const head = two
    ? `<thead><tr><td></td><th scope="col">${heads[0]}</th><th scope="col">${heads[1]}</th></tr></thead>`
    : "";
  return `<table${compared ? ` class="compared"` : ""}>${head}<tbody>${body.join("")}</tbody></table>`;
}

function wide(cell: string): string {
  return cell.replace("<td", `<td colspan="2"`);
}

function outer(h: Header | null): string {
  return h?.outer ? `${h.outer.src} → ${h.outer.dst}` : "";
}

function http(h: Header | null): string {
  if (!h?.http) return "";
  if (h.http.status) return String(h.http.status);
  const host = h.http.headers?.Host;
  return `${h.http.method} ${h.http.path}${host ? ` ${host}` : ""}`;
}
