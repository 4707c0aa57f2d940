package page

import (
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/kubestrata/kubestrata/testbed/browser"
)

func TestWithoutAnyClusterTheExampleOpensUnderItsBand(t *testing.T) {
	t.Parallel()
	p := start(t, nil)
	ctx := tab(t, browser.Options{})
	must(t, browser.Open(ctx, p.URL))
	text, err := browser.Eval[string](ctx, `document.body.innerText`)
	must(t, err)
	if !strings.Contains(strings.ToLower(text), "not your cluster") {
		t.Errorf("the page does not say that this is not the user's cluster:\n%s", text)
	}
	click(t, ctx, "#trace-button")
	must(t, browser.Wait(ctx, "the request that is ready in the bar is traced", `window.kubestrata.traces() === 1`))
	a, err := browser.Eval[browser.Answer](ctx, `window.kubestrata.trace()`)
	must(t, err)
	if err := a.Is("answered", "pod.delivered", ""); err != nil {
		t.Error(err)
	}
}

func TestTheFirstTracesOfTheTour(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "--world", "tour")
	ctx := tab(t, browser.Options{ReducedMotion: true})
	must(t, browser.Open(ctx, p.URL))

	expect(t, ctx, "pod/default/toolbox", "curl http://web/", "answered", "pod.delivered", "")
	expect(t, ctx, "pod/default/toolbox", "curl http://pay/", "refused", "service.no-endpoints", "Service/default/pay")
	denied := expect(t, ctx, "pod/default/toolbox", "nc -vz -w2 db-0.db 5432", "no-answer", "policy.ingress-denied", "")
	if d := denied.Verdict.DecidedBy; d == nil || d.Kind != "NetworkPolicy" {
		t.Errorf("the gate that stops it is not named: decided by %+v", d)
	}
	door := expect(t, ctx, "lan/laptop", "curl http://192.168.10.12:30080/", "answered", "pod.delivered", "")
	for _, layer := range []string{"lan", "pod"} {
		if !door.Layers()[layer] {
			t.Errorf("coming in by a NodePort touches %v, not %s", door.Layers(), layer)
		}
	}
	shop := expect(t, ctx, "internet/user", "curl http://shop.test/api/items", "answered", "pod.delivered", "")
	for _, layer := range []string{"internet", "lan", "pod"} {
		if !shop.Layers()[layer] {
			t.Errorf("coming in by the ingress touches %v, not %s", shop.Layers(), layer)
		}
	}
	expect(t, ctx, "internet/user", "curl http://10.244.1.7/", "no-answer", "boundary.needs-door", "")
}

func TestStepsGoForwardAndBackAndSeekToTheSamePicture(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "--world", "lab")
	ctx := tab(t, browser.Options{ReducedMotion: true})
	must(t, browser.Open(ctx, p.URL))
	expect(t, ctx, "pod/default/curl-pod", "curl http://nginx-service", "answered", "pod.delivered", "")
	n, err := browser.Steps(ctx)
	must(t, err)
	if n < 5 {
		t.Fatalf("%d steps", n)
	}
	const picture = `document.querySelector("#map").innerHTML + document.querySelector("#drawer").innerHTML`
	seen := make([]string, n)
	for i := range n {
		must(t, browser.Step(ctx, i))
		if i == n-1 {
			must(t, browser.Wait(ctx, "what to try next has come", chipsShown))
		}
		seen[i], err = browser.Eval[string](ctx, picture)
		must(t, err)
	}
	for i := n - 1; i >= 0; i-- {
		must(t, browser.Step(ctx, i))
		again, err := browser.Eval[string](ctx, picture)
		must(t, err)
		if again != seen[i] {
			t.Errorf("step %d looks different when it is come back to", i)
		}
	}
}

