import assert from "node:assert/strict";
import test from "node:test";
import { stepsOf } from "../src/cast.ts";
import { type Command, Commands } from "../src/commands.ts";
import { decode } from "../src/decode.ts";
import type { Rect } from "../src/layout/scene.ts";
import { Player, type Timeline } from "../src/player.ts";
import { rowsOf, tableOf } from "../src/present/answer.ts";
import { FrameGuard, Presses } from "../src/present/guard.ts";
import { namesOf } from "../src/present/names.ts";
import { stroke } from "../src/present/pen.ts";
import { arrange, type Lesson, routing } from "../src/present/scene.ts";
import { shorten, split, withoutAddresses } from "../src/present/words.ts";
import { plan } from "../src/route.ts";
import { Scheduler } from "../src/scheduler.ts";
import { Store } from "../src/store.ts";
import { comesBack, keyOf, type Trace } from "../src/trace.ts";
import { SectionPodsGone } from "../src/wire.ts";
import { frame, goneSection, objectsSection } from "./encode.ts";
import { byIngress, byNodePort, denied, picture } from "./tour.ts";

test("a long name keeps its last twelve letters", () => {
  assert.equal(shorten("web", 9), "web");
  assert.equal(shorten("ingress-nginx-controller-cc8496874-h4k2z", 20), "ingress…496874-h4k2z");
  assert.equal(shorten("[2001:db8:1234:5678:9abc:def0:1234:5678]:65535", 30).slice(-12), ":5678]:65535".slice(-12));
  for (let n = 15; n < 40; n++) assert.ok(shorten("x".repeat(60), n).length <= n);
});

test("a long sentence is split at its first colon, a short one and one without a colon are not", () => {
  assert.deepEqual(split("Short: yes.", 40), { head: "Short: yes.", more: "" });
  assert.deepEqual(split("Address swapped (DNAT): 10.0.0.1:80 becomes 10.244.0.1:8080.", 40), {
    head: "Address swapped (DNAT):",
    more: "10.0.0.1:80 becomes 10.244.0.1:8080.",
  });
  assert.equal(split("x".repeat(80), 40).more, "");
});

test("hidden addresses become the names of their owners, or dots; ports and times stay", () => {
  const name = (ip: string) => ({ "10.96.4.20": "web", "2001:db8::5": "six" })[ip] ?? "";
  assert.equal(withoutAddresses("from 10.96.4.20:80 to 10.9.9.9", name), "from web:80 to •••");
  assert.equal(withoutAddresses("range 10.244.0.0/16", name), "range •••");
  assert.equal(withoutAddresses("[2001:db8::5]:443 and fe80::1", name), "six:443 and •••");
  assert.equal(withoutAddresses("port 30080 at 12:03, exit 7", name), "port 30080 at 12:03, exit 7");
});

test("the names of addresses come from the picture", () => {
  const names = namesOf(world());
  assert.equal(names("192.168.10.50"), "laptop");
  assert.equal(names("1.2.3.4"), "");
});

test("a key that repeats or comes again within 300 ms is let by once; another key is not held up", () => {
  const presses = new Presses();
  assert.deepEqual(
    [0, 100, 299, 300, 301, 700].map(t => presses.allow("PageDown", t, false)),
    [true, false, false, true, false, true],
  );
  assert.ok(presses.allow(".", 701, false));
  assert.ok(!presses.allow("b", 2000, true));
});

test("frames that come too slowly for a second are told once, quick ones and pauses never", () => {
  const quick = new FrameGuard();
  for (let t = 0; t < 5000; t += 16) assert.ok(!quick.frame(t));
  const slow = new FrameGuard();
  const told: number[] = [];
  for (let t = 0; t < 5000; t += 100) if (slow.frame(t)) told.push(t);
  assert.deepEqual(told, [1000]);
  const resting = new FrameGuard();
  for (let t = 0; t < 50000; t += 900) {
    assert.ok(!resting.frame(t));
    assert.ok(!resting.frame(t + 16));
    resting.rest();
  }
});

test("keys of Present come before those of the page while they can be done, and letters can be turned off", () => {
  const done: string[] = [];
  let on = true;
  const list = new Commands();
  const command = (id: string, keys: string[], when?: () => boolean): Command => ({
    id,
    name: id,
    keys,
    run: () => done.push(id),
    ...(when ? { when } : {}),
  });
  list.add(command("theme", ["d"]));
  list.first(command("draw", ["d", "PageDown"], () => on));
  const press = (key: string) => list.key({ key, target: null, preventDefault() {} } as unknown as KeyboardEvent);
  press("d");
  on = false;
  press("d");
  on = true;
  list.letters = false;
  assert.ok(!press("d"));
  assert.ok(press("PageDown"));
  assert.deepEqual(done, ["draw", "theme", "draw"]);
});

test("the table stands side by side where both fit, else before over after, and keeps the ends of addresses", () => {
  const long = "[2001:db8:1234:5678:9abc:def0:1234:5678]:40312";
  const row = { name: "to", changed: true, fails: false };
  assert.match(tableOf([{ ...row, cells: ["10.96.4.20:80", "10.244.1.9:8080"] }], 66), /arrives.*leaves/);
  const stacked = tableOf([{ ...row, cells: [long, long.replace("2001", "2002")] }], 66);
  assert.equal(stacked.match(/<tr/g)?.length, 2);
  assert.ok(stacked.includes(long));
  assert.ok(tableOf([{ ...row, cells: [long, "x"] }], 30).includes(`…${long.slice(-12)}`));
});

