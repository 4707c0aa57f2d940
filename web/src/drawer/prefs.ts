// What a person wants of every trace, remembered in the browser: to predict first, and to stop at decisions.

export type Pref = "predict" | "decisions";

const chosen = new Map<Pref, boolean>();

export function wants(pref: Pref): boolean {
  const said = chosen.get(pref);
  if (said !== undefined) return said;
  try {
    return localStorage.getItem(`kubestrata-${pref}`) === "1";
  } catch {
    return false;
  }
}

/** Switches it over and returns what holds now. */
export function turn(pref: Pref): boolean {
  const now = !wants(pref);
  chosen.set(pref, now);
  try {
    localStorage.setItem(`kubestrata-${pref}`, now ? "1" : "0");
  } catch {
    // Private windows may forbid it; the choice then lasts as long as the page.
  }
  return now;
}
