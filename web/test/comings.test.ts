import assert from "node:assert/strict";
import test from "node:test";
import { castOf, stepsOf } from "../src/cast.ts";
import { decode } from "../src/decode.ts";
import { Layout } from "../src/layout/layout.ts";
import type { View } from "../src/layout/scene.ts";
import { mourning, Store } from "../src/store.ts";
import { PhaseRunning, PodReady, SectionPodsGone } from "../src/wire.ts";
import { frame, goneSection, podsSection } from "./encode.ts";
import { byNodePort, picture } from "./tour.ts";

const desk: View = { width: 1440, height: 780, namespace: "", cast: null, allServices: false };
const left = "Pod/default/web-6d4b9c7f8-x2k4p";
const successor = (node: number) =>
  podsSection([
    { slot: 61, class: 2, node, ip: "10.244.1.77", state: PhaseRunning | PodReady, name: "web-6d4b9c7f8-zzzzz" },
  ]);

function world(): { store: Store; layout: Layout; pass: (ms: number) => void } {
  let now = 1000;
  const store = new Store(() => now);
  store.apply(decode(picture()));
  const layout = new Layout();
  layout.arrange(store, desk);
  return {
    store,
    layout,
    pass: ms => {
      now += ms;
    },
  };
}

test("a pod that left has a stone with its address for a minute, in its place", () => {
  const { store, layout, pass } = world();
  const before = layout.arrange(store, desk).byKey.get(left)!;
  store.apply(decode(frame(2, 0, goneSection(SectionPodsGone, [1]))));
  const stones = layout.arrange(store, desk).lanes.flatMap(l => l.tombs);
  assert.deepEqual(
    stones.map(t => [t.pod.key, t.pod.ip, t.x, t.y]),
    [[left, "10.244.1.9", before.x, before.y]],
  );
  pass(mourning + 1);
  assert.equal(layout.arrange(store, desk).lanes.flatMap(l => l.tombs).length, 0);
});

test("who takes its place says which address was there before", () => {
  const { store, layout } = world();
  store.apply(decode(frame(2, 0, goneSection(SectionPodsGone, [1]))));
  layout.arrange(store, desk);
  store.apply(decode(frame(3, 0, successor(0))));
  const scene = layout.arrange(store, desk);
  assert.equal(scene.podOf.get("Pod/default/web-6d4b9c7f8-zzzzz")?.was, "10.244.1.9");
  assert.equal(scene.lanes.flatMap(l => l.tombs).length, 0);
});

test("who comes to another node in its stead is marked as new, and the stone stays", () => {
  const { store, layout } = world();
  store.apply(decode(frame(2, 0, goneSection(SectionPodsGone, [1]))));
  store.apply(decode(frame(3, 0, successor(1))));
  const scene = layout.arrange(store, desk);
  assert.equal(scene.podOf.get("Pod/default/web-6d4b9c7f8-zzzzz")?.was, "");
  assert.equal(scene.lanes.flatMap(l => l.tombs).length, 1);
});

test("a pod of the same name that comes back with another address says which it had", () => {
  const { store, layout } = world();
  const old = [...store.pods.values()].find(p => p.name === "db-0")!;
  store.apply(
    decode(
      frame(
        2,
        0,
        podsSection([
          { slot: old.slot, class: old.class.id, node: 2, ip: "10.244.3.99", state: old.state, name: "db-0" },
        ]),
      ),
    ),
  );
  assert.equal(
    layout.arrange(store, desk).podOf.get("Pod/db/db-0")?.was ?? layout.arrange(store, desk).podOf.get(old.key)?.was,
    old.ip,
  );
});

test("a client made for one request stands on its node while its trace is open, and leaves nothing behind", () => {
  const { store, layout } = world();
  const trace = byNodePort();
  trace.request.command = "kubectl run client --image=alpine/curl -it --rm --restart=Never -- curl http://web/";
  trace.request.from = { kind: "Pod", namespace: "default", name: "client", ip: "10.244.2.200", node: "node-b" };
  const cast = castOf(trace, stepsOf(trace, trace.outcomes[0]));
  const ghost = layout.arrange(store, { ...desk, cast }).podOf.get("Pod/default/client")!;
  assert.equal(ghost.pod.ghost, "one-shot");
  assert.equal(ghost.pod.node, "node-b");
  const after = layout.arrange(store, desk);
  assert.equal(after.byKey.has("Pod/default/client"), false);
  assert.equal(after.lanes.flatMap(l => l.tombs).length, 0);
});
