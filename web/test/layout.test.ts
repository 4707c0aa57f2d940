import assert from "node:assert/strict";
import test from "node:test";
import { castOf, stepsOf } from "../src/cast.ts";
import { decode } from "../src/decode.ts";
import { cellSize } from "../src/layout/lanes.ts";
import { Layout } from "../src/layout/layout.ts";
import type { Rect, Scene, View } from "../src/layout/scene.ts";
import { Slots } from "../src/layout/slots.ts";
import { Store } from "../src/store.ts";
import { PhaseRunning, PodReady, SectionPodsGone } from "../src/wire.ts";
import { frame, goneSection, objectsSection, podsSection } from "./encode.ts";
import { byIngress, byNodePort, picture } from "./tour.ts";

const desk: View = { width: 1440, height: 780, namespace: "", cast: null, allServices: false };

function world(): Store {
  const store = new Store();
  store.apply(decode(picture()));
  return store;
}

function overlap(a: Rect, b: Rect): boolean {
  return a.x < b.x + b.w - 1 && b.x < a.x + a.w - 1 && a.y < b.y + b.h - 1 && b.y < a.y + a.h - 1;
}

function places(scene: Scene): Map<string, string> {
  return new Map([...scene.byKey].map(([key, r]) => [key, `${Math.round(r.x)},${Math.round(r.y)}`]));
}

test("the same store and view give the same scene", () => {
  assert.deepEqual(places(new Layout().arrange(world(), desk)), places(new Layout().arrange(world(), desk)));
});

