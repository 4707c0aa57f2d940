// The service network's things: hexagons and documents. Nothing of it is there but rules, hence dashed.

import type { DocumentRow } from "../documents.ts";
import type { Exposed, Verdict } from "../exposed.ts";
import type { DocumentBox, ServiceBox } from "../layout/scene.ts";
import { doorsOf, rowH } from "../layout/services.ts";
import { fit, widthOf } from "../text.ts";
import type { Listener, Service } from "../wire.ts";
import { count, say } from "../words.ts";
import { badge, badgeWidth, book, glassBadge, hexagon, path, r, rect, text } from "./marks.ts";
import type { Item } from "./svg.ts";
import type { Looks } from "./things.ts";

export function serviceItem(b: ServiceBox, cls: string, exposed?: Exposed): Item {
  const s = b.service;
  const out: string[] = [];
  const rings = s.type === "LoadBalancer" ? 2 : s.type === "NodePort" ? 1 : 0;
  if (s.type === "ExternalName") {
    out.push(path("box virtual", `M0 6H${b.w - 18}L${b.w} ${b.h / 2}L${b.w - 18} ${b.h - 6}H0Z`));
  } else {
    for (let i = rings; i > 0; i--) out.push(path("ring", hexagon(0, 0, b.w, b.h, i * 4.5)));
    out.push(path("box virtual", hexagon(0, 0, b.w, b.h)));
  }
  const port = (s.ports ?? [])[0];
  const ip = (s.clusterIPs ?? [])[0];
  const address =
    s.type === "Headless"
      ? say("no-address")
      : s.type === "ExternalName"
        ? `→ ${s.externalName ?? ""}`
        : `${ip ?? say("answer.none")}${port ? `:${port.port}` : ""}`;
  const shown = fit(s.name, b.w - (s.dns ? 58 : 34), 15);
  if (s.dns) out.push(book(b.w / 2 - widthOf(shown, 15) / 2 - 12, b.h / 2 - 17));
  out.push(text("name mid", b.w / 2 + (s.dns ? 9 : 0), b.h / 2 - 3, shown));
  out.push(text("addr mid", b.w / 2, b.h / 2 + 16, fit(address, b.w - 20, 13, true)));
  if (exposed) out.push(exposureStrip(exposed, b.w, b.h));
  else if (s.pending) out.push(pendingNote(s, b));
  out.push(serviceBadge(s, b.w + 8, -12));
  return {
    key: b.key,
    cls,
    x: b.x,
    y: b.y,
    w: b.w,
    h: b.h,
    markup: out.join(""),
    label: serviceWords(s) + exposureWords(exposed),
  };
}

/** From which networks it can be reached: full, half, empty or a question mark before the name of each. */
function exposureStrip(e: Exposed, w: number, h: number): string {
  const parts: [string, Verdict][] = [
    [say(w < 168 ? "expose.net" : "internet"), e.internet.verdict],
    [say("lan"), e.lan.verdict],
    [say(w < 150 ? "expose.in" : "expose.inside"), e.inside.verdict],
  ];
  const widths = parts.map(([name]) => 17 + widthOf(name, 12) + 7);
  const all = widths.reduce((a, b) => a + b, 0);
  // In place of the address: below would be the rings of the next row.
  const top = h / 2 + 2;
  const out = [rect("expose-box", (w - all) / 2 - 4, top, all + 8, 21, 5)];
  let x = (w - all) / 2 + 2;
  parts.forEach(([name, verdict], i) => {
    const open = verdict === "allowed" || verdict === "partly";
    const cx = x + 6;
    const cy = top + 10.5;
    if (verdict === "unknown") out.push(text("expose-text", cx - 3.5, cy + 4.5, "?"));
    else out.push(`<circle class="expose-ring" cx="${r(cx)}" cy="${cy}" r="4.6"/>`);
    if (verdict === "allowed") out.push(`<circle class="expose-full" cx="${r(cx)}" cy="${cy}" r="4.6"/>`);
    if (verdict === "partly") out.push(path("expose-full", `M${r(cx)} ${cy - 4.6}a4.6 4.6 0 0 0 0 9.2z`));
    out.push(text(`expose-text${open ? " open" : ""}`, x + 15, cy + 4.5, name));
    x += widths[i]!;
  });
  return out.join("");
}

