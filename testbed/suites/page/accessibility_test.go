package page

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/kubestrata/kubestrata/testbed/browser"
)

// axeSource is axe-core as web/package.json pins it. It is a tool of this test only: nothing of it is in the program.
func axeSource(t *testing.T) string {
	t.Helper()
	source, err := os.ReadFile(filepath.Join("..", "..", "..", "web", "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		t.Fatalf("%v (fetch it with: cd web && npm install)", err)
	}
	return string(source)
}

// violation is what axe says of one rule that the page breaks.
type violation struct {
	ID    string `json:"id"`
	Help  string `json:"help"`
	Nodes []struct {
		HTML    string `json:"html"`
		Summary string `json:"failureSummary"`
	} `json:"nodes"`
}

// axe runs all rules of WCAG 2.2 A and AA and the best practices on the page as it is.
func axe(t *testing.T, ctx context.Context, source, state string) {
	t.Helper()
	_, err := browser.Eval[bool](ctx, source+"\n;typeof window.axe === 'object'")
	must(t, err)
	// The answer is waited for, so that an expression need not be a promise.
	_, err = browser.Eval[bool](ctx, `(window.axed = null, window.axe.run(document, {
		runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], resultTypes: ["violations"],
	}).then(r => { window.axed = JSON.stringify(r.violations); }, e => { window.axed = JSON.stringify([{ id: "axe", help: String(e), nodes: [] }]); }), true)`)
	must(t, err)
	must(t, browser.Wait30(ctx, "axe is done", `window.axed !== null`))
	text, err := browser.Eval[string](ctx, `window.axed`)
	must(t, err)
	var found []violation
	must(t, json.Unmarshal([]byte(text), &found))
	for _, v := range found {
		var where strings.Builder
		for _, n := range v.Nodes[:min(len(v.Nodes), 4)] {
			fmt.Fprintf(&where, "\n    %.300s\n      %s", n.HTML, strings.ReplaceAll(n.Summary, "\n", "\n      "))
		}
		t.Errorf("%s: %s (%s), %d times:%s", state, v.Help, v.ID, len(v.Nodes), where.String())
	}
}

func TestThePageHasNoViolationsThatAxeFinds(t *testing.T) {
	source := axeSource(t)
	tour := start(t, nil, "--world", "tour")
	example := start(t, nil)
	lost := start(t, nil, "--kubeconfig", nowhere(t))
	gateways := start(t, nil, "-f", write(t, "gateways.yaml", gatewayFiles+"---\n"+shopRoute))
	for _, theme := range []string{"light", "dark"} {
		t.Run(theme, func(t *testing.T) {
			page := func(url string) context.Context {
				ctx := tab(t, browser.Options{ReducedMotion: true, Dark: theme == "dark"})
				must(t, browser.Open(ctx, url))
				return ctx
			}
			ctx := tab(t, browser.Options{ReducedMotion: true, Dark: theme == "dark"})
			must(t, chromedp.Do(ctx, chromedp.Navigate(lost.URL)))
			must(t, browser.Wait(ctx, "the page says that it is not connected", `document.querySelector("#band-note.trouble")?.offsetParent`))
			axe(t, ctx, source, "not connected")

			ctx = page(example.URL)
			axe(t, ctx, source, "the example")

			ctx = page(tour.URL)
			axe(t, ctx, source, "idle")

			expect(t, ctx, "lan/laptop", "curl http://192.168.10.12:30080/", "answered", "pod.delivered", "")
			must(t, browser.Step(ctx, 5))
			axe(t, ctx, source, "in the middle of a trace")
			must(t, chromedp.Do(ctx, chromedp.Click(chromedp.CSS("#player [data-do=report]"))))
			must(t, browser.Wait(ctx, "the answer stands there as text", `document.querySelector("#drawer.with-report #report .steps")?.offsetParent`))
			axe(t, ctx, source, "the answer as text")

			expect(t, ctx, "pod/default/toolbox", "nc -vz -w2 db-0.db 5432", "no-answer", "policy.ingress-denied", "")
			n, err := browser.Steps(ctx)
			must(t, err)
			must(t, browser.Step(ctx, n-1))
			axe(t, ctx, source, "a failure")

			ctx = page(tour.URL + "?at=Service/default/web")
			must(t, browser.Wait(ctx, "the inspector is open", `document.querySelector("#inspector .inspected")?.offsetParent`))
			axe(t, ctx, source, "the inspector")
			must(t, chromedp.Do(ctx, chromedp.Click(chromedp.CSS("#inspector [data-reach]"))))
			must(t, browser.Wait(ctx, "who can reach it is answered", `document.querySelector("#inspector .reached")?.offsetParent`))
			axe(t, ctx, source, "who can reach it")

			ctx = page(tour.URL)
			must(t, chromedp.Do(ctx, chromedp.Click(chromedp.CSS("#help-button"))))
			must(t, browser.Wait(ctx, "help is open", `document.querySelector("#help[open]")`))
			axe(t, ctx, source, "help")
			must(t, chromedp.Do(ctx, chromedp.Click(chromedp.CSS("#help-close"))))
			_, err = browser.Eval[bool](ctx, `(document.dispatchEvent(new KeyboardEvent("keydown", { key: "k", ctrlKey: true, bubbles: true })), true)`)
			must(t, err)
			must(t, browser.Wait(ctx, "the palette is open", `document.querySelector("dialog.palette[open]")`))
			axe(t, ctx, source, "the palette")

			ctx = page(gateways.URL + "?at=Gateway/default/front")
			must(t, browser.Wait(ctx, "the gateway's panel is open", `document.querySelector("#inspector .inspected")?.offsetParent`))
			axe(t, ctx, source, "a gateway")
			expect(t, ctx, "lan/laptop", "curl --resolve shop.example.com:80:192.168.1.240 http://shop.example.com/cart", "answered", "pod.delivered", "")
			axe(t, ctx, source, "a trace through a gateway")
			_, err = browser.Eval[bool](ctx, `(() => {
				const Real = WebSocket;
				window.WebSocket = function () { return new Real("ws://127.0.0.1:1/"); };
				window.kubestrata.cut();
				return true;
			})()`)
			must(t, err)
			must(t, browser.Wait(ctx, "the page says that live updates have stopped", `document.querySelector("#band-note.lost")`))
			axe(t, ctx, source, "cut off")

			ctx = tab(t, browser.Options{ReducedMotion: true, Dark: theme == "dark", Width: 1024, Height: 768})
			must(t, browser.Open(ctx, tour.URL+"?from=pod/default/toolbox&cmd=curl+http://pay/"))
			must(t, browser.Wait(ctx, "the trace is open", `window.kubestrata.traces() > 0 && window.kubestrata.idle()`))
			axe(t, ctx, source, "on a projector")
		})
	}
}
