// Decodes binary frames (internal/wire/frame.go). Columns are read in place as typed arrays. Whatever arrives, decode
// returns a Frame or throws a FrameError; nothing else, and never an array that reaches beyond the message.

import {
  Magic,
  type Objects,
  Protocol,
  SectionEndpointStates,
  SectionEndpoints,
  SectionEndpointsGone,
  SectionObjects,
  SectionPodStates,
  SectionPods,
  SectionPodsGone,
} from "./wire.ts";

export class FrameError extends Error {}

export interface PodColumns {
  n: number;
  slot: Uint32Array;
  class: Uint32Array;
  node: Uint32Array;
  ip: Uint32Array;
  created: Uint32Array;
  state: Uint8Array;
  names: string[];
}

export interface EndpointColumns {
  n: number;
  slot: Uint32Array;
  service: Uint32Array;
  pod: Uint32Array;
  ip: Uint32Array;
  state: Uint8Array;
}

export interface StateColumns {
  n: number;
  slot: Uint32Array;
  state: Uint8Array;
}

export type Section =
  | { type: "objects"; objects: Objects }
  | { type: "pods"; pods: PodColumns }
  | { type: "podStates"; states: StateColumns }
  | { type: "podsGone"; slots: Uint32Array }
  | { type: "endpoints"; endpoints: EndpointColumns }
  | { type: "endpointStates"; states: StateColumns }
  | { type: "endpointsGone"; slots: Uint32Array };

export interface Frame {
  flags: number;
  seq: number;
  serverTime: number;
  sections: Section[];
}

const text = new TextDecoder();

/** Reads one column after the other, each padded to four bytes. */
class Reader {
  private at: number;
  constructor(
    private readonly buffer: ArrayBuffer,
    start: number,
    private readonly end: number,
  ) {
    this.at = start;
  }

  count(): number {
    return this.u32(1)[0] ?? 0;
  }

  u32(n: number): Uint32Array {
    this.need(n * 4);
    const column = new Uint32Array(this.buffer, this.at, n);
    this.at += n * 4;
    return column;
  }

  u8(n: number): Uint8Array {
    this.need(n);
    const column = new Uint8Array(this.buffer, this.at, n);
    this.at = Math.min(this.end, this.at + ((n + 3) & ~3));
    return column;
  }

  rest(): Uint8Array {
    return new Uint8Array(this.buffer, this.at, this.end - this.at);
  }

  private need(bytes: number): void {
    if (bytes > this.end - this.at) throw new FrameError(`a column of ${bytes} bytes reaches beyond its section`);
  }
}

function pods(r: Reader): PodColumns {
  const n = r.count();
  const columns = {
    n,
    slot: r.u32(n),
    class: r.u32(n),
    node: r.u32(n),
    ip: r.u32(n),
    created: r.u32(n),
    state: r.u8(n),
  };
  const lengths = r.u8(n);
  const bytes = r.rest();
  const names: string[] = new Array(n);
  let at = 0;
  for (let i = 0; i < n; i++) {
    const end = at + lengths[i]!;
    if (end > bytes.length) throw new FrameError("the names of the pods are cut off");
    names[i] = text.decode(bytes.subarray(at, end));
    at = end;
  }
  return { ...columns, names };
}

function states(r: Reader): StateColumns {
  const n = r.count();
  return { n, slot: r.u32(n), state: r.u8(n) };
}

function section(type: number, buffer: ArrayBuffer, start: number, end: number): Section | null {
  const r = new Reader(buffer, start, end);
  switch (type) {
    case SectionObjects: {
      const objects: unknown = parse(text.decode(r.rest()));
      if (typeof objects !== "object" || objects === null) throw new FrameError("the objects of a frame are no object");
      return { type: "objects", objects: objects as Objects };
    }
    case SectionPods:
      return { type: "pods", pods: pods(r) };
    case SectionPodStates:
      return { type: "podStates", states: states(r) };
    case SectionPodsGone:
      return { type: "podsGone", slots: r.u32(r.count()) };
    case SectionEndpoints: {
      const n = r.count();
      const endpoints = { n, slot: r.u32(n), service: r.u32(n), pod: r.u32(n), ip: r.u32(n), state: r.u8(n) };
      return { type: "endpoints", endpoints };
    }
    case SectionEndpointStates:
      return { type: "endpointStates", states: states(r) };
    case SectionEndpointsGone:
      return { type: "endpointsGone", slots: r.u32(r.count()) };
    default:
      return null; // a later server may send more; what is unknown is not needed
  }
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw new FrameError("the objects of a frame are no JSON");
  }
}

/** Decodes one binary message. Throws FrameError where it is not one of this protocol. */
export function decode(buffer: ArrayBuffer): Frame {
  if (buffer.byteLength < 16) throw new FrameError("a frame has at least 16 bytes");
  const view = new DataView(buffer);
  if (view.getUint8(0) !== Magic) throw new FrameError("not a frame");
  if (view.getUint8(1) !== Protocol) throw new FrameError(`protocol ${view.getUint8(1)}, this page speaks ${Protocol}`);
  const frame: Frame = {
    flags: view.getUint16(2, true),
    seq: view.getUint32(4, true),
    serverTime: view.getFloat64(8, true),
    sections: [],
  };
  let at = 16;
  while (at < buffer.byteLength) {
    if (buffer.byteLength - at < 8) throw new FrameError("a section's head is cut off");
    const type = view.getUint8(at);
    const length = view.getUint32(at + 4, true);
    const start = at + 8;
    if (length > buffer.byteLength - start) throw new FrameError("a section reaches beyond its frame");
    const s = section(type, buffer, start, start + length);
    if (s) frame.sections.push(s);
    at = start + ((length + 3) & ~3);
  }
  return frame;
}