const exposedAs: Record<Verdict, string> = {
  allowed: say("expose.open"),
  partly: say("expose.partly"),
  denied: say("expose.closed"),
  fails: say("expose.closed"),
  unknown: say("expose.untold"),
};

function exposureWords(e: Exposed | undefined): string {
  if (!e) return "";
  return `; ${say("expose.words", exposedAs[e.internet.verdict], exposedAs[e.lan.verdict], exposedAs[e.inside.verdict])}`;
}

/** Why the load balancer does not come, below the hexagon. */
function pendingNote(s: Service, b: ServiceBox): string {
  const whole = s.pending ?? "";
  const words = fit(widthOf(whole, 12) > b.w + 22 ? whole.replaceAll("load-balancer", "LB") : whole, b.w + 22, 12);
  const w = widthOf(words, 12) + 12;
  return rect("note-box", (b.w - w) / 2, b.h - 1, w, 18, 4) + text("note-text", b.w / 2, b.h + 12, words);
}

function serviceBadge(s: Service, x: number, y: number): string {
  if (s.type === "ExternalName") return "";
  const ready = s.ready ?? 0;
  const total = s.total ?? 0;
  const words = total === 0 ? say("service.empty") : ready === total ? `${ready}` : say("answer.place", ready, total);
  const count = badge(total === 0 ? "trouble" : ready < total ? "some" : "", x, y, words);
  if (!s.pending) return count;
  const left = Math.max(total === 0 ? 56 : ready === total ? 26 : 58, badgeWidth(words) + 2.5);
  return glassBadge(x - left, y) + count;
}

export function serviceWords(s: Service): string {
  const pending = s.pending ? `, ${say("service.pending", s.pending)}` : "";
  if (s.type === "ExternalName") return say("service.signpost", s.name, s.externalName ?? "");
  const ready = s.ready ?? 0;
  const total = s.total ?? 0;
  const some =
    total === 0
      ? say("service.no-endpoints")
      : ready === total
        ? count("service.ready", total)
        : count("service.some-ready", total, ready);
  const ip = (s.clusterIPs ?? [])[0];
  const at = ip && s.type !== "Headless" ? `, ${ip}` : "";
  return `${say("service.named", s.name)}, ${s.type}, ${some}${at}${pending}`;
}

export function documentItem(b: DocumentBox, cls: string, looks: Looks): Item {
  const d = b.document;
  const out: string[] = [];
  out.push(path("box virtual", `M0 0H${b.w - 16}L${b.w} 16V${b.h}H0Z`));
  const { rows } = d;
  if (b.rows === 0) {
    const whole = `${d.kind} ${d.name}`;
    const fits = widthOf(whole, 15) <= b.w - 26;
    const doors = d.listeners.length > 0 ? `${listenerWords(d.listeners)} · ` : "";
    const words = (fits ? "" : `${d.kind} · `) + (d.trouble || `${doors}${count("count.rule", rows.length)}`);
    out.push(text("name", 12, b.h / 2 - 3, fits ? whole : fit(d.name, b.w - 26, 15)));
    out.push(text("label", 12, b.h / 2 + 16, fit(words, b.w - 20, 13)));
  } else {
    const by = d.by && !d.trouble ? `${d.kind} ${d.name} · ${say("document.class", d.by)}` : `${d.kind} ${d.name}`;
    out.push(text("name", 12, 22, fit(by, b.w - 34 - (d.trouble ? widthOf(d.trouble, 12) + 20 : 0), 15)));
    if (d.trouble) out.push(badge("trouble", b.w - 20, 7, d.trouble));
    const top = 32 + doorsOf(d);
    if (d.listeners.length > 0) out.push(listeners(d.listeners, b.w - 22));
    if (rows.length === 0)
      out.push(text("label", 12, top + 15, d.kind === "Ingress" ? say("document.no-rules") : say("document.no-route")));
    const won = looks.rows.get(b.key);
    const mono = 12.5;
    const whyW = won ? 92 : 0;
    const shown = shownRows(rows.length, b.rows, won?.won ?? -1);
    const drawn = shown.map(n => rows[n]!);
    const cols = columns(drawn, mono, b.w - 22 - whyW);
    shown.forEach((n, line) => {
      const row = rows[n]!;
      const y = top + line * rowH;
      const is = won?.won === n ? " won" : won ? " lost" : "";
      if (won?.won === n) out.push(rect("row-lit", 5, y, b.w - 10, rowH - 1, 4));
      out.push(
        text(
          `row${is}`,
          cols[0]!,
          y + 15,
          fit(row.host || say("document.any-host"), cols[1]! - cols[0]! - 6, mono, true),
        ),
      );
      out.push(text(`row${is}`, cols[1]!, y + 15, fit(row.path || "/", cols[2]! - cols[1]! - 6, mono, true)));
      const room = b.w - 8 - whyW - cols[2]!;
      out.push(
        text(
          `row backend${is}${row.missing ? " missing" : ""}`,
          cols[2]!,
          y + 15,
          fit(row.missing ? `${row.backend} ?` : row.backend, room, mono, true),
        ),
      );
      const why = won?.why.get(n);
      if (why && won?.won !== n) out.push(text("label end", b.w - 10, y + 15, fit(why, whyW - 4, 12)));
    });
    if (rows.length > b.rows) out.push(text("label end", b.w - 10, b.h - 8, say("more", rows.length - b.rows)));
  }
  const doors = d.listeners.length > 0 ? `, ${listenerWords(d.listeners)}` : "";
  const trouble = d.trouble === say("document.no-controller") ? say("document.unserved") : d.trouble;
  return {
    key: b.key,
    cls: `${cls}${d.trouble ? " unserved" : ""}`,
    x: b.x,
    y: b.y,
    w: b.w,
    h: b.h,
    markup: out.join(""),
    label: `${d.kind} ${d.name}${doors}, ${count("count.rule", rows.length)}${trouble ? `, ${trouble}` : ""}`,
  };
}

