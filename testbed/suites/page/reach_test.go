package page

import (
	"testing"

	"github.com/kubestrata/kubestrata/testbed/browser"
)

func TestWhoCanReachAThingIsAClickAndEachPairAnother(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "--world", "tour")
	ctx := tab(t, browser.Options{ReducedMotion: true})
	must(t, browser.Open(ctx, p.URL+"?at=Service/default/db"))
	must(t, browser.Wait(ctx, "the question is offered", `document.querySelector("#inspector [data-reach]") !== null`))
	click(t, ctx, "#inspector [data-reach]")
	must(t, browser.Wait(ctx, "the answer", `document.querySelector('.reached [data-verdict="denied"] button') !== null`))
	who, err := browser.Eval[string](ctx, `document.querySelector('.reached [data-verdict="denied"] button').textContent`)
	must(t, err)
	if who != "Pod default/toolbox, port 5432" {
		t.Errorf("kept away is %q", who)
	}
	click(t, ctx, `.reached [data-verdict="denied"] button`)
	must(t, browser.Wait(ctx, "the trace of that pair", `window.kubestrata.traces() === 1`))
	a, err := browser.Eval[browser.Answer](ctx, `window.kubestrata.trace()`)
	must(t, err)
	if err := a.Is("no-answer", "policy.ingress-denied", "NetworkPolicy/default/only-api"); err != nil {
		t.Error(err)
	}
}
