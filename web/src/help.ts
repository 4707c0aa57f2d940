// The `?` page: every command that has a key, from the one list of commands, as it is when the page is opened.

import type { Command, Commands } from "./commands.ts";
import { byId, make } from "./dom.ts";
import { say } from "./words.ts";

/** What everybody needs comes first, then the groups of commands that have a place of their own. */
const places = ["", say("place.guess"), say("place.present"), say("place.room")];

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
          all.filter(c => (c.place ?? "") === place),
        ),
      ),
    );
    if (!dialog.open) dialog.showModal();
  };
  byId("help-button").addEventListener("click", open);
  return open;
}

/** A command as one of a group: its name says which. */
export function placed(place: string, short: string): Pick<Command, "place" | "short" | "name"> {
  return { place, short, name: say("place.of", place, short) };
}

function group(place: string, commands: Command[]): HTMLElement[] {
  if (commands.length === 0) return [];
  const list = make("dl", "keys");
  for (const c of commands) {
    const row = make("div", "");
    const dt = make("dt", "");
    dt.append(make("kbd", "", keysOf(c)));
    const words = c.short ?? c.name;
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
