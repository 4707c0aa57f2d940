// The line that says that a what-if is shown, and the way back to the real cluster.

import { fill, make, maybe } from "../dom.ts";
import { escapeText } from "../text.ts";
import { refOf } from "../trace.ts";
import { html, say } from "../words.ts";
import { type Change, changeWords, type WhatIf } from "./forked.ts";

export class ForkNote {
  private readonly el = make("aside", "");

  constructor(back: () => void) {
    this.el.id = "fork-note";
    this.el.hidden = true;
    this.el.setAttribute("aria-label", say("what-if.name"));
    (maybe("band-note") ?? maybe("top"))?.after(this.el);
    this.el.addEventListener("click", e => {
      if ((e.target as Element).closest("button")) back();
    });
  }

  show(shown: WhatIf | null): void {
    this.el.hidden = shown === null;
    if (!shown) return;
    const list = (shown.forked?.changes ?? []).map(item).join(" · ");
    fill(
      this.el,
      `<p><b>${escapeText(shown.question)}</b> <span>${list ? `${list}. ` : ""}${html("what-if.unchanged")}</span></p>` +
        `<button type="button" title="${html("command.real")} (X)">${html("what-if.back")}</button>`,
    );
  }
}

function item(c: Change): string {
  const { kind, name } = refOf(c.id);
  const words = say("what-if.item", kind, name, changeWords(c));
  return escapeText(c.follows ? say("what-if.follows", words) : words);
}
