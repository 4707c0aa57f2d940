// Who takes part in a trace, and how each of them looks at a step.

import type { Document } from "./documents.ts";
import type { Looks } from "./draw/things.ts";
import { type Cast, proxyOf, type Scene } from "./layout/scene.ts";
import type { Pod } from "./store.ts";
import { keyOf, type Outcome, refOf, type Step, stopOf, type Trace } from "./trace.ts";
import { PhaseRunning, PodReady } from "./wire.ts";
import { say } from "./words.ts";

const drawn = new Set(["Pod", "Node", "Service", "Ingress", "Gateway", "Host", "Resolver", "Router", "LoadBalancer"]);
const ticketKinds = new Set(["rules.dnat", "rules.masquerade"]);

/** The steps of one outcome, in order; unknown ids are left out. */
export function stepsOf(trace: Trace, outcome: Outcome | undefined): Step[] {
  if (!outcome) return trace.steps;
  const byID = new Map(trace.steps.map(s => [s.id, s]));
  return outcome.steps.map(id => byID.get(id)).filter((s): s is Step => s !== undefined);
}

/** All that take part, the chosen outcome's first, in the order of appearance. */
export function castOf(trace: Trace, steps: Step[]): Cast {
  const keys: string[] = [];
  const add = (key: string) => {
    if (!keys.includes(key)) keys.push(key);
  };
  const tickets = new Map<string, number>();
  const main = new Set(steps.map(s => keyOf(s.at)));
  for (const s of [...steps, ...trace.steps]) {
    if (drawn.has(s.at.kind) || s.at.kind === "Network") add(keyOf(s.at));
    if (s.at.kind === "Gateway") add(proxyOf(keyOf(s.at)));
    for (const e of s.evidence ?? []) {
      if (e.kind === "Ingress" || e.kind === "Gateway" || (e.kind === "Service" && !s.kind.startsWith("dns.")))
        add(keyOf(e));
    }
  }
  for (const o of trace.outcomes) {
    if (o.backend)
      add(keyOf({ kind: o.backend.kind || "Service", namespace: o.backend.namespace ?? "", name: o.backend.name }));
    if (o.endpoint?.pod) add(`Pod/${o.endpoint.namespace}/${o.endpoint.pod}`);
    if (o.endpoint?.node) add(`Node/${o.endpoint.node}`);
  }
  // Those of a look-up go when its answer is there, and need their room until then.
  const hang = steps.flatMap((s, i) => (ticketKinds.has(s.kind) ? ticketsOf(steps, i) : []));
  for (const t of hang) tickets.set(t.node, Math.max(tickets.get(t.node) ?? 0, t.place + 1));
  return { keys, main, tickets, guests: guestsOf(trace) };
}

/** Who takes part as the trace knows it, drawn as ghosts where the map has no such pod: clients made for one request, and
 * pods that are gone since a frozen answer was given. Who has no known node is left out. */
function guestsOf(trace: Trace): Map<string, Pod> {
  const guests = new Map<string, Pod>();
  const { from } = trace.request;
  const add = (key: string, ip: string, node: string) => {
    if (!node || guests.has(key)) return;
    const { namespace = "", name } = refOf(key);
    const once = key === keyOf(from) && /\bkubectl\s+(run|debug)\b/.test(trace.request.command);
    guests.set(key, {
      slot: -1 - guests.size,
      key,
      name,
      class: { id: 0, namespace, labels: "", ports: [] },
      node,
      ip,
      created: 0,
      state: PhaseRunning | PodReady,
      ghost: once ? "one-shot" : "gone",
    });
  };
  if (from.kind === "Pod") add(keyOf(from), from.ip, from.node);
  for (const { endpoint: e } of trace.outcomes) if (e?.pod) add(`Pod/${e.namespace}/${e.pod}`, e.ip, e.node);
  return guests;
}

export interface Ticket {
  node: string;
  leg: number;
  field: "to" | "from";
  old: string;
  now: string;
  /** The reply came by: the address was put back. */
  turned: boolean;
  current: boolean;
  place: number;
}

/** The tickets that hang at nodes when step `at` is reached. Those of DNS go when the answer is there. */
export function ticketsOf(steps: Step[], at: number): Ticket[] {
  const dns = new Set(steps.filter(s => s.kind.startsWith("dns.")).map(s => s.leg));
  const leg = steps[at]?.leg ?? 0;
  const all: Ticket[] = [];
  steps.slice(0, at + 1).forEach((s, i) => {
    if (dns.has(s.leg) && s.leg !== leg) return;
    const node = keyOf(s.at);
    if (s.at.kind === "Node" && s.before && s.after) {
      if (ticketKinds.has(s.kind)) {
        const pairs: ["to" | "from", string, string][] = [
          ["to", s.before.dst, s.after.dst],
          ["from", s.before.src, s.after.src],
        ];
        for (const [field, old, now] of pairs) {
          if (old === now) continue;
          const place = all.filter(t => t.node === node).length;
          all.push({ node, leg: s.leg, field, old, now, turned: false, current: i === at, place });
        }
      }
      if (s.kind === "reply.undnat" || s.kind === "reply.unmasquerade") {
        const field = s.kind === "reply.undnat" ? "to" : "from";
        for (const t of all) {
          if (t.node === node && t.leg === s.leg && t.field === field)
            Object.assign(t, { turned: true, current: i === at });
        }
      }
    }
  });
  return all.filter(t => t.place < 2);
}

