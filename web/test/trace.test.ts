import assert from "node:assert/strict";
import test from "node:test";
import { stepKinds } from "../src/kinds.ts";
import { type Step, unknownKinds } from "../src/trace.ts";
import { byNodePort } from "./tour.ts";

test("a kind of step that this page does not know is named, the contract's are not", () => {
  const t = byNodePort();
  assert.deepEqual(unknownKinds(t), []);
  const one = t.steps[0]!;
  t.steps = [...stepKinds.map(kind => ({ ...one, kind })), { ...one, kind: "tunnel.beam" as Step["kind"] }];
  assert.deepEqual(unknownKinds(t), ["tunnel.beam"]);
});
