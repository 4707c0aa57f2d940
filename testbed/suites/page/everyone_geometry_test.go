package page

import (
	"context"
	"fmt"
	"testing"

	"github.com/kubestrata/kubestrata/testbed/browser"
)

// targetsScript lists what can be pressed and is smaller than it should be. A link or button inside a line of words is as
// high as the line (2.5.8, inline), and what a dialog covers cannot be pressed.
const targetsScript = `(least => {
	const open = document.querySelector("dialog[open]") ?? document;
	const found = [];
	const all = open.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary, [role=button], [role=link], [role=option], [role=tab], [data-ref][tabindex]');
	for (const el of all) {
		if (el.matches(".skip, .visually-hidden *, [aria-hidden=true] *") || el.closest("[hidden]")) continue;
		const r = el.getBoundingClientRect();
		if (r.width === 0 || r.height === 0 || !el.checkVisibility({ visibilityProperty: true })) continue;
		const inline = getComputedStyle(el).display === "inline" && [...el.parentElement.childNodes].some(n => n.nodeType === 3 && n.textContent.trim() !== "");
		if (inline) continue;
		const map = el.closest("#map svg") !== null;
		const strict = el.closest(".transport") || (innerWidth < 900 && !map);
		const want = strict ? 44 : 24;
		if (r.width + 0.5 < want || r.height + 0.5 < want) {
			const name = el.getAttribute("aria-label") || el.textContent.trim() || el.id;
			found.push(el.tagName.toLowerCase() + (el.id ? "#" + el.id : "." + el.getAttribute("class")) + " (" + name.slice(0, 40) + ") " + r.width.toFixed(1) + "x" + r.height.toFixed(1) + ", wants " + want);
		}
	}
	return [...new Set(found)];
})()`

// flowScript lists what would make somebody scroll sideways, and words that are cut where nothing can be scrolled.
const flowScript = `(() => {
	const found = [];
	const root = document.documentElement;
	if (root.scrollWidth > root.clientWidth) found.push("the page is " + root.scrollWidth + " px wide in a window of " + root.clientWidth);
	const free = el => {
		for (let p = el; p && p !== document.body; p = p.parentElement) {
			// The map is a picture in two dimensions; the strip and wide rows go sideways only, and scroll themselves.
			if (p.id === "map" || p.matches(".strip, .visually-hidden, .skip, [hidden], [aria-hidden=true]")) return true;
			if (p !== el && ["auto", "scroll"].includes(getComputedStyle(p).overflowX)) return true;
		}
		return false;
	};
	for (const el of document.body.querySelectorAll("*")) {
		if (el.closest("svg") || free(el)) continue;
		const style = getComputedStyle(el);
		const r = el.getBoundingClientRect();
		if (r.width === 0 || r.height === 0 || !el.checkVisibility({ visibilityProperty: true })) continue;
		const sideways = el.scrollWidth > el.clientWidth + 1 && ["auto", "scroll"].includes(style.overflowX);
		const down = el.scrollHeight > el.clientHeight + 1 && ["auto", "scroll"].includes(style.overflowY);
		if (sideways && down && !el.matches("textarea")) found.push(el.tagName + "." + el.className + "#" + el.id + " scrolls both ways");
		if ((r.right > innerWidth + 1 || r.left < -1) && style.position !== "fixed" && !el.closest("dialog:not([open])")) {
			found.push(el.tagName + "." + el.className + "#" + el.id + " reaches from " + r.left.toFixed() + " to " + r.right.toFixed() + ": " + el.textContent.trim().slice(0, 40));
		}
		const own = [...el.childNodes].some(n => n.nodeType === 3 && n.textContent.trim() !== "");
		const cut = own && ["hidden", "clip"].includes(style.overflowX) && el.scrollWidth > el.clientWidth + 1 && style.textOverflow !== "ellipsis";
		const low = own && ["hidden", "clip"].includes(style.overflowY) && el.scrollHeight > el.clientHeight + 2;
		if (cut || low) found.push(el.tagName + "." + el.className + " cuts " + el.textContent.trim().slice(0, 40));
	}
	return [...new Set(found)].slice(0, 12);
})()`

// lists fails with each thing that a script finds.
func lists(t *testing.T, ctx context.Context, what, script string) {
	t.Helper()
	found, err := browser.Eval[[]string](ctx, script)
	must(t, err)
	for _, f := range found {
		t.Errorf("%s: %s", what, f)
	}
}

// textSpacing is what WCAG 1.4.12 says that people may set.
const textSpacing = `(() => {
	const sheet = new CSSStyleSheet();
	sheet.replaceSync("*:not(svg *) { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; } p { margin-bottom: 2em !important; }");
	document.adoptedStyleSheets = [sheet];
	return true;
})()`

// spacingCutsNothing sets what people may set, looks, and takes it back.
func spacingCutsNothing(t *testing.T, ctx context.Context) {
	t.Helper()
	_, err := browser.Eval[bool](ctx, textSpacing)
	must(t, err)
	lists(t, ctx, "spaced", flowScript)
	_, err = browser.Eval[bool](ctx, `(document.adoptedStyleSheets = [], true)`)
	must(t, err)
}

// What a desk can do, a phone can, too: ask, see the sentence before all else, step, fold the map, read.
func TestAPhoneShowsTheSentenceTheStepsAndAMapThatFolds(t *testing.T) {
	t.Parallel()
	s := newStateServers(t)
	ctx := tab(t, browser.Options{Width: 390, Height: 844, ReducedMotion: true})
	must(t, browser.Open(ctx, onCKAD(s)))
	traceDenied(t, ctx)
	const order = `["#bar", "#player .say", "#player .strip", "#report .steps", "#map-fold", "#map"].map(q => document.querySelector(q)?.getBoundingClientRect()).every((r, i, all) => r && r.height > 0 && (i === 0 || r.top >= all[i - 1].bottom - 1))`
	must(t, browser.Wait(ctx, "bar, sentence, steps, list and map stand one below the other", order))
	fold := func(want bool) {
		click(t, ctx, "#map-fold")
		must(t, browser.Wait(ctx, "the map folds and comes back", fmt.Sprintf(`(document.querySelector("#map").offsetParent !== null) === %t && document.querySelector("#map-fold").getAttribute("aria-expanded") === "%t"`, want, want)))
	}
	fold(false)
	expect(t, ctx, "pod/default/busybox", "nslookup nginx", "answered", "pod.delivered", "")
	n, err := browser.Steps(ctx)
	must(t, err)
	if n < 3 {
		t.Errorf("with the map folded the trace has %d steps", n)
	}
	must(t, browser.Step(ctx, n-1))
	fold(true)
}
