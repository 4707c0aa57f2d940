import assert from "node:assert/strict";
import test from "node:test";
import { freeze, readAddress, thaw, writeAddress } from "../src/address.ts";
import { ticketsOf } from "../src/cast.ts";
import { Commands } from "../src/commands.ts";
import { decode } from "../src/decode.ts";
import { commandFor } from "../src/reach.ts";
import { Store } from "../src/store.ts";
import { fit, shortPod, widthOf } from "../src/text.ts";
import { keyOf, refOf } from "../src/trace.ts";
import { byNodePort, picture } from "./tour.ts";

test("the address says what is looked at, and says it back", () => {
  const looking = {
    source: "world:tour",
    namespace: "default",
    selected: "Pod/default/a",
    from: "pod/default/a",
    command: "curl -H 'A: b&c' http://x/?y=1",
    assume: ["policy=drop"],
    via: "",
    step: 3,
    present: true,
    predict: "1",
    seed: 4711,
    tries: ["kubectl -n d label pod a b=c"],
    compare: "from=lan&cmd=curl http://x/",
  };
  assert.deepEqual(readAddress(writeAddress(looking)), looking);
  assert.equal(writeAddress(readAddress("")), "");
});

test("a frozen answer is the same when it is thawed, and anything else is refused", async () => {
  const trace = byNodePort();
  assert.deepEqual(await thaw(await freeze(trace)), trace);
  for (const bad of ["", "#t=", "#t=!!!", "#t=AAAA", "#other"]) assert.equal(await thaw(bad), null, bad);
});

test("ids are read and written the same way", () => {
  for (const id of ["Pod/default/web", "Node/node-a", "Host/laptop"]) assert.equal(keyOf(refOf(id)), id);
});

test("a ticket hangs where an address was swapped and is turned over by the reply", () => {
  const { steps } = byNodePort();
  const at = (kind: string) => steps.findIndex(s => s.kind === kind);
  assert.deepEqual(
    ticketsOf(steps, at("rules.dnat")).map(t => [t.node, t.field, t.now, t.turned]),
    [["Node/node-b", "to", "10.244.1.9:8080", false]],
  );
  assert.deepEqual(
    ticketsOf(steps, steps.length - 1).map(t => t.turned),
    [true, true],
  );
  assert.deepEqual(ticketsOf(steps, 0), []);
});

test("clicking a target writes what a person would type from there", () => {
  const store = new Store();
  store.apply(decode(picture()));
  assert.equal(commandFor("Service/default/web", "pod/default/toolbox", store), "curl http://web/");
  assert.equal(commandFor("Service/default/web", "pod/db/x", store), "curl http://web.default/");
  assert.equal(commandFor("Service/default/web", "pod/default/x", store), "curl http://web/");
  assert.equal(commandFor("Ingress/default/shop", "internet", store), "curl http://shop.test/api");
  assert.equal(commandFor("Pod/default/db-0", "pod/default/toolbox", store), "nc -vz -w2 10.244.3.6 5432");
  assert.equal(commandFor("LoadBalancer/ingress-nginx/controller", "internet", store), "curl http://198.51.100.80/");
});

test("names are cut in the middle and fit", () => {
  for (const room of [40, 80, 120]) assert.ok(widthOf(fit("a-very-long-name-of-a-pod-x2k4p", room, 15), 15) <= room);
  assert.equal(fit("web", 100, 15), "web");
  assert.equal(shortPod("web-6d4b9c7f8-x2k4p", "ReplicaSet", "web-6d4b9c7f8"), "web-x2k4p");
  assert.equal(shortPod("db-0", "StatefulSet", "db"), "db-0");
});

test("two commands cannot have one id or, at the same time, one key", () => {
  const c = new Commands();
  c.add({ id: "a", name: "A", keys: ["x"], run: () => {} });
  assert.throws(() => c.add({ id: "a", name: "B", keys: [], run: () => {} }));
  assert.throws(() => c.add({ id: "b", name: "B", keys: ["x"], run: () => {} }));
});
