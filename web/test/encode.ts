// Writes frames the way the server does, for tests.

import {
  Magic,
  NoNode,
  NoPod,
  type Objects,
  Protocol,
  SectionEndpoints,
  SectionObjects,
  SectionPods,
} from "../src/wire.ts";

export interface PodRow {
  slot: number;
  class: number;
  node?: number;
  ip?: string;
  created?: number;
  state: number;
  name: string;
}

export interface EndpointRow {
  slot: number;
  service: number;
  pod?: number;
  ip?: string;
  state: number;
}

const utf8 = new TextEncoder();

function ipNumber(ip: string | undefined): number {
  return ip ? ip.split(".").reduce((n, part) => n * 256 + Number(part), 0) : 0;
}

class Bytes {
  private parts: Uint8Array[] = [];
  u32(...values: number[]): this {
    const out = new Uint8Array(values.length * 4);
    const view = new DataView(out.buffer);
    values.forEach((v, i) => {
      view.setUint32(i * 4, v, true);
    });
    this.parts.push(out);
    return this;
  }
  u8(...values: number[]): this {
    return this.raw(Uint8Array.from(values));
  }
  raw(bytes: Uint8Array): this {
    this.parts.push(bytes, new Uint8Array((4 - (bytes.length % 4)) % 4));
    return this;
  }
  whole(): Uint8Array {
    const out = new Uint8Array(this.parts.reduce((n, p) => n + p.length, 0));
    let at = 0;
    for (const p of this.parts) {
      out.set(p, at);
      at += p.length;
    }
    return out;
  }
}

export function podsSection(rows: PodRow[]): [number, Uint8Array] {
  const names = rows.map(r => utf8.encode(r.name));
  const b = new Bytes()
    .u32(rows.length)
    .u32(...rows.map(r => r.slot))
    .u32(...rows.map(r => r.class))
    .u32(...rows.map(r => r.node ?? NoNode))
    .u32(...rows.map(r => ipNumber(r.ip)))
    .u32(...rows.map(r => r.created ?? 0))
    .u8(...rows.map(r => r.state))
    .u8(...names.map(n => n.length))
    .raw(Uint8Array.from(names.flatMap(n => [...n])));
  return [SectionPods, b.whole()];
}

export function endpointsSection(rows: EndpointRow[]): [number, Uint8Array] {
  const b = new Bytes()
    .u32(rows.length)
    .u32(...rows.map(r => r.slot))
    .u32(...rows.map(r => r.service))
    .u32(...rows.map(r => r.pod ?? NoPod))
    .u32(...rows.map(r => ipNumber(r.ip)))
    .u8(...rows.map(r => r.state));
  return [SectionEndpoints, b.whole()];
}

export function statesSection(type: number, rows: { slot: number; state: number }[]): [number, Uint8Array] {
  return [
    type,
    new Bytes()
      .u32(rows.length, ...rows.map(r => r.slot))
      .u8(...rows.map(r => r.state))
      .whole(),
  ];
}

export function goneSection(type: number, slots: number[]): [number, Uint8Array] {
  return [type, new Bytes().u32(slots.length, ...slots).whole()];
}

export function objectsSection(objects: Partial<Objects>): [number, Uint8Array] {
  return [SectionObjects, utf8.encode(JSON.stringify(objects))];
}

export function frame(seq: number, flags: number, ...sections: [number, Uint8Array][]): ArrayBuffer {
  const head = new Uint8Array(16);
  const view = new DataView(head.buffer);
  view.setUint8(0, Magic);
  view.setUint8(1, Protocol);
  view.setUint16(2, flags, true);
  view.setUint32(4, seq, true);
  view.setFloat64(8, 1_700_000_000_000, true);
  const b = new Bytes().raw(head);
  for (const [type, payload] of sections) {
    b.u32(type, payload.length).raw(payload);
  }
  return b.whole().buffer as ArrayBuffer;
}
