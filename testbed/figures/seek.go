package figures

import (
	"context"
	"time"

	"github.com/kubestrata/kubestrata/testbed/browser"
)

// Seek opens a trace of many hops and goes to each of them from elsewhere: how long until it is drawn. Each is sought three
// times and its best time counts, since the machine does other things.
func Seek(ctx context.Context, b *browser.Browser, address, from, command string) ([]Figure, error) {
	tab, closeTab, err := b.Tab(2*time.Minute, browser.Options{Width: 1440, Height: 900})
	if err != nil {
		return nil, err
	}
	defer closeTab()
	if err := browser.Open(tab, address); err != nil {
		return nil, err
	}
	if err := browser.Ask(tab, from, command); err != nil {
		return nil, err
	}
	// The time is taken in the page itself, from the call to the end of the frame after it.
	if _, err := browser.Eval[bool](tab, `(window.sought = null, (async () => {
		const n = window.kubestrata.steps(), best = Array(n).fill(1e9);
		for (let k = 0; k < 3 * n; k++) {
			const i = (k * 17) % n;
			const began = performance.now();
			window.kubestrata.seek(i);
			await new Promise(r => requestAnimationFrame(() => setTimeout(r)));
			if (window.kubestrata.step() === i) best[i] = Math.min(best[i], performance.now() - began);
		}
		window.sought = { Hops: n, Worst: Math.max(...best) };
	})(), true)`); err != nil {
		return nil, err
	}
	if err := browser.Wait30(tab, "all hops were sought", `window.sought !== null`); err != nil {
		return nil, err
	}
	sought, err := browser.Eval[struct{ Hops, Worst float64 }](tab, `window.sought`)
	if err != nil {
		return nil, err
	}
	return []Figure{
		{What: "hops of the trace that is sought in", Value: sought.Hops, Limit: 25, AtLeast: true},
		{What: "seeking the slowest of its hops", Value: sought.Worst, Unit: "ms", Limit: 100},
	}, nil
}
