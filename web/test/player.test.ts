import assert from "node:assert/strict";
import test from "node:test";
import { headAt, Player, timeline } from "../src/player.ts";
import { Scheduler } from "../src/scheduler.ts";

const ways = [0, 300, 0, 900].map(length => ({
  points: length
    ? [
        { x: 0, y: 0 },
        { x: length, y: 0 },
      ]
    : [],
}));
const time = timeline(ways, [false, true, false, false]);

/** A clock that is turned by hand. */
function rig(reduced = false) {
  let frame: ((now: number) => void) | null = null;
  const scheduler = new Scheduler(run => {
    frame = run;
    return 1;
  });
  const heads: number[] = [];
  const steps: number[] = [];
  const player = new Player(scheduler, { onHead: h => heads.push(h), onStep: s => steps.push(s) }, () => reduced);
  player.load(time, 0);
  let now = 1000;
  const run = (ms: number, every = 16) => {
    for (let t = 0; t < ms && frame; t += every) {
      now += every;
      const f: (now: number) => void = frame;
      frame = null;
      f(now);
    }
  };
  return { player, scheduler, heads, steps, run };
}

test("the playhead depends on the time alone", () => {
  const there = Array.from({ length: 400 }, (_, i) => headAt(time, i * 20));
  const back = Array.from({ length: 400 }, (_, i) => headAt(time, (399 - i) * 20)).reverse();
  assert.deepEqual(there, back);
  for (let i = 1; i < there.length; i++) assert.ok(there[i]! >= there[i - 1]!);
  assert.equal(headAt(time, 1e9), 3);
  time.arrive.forEach((ms, i) => {
    assert.equal(headAt(time, ms), i);
  });
});

test("a long trace is held under 25 seconds", () => {
  const many = Array.from({ length: 25 }, () => ways[3]!);
  assert.ok(
    timeline(
      many,
      many.map(() => true),
    ).end <= 25_000,
  );
  const nine = Array.from({ length: 9 }, () => ways[1]!);
  assert.ok(
    timeline(
      nine,
      nine.map(() => true),
    ).end <= 25_000,
  );
});

test("playing passes every step in order, even at ten frames a second", () => {
  for (const every of [16, 100, 240]) {
    const { player, steps, run, scheduler } = rig();
    player.play();
    run(20_000, every);
    assert.deepEqual([...new Set(steps)], [0, 1, 2, 3], `every ${every} ms`);
    assert.equal(player.playing, false);
    assert.ok(scheduler.idle, "frames go on after the end");
  }
});

test("forward, back and seek stand on whole steps and stay within the list", () => {
  const { player } = rig();
  player.forward();
  player.forward();
  assert.equal(player.head, 2);
  player.back();
  assert.equal(player.head, 1);
  player.seek(99);
  assert.equal(player.head, 3);
  player.back();
  player.back();
  player.back();
  player.back();
  assert.equal(player.head, 0);
});

test("pausing on the way falls back to the step that the drawer names", () => {
  const { player, run } = rig();
  player.play();
  run(1100);
  assert.ok(player.head > 0 && player.head < 1);
  player.pause();
  assert.equal(player.head, 0);
});

test("with reduced motion the packet is never on its way", () => {
  const { player, heads, run } = rig(true);
  player.play();
  run(20_000);
  for (const h of heads) assert.equal(h, Math.floor(h));
  assert.equal(player.head, 3);
});

test("a frame happens only when somebody asked for one, and a failing task does not stop the others", () => {
  let asked = 0;
  let frame: (now: number) => void = () => {};
  const scheduler = new Scheduler(run => {
    asked++;
    frame = run;
    return 1;
  });
  const done: string[] = [];
  const silent = console.error;
  console.error = () => {};
  scheduler.ask("move", "b", () => done.push("b"));
  scheduler.ask("layout", "broken", () => {
    throw new Error("broken");
  });
  scheduler.ask("layout", "a", () => done.push("a"));
  scheduler.ask("layout", "a", () => done.push("a again"));
  frame(0);
  console.error = silent;
  assert.deepEqual(done, ["a again", "b"]);
  assert.equal(asked, 1);
  assert.ok(scheduler.idle);
});

