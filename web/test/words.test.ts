import assert from "node:assert/strict";
import { test } from "node:test";
import { count, html, say, speak } from "../src/words.ts";
import { english } from "./english.ts";

function speaking(lang: string, words: Record<string, string>, body: () => void): void {
  speak(lang, words);
  try {
    body();
  } finally {
    speak("en", english());
  }
}

test("verbs take arguments in order or by their place", () => {
  speaking("en", { a: "%s asks %s", b: "%[2]s is asked by %[1]s", c: "%d of %d, 100 %%", d: "%q" }, () => {
    assert.equal(say("a", "web", "db"), "web asks db");
    assert.equal(say("b", "web", "db"), "db is asked by web");
    assert.equal(say("c", 1, 2500), "1 of 2,500, 100 %");
    assert.equal(say("d", 'a"b'), '"a\\"b"');
  });
});

test("a key that nobody knows is said as it is", () => {
  assert.equal(say("no.such-key"), "no.such-key");
  assert.equal(count("no.such-key", 2), "no.such-key.other");
});

test("a plural has the forms of its language", () => {
  speaking("pl", { "pods.one": "%d pod", "pods.few": "%d pody", "pods.other": "%d podów" }, () => {
    assert.equal(count("pods", 1), "1 pod");
    assert.equal(count("pods", 3), "3 pody");
    assert.equal(count("pods", 5), "5 podów");
  });
});

test("in markup the words are escaped, the arguments are markup", () => {
  speaking("en", { a: "<i>%s</i> & more" }, () => {
    assert.equal(html("a", "<b>x</b>"), "&#60;i&#62;<b>x</b>&#60;/i&#62; &#38; more");
  });
});
