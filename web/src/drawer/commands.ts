// The commands of the player beyond stepping: guessing, chance, the look-up, the switches.

import type { App } from "../app.ts";
import type { Command } from "../commands.ts";
import { placed } from "../help.ts";
import { say } from "../words.ts";
import { openMenu } from "./menu.ts";
import { choices } from "./predict.ts";

export function playerCommands(app: App): Command[] {
  const tracing = () => app.open !== null;
  const predicting = () => app.open?.predicting ?? false;
  const several = () => (app.open?.trace.outcomes.length ?? 0) > 1;
  return [
    {
      id: "fold-menu",
      name: say("command.fold-menu"),
      keys: ["Escape"],
      written: say("key.esc"),
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
      name: say("command.guess-none"),
      keys: ["0", "Escape"],
      run: () => app.guess(""),
      when: predicting,
      quiet: true,
    },
    ...choices.slice(0, 5).map((c, i) => ({
      id: `guess-${c.id}`,
      ...placed(say("place.guess"), c.name),
      keys: [String(i + 1)],
      run: () => app.guess(c.id),
      when: predicting,
    })),
    {
      id: "predict",
      name: say("command.predict"),
      keys: ["p"],
      written: "P",
      run: () => app.turn("predict"),
    },
    {
      id: "decisions",
      name: say("command.decisions"),
      keys: ["a"],
      written: "A",
      run: () => app.turn("decisions"),
    },
    {
      id: "again",
      name: say("command.again"),
      keys: ["r"],
      written: "R",
      run: () => app.again(),
      when: several,
    },
    {
      id: "look-up",
      name: say("command.look-up"),
      keys: ["n"],
      written: "N",
      run: () => app.lookUp(),
      when: () => tracing() && (app.open?.folds.length ?? 0) > 0,
    },
  ];
}