for (const [width, height] of [
  [1440, 780],
  [1024, 650],
  [1024, 430],
  [1920, 950],
]) {
  for (const [name, trace] of [
    ["nothing", null],
    ["a NodePort", byNodePort()],
    ["an Ingress", byIngress()],
  ] as const) {
    test(`nothing overlaps at ${width}x${height} while ${name} is traced`, () => {
      const cast = trace ? castOf(trace, stepsOf(trace, trace.outcomes[0])) : null;
      const scene = new Layout().arrange(world(), { ...desk, width: width!, height: height!, cast });
      const boxes = [...scene.byKey].filter(([key]) => !key.startsWith("Router/"));
      for (const [a, ra] of boxes) {
        for (const [b, rb] of boxes) if (a < b) assert.ok(!overlap(ra, rb), `${a} and ${b} overlap`);
      }
      for (const [key, r] of boxes) {
        assert.ok(r.x >= 0 && r.x + r.w <= scene.width + 1, `${key} leaves the map sideways`);
        assert.ok(r.y >= 0 && r.y + r.h <= scene.height, `${key} leaves the map`);
      }
      for (const key of cast?.keys ?? []) {
        if (/^(Pod|Service|Host|LoadBalancer|Ingress)\//.test(key))
          assert.ok(scene.byKey.has(key), `${key} takes part and is not shown`);
      }
    });
  }
}

test("when a pod leaves, nothing else moves, and its successor takes its place", () => {
  const store = world();
  const layout = new Layout();
  const before = places(layout.arrange(store, desk));
  const left = "Pod/default/web-6d4b9c7f8-x2k4p";
  store.apply(decode(frame(2, 0, goneSection(SectionPodsGone, [1]))));
  const without = places(layout.arrange(store, desk));
  for (const [key, place] of before) if (key !== left) assert.equal(without.get(key), place, key);
  store.apply(
    decode(
      frame(
        3,
        0,
        podsSection([
          {
            slot: 1,
            class: 2,
            node: 0,
            ip: "10.244.1.77",
            state: PhaseRunning | PodReady,
            name: "web-6d4b9c7f8-zzzzz",
          },
        ]),
      ),
    ),
  );
  const after = places(layout.arrange(store, desk));
  assert.equal(after.get("Pod/default/web-6d4b9c7f8-zzzzz"), before.get(left));
});

test("a lane that fills up to its last place moves nobody", () => {
  const store = world();
  const layout = new Layout();
  const before = places(layout.arrange(store, desk));
  const row = {
    slot: 50,
    class: 2,
    node: 0,
    ip: "10.244.1.50",
    state: PhaseRunning | PodReady,
    name: "web-6d4b9c7f8-fffff",
  };
  store.apply(decode(frame(2, 0, podsSection([row]))));
  const after = places(layout.arrange(store, desk));
  for (const [key, place] of before) assert.equal(after.get(key), place, key);
});

test("a new service is appended and moves nobody", () => {
  const store = world();
  const layout = new Layout();
  const before = places(layout.arrange(store, desk));
  const one = store.services.get("Service/default/api")!;
  store.apply(decode(frame(2, 0, objectsSection({ services: [{ ...one, id: "Service/default/aaa", name: "aaa" }] }))));
  const after = places(layout.arrange(store, desk));
  for (const [key, place] of before) assert.equal(after.get(key), place, key);
  assert.ok(after.has("Service/default/aaa"));
});

test("a pod stands in the lane of its node, right of the wall", () => {
  const scene = new Layout().arrange(world(), desk);
  for (const lane of scene.lanes) {
    for (const p of lane.pods) {
      assert.equal(p.pod.node, lane.node?.name);
      assert.ok(p.x > lane.card.x + lane.card.w && p.y >= lane.y && p.y + p.h <= lane.y + lane.h, p.key);
    }
  }
});

test("a thousand pods on a node are cells that all fit", () => {
  const store = world();
  const many = Array.from({ length: 1000 }, (_, i) => ({
    slot: 100 + i,
    class: 2,
    node: 0,
    ip: "10.244.1.1",
    state: PhaseRunning | PodReady,
    name: `web-6d4b9c7f8-${i}`,
  }));
  store.apply(decode(frame(2, 0, podsSection(many))));
  const field = new Layout().arrange(store, desk).lanes[0]!.field!;
  assert.equal(field.pods.length, 1003);
  assert.ok(Math.floor(field.w / field.cell) * Math.floor(field.h / field.cell) >= 1003);
  assert.equal(cellSize(1, { w: 100, h: 100 }), 12);
});

test("hundreds of nodes become a few lanes", () => {
  const store = world();
  const one = store.nodes.get("Node/node-a")!;
  const nodes = Array.from({ length: 400 }, (_, i) => ({
    ...one,
    id: `Node/n${i}`,
    name: `n${i}`,
    zone: `eu-1${"abc"[i % 3]}`,
  }));
  store.apply(decode(frame(2, 0, objectsSection({ nodes }))));
  const scene = new Layout().arrange(store, desk);
  assert.ok(scene.lanes.length <= 9, `${scene.lanes.length} lanes`);
  assert.equal(
    scene.lanes.reduce((n, l) => n + l.nodes.length, 0),
    403,
  );
});

test("gaps are filled by others only when they outnumber the living", () => {
  const slots = new Slots();
  const of = (...keys: string[]) => slots.assign(keys.map(key => ({ key, family: key })));
  assert.deepEqual(
    [...of("a", "b", "c")],
    [
      ["a", 0],
      ["b", 1],
      ["c", 2],
    ],
  );
  assert.equal(of("b", "c").get("c"), 2);
  assert.equal(of("b", "c", "d").get("d"), 3);
  of("d");
  assert.equal(of("d", "e").get("e"), 0);
});

test("among many services those in trouble are seen first", () => {
  const store = world();
  const one = [...store.services.values()].find(s => s.type === "ClusterIP" && (s.ready ?? 0) > 0)!;
  const services = Array.from({ length: 80 }, (_, i) => ({
    ...one,
    id: `Service/many/s${String(i).padStart(2, "0")}`,
    namespace: "many",
    name: `s${String(i).padStart(2, "0")}`,
    ready: i === 79 ? 0 : one.ready,
  }));
  store.apply(decode(frame(2, 0, objectsSection({ services }))));
  const scene = new Layout().arrange(store, desk);
  assert.ok(scene.services.some(b => b.service.name === "s79"));
  assert.match(scene.moreServices?.words ?? "", /by trouble/);
});
