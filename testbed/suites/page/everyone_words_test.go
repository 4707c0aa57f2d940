package page

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/kubestrata/kubestrata/testbed/browser"
)

// asked are requests that end in different ways, by the world that they are asked in.
var asked = []struct{ world, from, command, class string }{
	{"tour", "pod/default/toolbox", "curl http://web/", "answered"},
	{"tour", "internet/user", "curl http://blog.test/", "http-error"},
	{"tour", "pod/default/toolbox", "curl http://nosuch/", "name-not-found"},
	{"tour", "pod/default/toolbox", "curl http://pay/", "refused"},
	{"tour", "pod/default/toolbox", "nc -vz -w2 db-0.db 5432", "no-answer"},
	{"tour", "pod/default/toolbox", "curl http://203.0.113.99/", "left-the-map"},
	{"tour", "pod/default/toolbox", "curl http://www.example.com/", "cannot-tell"},
	{"tour", "lan/laptop", "curl http://192.168.10.12:30080/", "answered"},
	{"ckad/calico", deniedFrom, deniedCommand, "no-answer"},
}

func ends(t *testing.T, ctx context.Context, from, command, class string) {
	t.Helper()
	a, err := browser.Trace(ctx, from, command)
	must(t, err)
	if a.Verdict.Class != class {
		t.Fatalf("%s from %s ends as %s, want %s", command, from, a.Verdict.Class, class)
	}
	// Whoever is done with typing leaves the field: keys are the player's then.
	must(t, browser.Wait(ctx, "the answer stands there as text", `(document.activeElement?.blur(), document.querySelectorAll("#report .steps > li").length === window.kubestrata.trace().steps.length)`))
}

// The list beside the picture says all that the picture says: as many items as there are steps, in their order, with who
// decided, and each field that was rewritten as it was and as it became.
func TestTheListSaysWhatThePictureSays(t *testing.T) {
	t.Parallel()
	s := newStateServers(t)
	for _, row := range asked {
		t.Run(row.world+"/"+row.command, func(t *testing.T) {
			ctx := tab(t, browser.Options{ReducedMotion: true})
			must(t, browser.Open(ctx, s.of(row.world, "--world", row.world)))
			ends(t, ctx, row.from, row.command, row.class)
			missing, err := browser.Eval[[]string](ctx, `(() => {
				const t = window.kubestrata.trace(), missing = [];
				const items = [...document.querySelectorAll("#report .steps > li")];
				const whole = document.querySelector("#report").textContent;
				const need = (where, text, what) => { if (text && !where.includes(text)) missing.push(what + " lacks " + text); };
				const by = t.verdict.decidedBy;
				if (by) need(whole, by.name, "the verdict");
				need(whole, t.verdict.sentence, "the verdict");
				t.steps.forEach((s, i) => {
					const text = items[i].textContent, what = "item " + (i + 1);
					if (items[i].dataset.step !== s.id) missing.push(what + " is " + items[i].dataset.step + ", not " + s.id);
					need(text, s.sentence, what);
					for (const field of s.changed ?? []) {
						const of = h => !h ? "" : field === "outer" ? h.outer?.src ?? "" : typeof h[field] === "string" ? h[field] : "";
						need(text, of(s.before), what + ", " + field + " before");
						need(text, of(s.after), what + ", " + field + " after");
					}
					if (s.rule) need(text, s.rule.text.split("\n")[0].trim(), what + ", the rule");
				});
				return missing;
			})()`)
			must(t, err)
			for _, m := range missing {
				t.Error(m)
			}
			rewritten, err := browser.Eval[int](ctx, `window.kubestrata.trace().steps.filter(s => (s.changed ?? []).length > 0).length`)
			must(t, err)
			if row.class == "answered" && rewritten == 0 {
				t.Error("nothing is rewritten on the way: the check of fields saw nothing")
			}
			// The item of the step that is shown is marked.
			must(t, browser.Step(ctx, 1))
			must(t, browser.Wait(ctx, "the current step is marked", `document.querySelectorAll('#report [aria-current="step"]').length === 1`))
		})
	}
}

const listenLive = `(window.said = [], new MutationObserver(() => window.said.push(document.getElementById("live").textContent)).observe(document.getElementById("live"), { childList: true, characterData: true, subtree: true }), true)`

