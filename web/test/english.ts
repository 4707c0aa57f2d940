// What unit tests read is English: test.sh puts this before everything else in each of them.

import { readFileSync } from "node:fs";
import { speak } from "../src/words.ts";

/** The words of the page in internal/words/en.txt, under the keys that the page has for them. */
export function english(): Record<string, string> {
  const words: Record<string, string> = {};
  for (const line of readFileSync("internal/words/en.txt", "utf8").split("\n")) {
    const m = /^page\.([a-z0-9.-]+) = ?(.*\S)\s*$/.exec(line);
    if (m) words[m[1]!] = m[2]!;
  }
  return words;
}

speak("en", english());
