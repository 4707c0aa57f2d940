// The drawer answers: the strip of steps, one sentence, what arrives and what leaves, why, and under a failure what the
// client's terminal prints and what to try.

import { byId, copy, fill } from "./dom.ts";
import { shareWords } from "./draw/overlay.ts";
import { back, close, first, forward, last, pause, play } from "./icons.ts";
import { escapeText } from "./text.ts";
import { fails, type Header, keyOf, type Outcome, type Ref, type Step, stopOf, type Trace } from "./trace.ts";

export interface DrawerActions {
  toggle(): void;
  seek(step: number): void;
  back(): void;
  forward(): void;
  speed(): void;
  outcome(i: number): void;
  close(): void;
  share(frozen: boolean): Promise<string>;
  inspect(key: string): void;
  report(): void;
  run(command: string): void;
}

export interface DrawerState {
  trace: Trace;
  outcome: number;
  steps: Step[];
  step: number;
  playing: boolean;
  speed: number;
}

type Tab = "rule" | "object" | "tried" | "evidence";
const tabs: [Tab, string][] = [
  ["rule", "Why"],
  ["object", "Object"],
  ["tried", "Others tried"],
  ["evidence", "Evidence"],
];

export class Drawer {
  private readonly el = byId("player");
  private tab: Tab = "rule";
  private state: DrawerState | null = null;

  constructor(private readonly actions: DrawerActions) {
    this.el.innerHTML =
      `<div class="controls"><div class="transport" role="group" aria-label="Play">` +
      `${button("first", first, "First step (Home)")}${button("back", back, "Step back (←)")}` +
      `${button("toggle", play, "Play (Space)")}${button("forward", forward, "Next step (→)")}${button("last", last, "Last step (End)")}` +
      `<button type="button" class="speed" data-do="speed" title="Speed (1 to 5)">1×</button></div>` +
      `<ol class="strip" aria-label="Steps"></ol><div class="drawer-menu">` +
      `<span class="ways"></span><button type="button" data-do="report" aria-pressed="false">As text</button><button type="button" data-do="share">Share</button>` +
      `${button("close", close, "Close the trace (Esc)")}</div></div><div class="answer">` +
      `<div class="say"></div><div class="headers"></div><div class="why"><div class="tabs" role="tablist" aria-label="More about this step">${tabs
        .map(
          ([id, name]) =>
            `<button type="button" role="tab" id="tab-${id}" data-tab="${id}" aria-controls="tab-panel">${name}</button>`,
        )
        .join("")}</div><div class="panel" id="tab-panel" role="tabpanel" tabindex="0"></div></div></div>`;
    this.el.addEventListener("click", e => this.click(e));
    this.el.querySelector(".tabs")!.addEventListener("keydown", e => this.arrows(e as KeyboardEvent));
  }

  show(state: DrawerState): void {
    const other = this.state?.trace !== state.trace;
    this.state = state;
    if (other) this.tab = "rule";
    const { step, steps, playing } = state;
    byId("drawer").hidden = false;
    const toggle = this.q("[data-do=toggle]");
    if (fill(toggle, playing ? pause : play))
      toggle.setAttribute("aria-label", playing ? "Pause (Space)" : "Play (Space)");
    this.q(".speed").textContent = `${speedText(state.speed)}×`;
    fill(this.q(".strip"), strip(state));
    this.q(".strip .now")?.scrollIntoView({ block: "nearest", inline: "nearest" });
    fill(this.q(".ways"), ways(state));
    const s = steps[step];
    fill(this.q(".say"), s ? say(state, s) : "");
    fill(this.q(".headers"), s ? (this.stopped() ? terminal(state.trace) : "") + middle(this.about(s)) : "");
    this.panel();
    this.el.classList.toggle("failed", this.stopped());
  }

  private stopped(): boolean {
    const s = this.state;
    return s !== null && s.step === s.steps.length - 1 && fails(outcomeClass(s));
  }

  /** Once all is over, what is told is the step that decided. */
  private about(s: Step): Step {
    const { state } = this;
    const stop = state && this.stopped() ? stopOf(state.steps, outcomeClass(state)) : -1;
    return state?.steps[stop] ?? s;
  }

