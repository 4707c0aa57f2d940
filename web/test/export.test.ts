import assert from "node:assert/strict";
import test from "node:test";
import { pack, unpack } from "../src/export/bytes.ts";
import { paintOf } from "../src/export/colour.ts";
import { pictureName, slug, traceName } from "../src/export/names.ts";
import { scaleOf } from "../src/export/png.ts";
import { fileOf } from "../src/export/svg.ts";
import type { Trace } from "../src/trace.ts";
import { byNodePort } from "./tour.ts";

test("file names say what is in them and hurt no file system", () => {
  const trace = byNodePort();
  trace.source.name = "tour";
  trace.request.command = "curl -H 'Host: shop.test' http://192.168.10.12:30080/../../etc?a=<b>|c";
  assert.equal(
    traceName(trace),
    `kubestrata-tour-laptop-curl-h-host-shop-test-http-192-168-10-12-30080-${trace.verdict.class}`,
  );
  assert.equal(pictureName(trace, 3, 9, "tour"), `${traceName(trace)}-step-3-of-9`);
  assert.equal(pictureName(null, 0, 0, "prod/EU west"), "kubestrata-prod-eu-west-map");
  assert.equal(pictureName(null, 0, 0, ""), "kubestrata-map");
  assert.equal(slug("…/..\\\u0000", 20), "");
  assert.equal(slug("Köln ÄÖ", 20), "köln-äö");
  assert.equal(slug("a".repeat(99), 10), "a".repeat(10));
  for (const hostile of ["../../x", "a\u0000b", "CON:", 'x"y', "a\nb", "</script>"])
    assert.match(
      traceName({ ...trace, request: { ...trace.request, command: hostile } } as Trace),
      /^[\p{L}\p{N}-]+$/u,
    );
});

test("colours are written as programs for slides read them", () => {
  assert.deepEqual(paintOf("rgb(20, 24, 29)"), { colour: "#14181d", opacity: 1 });
  assert.deepEqual(paintOf("rgba(0, 0, 0, 0)"), { colour: "none", opacity: 1 });
  assert.deepEqual(paintOf("rgba(255, 255, 255, 0.5)"), { colour: "#ffffff", opacity: 0.5 });
  assert.deepEqual(paintOf("rgb(0 103 163 / 40%)"), { colour: "#0067a3", opacity: 0.4 });
  assert.deepEqual(paintOf("color(srgb 1 0.5 0 / 0.25)"), { colour: "#ff8000", opacity: 0.25 });
  assert.deepEqual(paintOf("none"), { colour: "none", opacity: 1 });
});

test("what XML has no place for is not in the picture", () => {
  const svg = fileOf(10, 20, "", "<title>a\u0000b\u001b\ud800c\uffff</title><desc></desc><g/>");
  assert.match(svg, /<title>abc<\/title>/);
  assert.match(svg, /width="10" height="20" viewBox="0 0 10 20"/);
});

test("a picture is twice as sharp unless the browser could not hold it", () => {
  assert.equal(scaleOf(1440, 900, 2), 2);
  assert.equal(scaleOf(1440, 16_000, 2), 1);
  const s = scaleOf(10_000, 10_000, 2);
  assert.ok(10_000 * s * 10_000 * s <= 120_000_001 && s > 1);
});

test("what is packed is harmless wherever it stands, and unpacks to the same", async () => {
  const value = { a: "</script><!--", b: [1, 2, "ü"], c: null };
  const packed = await pack(value);
  assert.match(packed, /^[A-Za-z0-9+/=]*$/);
  assert.deepEqual(await unpack(packed), value);
});
