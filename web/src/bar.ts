// The bar that asks: typing and pasting, and completion.

import { byId, make } from "./dom.ts";
import type { Suggestion } from "./reach.ts";
import { widthOf } from "./text.ts";
import { say } from "./words.ts";

/** The two fields, with a list of suggestions under each. */
export class Bar {
  readonly from = byId<HTMLInputElement>("from");
  readonly command = byId<HTMLInputElement>("command");
  private readonly list = make("ul", "suggestions");
  private readonly note = make("p", "bar-note");
  private field: HTMLInputElement | null = null;
  private suggestions: Suggestion[] = [];
  private chosen = -1;
  private asked = 0;
  private timer = 0;

  constructor(
    private readonly source: () => string,
    private readonly choices: () => Suggestion[],
    submit: () => void,
  ) {
    const form = byId<HTMLFormElement>("bar");
    // The label stands within the field; a longer one than English has pushes the words on.
    const label = 22 + widthOf(byId("from-label").textContent ?? "", 13);
    if (label > 54) this.from.style.setProperty("--from-label", `${label}px`);
    this.list.id = "suggestions";
    this.list.hidden = true;
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", say("bar.suggestions"));
    this.note.hidden = true;
    this.note.setAttribute("role", "alert");
    form.append(this.list, this.note);
    form.addEventListener("submit", e => {
      e.preventDefault();
      this.hide();
      submit();
    });
    for (const input of [this.from, this.command]) {
      input.setAttribute("role", "combobox");
      input.setAttribute("aria-controls", "suggestions");
      input.setAttribute("aria-expanded", "false");
      input.setAttribute("aria-autocomplete", "list");
      input.addEventListener("input", () => this.typed(input));
      input.addEventListener("keydown", e => this.key(e));
      // Whoever comes back at once goes on typing.
      input.addEventListener("blur", () =>
        setTimeout(() => this.field === input && document.activeElement !== input && this.hide(), 150),
      );
    }
    this.from.addEventListener("focus", () => this.from.select());
    this.command.addEventListener("paste", e => this.paste(e));
    this.list.addEventListener("mousedown", e => {
      const li = (e.target as Element).closest<HTMLElement>("[data-i]");
      if (!li) return;
      e.preventDefault();
      this.take(Number(li.dataset.i));
    });
  }

  set(from: string, command: string): void {
    delete this.from.dataset.named;
    this.from.value = from;
    this.command.value = command;
    this.fault("", "");
  }

  /** The command itself named the source: the field shows it as long as that command stands there. */
  named(source: string): void {
    if (this.from.value !== "" || source === "") return;
    this.from.value = source;
    this.from.dataset.named = "";
  }

  /** What is asked in the field `from`; empty where the command says it. */
  get askedFrom(): string {
    return this.from.dataset.named === undefined ? this.from.value.trim() : "";
  }

  fault(message: string, field: string): void {
    this.note.hidden = message === "";
    this.note.textContent = message;
    this.from.setAttribute("aria-invalid", String(field === "from" && message !== ""));
    this.command.setAttribute("aria-invalid", String(field === "command" && message !== ""));
  }

  get open(): boolean {
    return !this.list.hidden || !this.note.hidden;
  }

  hide(): void {
    this.asked++;
    clearTimeout(this.timer);
    this.list.hidden = true;
    this.chosen = -1;
    this.field?.setAttribute("aria-expanded", "false");
    this.field?.removeAttribute("aria-activedescendant");
    this.field = null;
  }

  /** Lines that a tutorial broke with a backslash are one command. */
  private paste(e: ClipboardEvent): void {
    const text = e.clipboardData?.getData("text") ?? "";
    if (!text.includes("\n")) return;
    e.preventDefault();
    const joined = text
      .trim()
      .replace(/\\\r?\n\s*/g, " ")
      .replace(/\s*\r?\n[\s\S]*$/, "");
    const { selectionStart: a, selectionEnd: b, value } = this.command;
    this.command.value = value.slice(0, a ?? 0) + joined + value.slice(b ?? value.length);
    this.typed(this.command);
  }