  private panel(): void {
    const state = this.state;
    const s = state?.steps[state.step];
    if (!state || !s) return;
    for (const [id] of tabs) {
      const t = this.q(`#tab-${id}`);
      t.setAttribute("aria-selected", String(id === this.tab));
      t.tabIndex = id === this.tab ? 0 : -1;
    }
    const panel = this.q("#tab-panel");
    panel.setAttribute("aria-labelledby", `tab-${this.tab}`);
    fill(panel, panelMarkup(this.tab, state, this.about(s), this.stopped()));
  }

  private arrows(e: KeyboardEvent): void {
    const move = e.key === "ArrowRight" ? 1 : e.key === "ArrowLeft" ? -1 : 0;
    if (!move) return;
    e.preventDefault();
    e.stopPropagation();
    const i = tabs.findIndex(([id]) => id === this.tab);
    this.tab = tabs[(i + move + tabs.length) % tabs.length]![0];
    this.panel();
    this.q(`#tab-${this.tab}`).focus();
  }

  private click(e: Event): void {
    const target = (e.target as Element).closest<HTMLElement>(
      "[data-do],[data-tab],[data-step],[data-outcome],[data-copy],[data-inspect]",
    );
    const state = this.state;
    if (!target || !state) return;
    const { dataset } = target;
    if (dataset.tab) {
      this.tab = dataset.tab as Tab;
      this.panel();
    } else if (dataset.step) this.actions.seek(Number(dataset.step));
    else if (dataset.outcome) this.actions.outcome(Number(dataset.outcome));
    else if (dataset.inspect) this.actions.inspect(dataset.inspect);
    else if (dataset.copy !== undefined) {
      void copy(dataset.copy).then(() => flash(target, "copied"));
    } else this.act(dataset.do ?? "", target, state);
  }

  private act(what: string, target: HTMLElement, state: DrawerState): void {
    const { actions } = this;
    if (what === "toggle") actions.toggle();
    else if (what === "back") actions.back();
    else if (what === "forward") actions.forward();
    else if (what === "first") actions.seek(0);
    else if (what === "last") actions.seek(state.steps.length - 1);
    else if (what === "speed") actions.speed();
    else if (what === "close") actions.close();
    else if (what === "report") actions.report();
    else if (what === "share") void actions.share(false).then(() => flash(target, "Link copied"));
  }

  private q<T extends HTMLElement = HTMLElement>(selector: string): T {
    return this.el.querySelector<T>(selector)!;
  }
}

function button(what: string, icon: string, label: string): string {
  return `<button type="button" class="round ${what}" data-do="${what}" aria-label="${label}" title="${label}">${icon}</button>`;
}

/** Says on the button itself, for a moment, that it was done. */
function flash(el: HTMLElement, words: string): void {
  const before = el.textContent;
  el.textContent = words;
  el.classList.add("done");
  setTimeout(() => {
    el.textContent = before;
    el.classList.remove("done");
  }, 1600);
}

function speedText(speed: number): string {
  return speed === 0.25 ? "¼" : speed === 0.5 ? "½" : String(speed);
}

function outcomeClass(s: DrawerState): string {
  return s.trace.outcomes[s.outcome]?.class ?? s.trace.verdict.class;
}

/** The stops of the strip. A finished look-up of a name is one stop: the way of the request itself is what counts. */
function strip(state: DrawerState): string {
  const { steps, step } = state;
  const failed = fails(outcomeClass(state));
  const dns = new Set(steps.filter(s => s.kind.startsWith("dns.")).map(s => s.leg));
  const here = steps[step]?.leg;
  const stops: { at: number; title: string; s: Step }[] = [];
  steps.forEach((s, i) => {
    const folded = dns.has(s.leg) && s.leg !== here;
    if (folded && dns.has(steps[i - 1]?.leg ?? -1) && steps[i - 1]?.leg !== here) return;
    stops.push({ at: i, title: folded ? "asks DNS" : s.title || s.kind, s });
  });
  const dense = stops.length > 10;
  return stops
    .map(({ at, title, s }, n) => {
      const current = at === step;
      const end = at === steps.length - 1;
      const cls = [
        current ? "now" : at < step ? "past" : "ahead",
        s.direction === "reply" ? "reply" : "",
        failed && end ? "stop" : "",
        dense && !current ? "unnamed" : "",
        dense && n < 2 ? "at-start" : dense && n > stops.length - 3 ? "at-end" : "",
      ].filter(Boolean);
      const words = escapeText(title);
      return `<li class="${cls.join(" ")}"><button type="button" data-step="${at}" title="${words}" aria-label="Step ${at + 1}: ${words}"${current ? ` aria-current="step"` : ""}><i></i><span>${words}</span></button></li>`;
    })
    .join("");
}

