// Gives a file to whoever sits at the browser.

import { make } from "../dom.ts";

export function save(name: string, type: string, content: BlobPart): void {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const a = make("a", "");
  a.href = url;
  a.download = name;
  document.body.append(a);
  a.click();
  a.remove();
  // The browser reads it after the click; how long after nobody says.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
