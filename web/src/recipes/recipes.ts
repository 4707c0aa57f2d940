// "How do I reach this?": which things can be asked about, and how the server is asked. What works is the server's word.

import { refOf } from "../trace.ts";

const kinds = new Set(["Pod", "Service", "Node", "Ingress", "Gateway"]);

/** The query for a thing of the map; empty where nobody asks how to reach it. */
export function recipeQuery(key: string): string {
  const ref = refOf(key);
  if (!kinds.has(ref.kind) || ref.name === "") return "";
  return new URLSearchParams({ kind: ref.kind, namespace: ref.namespace ?? "", name: ref.name }).toString();
}
