// What belongs to a thing of the map: the endpoints of a service, the services of a document.

import { documentsOf } from "./documents.ts";
import type { Rect, Scene } from "./layout/scene.ts";
import type { Store } from "./store.ts";
import { refOf } from "./trace.ts";

const documentKinds = new Set(["Ingress", "Gateway", "HTTPRoute", "GRPCRoute"]);

export function linksOf(key: string, scene: Scene, store: Store): { box: Rect; ready: boolean }[] {
  const ref = refOf(key);
  const to: { box: Rect; ready: boolean }[] = [];
  if (ref.kind === "Service") {
    for (const { pod, ready } of store.podsOf(key)) {
      const box = scene.byKey.get(pod.key);
      if (box) to.push({ box, ready });
    }
  }
  if (documentKinds.has(ref.kind)) {
    for (const row of documentsOf(store).find(d => d.key === key)?.rows ?? []) {
      const box = scene.byKey.get(row.service);
      if (box) to.push({ box, ready: !row.missing });
    }
  }
  return to;
}
