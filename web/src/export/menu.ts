// What the menu "Share" has to take away as a file.

import { byId } from "../dom.ts";
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
    name: "Page that plays anywhere",
    note: "one file, needs no server",
    run: e => e.page(),
    done: "Saved",
    live: true,
  },
  { name: "Picture as SVG", note: "this step, for slides", run: e => e.svg(), done: "Saved" },
  { name: "Picture as PNG", note: "this step, twice as sharp", run: e => e.png(), done: "Saved" },
  { name: "Save as Markdown", note: "the whole answer in words", run: e => e.markdown(), done: "Saved" },
  { name: "Copy as Markdown", note: "for a ticket or a chat", run: e => e.copyMarkdown(), done: "Copied" },
  { name: "Save as JSON", note: "the answer as programs read it", run: e => e.json(), done: "Saved", file: true },
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
  name.textContent = (await exporter.say(entry.run(exporter))) ? entry.done : "That did not work";
  setTimeout(() => {
    name.textContent = entry.name;
  }, 1600);
}
