// Small menus of the drawer: a summary that opens a list of buttons.

export function menu(cls: string, sign: string, label: string, items: string): string {
  return `<details class="menu ${cls}"><summary aria-label="${label}" title="${label}">${sign}</summary><div class="menu-list">${items}</div></details>`;
}

/** A line of a menu, with the key that does the same; a switch says whether it is on. */
export function menuButton(what: string, name: string, key: string, isSwitch = false): string {
  const state = isSwitch ? ` aria-pressed="false"` : " data-live";
  return `<button type="button" data-do="${what}"${state}><b>${name}</b> <kbd>${key}</kbd></button>`;
}

export function foldMenu(within: Element): void {
  const open = within.closest<HTMLDetailsElement>("details[open]");
  if (open) open.open = false;
}

/** The menu of the drawer that is open; its summary takes the focus when it is folded. */
export function openMenu(): HTMLDetailsElement | null {
  return document.querySelector<HTMLDetailsElement>("#player details.menu[open]");
}

export function foldAll(except: Node | null): void {
  for (const open of document.querySelectorAll<HTMLDetailsElement>("#player details.menu[open]"))
    if (!except || !open.contains(except)) open.open = false;
}