func TestATraceByKeyboardAlone(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "--world", "lab")
	ctx := tab(t, browser.Options{ReducedMotion: true})
	must(t, browser.Open(ctx, p.URL))
	must(t, chromedp.Do(ctx, chromedp.KeyEvent("/")))
	must(t, browser.Wait(ctx, "/ goes to the request", `document.activeElement.id === "command"`))
	must(t, chromedp.Do(ctx,
		chromedp.KeyEvent("kubectl exec curl-pod -- curl http://nginx-service"),
		chromedp.KeyEvent("\r"),
	))
	must(t, browser.Wait(ctx, "Enter traces", `window.kubestrata.traces() === 1`))
	must(t, chromedp.Do(ctx, chromedp.KeyEvent("\x1b")))
	n, err := browser.Steps(ctx)
	must(t, err)
	_, err = browser.Eval[int](ctx, `(document.activeElement.blur(), window.kubestrata.seek(0), 0)`)
	must(t, err)
	must(t, chromedp.Do(ctx, chromedp.KeyEvent("]")))
	must(t, browser.Wait(ctx, "] is the next stop, behind the look-up", `window.kubestrata.step() > 1 && document.querySelector(".strip .now.fold")`))
	must(t, chromedp.Do(ctx, chromedp.KeyEvent("[")))
	must(t, browser.Wait(ctx, "[ is the step before", `window.kubestrata.step() === 0`))
	if n < 5 {
		t.Errorf("%d steps", n)
	}
}

func TestTheListIsThereWithJavaScriptOff(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "--world", "lab")
	ctx := tab(t, browser.Options{NoScript: true})
	q := url.Values{"from": {"pod/default/curl-pod"}, "cmd": {"curl http://nginx-service"}}
	must(t, chromedp.Do(ctx, chromedp.Navigate(p.URL+"?"+q.Encode())))
	text, err := chromedp.Run(ctx, chromedp.Text(chromedp.CSS("#report")))
	must(t, err)
	for _, want := range []string{"10.104.7.7", "10.244.1.4", "nginx-service"} {
		if !strings.Contains(text, want) {
			t.Errorf("the list does not name %s:\n%s", want, text)
		}
	}
}

func TestWhatYouLookAtIsInTheAddress(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "--world", "lab")
	ctx := tab(t, browser.Options{ReducedMotion: true})
	must(t, browser.Open(ctx, p.URL))
	expect(t, ctx, "pod/default/curl-pod", "curl http://nginx-service", "answered", "pod.delivered", "")
	address, err := browser.Eval[string](ctx, `location.href`)
	must(t, err)
	must(t, chromedp.Do(ctx, chromedp.Navigate("about:blank")))
	must(t, browser.Open(ctx, address))
	must(t, browser.Wait(ctx, "the address brings the trace back", `window.kubestrata.traces() >= 1 && window.kubestrata.trace().verdict.class === "answered"`))
}

func TestAWorldLivesWithoutMovingAnythingElse(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "--world", "tour")
	ctx := tab(t, browser.Options{})
	must(t, browser.Open(ctx, p.URL))
	// Words are wider until the page's own letters are there.
	must(t, browser.Wait(ctx, "the fonts are there", `document.fonts.status === "loaded" && document.fonts.check("12px Inter") && document.fonts.check("12px 'JetBrains Mono'")`))
	const places = `Object.fromEntries([...document.querySelectorAll("#map [data-id]")].filter(e => !e.dataset.id.startsWith("Pod/")).map(e => { const r = e.getBoundingClientRect(); return [e.dataset.id, [r.x, r.y].map(Math.round).join()]; }))`
	before, err := browser.Eval[map[string]string](ctx, places)
	must(t, err)
	if len(before) < 8 {
		t.Fatalf("only %d things on the map", len(before))
	}
	_, err = browser.Eval[bool](ctx, `(window.kubestrataPods = JSON.stringify(window.kubestrata.pods().toSorted()), true)`)
	must(t, err)
	must(t, browser.Wait30(ctx, "a pod is replaced", `JSON.stringify(window.kubestrata.pods().toSorted()) !== window.kubestrataPods`))
	after, err := browser.Eval[map[string]string](ctx, places)
	must(t, err)
	for id, place := range before {
		if after[id] != place {
			t.Errorf("%s moved from %s to %q when a pod was replaced", id, place, after[id])
		}
	}
}