func TestTheLiveRegionSaysOneSentenceAStepAndNothingWhileScrubbing(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "--world", "tour")
	ctx := tab(t, browser.Options{ReducedMotion: true})
	must(t, browser.Open(ctx, p.URL))
	ends(t, ctx, "internet/user", "curl http://shop.test/api/items", "answered")
	n, err := browser.Steps(ctx)
	must(t, err)
	must(t, browser.Step(ctx, 0))
	_, err = browser.Eval[bool](ctx, listenLive)
	must(t, err)
	said := func() []string {
		list, err := browser.Eval[[]string](ctx, `window.said.splice(0)`)
		must(t, err)
		return list
	}
	hops := hopsOf(t, ctx)
	for place := 2; place <= hops; place++ {
		must(t, strike(ctx, kb.ArrowRight))
		must(t, browser.Wait(ctx, "the next step", fmt.Sprintf(`document.querySelector("#player .count b").textContent.startsWith("%d of ") && window.kubestrata.idle()`, place)))
		got := said()
		if len(got) != 1 || !strings.HasPrefix(got[0], fmt.Sprintf("Step %d of %d: ", place, hops)) || len([]rune(got[0])) > 200 {
			t.Errorf("step %d is said as %q", place, got)
		}
	}
	for i := n - 1; i >= 0; i-- {
		must(t, browser.Step(ctx, i))
	}
	if got := said(); len(got) > 0 {
		t.Errorf("while scrubbing it says %q", got)
	}
	// A whole play says each step once, too.
	must(t, strike(ctx, "5"))
	must(t, strike(ctx, " "))
	must(t, browser.Wait30(ctx, "it has played to its end", fmt.Sprintf(`window.kubestrata.step() === %d && window.kubestrata.idle()`, n-1)))
	got := said()
	seen := map[string]bool{}
	for _, g := range got {
		if seen[g] {
			t.Errorf("while playing it says %q twice", g)
		}
		seen[g] = true
	}
	for place := 2; place <= hops; place++ {
		if !slices.ContainsFunc(got, func(g string) bool { return strings.HasPrefix(g, fmt.Sprintf("Step %d of %d: ", place, hops)) }) {
			t.Errorf("while playing it does not say step %d: %q", place, got)
		}
	}
}

// hopsOf is how many hops the strip counts: the look-up of a name is one as long as it is folded.
func hopsOf(t *testing.T, ctx context.Context) int {
	t.Helper()
	n, err := browser.Eval[int](ctx, `Number(/of (\d+)/.exec(document.querySelector("#player .count b").textContent)[1])`)
	must(t, err)
	return n
}

// Bar E4: without colour the seven verdicts of ACCEPTANCE.md A9 still look different, and each has its own words.
func TestVerdictsAreToldApartWithoutColour(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "--world", "tour")
	for _, dark := range []bool{false, true} {
		t.Run(fmt.Sprintf("dark=%t", dark), func(t *testing.T) {
			ctx := tab(t, browser.Options{ReducedMotion: true, Dark: dark})
			must(t, browser.Open(ctx, p.URL))
			_, err := browser.Eval[bool](ctx, `(() => { const s = new CSSStyleSheet(); s.replaceSync("html { filter: grayscale(1); }"); document.adoptedStyleSheets = [s]; return true; })()`)
			must(t, err)
			marks := map[string]image.Image{}
			words := map[string]string{}
			for _, row := range asked[:7] {
				ends(t, ctx, row.from, row.command, row.class)
				n, err := browser.Steps(ctx)
				must(t, err)
				must(t, browser.Step(ctx, n-1))
				shot, err := chromedp.Run(ctx, chromedp.Screenshot(chromedp.CSS("#player .verdict-mark")))
				must(t, err)
				marks[row.class], err = png.Decode(bytes.NewReader(shot))
				must(t, err)
				word, err := browser.Eval[string](ctx, `document.querySelector("#report .class strong").textContent`)
				must(t, err)
				if other, taken := words[word]; taken {
					t.Errorf("%s and %s are both called %q", row.class, other, word)
				}
				words[word] = row.class
			}
			if len(marks) != 7 {
				t.Fatalf("%d marks", len(marks))
			}
			for a, x := range marks {
				for b, y := range marks {
					if a < b {
						if d := different(x, y); d < 0.12 {
							t.Errorf("the marks of %s and %s differ in %.0f %% of their pixels", a, b, 100*d)
						}
					}
				}
			}
		})
	}
}

// different is the share of pixels that differ by more than a quarter of the way from black to white.
func different(a, b image.Image) float64 {
	w, h := min(a.Bounds().Dx(), b.Bounds().Dx()), min(a.Bounds().Dy(), b.Bounds().Dy())
	n := 0
	for y := range h {
		for x := range w {
			p := color.GrayModel.Convert(a.At(a.Bounds().Min.X+x, a.Bounds().Min.Y+y)).(color.Gray)
			q := color.GrayModel.Convert(b.At(b.Bounds().Min.X+x, b.Bounds().Min.Y+y)).(color.Gray)
			if max(p.Y, q.Y)-min(p.Y, q.Y) > 64 {
				n++
			}
		}
	}
	return float64(n) / float64(w*h)
}
