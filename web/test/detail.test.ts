import assert from "node:assert/strict";
import test from "node:test";
import { decode } from "../src/decode.ts";
import { Layout } from "../src/layout/layout.ts";
import type { View } from "../src/layout/scene.ts";
import { Store } from "../src/store.ts";
import { PhaseFailed, PhaseRunning, PodReady } from "../src/wire.ts";
import { frame, objectsSection, podsSection } from "./encode.ts";
import { picture } from "./tour.ts";

const desk: View = { width: 1440, height: 780, namespace: "", cast: null, allServices: false };

/** The small world and 400 nodes more, in three zones, each with a pod; the one on n7 fails. */
function crowd(): Store {
  const store = new Store();
  store.apply(decode(picture()));
  const one = store.nodes.get("Node/node-a")!;
  const nodes = Array.from({ length: 400 }, (_, i) => ({
    ...one,
    id: `Node/n${i}`,
    name: `n${i}`,
    zone: `eu-1${"abc"[i % 3]}`,
    ready: i !== 30,
  }));
  const nodeNames = nodes.map((n, i) => ({ id: 1000 + i, text: n.name }));
  const pods = nodes.map((_, i) => ({
    slot: 500 + i,
    class: 2,
    node: 1000 + i,
    ip: "10.244.9.9",
    state: i === 7 ? PhaseFailed : PhaseRunning | PodReady,
    name: `many-${i}`,
  }));
  store.apply(decode(frame(2, 0, objectsSection({ nodes, nodeNames }), podsSection(pods))));
  return store;
}

test("a zone that is opened shows its nodes, and says which are in trouble", () => {
  const store = crowd();
  const key = "Group/eu-1b";
  const lane = new Layout().arrange(store, { ...desk, opened: new Set([key]) }).lanes.find(l => l.key === key)!;
  assert.equal(lane.chips.length + lane.moreChips, 133);
  assert.equal(lane.chips.find(c => c.node.name === "n7")?.failing, 1);
  for (const c of lane.chips) assert.ok(c.y + c.h <= lane.y + lane.h, `${c.key} leaves its lane`);
});

test("a node that is opened stands alone, with its pods as cards", () => {
  const scene = new Layout().arrange(crowd(), { ...desk, opened: new Set(["Node/n7"]) });
  const lane = scene.lanes.find(l => l.key === "Node/n7")!;
  assert.deepEqual(
    lane.pods.map(p => p.pod.name),
    ["many-7"],
  );
});

test("what is selected is shown as itself wherever it is", () => {
  const store = crowd();
  const pod = [...store.pods.values()].find(p => p.name === "many-42")!;
  assert.ok(new Layout().arrange(store, { ...desk, selected: pod.key }).podOf.has(pod.key));
  assert.ok(!new Layout().arrange(store, desk).podOf.has(pod.key));
});

test("more room means more lanes, and with enough of it each node its own", () => {
  const store = new Store();
  store.apply(decode(picture()));
  const one = store.nodes.get("Node/node-a")!;
  const nodes = Array.from({ length: 30 }, (_, i) => ({ ...one, id: `Node/n${i}`, name: `n${i}` }));
  store.apply(decode(frame(2, 0, objectsSection({ nodes }))));
  const single = (zoom: number) =>
    new Layout().arrange(store, { ...desk, width: 1440 * zoom, height: 780 * zoom, zoom }).lanes.filter(l => l.node)
      .length;
  assert.equal(single(1), 0);
  assert.equal(single(3), 33);
});

test("neighbours of one owner stand on a tray that counts all of its pods", () => {
  const store = new Store();
  store.apply(decode(picture()));
  const web = [...store.pods.values()].find(p => p.class.id === 2)!;
  const more = [0, 1].map(i => ({
    slot: 70 + i,
    class: 2,
    node: 0,
    ip: `10.244.1.8${i}`,
    state: web.state,
    name: `web-6d4b9c7f8-t${i}`,
  }));
  store.apply(decode(frame(2, 0, podsSection(more))));
  const trays = new Layout().arrange(store, { ...desk, width: 1900, height: 950 }).lanes.flatMap(l => l.trays);
  const web5 = trays.filter(t => /(\d of 5 ready|\d\/5)$/.test(t.words));
  assert.equal(web5.length, 1, trays.map(t => t.words).join("; "));
});

test("whoever takes part is a card, also where a node has more pods than cards have room for", () => {
  const store = new Store();
  store.apply(decode(picture()));
  const pods = Array.from({ length: 30 }, (_, i) => ({
    slot: 500 + i,
    class: 2,
    node: 0,
    ip: "10.244.1.99",
    state: PhaseRunning | PodReady,
    name: `full-${i}`,
  }));
  store.apply(decode(frame(2, 0, podsSection(pods))));
  const full = [...store.pods.values()].filter(p => p.name.startsWith("full-"));
  const lane = `Node/${full[0]!.node}`;
  for (const n of [1, 2, 3, 5]) {
    const keys = full.slice(0, n).map(p => p.key);
    const cast = { keys, main: new Set(keys), tickets: new Map([[lane, 2]]), guests: new Map() };
    const scene = new Layout().arrange(store, { ...desk, width: 1024, height: 440, cast });
    for (const key of keys) assert.ok(scene.podOf.has(key), `${key}, one of ${n}, is nowhere`);
    const box = scene.laneOf.get(lane)!;
    const cells = box.field?.pods.length ?? 0;
    assert.ok(cells + box.hidden > 20, "the others are cells, or counted");
    for (const p of box.pods) assert.ok(p.y + p.h <= box.y + box.h && p.x + p.w <= box.x + box.w, `${p.key} leaves it`);
  }
});
