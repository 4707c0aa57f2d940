import assert from "node:assert/strict";
import test from "node:test";
import { decode } from "../src/decode.ts";
import { concerns, documentsOf, shownBy } from "../src/documents.ts";
import { Layout } from "../src/layout/layout.ts";
import { linksOf } from "../src/links.ts";
import { findObjects } from "../src/palette.ts";
import { commandFor, targetOf } from "../src/reach.ts";
import { Store } from "../src/store.ts";
import type { Objects, RouteRow } from "../src/wire.ts";
import { frame, objectsSection } from "./encode.ts";
import { picture } from "./tour.ts";

const row = (rule: number, match: string, backend: string, service: string): RouteRow => ({
  rule,
  match,
  path: match.split(" ")[1] ?? "",
  pathType: match.split(" ")[0] ?? "",
  backend,
  service,
  missing: false,
});

const gateways: Objects = {
  gatewayClasses: [{ id: "GatewayClass/eg", name: "eg", controller: "gateway.envoyproxy.io/gatewayclass-controller" }],
  gateways: [
    {
      id: "Gateway/default/front",
      namespace: "default",
      name: "front",
      class: "eg",
      controller: "gateway.envoyproxy.io/gatewayclass-controller",
      served: true,
      addresses: ["192.168.10.40"],
      listeners: [{ name: "http", port: 80, protocol: "HTTP", host: "*.test", serves: true }],
      services: [],
    },
  ],
  routes: [
    {
      id: "HTTPRoute/default/cart",
      namespace: "default",
      name: "cart",
      hosts: ["cart.test", "basket.test"],
      parents: [{ gateway: "Gateway/default/front", hosts: ["cart.test", "basket.test"] }],
      rows: [row(0, "PathPrefix /cart", "web:80", "Service/default/web"), row(1, "Exact /old", "redirect 301", "")],
    },
    {
      id: "GRPCRoute/default/calls",
      namespace: "default",
      name: "calls",
      hosts: [],
      parents: [{ gateway: "Gateway/default/gone", hosts: [], why: "there is no such gateway" }],
      rows: [row(0, "every gRPC method", "api:80", "Service/default/api")],
    },
  ],
};

function world(): Store {
  const store = new Store();
  store.apply(decode(picture()));
  store.apply(decode(frame(2, 0, objectsSection(gateways))));
  return store;
}

test("a gateway lists the rows of the routes that it has taken, and a route that nobody took stands alone", () => {
  const docs = documentsOf(world()).map(d => [
    d.key,
    d.trouble,
    d.rows.map(r => `${r.host} ${r.path} ${r.backend}`).join("; "),
  ]);
  assert.deepEqual(docs.slice(1), [
    ["Gateway/default/front", "", "cart.test +1 /cart web:80; cart.test +1 Exact /old → 301"],
    ["GRPCRoute/default/calls", "not attached", " every gRPC method api:80"],
  ]);
});

test("documents follow the cards, also when the kinds leave", () => {
  const store = world();
  assert.equal(documentsOf(store), documentsOf(store), "the same cards make the same list");
  store.apply(
    decode(
      frame(
        3,
        0,
        objectsSection({
          removed: ["Gateway/default/front", "HTTPRoute/default/cart", "GRPCRoute/default/calls", "GatewayClass/eg"],
        }),
      ),
    ),
  );
  assert.deepEqual(
    documentsOf(store).map(d => d.key),
    ["Ingress/default/shop"],
  );
});

test("a route that is attached is shown by its gateway, also in the filter of its own namespace", () => {
  const store = world();
  assert.equal(shownBy("HTTPRoute/default/cart", store), "Gateway/default/front");
  assert.equal(shownBy("GRPCRoute/default/calls", store), "GRPCRoute/default/calls");
  assert.equal(shownBy("Pod/default/db-0", store), "Pod/default/db-0");
  store.apply(
    decode(
      frame(
        3,
        0,
        objectsSection({ gateways: [{ ...gateways.gateways![0]!, id: "Gateway/edge/front", namespace: "edge" }] }),
      ),
    ),
  );
  const cart = gateways.routes![0]!;
  const parents = [{ gateway: "Gateway/edge/front", hosts: ["cart.test"] }];
  store.apply(decode(frame(4, 0, objectsSection({ routes: [{ ...cart, id: "HTTPRoute/default/cart", parents }] }))));
  const edge = documentsOf(store).find(d => d.key === "Gateway/edge/front")!;
  assert.ok(concerns(edge, "default") && concerns(edge, "edge") && !concerns(edge, "db"));
});

test("a gateway is asked at its own address, under a host that it takes", () => {
  assert.equal(
    commandFor("Gateway/default/front", "lan", world()),
    "curl --resolve cart.test:80:192.168.10.40 http://cart.test/cart",
  );
});

test("who can reach a document is asked by a host that it names", () => {
  const store = world();
  assert.equal(targetOf("Gateway/default/front", store), "gateway/cart.test/cart");
  assert.equal(targetOf("HTTPRoute/default/cart", store), "gateway/cart.test/cart");
  assert.equal(targetOf("GRPCRoute/default/calls", store), "");
  assert.equal(targetOf("Ingress/default/shop", store), "ingress/shop.test/api");
});

test("gateways, classes and routes are found by name, kind and host", () => {
  const found = (words: string) => findObjects(world(), words, 9).map(o => o.key);
  assert.deepEqual(found("gatewayclass"), ["GatewayClass/eg"]);
  assert.deepEqual(found("gateway front"), ["Gateway/default/front"]);
  assert.deepEqual(found("basket.test"), ["HTTPRoute/default/cart"]);
  assert.deepEqual(found("grpcroute"), ["GRPCRoute/default/calls"]);
});

for (const [width, height] of [
  [1440, 780],
  [1024, 650],
]) {
  test(`documents of gateways overlap nothing at ${width}x${height} and lead to their services`, () => {
    const store = world();
    const view = { width: width!, height: height!, namespace: "", cast: null, allServices: false };
    const scene = new Layout().arrange(store, view);
    assert.ok(scene.byKey.has("Gateway/default/front"));
    const boxes = [...scene.documents, ...scene.services];
    for (const a of boxes) {
      for (const b of boxes) {
        const apart = a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y;
        assert.ok(a === b || apart, `${a.key} and ${b.key} overlap`);
      }
    }
    const shown = scene.byKey.has("Service/default/web") ? 1 : 0;
    assert.equal(linksOf("Gateway/default/front", scene, store).length, shown);
  });
}
