// The inspector: the server renders an object's wide row, description and YAML; this only shows it.

import { byId, make } from "./dom.ts";
import { explosion } from "./explode.ts";
import { close } from "./icons.ts";
import { recipeQuery } from "./recipes/recipes.ts";
import { refOf } from "./trace.ts";
import { html, say } from "./words.ts";

export class Inspector {
  private readonly el = byId("inspector");
  /** What would take a thing away, where that can be tried now. */
  without: (key: string) => string = () => "";
  private asked = 0;
  private shown = "";

  constructor(
    private readonly source: () => string,
    private readonly closed: () => void,
    private readonly follow: (key: string) => void,
    private readonly askFrom: (key: string) => string,
    private readonly askTarget: (key: string) => string,
    private readonly trace: (from: string, command: string) => void,
  ) {
    this.el.addEventListener("click", e => {
      const target = e.target as Element;
      if (target.closest("[data-close]")) this.close();
      const asks = target.closest<HTMLElement>("[data-reach]");
      if (asks) void this.reach(asks);
      const pair = target.closest<HTMLElement>("[data-trace-command]");
      if (pair) this.trace(pair.dataset.traceFrom ?? "", pair.dataset.traceCommand ?? "");
      const ref = target.closest<HTMLElement>("[data-ref]");
      if (ref?.dataset.ref) {
        e.preventDefault();
        this.follow(ref.dataset.ref);
      }
    });
  }

  get open(): boolean {
    return !this.el.hidden;
  }

  async show(key: string): Promise<void> {
    const asked = ++this.asked;
    this.shown = key;
    const ref = refOf(key);
    const q = new URLSearchParams({ kind: ref.kind, namespace: ref.namespace ?? "", name: ref.name });
    const source = this.source();
    if (source) q.set("source", source);
    let markup: string;
    try {
      const answer = await fetch(`api/v1/object?${q}`, { headers: { Accept: "text/html" } });
      markup =
        answer.ok || answer.headers.get("Content-Type")?.startsWith("text/html")
          ? await answer.text()
          : await refusal(answer);
    } catch {
      markup = `<p class="none">${html("server.away")}</p>`;
    }
    if (asked !== this.asked) return;
    this.el.hidden = false;
    this.el.innerHTML = `<button type="button" class="round close" data-close aria-label="${html("inspector.close")}" title="${html("close")} (${html("key.esc")})">${close}</button>${markup}${explosion(ref.kind)}`;
    this.offerReach(key);
    this.el.scrollTop = 0;
  }

  /** The reverse questions, and how it is reached, where the thing can be asked about. */
  private offerReach(key: string): void {
    const target = this.askTarget(key);
    const from = this.askFrom(key);
    const how = recipeQuery(key);
    const header = this.el.querySelector(".inspected:not(.gone) header");
    const without = this.without(key);
    if (!header || (!target && !from && !how && !without)) return;
    const offer = make("div", "reach");
    const button = (question: string, text: string) => {
      const b = make("button", "", text);
      b.type = "button";
      b.dataset.reach = question;
      b.setAttribute("aria-pressed", "false");
      offer.append(b);
    };
    if (target) button(`reach.html?target=${encodeURIComponent(target)}`, say("inspector.who-can-reach"));
    if (from) button(`reach.html?from=${encodeURIComponent(from)}`, say("inspector.what-it-can-reach"));
    if (how) button(`recipes.html?${how}`, say("inspector.how"));
    if (without) {
      const b = make("button", "", say("what-if.without"));
      b.type = "button";
      b.dataset.without = key;
      offer.append(b);
    }
    header.after(offer, make("div", "reach-answer"));
  }

  /** Shows the answer to a reverse question, or takes it away again. */
  private async reach(button: HTMLElement): Promise<void> {
    const place = this.el.querySelector(".reach-answer");
    if (!place) return;
    const on = button.getAttribute("aria-pressed") !== "true";
    for (const b of this.el.querySelectorAll("[data-reach]"))
      b.setAttribute("aria-pressed", String(on && b === button));
    const asked = this.asked;
    let markup = "";
    if (on) {
      const source = this.source();
      const query = `${button.dataset.reach}${source ? `&source=${encodeURIComponent(source)}` : ""}`;
      try {
        const answer = await fetch(`api/v1/${query}`);
        markup = answer.ok ? await answer.text() : await refusal(answer);
      } catch {
        markup = `<p class="none">${html("server.away")}</p>`;
      }
      if (asked !== this.asked || button.getAttribute("aria-pressed") !== "true") return;
    }
    place.innerHTML = markup;
  }

  close(): void {
    if (this.el.hidden) return;
    this.asked++;
    this.el.hidden = true;
    this.shown = "";
    this.closed();
  }

  get key(): string {
    return this.shown;
  }
}

async function refusal(answer: Response): Promise<string> {
  let words = say("server.answers", answer.status);
  try {
    const body = (await answer.json()) as { error?: { message?: string } };
    words = body.error?.message ?? words;
  } catch {
    // No JSON: the status says enough.
  }
  const p = document.createElement("p");
  p.className = "none";
  p.textContent = words;
  return p.outerHTML;
}
