import assert from "node:assert/strict";
import test from "node:test";
import { guessWords } from "../src/drawer/predict.ts";
import { roll, sample } from "../src/drawer/sample.ts";

test("the same seed chooses the same way, and is a number from 0 to 1", () => {
  for (let seed = 1; seed < 2000; seed++) {
    assert.equal(roll(seed), roll(seed));
    assert.ok(roll(seed) >= 0 && roll(seed) < 1);
  }
  // Written down, so that a link with a seed means the same in every version.
  assert.deepEqual(
    [1, 2, 3, 4711].map(s => sample([0.5, 0.25, 0.25], s)),
    [0, 0, 1, 0],
  );
});

test("outcomes are drawn by their shares", () => {
  const shares = [0.5, 0.3, 0.2];
  const seen = [0, 0, 0];
  const n = 60000;
  for (let seed = 1; seed <= n; seed++) seen[sample(shares, seed)]!++;
  shares.forEach((share, i) => {
    assert.ok(Math.abs(seen[i]! / n - share) < 0.01, `outcome ${i}: ${seen[i]! / n} instead of ${share}`);
  });
  assert.equal(sample([], 7), 0);
  assert.equal(sample([0, 0, 1], 9), 2);
});

test("a guess is held against what came", () => {
  assert.equal(
    guessWords("refused", "no-answer"),
    "You said Refused; it was No answer. Refused = someone said no, at once. No answer = nothing came back, so the client waited in vain.",
  );
  assert.equal(
    guessWords("answered", "answered"),
    "You said Answered, and so it is: the application got the request and answered.",
  );
  assert.equal(guessWords("", "refused"), "");
  assert.match(guessWords("answered", "cannot-tell"), /it was Cannot tell/);
});
