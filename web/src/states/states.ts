// Every kind of step, every end and every shape on one page, with the embedded worlds standing still: what to look at
// after a change, and what the reference pictures are taken of. Served with --states only.

import { ask } from "../ask.ts";
import { castOf, looksAt, stepsOf } from "../cast.ts";
import { Connection } from "../connect.ts";
import { byId, make } from "../dom.ts";
import { colours } from "../draw/colours.ts";
import { Overlay } from "../draw/overlay.ts";
import { plain } from "../draw/things.ts";
import { middle, stepWords, terminal } from "../drawer/answer.ts";
import { Remedies } from "../drawer/remedy.ts";
import { biggest, type DrawerState, outcomeClass } from "../drawer/state.ts";
import { askForked, type Forked, withFork } from "../fork/forked.ts";
import { stepKinds } from "../kinds.ts";
import { Layout } from "../layout/layout.ts";
import { legendMarkup } from "../legend.ts";
import { MapView } from "../map.ts";
import { plan } from "../route.ts";
import { Scheduler } from "../scheduler.ts";
import { Store } from "../store.ts";
import { escapeText } from "../text.ts";
import { comesBack, fails, type Trace } from "../trace.ts";
import { walks } from "./walks.ts";

interface World {
  store: Store;
  layout: Layout;
}

const open = new Map<string, Promise<World>>();

/** The picture of a world, when it is whole. */
function world(name: string): Promise<World> {
  const known = open.get(name);
  if (known) return known;
  const made = new Promise<World>(done => {
    const store = new Store();
    const connection = new Connection({
      store,
      scheduler: new Scheduler(),
      build: document.querySelector<HTMLMetaElement>("meta[name=build]")?.content ?? "",
      source: () => `world:${name}`,
      onHello: () => {},
      // A source that has just been opened begins with a whole picture of nothing.
      onFrame: () => store.whole && store.status?.counts.nodes && done({ store, layout: new Layout() }),
      onState: () => {},
      unseen: () => false,
    });
    connection.open();
  });
  open.set(name, made);
  return made;
}

function figure(id: string, title: string): { el: HTMLElement; map: MapView } {
  const el = make("figure", "state");
  el.id = id;
  const box = make("div", "state-map");
  el.append(make("figcaption", "", title), box);
  byId("states").append(el);
  const nothing = () => {};
  return {
    el,
    map: new MapView(box, { pick: nothing, point: nothing, more: nothing, ground: nothing, scrolled: nothing }),
  };
}

/** Draws one step of an answer: the map with the packet, and the drawer's words. */
async function draw(id: string, name: string, trace: Trace, step: number, tried: Forked | null = null): Promise<void> {
  const { store, layout } = await world(name);
  const seen = tried ? withFork(store, tried) : store;
  const outcome = biggest(trace);
  const steps = stepsOf(trace, trace.outcomes[outcome]);
  const s = steps[step];
  if (!s) return;
  const { el, map } = figure(id, `${s.kind} — ${trace.request.command}`);
  const { width, height } = map.size;
  const cast = castOf(trace, steps);
  cast.keys.push(...(tried?.changes ?? []).map(c => c.id).filter(id => !cast.keys.includes(id)));
  const scene = layout.arrange(seen, {
    width,
    height,
    namespace: "",
    cast,
    allServices: false,
  });
  const chosen = trace.outcomes[outcome];
  const looks = looksAt(trace, chosen, steps, step, scene);
  if (tried) looks.fork = new Map(tried.changes.map(c => [c.id, c]));
  whole(() => map.draw(scene, seen, looks, colours()));
  const overlay = new Overlay(map.overlay);
  const show = { trace, outcome: chosen, steps, ways: plan(scene, steps, comesBack(chosen?.class ?? "")), scene };
  overlay.begin(show);
  overlay.move(show, step);
  const way = show.ways[step];
  if (way) map.reveal(way.stop.x, way.stop.y);
  const state: DrawerState = {
    trace,
    outcome,
    steps,
    step,
    playing: false,
    speed: 1,
    folds: [],
    unfolded: true,
    frozen: true,
    predicting: false,
    guess: "",
    pointed: "",
    seed: 0,
  };
  const stopped = step === steps.length - 1 && fails(outcomeClass(state));
  const words = make("div", "state-words answer");
  words.innerHTML = `<div class="say">${stepWords(state, s)}</div><div class="headers">${stopped ? terminal(trace) : ""}${middle(s, stopped)}</div>`;
  el.append(words);
}

