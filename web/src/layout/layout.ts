// The whole picture in bands, left to right: Internet, LAN, and the cluster with its service network above its pod
// network. Arithmetic only; the same store, slots and view give the same scene.

import type { Store } from "../store.ts";
import { planLanes } from "./lanes.ts";
import { lanBottomFor, outsiders, planOutside } from "./outside.ts";
import type { LaneBox, PodBox, Rect, Scene, View } from "./scene.ts";
import { pitch, wallWidth } from "./scene.ts";
import { planServices } from "./services.ts";
import { Slots } from "./slots.ts";
import { LaneSlots } from "./specs.ts";

export class Layout {
  private readonly lanes = new LaneSlots();
  private readonly services = new Slots();
  private readonly documents = new Slots();
  private readonly internet = new Slots();
  private readonly lan = new Slots();
  /** The last picture was of a part of the cluster: the places that it gave depend on how the parts came. */
  private partial = false;

  /** Gives up all gaps: everything may move. */
  tidy(): void {
    for (const s of [this.services, this.documents, this.internet, this.lan]) s.clear();
    this.lanes.clear();
  }

  arrange(store: Store, view: View): Scene {
    if (this.partial) this.tidy();
    this.partial = !store.whole;
    const cast = view.cast;
    const width = Math.max(view.width, 720);
    const wide = width >= 1200;
    const inCast = new Set(cast?.keys ?? []);
    const far = outsiders(store).filter(o => o.layer === "internet");
    const open = cast ? far.some(o => inCast.has(o.key)) || inCast.has("Network/internet") : far.length > 0;
    const internetW = open ? (wide ? 176 : 140) : 46;
    const leftFace = wide ? 136 : 124;
    const rightFace = wide ? 132 : 116;
    const wall1 = internetW;
    const lanX = wall1 + wallWidth;
    const wireX = lanX + (wide ? 34 : 30);
    const wall2 = wireX + (wide ? 72 : 66) + leftFace;
    const clusterX = wall2 + wallWidth;
    const right = width - 8;

    const band: Rect = { x: clusterX, y: 0, w: width - clusterX, h: 0 };
    const share = cast ? 0.34 : 0.46;
    const plan = planServices(store, band, Math.max(120, view.height * share), view, {
      services: this.services,
      documents: this.documents,
    });
    let serviceH = Math.max(plan.height, 120);
    let top = serviceH + (cast ? 34 : 40);
    const room = {
      top,
      bottom: view.height - 10,
      wireX,
      wall2,
      right,
      leftFace,
      rightFace,
    };
    // Hosts of the LAN stand above the lanes: where there is room the lanes stand lower for them.
    const lanHosts = outsiders(store).filter(o => o.layer === "lan").length;
    const wish = cast ? 0 : lanBottomFor(lanHosts) + 8 - top;
    const lanes = planLanes(store, room, this.lanes, view, wish);
    const lower = (lanes[0]?.y ?? top) - top;
    serviceH += lower;
    top += lower;
    const end = lanes.reduce((y, l) => Math.max(y, l.y + l.h), top);
    const pending = unscheduled(store, view, { x: clusterX + 22, y: end + 14, right }, inCast);
    const last = pending.at(-1) ? pending.at(-1)!.y + pitch.cardH + 12 : end;
    const height = Math.max(view.height, last + 10);
    const lan: Rect = { x: lanX, y: 0, w: wall2 - lanX, h: height };
    const internet = { x: 0, y: 0, w: internetW, h: height, rail: !open };
    const outside = planOutside(
      store,
      { internet, lan, wall1, wireX, lanBottom: (lanes[0]?.y ?? top) - 8 },
      { internet: this.internet, lan: this.lan },
      cast,
    );
    const lastLane = lanes.at(-1);
    const firstY = outside.boxes.find(b => b.layer === "lan" && b.what.kind !== "Router")?.y ?? 60;
    const scene: Scene = {
      width,
      height,
      tracing: cast !== null,
      internet,
      wall1,
      wall2,
      lan,
      service: { ...band, h: serviceH },
      podnet: { x: clusterX, y: serviceH, w: band.w, h: height - serviceH },
      wire: { x: wireX, top: firstY + 20, bottom: lastLane ? lastLane.rules.y + 14 : height - 40 },
      internetX: internetW - 13,
      lanes,
      outside: outside.boxes,
      services: plan.services,
      moreServices: plan.more,
      moreOutside: outside.hidden,
      documents: plan.documents,
      unscheduled: pending,
      byKey: new Map(),
      laneOf: new Map(),
      podOf: new Map(),
    };
    index(scene);
    return scene;
  }
}

/** Pods without a node wait below the lanes. */
function unscheduled(
  store: Store,
  view: View,
  at: { x: number; y: number; right: number },
  inCast: Set<string>,
): PodBox[] {
  const waiting = [...store.pods.values()].filter(
    p => p.node === "" && (view.namespace === "" || p.class.namespace === view.namespace),
  );
  waiting.sort((a, b) => (a.key < b.key ? -1 : 1));
  const w = 190;
  const columns = Math.max(1, Math.floor((at.right - at.x) / (w + pitch.colGap)));
  return waiting.slice(0, columns).map((pod, column) => ({
    key: pod.key,
    pod,
    x: at.x + column * (w + pitch.colGap),
    y: at.y,
    w,
    h: pitch.cardH,
    gutter: at.y + pitch.cardH + 22,
    column,
    dim: view.cast !== null && !inCast.has(pod.key),
  }));
}

function index(scene: Scene): void {
  const put = (box: Rect & { key: string }) => scene.byKey.set(box.key, box);
  for (const b of scene.outside) put(b);
  for (const b of scene.services) put(b);
  for (const b of scene.documents) put(b);
  for (const b of scene.unscheduled) {
    put(b);
    scene.podOf.set(b.key, b);
  }
  for (const lane of scene.lanes) {
    scene.byKey.set(lane.key, lane.card);
    for (const n of lane.nodes) scene.laneOf.set(n.id, lane);
    for (const p of lane.pods) {
      put(p);
      scene.podOf.set(p.key, p);
      scene.laneOf.set(p.key, lane);
    }
    for (const t of [...lane.tombs, ...lane.chips]) put(t);
    for (const m of lane.minis) put(m);
    for (const p of lane.field?.pods ?? []) scene.laneOf.set(p.key, lane);
  }
}

export type { LaneBox };
