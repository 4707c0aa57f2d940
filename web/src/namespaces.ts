// The choice of namespaces follows the cluster.

import { maybe } from "./dom.ts";
import type { Store } from "./store.ts";
import { say } from "./words.ts";

export function listNamespaces(store: Store, chosen: string): void {
  const select = maybe<HTMLSelectElement>("namespaces");
  if (!select) return;
  const names = [...store.namespaces.values()].map(n => n.name).sort();
  const key = names.join();
  if (select.dataset.names === key) return;
  select.dataset.names = key;
  select.replaceChildren(new Option(say("namespaces.all"), ""), ...names.map(n => new Option(n, n)));
  select.value = names.includes(chosen) ? chosen : "";
}
