// Words for the last row of a classroom: few, large, never cut at the end that tells things apart.

/** Endings of addresses and names tell them apart: this many letters of them are always kept. */
const kept = 12;

/** Cuts a text in its middle to at most n letters; its last twelve stay. */
export function shorten(text: string, n: number): string {
  if (text.length <= n) return text;
  const tail = Math.min(kept, Math.max(1, n - 2));
  return `${text.slice(0, Math.max(1, n - tail - 1))}…${text.slice(-tail)}`;
}

/** What is said large, and what under it in the size of labels. */
export interface Said {
  head: string;
  more: string;
}

/** Splits a sentence at its first colon or full stop, where it is too long to be read in one look. */
export function split(sentence: string, most: number): Said {
  if (sentence.length <= most) return { head: sentence, more: "" };
  // A colon within an address is followed by no space.
  const at = /[:.;] /.exec(sentence)?.index ?? -1;
  if (at < 0 || at > most) return { head: sentence, more: "" };
  const rest = sentence.slice(at + 2);
  const mark = sentence[at] === "." ? "." : ":";
  return { head: sentence.slice(0, at) + mark, more: rest };
}

const v4 = /\b\d{1,3}(?:\.\d{1,3}){3}(?:\/\d{1,2})?(?::\d{1,5}\b)?/g;
const v6 = /\[?(?<![\w:])[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}(?![\w:])(?:\/\d{1,3})?\]?(?::\d{1,5}\b)?/gi;

/** Puts names in the place of addresses; an address of nobody is dots. Ports stay, ranges go as a whole. */
export function withoutAddresses(text: string, name: (ip: string) => string): string {
  const put = (found: string): string => {
    if (found.includes("/")) return "•••";
    const bracket = /^\[(.*)\](:\d+)?$/.exec(found);
    const dotted = /^([\d.]+)(:\d+)?$/.exec(found);
    const [, ip = found, port = ""] = bracket ?? dotted ?? [];
    return (name(ip) || "•••") + port;
  };
  return text.replace(v4, put).replace(v6, found => (/^[\d:]{1,5}$/.test(found) ? found : put(found)));
}
