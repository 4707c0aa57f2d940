import assert from "node:assert/strict";
import test from "node:test";
import { castOf } from "../src/cast.ts";
import { decode } from "../src/decode.ts";
import { cardLists, frameOf, isSnapshot, snapshotOf } from "../src/export/snapshot.ts";
import { Layout } from "../src/layout/layout.ts";
import { Store } from "../src/store.ts";
import { FlagReset, PhaseRunning, PodReady } from "../src/wire.ts";
import { frame, objectsSection, podsSection } from "./encode.ts";
import { byNodePort, picture } from "./tour.ts";

const view = { namespace: "", outcome: 0, step: 2 };
const size = { width: 1440, height: 700, namespace: "", allServices: false };

function filled(buffer: ArrayBuffer): Store {
  const store = new Store();
  store.apply(decode(buffer));
  return store;
}

test("a snapshot keeps every list of cards that a store has", () => {
  const lists = Object.entries(new Store())
    .filter(([name, v]) => v instanceof Map && !["classes", "pods", "endpoints"].includes(name))
    .map(([name]) => name)
    .filter(name => !["nodeNames", "serviceIDs", "extras"].includes(name));
  assert.deepEqual(
    lists.filter(name => !(cardLists as readonly string[]).includes(name)),
    [],
  );
});

test("a store that is filled from a snapshot gives the same scene, by way of JSON", () => {
  const store = filled(picture());
  const trace = byNodePort();
  const cast = castOf(trace, trace.steps);
  const scene = new Layout().arrange(store, { ...size, cast });
  const taken: unknown = JSON.parse(JSON.stringify(snapshotOf(store, scene, cast, view)));
  assert.ok(isSnapshot(taken));
  const again = new Store();
  again.apply(frameOf(taken));
  assert.equal(again.whole, true);
  assert.deepEqual(
    [...again.pods.values()].map(p => [p.key, p.node, p.ip, p.state, p.class]),
    [...store.pods.values()].map(p => [p.key, p.node, p.ip, p.state, p.class]),
  );
  for (const list of cardLists) assert.deepEqual([...again[list].keys()], [...store[list].keys()], list);
  const other = new Layout().arrange(again, { ...size, cast });
  assert.deepEqual([...other.byKey], [...scene.byKey]);
  assert.deepEqual(other.services, scene.services);
});

test("of thousands of pods only those that can be read keep their names", () => {
  const nodes = Array.from({ length: 40 }, (_, i) => ({
    id: `Node/n${i}`,
    name: `n${i}`,
    addresses: [],
    podCIDRs: [],
    ready: true,
    unschedulable: false,
    roles: [],
    zone: "",
    doors: [],
  }));
  const rows = Array.from({ length: 8000 }, (_, i) => ({
    slot: i,
    class: 1,
    node: i % 40,
    ip: `10.1.${i >> 8}.${i & 255}`,
    state: PhaseRunning | PodReady,
    name: `web-${i}-${"x".repeat(20)}`,
  }));
  const store = filled(
    frame(
      1,
      FlagReset,
      objectsSection({
        nodes: nodes as never,
        nodeNames: nodes.map((n, id) => ({ id, text: n.name })),
        classes: [{ id: 1, namespace: "default", labels: "", ports: [] }] as never,
      }),
      podsSection(rows),
    ),
  );
  const key = `Pod/default/${rows[7]!.name}`;
  const trace = byNodePort();
  const cast = { ...castOf(trace, trace.steps), keys: [key, "Node/n7"], main: new Set([key, "Node/n7"]) };
  const scene = new Layout().arrange(store, { ...size, cast });
  const taken = snapshotOf(store, scene, cast, view);
  const again = new Store();
  again.apply(frameOf(taken));
  assert.equal(again.pods.size, 8000);
  assert.equal(new Set([...again.pods.values()].map(p => p.key)).size, 8000);
  assert.ok(again.podByKey(key));
  const named = [...again.pods.values()].filter(p => !p.name.startsWith("…"));
  assert.equal(named.length, 200, "those of the node that takes part");
  assert.equal(isSnapshot({ version: 2 }), false);
});