/** Which rows are drawn: the first ones, and the one that won in place of the last where it is not among them. */
function shownRows(all: number, room: number, won: number): number[] {
  const shown = Array.from({ length: Math.min(all, room) }, (_, i) => i);
  if (won >= room) shown[room - 1] = won;
  return shown;
}

/** The listeners as doors, side by side; those that do not fit are counted. */
function listeners(list: Listener[], room: number): string {
  const out: string[] = [];
  let x = 12;
  list.forEach((l, i) => {
    if (x < 0) return;
    const port = `:${l.port}`;
    const words = l.host || (list.length > 1 ? "" : say("document.any-host"));
    const doorW = widthOf(port, 12, true) + 14;
    const rest = list.length - i - 1;
    const left = 12 + room - x - (rest > 0 ? 34 : 0);
    if (i > 0 && left < doorW + 40) {
      out.push(text("label", x, 50, `+${rest + 1}`));
      x = -1;
      return;
    }
    const said = l.serves ? words : `${words} ✕`.trim();
    const shown = said ? fit(said, Math.max(20, left - doorW - 8), 12, true) : "";
    out.push(
      `<g class="door listener${l.serves ? "" : " shut"}">${rect("box", x, 33, doorW, 20, 4)}${text("port mid", x + doorW / 2, 47.5, port)}</g>`,
    );
    if (shown) out.push(text("addr small", x + doorW + 6, 47.5, shown));
    x += doorW + (shown ? widthOf(shown, 12, true) + 18 : 8);
  });
  return out.join("");
}

function listenerWords(list: Listener[]): string {
  return list.map(l => (l.serves ? `:${l.port}` : say("document.shut", `:${l.port}`))).join(" ");
}

/** Where the columns of a document begin: as wide as their longest text, and where that is too much, the host gives way. */
function columns(rows: DocumentRow[], mono: number, room: number): number[] {
  const gap = 10;
  const widest = (of: (row: DocumentRow) => string) => Math.max(0, ...rows.map(row => widthOf(of(row), mono, true)));
  const path = Math.min(
    widest(row => row.path || "/"),
    room * 0.34,
  );
  const backend = Math.min(
    widest(row => (row.missing ? `${row.backend} ?` : row.backend)),
    room * 0.42,
  );
  const host = Math.max(
    40,
    Math.min(
      widest(row => row.host || say("document.any-host")),
      room - path - backend - 2 * gap,
    ),
  );
  const spare = Math.max(0, room - host - path - backend - 2 * gap) / 2;
  return [12, 12 + host + gap + spare, 12 + host + path + 2 * (gap + spare)];
}