  private typed(input: HTMLInputElement): void {
    if (this.from.dataset.named !== undefined) {
      if (input === this.command) this.from.value = "";
      delete this.from.dataset.named;
    }
    this.fault("", "");
    this.field = input;
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.suggest(input), 90);
  }

  private async suggest(input: HTMLInputElement): Promise<void> {
    const asked = ++this.asked;
    if (input === this.from) {
      this.show(this.sources(input.value), input);
      return;
    }
    const q = new URLSearchParams({ from: this.from.value, q: input.value });
    const source = this.source();
    if (source) q.set("source", source);
    let found: Suggestion[] = [];
    try {
      const answer = await fetch(`api/v1/complete?${q}`);
      if (answer.ok) found = readSuggestions(await answer.json());
    } catch {
      // Completion is a help; without a server there is none.
    }
    if (asked !== this.asked || document.activeElement !== input) return;
    // What is proposed replaces the last word.
    const before = input.value.replace(/\S*$/, "");
    const whole = found.map(s => ({ ...s, text: before + s.text }));
    this.show(whole.filter(s => s.text !== input.value).slice(0, 10), input);
  }

  private sources(typed: string): Suggestion[] {
    const words = typed
      .toLowerCase()
      .split(/[\s/]+/)
      .filter(Boolean);
    const found = this.choices().filter(
      s => s.text !== typed && words.every(w => s.text.includes(w) || s.note.includes(w)),
    );
    return found.slice(0, 10);
  }

  private show(found: Suggestion[], input: HTMLInputElement): void {
    this.suggestions = found;
    this.chosen = -1;
    this.list.replaceChildren(
      ...found.map((s, i) => {
        const li = make("li", "suggestion");
        li.dataset.i = String(i);
        li.id = `suggestion-${i}`;
        li.setAttribute("role", "option");
        li.append(make("code", "", s.text), make("span", "", s.note));
        return li;
      }),
    );
    this.list.hidden = found.length === 0;
    this.list.classList.toggle("under-from", input === this.from);
    input.setAttribute("aria-expanded", String(found.length > 0));
  }

  private key(e: KeyboardEvent): void {
    if (e.key === "Escape") {
      if (this.open) e.stopPropagation();
      this.hide();
      this.fault("", "");
      return;
    }
    if (e.key === "ArrowDown" && this.list.hidden) {
      e.preventDefault();
      this.field = e.target as HTMLInputElement;
      void this.suggest(this.field);
      return;
    }
    if (this.list.hidden) return;
    if (e.key === "ArrowDown" || e.key === "ArrowUp") {
      e.preventDefault();
      const n = this.suggestions.length;
      this.chosen =
        (this.chosen + (e.key === "ArrowDown" ? 1 : n) + (this.chosen < 0 && e.key === "ArrowUp" ? 1 : 0)) % n;
      [...this.list.children].forEach((li, i) => {
        li.setAttribute("aria-selected", String(i === this.chosen));
      });
      this.field?.setAttribute("aria-activedescendant", `suggestion-${this.chosen}`);
    } else if ((e.key === "Enter" || e.key === "Tab") && this.chosen >= 0) {
      e.preventDefault();
      this.take(this.chosen);
    }
  }

  private take(i: number): void {
    const s = this.suggestions[i];
    const input = this.field;
    if (!s || !input) return;
    input.value = s.text;
    this.hide();
    if (input === this.from) this.command.focus();
    else input.setSelectionRange(s.text.length, s.text.length);
  }
}

/** What api/v1/complete answers: items with what to insert, and what it would reach. */
function readSuggestions(value: unknown): Suggestion[] {
  const list = (value as { items?: unknown } | null)?.items;
  if (!Array.isArray(list)) return [];
  return list
    .map((x: { insert?: unknown; label?: unknown; detail?: unknown; kind?: unknown } | null) => ({
      text: typeof x?.insert === "string" ? x.insert : "",
      note: typeof x?.detail === "string" ? x.detail : "",
    }))
    .filter(s => s.text !== "");
}