test("hops last as long as the design says", () => {
  const line = (length: number) => ({
    points: [
      { x: 0, y: 0 },
      { x: length, y: 0 },
    ],
  });
  const durations = (t: ReturnType<typeof timeline>, i: number) => [
    t.arrive[i]! - (t.leave[i - 1] ?? 0),
    t.leave[i]! - t.arrive[i]!,
  ];
  // 700 ms for an ordinary way, 500 to 1200 by distance; 900 ms to look, 400 more where a cell changes.
  const t = timeline([line(1), line(368), line(5000)], [false, true, false]);
  assert.deepEqual(durations(t, 0).map(Math.round), [500, 900]);
  assert.deepEqual(durations(t, 1).map(Math.round), [699, 1300]);
  assert.deepEqual(durations(t, 2).map(Math.round), [1200, 900]);
  // Nine hops take about 14.4 s.
  const nine = timeline(
    Array.from({ length: 9 }, () => line(368)),
    [],
  );
  assert.ok(Math.abs(nine.leave[8]! - 14_400) < 60, `${nine.leave[8]} ms`);
});

/** A look-up of three steps between two others. */
function folded() {
  const r = rig();
  const list = Array.from({ length: 6 }, () => ways[1]!);
  const passed = [false, true, true, false, false, false];
  r.player.load(
    timeline(
      list,
      list.map(() => false),
      passed,
      [false, false, false, true, false, true],
    ),
    0,
  );
  r.steps.length = 0;
  return r;
}

test("a folded look-up is stepped over in one go, both ways, and sought exactly", () => {
  const { player } = folded();
  player.forward();
  assert.equal(player.step, 3);
  player.forward();
  assert.equal(player.step, 4);
  player.back();
  player.back();
  assert.equal(player.step, 0);
  for (let i = 0; i < 6; i++) {
    player.seek(i);
    assert.equal(player.head, i);
  }
});

test("playing stops at decisions where that is wanted, and goes on from there", () => {
  const { player, run } = folded();
  player.pauses = true;
  player.play();
  run(20_000);
  assert.equal(player.playing, false);
  assert.equal(player.head, 3);
  player.play();
  run(20_000, 240);
  assert.equal(player.head, 5);
  const free = folded();
  free.player.play();
  free.run(20_000);
  assert.equal(free.player.head, 5);
});

test("pausing within a folded look-up falls back to before it", () => {
  const { player, run } = folded();
  player.play();
  run(1500);
  assert.ok(player.head > 0.1 && player.head < 3, `${player.head}`);
  player.pause();
  assert.equal(player.head, 0);
});

test("without motion a folded look-up is passed in one jump", () => {
  const r = rig(true);
  const list = Array.from({ length: 4 }, () => ways[1]!);
  r.player.load(timeline(list, [], [false, true, true, false]), 0);
  r.heads.length = 0;
  r.player.play();
  r.run(8000);
  assert.deepEqual([...new Set(r.heads)], [0, 3]);
});

test("with ten frames a second every step takes as long as with sixty, and none is jumped over", () => {
  const many = timeline(
    Array.from({ length: 25 }, (_, i) => ways[i % 4]!),
    Array.from({ length: 25 }, (_, i) => i % 3 === 0),
  );
  const reached = (every: number) => {
    const r = rig();
    r.player.load(many, 0);
    r.player.play();
    const at: number[] = [];
    for (let t = 0; t < 30_000 && r.player.playing; t += every) {
      r.run(every, every);
      at[r.player.step] ??= t;
    }
    assert.equal(r.player.head, 24);
    assert.equal(r.player.playing, false);
    return at;
  };
  const smooth = reached(1000 / 60);
  const slow = reached(100);
  assert.equal(Object.keys(slow).length, 25);
  smooth.forEach((t, i) => {
    assert.ok(Math.abs(slow[i]! - t) <= 120, `step ${i}: ${slow[i]} instead of ${t}`);
  });
});
