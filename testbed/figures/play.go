package figures

import (
	"context"
	"fmt"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/kubestrata/kubestrata/testbed/browser"
)

// Play plays a trace of many hops on a computer that is four times slower, at 1024x768, and looks at each frame.
func Play(ctx context.Context, b *browser.Browser, address, from, command string) ([]Figure, error) {
	tab, closeTab, err := b.Tab(2*time.Minute, browser.Options{Width: 1024, Height: 768})
	if err != nil {
		return nil, err
	}
	defer closeTab()
	if _, err := chromedp.Call(tab, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: observed}); err != nil {
		return nil, err
	}
	if err := browser.Open(tab, address); err != nil {
		return nil, err
	}
	if err := slow(tab, false); err != nil {
		return nil, err
	}
	if err := browser.Ask(tab, from, command); err != nil {
		return nil, err
	}
	_, err = browser.Eval[bool](tab, `(() => {
		document.activeElement?.blur();
		window.seen.longest = 0;
		window.times = [];
		let last = 0;
		const look = now => {
			if (last) window.times.push(now - last);
			last = now;
			if (!window.timesDone) requestAnimationFrame(look);
		};
		window.kubestrata.seek(0);
		requestAnimationFrame(look);
		return true;
	})()`)
	if err != nil {
		return nil, err
	}
	if err := chromedp.Do(tab, chromedp.KeyEvent(" ")); err != nil {
		return nil, err
	}
	for range 3 { // a whole play takes up to 25 s at its own speed, and longer where frames come late
		err = browser.Wait30(tab, "it is played to its end", `window.kubestrata.idle() && window.kubestrata.step() === window.kubestrata.steps() - 1`)
		if err == nil {
			break
		}
	}
	if err != nil {
		return nil, err
	}
	type frames struct{ Median, P95, Longest float64 }
	f, err := browser.Eval[frames](tab, `(window.timesDone = true, window.times.sort((a, b) => a - b), {
		Median: window.times[Math.floor(window.times.length / 2)], P95: window.times[Math.floor(window.times.length * 0.95)], Longest: window.seen.longest,
	})`)
	if err != nil {
		return nil, err
	}
	if f.Median <= 0 {
		return nil, fmt.Errorf("no frames were seen while %s was played", command)
	}
	return []Figure{
		{What: "playing: median frames a second", Value: 1000 / f.Median, Limit: 30, AtLeast: true, Noisy: true},
		{What: "playing: 95 of 100 frames take at most", Value: f.P95, Unit: "ms", Limit: 66, Noisy: true},
		{What: "playing: longest task", Value: f.Longest, Unit: "ms", Limit: 200, Noisy: true},
	}, nil
}
