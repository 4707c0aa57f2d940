package browser

import (
	"context"
	"fmt"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// Part is a picture of one element as PNG, wherever on the page it is, drawn at a scale.
func Part(ctx context.Context, selector string, scale float64) ([]byte, error) {
	box, err := Eval[page.Viewport](ctx, fmt.Sprintf(`(() => {
		const r = document.querySelector(%q).getBoundingClientRect();
		return { x: r.x + scrollX, y: r.y + scrollY, width: r.width, height: r.height, scale: %v };
	})()`, selector, scale))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", selector, err)
	}
	beyond := true
	got, err := chromedp.Call(ctx, page.CaptureScreenshot, page.CaptureScreenshotParams{Clip: &box, CaptureBeyondViewport: &beyond})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", selector, err)
	}
	return got.Data, nil
}
