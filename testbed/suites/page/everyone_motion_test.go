package page

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"github.com/kubestrata/kubestrata/testbed/browser"
)

// looksOf is the picture and the drawer as they stand.
const looksOf = `document.querySelector("#map").innerHTML + document.querySelector("#drawer").innerHTML.replace(/<div id="report"[\s\S]*/, "")`

// Whoever has asked for less motion sees the same states, one after the other, and nothing on its way between them.
func TestReducedMotionPlaysTheSameStatesWithoutMotion(t *testing.T) {
	p := start(t, nil, "--world", "lab")
	finals := map[bool]string{}
	for _, reduced := range []bool{true, false} {
		ctx := tab(t, browser.Options{ReducedMotion: reduced})
		must(t, browser.Open(ctx, p.URL))
		ends(t, ctx, "pod/default/curl-pod", "curl http://nginx-service", "answered")
		n, err := browser.Steps(ctx)
		must(t, err)
		must(t, browser.Step(ctx, 0))
		// Every frame of a play is looked at: what runs, and where the packet is.
		_, err = browser.Eval[bool](ctx, `(() => {
			window.frames_ = { places: new Set(), long: new Set(), infinite: 0, steps: new Set() };
			const look = () => {
				const f = window.frames_;
				f.places.add(document.querySelector(".overlay .packet")?.getAttribute("transform"));
				f.steps.add(window.kubestrata.step());
				for (const a of document.getAnimations()) {
					const time = a.effect.getComputedTiming();
					if (!Number.isFinite(time.endTime)) f.infinite++;
					if (time.endTime > 150) f.long.add(String(a.animationName ?? a.transitionProperty ?? a) + " " + time.endTime);
				}
				if (!window.framesDone) requestAnimationFrame(look);
			};
			requestAnimationFrame(look);
			return true;
		})()`)
		must(t, err)
		must(t, strike(ctx, "5"))
		must(t, strike(ctx, " "))
		must(t, browser.Wait30(ctx, "it has played to its end", fmt.Sprintf(`window.kubestrata.step() === %d && window.kubestrata.idle() && window.frames_.steps.has(%d)`, n-1, n-1)))
		type seen struct {
			Places, Steps, Infinite int
			Long                    []string
		}
		got, err := browser.Eval[seen](ctx, `(window.framesDone = true, { Places: window.frames_.places.size, Steps: window.frames_.steps.size, Infinite: window.frames_.infinite, Long: [...window.frames_.long] })`)
		must(t, err)
		if hops := hopsOf(t, ctx); got.Steps < hops {
			t.Errorf("reduced=%t: %d of %d steps were seen", reduced, got.Steps, hops)
		}
		if got.Infinite > 0 {
			t.Errorf("reduced=%t: something moves without an end", reduced)
		}
		if reduced && got.Places > n {
			t.Errorf("the packet was in %d places in %d steps", got.Places, n)
		}
		if reduced && len(got.Long) > 0 {
			t.Errorf("with reduced motion these run: %v", got.Long)
		}
		if !reduced && got.Places <= n {
			t.Errorf("with motion the packet was in %d places only: the check of reduced motion sees nothing", got.Places)
		}
		must(t, strike(ctx, "3"))
		must(t, browser.Wait(ctx, "what to try next has come", chipsShown))
		finals[reduced], err = browser.Eval[string](ctx, looksOf)
		must(t, err)
	}
	if finals[true] != finals[false] {
		t.Error("the last state is another one with reduced motion")
	}
}

