// The page's start: wires commands, keys, source menu, search, theme, and the hook for browser tests.

import { App } from "./app.ts";
import { Commands } from "./commands.ts";
import { byId, make, maybe } from "./dom.ts";
import { playerCommands } from "./drawer/commands.ts";
import { Exporter } from "./export/exporter.ts";
import { isFrozen } from "./export/frozen.ts";
import { exportMenu } from "./export/menu.ts";
import { FirstSteps } from "./firststeps.ts";
import { deletion, WhatIfDialog } from "./fork/dialog.ts";
import { helpPage } from "./help.ts";
import { toggleLegend } from "./legend.ts";
import { findObjects, Palette } from "./palette.ts";
import { foldingMap } from "./phone.ts";
import { Present } from "./present/present.ts";
import { Presenter, stageOf } from "./room/presenter.ts";
import { StagePage } from "./room/stage.ts";
import { theme } from "./theme.ts";
import { unknownKinds } from "./trace.ts";
import { turn } from "./turn.ts";
import { say } from "./words.ts";

const app = new App();
await turn(); // the start is several short tasks, not a long one
const look = theme(() => app.recolour());
const commands = new Commands(isFrozen());
const whatIf = new WhatIfDialog(app);
app.firstSteps = new FirstSteps(app);
app.inspector.without = key => (whatIf.can ? deletion(key) : "");
const palette = new Palette(commands, app.store, key => app.go(key));
const tracing = () => app.open !== null;
const { player } = app;

commands.add(
  ...app.beside.commands(),
  ...whatIf.commands(),
  ...app.guessing.commands(),
  ...app.firstSteps.commands(),
  ...playerCommands(app), // first: while a guess is awaited, digits are guesses
  { id: "ask", name: say("command.ask"), keys: ["/"], run: () => app.bar.command.select(), live: true },
  { id: "find", name: say("command.find"), keys: ["f"], written: "F", run: find },
  {
    id: "palette",
    name: say("command.palette"),
    keys: ["Mod+k"],
    written: say("key.palette"),
    run: () => palette.show(),
    quiet: true,
  },
  {
    id: "toggle",
    name: say("command.toggle"),
    keys: [" "],
    written: say("key.space"),
    run: () => player.toggle(),
    when: tracing,
  },
  {
    id: "next",
    name: say("command.next"),
    keys: ["ArrowRight", "PageDown", "]"],
    written: say("key.next"),
    run: () => player.forward(),
    when: tracing,
  },
  {
    id: "back",
    name: say("command.back"),
    keys: ["ArrowLeft", "PageUp", "["],
    written: say("key.back"),
    run: () => player.back(),
    when: tracing,
  },
  {
    id: "first",
    name: say("command.first"),
    keys: ["Home"],
    written: say("key.home"),
    run: () => player.seek(0),
    when: tracing,
  },
  {
    id: "last",
    name: say("command.last"),
    keys: ["End"],
    written: say("key.end"),
    run: () => player.seek(player.length - 1),
    when: tracing,
  },
  ...["¼", "½", "1", "2", "4"].map((words, i) => ({
    id: `speed-${i + 1}`,
    name: say("command.speed", words),
    keys: [String(i + 1)],
    run: () => player.setSpeed(i),
    when: tracing,
  })),
  {
    id: "share",
    name: say("command.share"),
    keys: [],
    run: () => void app.share(false),
    when: tracing,
    live: true,
  },
  {
    id: "freeze",
    name: say("command.freeze"),
    keys: [],
    run: () => void app.share(true),
    when: tracing,
    live: true,
  },
  { id: "report", name: say("command.report"), keys: ["t"], written: "T", run: () => app.report(), when: tracing },
  { id: "theme", name: say("command.theme"), keys: ["d"], written: "D", run: look.toggle },
  {
    id: "exposure",
    name: say("command.exposure"),
    keys: ["e"],
    written: "E",
    run: () => app.exposure.toggle(),
    live: true,
  },
  {
    id: "cluster",
    name: say("command.cluster"),
    keys: ["i"],
    written: "I",
    run: () => app.inspect("Cluster/this"),
    live: true,
  },
  { id: "legend", name: say("command.legend"), keys: ["l"], written: "L", run: () => toggleLegend(app.side) },
  { id: "map", name: say("command.map"), keys: ["q"], written: "Q", run: () => app.map.enter() },
  { id: "zoom-in", name: say("command.zoom-in"), keys: ["+", "="], written: "+", run: () => app.zoom.step(1) },
  { id: "zoom-out", name: say("command.zoom-out"), keys: ["-"], written: "−", run: () => app.zoom.step(-1) },
  { id: "zoom-whole", name: say("command.zoom-whole"), keys: ["0"], run: () => app.zoom.reset() },
  { id: "hold", name: say("command.hold"), keys: ["v"], written: "V", run: () => app.hold.toggle() },
  { id: "tidy", name: say("command.tidy"), keys: [], run: () => app.tidy() },
  { id: "help", name: say("command.help"), keys: ["?"], run: () => help() },
  { id: "close", name: say("command.close"), keys: ["Escape"], written: say("key.esc"), run: closeTop, quiet: true },
);

