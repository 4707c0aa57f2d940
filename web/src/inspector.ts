// The inspector: the server renders an object's wide row, description and YAML; this only shows it.

import { byId } from "./dom.ts";
import { close } from "./icons.ts";
import { refOf } from "./trace.ts";

export class Inspector {
  private readonly el = byId("inspector");
  private asked = 0;
  private shown = "";

  constructor(
    private readonly source: () => string,
    private readonly closed: () => void,
    private readonly follow: (key: string) => void,
  ) {
    this.el.addEventListener("click", e => {
      const target = e.target as Element;
      if (target.closest("[data-close]")) this.close();
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
      markup = `<p class="none">The server cannot be reached; try again when it is back.</p>`;
    }
    if (asked !== this.asked) return;
    this.el.hidden = false;
    this.el.innerHTML = `<button type="button" class="round close" data-close aria-label="Close the inspector" title="Close (Esc)">${close}</button>${markup}`;
    this.el.scrollTop = 0;
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
  let words = `The server answers ${answer.status}.`;
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
