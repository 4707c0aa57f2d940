// The palette: every command, and every object of the map, by typing a few letters.

import type { Commands } from "./commands.ts";
import { make } from "./dom.ts";
import { keysOf } from "./help.ts";
import type { Store } from "./store.ts";
import { refOf } from "./trace.ts";
import { say } from "./words.ts";

interface Entry {
  name: string;
  note: string;
  run: () => void;
}

/** Objects whose name holds the words, pods last since they are many; at most limit. */
export function findObjects(store: Store, query: string, limit: number): { key: string; name: string; note: string }[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [];
  const found: { key: string; name: string; note: string }[] = [];
  const look = (key: string, name: string, note: string) => {
    const hay = `${key} ${note}`.toLowerCase();
    if (found.length < limit && words.every(w => hay.includes(w))) found.push({ key, name, note });
  };
  for (const s of store.services.values())
    look(s.id, s.name, say("palette.in", "Service", s.namespace, (s.clusterIPs ?? [])[0] ?? ""));
  for (const i of store.ingresses.values())
    look(i.id, i.name, say("palette.in", "Ingress", i.namespace, (i.rows ?? []).map(r => r.host).join(" ")));
  for (const c of store.gatewayClasses.values()) look(c.id, c.name, `GatewayClass ${c.controller}`);
  for (const g of store.gateways.values())
    look(g.id, g.name, say("palette.in", "Gateway", g.namespace, (g.listeners ?? []).map(l => l.host).join(" ")));
  for (const r of store.routes.values())
    look(r.id, r.name, say("palette.in", refOf(r.id).kind, r.namespace, (r.hosts ?? []).join(" ")));
  for (const p of store.policies.values())
    look(p.id, p.name, p.namespace ? say("palette.in", "NetworkPolicy", p.namespace, "") : refOf(p.id).kind);
  for (const n of store.nodes.values()) look(n.id, n.name, `Node ${(n.addresses ?? [])[0] ?? ""}`);
  for (const h of store.hosts.values())
    look(h.id, h.name, `${say(h.layer === "lan" ? "lan" : "internet")} ${(h.addresses ?? [])[0] ?? ""}`);
  for (const p of store.pods.values()) {
    if (found.length >= limit) break;
    look(p.key, p.name, say("palette.in", "Pod", p.class.namespace, p.ip));
  }
  return found;
}

export class Palette {
  private readonly dialog = make("dialog", "palette");
  private readonly input = make("input", "palette-input");
  private readonly list = make("ul", "palette-list");
  private entries: Entry[] = [];
  private at = 0;

  constructor(
    private readonly commands: Commands,
    private readonly store: Store,
    private readonly go: (key: string) => void,
  ) {
    this.dialog.setAttribute("aria-label", say("command.palette"));
    this.input.placeholder = say("palette.placeholder");
    this.input.setAttribute("aria-label", say("palette.field"));
    this.input.type = "search";
    this.list.id = "palette-list";
    this.list.setAttribute("role", "listbox");
    for (const [name, value] of Object.entries({
      role: "combobox",
      "aria-controls": this.list.id,
      "aria-expanded": "true",
      "aria-autocomplete": "list",
    }))
      this.input.setAttribute(name, value);
    this.list.setAttribute("aria-label", say("palette.found"));
    this.dialog.append(this.input, this.list);
    document.body.append(this.dialog);
    this.input.addEventListener("input", () => this.fill());
    this.input.addEventListener("keydown", e => this.key(e));
    this.list.addEventListener("click", e => {
      const li = (e.target as Element).closest<HTMLElement>("[data-i]");
      if (li) this.take(Number(li.dataset.i));
    });
    this.dialog.addEventListener("click", e => e.target === this.dialog && this.dialog.close());
  }

  get open(): boolean {
    return this.dialog.open;
  }

  show(text = ""): void {
    this.input.value = text;
    this.fill();
    if (!this.dialog.open) this.dialog.showModal();
    this.input.focus();
  }

  private fill(): void {
    const query = this.input.value;
    const commands = this.commands.find(query).map(c => ({ name: c.name, note: keysOf(c), run: c.run }));
    const objects = findObjects(this.store, query, 12).map(o => ({
      name: o.name,
      note: o.note,
      run: () => this.go(o.key),
    }));
    this.entries = query ? [...objects, ...commands] : commands;
    this.at = 0;
    this.list.replaceChildren(
      ...this.entries.map((e, i) => {
        const li = make("li", "");
        li.dataset.i = String(i);
        li.id = `palette-${i}`;
        li.setAttribute("role", "option");
        li.append(make("span", "", e.name), make("small", "", e.note));
        return li;
      }),
    );
    this.mark();
  }

  private key(e: KeyboardEvent): void {
    if (e.key === "ArrowDown" || e.key === "ArrowUp") {
      e.preventDefault();
      const n = Math.max(1, this.entries.length);
      this.at = (this.at + (e.key === "ArrowDown" ? 1 : n - 1)) % n;
      this.mark();
    } else if (e.key === "Enter") {
      e.preventDefault();
      this.take(this.at);
    }
  }

  private mark(): void {
    this.input.setAttribute("aria-activedescendant", this.entries.length > 0 ? `palette-${this.at}` : "");
    [...this.list.children].forEach((li, i) => {
      li.setAttribute("aria-selected", String(i === this.at));
      if (i === this.at) li.scrollIntoView({ block: "nearest" });
    });
  }

  private take(i: number): void {
    const entry = this.entries[i];
    this.dialog.close();
    entry?.run();
  }
}
