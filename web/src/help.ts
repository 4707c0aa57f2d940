// The `?` page: every command that has a key, from the one list of commands, as it is when the page is opened.

import type { Command, Commands } from "./commands.ts";
import { byId, make } from "./dom.ts";

/** Commands that have a place of their own say so in their names: "Present: spotlight". What everybody needs comes first. */
const places = ["", "Guess", "Present", "Room"];

/** Wires the button; returns what opens the page. */
export function helpPage(commands: Commands): () => void {
  const dialog = byId<HTMLDialogElement>("help");
  const groups = dialog.querySelector(".key-groups");
  const open = () => {
    const all = commands.all.filter(c => c.keys.length > 0);
    groups?.replaceChildren(
      ...places.flatMap(place =>
        group(
          place,
          all.filter(c => placeOf(c) === place),
        ),
      ),
    );
    if (!dialog.open) dialog.showModal();
  };
  byId("help-button").addEventListener("click", open);
  return open;
}

function placeOf(c: Command): string {
  return places.find(p => p !== "" && c.name.startsWith(`${p}: `)) ?? "";
}

function group(place: string, commands: Command[]): HTMLElement[] {
  if (commands.length === 0) return [];
  const list = make("dl", "keys");
  for (const c of commands) {
    const row = make("div", "");
    const dt = make("dt", "");
    dt.append(make("kbd", "", keysOf(c)));
    const words = place ? c.name.slice(place.length + 2) : c.name;
    row.append(dt, make("dd", "", words[0]!.toUpperCase() + words.slice(1)));
    row.dataset.command = c.id;
    list.append(row);
  }
  return place ? [make("h3", "", place), list] : [list];
}

/** How people write a command's keys; empty where it has none. */
export function keysOf(c: { keys: string[]; written?: string }): string {
  return c.written ?? c.keys[0] ?? "";
}