// Bar E12: what moves for more than five seconds can be stopped: the play, and the picture of a living cluster.
func TestWhateverMovesCanBePaused(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "--world", "tour")
	ctx := tab(t, browser.Options{})
	must(t, browser.Open(ctx, p.URL))
	must(t, strike(ctx, "/"))
	must(t, browser.Wait(ctx, "the key leads to the request", `document.activeElement.id === "command"`))
	must(t, strike(ctx, kb.Enter))
	must(t, browser.Wait(ctx, "it plays", `window.kubestrata.traces() === 1 && !window.kubestrata.idle()`))
	must(t, strike(ctx, kb.Escape))
	must(t, strike(ctx, " "))
	must(t, browser.Wait(ctx, "it stands", `window.kubestrata.idle()`))
	stood, err := browser.Eval[int](ctx, `window.kubestrata.step()`)
	must(t, err)
	must(t, strike(ctx, kb.Escape))

	// Held, the picture stays while a pod is replaced; the line says that something waits; taken, it is there.
	must(t, strike(ctx, "v"))
	must(t, browser.Wait(ctx, "the picture is held", `document.querySelector("#status [data-hold]")?.getAttribute("aria-pressed") === "true"`))
	const podsDrawn = `[...document.querySelectorAll('#map [data-id^="Pod/"]')].map(e => e.dataset.id).toSorted().join()`
	before, err := browser.Eval[string](ctx, podsDrawn)
	must(t, err)
	_, err = browser.Eval[bool](ctx, `(window.podsBefore = JSON.stringify(window.kubestrata.pods().toSorted()), true)`)
	must(t, err)
	must(t, browser.Wait30(ctx, "a pod is replaced", `JSON.stringify(window.kubestrata.pods().toSorted()) !== window.podsBefore && window.kubestrata.idle()`))
	must(t, browser.Wait(ctx, "the line says that changes wait", `/take [1-9]\d* change/.test(document.querySelector("#status [data-hold]").textContent)`))
	if after, err := browser.Eval[string](ctx, podsDrawn); err != nil || after != before {
		t.Errorf("the held picture changed from %s to %s (%v)", before, after, err)
	}
	click(t, ctx, "#status [data-hold]")
	must(t, browser.Wait(ctx, "what waited is shown", podsDrawn+` !== "`+before+`"`))
	if stood < 0 {
		t.Errorf("it stood at step %d", stood)
	}
}

// Bar E21: a trace of 25 hops goes to any of them in 100 ms, and looks the same whichever way it is come by.
func TestAnyOf25HopsIsReachedAtOnceAndLooksTheSameBothWays(t *testing.T) {
	p := start(t, nil, "--world", "tour")
	ctx := tab(t, browser.Options{ReducedMotion: true})
	must(t, browser.Open(ctx, p.URL))
	must(t, strike(ctx, "v")) // a pod that is replaced meanwhile would be another picture
	ends(t, ctx, "pod/default/toolbox", "curl http://shop.test/api/items", "answered")
	n, err := browser.Steps(ctx)
	must(t, err)
	if n < 25 {
		t.Fatalf("this trace has only %d hops", n)
	}
	// Each hop three times from afar, to the second frame after it; the best counts, since the machine does other things.
	_, err = browser.Eval[bool](ctx, fmt.Sprintf(`(() => {
		const n = %d, best = Array(n).fill(1e9);
		const order = [];
		for (let round = 0; round < 3; round++) for (let i = 0; i < n; i++) order.push((i * 11 + round * 7) %% n);
		const next = () => {
			const i = order.pop();
			if (i === undefined) { window.seekBest = best; return; }
			const t0 = performance.now();
			window.kubestrata.seek(i);
			const until = () => {
				if (window.kubestrata.step() === i && window.kubestrata.idle()) { best[i] = Math.min(best[i], performance.now() - t0); setTimeout(next); }
				else requestAnimationFrame(until);
			};
			requestAnimationFrame(until);
		};
		next();
		return true;
	})()`, n))
	must(t, err)
	must(t, browser.Wait30(ctx, "all hops were sought", `window.seekBest`))
	best, err := browser.Eval[[]float64](ctx, `window.seekBest`)
	must(t, err)
	worst := 0.0
	for i, ms := range best {
		worst = max(worst, ms)
		if ms > 100 {
			t.Errorf("hop %d is reached after %.0f ms", i+1, ms)
		}
	}
	t.Logf("the slowest of %d hops is reached after %.0f ms", n, worst)

	forth := make([]string, n)
	for i := range n {
		must(t, browser.Step(ctx, i))
		forth[i], err = browser.Eval[string](ctx, looksOf)
		must(t, err)
	}
	for i := n - 1; i >= 0; i-- {
		must(t, browser.Step(ctx, i))
		back, err := browser.Eval[string](ctx, looksOf)
		must(t, err)
		if back != forth[i] {
			t.Errorf("hop %d looks different when it is come back to", i+1)
		}
	}
}