function ways(state: DrawerState): string {
  const all = state.trace.outcomes;
  if (all.length < 2) return "";
  return `<select class="outcomes" aria-label="Which of the ${all.length} ways" data-ways>${all
    .map((o, i) => `<option value="${i}"${i === state.outcome ? " selected" : ""}>${escapeText(wayText(o))}</option>`)
    .join("")}</select>`;
}

function wayText(o: Outcome): string {
  const to = o.endpoint?.pod || o.endpoint?.ip || o.class.replace("-", " ");
  const status = o.httpStatus ? ` ${o.httpStatus}` : "";
  return `${shareWords(o.share)}: ${to}${status}`;
}

export function refText(ref: Ref): string {
  if (ref.kind === "Network")
    return ref.name === "lan" ? "on the LAN" : ref.name === "internet" ? "on the Internet" : `${ref.name} network`;
  const kind =
    ref.kind === "Node"
      ? ""
      : ref.kind === "LoadBalancer"
        ? "load balancer of "
        : ref.kind === "Host"
          ? ""
          : `${ref.kind.toLowerCase()} `;
  return `${kind}${ref.name}`;
}

function say(state: DrawerState, s: Step): string {
  const { step, steps, trace } = state;
  const end = step === steps.length - 1;
  const failed = fails(outcomeClass(state));
  const sure = s.certainty === "certain" ? "" : `<span class="sure">${escapeText(s.certainty)}</span>`;
  let out = `<p class="count"><b>${step + 1} of ${steps.length}</b> <span>${escapeText(refText(s.at))}</span>${sure}</p>`;
  const sentence = end && state.outcome === biggest(trace) ? trace.verdict.sentence : s.sentence;
  out += `<p class="sentence">${escapeText(sentence)}</p>`;
  if (end && state.outcome === biggest(trace) && sentence !== s.sentence && s.sentence && failed && s.kind !== "end")
    out += `<p class="also">${escapeText(s.sentence)}</p>`;
  return out;
}

/** What the person at the terminal sees. */
function terminal(trace: Trace): string {
  const { client } = trace.verdict;
  if (!client?.program) return "";
  const line = client.message
    ? `${client.message}  (exit ${client.exitCode})`
    : `${client.program} exits with ${client.exitCode}`;
  return `<pre class="terminal" aria-label="What the terminal prints">${escapeText(line)}</pre>`;
}

/** The outcome that is followed first: the largest share. */
export function biggest(trace: Trace): number {
  let best = 0;
  trace.outcomes.forEach((o, i) => {
    if (o.share > (trace.outcomes[best]?.share ?? 0) + 1e-9) best = i;
  });
  return best;
}

function middle(s: Step): string {
  const compared = s.compared ?? [];
  if (compared.length > 0 && (s.kind.startsWith("policy.") || !s.before || !s.changed?.length)) {
    const rows = compared
      .slice(0, 6)
      .map(
        c =>
          `<tr class="${c.holds ? "" : "fails"}"><th scope="row">${escapeText(c.what)}</th><td>${mono(c.wanted)}</td><td>${mono(c.got)}</td><td class="holds">${c.holds ? "matches" : "no match"}</td></tr>`,
      );
    return `<table class="compared"><thead><tr><td></td><th scope="col">wanted</th><th scope="col">got</th><td></td></tr></thead><tbody>${rows.join("")}</tbody></table>`;
  }
  const a = s.before;
  const b = s.after ?? s.before;
  if (!a && !b) return "";
  const second = s.kind === "proxy.connect";
  const rows = [row("from", a?.src, b?.src), row("to", a?.dst, b?.dst)];
  if (a?.outer || b?.outer) rows.push(row("envelope", outerText(a), outerText(b)));
  const http = row("http", httpText(a), httpText(b));
  if (http && (httpText(a) || httpText(b))) rows.push(http);
  const heads = second ? ["connection 1", "connection 2"] : ["arrives", "leaves"];
  return `<table class="arrives"><thead><tr><td></td><th scope="col">${heads[0]}</th><th scope="col">${heads[1]}</th></tr></thead><tbody>${rows.join("")}</tbody></table>`;
}

function row(name: string, a: string | undefined, b: string | undefined): string {
  const changed = (a ?? "") !== (b ?? "");
  const after = changed ? `<b>${escapeText(b || "none")}</b>` : `<span class="same">unchanged</span>`;
  return `<tr class="${changed ? "changed" : ""}"><th scope="row">${name}</th><td>${escapeText(a || "none")}</td><td>${after}</td></tr>`;
}

