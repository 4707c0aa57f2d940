// What the page says: the words that came with it, in the language that the server was started with (internal/words). A
// literal that people read stands there, never in the program.

type Arg = string | number;

let table: Record<string, string> = {};
let plurals: Intl.PluralRules;
let numbers: Intl.NumberFormat;
let english = true;

/** Takes a language and its words: their keys are those of internal/words without their beginning "page.". */
export function speak(lang: string, words: Record<string, string>): void {
  table = words;
  plurals = new Intl.PluralRules(lang);
  numbers = new Intl.NumberFormat(lang);
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
  const form = `${key}.${plurals.select(n)}`;
  return say(form in table ? form : `${key}.other`, n, ...args);
}

/** A name within another one: "Present: next step". In English it begins with a small letter then. */
export function inner(name: string): string {
  return english ? name[0]!.toLowerCase() + name.slice(1) : name;
}

/** A number as people of the language write it. */
export function number(n: number): string {
  return numbers.format(n);
}

function filled(text: string, args: Arg[]): string {
  if (!text.includes("%")) return text;
  let next = 0;
  return text.replace(/%(?:\[(\d+)\])?([a-z%])/g, (_, at: string | undefined, verb: string) => {
    if (verb === "%") return "%";
    if (at) next = Number(at) - 1;
    const arg = args[next++] ?? "";
    if (verb === "q") return JSON.stringify(String(arg));
    return verb === "d" && typeof arg === "number" ? numbers.format(arg) : String(arg);
  });
}

function fromPage(): Record<string, string> {
  const text = typeof document === "undefined" ? null : document.getElementById?.("words")?.textContent;
  return text ? JSON.parse(text) : {};
}

speak((typeof document === "undefined" ? "" : document.documentElement?.lang) || "en", fromPage());
