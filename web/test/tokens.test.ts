// The tokens of both themes: contrast of words and shapes on every ground, and what colour-blind eyes see of the three
// colours that carry meaning.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { contrast, distance, type Eye, eyes, light, over } from "./colour.ts";

type Tokens = Record<string, string>;

/** The custom properties of the blocks of a stylesheet, by selector. The tests are run from the root of the tree. */
function blocks(): Map<string, Tokens> {
  const css = readFileSync("web/src/css/tokens.css", "utf8").replace(/\/\*[\s\S]*?\*\//g, "");
  const found = new Map<string, Tokens>();
  for (const [, selector, body] of css.matchAll(/(:root[^{]*)\{([^{}]*)\}/g)) {
    const tokens: Tokens = {};
    for (const [, name, value] of body!.matchAll(/--([a-z0-9-]+):\s*([^;]+);/g)) tokens[name!] = value!.trim();
    found.set(selector!.trim(), tokens);
  }
  return found;
}

const all = blocks();
const light1 = all.get(":root")!;
const dark = { ...light1, ...all.get(':root[data-theme="dark"]')! };
const themes: [string, Tokens][] = [
  ["light", light1],
  ["dark", dark],
];

/** Where words and shapes of the map and the drawer stand. */
const bands = ["internet", "lan", "service", "podnet", "lane"];
const grounds = ["ground", "card", ...bands, "lit"];

test("dark by choice is dark by the system", () => {
  assert.deepEqual(all.get(':root:not([data-theme="light"])'), all.get(':root[data-theme="dark"]'));
});

test("both themes have the same tokens of colour", () => {
  const colours = (t: Tokens) => Object.keys(t).filter(k => t[k]!.startsWith("#"));
  assert.deepEqual(colours(light1).sort(), colours(all.get(':root[data-theme="dark"]')!).sort());
});

/** Pairs of words and what they stand on. */
const words: [string, string[]][] = [
  ["ink", [...grounds, "stopped-tint", "line"]],
  ["ink2", [...grounds, "stopped-tint"]],
  ["dim-ink", ["card", ...bands]],
  ["request", ["ground", "card", "lit", "internet", "podnet"]],
  ["on-request", ["request"]],
  ["on-stopped", ["stopped"]],
  ["on-terminal", ["terminal"]],
  ["ground", ["ink", "ink2"]],
];

test("every text has 4.5:1 on every ground that it stands on (1.4.3)", () => {
  for (const [theme, t] of themes) {
    for (const [ink, under] of words) {
      for (const ground of under) {
        const c = contrast(t[ink]!, t[ground]!);
        assert.ok(c >= 4.5, `${theme}: --${ink} on --${ground} has ${c.toFixed(2)}:1`);
      }
    }
    // The terminal's prompt and exit code are written at four fifths.
    const quiet = over(t["on-terminal"]!, t.terminal!, 0.8);
    assert.ok(contrast(quiet, t.terminal!) >= 4.5, `${theme}: quiet words of the terminal`);
  }
});

test("the sentence and the header table have 7:1 for the last row (1.4.6)", () => {
  for (const [theme, t] of themes) {
    for (const ground of ["ground", "card", "lit", "stopped-tint"]) {
      const c = contrast(t.ink!, t[ground]!);
      assert.ok(c >= 7, `${theme}: --ink on --${ground} has ${c.toFixed(2)}:1`);
    }
  }
});

/** Shapes without which the picture cannot be understood: packet, gates, focus ring, state glyphs, walls, fields. */
const shapes = ["request", "ink", "stopped", "glass", "wall"];

test("every shape that means something has 3:1 on every band (1.4.11)", () => {
  for (const [theme, t] of themes) {
    for (const shape of shapes) {
      for (const ground of [...bands, "ground", "card"]) {
        const c = contrast(t[shape]!, t[ground]!);
        assert.ok(c >= 3, `${theme}: --${shape} on --${ground} has ${c.toFixed(2)}:1`);
      }
    }
    for (const [mark, box] of [
      ["on-stopped", "stopped"],
      ["on-request", "request"],
    ])
      assert.ok(contrast(t[mark!]!, t[box!]!) >= 3, `${theme}: --${mark} on --${box}`);
  }
});

test("request, reply and stopped stay apart for colour-blind eyes, at least 20 apart in CIELAB", () => {
  for (const [theme, t] of themes) {
    const triple = [t.request!, t.ink!, t.stopped!];
    for (const eye of Object.keys(eyes) as Eye[]) {
      for (const [i, j] of [
        [0, 1],
        [0, 2],
        [1, 2],
      ]) {
        const d = distance(eye, triple[i!]!, triple[j!]!);
        assert.ok(d >= 20, `${theme}, ${eye}: ${triple[i!]} and ${triple[j!]} are ${d.toFixed(1)} apart`);
      }
    }
  }
});

test("the measures themselves are right where others have published them", () => {
  assert.ok(Math.abs(contrast("#ffffff", "#000000") - 21) < 0.01);
  assert.ok(Math.abs(contrast("#0067a3", "#ffffff") - 6.05) < 0.02);
  // EXPERIENCE.md C3 gives the least distance of the light triple for each eye.
  const least = (eye: Eye) =>
    Math.min(
      distance(eye, "#0067a3", "#14181d"),
      distance(eye, "#0067a3", "#c14a00"),
      distance(eye, "#14181d", "#c14a00"),
    );
  for (const [eye, d] of [
    ["usual", 48.7],
    ["deuteranopia", 49.9],
    ["protanopia", 48.8],
    ["tritanopia", 43.8],
  ] as [Eye, number][])
    assert.ok(Math.abs(least(eye) - d) < 1.5, `${eye}: ${least(eye).toFixed(1)}, published ${d}`);
  assert.deepEqual(light("#ffffff"), [1, 1, 1]);
});
