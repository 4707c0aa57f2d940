package firstcontact

import (
	"context"
	"slices"
	"time"

	"github.com/kubestrata/kubestrata/testbed/browser"
)

// FirstPaint starts the program runs times and returns the milliseconds from each process's start to the world being
// painted whole in a tab that was open before, sorted.
func FirstPaint(ctx context.Context, binary string, runs int) ([]float64, error) {
	b, err := browser.Start(ctx)
	if err != nil {
		return nil, err
	}
	defer b.Close()
	var out []float64
	for range runs {
		ms, err := firstPaint(ctx, b, binary)
		if err != nil {
			return nil, err
		}
		out = append(out, ms)
	}
	slices.Sort(out)
	return out, nil
}

func firstPaint(ctx context.Context, b *browser.Browser, binary string) (float64, error) {
	tab, closeTab, err := b.Tab(time.Minute, browser.Options{Width: 1440, Height: 900})
	if err != nil {
		return 0, err
	}
	defer closeTab()
	p, err := browser.Run(ctx, binary, nil)
	if err != nil {
		return 0, err
	}
	defer func() { _ = p.Stop() }()
	if err := browser.Open(tab, p.URL); err != nil {
		return 0, err
	}
	return float64(time.Since(p.Started).Microseconds()) / 1000, nil
}
