// One step in words: its sentence, what arrives and leaves, what was compared; and what the client prints at the end.

import { shareWords } from "../draw/notes.ts";
import { escapeText } from "../text.ts";
import { fails, type Header, type Ref, type Step, type Trace } from "../trace.ts";
import { choices, guessWords } from "./predict.ts";
import { biggest, type DrawerState, outcomeClass } from "./state.ts";
import { placeOf } from "./strip.ts";
import { verdictMark } from "./verdict.ts";

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

export function say(state: DrawerState, s: Step): string {
  const { step, steps, trace } = state;
  const { place, of, fold, told = s } = placeOf(state);
  const end = step === steps.length - 1;
  const cls = outcomeClass(state);
  const failed = fails(cls);
  const sure = told.certainty === "certain" ? "" : `<span class="sure">${escapeText(told.certainty)}</span>`;
  let out = `<p class="count">${end ? verdictMark(cls) : ""}<b>${place} of ${of}</b> <span>${escapeText(fold ? "look-up of the name" : refText(s.at))}</span>${sure}${state.frozen ? `<span class="sure">as it was</span>` : ""}</p>`;
  const main = state.outcome === biggest(trace);
  const sentence = end && main ? trace.verdict.sentence : told.sentence;
  const word = end && failed ? choices.find(c => c.id === cls)?.name : undefined;
  out += `<p class="sentence${sentence.length > 96 ? " long" : ""}">${word ? `<b class="word">${escapeText(word)}</b> ` : ""}${escapeText(sentence)}</p>`;
  if (end) out += guessMarkup(state.guess, cls);
  if (end && main && sentence !== s.sentence && s.sentence && failed && s.kind !== "end")
    out += `<p class="also">${escapeText(s.sentence)}</p>`;
  if (state.seed && trace.outcomes.length > 1) {
    const o = trace.outcomes[state.outcome];
    out += `<p class="also">Chance chose ${escapeText(o ? shareWords(o.share) : "")} (seed ${state.seed}).</p>`;
  }
  return out;
}

function guessMarkup(guess: string, cls: string): string {
  const words = guessWords(guess, cls);
  return words ? `<p class="guess">${escapeText(words)}</p>` : "";
}

/** What the person at the terminal sees. */
export function terminal(trace: Trace): string {
  const { client } = trace.verdict;
  if (!client?.program) return "";
  const body = trace.steps.at(-1)?.after?.http?.body ?? "";
  const printed = client.message || body;
  return (
    `<pre class="terminal" tabindex="0" role="group" aria-label="What the terminal prints"><span class="exit">${client.exitCode < 0 ? "nobody can tell" : `exit ${client.exitCode}`}</span>` +
    `<span class="prompt">$ ${escapeText(trace.request.command)}</span>${printed ? `\n${escapeText(printed)}` : ""}</pre>`
  );
}

export function middle(s: Step, stopped: boolean): string {
  const compared = [...(s.compared ?? [])];
  if (stopped) compared.sort((x, y) => Number(x.holds) - Number(y.holds));
  if (compared.length > 0 && (stopped || s.kind.startsWith("policy.") || !s.before || !s.changed?.length)) {
    const rows = compared
      .slice(0, 6)
      .map(
        c =>
          `<tr class="${c.holds ? "" : "fails"}"><th scope="row">${escapeText(c.what)}</th><td>${mono(c.wanted)}</td><td>${mono(c.got)}</td><td class="holds">${c.holds ? "matches" : "no match"}</td></tr>`,
      );
    return `<table class="compared"><thead><tr><td></td><th scope="col">wanted</th><th scope="col">got</th><td></td></tr></thead><tbody>${rows.join("")}</tbody></table>`;
  }
  if (stopped && (s.tried ?? []).length > 0) return triedTable(s);
  const a = s.before;
  const b = s.after ?? s.before;
  if (!a && !b) return "";
  const second = s.kind === "proxy.connect";
  const rows = [row("from", a?.src, b?.src), row("to", a?.dst, b?.dst)];
  if (a?.outer || b?.outer) rows.push(row("envelope", outerText(a), outerText(b)));
  const http = row("http", httpText(a), httpText(b));
  if (http && (httpText(a) || httpText(b))) rows.push(http);
  if (stopped && (s.changed ?? []).length === 0) {
    const plain = [
      ["from", a?.src],
      ["to", a?.dst],
      ["http", httpText(a)],
    ].filter(r => r[1]);
    return `<table class="arrives">${plain.map(r => `<tr><th scope="row">${r[0]}</th><td>${escapeText(r[1]!)}</td></tr>`).join("")}</table>`;
  }
  const heads = second ? ["connection 1", "connection 2"] : ["arrives", "leaves"];
  return `<table class="arrives"><thead><tr><td></td><th scope="col">${heads[0]}</th><th scope="col">${heads[1]}</th></tr></thead><tbody>${rows.join("")}</tbody></table>`;
}

/** What was looked at and did not fit, where nothing did. */
function triedTable(s: Step): string {
  const rows = s.tried
    .slice(0, 5)
    .map(
      t =>
        `<tr class="fails"><th scope="row">${escapeText(t.object ? `${t.object.kind} ${t.object.name}` : "tried")}</th><td>${mono(t.why)}</td></tr>`,
    );
  return `<table class="tried"><tbody>${rows.join("")}</tbody></table>`;
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
