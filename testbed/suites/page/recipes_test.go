package page

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kubestrata/kubestrata/testbed/browser"
)

func TestHowAThingIsReachedIsAClickAndEachCommandAnother(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "--world", "tour")
	for key, want := range map[string]struct{ command, class, reason string }{
		"Service/default/web":   {"curl http://web.default/", "answered", "pod.delivered"},
		"Pod/default/db-0":      {"nc -zv -w2 db-0.db 5432", "answered", "pod.delivered"},
		"Ingress/default/shop":  {"curl http://shop.test/", "answered", "pod.delivered"},
		"Node/node-a":           {"ping -c1 192.168.10.11", "answered", "host.delivered"},
		"Service/default/promo": {"curl http://10.96.5.5/", "", ""},
	} {
		t.Run(key, func(t *testing.T) {
			ctx := tab(t, browser.Options{ReducedMotion: true})
			must(t, browser.Open(ctx, p.URL+"?at="+key))
			must(t, browser.Wait(ctx, "the question is offered", `document.querySelector("#inspector [data-reach^=recipes]") !== null`))
			if there, err := browser.Eval[bool](ctx, `document.querySelector("#inspector .recipes") !== null`); err != nil || there {
				t.Errorf("it is answered before it is asked (%v)", err)
			}
			click(t, ctx, "#inspector [data-reach^=recipes]")
			must(t, browser.Wait(ctx, "the answer", `document.querySelectorAll("#inspector .recipe-source").length >= 4`))
			if dir := os.Getenv("KUBESTRATA_PICTURES"); dir != "" {
				must(t, browser.Shot(ctx, filepath.Join(dir, "recipes-"+strings.ReplaceAll(key, "/", "-")+".png")))
			}
			button := `#inspector .recipes [data-trace-command="` + want.command + `"]`
			if want.class == "" {
				button = `#inspector .recipe-source[data-kind=internet] li:not(.works) [data-trace-command="` + want.command + `"]`
			}
			click(t, ctx, button)
			must(t, browser.Wait(ctx, "its trace", `window.kubestrata.traces() === 1`))
			a, err := browser.Eval[browser.Answer](ctx, `window.kubestrata.trace()`)
			must(t, err)
			if want.class == "" {
				want.class, want.reason = "no-answer", "boundary.needs-door"
			}
			if err := a.Is(want.class, want.reason, ""); err != nil {
				t.Error(err)
			}
		})
	}
}
