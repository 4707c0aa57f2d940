// The websocket: hello, frames, acknowledgement after paint, reconnection with jitter, resume. One file knows the socket.

import { decode, FrameError } from "./decode.ts";
import type { Scheduler } from "./scheduler.ts";
import type { Store } from "./store.ts";
import { type ClientHello, FlagMore, HeartbeatSeconds, type Hello, Protocol } from "./wire.ts";
import { say } from "./words.ts";

export type Link = "connecting" | "live" | "lost";

export interface LinkState {
  link: Link;
  /** performance.now() since it is in this state. */
  since: number;
  /** When the next attempt is due, as performance.now(); 0 while connected. */
  retryAt: number;
  error: string;
}

export interface ConnectOptions {
  store: Store;
  scheduler: Scheduler;
  build: string;
  source: () => string;
  onHello: (hello: Hello) => void;
  onFrame: () => void;
  onState: (state: LinkState) => void;
  /** Whether what comes is not drawn for now. */
  unseen: () => boolean;
}

/** After a picture was painted, so many ms pass before another is asked for: what changes all the time is drawn four times a
 * second, what changes once at once. */
const calm = 250;
const silence = (HeartbeatSeconds * 2 + 2) * 1000;

export class Connection {
  state: LinkState = { link: "connecting", since: performance.now(), retryAt: 0, error: "" };
  private socket: WebSocket | null = null;
  private epoch = "";
  private wholeSeq = 0;
  private attempt = 0;
  private timer = 0;
  private watchdog = 0;
  private stopped = false;

  constructor(private readonly o: ConnectOptions) {
    document.addEventListener("visibilitychange", () => this.look());
    window.addEventListener("online", () => this.retryNow());
  }

  open(): void {
    clearTimeout(this.timer);
    if (this.stopped) return;
    const url = new URL("ws", document.baseURI);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    url.search = "";
    url.hash = "";
    const socket = new WebSocket(url);
    this.socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      const hello: ClientHello = { type: "hello", protocol: Protocol, build: this.o.build };
      const source = this.o.source();
      if (source) hello.source = source;
      const token = sessionStorage.getItem("kubestrata-token");
      if (token) hello.token = token;
      if (this.epoch && this.wholeSeq) hello.resume = { epoch: this.epoch, seq: this.wholeSeq };
      this.send(hello);
      if (this.o.unseen()) this.look();
      this.listen();
    };
    socket.onmessage = e => {
      if (this.socket !== socket) return;
      this.listen();
      if (typeof e.data === "string") this.hello(e.data);
      else this.frame(e.data as ArrayBuffer);
    };
    socket.onclose = e => {
      if (this.socket === socket) this.lost(e.reason);
    };
  }

  /** Says whether anybody looks: who does not gets little. */
  look(): void {
    this.send({ type: "visibility", hidden: this.o.unseen() });
  }

  /** Forgets what is shown and connects anew, to another source. */
  restart(): void {
    this.epoch = "";
    this.wholeSeq = 0;
    this.attempt = 0;
    this.drop();
    this.o.store.clear();
    this.open();
  }

  retryNow(): void {
    if (this.state.link === "lost") this.open();
  }

  /** Closes the socket as a broken line would: for tests of the reconnection. */
  cut(): void {
    this.socket?.close();
  }

  private hello(data: string): void {
    let hello: Hello;
    try {
      hello = JSON.parse(data) as Hello;
    } catch {
      return;
    }
    if (hello.type !== "hello") return;
    if (hello.reload || hello.protocol !== Protocol) {
      this.stopped = true;
      reloadOnce(hello.build);
      return;
    }
    if (hello.error) {
      this.o.onHello(hello);
      this.set("lost", hello.error);
      return;
    }
    if (!hello.resumed || hello.epoch !== this.epoch) {
      this.wholeSeq = 0;
      this.o.store.clear();
    }
    this.epoch = hello.epoch;
    this.attempt = 0;
    this.set("live", "");
    this.o.onHello(hello);
  }

  private frame(buffer: ArrayBuffer): void {
    const received = performance.now();
    try {
      const frame = decode(buffer);
      this.o.store.apply(frame);
      if (frame.sections.length > 0) this.o.onFrame();
      this.acknowledge(frame.seq, received, (frame.flags & FlagMore) === 0);
    } catch (error) {
      if (!(error instanceof FrameError)) console.error(error);
      // A picture that cannot be read is asked for again as a whole.
      this.epoch = "";
      this.wholeSeq = 0;
      this.socket?.close();
    }
  }

  /** Acknowledges after the frame was painted; where nothing is painted it says so. */
  private acknowledge(seq: number, received: number, whole: boolean): void {
    let sent = false;
    const done = (painted: number, hidden: boolean) => {
      if (sent) return;
      sent = true;
      if (whole) this.wholeSeq = seq;
      const waited = performance.now() - painted;
      this.send({ type: "ack", seq, received, painted, waited, ...(hidden ? { hidden: true } : {}) });
    };
    if (this.o.unseen()) {
      done(performance.now(), true);
      return;
    }
    // What changes nothing in sight (a status, a heartbeat) needs no frame: an idle page has none.
    if (this.o.scheduler.idle) {
      done(performance.now(), false);
      return;
    }
    const soon = !whole || this.wholeSeq === 0; // parts of a large picture, and the first one
    // The message is posted behind the frame's rendering, so that it arrives when the pixels are there.
    this.o.scheduler.ask("after", `ack-${seq}`, () => {
      const channel = new MessageChannel();
      channel.port1.onmessage = () => {
        const painted = performance.now();
        if (soon) done(painted, false);
        else setTimeout(() => done(painted, false), calm);
      };
      channel.port2.postMessage(0);
    });
    setTimeout(() => document.hidden && done(performance.now(), true), 500);
  }

  private send(message: object): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  /** Whoever hears nothing for much longer than the server's heartbeat has lost it, whatever the socket says. */
  private listen(): void {
    clearTimeout(this.watchdog);
    this.watchdog = window.setTimeout(() => this.lost(say("server.silent")), silence);
  }

  private drop(): void {
    clearTimeout(this.watchdog);
    clearTimeout(this.timer);
    const old = this.socket;
    this.socket = null;
    old?.close();
  }

  private lost(why: string): void {
    this.drop();
    if (this.stopped) return;
    const wait = Math.min(15000, 400 * 2 ** this.attempt) * (0.5 + Math.random());
    this.attempt = Math.min(this.attempt + 1, 8);
    this.set("lost", why, performance.now() + wait);
    this.timer = window.setTimeout(() => this.open(), wait);
  }

  private set(link: Link, error: string, retryAt = 0): void {
    const since = link === this.state.link ? this.state.since : performance.now();
    this.state = { link, since, retryAt, error };
    this.o.onState(this.state);
  }
}

/** Reloads for a new build, but not in a circle when a proxy keeps serving the old page. */
function reloadOnce(build: string): void {
  const key = "kubestrata-reloaded";
  if (sessionStorage.getItem(key) === build) return;
  sessionStorage.setItem(key, build);
  location.reload();
}
