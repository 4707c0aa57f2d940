// Package browser drives a real Chromium for tests, pictures and measurements.
package browser

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// Options say what the page meets.
type Options struct {
	Width, Height int64
	Dark          bool
	ReducedMotion bool
	NoScript      bool // JavaScript off
}

// Find returns the path of a Chromium, or an error that says how to install one.
func Find() (string, error) {
	if path := os.Getenv("KUBESTRATA_CHROMIUM"); path != "" {
		return path, nil
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("no Chromium is installed; run: apt-get install -y chromium (or set KUBESTRATA_CHROMIUM to one)")
}

// flags make what the page looks like depend on the page: fixed scale, colours and hinting, and no traffic of the
// browser's own.
var flags = []chromedp.ExecAllocatorOption{
	chromedp.NoSandbox,
	chromedp.Headless,
	chromedp.DisableGPU,
	chromedp.NoFirstRun,
	chromedp.NoDefaultBrowserCheck,
	chromedp.Flag("disable-quic", true),
	chromedp.Flag("disable-background-networking", true),
	chromedp.Flag("disable-component-update", true),
	chromedp.Flag("disable-sync", true),
	chromedp.Flag("disable-dev-shm-usage", true),
	chromedp.Flag("disable-default-apps", true),
	chromedp.Flag("disable-extensions", true),
	chromedp.Flag("hide-scrollbars", true),
	chromedp.Flag("mute-audio", true),
	chromedp.Flag("force-device-scale-factor", "1"),
	chromedp.Flag("font-render-hinting", "none"),
	chromedp.Flag("force-color-profile", "srgb"),
	// A tab in the background would get no animation frames; several tabs are several people in the tests.
	chromedp.Flag("disable-backgrounding-occluded-windows", true),
	chromedp.Flag("disable-renderer-backgrounding", true),
}

// Browser is one running Chromium with a profile of its own.
type Browser struct {
	ctx     context.Context
	cancels []context.CancelFunc
}

// Start starts a browser; Close ends it and removes its profile.
func Start(ctx context.Context) (*Browser, error) {
	path, err := Find()
	if err != nil {
		return nil, err
	}
	profile, err := os.MkdirTemp("", "kubestrata-browser-")
	if err != nil {
		return nil, err
	}
	options := append([]chromedp.ExecAllocatorOption{chromedp.ExecPath(path), chromedp.UserDataDir(profile)}, flags...)
	alloc, cancelAlloc := chromedp.NewExecAllocator(ctx, options...)
	root, cancelRoot := chromedp.NewContext(alloc)
	b := &Browser{ctx: root, cancels: []context.CancelFunc{cancelRoot, cancelAlloc, func() { _ = os.RemoveAll(profile) }}}
	if err := chromedp.Do(root); err != nil {
		b.Close()
		return nil, fmt.Errorf("start %s: %w", path, err)
	}
	return b, nil
}

// Close ends the browser.
func (b *Browser) Close() {
	for _, cancel := range b.cancels {
		cancel()
	}
}

// Tab opens a tab. Its context ends after the limit, so that a page that never answers fails a test instead of hanging it.
func (b *Browser) Tab(limit time.Duration, o Options) (context.Context, context.CancelFunc, error) {
	return b.tab(limit, o)
}

// Private opens a tab that shares nothing with others of the same browser, as one in a browser of its own: a browser takes
// longer to start than most tests take.
func (b *Browser) Private(limit time.Duration, o Options) (context.Context, context.CancelFunc, error) {
	return b.tab(limit, o, chromedp.WithNewBrowserContext())
}

func (b *Browser) tab(limit time.Duration, o Options, how ...chromedp.ContextOption) (context.Context, context.CancelFunc, error) {
	tab, closeTab := chromedp.NewContext(b.ctx, how...)
	ctx, cancel := context.WithTimeout(tab, limit)
	both := func() { cancel(); closeTab() }
	if err := meet(ctx, o); err != nil {
		both()
		return nil, nil, err
	}
	return ctx, both, nil
}

// meet makes a tab what the options say.
func meet(ctx context.Context, o Options) error {
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(o.Width, o.Height)); err != nil {
		return err
	}
	if err := Media(ctx, o.Dark, o.ReducedMotion); err != nil {
		return err
	}
	_, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: o.NoScript})
	return err
}

// Media says what the person at a tab has chosen, while its page is open.
func Media(ctx context.Context, dark, reducedMotion bool) error {
	scheme, motion := "light", "no-preference"
	if dark {
		scheme = "dark"
	}
	if reducedMotion {
		motion = "reduce"
	}
	_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme},
		{Name: "prefers-reduced-motion", Value: motion},
	}})
	return err
}