/** How everything looks when step `at` of the steps is reached. */
export function looksAt(trace: Trace, outcome: Outcome | undefined, steps: Step[], at: number, scene: Scene): Looks {
  const looks: Looks = { classes: new Map(), rows: new Map(), doors: new Set(), gates: new Map(), ends: endsOf(trace) };
  const stop = stopOf(steps, outcome?.class ?? "");
  // A finished look-up steps back again: the request itself is what is lit.
  const dns = new Set(steps.filter(s => s.kind.startsWith("dns.")).map(s => s.leg));
  const leg = steps[at]?.leg;
  steps.slice(0, at + 1).forEach((s, i) => {
    if (dns.has(s.leg) && s.leg !== leg) return;
    const key = s.at.kind === "Gateway" ? proxyOf(keyOf(s.at)) : keyOf(s.at);
    if (drawn.has(s.at.kind) && !/stopped/.test(looks.classes.get(key) ?? "")) looks.classes.set(key, "lit");
    const stops = i === stop;
    if (s.kind === "policy.ingress") looks.gates.set(key, stops ? "closed" : "open");
    if (s.kind === "door") {
      const port = (s.before ?? s.after)?.dst.split(":").at(-1);
      looks.doors.add(`${key}:${port}`);
    }
    if (s.kind.startsWith("rules.") && !s.kind.startsWith("rules.masq")) {
      for (const e of s.evidence ?? []) if (e.kind === "Service") looks.classes.set(keyOf(e), "lit");
    }
    if (s.kind === "proxy.match" || s.kind === "proxy.answer") matched(looks, trace, outcome, s, scene);
    if (stops && s.kind !== "policy.ingress" && drawn.has(s.at.kind)) looks.classes.set(key, "lit stopped");
  });
  const now = steps[at];
  if (now) {
    const key = now.at.kind === "Gateway" ? proxyOf(keyOf(now.at)) : keyOf(now.at);
    looks.classes.set(key, `${looks.classes.get(key) ?? ""} now`.trim());
  }
  return looks;
}

function endsOf(trace: Trace): Set<string> {
  const ends = new Set<string>();
  for (const { endpoint: e } of trace.outcomes) if (e?.pod) ends.add(`Pod/${e.namespace}/${e.pod}`);
  return ends;
}

function matched(looks: Looks, trace: Trace, outcome: Outcome | undefined, s: Step, scene: Scene): void {
  for (const e of s.evidence ?? []) {
    if (e.kind !== "Ingress" && e.kind !== "Gateway") continue;
    const box = scene.documents.find(d => d.key === keyOf(e));
    if (!box) continue;
    const rows = e.kind === "Gateway" ? routeRows(box.document, s) : rowsOf(box.document, trace, outcome, s);
    looks.rows.set(box.key, rows);
    looks.classes.set(box.key, rows.won >= 0 ? "lit" : "");
  }
}

/** The row that won, and two words for each that lost. */
function rowsOf(
  i: Document,
  trace: Trace,
  outcome: Outcome | undefined,
  s: Step,
): { won: number; why: Map<number, string> } {
  const http = s.before?.http ?? s.after?.http;
  const host = (http?.headers?.Host ?? trace.request.host ?? "").replace(/:\d+$/, "");
  const asked = (http?.path ?? "/").replace(/\?.*$/, "");
  const backend = outcome?.backend ? `Service/${outcome.backend.namespace}/${outcome.backend.name}` : "";
  const why = new Map<number, string>();
  let won = -1;
  let length = -1;
  i.rows.forEach((row, n) => {
    const hostFits =
      row.host === "" || row.host === host || (row.host.startsWith("*.") && host.endsWith(row.host.slice(1)));
    const pathFits = row.pathType === "Exact" ? asked === row.path : prefix(row.path, asked);
    if (!hostFits) why.set(n, say("document.host-differs"));
    else if (!pathFits) why.set(n, say("document.path-differs"));
    else why.set(n, say("document.shorter-path"));
    const mine = backend === "" || row.service === backend;
    if (hostFits && pathFits && mine && row.path.length > length) {
      won = n;
      length = row.path.length;
    }
  });
  return { won, why };
}

/** The row of a gateway that won, and why others lost: the trace says both. */
function routeRows(d: Document, s: Step): { won: number; why: Map<number, string> } {
  const why = new Map<number, string>();
  let won = -1;
  const tried = new Map<string, string[]>();
  for (const t of s.tried ?? []) {
    if (!t.object) continue;
    const name = named(t.object);
    const said = tried.get(name);
    if (said) said.push(t.why);
    else tried.set(name, [t.why]);
  }
  d.rows.forEach((row, n) => {
    if (won < 0 && s.rule?.where === row.where && s.rule.text.endsWith(` ${row.match}`)) {
      won = n;
      return;
    }
    const of = tried.get(row.where.replace(/, spec\.rules.*$/, "")) ?? [];
    const said = of.find(w => w.includes(` ${row.match}: `)) ?? of.find(w => !w.includes(": "));
    if (said) why.set(n, said.split(": ").at(-1)!);
  });
  return { won, why };
}

function named(o: { kind: string; namespace?: string; name: string }): string {
  return `${o.kind} ${o.namespace ? `${o.namespace}/` : ""}${o.name}`;
}

function prefix(path: string, asked: string): boolean {
  const p = path.replace(/[($].*$/, "").replace(/\/$/, "");
  return p === "" || asked === p || asked.startsWith(`${p}/`);
}
