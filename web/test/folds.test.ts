import assert from "node:assert/strict";
import test from "node:test";
import { decisions, foldsOf, passed, stopsOf } from "../src/drawer/folds.ts";
import type { Step } from "../src/trace.ts";

const step = (kind: string, leg: number) => ({ kind, leg, title: kind, direction: "request" }) as unknown as Step;

const steps = [
  step("start", 1),
  step("dns.search", 0),
  step("dns.query", 0),
  step("rules.dnat", 0),
  step("dns.answer", 0),
  step("reply", 0),
  step("pod.out", 1),
  step("rules.dnat", 1),
  step("policy.ingress", 1),
  step("end", 1),
];

test("a look-up is one hop, which says what was asked and what was answered", () => {
  assert.deepEqual(foldsOf(steps), [{ from: 1, to: 5, asked: 2, answered: 4 }]);
  assert.deepEqual(
    stopsOf(steps, foldsOf(steps), 0).map(s => s.at),
    [0, 5, 6, 7, 8, 9],
  );
});

test("who stands within a look-up has it open", () => {
  assert.equal(stopsOf(steps, foldsOf(steps), 3).length, steps.length);
  assert.equal(stopsOf(steps, foldsOf(steps), 5).length, 6);
});

test("where the look-up is all there is, it is not folded", () => {
  assert.deepEqual(foldsOf([step("start", 1), step("dns.query", 0), step("dns.answer", 0), step("end", 1)]), []);
  assert.deepEqual(foldsOf([step("start", 0), step("dns.query", 0), step("dns.answer", 0), step("end", 0)]), []);
});

test("a redirect's second look-up is a hop of its own", () => {
  const twice = [...steps.slice(0, 7), step("dns.query", 2), step("dns.answer", 2), step("pod.out", 3), step("end", 3)];
  assert.deepEqual(
    foldsOf(twice).map(f => [f.from, f.to]),
    [
      [1, 5],
      [7, 8],
    ],
  );
});

test("a folded look-up is passed and decides once", () => {
  const folds = foldsOf(steps);
  assert.deepEqual(
    passed(folds, steps.length).flatMap((p, i) => (p ? [i] : [])),
    [1, 2, 3, 4],
  );
  const at = (f: typeof folds) => decisions(steps, f).flatMap((d, i) => (d ? [i] : []));
  assert.deepEqual(at(folds), [5, 7, 8, 9]);
  assert.deepEqual(at([]), [3, 4, 7, 8, 9]);
});
