package page

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/kubestrata/kubestrata/testbed/browser"
)

const shopFiles = `apiVersion: v1
kind: Node
metadata: {name: alpha}
spec: {podCIDR: 10.244.1.0/24}
status:
  addresses: [{type: InternalIP, address: 192.168.10.11}]
  conditions: [{type: Ready, status: "True"}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: default}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: nginx, ports: [{containerPort: 80}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: toolbox, namespace: default}
spec: {nodeName: alpha, containers: [{name: c, image: busybox}]}
`

const webService = `apiVersion: v1
kind: Service
metadata: {name: web, namespace: default}
spec: {clusterIP: 10.96.5.5, selector: {app: web}, ports: [{port: 80, targetPort: 80}]}
`

// replace writes a file as editors do: whole, under another name first.
func replace(t *testing.T, path, text string) {
	t.Helper()
	must(t, os.WriteFile(path+".new", []byte(text), 0o600))
	must(t, os.Rename(path+".new", path))
}

func TestFilesAreShownAndFollowedAsTheyAreEdited(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	shop, web := filepath.Join(dir, "shop.yaml"), filepath.Join(dir, "web.yaml")
	replace(t, shop, shopFiles)
	replace(t, web, webService)
	p := start(t, nil, "-f", dir)
	ctx := tab(t, browser.Options{ReducedMotion: true})
	must(t, browser.Open(ctx, p.URL))
	waitPods(t, ctx, "default", "web-", 2)
	must(t, browser.Wait(ctx, "the service has two endpoints", `window.kubestrata.card("Service/default/web")?.ready === 2`))
	expect(t, ctx, "pod/default/toolbox", "curl http://10.96.5.5/", "answered", "pod.delivered", "")

	replace(t, shop, strings.Replace(shopFiles, "replicas: 2", "replicas: 3", 1))
	waitPods(t, ctx, "default", "web-", 3)
	replace(t, web, strings.Replace(webService, "app: web}", "app: wbe}", 1))
	must(t, browser.Wait(ctx, "the service has lost its endpoints", `window.kubestrata.card("Service/default/web")?.total === 0`))
	expect(t, ctx, "pod/default/toolbox", "curl http://10.96.5.5/", "refused", "service.no-endpoints", "Service/default/web")

	replace(t, web, "apiVersion: v1\nkind: Service\nmetadata: {name: web\nspec: {}\n")
	must(t, browser.Wait(ctx, "the broken file is named with its line", `/web\.yaml:\d+/.test(document.body.innerText)`))
	waitPods(t, ctx, "default", "web-", 3)

	replace(t, web, webService)
	must(t, browser.Wait(ctx, "the file is whole again", `!/web\.yaml:\d+/.test(document.body.innerText) && window.kubestrata.card("Service/default/web")?.ready === 3`))

	// A deleted file takes its objects along. What a link froze stays, and a question is answered anew.
	const byIP = "curl http://10.96.5.5/"
	expect(t, ctx, "pod/default/toolbox", byIP, "answered", "pod.delivered", "")
	question, err := browser.Eval[string](ctx, `location.href`)
	must(t, err)
	frozen := freeze(t, ctx)
	must(t, os.Remove(web))
	must(t, browser.Wait(ctx, "the service is gone", `!window.kubestrata.card("Service/default/web")`))
	must(t, chromedp.Do(ctx, chromedp.Navigate("about:blank")))
	must(t, browser.Open(ctx, frozen))
	must(t, browser.Wait(ctx, "the frozen answer is shown", `window.kubestrata.trace()?.verdict.class === "answered"`))
	must(t, chromedp.Do(ctx, chromedp.Navigate("about:blank")))
	must(t, browser.Open(ctx, question))
	must(t, browser.Wait(ctx, "the question is answered anew", `window.kubestrata.trace() && window.kubestrata.trace().verdict.class !== "answered"`))
}

