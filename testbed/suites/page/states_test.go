package page

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/kubestrata/kubestrata/internal/trace"
	"github.com/kubestrata/kubestrata/testbed/browser"
	"github.com/kubestrata/kubestrata/testbed/sheet"
)

var update = flag.Bool("update", false, "write the reference pictures anew")

// tolerance is how much of a sheet may differ: browsers move on, letters by a little.
const tolerance = 0.01

func TestEveryStateLooksAsItsReference(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "--world", "tour", "--states")
	for _, o := range []browser.Options{
		{Width: 1440, Height: 900},
		{Width: 1440, Height: 900, Dark: true},
		{Width: 1024, Height: 768},
		{Width: 1024, Height: 768, Dark: true},
	} {
		theme := "light"
		if o.Dark {
			theme = "dark"
		}
		name := fmt.Sprintf("%d-%s", o.Width, theme)
		t.Run(name, func(t *testing.T) {
			o.ReducedMotion = true
			ctx := tab(t, o)
			must(t, browser.Open(ctx, p.URL+"states"))
			wrong, err := browser.Eval[string](ctx, `[...document.querySelectorAll(".state-missing")].map(e => e.textContent).join("\n")`)
			must(t, err)
			if wrong != "" {
				t.Fatal(wrong)
			}
			ids, err := browser.Eval[[]string](ctx, `[...document.querySelectorAll("#states > [id]")].map(e => e.id)`)
			must(t, err)
			for _, k := range trace.StepKinds {
				if !slices.Contains(ids, "kind-"+string(k)) {
					t.Errorf("no step of kind %s is shown", k)
				}
			}
			var pictures [][]byte
			for _, id := range ids {
				// Alone on the page: pictures of parts of a very long page take long.
				_, err := browser.Eval[bool](ctx, fmt.Sprintf(`window.kubestrata.only(%q)`, id))
				must(t, err)
				b, err := browser.Part(ctx, fmt.Sprintf("[id=%q]", id), 0.2)
				must(t, err)
				pictures = append(pictures, b)
			}
			got, err := sheet.Of(pictures)
			must(t, err)
			path := filepath.Join("testdata", "states", name+".png")
			if *update {
				must(t, os.MkdirAll(filepath.Dir(path), 0o755))
				must(t, sheet.Write(path, got))
				return
			}
			want, err := sheet.Read(path)
			must(t, err)
			if d := sheet.Differ(got, want); d > tolerance {
				seen := filepath.Join(os.TempDir(), "kubestrata-states-"+name+".png")
				must(t, sheet.Write(seen, got))
				t.Errorf("%.1f %% of the page differ from %s (at most %.0f %%): look at %s; if it is meant, run this test with -update", d*100, path, tolerance*100, seen)
			}
		})
	}
}

func TestStatesAreNotServedUnlessAskedFor(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "--world", "tour")
	answer, err := http.Get(p.URL + "states")
	must(t, err)
	must(t, answer.Body.Close())
	if answer.StatusCode != http.StatusNotFound {
		t.Errorf("the page answers %s", answer.Status)
	}
}
