// The strip of steps, and the choice among several ways.

import { shareWords } from "../draw/notes.ts";
import { minus, plus } from "../icons.ts";
import { escapeText } from "../text.ts";
import { fails, type Outcome, type Step } from "../trace.ts";
import { count, html, say } from "../words.ts";
import { stopsOf } from "./folds.ts";
import { type DrawerState, outcomeClass } from "./state.ts";

/** The stops of the strip: a look-up of a name is one, which opens into its own. */
export function strip(state: DrawerState): string {
  const { steps } = state;
  const step = standing(state);
  const failed = fails(outcomeClass(state));
  const stops = stopsOf(steps, state.folds, step);
  const opened = state.folds.find(f => step >= f.from && step < f.to);
  const dense = stops.length > 10;
  return stops
    .map(({ at, fold }, n) => {
      const s = steps[at]!;
      const current = at === step;
      const end = at === steps.length - 1;
      const cls = [
        current ? "now" : at < step ? "past" : "ahead",
        s.direction === "reply" && !fold ? "reply" : "",
        failed && end ? "stop" : "",
        fold ? "fold" : opened?.from === at ? "opened" : "",
        dense && !current && !fold ? "unnamed" : "",
        dense && n < 2 ? "at-start" : dense && n > stops.length - 3 ? "at-end" : "",
      ].filter(Boolean);
      const words = escapeText(fold ? say("strip.dns") : s.title || s.kind);
      return (
        `<li class="${cls.join(" ")}"><button type="button" data-step="${at}" title="${words}" aria-label="${html("strip.step", n + 1, words)}"${current ? ` aria-current="step"` : ""}><i></i><span>${words}</span></button>` +
        (fold ? opener(false, fold.from, fold.to - fold.from + 1) : "") +
        `${opened && at === opened.from ? opener(true, opened.to, 0) : ""}</li>`
      );
    })
    .join("");
}

/** Opens a look-up into its own hops, or folds it again: both only go to a step. */
function opener(open: boolean, to: number, hops: number): string {
  const words = escapeText(open ? say("strip.fold") : count("strip.open", hops));
  return `<button type="button" class="opener" data-step="${to}" data-fold aria-expanded="${open}" title="${words}" aria-label="${words}">${open ? minus : plus}</button>`;
}

/** Where the strip stands: while a folded look-up is under way, at it. */
export function standing(state: DrawerState): number {
  const { step, unfolded, folds } = state;
  return (!unfolded && folds.find(f => step >= f.from && step < f.to)?.to) || step;
}

/** The current stop among the stops, counted from 1, and the step that it tells of. */
export function placeOf(state: DrawerState): {
  place: number;
  of: number;
  told: Step | undefined;
  fold: boolean;
  underWay: boolean;
} {
  const { steps, step } = state;
  const at = standing(state);
  const stops = stopsOf(steps, state.folds, at);
  const i = stops.findIndex(s => s.at === at);
  const fold = stops[i]?.fold;
  // A folded look-up says what it asked while it is under way, and its answer afterwards.
  const underWay = at !== step;
  const told = fold ? steps[underWay ? fold.asked : fold.answered] : steps[step];
  return { place: i + 1, of: stops.length, told, fold: !!fold, underWay };
}

/** All ways a request may take, each with its share: to force one, or to let chance decide. */
export function ways(state: DrawerState): string {
  const all = state.trace.outcomes;
  if (all.length < 2) return "";
  const items = all
    .map(
      (o, i) =>
        `<button type="button" data-outcome="${i}" aria-pressed="${i === state.outcome}"><b>${escapeText(shareWords(o.share))}</b> <span>${escapeText(endText(o))}</span></button>`,
    )
    .join("");
  const drawn = state.seed ? html("ways.seed", state.seed) : html("ways.by-share");
  return (
    `<details class="menu ways-menu"><summary title="${html("ways.title", all.length)}">${escapeText(wayText(all[state.outcome]))}</summary><div class="menu-list">` +
    `<p>${html("ways.force")}</p>${items}<button type="button" data-do="again"><b>${html("ways.again")}</b> <span>${html("ways.chance", drawn)}</span></button></div></details>`
  );
}

function endText(o: Outcome): string {
  const to = o.endpoint?.pod || o.endpoint?.ip || o.class.replace("-", " ");
  return `${to}${o.httpStatus ? ` ${o.httpStatus}` : ""}`;
}

function wayText(o: Outcome | undefined): string {
  return o ? `${shareWords(o.share)}: ${endText(o)}` : "";
}