// freeze presses what copies a link that holds the answer, and returns the link.
func freeze(t *testing.T, ctx context.Context) string {
	t.Helper()
	_, err := browser.Eval[bool](ctx, `(navigator.clipboard.writeText = text => { window.copied = text; return Promise.resolve(); }, true)`)
	must(t, err)
	must(t, chromedp.Do(ctx, chromedp.KeyEvent("\x1b")))
	_, err = browser.Eval[bool](ctx, `(document.activeElement.blur(), document.dispatchEvent(new KeyboardEvent("keydown", { key: "k", ctrlKey: true, bubbles: true })), true)`)
	must(t, err)
	must(t, browser.Wait(ctx, "the palette is open", `document.querySelector("dialog[open] input")`))
	must(t, chromedp.Do(ctx, chromedp.SendKeys(chromedp.CSS("dialog[open] input"), "holds this answer\r")))
	must(t, browser.Wait(ctx, "the link is copied", `/#t=/.test(window.copied ?? "")`))
	link, err := browser.Eval[string](ctx, `window.copied`)
	must(t, err)
	return link
}

func TestAFailingTraceIsWholeWithJavaScriptOff(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "--world", "tour")
	ctx := tab(t, browser.Options{NoScript: true})
	q := url.Values{"from": {"pod/default/toolbox"}, "cmd": {"curl http://pay/"}}
	must(t, chromedp.Do(ctx, chromedp.Navigate(p.URL+"?"+q.Encode())))
	text, err := chromedp.Run(ctx, chromedp.Text(chromedp.CSS("#report")))
	must(t, err)
	for what, want := range map[string]string{"the verdict's decider": "default/pay", "what curl prints": "Failed to connect", "a command to check": "kubectl"} {
		if !strings.Contains(text, want) {
			t.Errorf("it lacks %s (%s):\n%s", what, want, text)
		}
	}
	markup, err := chromedp.Run(ctx, chromedp.InnerHTML(chromedp.CSS("#report")))
	must(t, err)
	if steps := strings.Count(markup, "data-step="); steps < 4 || !strings.Contains(markup, "<ol") {
		t.Errorf("%d numbered steps", steps)
	}
}

func TestSeveralBrowsersEachWithItsOwnSource(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "--world", "tour")
	open := func(source string) context.Context {
		ctx := tab(t, browser.Options{ReducedMotion: true})
		must(t, browser.Open(ctx, p.URL+"?source="+url.QueryEscape(source)))
		return ctx
	}
	tour, lab, hidden := open("world:tour"), open("world:lab"), open("world:tour")
	// One looks away, and then does not even run for a while.
	_, err := browser.Eval[bool](hidden, `(() => {
		Object.defineProperty(document, "hidden", { get: () => window.away !== false, configurable: true });
		document.dispatchEvent(new Event("visibilitychange"));
		setTimeout(() => { const end = Date.now() + 3000; while (Date.now() < end); }, 50);
		return true;
	})()`)
	must(t, err)
	began := time.Now()
	expect(t, tour, "pod/default/toolbox", "curl http://web/", "answered", "pod.delivered", "")
	expect(t, lab, "pod/default/curl-pod", "curl http://nginx-service", "answered", "pod.delivered", "")
	click(t, tour, "#status [data-pause]")
	must(t, browser.Wait(tour, "the tour stands still", `document.querySelector("#status [data-pause][aria-pressed=true]")`))
	t.Logf("two traces and a pause took %s beside a tab that does not run", time.Since(began))
	if paused, err := browser.Eval[bool](lab, `!!document.querySelector("#status [data-pause][aria-pressed=true]")`); err != nil || paused {
		t.Errorf("pausing one world has paused another: %v", err)
	}
	_, err = browser.Eval[bool](hidden, `(window.away = false, document.dispatchEvent(new Event("visibilitychange")), true)`)
	must(t, err)
	must(t, browser.Wait(hidden, "the tab that looked away has caught up", `document.querySelector("#status [data-pause][aria-pressed=true]")`))

	// Switching by the menu, without loading the page again.
	_, err = browser.Eval[bool](lab, `(window.sameDocument = true)`)
	must(t, err)
	must(t, chromedp.Do(lab, chromedp.Click(chromedp.CSS("#source summary")), chromedp.Click(chromedp.CSS(`#source-menu [data-source="world:tour"]`))))
	must(t, browser.Wait(lab, "the tour is shown instead", `window.kubestrata.ready() && window.kubestrata.card("Service/default/pay") && !window.kubestrata.card("Service/default/nginx-service")`))
	if same, err := browser.Eval[bool](lab, `window.sameDocument === true`); err != nil || !same {
		t.Errorf("the page was loaded again: %v", err)
	}
	expect(t, lab, "pod/default/toolbox", "curl http://web/", "answered", "pod.delivered", "")
}
