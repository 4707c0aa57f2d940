package page

import (
	"path/filepath"
	"testing"

	"github.com/kubestrata/kubestrata/testbed/browser"
	"github.com/kubestrata/kubestrata/testbed/figures"
)

// Bars E15 and E16, measured as `make bench` measures them. What a busy machine makes worse by itself (blocked time, the
// slowest of some interactions or frames, shares of a core) is only told here: `make bench` holds it against its bar.
func TestThePageKeepsItsFigures(t *testing.T) {
	p := start(t, nil, "--world", "tour")
	b, err := browser.Start(t.Context())
	must(t, err)
	t.Cleanup(b.Close)
	hold := func(list []figures.Figure, err error) {
		t.Helper()
		must(t, err)
		keeps(t, list)
	}
	size, err := figures.Size(filepath.Join("..", "..", "..", "static"))
	hold([]figures.Figure{size}, err)
	hold(figures.Load(t.Context(), b, p.URL))
	hold(figures.Play(t.Context(), b, p.URL, "internet/user", "curl http://shop.test/api/items"))
	hold(figures.Idle(t.Context(), b, p.URL))
	hold(figures.Churn(t.Context(), b, binary))
}

// The bar E21.
func TestAnyHopOfALongTraceIsReachedAtOnce(t *testing.T) {
	p := start(t, nil, "--world", "tour")
	b, err := shared()
	must(t, err)
	list, err := figures.Seek(t.Context(), b, p.URL, "internet/user", "curl http://shop.test/api/items")
	must(t, err)
	keeps(t, list)
}

func keeps(t *testing.T, list []figures.Figure) {
	t.Helper()
	for _, f := range list {
		t.Logf("%s: %.3g %s", f.What, f.Value, f.Unit)
		if !f.Holds() && !f.Noisy {
			t.Errorf("%s: %.3g %s, the bar is %g", f.What, f.Value, f.Unit, f.Limit)
		}
	}
}
