import { isDark } from "../theme.ts";
import type { Palette } from "./cells.ts";

const known = new Map<boolean, Palette>();

/** The canvas has no classes: it reads the theme's colours, of each theme once, since the browser has to style the page for it. */
export function colours(): Palette {
  const dark = isDark();
  const palette = known.get(dark) ?? read();
  known.set(dark, palette);
  return palette;
}

function read(): Palette {
  const css = getComputedStyle(document.documentElement);
  const v = (name: string) => css.getPropertyValue(name).trim();
  return {
    cell: v("--cell"),
    ink: v("--ink"),
    stopped: v("--stopped"),
    attention: v("--attention"),
    request: v("--request"),
  };
}
