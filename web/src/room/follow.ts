// The page of phones: shows the hop that the presenter is on, unless its owner looks round. It asks for nothing but the
// trace that was put into the room, and says nothing but what it shows and what its owner predicts.

import { say } from "../words.ts";
import { drawRail, markRail } from "./rail.ts";
import { over, type Question, RoomSocket, type RoomState } from "./socket.ts";
import { fillTally } from "./tally.ts";

const byId = (id: string): HTMLElement => document.getElementById(id)!;
const code = document.body.dataset.room!;
const keyName = `kubestrata-room-${code}-key`;

let state: RoomState | null = null;
let shownTrace = "";
let cards = new Map<string, HTMLElement>();
let ways: string[][] = [];
let ends: string[] = [];
let step = 0;
let exploring = false;
let gathered = 0;
let spoken = "";

const socket = new RoomSocket(code, {
  hello: () => ({ role: "follow", key: recall(keyName) }),
  key: key => {
    keep(keyName, key);
    vote(); // what was chosen while the line was down
  },
  state: (s, done) => void told(s).finally(() => painted(done)),
  link: up => {
    link(up ? "" : say("follow.link"));
  },
  over: (why, reason) => {
    link(why === over.gone ? "" : reason);
    for (const id of ["walk", "ask", "round", "hop", "way", "waiting"]) byId(id).hidden = true;
    byId("ended").hidden = false;
  },
});

async function told(s: RoomState): Promise<void> {
  if (state && s.rev < state.rev) return;
  if (!state) gathered = s.gather;
  state = s;
  // A phone that cannot fetch it asks again with the next state, which comes within seconds.
  if (s.trace !== shownTrace) await fetchTrace(s.trace);
  if (s !== state) return;
  if (s.gather !== gathered) {
    gathered = s.gather;
    look(false);
  }
  link(s.presenter ? "" : say("follow.away"));
  show();
}

async function fetchTrace(hash: string): Promise<void> {
  let html = "";
  if (hash) {
    try {
      const answer = await fetch(`room/${code}/trace/${hash}.html`);
      if (!answer.ok) return;
      html = await answer.text();
    } catch {
      return;
    }
  }
  if (state?.trace !== hash) return;
  shownTrace = hash;
  const hop = byId("hop");
  hop.innerHTML = html;
  const article = hop.querySelector<HTMLElement>(".followed");
  cards = new Map([...hop.querySelectorAll<HTMLElement>("[data-step]")].map(el => [el.dataset.step!, el]));
  // Where it may end is chosen beside what may happen.
  const box = byId("ask-place");
  box.querySelector(".places")?.remove();
  const list = article?.querySelector<HTMLElement>(".places");
  if (list) box.append(list);
  ends = (article?.dataset.ends ?? "").split(" ");
  ways = (article?.dataset.ways ?? "").split(";").map(way => way.split(" ").filter(id => cards.has(id)));
  spoken = "";
  look(false); // what was looked at is gone
}

const way = (): string[] => ways[state?.outcome ?? 0] ?? ways[0] ?? [];

/** Shows what the room and this phone's owner want. */
function show(): void {
  if (!state) return;
  const { question } = state;
  const ids = way();
  const last = ids.length - 1;
  // Nobody sees the end before they have said what they expect.
  const furthest = question?.open ? Math.min(state.step, last) : last;
  step = Math.max(0, Math.min(exploring ? step : state.step, furthest));
  const open = ids.length > 0;
  byId("waiting").hidden = open;
  byId("walk").hidden = !open;
  byId("way").hidden = !open;
  for (const [id, el] of cards) el.hidden = id !== ids[step];
  const end = document.querySelector<HTMLElement>(".hop-end");
  if (end) end.hidden = step !== last || question?.open === true;
  byId("walk-count").textContent = question?.open ? String(step + 1) : say("answer.place", step + 1, ids.length);
  disable("walk-back", step === 0);
  disable("walk-on", step >= furthest);
  byId("round").hidden = !exploring;
  byId("presenter-step").textContent = String(state.step + 1);
  const rail = byId("rail");
  const drawn = ids.join(" ");
  if (rail.dataset.way !== drawn + shownTrace) {
    rail.dataset.way = drawn + shownTrace;
    drawRail(
      rail,
      ids.map(id => cards.get(id)!),
    );
  }
  markRail(rail, step);
  for (const [i, li] of [...rail.children].entries()) (li as HTMLElement).hidden = i > furthest;
  ask(step === last && open);
  speak(ids[step]);
}

/** One prediction a question, which can be changed until the counts are revealed. */
function ask(atEnd: boolean): void {
  const q = state?.question;
  const box = byId("ask");
  box.hidden = !q;
  if (!q) return;
  const mine = recall(voteName(q.number));
  box.classList.toggle("revealed", q.revealed);
  let words = "";
  for (const button of box.querySelectorAll<HTMLElement>("button[data-choice]")) {
    const chosen = button.dataset.choice === mine;
    button.setAttribute("aria-pressed", String(chosen));
    if (chosen) words = button.textContent!.trim();
  }
  const pointed = point(q);
  fillTally(box.querySelector(".tally")!, q);
  const article = document.querySelector<HTMLElement>(".followed");
  const both = [words, pointed?.name ?? ""].filter(Boolean).join(" · ");
  let text = both ? say("follow.change", both) : say("follow.choose");
  if (q.revealed) {
    text = both ? say("follow.said", both) : say("follow.silent");
    if (atEnd && article) {
      const right = article.dataset.class === mine;
      text = words
        ? right
          ? say("follow.right", words)
          : say("follow.wrong", words, article.dataset.classWords ?? "")
        : say("follow.was", article.dataset.classWords ?? "");
      if (pointed) text += ` ${pointed.held}`;
    }
  }
  if (byId("chosen").textContent !== text) byId("chosen").textContent = text;
}

