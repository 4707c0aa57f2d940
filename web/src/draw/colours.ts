import type { Palette } from "./cells.ts";

/** The canvas has no classes: it reads the theme's colours. */
export function colours(): Palette {
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
