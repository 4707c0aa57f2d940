import assert from "node:assert/strict";
import test from "node:test";
import { castOf, stepsOf } from "../src/cast.ts";
import { decode } from "../src/decode.ts";
import type { Point } from "../src/geometry.ts";
import { pathOf, pointAt, simplify, upTo } from "../src/geometry.ts";
import { Layout } from "../src/layout/layout.ts";
import { type Scene, wallWidth } from "../src/layout/scene.ts";
import { plan, type Way } from "../src/route.ts";
import { Store } from "../src/store.ts";
import { comesBack, stopOf, type Trace } from "../src/trace.ts";
import { byIngress, byNodePort, denied, picture } from "./tour.ts";

function routed(trace: Trace, width = 1440, height = 540): { scene: Scene; ways: Way[]; trace: Trace } {
  const store = new Store();
  store.apply(decode(picture()));
  const steps = stepsOf(trace, trace.outcomes[0]);
  const scene = new Layout().arrange(store, {
    width,
    height,
    namespace: "",
    cast: castOf(trace, steps),
    allServices: false,
  });
  return { scene, ways: plan(scene, steps, comesBack(trace.outcomes[0]!.class)), trace };
}

function pieces(ways: Way[]): [Point, Point][] {
  return ways.flatMap(w => w.points.slice(1).map((p, i): [Point, Point] => [w.points[i]!, p]));
}

const traces: [string, () => Trace][] = [
  ["a NodePort and back", byNodePort],
  ["a gate that is closed", denied],
  ["an ingress with two connections", byIngress],
];

for (const [name, trace] of traces) {
  for (const width of [1440, 1024]) {
    test(`${name} at ${width}: ways have only level and upright pieces and hang together`, () => {
      const { ways } = routed(trace(), width);
      for (const [a, b] of pieces(ways))
        assert.ok(Math.abs(a.x - b.x) < 0.01 || Math.abs(a.y - b.y) < 0.01, JSON.stringify([a, b]));
      ways.forEach((w, i) => {
        const end = w.points.at(-1);
        if (end)
          assert.ok(Math.hypot(end.x - w.stop.x, end.y - w.stop.y) < 0.01, `step ${i} does not end where it stands`);
      });
    });

    test(`${name} at ${width}: no way crosses from one lane to another except along the wire`, () => {
      const { scene, ways } = routed(trace(), width);
      for (const [a, b] of pieces(ways)) {
        if (Math.abs(a.x - b.x) > 0.01 || a.x < scene.lan.x + scene.lan.w) continue;
        const lanes = scene.lanes.filter(l => Math.min(a.y, b.y) < l.y + l.h && Math.max(a.y, b.y) > l.y);
        assert.ok(lanes.length <= 1, `an upright piece at x=${a.x} crosses ${lanes.map(l => l.title)}`);
      }
    });

    test(`${name} at ${width}: the cluster's wall is passed inside a node's card only`, () => {
      const { scene, ways } = routed(trace(), width);
      for (const [a, b] of pieces(ways)) {
        if (Math.min(a.x, b.x) >= scene.wall2 || Math.max(a.x, b.x) <= scene.wall2 + wallWidth) continue;
        assert.ok(
          scene.lanes.some(l => a.y > l.card.y && a.y < l.card.y + l.card.h),
          `y=${a.y}`,
        );
      }
    });

    test(`${name} at ${width}: the Internet's wall is passed at a router or load balancer only`, () => {
      const { scene, ways } = routed(trace(), width);
      const doors = scene.outside.filter(o => o.what.kind === "Router" || o.what.kind === "LoadBalancer");
      for (const [a, b] of pieces(ways)) {
        if (Math.min(a.x, b.x) >= scene.wall1 || Math.max(a.x, b.x) <= scene.wall1 + wallWidth) continue;
        assert.ok(
          doors.some(d => a.y >= d.y && a.y <= d.y + d.h),
          `y=${a.y}`,
        );
      }
    });

    test(`${name} at ${width}: no packet is ever in the service network`, () => {
      const { scene, ways } = routed(trace(), width);
      for (const p of ways.flatMap(w => [...w.points, w.stop]))
        assert.ok(p.x < scene.service.x || p.y > scene.service.h, JSON.stringify(p));
    });
  }
}

test("request and reply run beside each other, never on one another", () => {
  const { ways } = routed(byNodePort());
  const upright = (reply: boolean) =>
    new Set(
      pieces(ways.filter(w => w.reply === reply))
        .filter(([a, b]) => a.x === b.x)
        .map(([a]) => Math.round(a.x)),
    );
  const back = upright(true);
  for (const x of upright(false)) assert.ok(!back.has(x), `both at x=${x}`);
});

test("where nothing comes back, the packet stays at the gate that stopped it", () => {
  const t = denied();
  const steps = [...t.steps, { ...t.steps[0]!, id: "s99", kind: "end" as const, direction: "reply" as const }];
  const long = { ...t, steps, outcomes: [{ ...t.outcomes[0]!, steps: steps.map(s => s.id) }] };
  const { ways } = routed(long);
  assert.equal(stopOf(steps, "no-answer"), steps.length - 2);
  assert.deepEqual(ways.at(-1)!.stop, ways.at(-2)!.stop);
  assert.deepEqual(ways.at(-1)!.points, []);
});

test("a way is cut by its length, and straight pieces are joined", () => {
  const way = [
    { x: 0, y: 0 },
    { x: 10, y: 0 },
    { x: 10, y: 10 },
  ];
  assert.deepEqual(pointAt(way, 0.75), { x: 10, y: 5 });
  assert.deepEqual(upTo(way, 0.25), [
    { x: 0, y: 0 },
    { x: 5, y: 0 },
  ]);
  assert.equal(
    simplify([
      { x: 0, y: 0 },
      { x: 5, y: 0 },
      { x: 9, y: 0 },
    ]).length,
    2,
  );
  assert.equal(pathOf(way, 4), "M0 0L6 0Q10 0 10 4L10 10");
});
