package page

import (
	"context"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/kubestrata/kubestrata/testbed/browser"
)

// numbered are the numbers of the list's items in sight, and those of the strip's stops.
const (
	numbered = `JSON.stringify([...document.querySelectorAll("#report .steps > li")].filter(li => li.checkVisibility()).map(li => li.value))`
	stops    = `JSON.stringify([...document.querySelectorAll("#player .strip > li")].map((_, i) => i + 1))`
	// sameTitles holds the titles of the list against those of the strip, but for the folded look-up, which is told by its answer.
	sameTitles = `(() => {
		const list = [...document.querySelectorAll("#report .steps > li")].filter(li => li.checkVisibility());
		return [...document.querySelectorAll("#player .strip > li")].every((li, i) => li.matches(".fold") || li.querySelector("button").title === list[i].querySelector(".title").textContent);
	})()`
)

// A trace of several ways with a look-up, on a phone.
func listed(t *testing.T, ctx context.Context) {
	expect(t, ctx, "pod/default/toolbox", "curl http://web/", "answered", "pod.delivered", "")
	must(t, browser.Wait(ctx, "the list is there", `document.querySelector("#report .steps > li .go-to")`))
	n, err := browser.Steps(ctx)
	must(t, err)
	must(t, browser.Step(ctx, n-1))
}

func TestThePhonesListCountsAsTheStripDoesAndEndsWithTheEnd(t *testing.T) {
	s := newStateServers(t)
	ctx := tab(t, browser.Options{Width: 390, Height: 844, ReducedMotion: true})
	must(t, browser.Open(ctx, onTour(s)))
	listed(t, ctx)
	same := func(what string) {
		t.Helper()
		must(t, browser.Wait(ctx, what, numbered+" === "+stops+" && "+sameTitles))
	}
	same("the numbers of the list are those of the strip")
	wants(t, ctx, "the last item is the end, and is where one stands", `(() => { const li = [...document.querySelectorAll("#report .steps > li")].filter(li => li.checkVisibility()).at(-1); return li.dataset.kind + " " + li.getAttribute("aria-current"); })()`, "end step")
	wants(t, ctx, "its number is the drawer's", `document.querySelector("#report .steps > li[aria-current]").value + " of " + document.querySelectorAll("#player .strip > li").length === document.querySelector("#player .count b").textContent`, true)

	t.Run("a look-up opens into its own hops, which then count in both", func(t *testing.T) {
		must(t, chromedp.Do(ctx, chromedp.Click(chromedp.CSS("#report .look-up .opens"))))
		must(t, browser.Wait(ctx, "somebody stands within it", `document.querySelector("#player .strip li.opened") && document.querySelector('#report li[data-kind="dns.search"]').checkVisibility()`))
		same("and the numbers are the same again")
	})
	t.Run("a tap on a step goes there, and the look-up folds", func(t *testing.T) {
		must(t, chromedp.Do(ctx, chromedp.Click(chromedp.CSS(`#report li[data-kind="end"] .go-to`))))
		must(t, browser.Wait(ctx, "the end is shown", `window.kubestrata.step() === window.kubestrata.steps() - 1`))
		same("the numbers are the same")
	})
	t.Run("another way has its own steps in the list", func(t *testing.T) {
		_, err := browser.Eval[bool](ctx, `(document.querySelector("[data-outcome='1']").click(), true)`)
		must(t, err)
		same("the numbers are the same")
	})
}
