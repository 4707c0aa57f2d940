// Colours as programs for slides read them: six digits and an opacity. Browsers compute rgb(), rgba() and color().

export interface Paint {
  /** "#14181d", or "none". */
  colour: string;
  opacity: number;
}

const none: Paint = { colour: "none", opacity: 1 };

/** Reads a computed colour. What cannot be read (a gradient, a keyword) is kept as it is. */
export function paintOf(computed: string): Paint {
  if (computed === "" || computed === "none" || computed === "transparent") return none;
  const called = /^(rgba?|color\(srgb)\(?\s*([^)]*)\)$/.exec(computed);
  if (!called) return { colour: computed, opacity: 1 };
  const parts = called[2]!.split(/[\s,/]+/).filter(Boolean);
  const scale = called[1]!.startsWith("color") ? 255 : 1;
  const opacity = parts[3] === undefined ? 1 : Number.parseFloat(parts[3]) / (parts[3].endsWith("%") ? 100 : 1);
  if (opacity === 0) return none;
  const hex = parts
    .slice(0, 3)
    .map(p =>
      Math.round(Math.min(255, Math.max(0, Number.parseFloat(p) * scale)))
        .toString(16)
        .padStart(2, "0"),
    )
    .join("");
  return hex.length === 6 && !hex.includes("n") ? { colour: `#${hex}`, opacity } : { colour: computed, opacity: 1 };
}
