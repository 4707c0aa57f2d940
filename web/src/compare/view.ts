// The comparison in the drawer: one sentence, two rows of hops, and the cells that differ.

import { fill, make } from "../dom.ts";
import { metWords } from "../drawer/predict.ts";
import { escapeText } from "../text.ts";
import type { Step } from "../trace.ts";
import { html, say } from "../words.ts";
import { align, type Column, sentenceOf } from "./align.ts";
import { nameOf, type Side } from "./side.ts";

export interface CompareActions {
  end(): void;
  share(): Promise<string>;
  swap(): void;
}

export class CompareView {
  private readonly el = make("section", "compare");

  constructor(
    private readonly player: HTMLElement,
    private readonly actions: CompareActions,
  ) {
    this.el.setAttribute("aria-label", say("compare.title"));
    this.el.tabIndex = -1;
    player.append(this.el);
    this.el.addEventListener("click", e => {
      const b = (e.target as Element).closest<HTMLElement>("[data-compare]");
      const what = b?.dataset.compare;
      if (what === "end") this.actions.end();
      else if (what === "swap") this.actions.swap();
      else if (what === "share") {
        void this.actions.share().then(() => {
          if (b) b.textContent = say("link-copied");
        });
      }
    });
  }

  show(a: Side, b: Side, stepsA: Step[], stepsB: Step[]): string {
    const columns = align(stepsA, stepsB);
    const sentence = sentenceOf(columns);
    fill(this.el, markup(columns, sentence, a, b));
    this.player.classList.add("comparing");
    return sentence;
  }

  focus(): void {
    this.el.focus();
  }

  hide(): void {
    this.player.classList.remove("comparing");
    fill(this.el, "");
  }
}

function markup(columns: Column[], sentence: string, a: Side, b: Side): string {
  const button = (what: string, words: string) => `<button type="button" data-compare="${what}">${words}</button>`;
  const head =
    `<header><p class="sentence">${escapeText(sentence)}</p><div class="compare-menu">` +
    `${button("share", html("compare.keep"))}${button("swap", html("compare.swap"))}${button("end", html("compare.back"))}</div></header>`;
  const row = (side: Side, mark: string, line: string, of: "a" | "b") =>
    `<tr><th scope="row"><span class="run ${line}" aria-hidden="true"></span><b>${mark}</b> <i>${escapeText(endOf(side))}</i> <span>${escapeText(nameOf(side))}</span></th>${columns
      .map(c => hop(c, of))
      .join("")}</tr>`;
  const names = columns
    .map(
      c =>
        `<th scope="col">${same(c) ? `<span class="visually-hidden">${escapeText(c.name)}</span>` : escapeText(c.name)}</th>`,
    )
    .join("");
  const hops = `<div class="runs" tabindex="0" role="group" aria-label="${html("compare.hops")}"><table><thead><tr><td></td>${names}</tr></thead><tbody>${row(a, "A", "solid", "a")}${row(b, "B", "dotted", "b")}</tbody></table></div>`;
  return `${head}${hops}${cells(columns)}`;
}

function same(c: Column): boolean {
  return c.a !== null && c.b !== null && c.cells.length === 0;
}

/** A hop of one row: a dot where both are equal, else what it is. */
function hop(c: Column, of: "a" | "b"): string {
  const s = c[of];
  if (same(c)) return `<td class="same"><i title="${html("compare.hop-same", escapeText(c.name))}"></i></td>`;
  if (!s) return `<td class="none">${html("compare.not-reached")}</td>`;
  return `<td class="differs">${escapeText(s.title || s.kind)}</td>`;
}

function endOf(side: Side): string {
  const { verdict } = side.trace;
  const name = metWords(verdict.class);
  return `${name}${verdict.httpStatus ? ` ${verdict.httpStatus}` : ""}`;
}

function cells(columns: Column[]): string {
  const rows = columns.flatMap(c =>
    c.cells.map(
      (x, i) =>
        `<tr>${i === 0 ? `<th scope="rowgroup" rowspan="${c.cells.length}">${escapeText(c.name)}</th>` : ""}<th scope="row">${escapeText(x.what)}</th><td>${text(x.a)}</td><td>${text(x.b)}</td></tr>`,
    ),
  );
  if (rows.length === 0) return `<p class="none">${html("compare.no-cell")}</p>`;
  return `<div class="cells" tabindex="0" role="group" aria-label="${html("compare.what")}"><table><thead><tr><td colspan="2"></td><th scope="col">A</th><th scope="col">B</th></tr></thead><tbody>${rows.join("")}</tbody></table></div>`;
}

function text(t: string): string {
  return escapeText(t || say("answer.none")).replace(/\n/g, "<br>");
}
