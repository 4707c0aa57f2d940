package page

import (
	"context"
	"fmt"
	"strconv"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/kubestrata/kubestrata/testbed/browser"
)

const (
	noteShown = `document.querySelector("#fork-note:not([hidden])")`
	forked    = `JSON.stringify([...document.querySelectorAll("#map [class*=fork-added], #map [class*=fork-changed], #map [class*=fork-removed]")].filter(g => g.dataset.id).map(g => g.dataset.id))`
	// policyWritten and serviceWritten are added by somebody who asks what if.
	policyWritten  = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: nobody, namespace: default}\nspec: {podSelector: {matchLabels: {app: web}}, policyTypes: [Ingress]}\n"
	serviceWritten = "apiVersion: v1\nkind: Service\nmetadata: {name: second, namespace: default}\nspec: {type: NodePort, clusterIP: 10.96.44.4, selector: {app: web}, ports: [{port: 80, targetPort: 8080, nodePort: 30999}]}\n"
)

// wants compares what an expression of the page gives.
func wants(t *testing.T, ctx context.Context, what, expression string, want any) {
	t.Helper()
	got, err := browser.Eval[any](ctx, expression)
	must(t, err)
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// remedyTried puts the remedy of the denied trace beside it.
func remedyTried(t *testing.T, ctx context.Context) {
	traceDenied(t, ctx)
	must(t, pressKey(ctx, "w", false))
	must(t, browser.Wait(ctx, "the what-if is shown", noteShown))
}

// objectsWritten asks what if there were a policy and a service, on the tour.
func objectsWritten(t *testing.T, ctx context.Context) {
	traceMidway(t, ctx)
	whatIfAsked(t, ctx)
	_, err := browser.Eval[bool](ctx, `(document.getElementById("what-if-objects").value = `+strconv.Quote(policyWritten+"---\n"+serviceWritten)+`, true)`)
	must(t, err)
	must(t, chromedp.Do(ctx, chromedp.Click(chromedp.CSS("dialog.what-if .go"))))
	must(t, browser.Wait(ctx, "the what-if is shown", noteShown+` && !document.querySelector("dialog.what-if[open]")`))
}

func whatIfAsked(t *testing.T, ctx context.Context) {
	must(t, pressKey(ctx, "s", false))
	must(t, browser.Wait(ctx, "the dialog is open", `document.querySelector("dialog.what-if[open]")`))
}

func TestWhatARemedyChangesIsDrawn(t *testing.T) {
	s := newStateServers(t)
	ctx := tab(t, browser.Options{})
	must(t, browser.Open(ctx, onCKAD(s)))
	remedyTried(t, ctx)
	wants(t, ctx, "only the pod is marked", forked, `["Pod/default/busybox"]`)
	wants(t, ctx, "its field is named", `document.querySelector('[data-id="Pod/default/busybox"] .fork-text').textContent`, "labels.access = true")
	wants(t, ctx, "whoever does not see it is told", `document.querySelector('[data-id="Pod/default/busybox"] [role=button]').getAttribute("aria-label").includes("in the what-if: labels.access = true")`, true)
	wants(t, ctx, "a line says that it is a what-if", `/What if pod busybox had access=true\?.*the real cluster is unchanged/.test(document.querySelector("#fork-note").textContent)`, true)

	t.Run("the fork's own trace keeps it, also over a reload", func(t *testing.T) {
		must(t, chromedp.Do(ctx, chromedp.Click(chromedp.CSS("[data-compare=swap]"))))
		must(t, browser.Wait(ctx, "the second is open", `window.kubestrata.trace().verdict.class === "answered"`))
		wants(t, ctx, "the pod is marked", forked, `["Pod/default/busybox"]`)
		wants(t, ctx, "the answer is stamped", `document.querySelector(".count .sure")?.textContent`, "what-if")
		must(t, chromedp.Do(ctx, chromedp.Reload()))
		must(t, browser.Wait(ctx, "it is asked again", `window.kubestrata?.trace()?.verdict.class === "answered"`))
		must(t, browser.Wait(ctx, "with its mark", noteShown+` && `+forked+` === '["Pod/default/busybox"]'`))
	})
	t.Run("one control leads back to the real cluster", func(t *testing.T) {
		must(t, chromedp.Do(ctx, chromedp.Click(chromedp.CSS("#fork-note button"))))
		must(t, browser.Wait(ctx, "the real answer is open", `window.kubestrata.trace().verdict.class === "no-answer"`))
		wants(t, ctx, "nothing is marked", forked, "[]")
		wants(t, ctx, "the line is gone", `document.querySelector("#fork-note").hidden`, true)
		wants(t, ctx, "the address asks for the real one", `location.search.includes("try=")`, false)
	})
}

func TestWhatIsTakenAwayIsStruck(t *testing.T) {
	s := newStateServers(t)
	ctx := tab(t, browser.Options{})
	must(t, browser.Open(ctx, onCKAD(s)))
	traceDenied(t, ctx)
	_, err := browser.Eval[bool](ctx, `(document.querySelector('[data-inspect="NetworkPolicy/default/access-nginx"]')?.click(), true)`)
	must(t, err)
	if open, _ := browser.Eval[bool](ctx, `!document.getElementById("inspector").hidden`); !open {
		must(t, chromedp.Do(ctx, chromedp.Click(chromedp.CSS("#tab-object"))))
		must(t, browser.Wait(ctx, "the policy is named", `document.querySelector('[data-inspect="NetworkPolicy/default/access-nginx"]')`))
		must(t, chromedp.Do(ctx, chromedp.Click(chromedp.CSS(`[data-inspect="NetworkPolicy/default/access-nginx"]`))))
	}
	must(t, browser.Wait(ctx, "the inspector offers it", `document.querySelector("#inspector [data-without]")`))
	must(t, chromedp.Do(ctx, chromedp.Click(chromedp.CSS("#inspector [data-without]"))))
	must(t, browser.Wait(ctx, "the what-if is shown", noteShown))
	wants(t, ctx, "the gate is struck and named, as far as there is room", `document.querySelector('[data-id="Pod/default/nginx"] .gate.fork-removed') && document.querySelector('[data-id="Pod/default/nginx"] .fork-strike') ? /^acces.*nginx$|^acces…inx$/.test(document.querySelector('[data-id="Pod/default/nginx"] .fork-text').textContent) : false`, true)
	wants(t, ctx, "whoever does not see it is told its name", `document.querySelector('[data-id="Pod/default/nginx"] [role=button]').getAttribute("aria-label").includes("access-nginx")`, true)
	wants(t, ctx, "both answers stand beside each other", `document.querySelectorAll(".compare .runs tbody tr").length`, 2)
	must(t, pressKey(ctx, "x", false))
	must(t, browser.Wait(ctx, "X leads back", `document.querySelector("#fork-note").hidden && document.querySelectorAll(".gate.fork-removed").length === 0`))
}

func TestWhatIsAddedIsDashedWithAPlus(t *testing.T) {
	s := newStateServers(t)
	ctx := tab(t, browser.Options{})
	must(t, browser.Open(ctx, onTour(s)))
	objectsWritten(t, ctx)
	wants(t, ctx, "the service is on the map", `document.querySelector('[data-id="Service/default/second"]').classList.contains("fork-added")`, true)
	wants(t, ctx, "it says so", `document.querySelector('[data-id="Service/default/second"] .fork-text').textContent`, "added")
	wants(t, ctx, "it has its endpoints", `document.querySelector('[data-id="Service/default/second"] .badge-text').textContent`, "2 of 3")
	wants(t, ctx, "the pods that the policy selects have its gate", `[...document.querySelectorAll('#map .pod[data-id^="Pod/default/web-"]')].every(g => g.querySelector(".gate.fork-added"))`, true)
	must(t, pressKey(ctx, "x", false))
	must(t, browser.Wait(ctx, "X leads back", `document.querySelector("#fork-note").hidden && !document.querySelector('[data-id="Service/default/second"]') && `+forked+` === "[]"`))

	t.Run("what cannot be read is said beside it", func(t *testing.T) {
		whatIfAsked(t, ctx)
		_, err := browser.Eval[bool](ctx, `(document.getElementById("what-if-objects").value = "kind: Service\nspec: [", true)`)
		must(t, err)
		must(t, chromedp.Do(ctx, chromedp.Click(chromedp.CSS("dialog.what-if .go"))))
		must(t, browser.Wait(ctx, "a reason stands there", `document.querySelector("dialog.what-if .wrong").textContent !== ""`))
	})
}