async function idle(name: string): Promise<void> {
  const { store, layout } = await world(name);
  const { map } = figure(`idle-${name}`, `idle — ${name}`);
  const { width, height } = map.size;
  const scene = layout.arrange(store, { width, height, namespace: "", cast: null, allServices: false });
  whole(() => map.draw(scene, store, plain, colours()));
}

/** A map of many things is drawn in several calls. */
function whole(draw: () => boolean): void {
  for (let i = 0; i < 100 && !draw(); i++);
}

/** What somebody tries, and the request that it is tried with. */
const whatIfs: { world: string; from: string; command: string; tries: string[] }[] = [
  {
    world: "tour",
    from: "lan/laptop",
    command: "curl http://192.168.10.12:30999/",
    tries: [
      "apiVersion: v1\nkind: Service\nmetadata: {name: second, namespace: default}\nspec: {type: NodePort, clusterIP: 10.96.44.4, selector: {app: web}, ports: [{port: 80, targetPort: 8080, nodePort: 30999}]}\n",
      "kubectl -n default delete service promo",
      "kubectl -n default label pod toolbox team=shop",
      "kubectl -n default delete networkpolicy only-api",
    ],
  },
];

async function main(): Promise<void> {
  const legend = make("section", "state-legend");
  legend.id = "shapes";
  legend.innerHTML = legendMarkup();
  byId("states").append(legend);
  for (const name of ["tour", "lab", "ckad/unenforced"]) await idle(name);
  const missing = new Set<string>(stepKinds);
  const ends: [string, Trace][] = [];
  for (const w of walks) {
    const trace = await ask({ from: w.from, command: w.command, assume: [], via: "" }, `world:${w.world}`);
    const steps = stepsOf(trace, trace.outcomes[biggest(trace)]);
    for (const [i, s] of steps.entries()) {
      if (!missing.delete(s.kind)) continue;
      await draw(`kind-${s.kind}`, w.world, trace, i);
    }
    ends.push([w.world, trace]);
  }
  for (const [i, [name, trace]] of ends.entries()) {
    await draw(`end-${i + 1}`, name, trace, stepsOf(trace, trace.outcomes[biggest(trace)]).length - 1);
  }
  for (const [i, w] of whatIfs.entries()) {
    const source = `world:${w.world}`;
    const remedy = await new Remedies(
      () => source,
      () => {},
    ).ask(w.tries);
    const fork = remedy?.fork ?? [];
    const [trace, forked] = await Promise.all([
      ask({ from: w.from, command: w.command, assume: [], via: "", fork }, source),
      askForked(fork, source),
    ]);
    await draw(`what-if-${i + 1}`, w.world, trace, stepsOf(trace, trace.outcomes[biggest(trace)]).length - 1, forked);
  }
  for (const kind of missing) {
    byId("states").append(make("p", "state-missing", `No request here meets a step of kind ${kind}.`));
  }
  await document.fonts.ready;
  drawn = true;
}

let drawn = false;
/** What browser tests may ask. */
const hook = {
  ready: () => drawn,
  /** Hides everything but one. */
  only: (id: string) => {
    for (const el of byId("states").children) (el as HTMLElement).hidden = el.id !== id;
    return true;
  },
};
(window as unknown as { kubestrata: typeof hook }).kubestrata = hook;

main().catch((error: unknown) => {
  byId("states").insertAdjacentHTML("afterbegin", `<p class="state-missing">${escapeText(String(error))}</p>`);
});
