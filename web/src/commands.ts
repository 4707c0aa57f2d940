// Everything a key or the palette can do, as data. Shortcuts, palette and the help page come from this one list.

export interface Command {
  id: string;
  name: string;
  /** Keys as KeyboardEvent.key has them; "Mod+" is Ctrl or Cmd. Single letters never fire while somebody types. */
  keys: string[];
  /** How people write the keys, where it differs. */
  written?: string;
  run: () => void;
  /** Whether it can be done now; absent means always. */
  when?: () => boolean;
  /** The group that it belongs to, on the help page: "Present". Its name begins with that. */
  place?: string;
  /** What it is called in its group; absent where it belongs to none. */
  short?: string;
  /** Not in the palette. */
  quiet?: boolean;
  /** Needs a server: not there in a file that asks nobody. */
  live?: boolean;
}

export class Commands {
  /** Whether keys of one character do anything; people who speak to their computer turn them off (WCAG 2.1.4). */
  letters = true;
  private readonly list: Command[] = [];

  constructor(private readonly frozen = false) {}

  add(...commands: Command[]): void {
    for (const c of commands) {
      if (c.live && this.frozen) continue;
      if (this.list.some(x => x.id === c.id)) throw new Error(`two commands are called ${c.id}`);
      const taken = c.keys.find(k =>
        this.list.some(x => x.keys.includes(k) && x.when === undefined && c.when === undefined),
      );
      if (taken) throw new Error(`two commands have the key ${taken}`);
      this.list.push(c);
    }
  }

  /** Adds commands whose keys come before those of the others while they can be done. */
  first(...commands: Command[]): void {
    const others = this.list.splice(0);
    this.add(...commands);
    const mine = this.list.splice(0);
    this.add(...others);
    this.list.unshift(...mine);
  }

  get all(): readonly Command[] {
    return this.list;
  }

  /** Those whose names hold every word of the query. */
  find(query: string): Command[] {
    const words = query.toLowerCase().split(/\s+/).filter(Boolean);
    return this.list.filter(
      c => !c.quiet && (c.when?.() ?? true) && words.every(w => c.name.toLowerCase().includes(w)),
    );
  }

  /** Runs what a key stands for. Returns whether it did. */
  key(e: KeyboardEvent): boolean {
    const c = this.of(e);
    if (!c) return false;
    e.preventDefault();
    c.run();
    return true;
  }

  /** Whether a key stands for something that can be done now. */
  knows(e: KeyboardEvent): boolean {
    return this.of(e) !== undefined;
  }

  private of(e: KeyboardEvent): Command | undefined {
    const typing = isTyping(e.target);
    const mod = e.ctrlKey || e.metaKey;
    const name = (mod ? "Mod+" : "") + (e.key.length === 1 ? e.key.toLowerCase() : e.key);
    if (e.altKey || (typing && !mod && e.key !== "Escape")) return undefined;
    if (!this.letters && !mod && e.key.length === 1 && e.key !== " ") return undefined;
    return this.list.find(x => x.keys.includes(name) && (x.when?.() ?? true));
  }
}

function isTyping(target: EventTarget | null): boolean {
  const el = target as HTMLElement | null;
  return !!el?.closest?.("input, textarea, select, [contenteditable]");
}
