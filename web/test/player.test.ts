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
