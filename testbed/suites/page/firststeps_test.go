package page

import (
	"context"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/kubestrata/kubestrata/testbed/browser"
)

const chipsShown = `document.querySelector("#chips .chip-button")?.checkVisibility()`

// offered asks what stands in the bar and waits for what may come next.
func offered(t *testing.T, ctx context.Context) {
	must(t, chromedp.Do(ctx, chromedp.Click(chromedp.CSS("#trace-button"))))
	must(t, browser.Wait(ctx, "the trace is open", `window.kubestrata.steps() > 0`))
	n, err := browser.Steps(ctx)
	must(t, err)
	must(t, browser.Step(ctx, n-1))
	must(t, browser.Wait(ctx, "what may come next is offered", chipsShown))
}

// offeredIdle leaves the trace.
func offeredIdle(t *testing.T, ctx context.Context) {
	offered(t, ctx)
	must(t, chromedp.Do(ctx, chromedp.Click(chromedp.CSS("[data-do=close]"))))
	must(t, browser.Wait(ctx, "they stand at the foot of the map", `document.querySelector("#stage > #chips")?.checkVisibility()`))
}

func TestAfterTheFirstVerdictThreeThingsAreOfferedThatPlayOnOneClick(t *testing.T) {
	s := newStateServers(t)
	ctx := tab(t, browser.Options{})
	must(t, browser.Open(ctx, onTour(s)))
	wants(t, ctx, "before any verdict nothing is offered", `document.querySelector("#chips")?.checkVisibility() ?? false`, false)
	wants(t, ctx, "the button invites", `document.getElementById("trace-button").classList.contains("inviting")`, true)
	offered(t, ctx)
	wants(t, ctx, "three are offered", `[...document.querySelectorAll("#chips .chip-button")].map(b => b.textContent).join()`, "break it,from outside,by name")
	wants(t, ctx, "the button does not invite any longer", `document.getElementById("trace-button").classList.contains("inviting")`, false)

	t.Run("break it plays the same request in a Fork in which it fails", func(t *testing.T) {
		must(t, chromedp.Do(ctx, chromedp.Click(chromedp.CSS("[data-chip=break-it]"))))
		must(t, browser.Wait(ctx, "it fails", `window.kubestrata.trace().verdict.class !== "answered" && `+noteShown))
		wants(t, ctx, "it is the same request", `window.kubestrata.trace().request.command`, "curl http://web/")
		must(t, browser.Wait(ctx, "it plays", `window.kubestrata.step() > 0`))
	})
	end := func() {
		n, err := browser.Steps(ctx)
		must(t, err)
		must(t, browser.Step(ctx, n-1))
		must(t, browser.Wait(ctx, "the others are still offered", chipsShown))
	}
	t.Run("from outside comes from outside the cluster", func(t *testing.T) {
		end()
		must(t, chromedp.Do(ctx, chromedp.Click(chromedp.CSS("[data-chip=from-outside]"))))
		must(t, browser.Wait(ctx, "a host asks, and is answered", `window.kubestrata.trace().request.from.kind === "Host" && window.kubestrata.trace().verdict.class === "answered" && document.querySelector("#fork-note").hidden`))
		must(t, browser.Wait(ctx, "it plays", `window.kubestrata.step() > 0`))
	})
	t.Run("by name begins with a look-up", func(t *testing.T) {
		end()
		must(t, chromedp.Do(ctx, chromedp.Click(chromedp.CSS("[data-chip=by-name]"))))
		must(t, browser.Wait(ctx, "a name is looked up", `window.kubestrata.trace().request.from.kind === "Pod" && window.kubestrata.trace().steps.some(s => s.kind === "dns.answer")`))
	})
	t.Run("whoever wants no more is left alone, also next time", func(t *testing.T) {
		end()
		must(t, chromedp.Do(ctx, chromedp.Click(chromedp.CSS("#chips .none"))))
		wants(t, ctx, "they are gone", `document.querySelector("#chips")?.checkVisibility() ?? false`, false)
		must(t, browser.Open(ctx, onTour(s)))
		wants(t, ctx, "the button does not invite", `document.getElementById("trace-button").classList.contains("inviting")`, false)
	})
}

func TestWhereNothingIsReadyTheFirstStepsAreOfferedAtOnce(t *testing.T) {
	s := newStateServers(t)
	ctx := tab(t, browser.Options{})
	must(t, browser.Open(ctx, onGateways(s)))
	must(t, browser.Wait(ctx, "they stand at the foot of the map", `document.querySelector("#stage > #chips .chip-button")?.checkVisibility()`))
	wants(t, ctx, "beside the map's tools, over nothing", `(() => {
		const box = q => document.querySelector(q).getBoundingClientRect();
		return box("#chips").top >= box("#map").bottom - 1 && box("#map-tools").top >= box("#map").bottom - 1 && box("#chips").right < box("#map-tools").left;
	})()`, true)
	ctx = tab(t, browser.Options{})
	must(t, browser.Open(ctx, onEmpty(s)))
	wants(t, ctx, "an empty cluster has nothing to offer", `document.querySelector("#chips")?.checkVisibility() ?? false`, false)
}