await turn();
const exporter = new Exporter(app.map.el, () => app.shown);
commands.add(...exporter.commands(tracing));
exportMenu(exporter);

/** Buttons beside the map for some of the commands. */
function tools(from: Commands, ...ids: string[]): void {
  for (const id of ids) {
    const c = from.all.find(x => x.id === id);
    if (!c) continue;
    const sign = id.startsWith("zoom") ? c.written : "";
    const b = make("button", "tool", sign || c.name.replace(/:.*$/, ""));
    if (sign) b.setAttribute("aria-label", c.name);
    b.type = "button";
    b.title = `${c.name}${c.written ? ` (${c.written})` : ""}`;
    b.addEventListener("click", () => c.run());
    byId("map-tools").append(b);
  }
}
foldingMap(commands);

/** Where there is no room for the field, the palette finds. */
function find(): void {
  const field = maybe("search");
  if (field?.offsetParent) field.focus();
  else palette.show();
}

function closeTop(): void {
  const active = document.activeElement as HTMLElement | null;
  const menu = maybe<HTMLDetailsElement>("source");
  const share = document.querySelector<HTMLDetailsElement>(".share[open]");
  if (menu?.open) menu.open = false;
  else if (share) share.open = false;
  else if (active?.matches("input, select, textarea")) active.blur();
  else if (app.inspector.open) app.inspector.close();
  else if (app.side.shows) app.side.close();
  else if (tracing()) app.close();
}

const help = helpPage(commands);

await turn();
const present = new Present(app, commands);
if (stageOf()) new StagePage(app, stageOf(), present);
else if (!isFrozen()) commands.first(...new Presenter(app).commands);

document.addEventListener("keydown", e => {
  if (document.querySelector("dialog[open]")) return;
  // Space and Enter on a button belong to the button.
  if ((e.key === " " || e.key === "Enter") && (e.target as Element)?.closest?.("button, summary, a, select")) return;
  commands.key(e);
});
tools(commands, "zoom-out", "zoom-in", "exposure", "legend");

maybe("source-menu")?.addEventListener("click", e => {
  const a = (e.target as Element).closest<HTMLElement>("[data-source]");
  if (!a || e.metaKey || e.ctrlKey) return;
  e.preventDefault();
  const menu = maybe<HTMLDetailsElement>("source");
  if (menu) menu.open = false;
  if (document.body.hasAttribute("data-disconnected")) location.href = (a as HTMLAnchorElement).href;
  else app.switchSource(a.dataset.source ?? "");
});
document.addEventListener("click", e => {
  const menu = maybe<HTMLDetailsElement>("source");
  const share = document.querySelector<HTMLDetailsElement>(".share");
  for (const open of [menu, share]) if (open?.open && !open.contains(e.target as Node)) open.open = false;
});

const namespaces = maybe<HTMLSelectElement>("namespaces");
namespaces?.addEventListener("change", () => app.setNamespace(namespaces.value));

const search = maybe<HTMLInputElement>("search");
search?.addEventListener("keydown", e => {
  if (e.key === "Enter") {
    const found = findObjects(app.store, search.value, 2);
    if (found.length === 1) app.go(found[0]!.key);
    else palette.show(search.value);
  } else if (e.key === "Escape") {
    search.value = "";
    search.blur();
  }
});

/** What browser tests may ask and do. */
const hook = {
  ready: () => app.ready,
  idle: () => app.scheduler.idle && !player.playing,
  traces: () => app.traces,
  trace: () => app.open?.trace ?? null,
  unknown: () => (app.open ? unknownKinds(app.open.trace) : []),
  steps: () => app.stepCount,
  step: () => player.step,
  seek: (step: number) => player.seek(step),
  at: () => app.at(),
  pods: () => [...app.store.pods.values()].map(p => `${p.class.namespace}/${p.name}`),
  card: (id: string) =>
    app.store.services.get(id) ??
    app.store.ingresses.get(id) ??
    app.store.gateways.get(id) ??
    app.store.routes.get(id) ??
    app.store.policies.get(id) ??
    app.store.nodes.get(id) ??
    app.store.hosts.get(id) ??
    null,
  counts: () => ({
    pods: app.store.pods.size,
    endpoints: app.store.endpoints.size,
    services: app.store.services.size,
    nodes: app.store.nodes.size,
    drawn: app.map.drawn,
    frames: app.scheduler.frames,
  }),
  /** How many changes Present holds back. */
  waiting: () => present.waiting,
  /** How many changes the map holds back. */
  held: () => app.hold.waiting,
  cut: () => app.connection.cut(),
  commands: () =>
    commands.all.map(c => ({ id: c.id, name: c.name, keys: c.keys, quiet: !!c.quiet, now: c.when?.() ?? true })),
};
(window as unknown as { kubestrata: typeof hook }).kubestrata = hook;

await turn();
app.start();
