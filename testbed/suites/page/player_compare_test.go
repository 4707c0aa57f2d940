package page

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/kubestrata/kubestrata/testbed/browser"
)

func TestARemedyIsTriedInAForkAndCompared(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "--world", "ckad/calico")
	ctx := tab(t, browser.Options{ReducedMotion: true})
	must(t, browser.Open(ctx, p.URL))
	expect(t, ctx, busyboxPod, deniedWget, "no-answer", "policy.ingress-denied", "")
	leave(t, ctx)
	_, err := browser.Eval[bool](ctx, `(window.kubestrata.seek(window.kubestrata.steps() - 1), true)`)
	must(t, err)
	is(t, ctx, "the cause comes first, and the client's own lines", `document.querySelector("#player .sentence").textContent.startsWith("No answer NetworkPolicy default/access-nginx") && document.querySelector(".terminal").textContent.includes("download timed out")`)
	is(t, ctx, "one button, which says that nothing is written", `document.querySelectorAll("[data-do=fork]").length === 1 && document.querySelector("[data-do=fork]").textContent.startsWith("What if pod busybox had access=true?") && document.querySelector("[data-do=fork]").textContent.includes("Nothing is written to a cluster")`)
	keys(t, ctx, "w")
	is(t, ctx, "with and without stand beside each other", `document.querySelectorAll(".compare .runs tbody tr").length === 2`)
	text, err := browser.Eval[string](ctx, `document.querySelector(".compare").innerText`)
	must(t, err)
	for _, want := range []string{"Only the gate changed: ", "admits the packet by rule 1", "in-gate closed", "in-gate open", "No answer", "Answered", "What if pod busybox had access=true?"} {
		if !strings.Contains(text, want) {
			t.Errorf("the comparison does not say %q:\n%s", want, text)
		}
	}
	is(t, ctx, "equal hops are dots, and the second way is dotted on the map", `document.querySelectorAll(".compare .same i").length >= 10 && document.querySelectorAll("#map .besides path").length > 0`)
	is(t, ctx, "what is said is the sentence", `document.querySelector("#live").textContent.includes("Only the gate changed")`)
	address, err := browser.Eval[string](ctx, `location.href`)
	must(t, err)
	keys(t, ctx, "\x1b")
	is(t, ctx, "Esc leaves the comparison, not the trace", `!document.querySelector(".comparing") && window.kubestrata.trace() && !location.search.includes("compare") && document.querySelectorAll("#map .besides path").length === 0`)
	must(t, chromedp.Do(ctx, chromedp.Navigate("about:blank")))
	must(t, browser.Open(ctx, address))
	is(t, ctx, "the link compares again", `document.querySelector(".compare .sentence")?.textContent.startsWith("Only the gate changed")`)
	again := expect(t, ctx, busyboxPod, deniedWget, "no-answer", "policy.ingress-denied", "")
	if again == nil {
		t.Error("the fork changed what it was a fork of")
	}
}

func TestEarlierTracesAreOpenedAgainAndCompared(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "--world", "tour")
	ctx := tab(t, browser.Options{ReducedMotion: true})
	must(t, browser.Open(ctx, p.URL))
	keys(t, ctx, "h")
	is(t, ctx, "before any trace the list says so", `document.querySelector("dialog.history[open]")?.textContent.includes("No traces yet")`)
	keys(t, ctx, "\x1b")
	expect(t, ctx, "pod/default/toolbox", "curl http://pay/", "refused", "service.no-endpoints", "")
	expect(t, ctx, "pod/default/toolbox", "curl http://api/", "answered", "pod.delivered", "")
	leave(t, ctx)
	keys(t, ctx, "c")
	is(t, ctx, "C offers the other one", `document.querySelectorAll("dialog.history[open] li").length === 1`)
	keys(t, ctx, "\r")
	is(t, ctx, "Enter compares", `document.querySelector(".compare .sentence")?.textContent.length > 10 && location.search.includes("compare=")`)
	keys(t, ctx, "\x1b")
	is(t, ctx, "and Esc ends it", `!document.querySelector(".comparing")`)

	must(t, browser.Open(ctx, p.URL))
	keys(t, ctx, "h")
	is(t, ctx, "the list outlives the page, newest first", `[...document.querySelectorAll("dialog.history[open] li code")].map(c => c.textContent).join() === "curl http://api/,curl http://pay/"`)
	keys(t, ctx, kb.ArrowDown, "\r")
	is(t, ctx, "as it was: nothing is asked", `window.kubestrata.trace()?.request.command === "curl http://pay/" && document.querySelector(".count").textContent.includes("as it was")`)
	leave(t, ctx)
	keys(t, ctx, "h")
	is(t, ctx, "the list is open", `document.querySelector("dialog.history[open]")`)
	_, err := browser.Eval[bool](ctx, `(document.querySelector("dialog.history [data-how=anew]").focus(), true)`)
	must(t, err)
	keys(t, ctx, "\r")
	is(t, ctx, "anew", `window.kubestrata.trace()?.request.command === "curl http://api/" && !document.querySelector(".count").textContent.includes("as it was")`)
}

func TestTheTabsOfAHopShowWhatDecided(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "--world", "ckad/calico")
	ctx := tab(t, browser.Options{ReducedMotion: true})
	must(t, browser.Open(ctx, p.URL))
	expect(t, ctx, busyboxPod, deniedWget, "no-answer", "policy.ingress-denied", "")
	_, err := browser.Eval[bool](ctx, `(window.kubestrata.seek(window.kubestrata.steps() - 1), document.querySelector("#tab-rule").focus(), true)`)
	must(t, err)
	keys(t, ctx, kb.ArrowRight)
	is(t, ctx, "the object's own lines, the deciding ones lit", `document.querySelector("#tab-object[aria-selected=true]") && [...document.querySelectorAll(".yaml .lit")].some(l => l.textContent.includes('access: "true"'))`)
	lines, err := browser.Eval[int](ctx, `Math.max(...[...document.querySelectorAll(".panel .yaml")].map(y => [...y.children].filter(l => l.querySelector("i").textContent).length))`)
	must(t, err)
	if lines > 12 {
		t.Errorf("%d lines of one object", lines)
	}
	keys(t, ctx, kb.ArrowRight)
	is(t, ctx, "what else was tried", `document.querySelector("#tab-tried[aria-selected=true]")`)
	keys(t, ctx, kb.ArrowRight)
	is(t, ctx, "on what it rests: object, version, age", `/NetworkPolicy access-nginx.*version \d+ · \d+\w+ old/.test(document.querySelector("#tab-panel").textContent)`)
	_, err = browser.Eval[bool](ctx, `(window.kubestrata.seek(0), true)`)
	must(t, err)
	is(t, ctx, "the tab stays when the step changes", `document.querySelector("#tab-evidence[aria-selected=true]")`)
}
