// What the page says: the words that came with it, in the language that the server was started with (internal/words). A
// literal that people read stands there, never in the program.

type Arg = string | number;

let table: Record<string, string> = {};
let language = "en";
let plurals: Intl.PluralRules | null = null;
let numbers: Intl.NumberFormat | null = null;
let english = true;

/** Takes a language and its words: their keys are those of internal/words without their beginning "page.". */
export function speak(lang: string, words: Record<string, string>): void {
  table = words;
  language = lang;
  plurals = numbers = null;
  english = lang.split("-")[0] === "en";
}

/** The text of a key. Its verbs take the arguments in their order, or by their place: %s, %[2]s. %d writes a number as people
 * of the language do. A key that nobody knows is said as it is. */
export function say(key: string, ...args: Arg[]): string {
  return filled(table[key] ?? key, args);
}

/** The same as markup: the text is escaped, the arguments are markup already. */
export function html(key: string, ...args: Arg[]): string {
  return filled(
    (table[key] ?? key).replace(/[&<>"']/g, c => `&#${c.charCodeAt(0)};`),
    args,
  );
}

/** The text of a key that has a form for each plural of the language: key.one, key.other, … n is its first argument. */
export function count(key: string, n: number, ...args: Arg[]): string {
  const form = `${key}.${plural(n)}`;
  return say(form in table ? form : `${key}.other`, n, ...args);
}

/** A name within another one: "Present: next step". In English it begins with a small letter then. */
export function inner(name: string): string {
  return english ? name[0]!.toLowerCase() + name.slice(1) : name;
}

/** A number as people of the language write it. */
export function number(n: number): string {
  // A browser's knowledge of a language is large and read when it is first asked for: the first picture need not wait for it.
  if (english && Number.isInteger(n) && n >= 0 && n < 1000) return String(n);
  numbers ??= new Intl.NumberFormat(language);
  return numbers.format(n);
}

type Piece = string | { at: number; verb: string };
const pieces = new Map<string, Piece[]>();

/** Texts are taken apart once: the map says the same few again and again. */
function taken(text: string): Piece[] {
  const known = pieces.get(text);
  if (known) return known;
  const out: Piece[] = [];
  let next = 0;
  let end = 0;
  for (const m of text.matchAll(/%(?:\[(\d+)\])?([a-z%])/g)) {
    out.push(text.slice(end, m.index));
    end = m.index + m[0].length;
    if (m[2] === "%") out.push("%");
    else {
      if (m[1]) next = Number(m[1]) - 1;
      out.push({ at: next++, verb: m[2]! });
    }
  }
  out.push(text.slice(end));
  pieces.set(text, out);
  return out;
}

function plural(n: number): string {
  if (english) return n === 1 ? "one" : "other";
  plurals ??= new Intl.PluralRules(language);
  return plurals.select(n);
}

function filled(text: string, args: Arg[]): string {
  if (!text.includes("%")) return text;
  let out = "";
  for (const p of taken(text)) {
    if (typeof p === "string") {
      out += p;
      continue;
    }
    const arg = args[p.at] ?? "";
    if (p.verb === "q") out += JSON.stringify(String(arg));
    else out += p.verb === "d" && typeof arg === "number" ? number(arg) : arg;
  }
  return out;
}

function fromPage(): Record<string, string> {
  const text = typeof document === "undefined" ? null : document.getElementById?.("words")?.textContent;
  return text ? JSON.parse(text) : {};
}

speak((typeof document === "undefined" ? "" : document.documentElement?.lang) || "en", fromPage());
