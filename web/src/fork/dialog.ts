// Somebody's own what-if: an object taken away, from the inspector, or objects as they would write them.

import type { App } from "../app.ts";
import type { Command } from "../commands.ts";
import { byId, make } from "../dom.ts";
import { isFrozen } from "../export/frozen.ts";
import { refOf } from "../trace.ts";
import { html, say } from "../words.ts";

const clusterWide = ["ClusterNetworkPolicy", "AdminNetworkPolicy", "BaselineAdminNetworkPolicy"];
const deletable = ["Pod", "Service", "Ingress", "NetworkPolicy", "Gateway", "HTTPRoute", "GRPCRoute", ...clusterWide];

/** The command that takes a thing away; empty where none does. */
export function deletion(key: string): string {
  const { kind, namespace, name } = refOf(key);
  if (!deletable.includes(kind) || (!namespace && !clusterWide.includes(kind))) return "";
  return `kubectl ${namespace ? `-n ${namespace} ` : ""}delete ${kind.toLowerCase()} ${name}`;
}

export class WhatIfDialog {
  private readonly dialog = make("dialog", "what-if");

  constructor(private readonly app: App) {
    this.dialog.setAttribute("aria-labelledby", "what-if-title");
    this.dialog.innerHTML =
      `<form><h2 id="what-if-title">${html("what-if.ask")}</h2><label for="what-if-objects">${html("what-if.objects")}</label>` +
      `<textarea id="what-if-objects" rows="12" spellcheck="false" autocapitalize="off"></textarea><p class="wrong" role="alert"></p>` +
      `<p class="row"><button type="button" data-cancel>${html("what-if.cancel")}</button><button type="submit" class="go">${html("what-if.try")}</button></p></form>`;
    document.body.append(this.dialog);
    this.dialog.addEventListener("click", e => {
      if (e.target === this.dialog || (e.target as Element).closest("[data-cancel]")) this.dialog.close();
    });
    this.dialog.querySelector("form")!.addEventListener("submit", e => {
      e.preventDefault();
      void this.go([byId<HTMLTextAreaElement>("what-if-objects").value.trim()]);
    });
    byId("inspector").addEventListener("click", e => {
      const b = (e.target as Element).closest<HTMLElement>("[data-without]");
      if (b) void this.without(b.dataset.without ?? "", b);
    });
  }

  /** Whether something can be tried now. */
  get can(): boolean {
    return !isFrozen() && !!this.app.open && !this.app.open.frozen;
  }

  commands(): Command[] {
    const run = () => {
      this.app.player.pause();
      this.dialog.querySelector(".wrong")!.textContent = "";
      this.dialog.showModal();
    };
    return [
      { id: "what-if", name: say("command.what-if"), keys: ["s"], written: "S", when: () => this.can, run, live: true },
      {
        id: "real",
        name: say("command.real"),
        keys: ["x"],
        written: "X",
        when: () => this.app.whatIf !== null,
        run: () => this.app.leaveFork(),
        live: true,
      },
    ];
  }

  private async go(tries: string[]): Promise<void> {
    const wrong = tries[0] ? await this.app.beside.tryThis(tries) : say("what-if.nothing");
    this.dialog.querySelector(".wrong")!.textContent = wrong;
    if (!wrong) this.dialog.close();
  }

  private async without(key: string, button: HTMLElement): Promise<void> {
    const wrong = await this.app.beside.tryThis([deletion(key)]);
    if (wrong) button.textContent = wrong;
    else this.app.inspector.close();
  }
}
