// Takes what is shown away as a file: the answer as a page that plays without a server and as Markdown, the picture as
// SVG and PNG.

import type { Command } from "../commands.ts";
import { announce, copy } from "../dom.ts";
import { colours } from "../draw/colours.ts";
import type { Scene } from "../layout/scene.ts";
import type { Trace } from "../trace.ts";
import { say } from "../words.ts";
import { pack, unpackText } from "./bytes.ts";
import { faces } from "./fonts.ts";
import { heldText } from "./frozen.ts";
import { pictureName, traceName } from "./names.ts";
import { png } from "./png.ts";
import { save } from "./save.ts";
import type { Snapshot } from "./snapshot.ts";
import { drawing, type Font, fileOf } from "./svg.ts";
import { asked, markdownOf } from "./words.ts";

/** What is shown now. */
export interface Shown {
  trace: Trace | null;
  scene: Scene | null;
  /** Counted from 0. */
  step: number;
  steps: number;
  sentence: string;
  source: string;
  lit: Set<string>;
  snapshot: () => Snapshot | null;
}

export class Exporter {
  constructor(
    private readonly map: Element,
    private readonly shown: () => Shown,
  ) {}

  commands(tracing: () => boolean): Command[] {
    return [
      {
        id: "save-page",
        name: say("command.save-page"),
        keys: [],
        run: () => void this.say(this.page()),
        when: tracing,
        live: true,
      },
      { id: "save-svg", name: say("command.save-svg"), keys: [], run: () => void this.say(this.svg()) },
      { id: "save-png", name: say("command.save-png"), keys: [], run: () => void this.say(this.png()) },
      {
        id: "save-markdown",
        name: say("command.save-markdown"),
        keys: [],
        run: () => void this.say(this.markdown()),
        when: tracing,
      },
      {
        id: "copy-markdown",
        name: say("command.copy-markdown"),
        keys: [],
        run: () => void this.say(this.copyMarkdown()),
        when: tracing,
      },
    ];
  }

  /** The picture as a file; the words say what it is to whoever does not see it. */
  async picture(): Promise<{ name: string; svg: string; width: number; height: number }> {
    const { trace, scene, step, steps, sentence, source, lit } = this.shown();
    if (!scene) throw new Error(say("export.no-map"));
    const fonts = new Map<string, Font>();
    const from = trace?.source;
    const origin = from?.asOf ? say("export.as-of", from.name, from.asOf) : (from?.name ?? "");
    const drawn = drawing(
      {
        map: this.map,
        scene,
        lit,
        palette: colours,
        title: trace ? `${trace.request.command}: ${sentence}` : say("export.map-of", source),
        description: trace ? say("export.described", step + 1, steps, origin) : say("export.drawn", source),
      },
      fonts,
    );
    const { width, height } = scene;
    const svg = fileOf(width, height, await faces(fonts.values()), drawn);
    return { name: pictureName(trace, step + 1, steps, source), svg, width, height };
  }

  async svg(): Promise<string> {
    const { name, svg } = await this.picture();
    save(`${name}.svg`, "image/svg+xml", svg);
    return `${name}.svg`;
  }

  async png(): Promise<string> {
    const { name, svg, width, height } = await this.picture();
    save(`${name}.png`, "image/png", await png(svg, width, height));
    return `${name}.png`;
  }

  /** One file with everything in it; the server puts it together. */
  async page(): Promise<string> {
    const { trace, snapshot } = this.shown();
    const taken = snapshot();
    if (!trace || !taken) throw new Error(say("export.no-trace"));
    const name = `${traceName(trace)}.html`;
    save(name, "text/html;charset=utf-8", await asked("api/v1/export.html", { trace, snapshot: await pack(taken) }));
    return name;
  }

  /** The bytes of the answer that a file carries: what the API and the command line write. */
  async json(): Promise<string> {
    const { trace } = this.shown();
    if (!trace) throw new Error(say("export.no-trace"));
    const name = `${traceName(trace)}.json`;
    save(name, "application/json", await unpackText(heldText("trace")));
    return name;
  }

  async markdown(): Promise<string> {
    const { trace } = this.shown();
    if (!trace) throw new Error(say("export.no-trace"));
    const name = `${traceName(trace)}.md`;
    save(name, "text/markdown;charset=utf-8", await markdownOf(trace));
    return name;
  }

  async copyMarkdown(): Promise<string> {
    const { trace } = this.shown();
    if (!trace) throw new Error(say("export.no-trace"));
    await copy(await markdownOf(trace));
    return "";
  }

  /** Says to those who do not see it that it was done, or why not. */
  async say(done: Promise<string>): Promise<boolean> {
    try {
      const name = await done;
      announce(name ? say("export.saved-as", name) : say("export.copied"));
      return true;
    } catch (error) {
      announce(error instanceof Error ? error.message : String(error));
      return false;
    }
  }
}
