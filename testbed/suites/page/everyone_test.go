package page

import (
	"context"
	"fmt"
	"testing"

	"github.com/kubestrata/kubestrata/testbed/browser"
)

// Each state is reached once for each size of its window, and held against every bar there: reaching it takes longer than
// any bar.
func TestEveryStateIsForEverybody(t *testing.T) {
	t.Parallel()
	source := axeSource(t)
	allowances := readAllowed(t)
	s := newStateServers(t)
	for _, row := range pageStates {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			bar := func(name string, hold func(t *testing.T)) {
				t.Run(name, func(t *testing.T) {
					t.Helper()
					hold(t)
				})
			}
			// A window of 1280x720 at 200 % has 640x360 CSS px, one of 1280x1024 at 400 % has 320x256.
			for _, size := range [][2]int64{{640, 360}, {320, 256}} {
				bar(fmt.Sprintf("nothing is lost at %dx%d", size[0], size[1]), func(t *testing.T) {
					ctx := row.in(t, s, browser.Options{Width: size[0], Height: size[1], ReducedMotion: true})
					lists(t, ctx, "zoomed", flowScript)
				})
			}
			ctx := row.in(t, s, browser.Options{ReducedMotion: true})
			bar("what can be pressed is large enough", func(t *testing.T) { lists(t, ctx, "too small", targetsScript) })
			bar("axe finds nothing", func(t *testing.T) { axeFindsNothing(t, ctx, source, allowances) })
			bar("axe finds nothing in the dark", func(t *testing.T) {
				inTheDark(t, ctx, func() { axeFindsNothing(t, ctx, source, allowances) })
			})
			bar("wider spacing of text cuts nothing", func(t *testing.T) { spacingCutsNothing(t, ctx) })
			// The last one, since the focus is elsewhere then.
			bar("Tab goes round, and the focus always shows", func(t *testing.T) { tabGoesRound(t, ctx) })
		})
	}
}

// inTheDark does something while the system asks for the dark theme, which an open page follows.
func inTheDark(t *testing.T, ctx context.Context, do func()) {
	t.Helper()
	turn := func(dark bool) {
		must(t, browser.Media(ctx, dark, true))
		must(t, browser.Wait(ctx, "the theme has changed", fmt.Sprintf(`matchMedia("(prefers-color-scheme: dark)").matches === %t`, dark)))
		_, err := browser.Eval[bool](ctx, `(window.themePainted = false, requestAnimationFrame(() => requestAnimationFrame(() => { window.themePainted = true; })), true)`)
		must(t, err)
		must(t, browser.Wait(ctx, "the theme is painted", `window.themePainted`))
	}
	turn(true)
	defer turn(false)
	do()
}
