package figures

import (
	"context"
	"fmt"
	"time"

	"github.com/chromedp/cdproto/performance"
	"github.com/chromedp/chromedp"

	"github.com/kubestrata/kubestrata/testbed/browser"
	"github.com/kubestrata/kubestrata/testbed/churn"
)

// looked is for how long a page is looked at.
const looked = 10 * time.Second

// perSecond is the pace of changes up to which Kubernetes promises its own times.
const perSecond = 20

// Idle is what a page costs on which nothing moves, though its world lives: changes are held.
func Idle(ctx context.Context, b *browser.Browser, address string) ([]Figure, error) {
	tab, closeTab, err := b.Tab(time.Minute, browser.Options{Width: 1440, Height: 900})
	if err != nil {
		return nil, err
	}
	defer closeTab()
	if err := browser.Open(tab, address); err != nil {
		return nil, err
	}
	c, err := costOfHolding(ctx, tab)
	if err != nil {
		return nil, err
	}
	return []Figure{
		{What: "frames a second of an idle page", Value: c.frames, Limit: 0},
		{What: "an idle page's share of a core", Value: c.share, Unit: "%", Limit: 1, Noisy: true},
	}, nil
}

// Churn is what a page costs while 20 objects a second change: held, when nothing moves, and drawn as they come.
func Churn(ctx context.Context, b *browser.Browser, binary string) ([]Figure, error) {
	api := churn.Start(perSecond)
	defer api.Close()
	p, err := browser.Run(ctx, binary, nil, "--server", api.URL)
	if err != nil {
		return nil, err
	}
	defer func() { _ = p.Stop() }()
	tab, closeTab, err := b.Tab(2*time.Minute, browser.Options{Width: 1440, Height: 900})
	if err != nil {
		return nil, err
	}
	defer closeTab()
	if err := browser.Open(tab, p.URL); err != nil {
		return nil, err
	}
	drawn, err := costOf(ctx, tab)
	if err != nil {
		return nil, err
	}
	before := api.Changes()
	held, err := costOfHolding(ctx, tab)
	if err != nil {
		return nil, err
	}
	// Not all of what has changed when the page is asked has reached it, and some came before it held.
	came, err := browser.Eval[int](tab, `window.kubestrata.held()`)
	if err != nil {
		return nil, err
	}
	if changed := api.Changes() - before; came < changed/2 || changed < perSecond*int(looked/time.Second)/2 {
		return nil, fmt.Errorf("%d objects changed while the page was looked at, %d changes reached it", changed, came)
	}
	return []Figure{
		{What: "20 changes a second, held: frames a second", Value: held.frames, Limit: 0},
		{What: "20 changes a second, held: share of a core", Value: held.share, Unit: "%", Limit: 1, Noisy: true},
		{What: "20 changes a second, drawn as they come: share of a core", Value: drawn.share, Unit: "%", Limit: 10, Noisy: true},
	}, nil
}

// cost is what a page takes: frames a second, and the share of a core in percent that its main thread is busy.
type cost struct{ frames, share float64 }

// costOfHolding holds changes before it looks.
func costOfHolding(ctx, tab context.Context) (cost, error) {
	if err := chromedp.Do(tab, chromedp.KeyEvent("v")); err != nil {
		return cost{}, err
	}
	// What invites somebody who has just come moves once, for a moment.
	still := `window.kubestrata.idle() && document.getAnimations().every(a => a.playState !== "running")`
	if err := browser.Wait(tab, "the page stands still", still); err != nil {
		return cost{}, err
	}
	return costOf(ctx, tab)
}

// costOf looks at a page without polling it: what it takes is its own.
func costOf(ctx, tab context.Context) (c cost, err error) {
	if _, err := chromedp.Call(tab, performance.Enable, performance.EnableParams{TimeDomain: performance.EnableTimeDomainThreadTicks}); err != nil {
		return c, err
	}
	f0, t0, err := spent(tab)
	if err != nil {
		return c, err
	}
	select {
	case <-ctx.Done():
		return c, ctx.Err()
	case <-time.After(looked):
	}
	f1, t1, err := spent(tab)
	return cost{frames: (f1 - f0) / looked.Seconds(), share: 100 * (t1 - t0) / looked.Seconds()}, err
}

// spent is how many frames the page has drawn and how many seconds its main thread was busy until now.
func spent(tab context.Context) (frames, seconds float64, err error) {
	if frames, err = browser.Eval[float64](tab, `window.kubestrata.counts().frames`); err != nil {
		return 0, 0, err
	}
	m, err := chromedp.Call(tab, performance.GetMetrics, struct{}{})
	for _, x := range m.Metrics {
		if x.Name == "TaskDuration" {
			return frames, x.Value, err
		}
	}
	if err == nil {
		err = fmt.Errorf("the browser does not say how long its tasks took")
	}
	return frames, 0, err
}
