// Light or dark: the system's choice until somebody chooses here.

import { byId } from "./dom.ts";

const key = "kubestrata-theme";

export function isDark(): boolean {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

/** Wires the button; calls back whenever the colours changed. */
export function theme(changed: () => void): { toggle: () => void } {
  const saved = read();
  if (saved === "dark" || saved === "light") document.documentElement.dataset.theme = saved;
  const toggle = () => {
    const next = isDark() ? "light" : "dark";
    document.documentElement.dataset.theme = next;
    try {
      localStorage.setItem(key, next);
    } catch {
      // Private windows may forbid it; the choice then lasts as long as the page.
    }
    changed();
  };
  byId("theme").addEventListener("click", toggle);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed);
  return { toggle };
}

function read(): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}
