// Package page tests the whole program in a real browser: with the example world, and on a real control plane.
//
// Tests wait more than they compute, so that they run beside each other, each with tabs of its own. Those that measure
// time are not marked as parallel: they run first, one by one, and nothing beside them.
package page

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/kubestrata/kubestrata/testbed/browser"
)

// binary is the program under test, built once from the tree as it is.
var binary string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "kubestrata-page-")
	if err != nil {
		panic(err)
	}
	binary = filepath.Join(dir, "kubestrata")
	cmd := exec.Command("go", "build", "-o", binary, "./cmd/kubestrata")
	cmd.Dir = "../../.."
	if out, err := cmd.CombinedOutput(); err != nil {
		panic(string(out))
	}
	code := m.Run()
	if b, err := shared(); err == nil {
		b.Close()
	}
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// start runs the program without any kubeconfig of this machine and ends it with the test.
func start(t *testing.T, env []string, args ...string) *browser.Program {
	t.Helper()
	// Not the test's own context: that ends before the clean-up, which asks the program to end in order.
	p, err := browser.Run(context.WithoutCancel(t.Context()), binary, env, args...)
	must(t, err)
	t.Cleanup(func() {
		if err := p.Stop(); err != nil {
			t.Errorf("the program ended with %v\n%s", err, p.Log())
		}
	})
	return p
}

// shared is the browser of all tests that need none of their own; TestMain closes it.
var shared = sync.OnceValues(func() (*browser.Browser, error) { return browser.Start(context.Background()) })

// lent are the tabs of the shared browser, which tests use one after the other.
var lent = sync.OnceValues(func() (*browser.Tabs, error) {
	b, err := shared()
	if err != nil {
		return nil, err
	}
	return b.Tabs(), nil
})

// tab gives a tab that shares nothing with those of other tests, in which nothing is left of the test before.
func tab(t *testing.T, o browser.Options) context.Context {
	t.Helper()
	tabs, err := lent()
	must(t, err)
	if o.Width == 0 {
		o.Width, o.Height = 1440, 900
	}
	ctx, giveBack, err := tabs.Borrow(3*time.Minute, o)
	must(t, err)
	t.Cleanup(func() { giveBack(!t.Failed()) })
	return ctx
}

// ownTab opens a tab that nobody uses afterwards, for whoever sets more of it than browser.Options.
func ownTab(t *testing.T, o browser.Options) context.Context {
	t.Helper()
	b, err := shared()
	must(t, err)
	if o.Width == 0 {
		o.Width, o.Height = 1440, 900
	}
	ctx, closeTab, err := b.Private(3*time.Minute, o)
	must(t, err)
	t.Cleanup(closeTab)
	return ctx
}

// click clicks a thing. One that is drawn anew between the look for it and the click is looked for again, as a person does.
func click(t *testing.T, ctx context.Context, selector string) {
	t.Helper()
	for tries := 0; ; tries++ {
		err := chromedp.Do(ctx, chromedp.Click(chromedp.CSS(selector)))
		if err == nil || tries == 5 || !strings.Contains(err.Error(), "Could not find node") {
			must(t, err)
			return
		}
	}
}

// expect traces on the page and checks the verdict.
func expect(t *testing.T, ctx context.Context, from, command, class, reason, decider string) *browser.Answer {
	t.Helper()
	a, err := browser.Trace(ctx, from, command)
	must(t, err)
	if err := a.Is(class, reason, decider); err != nil {
		t.Errorf("from %q: %s: %v", from, command, err)
	}
	return a
}
