// The panel beside the map that is no inspector: the legend, the exposure. One at a time, like its buttons.

import { byId } from "./dom.ts";
import { close } from "./icons.ts";
import { html } from "./words.ts";

export class Side {
  private readonly el = byId("side");
  private owner = "";
  private shut: () => void = () => {};

  constructor() {
    this.el.addEventListener("click", e => {
      if ((e.target as Element).closest("[data-close]")) this.close();
    });
  }

  /** Whose content is shown; empty while it is closed. */
  get shows(): string {
    return this.el.hidden ? "" : this.owner;
  }

  /** Shows markup of its owner, in place of what was there. `shut` runs when it is closed or another owner takes it. */
  show(owner: string, markup: string, shut: () => void): HTMLElement {
    if (this.owner !== owner) this.shut();
    this.owner = owner;
    this.shut = shut;
    const top = this.el.hidden ? 0 : this.el.scrollTop;
    this.el.hidden = false;
    this.el.innerHTML = `<button type="button" class="round close" data-close aria-label="${html("close")}" title="${html("close")} (${html("key.esc")})">${close}</button>${markup}`;
    this.el.scrollTop = top;
    return this.el;
  }

  close(): void {
    if (this.el.hidden) return;
    this.el.hidden = true;
    this.owner = "";
    const { shut } = this;
    this.shut = () => {};
    shut();
  }
}
