// One step in words: its sentence, what arrives and leaves, what was compared; and what the client prints at the end.

import { shareWords } from "../draw/notes.ts";
import { pointedWords } from "../predict/place.ts";
import { escapeText } from "../text.ts";
import { fails, type Header, type Ref, type Step, type Trace } from "../trace.ts";
import { html, say } from "../words.ts";
import { choices, guessWords } from "./predict.ts";
import { biggest, type DrawerState, outcomeClass } from "./state.ts";
import { placeOf } from "./strip.ts";
import { verdictMark } from "./verdict.ts";

export function refText(ref: Ref): string {
  if (ref.kind === "Network")
    return ref.name === "lan"
      ? say("ref.on-lan")
      : ref.name === "internet"
        ? say("ref.on-internet")
        : say("ref.network", ref.name);
  if (ref.kind === "LoadBalancer") return say("ref.load-balancer", ref.name);
  return ref.kind === "Node" || ref.kind === "Host" ? ref.name : `${ref.kind.toLowerCase()} ${ref.name}`;
}

export function stepWords(state: DrawerState, s: Step): string {
  const { step, steps, trace } = state;
  const { place, of, fold, told = s } = placeOf(state);
  const end = step === steps.length - 1;
  const cls = outcomeClass(state);
  const failed = fails(cls);
  const sure = told.certainty === "certain" ? "" : `<span class="sure">${html(`certainty.${told.certainty}`)}</span>`;
  let out = `<p class="count">${end ? verdictMark(cls) : ""}<b>${html("answer.place", place, of)}</b> <span>${escapeText(fold ? say("answer.look-up") : refText(s.at))}</span>${sure}${state.frozen ? `<span class="sure">${html(state.forked ? "answer.what-if" : "answer.as-it-was")}</span>` : ""}</p>`;
  const main = state.outcome === biggest(trace);
  const sentence = end && main ? trace.verdict.sentence : told.sentence;
  const word = end && failed ? choices.find(c => c.id === cls)?.name : undefined;
  out += `<p class="sentence${sentence.length > 96 || (end && state.guess && state.pointed) ? " long" : ""}">${word ? `<b class="word">${escapeText(word)}</b> ` : ""}${escapeText(sentence)}</p>`;
  if (end)
    out += guessMarkup(
      guessWords(state.guess, cls, state.pointed !== ""),
      pointedWords(state.pointed, trace, state.outcome, steps, cls),
    );
  if (end && main && sentence !== s.sentence && s.sentence && failed && s.kind !== "end")
    out += `<p class="also">${escapeText(s.sentence)}</p>`;
  if (state.seed && trace.outcomes.length > 1) {
    const o = trace.outcomes[state.outcome];
    out += `<p class="also">${html("answer.chance", escapeText(o ? shareWords(o.share) : ""), state.seed)}</p>`;
  }
  return out;
}

function guessMarkup(...said: string[]): string {
  return said
    .filter(Boolean)
    .map(words => `<p class="guess">${escapeText(words)}</p>`)
    .join("");
}

/** What the person at the terminal sees. */
export function terminal(trace: Trace): string {
  const { client } = trace.verdict;
  if (!client?.program) return "";
  const body = trace.steps.at(-1)?.after?.http?.body ?? "";
  const printed = client.message || body;
  return (
    `<pre class="terminal" tabindex="0" role="group" aria-label="${html("answer.terminal")}"><span class="exit">${client.exitCode < 0 ? html("answer.untold") : html("answer.exit", client.exitCode)}</span>` +
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
          `<tr class="${c.holds ? "" : "fails"}"><th scope="row">${escapeText(c.what)}</th><td>${mono(c.wanted)}</td><td>${mono(c.got)}</td><td class="holds">${html(c.holds ? "answer.matches" : "answer.no-match")}</td></tr>`,
      );
    return `<table class="compared"><thead><tr><td></td><th scope="col">${html("answer.wanted")}</th><th scope="col">${html("answer.got")}</th><td></td></tr></thead><tbody>${rows.join("")}</tbody></table>`;
  }
  if (stopped && (s.tried ?? []).length > 0) return triedTable(s);
  const a = s.before;
  const b = s.after ?? s.before;
  if (!a && !b) return "";
  const second = s.kind === "proxy.connect";
  const rows = [row(html("answer.from"), a?.src, b?.src), row(html("answer.to"), a?.dst, b?.dst)];
  if (a?.outer || b?.outer) rows.push(row(html("answer.envelope"), outerText(a), outerText(b)));
  const http = row(html("answer.http"), httpText(a), httpText(b));
  if (http && (httpText(a) || httpText(b))) rows.push(http);
  if (stopped && (s.changed ?? []).length === 0) {
    const plain = [
      [html("answer.from"), a?.src],
      [html("answer.to"), a?.dst],
      [html("answer.http"), httpText(a)],
    ].filter(r => r[1]);
    return `<table class="arrives">${plain.map(r => `<tr><th scope="row">${r[0]}</th><td>${escapeText(r[1]!)}</td></tr>`).join("")}</table>`;
  }
  const heads = second
    ? [html("answer.connection", 1), html("answer.connection", 2)]
    : [html("answer.arrives"), html("answer.leaves")];
  return `<table class="arrives"><thead><tr><td></td><th scope="col">${heads[0]}</th><th scope="col">${heads[1]}</th></tr></thead><tbody>${rows.join("")}</tbody></table>`;
}

/** What was looked at and did not fit, where nothing did. */
function triedTable(s: Step): string {
  const rows = s.tried
    .slice(0, 5)
    .map(
      t =>
        `<tr class="fails"><th scope="row">${escapeText(t.object ? `${t.object.kind} ${t.object.name}` : say("answer.tried"))}</th><td>${mono(t.why)}</td></tr>`,
    );
  return `<table class="tried"><tbody>${rows.join("")}</tbody></table>`;
}

function row(name: string, a: string | undefined, b: string | undefined): string {
  const changed = (a ?? "") !== (b ?? "");
  const after = changed
    ? `<b>${escapeText(b || say("answer.none"))}</b>`
    : `<span class="same">${html("answer.unchanged")}</span>`;
  return `<tr class="${changed ? "changed" : ""}"><th scope="row">${name}</th><td>${escapeText(a || say("answer.none"))}</td><td>${after}</td></tr>`;
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
  return `<code>${escapeText(text || say("answer.nothing"))}</code>`;
}
