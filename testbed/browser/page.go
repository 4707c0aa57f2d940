package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/chromedp/chromedp"
)

// Open goes to an address and, unless JavaScript is off, waits until the page has painted a whole picture.
func Open(ctx context.Context, url string) error {
	if err := chromedp.Do(ctx, chromedp.Navigate(url)); err != nil {
		return fmt.Errorf("open %s: %w", url, err)
	}
	return Wait(ctx, "the picture is whole", `window.kubestrata && window.kubestrata.ready()`)
}

// Wait polls a JavaScript expression until it is true. what names it in the error.
func Wait(ctx context.Context, what, expression string) error {
	return wait(ctx, 20*time.Second, what, expression)
}

// Wait30 is Wait for what happens only every 20 seconds.
func Wait30(ctx context.Context, what, expression string) error {
	return wait(ctx, 30*time.Second, what, expression)
}

func wait(ctx context.Context, limit time.Duration, what, expression string) error {
	var err error
	for end := time.Now().Add(limit); ; {
		_, err = chromedp.Run(ctx, chromedp.Poll[bool]("!!("+expression+")",
			chromedp.WithPollingInterval(20*time.Millisecond), chromedp.WithPollingTimeout(max(time.Until(end), time.Millisecond))))
		// A page that is being replaced takes its scripts along; the next one is asked again.
		if err == nil || !replaced(err) || ctx.Err() != nil || time.Now().After(end) {
			break
		}
	}
	if err != nil {
		var body string
		body, _ = chromedp.Run(ctx, chromedp.Evaluate[string](`document.body ? document.body.innerText.slice(0, 1500) : "(no body)"`))
		return fmt.Errorf("waited for: %s (%s): %w\nthe page says:\n%s", what, expression, err, body)
	}
	return nil
}

func replaced(err error) bool {
	return strings.Contains(err.Error(), "Cannot find context") || strings.Contains(err.Error(), "navigated or closed") ||
		strings.Contains(err.Error(), "context was destroyed")
}

// Eval evaluates a JavaScript expression and decodes its JSON value.
func Eval[T any](ctx context.Context, expression string) (T, error) {
	return chromedp.Run(ctx, chromedp.Evaluate[T](expression))
}

// Shot writes a screenshot of the viewport to a PNG file.
func Shot(ctx context.Context, path string) error {
	png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, png, 0o644)
}

// Ask types a request into the bar, presses Enter and waits until its trace is there. from may be empty.
func Ask(ctx context.Context, from, command string) error {
	quote := func(s string) string {
		b, _ := json.Marshal(s)
		return string(b)
	}
	err := chromedp.Do(ctx, chromedp.WaitVisible(chromedp.CSS("#command")))
	if err != nil {
		return err
	}
	set := fmt.Sprintf(`(() => {
		for (const [id, text] of [["from", %s], ["command", %s]]) {
			const input = document.getElementById(id);
			input.focus();
			input.value = text;
			input.dispatchEvent(new Event("input", { bubbles: true }));
			input.dispatchEvent(new Event("change", { bubbles: true }));
		}
		window.kubestrataAsked = window.kubestrata.traces();
		document.getElementById("command").focus();
		return true;
	})()`, quote(from), quote(command))
	if _, err := Eval[bool](ctx, set); err != nil {
		return err
	}
	if err := chromedp.Do(ctx, chromedp.KeyEvent("\r")); err != nil {
		return err
	}
	return Wait(ctx, "the trace of "+command, `window.kubestrata.traces() > window.kubestrataAsked`)
}
