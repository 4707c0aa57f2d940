// Short ways to the page's own elements.

export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  const el = document.getElementById(id);
  if (!el) throw new Error(`the page has no #${id}`);
  return el as T;
}

export function maybe<T extends HTMLElement = HTMLElement>(id: string): T | null {
  return document.getElementById(id) as T | null;
}

export function make<K extends keyof HTMLElementTagNameMap>(name: K, cls: string, text = ""): HTMLElementTagNameMap[K] {
  const el = document.createElement(name);
  el.className = cls;
  if (text) el.textContent = text;
  return el;
}

/** Sets markup only where it differs, so that focus and selection survive. */
export function fill(el: Element, markup: string): boolean {
  if (shown.get(el) === markup) return false;
  shown.set(el, markup);
  el.innerHTML = markup;
  return true;
}

const shown = new WeakMap<Element, string>();

/** Copies a text; where the browser refuses (no secure context), the old way. */
export async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = make("textarea", "visually-hidden");
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
}

/** Says something to whoever does not look. */
export function announce(text: string): void {
  const live = maybe("live");
  if (live && live.textContent !== text) live.textContent = text.slice(0, 200);
}
