// Where there is room for one column only, the map is a picture that folds away.

import type { Commands } from "./commands.ts";
import { byId } from "./dom.ts";
import { say } from "./words.ts";

export function foldingMap(commands: Commands): void {
  const fold = byId<HTMLButtonElement>("map-fold");
  const toggle = () => fold.setAttribute("aria-expanded", String(fold.getAttribute("aria-expanded") === "false"));
  fold.addEventListener("click", toggle);
  commands.add({
    id: "fold",
    name: say("command.fold-map"),
    keys: ["m"],
    written: "M",
    run: toggle,
    when: () => fold.offsetParent !== null,
  });
}
