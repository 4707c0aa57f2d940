// What an eye sees of a colour: its contrast (WCAG 2.2), and its distance to another one (CIE76) for eyes of all kinds.

export type RGB = [number, number, number];

/** The share of a channel in light, from its value in sRGB (IEC 61966-2-1). */
function linear(c: number): number {
  return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
}

/** Light of a colour "#rrggbb", each channel 0 to 1. */
export function light(hex: string): RGB {
  const m = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/.exec(hex.toLowerCase());
  if (!m) throw new Error(`${hex} is not #rrggbb`);
  return [m[1]!, m[2]!, m[3]!].map(x => linear(Number.parseInt(x, 16) / 255)) as RGB;
}

function luminance([r, g, b]: RGB): number {
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** Contrast of two colours, 1 to 21. */
export function contrast(a: string, b: string): number {
  const [x, y] = [luminance(light(a)), luminance(light(b))].sort((p, q) => q - p) as [number, number];
  return (x + 0.05) / (y + 0.05);
}

/** Machado, Oliveira, Fernandes 2009, table 1, severity 1.0: what is left of light when one kind of cone is missing. */
export const eyes = {
  usual: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  protanopia: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  deuteranopia: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  tritanopia: [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
};
export type Eye = keyof typeof eyes;

function seen(by: Eye, [r, g, b]: RGB): RGB {
  const m = eyes[by];
  return [0, 3, 6].map(i => Math.min(1, Math.max(0, m[i]! * r + m[i + 1]! * g + m[i + 2]! * b))) as RGB;
}

/** CIELAB under D65. */
function lab([r, g, b]: RGB): RGB {
  const f = (t: number) => (t > 216 / 24389 ? Math.cbrt(t) : (24389 / 27) * (t / 116) + 16 / 116);
  const x = f((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047);
  const y = f(0.2126729 * r + 0.7151522 * g + 0.072175 * b);
  const z = f((0.0193339 * r + 0.119192 * g + 0.9503041 * b) / 1.08883);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

/** How far apart two colours are for an eye; about 2.3 can just be told apart. */
export function distance(by: Eye, a: string, b: string): number {
  const [p, q] = [lab(seen(by, light(a))), lab(seen(by, light(b)))];
  return Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]);
}

/** One colour over another one with an opacity, as a browser mixes them. */
export function over(top: string, under: string, opacity: number): string {
  const value = (hex: string, i: number) => Number.parseInt(hex.slice(1 + 2 * i, 3 + 2 * i), 16);
  const mixed = [0, 1, 2].map(i => Math.round(value(top, i) * opacity + value(under, i) * (1 - opacity)));
  return `#${mixed.map(v => v.toString(16).padStart(2, "0")).join("")}`;
}
