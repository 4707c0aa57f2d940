// The page's own fonts as part of a file: an @font-face rule with the bytes in it.

import { base64 } from "./bytes.ts";
import type { Font } from "./svg.ts";

/** Rules for the fonts that are asked for, as far as the page has them; the others are left to whoever shows the file. */
export async function faces(fonts: Iterable<Font>): Promise<string> {
  const rules: string[] = [];
  const known = ruled();
  for (const font of fonts) {
    const rule = known.find(
      r => family(r) === font.family && holds(r.style.getPropertyValue("font-weight"), font.weight),
    );
    const from = rule && /url\("?([^")]+)"?\)/.exec(rule.style.getPropertyValue("src"))?.[1];
    if (!from) continue;
    const data = await bytesOf(from, rule.parentStyleSheet?.href ?? document.baseURI);
    if (data)
      rules.push(
        `@font-face{font-family:"${font.family}";font-weight:${font.weight};src:url(${data}) format("woff2")}`,
      );
  }
  return rules.join("");
}

function ruled(): CSSFontFaceRule[] {
  return [...document.styleSheets].flatMap(sheet =>
    [...sheet.cssRules].filter((r): r is CSSFontFaceRule => r instanceof CSSFontFaceRule),
  );
}

function family(rule: CSSFontFaceRule): string {
  return rule.style.getPropertyValue("font-family").replace(/["']/g, "").trim();
}

/** A rule speaks of one weight or of a range. */
function holds(weights: string, weight: string): boolean {
  const [from = 400, to = from] = weights.split(" ").map(Number);
  return from <= Number(weight) && Number(weight) <= to;
}

async function bytesOf(from: string, base: string): Promise<string> {
  if (from.startsWith("data:")) return from;
  try {
    const answer = await fetch(new URL(from, base));
    if (!answer.ok) return "";
    return `data:font/woff2;base64,${base64(new Uint8Array(await answer.arrayBuffer()))}`;
  } catch {
    return ""; // without the server the words are set in whatever there is
  }
}
