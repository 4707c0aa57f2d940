// What the menu "Share" has to take away as a file.

import { byId } from "../dom.ts";
import { say } from "../words.ts";
import type { Exporter } from "./exporter.ts";
import { isFrozen } from "./frozen.ts";

interface Entry {
  name: string;
  note: string;
  run: (e: Exporter) => Promise<string>;
  done: string;
  /** Only on the page of a server, or only in a file. */
  live?: boolean;
  file?: boolean;
}

const entries: Entry[] = [
  {
    name: say("export.page"),
    note: say("export.page-note"),
    run: e => e.page(),
    done: say("export.saved"),
    live: true,
  },
  { name: say("export.svg"), note: say("export.svg-note"), run: e => e.svg(), done: say("export.saved") },
  { name: say("export.png"), note: say("export.png-note"), run: e => e.png(), done: say("export.saved") },
  {
    name: say("export.markdown"),
    note: say("export.markdown-note"),
    run: e => e.markdown(),
    done: say("export.saved"),
  },
  {
    name: say("export.markdown-copy"),
    note: say("export.markdown-copy-note"),
    run: e => e.copyMarkdown(),
    done: say("export.copied"),
  },
  {
    name: say("export.json"),
    note: say("export.json-note"),
    run: e => e.json(),
    done: say("export.saved"),
    file: true,
  },
];

/** Adds the entries to the menu of the drawer. */
export function exportMenu(exporter: Exporter): void {
  const menu = byId("player").querySelector(".share-menu");
  if (!menu) return;
  for (const entry of entries) {
    if (entry.file && !isFrozen()) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.export = entry.name;
    button.toggleAttribute("data-live", entry.live ?? false);
    const name = document.createElement("b");
    name.textContent = entry.name;
    const note = document.createElement("span");
    note.textContent = entry.note;
    button.append(name, note);
    button.addEventListener("click", () => void tell(exporter, entry, name));
    menu.append(button);
  }
}

/** The button itself says for a moment what came of it. */
async function tell(exporter: Exporter, entry: Entry, name: HTMLElement): Promise<void> {
  name.textContent = (await exporter.say(entry.run(exporter))) ? entry.done : say("export.failed");
  setTimeout(() => {
    name.textContent = entry.name;
  }, 1600);
}
