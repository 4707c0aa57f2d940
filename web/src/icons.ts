// The page's icons, as paths: they look the same with every font and in every theme.

const icon = (d: string, cls = "icon") =>
  `<svg class="${cls}" viewBox="0 0 20 20" width="20" height="20" aria-hidden="true" focusable="false"><path d="${d}"/></svg>`;

export const first = icon("M4 4.5h2.4v11H4zM16 4.5v11L7.5 10z");
export const back = icon("M14.5 4.5v11L5.5 10z");
export const play = icon("M5.5 4v12L16 10z");
export const pause = icon("M5 4h3.4v12H5zM11.6 4H15v12h-3.4z");
export const forward = icon("M5.5 4.5v11l9-5.5z");
export const last = icon("M13.6 4.5H16v11h-2.4zM4 4.5v11l8.5-5.5z");
export const close = icon("M5 5l10 10M15 5L5 15", "icon stroke");
export const copied = icon("M4 10.5l4 4 8-9", "icon stroke");
export const plus = icon("M10 4v12M4 10h12", "icon stroke");
export const minus = icon("M4 10h12", "icon stroke");
export const dots = icon("M3 8.5h3v3H3zM8.5 8.5h3v3h-3zM14 8.5h3v3h-3z");
