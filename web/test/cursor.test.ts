import assert from "node:assert/strict";
import { test } from "node:test";
import { cellsOf } from "../src/draw/cells.ts";
import { cellOf, next } from "../src/draw/cursor.ts";
import type { LaneBox, Scene } from "../src/layout/scene.ts";
import type { Pod } from "../src/store.ts";

function pod(name: string, slot: number): Pod {
  const cls = { id: 0, namespace: "d", labels: "", ports: [] };
  return { slot, key: `Pod/d/${name}`, name, class: cls, node: "n", ip: "", created: 0, state: 0 };
}

/** Two nodes one above the other: 25 cells in rows of ten beside the first, seven beside the second. */
function picture() {
  const field = (y: number, prefix: string, n: number) => ({
    x: 200,
    y,
    w: 100,
    h: 80,
    cell: 10,
    pods: Array.from({ length: n }, (_, i) => pod(`${prefix}${i}`, n - i)),
  });
  const lanes = [field(0, "a", 25), field(100, "b", 7)].map(f => ({ field: f }) as unknown as LaneBox);
  const things = [
    { key: "Node/a", x: 0, y: 0, w: 150, h: 80 },
    { key: "Node/b", x: 0, y: 100, w: 150, h: 80 },
  ];
  return { scene: { lanes } as unknown as Scene, things };
}

const ways = [
  [1, 0],
  [-1, 0],
  [0, 1],
  [0, -1],
] as const;

test("arrows lead to every cell and every thing, from wherever one is", () => {
  const { scene, things } = picture();
  const seen = new Set(["Node/a"]);
  for (const from of seen) for (const [dx, dy] of ways) seen.add(next(scene, things, from, dx, dy) ?? from);
  assert.equal(seen.size, 25 + 7 + 2);
});

test("within a field an arrow leads to the neighbour, and back again", () => {
  const { scene, things } = picture();
  const cells = cellsOf(scene.lanes[0]!.field!).map(p => p.key);
  assert.equal(next(scene, things, cells[11]!, 1, 0), cells[12]);
  assert.equal(next(scene, things, cells[11]!, 0, 1), cells[21]);
  assert.equal(next(scene, things, cells[21]!, 0, -1), cells[11]);
});

test("from a field one leaves at its edges: to its node, and to the cells below", () => {
  const { scene, things } = picture();
  const [a, b] = scene.lanes.map(l => cellsOf(l.field!).map(p => p.key));
  assert.equal(next(scene, things, a![10]!, -1, 0), "Node/a");
  assert.equal(next(scene, things, "Node/b", 1, 0), b![0]);
  assert.equal(next(scene, things, a![22]!, 0, 1), b![2]);
  assert.equal(next(scene, things, b![3]!, 0, -1), a![23]);
  assert.equal(next(scene, things, a![9]!, 1, 0), null);
});

test("a pod that is no cell has none", () => {
  assert.equal(cellOf(picture().scene, "Pod/d/nobody"), null);
});
