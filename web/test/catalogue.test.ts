// Holds what the page says against what internal/words/en.txt has: every key that is asked for is there with as many
// arguments as it takes, and no key is there that nobody says.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

const catalogue = new Map<string, string>();
for (const line of readFileSync("internal/words/en.txt", "utf8").split("\n")) {
  const m = /^(page\.[a-z0-9.-]+) = ?(.*\S)\s*$/.exec(line);
  if (m) catalogue.set(m[1]!, m[2]!);
}

interface Call {
  place: string;
  said: string;
  /** Keys that it may say; an expression within a key stands for anything. */
  keys: RegExp[];
  args: number;
}

const anything = "[a-z0-9-]+";

/** The end of a call's arguments, and where each begins: strings, templates and brackets are passed over. */
function argumentsOf(source: string, from: number): string[] {
  const out: string[] = [];
  const open: string[] = [];
  let begin = from;
  for (let i = from; i < source.length; i++) {
    const c = source[i]!;
    const quote = open.at(-1);
    if (quote === '"' || quote === "'" || quote === "`") {
      if (c === "\\") i++;
      else if (c === quote) open.pop();
      else if (quote === "`" && source.startsWith("${", i)) {
        open.push("{");
        i++;
      }
      continue;
    }
    if ("\"'`({[".includes(c)) open.push(c);
    else if (")}]".includes(c)) {
      if (open.length === 0) {
        if (source.slice(begin, i).trim()) out.push(source.slice(begin, i).trim());
        return out;
      }
      open.pop();
    } else if (c === "," && open.length === 0) {
      out.push(source.slice(begin, i).trim());
      begin = i + 1;
    }
  }
  return out;
}

/** The keys in the first argument: one literal, both ends of a choice, or a template. */
function keysIn(argument: string, before: string, after: string): RegExp[] {
  const literals = argument.matchAll(/(?:^|[?:]\s*)(?:"([^"]*)"|`((?:[^`$]|\$\{[^}]*\})*)`)/g);
  return [...literals]
    .map(m => (m[1] ?? m[2]!).replace(/\.$/, `.\${}`)) // Go adds to it
    .map(key => {
      const pattern = key
        .split(/\$\{[^}]*\}/)
        .map(part => part.replace(/[.]/g, "\\."))
        .join(anything);
      return new RegExp(`^${before}${pattern}${after}$`);
    });
}

const files = (folder: string, name: RegExp) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter(f => name.test(f))
    .map(f => `${folder}/${f}`);

function calls(): Call[] {
  const out: Call[] = [];
  const find = (file: string, call: RegExp, before: string) => {
    const source = readFileSync(file, "utf8");
    for (const m of source.matchAll(call)) {
      const args = argumentsOf(source, m.index + m[0].length);
      if (!args[0] || /^\w+: /.test(args[0])) continue; // a method of that name
      const counts = m[1] === "count" || m[1] === "words.Count";
      const keys = keysIn(args[0] ?? "", before, counts ? "\\.(one|other)" : "");
      const line = source.slice(0, m.index).split("\n").length;
      out.push({ place: `${file}:${line}`, said: args[0] ?? "", keys, args: args.length - 1 });
    }
  };
  for (const file of files("web/src", /\.ts$/)) {
    if (file === "web/src/words.ts") continue;
    const imported = /import \{([^}]*)\} from "(?:\.\/|(?:\.\.\/)+)words\.ts";/g;
    const names = [...readFileSync(file, "utf8").matchAll(imported)].flatMap(m => m[1]!.split(",").map(n => n.trim()));
    for (const name of ["say", "html", "count"])
      if (names.includes(name)) find(file, new RegExp(`(?<![\\w.])(${name})\\(`, "g"), "page\\.");
  }
  for (const file of files("templates", /(?<!_templ\.go|_test\.go)$/)) {
    if (!/\.(templ|go)$/.test(file)) continue;
    find(file, /(?<!\w)(words\.Say|words\.Count|filled|said)\((?=")/g, "");
  }
  return out;
}

const all = calls();

/** How many arguments a text takes. */
function taken(text: string): number {
  let next = 0;
  let most = 0;
  for (const m of text.matchAll(/%(?:\[(\d+)\])?([a-z%])/g)) {
    if (m[2] === "%") continue;
    next = m[1] ? Number(m[1]) : next + 1;
    most = Math.max(most, next);
  }
  return most;
}

/** Keys that are chosen elsewhere and handed over as they are: the literals stand in the source all the same. */
const source = [...files("web/src", /\.ts$/), ...files("templates", /(?<!_templ|_test)\.(templ|go)$/)]
  .map(f => readFileSync(f, "utf8"))
  .join("\n");

test("every key that is said is in the catalogue", () => {
  assert.ok(all.length > 500, `only ${all.length} calls found`);
  for (const c of all) {
    if (c.keys.length === 0) assert.match(c.said, /^[\w.]+$/, `${c.place} says no key: ${c.said}`);
    for (const k of c.keys)
      assert.ok(
        [...catalogue.keys()].some(x => k.test(x)),
        `${c.place}: ${k.source} is not in en.txt`,
      );
  }
});

test("every text gets as many arguments as it takes", () => {
  for (const [key, text] of catalogue) {
    // "1 pod" may be said without its number.
    const fits = (c: Call) => (/\.one$/.test(key) ? taken(text) <= c.args : taken(text) === c.args);
    const may = (c: Call, open: boolean) => c.keys.some(k => k.source.includes(anything) === open && k.test(key));
    const named = all.filter(c => may(c, false));
    for (const c of named) assert.ok(fits(c), `${c.place}: ${key} takes ${taken(text)}, gets ${c.args}`);
    // Where a part of a key is an expression, one of the calls that could mean it must fit.
    const open = all.filter(c => may(c, true));
    if (named.length === 0 && open.length > 0)
      assert.ok(
        open.some(fits),
        `${open.map(c => c.place).join(", ")}: ${key} takes ${taken(text)}, gets ${open[0]?.args}`,
      );
  }
});

test("every text is said somewhere", () => {
  for (const key of catalogue.keys()) {
    const stem = key.replace(/\.(one|other)$/, "");
    const said = all.some(c => c.keys.some(k => k.test(key)));
    const named = [key, stem, stem.replace(/^page\./, "")].some(k => source.includes(`"${k}"`));
    assert.ok(said || named, `nobody says ${key}`);
  }
});
