package page

import (
	"math"
	"strconv"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/kubestrata/kubestrata/testbed/browser"
)

// paced gives the page frames by a clock of its own: each is so many milliseconds after the one before, however long this
// machine takes for it. It notes at which time of that clock each step is reached, and what is drawn then.
const paced = `window.clock = 0; window.pace = 1000 / 60; window.reached = null;
	const drawn = () => document.querySelector(".overlay .packet").getAttribute("transform") + document.querySelector("#player .say").textContent;
	window.requestAnimationFrame = f => setTimeout(() => {
		window.clock += window.pace;
		f(window.clock);
		const step = window.kubestrata?.step();
		if (window.reached && !window.reached[step]) window.reached[step] = { at: window.clock - window.began, drawn: drawn() };
	}, 0);`

// The bar E16: where a computer draws ten frames a second, a trace takes the time it takes elsewhere, and every step ends
// where it ends.
func TestTenFramesASecondPlayTheSameTraceInTheSameTime(t *testing.T) {
	p := start(t, nil, "--world", "tour")
	ctx := tab(t, browser.Options{})
	_, err := chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: paced})
	must(t, err)
	must(t, browser.Open(ctx, p.URL))
	expect(t, ctx, "internet/user", "curl http://shop.test/api/items", "answered", "pod.delivered", "")
	type reached []*struct {
		At    float64 `json:"at"`
		Drawn string  `json:"drawn"`
	}
	play := func(pace float64) reached {
		t.Helper()
		is(t, ctx, "it stands still", `window.kubestrata.idle() || (document.querySelector("[data-do=toggle]").click(), false)`)
		must(t, browser.Step(ctx, 0))
		_, err := browser.Eval[any](ctx, `(pace => {
			window.pace = pace;
			window.began = window.clock;
			window.reached = [];
			document.querySelector("[data-do=toggle]").click();
		})(`+strconv.FormatFloat(pace, 'f', -1, 64)+`)`)
		must(t, err)
		for range 3 {
			if err = browser.Wait30(ctx, "it is played to its end", `window.kubestrata.idle() && window.kubestrata.step() === window.kubestrata.steps() - 1`); err == nil {
				break
			}
		}
		must(t, err)
		steps, err := browser.Eval[reached](ctx, `(r => (window.reached = null, Array.from(r, x => x ?? null)))(window.reached)`)
		must(t, err)
		return steps
	}
	smooth, slow := play(1000.0/60), play(100)
	if len(slow) != len(smooth) || len(slow) < 25 {
		t.Fatalf("%d steps with ten frames a second, %d with sixty", len(slow), len(smooth))
	}
	stood, late := 0, 0.0
	for i, s := range slow {
		if s == nil || smooth[i] == nil {
			continue // within a look-up, which is one hop
		}
		late = max(late, math.Abs(s.At-smooth[i].At))
		must(t, browser.Step(ctx, i))
		if at, err := browser.Eval[string](ctx, `document.querySelector(".overlay .packet").getAttribute("transform") + document.querySelector("#player .say").textContent`); err != nil || at == s.Drawn {
			must(t, err)
			stood++
		} else if at == smooth[i].Drawn {
			t.Errorf("step %d is drawn as %q with ten frames a second, it is %q", i+1, s.Drawn, at)
		}
	}
	t.Logf("%d steps, of which %d are stood on; none reached more than %.0f ms earlier or later; the last after %.1f s", len(slow), stood, late, slow[len(slow)-1].At/1000)
	// One frame to begin, one to be seen, and what a busy machine adds: not one for each of some thirty steps.
	if late > 1000 {
		t.Errorf("a step is reached %.0f ms earlier or later with ten frames a second", late)
	}
	if stood < 15 {
		t.Errorf("only %d steps are stood on", stood)
	}
}
