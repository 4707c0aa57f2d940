// The commands of the player beyond stepping: guessing, chance, the look-up, the switches.

import type { App } from "../app.ts";
import type { Command } from "../commands.ts";
import { openMenu } from "./menu.ts";
import { choices } from "./predict.ts";

export function playerCommands(app: App): Command[] {
  const tracing = () => app.open !== null;
  const predicting = () => app.open?.predicting ?? false;
  const several = () => (app.open?.trace.outcomes.length ?? 0) > 1;
  return [
    {
      id: "fold-menu",
      name: "Fold the menu",
      keys: ["Escape"],
      written: "Esc",
      quiet: true,
      when: () => openMenu() !== null,
      run: () => {
        const menu = openMenu();
        if (!menu) return;
        menu.open = false;
        menu.querySelector("summary")?.focus();
      },
    },
    {
      id: "guess-none",
      name: "Skip the guess",
      keys: ["0", "Escape"],
      run: () => app.guess(""),
      when: predicting,
      quiet: true,
    },
    ...choices.slice(0, 5).map((c, i) => ({
      id: `guess-${c.id}`,
      name: `Guess: ${c.name}`,
      keys: [String(i + 1)],
      run: () => app.guess(c.id),
      when: predicting,
    })),
    {
      id: "predict",
      name: "Predict first, for me (on or off)",
      keys: ["p"],
      written: "P",
      run: () => app.turn("predict"),
    },
    {
      id: "decisions",
      name: "Pause at decisions (on or off)",
      keys: ["a"],
      written: "A",
      run: () => app.turn("decisions"),
    },
    {
      id: "again",
      name: "Again: let chance choose among the ways",
      keys: ["r"],
      written: "R",
      run: () => app.again(),
      when: several,
    },
    {
      id: "look-up",
      name: "Open or fold the look-up of the name",
      keys: ["n"],
      written: "N",
      run: () => app.lookUp(),
      when: () => tracing() && (app.open?.folds.length ?? 0) > 0,
    },
  ];
}