function outerText(h: Header | null): string {
  return h?.outer ? `${h.outer.src} → ${h.outer.dst}` : "";
}

function httpText(h: Header | null): string {
  if (!h?.http) return "";
  if (h.http.status) return `${h.http.status}${h.http.body ? ` ${h.http.body.slice(0, 40)}` : ""}`;
  const host = h.http.headers?.Host;
  const more = Object.keys(h.http.headers ?? {}).filter(k => k.startsWith("X-")).length;
  return `${h.http.method} ${h.http.path}${host ? ` Host: ${host}` : ""}${more ? ` +${more} X-` : ""}`;
}

function mono(text: string): string {
  return `<code>${escapeText(text || "nothing")}</code>`;
}

function panelMarkup(tab: Tab, state: DrawerState, s: Step, stopped: boolean): string {
  if (tab === "rule") return (stopped ? tryMarkup(state.trace) : "") + ruleMarkup(s);
  if (tab === "object") return objectMarkup(state.trace, s);
  if (tab === "tried") {
    const tried = s.tried ?? [];
    if (tried.length === 0) return `<p class="none">Nothing else was tried here.</p>`;
    return `<ul>${tried.map(t => `<li>${t.object ? `${refButton(t.object)} ` : ""}<span>${escapeText(t.why)}</span></li>`).join("")}</ul>`;
  }
  return evidenceMarkup(state.trace, s);
}

function ruleMarkup(s: Step): string {
  const compared = s.kind.startsWith("policy.")
    ? ""
    : (s.compared ?? [])
        .slice(0, 3)
        .map(
          c =>
            `<li>${escapeText(c.what)}: ${escapeText(c.got)} ${c.holds ? "matches" : "does not match"} ${escapeText(c.wanted)}</li>`,
        )
        .join("");
  const list = compared ? `<ul>${compared}</ul>` : "";
  if (!s.rule) return list || `<p class="none">No rule decides here: the packet just travels.</p>`;
  return `<pre class="rule">${escapeText(s.rule.text)}</pre><p class="where">${escapeText(s.rule.where)}${s.rule.exact ? "" : " · in other words than it has there"}</p>${list}`;
}

function tryMarkup(trace: Trace): string {
  const list = trace.verdict.try ?? [];
  if (list.length === 0) return "";
  return `<ul class="try">${list
    .map(
      t =>
        `<li>${escapeText(t.text)}${t.command ? `<span class="command"><code>${escapeText(t.command)}</code><button type="button" data-copy="${escapeText(t.command)}">copy</button></span>` : ""}</li>`,
    )
    .join("")}</ul>`;
}

function refButton(ref: Ref): string {
  return `<button type="button" class="ref" data-inspect="${escapeText(keyOf(ref))}">${escapeText(`${ref.kind} ${ref.name}`)}</button>`;
}

function objectMarkup(trace: Trace, s: Step): string {
  const refs: Ref[] = [];
  const add = (r: Ref | null) => {
    if (r && !refs.some(x => keyOf(x) === keyOf(r)) && r.kind !== "Network") refs.push(r);
  };
  add(s.at);
  for (const e of s.evidence ?? []) add(e);
  add(trace.verdict.decidedBy);
  return `<ul>${refs.map(r => `<li>${refButton(r)} ${r.namespace ? `<span>in ${escapeText(r.namespace)}</span>` : ""}</li>`).join("")}</ul>`;
}

function evidenceMarkup(trace: Trace, s: Step): string {
  const list = (s.evidence ?? []).map(
    e =>
      `<li>${refButton(e)} <span>${escapeText((e.fields ?? []).join(", "))}${e.resourceVersion ? ` · version ${escapeText(e.resourceVersion)}` : ""}</span></li>`,
  );
  const assumed =
    s.certainty === "certain"
      ? []
      : trace.assumptions
          .filter(a => a.source !== "detected")
          .map(
            a =>
              `<li><code>${escapeText(a.key)}=${escapeText(a.value)}</code> <span>${escapeText(a.source)}${a.wouldFlip ? ", another value would change the answer" : ""}</span></li>`,
          );
  return `<p class="where">This step is ${escapeText(s.certainty)}.</p><ul>${list.join("")}${assumed.join("")}</ul>`;
}
