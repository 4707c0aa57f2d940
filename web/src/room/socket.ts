// A page's connection to its room: hello, whole states, an acknowledgement when one is on the screen, reconnection.

export interface Question {
  number: number;
  open: boolean;
  revealed: boolean;
  counts?: number[];
  /** How many chose each place of the trace, where somebody chose one. */
  places?: number[];
  answered?: number;
}

/** Where the presenter is. */
export interface Move {
  source: string;
  trace: string;
  outcome: number;
  step: number;
  steps: number;
  playing: boolean;
  speed: number;
  spotlight?: string;
  hold?: boolean;
}

/** The whole of a room, as the server orders it: a smaller rev is older. */
export interface RoomState extends Move {
  room: string;
  rev: number;
  gather: number;
  question?: Question;
  presenter: boolean;
  followers?: number;
  inStep?: number;
  exploring?: number;
}

/** The predictions in the order of a question's counts; their words stand on the page. */
export const choices = ["answered", "http-error", "refused", "no-answer", "name-not-found"];

export interface RoomEvents {
  /** What the first message holds beside its type. */
  hello: () => Record<string, string>;
  /** Called with every state; `done` is called when it is on the screen. */
  state: (state: RoomState, done: () => void) => void;
  key?: (key: string) => void;
  link: (up: boolean) => void;
  /** The room does not want this page, or is gone: it does not come back by itself. */
  over: (code: number, reason: string) => void;
}

/** Codes after which coming back would meet the same answer. */
export const over = { notYours: 4403, gone: 4404, replaced: 4409 };
const silence = 25_000;

export class RoomSocket {
  private socket: WebSocket | null = null;
  private attempt = 0;
  private timer = 0;
  private watchdog = 0;
  private closed = false;

  constructor(
    readonly code: string,
    private readonly events: RoomEvents,
  ) {
    window.addEventListener("online", this.again);
    document.addEventListener("visibilitychange", this.again);
    this.open();
  }

  send(message: object): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  close(): void {
    this.closed = true;
    window.removeEventListener("online", this.again);
    document.removeEventListener("visibilitychange", this.again);
    this.drop();
  }

  /** A phone that wakes up does not wait for its turn. */
  private readonly again = (): void => {
    if (!document.hidden && !this.closed && !this.socket) this.open();
  };

  private open(): void {
    clearTimeout(this.timer);
    const url = new URL(`room/${this.code}/ws`, document.baseURI);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(url);
    this.socket = socket;
    this.listen();
    socket.onopen = () => this.send({ type: "hello", ...this.events.hello() });
    socket.onmessage = e => {
      if (this.socket !== socket) return;
      this.listen();
      this.told(socket, e.data as string);
    };
    socket.onclose = e => {
      if (this.socket !== socket) return;
      if (Object.values(over).includes(e.code)) {
        this.close();
        this.events.over(e.code, e.reason);
      } else this.lost();
    };
  }

  private told(socket: WebSocket, data: string): void {
    const message = JSON.parse(data) as RoomState & { type: string; key?: string };
    if (message.type === "welcome") {
      this.attempt = 0;
      if (message.key) this.events.key?.(message.key);
      this.events.link(true);
    } else if (message.type === "state") {
      let said = false;
      this.events.state(message, () => {
        if (said) return;
        said = true;
        if (this.socket === socket) this.acknowledge(message.rev);
      });
    }
  }

  /** What the phone says beside the revision is for the presenter's counts. */
  exploring: boolean | null = null;

  private acknowledge(rev: number): void {
    this.send(this.exploring === null ? { type: "ack", rev } : { type: "ack", rev, exploring: this.exploring });
  }

  private listen(): void {
    clearTimeout(this.watchdog);
    this.watchdog = window.setTimeout(() => this.lost(), silence);
  }

  private drop(): void {
    clearTimeout(this.watchdog);
    clearTimeout(this.timer);
    const old = this.socket;
    this.socket = null;
    old?.close();
  }

  private lost(): void {
    this.drop();
    if (this.closed) return;
    this.events.link(false);
    const wait = Math.min(8000, 250 * 2 ** this.attempt) * (0.5 + Math.random());
    this.attempt = Math.min(this.attempt + 1, 6);
    this.timer = window.setTimeout(() => this.open(), wait);
  }
}
