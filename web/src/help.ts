// The `?` page: every command that has a key, from the one list of commands, as it is when the page is opened.

import type { Commands } from "./commands.ts";
import { byId, make } from "./dom.ts";

/** Wires the button; returns what opens the page. */
export function helpPage(commands: Commands): () => void {
  const dialog = byId<HTMLDialogElement>("help");
  const list = dialog.querySelector("dl.keys");
  const open = () => {
    list?.replaceChildren(
      ...commands.all
        .filter(c => c.keys.length > 0)
        .map(c => {
          const row = make("div", "");
          const dt = make("dt", "");
          dt.append(make("kbd", "", keysOf(c)));
          row.append(dt, make("dd", "", c.name));
          row.dataset.command = c.id;
          return row;
        }),
    );
    if (!dialog.open) dialog.showModal();
  };
  byId("help-button").addEventListener("click", open);
  return open;
}

/** How people write a command's keys; empty where it has none. */
export function keysOf(c: { keys: string[]; written?: string }): string {
  return c.written ?? c.keys[0] ?? "";
}
