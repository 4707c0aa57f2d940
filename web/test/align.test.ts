import assert from "node:assert/strict";
import test from "node:test";
import { align, sentenceOf } from "../src/compare/align.ts";
import { writeSide } from "../src/compare/side.ts";
import type { Step, Trace } from "../src/trace.ts";
import { byNodePort } from "./tour.ts";

const step = (kind: string, name: string, more: Partial<Step> = {}) =>
  ({
    kind,
    leg: 1,
    direction: /^(end|reply)/.test(kind) ? "reply" : "request",
    at: { kind: "Pod", namespace: "default", name },
    title: kind,
    sentence: `${kind} at ${name}.`,
    before: null,
    after: null,
    changed: [],
    rule: null,
    compared: [],
    tried: [],
    certainty: "certain",
    evidence: [],
    ...more,
  }) as unknown as Step;

const way = (gate: Step, ...rest: Step[]) => [step("start", "a"), step("pod.out", "n"), gate, ...rest];
const shut = step("policy.ingress", "b", { title: "in-gate closed" });
const open = step("policy.ingress", "b", { title: "in-gate open", sentence: "Label access=true matched rule 1." });

test("a trace is equal to itself: every hop is a dot", () => {
  const { steps } = byNodePort();
  const columns = align(steps, steps);
  assert.ok(columns.length >= 5);
  for (const c of columns) assert.ok(c.a && c.b && c.a === c.b && c.cells.length === 0, c.name);
  assert.equal(sentenceOf(columns), "Both take the same way and end the same.");
});

test("where only the gate differs, that is the sentence, with what the second trace says of it", () => {
  const columns = align(
    way(shut, step("end", "a", { sentence: "nothing" })),
    way(open, step("pod.in", "b"), step("end", "a", { sentence: "200" })),
  );
  assert.deepEqual(
    columns.map(c => [c.name, !!c.a, !!c.b, c.cells.length > 0]),
    [
      ["start", true, true, false],
      ["pod.out", true, true, false],
      ["in-gate open", true, true, true],
      ["pod.in", false, true, false],
      ["end", true, true, true],
    ],
  );
  assert.equal(sentenceOf(columns), "Only the gate changed: Label access=true matched rule 1.");
  assert.deepEqual(columns[2]!.cells[0], { what: "hop", a: "in-gate closed", b: "in-gate open" });
});

test("the cells of the header that differ are named one by one", () => {
  const h = (src: string, dst: string) => ({ src, dst, protocol: "TCP", outer: null, http: null });
  const dnat = (to: string) => step("rules.dnat", "n", { before: h("1:1", "2:2"), after: h("1:1", to) });
  const columns = align([dnat("3:3")], [dnat("4:4")]);
  assert.deepEqual(columns[0]!.cells, [{ what: "leaves to", a: "3:3", b: "4:4" }]);
  assert.match(sentenceOf(columns), /^Only the node's rules changed/);
});

test("several differences: the first is told", () => {
  const columns = align(
    [step("start", "a"), step("rules.dnat", "n"), shut],
    [step("start", "x"), step("rules.dnat", "n"), open],
  );
  assert.equal(sentenceOf(columns), "First the question differs: start at x.");
});

test("where one goes on alone, that is told", () => {
  assert.equal(
    sentenceOf(align([step("start", "a")], [step("start", "a"), step("door", "n")])),
    "They part where only the second goes on: door at n.",
  );
  assert.match(sentenceOf(align([step("start", "a"), step("door", "n")], [step("start", "a")])), /only the first/);
});

test("hops of the same role at the same place stand together", () => {
  const twice = [step("route.node", "x"), step("route.node", "y")];
  const columns = align(twice, [step("route.node", "y")]);
  assert.deepEqual(
    columns.map(c => [c.a?.at.name, c.b?.at.name]),
    [
      ["x", undefined],
      ["y", "y"],
    ],
  );
});

test("nothing beside something is a row of hops that were not reached", () => {
  assert.deepEqual(
    align([], [step("start", "a")]).map(c => [c.a, c.b?.kind]),
    [[null, "start"]],
  );
});

test("a link names of the second trace only what differs", () => {
  const first = { from: "pod/a", command: "curl x", assume: [], via: "" };
  const side = (question: typeof first, tries: string[] = []) => ({
    trace: {} as Trace,
    question,
    whatIf: tries.length > 0 ? { question: "", tries, forked: null } : null,
    note: "",
  });
  assert.equal(writeSide(side(first), first), "same");
  assert.equal(writeSide(side({ ...first, command: "curl y" }), first), "cmd=curl+y");
  assert.equal(
    writeSide(side(first, ["kubectl -n d label pod b a=true"]), first),
    "try=kubectl+-n+d+label+pod+b+a%3Dtrue",
  );
});
