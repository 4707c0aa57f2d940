import assert from "node:assert/strict";
import test from "node:test";
import { decode, FrameError } from "../src/decode.ts";
import { Store } from "../src/store.ts";
import {
  EndpointReady,
  FlagMore,
  FlagReset,
  PhaseRunning,
  PodNameHasOwner,
  PodReady,
  SectionEndpointsGone,
  SectionPodStates,
  SectionPodsGone,
} from "../src/wire.ts";
import { endpointsSection, frame, goneSection, objectsSection, podsSection, statesSection } from "./encode.ts";
import { picture } from "./tour.ts";

test("a frame written by hand, byte by byte, is read as it is meant", () => {
  const bytes = Uint8Array.from([
    0x4b,
    1,
    1,
    0,
    7,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0xf8,
    0x3f, // head: reset, seq 7, time 1.5
    4,
    0,
    0,
    0,
    12,
    0,
    0,
    0,
    2,
    0,
    0,
    0,
    5,
    0,
    0,
    0,
    9,
    0,
    0,
    0, // pods gone: slots 5 and 9
  ]);
  const f = decode(bytes.buffer);
  assert.equal(f.seq, 7);
  assert.equal(f.flags, FlagReset);
  assert.equal(f.serverTime, 1.5);
  assert.deepEqual(f.sections, [{ type: "podsGone", slots: Uint32Array.from([5, 9]) }]);
});

test("pods keep their names, addresses and owners through a frame", () => {
  const store = new Store();
  store.apply(
    decode(
      frame(
        1,
        FlagReset,
        objectsSection({
          nodeNames: [{ id: 0, text: "node-a" }],
          classes: [
            { id: 3, namespace: "default", ownerKind: "ReplicaSet", ownerName: "web-1", labels: "", ports: [80] },
          ],
          podExtras: [{ slot: 2, ips: ["fd00::2"] }],
        }),
        podsSection([
          {
            slot: 1,
            class: 3,
            node: 0,
            ip: "255.244.1.9",
            state: PhaseRunning | PodReady | PodNameHasOwner,
            name: "x2k4p",
          },
          { slot: 2, class: 3, state: PhaseRunning, name: "größe" },
        ]),
      ),
    ),
  );
  assert.equal(store.pods.get(1)?.key, "Pod/default/web-1-x2k4p");
  assert.equal(store.pods.get(1)?.ip, "255.244.1.9");
  assert.equal(store.pods.get(1)?.node, "node-a");
  assert.equal(store.pods.get(2)?.name, "größe");
  assert.equal(store.pods.get(2)?.node, "");
  assert.equal(store.pods.get(2)?.ip, "fd00::2");
});

test("states, departures and card removals change only what they name", () => {
  const store = new Store();
  store.apply(decode(picture()));
  const before = store.pods.size;
  store.apply(
    decode(
      frame(
        2,
        0,
        statesSection(SectionPodStates, [{ slot: 6, state: PhaseRunning | PodReady }]),
        goneSection(SectionPodsGone, [0]),
        goneSection(SectionEndpointsGone, [3]),
        objectsSection({ removed: ["Service/default/pay"] }),
      ),
    ),
  );
  assert.equal(store.pods.size, before - 1);
  assert.equal((store.pods.get(6)?.state ?? 0) & PodReady, PodReady);
  assert.equal(store.endpoints.size, 3);
  assert.equal(store.services.has("Service/default/pay"), false);
  assert.equal(store.services.has("Service/default/web"), true);
});

test("a picture in several frames is whole only with the last", () => {
  const store = new Store();
  store.apply(decode(frame(1, FlagReset | FlagMore, objectsSection({}))));
  assert.equal(store.whole, false);
  store.apply(decode(frame(2, 0, endpointsSection([{ slot: 1, service: 0, state: EndpointReady }]))));
  assert.equal(store.whole, true);
});

test("applying a frame twice does no harm", () => {
  const store = new Store();
  store.apply(decode(picture()));
  const once = JSON.stringify([...store.pods], (k, v) => (k === "created" ? 0 : v));
  store.apply(decode(picture()));
  assert.equal(
    JSON.stringify([...store.pods], (k, v) => (k === "created" ? 0 : v)),
    once,
  );
});

test("whatever bytes arrive, decode answers with a frame or a FrameError", () => {
  let seed = 12345;
  const random = () => {
    seed = (seed * 1103515245 + 12345) & 0x7fffffff;
    return seed;
  };
  const good = new Uint8Array(picture());
  let refused = 0;
  for (let round = 0; round < 4000; round++) {
    let bytes = good.slice();
    if (round % 3 === 0) bytes = bytes.slice(0, random() % bytes.length);
    for (let i = 0; i < 1 + (round % 7); i++) {
      if (bytes.length > 0) bytes[random() % Math.min(bytes.length, round % 2 ? 64 : bytes.length)] = random() & 255;
    }
    try {
      decode(bytes.buffer);
    } catch (error) {
      assert.ok(error instanceof FrameError, `round ${round}: ${error}`);
      refused++;
    }
  }
  assert.ok(refused > 500, `only ${refused} of 4000 damaged frames were refused`);
});
