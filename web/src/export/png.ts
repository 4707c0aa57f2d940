// A picture in pixels, painted by the browser from the SVG.

import { say } from "../words.ts";

/** Browsers refuse larger canvases; a larger map gets fewer pixels, not none. */
const side = 16_000;
const area = 120_000_000;

/** Pixels of the picture per pixel of the map. */
export function scaleOf(width: number, height: number, wanted: number): number {
  return Math.min(wanted, side / width, side / height, Math.sqrt(area / (width * height)));
}

export async function png(svg: string, width: number, height: number): Promise<Blob> {
  const scale = scaleOf(width, height, 2);
  const image = new Image();
  image.src = `data:image/svg+xml,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const brush = canvas.getContext("2d");
  if (!brush) throw new Error(say("export.no-canvas"));
  brush.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((done, fail) => {
    canvas.toBlob(blob => (blob ? done(blob) : fail(new Error(say("export.too-large")))), "image/png");
  });
}