/** Where this phone's owner expects the end, and how that is held against it; null: nobody said. */
function point(q: Question): { name: string; held: string } | null {
  const box = byId("ask-place");
  const buttons = [...box.querySelectorAll<HTMLElement>("button[data-place]")];
  const list = box.querySelector<HTMLElement>(".places");
  if (list) list.hidden = q.revealed;
  box.querySelector("h3")!.hidden = q.revealed;
  const counts = box.querySelector<HTMLElement>("p")!;
  const name = (i: number) => buttons[i]?.textContent?.trim() ?? "";
  const told = (q.places ?? [])
    .map((n, i): [number, number] => [n, i])
    .filter(([n]) => n > 0)
    .sort((a, b) => b[0] - a[0])
    .map(([n, i]) => say("room.place", name(i), n));
  counts.hidden = !q.revealed || told.length === 0;
  counts.textContent = counts.hidden ? "" : say("room.places", told.join(" · "));
  box.hidden = q.revealed ? counts.hidden : buttons.length === 0;
  const mine = recall(placeName(q.number));
  for (const b of buttons) b.setAttribute("aria-pressed", String(b.dataset.place === mine));
  const at = buttons.findIndex(b => b.dataset.place === mine);
  if (at < 0) return null;
  const end = ends[state?.outcome ?? 0] ?? "";
  const there = buttons.findIndex(b => b.dataset.place === end);
  const held =
    end === mine
      ? say("follow.place-right", name(at))
      : say("follow.place-wrong", name(at), there < 0 ? "?" : name(there));
  return { name: name(at), held };
}

function vote(): void {
  const q = state?.question;
  if (!q?.open) return;
  const choice = recall(voteName(q.number));
  const place = recall(placeName(q.number));
  if (choice || place) socket.send({ type: "vote", number: q.number, choice, place });
}

function go(to: number): void {
  look(true);
  step = to;
  show();
}

function look(round: boolean): void {
  if (exploring === round) return;
  exploring = round;
  socket.exploring = round;
  socket.send({ type: "look", exploring: round });
}

function speak(id: string | undefined): void {
  const text = id ? (cards.get(id)?.querySelector(".sentence")?.textContent ?? "") : "";
  if (text === spoken) return;
  spoken = text;
  byId("live").textContent = text ? say("strip.step", step + 1, text).slice(0, 200) : "";
  if (!exploring) window.scrollTo(0, 0);
}

/** When what is on the screen was painted, in ms since 1970. */
let paintedAt = 0;

/** Calls back when what was changed is on the screen; a page that is hidden paints nothing. */
function painted(done: () => void): void {
  if (document.hidden) {
    done();
    return;
  }
  requestAnimationFrame(() =>
    setTimeout(() => {
      paintedAt = performance.timeOrigin + performance.now();
      done();
    }),
  );
  setTimeout(done, 500); // a page that was hidden meanwhile
}

function link(text: string): void {
  const el = byId("link");
  if (el.textContent !== text) el.textContent = text;
}

function disable(id: string, off: boolean): void {
  // Not the attribute alone: a disabled button would lose the focus of whoever steps with the keyboard.
  byId(id).setAttribute("aria-disabled", String(off));
}

const voteName = (question: number): string => `kubestrata-room-${code}-vote-${question}`;

/** Of a question and the trace that it was asked of: another one has other places. */
const placeName = (question: number): string => `kubestrata-room-${code}-place-${question}-${shownTrace}`;

function recall(name: string): string {
  try {
    return sessionStorage.getItem(name) ?? "";
  } catch {
    return "";
  }
}

function keep(name: string, value: string): void {
  try {
    sessionStorage.setItem(name, value);
  } catch {
    // Private windows may forbid it: the choice is then forgotten with the page.
  }
}

document.addEventListener("click", e => {
  const button = (e.target as Element).closest<HTMLElement>("button");
  if (!button || button.getAttribute("aria-disabled") === "true") return;
  if (button.id === "walk-back") go(step - 1);
  else if (button.id === "walk-on") go(step + 1);
  else if (button.dataset.rail) go(Number(button.dataset.rail));
  else if (button.id === "rejoin") {
    look(false);
    show();
  } else if (button.dataset.choice && state?.question?.open) {
    keep(voteName(state.question.number), button.dataset.choice);
    vote();
    show();
  } else if (button.dataset.place && state?.question?.open) {
    keep(placeName(state.question.number), button.dataset.place);
    vote();
    show();
  }
});
document.addEventListener("keydown", e => {
  if (e.altKey || e.ctrlKey || e.metaKey) return;
  if (e.key === "ArrowLeft") byId("walk-back").click();
  else if (e.key === "ArrowRight") byId("walk-on").click();
});

/** What browser tests may ask. */
(window as unknown as { follow: unknown }).follow = {
  step: () => step,
  rev: () => state?.rev ?? 0,
  shown: () => document.querySelector<HTMLElement>(".hop:not([hidden])")?.dataset.step ?? "",
  exploring: () => exploring,
  paintedAt: () => paintedAt,
  send: (message: object) => socket.send(message),
};
