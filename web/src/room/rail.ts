// The way on a small map: one row a step, one column a layer, and a line between them. It is made of what the steps'
// cards say, so it needs nothing of the cluster.

const columns = ["internet", "lan", "service", "pod"];
const width = 26;
const height = 44;

/** Fills a list with the rows of a way. */
export function drawRail(list: HTMLElement, cards: HTMLElement[]): void {
  let before = -1;
  list.replaceChildren(
    ...cards.map((card, i) => {
      const at = Math.max(0, columns.indexOf(card.dataset.layer ?? ""));
      const li = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      button.dataset.rail = String(i);
      button.innerHTML = line(before, at, i === cards.length - 1, card.dataset.direction === "reply");
      const words = document.createElement("span");
      const title = document.createElement("b");
      title.textContent = card.dataset.title ?? "";
      const where = document.createElement("span");
      where.textContent = card.dataset.where ?? "";
      words.append(title, " ", where);
      button.append(words);
      li.append(button);
      before = at;
      return li;
    }),
  );
}

/** Marks where the phone is; what comes after it is pale. */
export function markRail(list: HTMLElement, step: number): void {
  [...list.children].forEach((li, i) => {
    const button = li.firstElementChild!;
    button.classList.toggle("ahead", i > step);
    if (i === step) button.setAttribute("aria-current", "step");
    else button.removeAttribute("aria-current");
  });
}

function line(before: number, at: number, last: boolean, reply: boolean): string {
  const x = (column: number) => column * width + width / 2;
  const mid = height / 2;
  const into = before < 0 ? "" : `M${x(before)} 0C${x(before)} ${mid} ${x(at)} 0 ${x(at)} ${mid}`;
  const on = last ? "" : `M${x(at)} ${mid}V${height}`;
  return (
    `<svg class="rail-line${reply ? " reply" : ""}" viewBox="0 0 ${columns.length * width} ${height}" width="${columns.length * width}" height="${height}" aria-hidden="true" focusable="false">` +
    `<path d="${into}${on}"/><circle cx="${x(at)}" cy="${mid}" r="7"/></svg>`
  );
}