test("under a failure the table tells what was compared and what the client prints", () => {
  const trace = denied();
  const steps = stepsOf(trace, trace.outcomes[0]);
  const stop = steps.find(s => s.kind === "policy.ingress")!;
  const rows = rowsOf({ trace }, stop, true, t => t);
  assert.ok(rows[0]?.fails);
  assert.ok(rows.some(r => r.name === "prints"));
});

test("an arrow has a head, a line has none", () => {
  const line = [
    { x: 0, y: 0 },
    { x: 100, y: 0 },
  ];
  assert.equal(stroke(line, false), "M0 0L100 0");
  assert.equal(stroke(line, true).match(/M/g)?.length, 3);
});

function world(): Store {
  const store = new Store();
  store.apply(decode(picture()));
  return store;
}

function overlap(a: Rect, b: Rect): boolean {
  return a.x < b.x + b.w - 1 && b.x < a.x + a.w - 1 && a.y < b.y + b.h - 1 && b.y < a.y + a.h - 1;
}

const traces: [string, () => Trace][] = [
  ["a NodePort and back", byNodePort],
  ["a gate that is closed", denied],
  ["an ingress with two connections", byIngress],
];

for (const [width, height] of [
  [1024, 484],
  [1024, 374],
  [1280, 436],
  [1362, 512],
] as const) {
  for (const [name, make] of traces) {
    const trace = make();
    const steps = stepsOf(trace, trace.outcomes[0]);
    const lessons = steps.map((_, at): Lesson => arrange(world(), { trace, steps, at }, width, height));

    test(`${name} at ${width}x${height}: nothing lies on anything else or beyond the edge`, () => {
      for (const s of lessons) {
        const things = [...s.outside, ...s.services, ...s.documents, ...s.lanes.flatMap(l => [l.card, ...l.pods])];
        for (const a of things) {
          assert.ok(a.x >= 14 && a.x + a.w <= width - 14 && a.y + a.h <= height, JSON.stringify(a));
          for (const b of things) if (a !== b) assert.ok(!overlap(a, b), JSON.stringify([a, b]));
        }
      }
    });

    test(`${name} at ${width}x${height}: where a step happens is on the picture`, () => {
      lessons.forEach((s, at) => {
        const here = steps[at]!.at;
        if (["Pod", "Node", "Host", "LoadBalancer"].includes(here.kind))
          assert.ok(s.byKey.has(keyOf(here)), `${at} ${keyOf(here)}`);
      });
    });

    test(`${name} at ${width}x${height}: ways are level or upright, and stay on the picture`, () => {
      for (const w of plan(routing(lessons[0]!), steps, comesBack(trace.outcomes[0]!.class))) {
        w.points.forEach((p, i) => {
          const q = w.points[i - 1];
          if (q) assert.ok(Math.abs(p.x - q.x) < 0.01 || Math.abs(p.y - q.y) < 0.01, JSON.stringify([q, p]));
          assert.ok(p.x > 0 && p.x < width && p.y > 0 && p.y < height, JSON.stringify(p));
        });
      }
    });
  }
}

test("before anything is asked there are nodes, services and counts", () => {
  const s = arrange(world(), null, 1024, 484);
  assert.ok(s.lanes.length > 0 && s.lanes.length <= 3 && s.services.length > 0);
  assert.ok(s.lanes.every(l => l.pods.length === 0 && l.hidden === l.total));
});

test("a copy of the store stays as it was, and changes after the first picture are counted", () => {
  const store = world();
  assert.equal(store.changes, 0);
  const still = store.copy();
  const slot = [...store.pods.keys()][0]!;
  store.apply(decode(frame(2, 0, goneSection(SectionPodsGone, [slot]))));
  store.apply(decode(frame(3, 0, objectsSection({ services: [...store.services.values()].slice(0, 2) }))));
  assert.equal(store.changes, 3);
  assert.ok(!store.pods.has(slot) && still.pods.has(slot));
});

function player(): { p: Player; tick: (ms: number) => void; seen: number[] } {
  let run: ((now: number) => void) | null = null;
  let now = 1;
  const seen: number[] = [];
  const scheduler = new Scheduler(f => {
    run = f;
    return 1;
  });
  const p = new Player(scheduler, { onHead: () => {}, onStep: step => seen.push(step) }, () => false);
  const time: Timeline = { arrive: [0, 700, 1900], leave: [500, 1200, 2400], end: 1900 };
  p.load(time, 0);
  const tick = (ms: number) => {
    now += ms;
    const f = run;
    run = null;
    f?.(now);
  };
  return { p, tick, seen };
}

test("one step on goes as it is played and stands there", () => {
  const { p, tick } = player();
  p.advance();
  assert.ok(p.playing);
  for (let i = 0; i < 4; i++) tick(100);
  assert.equal(p.step, 1);
  assert.ok(!p.playing);
  for (let i = 0; i < 20; i++) tick(100);
  assert.equal(p.step, 1);
});

test("asked again on its way, a step is reached at once and none is passed over", () => {
  const { p, tick, seen } = player();
  p.advance();
  tick(100);
  tick(100);
  assert.equal(p.step, 0);
  p.advance();
  assert.deepEqual([p.step, p.playing], [1, false]);
  p.advance();
  p.advance();
  assert.equal(p.step, 2);
  assert.deepEqual(
    seen.filter((s, i) => s !== seen[i - 1]),
    [0, 1, 2],
  );
});
