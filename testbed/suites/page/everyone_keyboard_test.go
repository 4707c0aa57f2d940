package page

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/kubestrata/kubestrata/testbed/browser"
)

// hands are a person at a keyboard without a mouse. Words that are typed cost nothing; every other key is counted.
type hands struct {
	t    *testing.T
	ctx  context.Context
	keys []string
}

// press gives one key. name is what kb calls it, or the letter itself.
func (h *hands) press(key, name string) {
	h.t.Helper()
	h.keys = append(h.keys, name)
	must(h.t, strike(h.ctx, key))
}

func (h *hands) types(words string) {
	h.t.Helper()
	must(h.t, chromedp.Do(h.ctx, chromedp.KeyEvent(words)))
}

// sees fails unless an expression becomes true.
func (h *hands) sees(what, expression string) {
	h.t.Helper()
	must(h.t, browser.Wait(h.ctx, what, expression))
}

const noMouse = `(["mousedown", "pointerdown", "touchstart"].forEach(n => document.addEventListener(n, () => { window.touched = true; }, true)), true)`

// reads is true once words stand in sight on the page.
func reads(words string) string {
	return fmt.Sprintf(`[...document.querySelectorAll("#player *, #report *")].some(e => e.checkVisibility() && e.getBoundingClientRect().height > 1 && e.textContent.includes(%q))`, words)
}

// The walk of somebody who has never seen the page: it says "/" types a request; what is typed is the line of the
// tutorial; the answer names the policy, what it asks for and what the caller has.
func TestANewcomerGetsToTheReasonOfTheDeniedRequestInTwelveKeys(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "--world", "ckad/calico")
	for _, row := range []struct {
		name, line string
		motion     bool
	}{
		{"with motion", "kubectl exec busybox -- " + deniedCommand, true},
		{"without motion", "kubectl exec busybox -- " + deniedCommand, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			ctx := tab(t, browser.Options{ReducedMotion: !row.motion})
			must(t, browser.Open(ctx, p.URL))
			_, err := browser.Eval[bool](ctx, noMouse)
			must(t, err)
			h := &hands{t: t, ctx: ctx}
			h.press("/", "/")
			h.sees("the key leads to the request", `document.activeElement.id === "command"`)
			h.types(row.line)
			h.press(kb.Enter, "Enter")
			h.sees("there is an answer", `window.kubestrata.traces() === 1`)
			h.press(kb.Escape, "Escape")
			h.press(kb.End, "End")
			h.sees("the last step says why", `window.kubestrata.step() === window.kubestrata.steps() - 1 && window.kubestrata.idle()`)
			for _, words := range []string{"access-nginx", "access=true", "app=sleepy", "download timed out", "kubectl -n default label pod busybox access=true"} {
				h.sees("in sight: "+words, reads(words))
			}
			if touched, err := browser.Eval[bool](ctx, `window.touched === true`); err != nil || touched {
				t.Errorf("a mouse was used: %v, %v", touched, err)
			}
			if len(h.keys) > 12 {
				t.Errorf("it takes %d keys: %v", len(h.keys), h.keys)
			}
		})
	}
}

// Bar E5 for G02, the door of a node: every hop can be stood on by keyboard alone.
func TestEveryHopIsReachedByKeyboardAlone(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "--world", "tour")
	ctx := tab(t, browser.Options{ReducedMotion: true})
	must(t, browser.Open(ctx, p.URL))
	h := &hands{t: t, ctx: ctx}
	h.press("/", "/")
	h.types("curl http://192.168.10.12:30080/")
	h.press(kb.Enter, "Enter")
	h.sees("there is an answer", `window.kubestrata.traces() === 1`)
	h.press(kb.Escape, "Escape")
	h.press(kb.Home, "Home")
	hops := hopsOf(t, ctx)
	for place := 1; place <= hops; place++ {
		h.sees(fmt.Sprintf("hop %d", place), fmt.Sprintf(`document.querySelector("#player .count b")?.textContent === "%d of %d"`, place, hops))
		h.press(kb.ArrowRight, "ArrowRight")
	}
	h.sees("the last hop stays", `window.kubestrata.step() === window.kubestrata.steps() - 1`)
}

// focusScript says which element has the focus, how its focus shows, and whether it is in sight.
const focusScript = `(() => {
	const el = document.activeElement;
	if (!el || el === document.body) return "";
	const style = getComputedStyle(el);
	const ring = document.querySelector("#map .focus-ring.on");
	const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
	const framed = /\b[2-9]px/.test(style.boxShadow);
	const shown = outlined || framed || (el.closest("#map svg") && ring);
	const r = el.getBoundingClientRect();
	const at = document.elementFromPoint(Math.min(innerWidth - 1, Math.max(0, r.x + Math.min(r.width / 2, 30))), Math.min(innerHeight - 1, Math.max(0, r.y + Math.min(r.height / 2, 12))));
	const hidden = r.width === 0 || !(at && (el === at || el.contains(at) || at.contains(el) || at.closest(".p-pen") /* a sheet that is seen through */ || at.closest("svg") && el.closest("svg")));
	const name = (el.id || el.getAttribute("data-do") || el.getAttribute("data-step") || el.getAttribute("aria-label") || el.textContent.trim()).slice(0, 40);
	return el.tagName.toLowerCase() + " " + name + (shown ? "" : " | its focus does not show: outline " + style.outline + ", shadow " + style.boxShadow) + (hidden ? " | it is covered or out of sight" : "");
})()`

// tabGoesRound goes through the whole page by Tab and comes round again: no trap, nothing hidden has the focus, and it shows.
func tabGoesRound(t *testing.T, ctx context.Context) {
	t.Helper()
	_, err := browser.Eval[bool](ctx, `(document.activeElement?.blur(), true)`)
	must(t, err)
	var seen []string
	for range 120 {
		must(t, chromedp.Do(ctx, chromedp.KeyEvent(kb.Tab)))
		at, err := browser.Eval[string](ctx, focusScript)
		must(t, err)
		name, bad, _ := strings.Cut(at, " | ")
		if bad != "" && !slices.Contains(seen, name) {
			t.Errorf("Tab %d stands on %s: %s", len(seen)+1, name, bad)
		}
		if at == "" || (len(seen) > 1 && name == seen[0]) {
			return
		}
		seen = append(seen, name)
	}
	t.Errorf("after 120 times Tab the page has not been gone round; the last are %v", seen[len(seen)-6:])
}

// labels of things on the map, as assistive technology hears them.
const namesScript = `[...document.querySelectorAll("#map .things [role=button]")].map(e => e.getAttribute("aria-label"))`

func TestTheMapIsOneTabStopAndItsThingsHaveNames(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "--world", "tour")
	ctx := tab(t, browser.Options{ReducedMotion: true})
	must(t, browser.Open(ctx, p.URL))
	stops, err := browser.Eval[int](ctx, `document.querySelectorAll("#map svg [tabindex='0']").length`)
	must(t, err)
	if stops != 1 {
		t.Errorf("the map has %d tab stops", stops)
	}
	names, err := browser.Eval[[]string](ctx, namesScript)
	must(t, err)
	for _, want := range []string{
		`^Service web, NodePort, 2 of 3 endpoints ready, 10\.96\.4\.20`,
		`^Service db, Headless, 2 endpoints ready$`,
		`^Service pay, ClusterIP, no endpoints, 10\.96\.7\.2$`,
		`^Node node-b, 192\.168\.10\.12, ready`,
		`^Pod db-0, ready, 10\.244\.3\.6, on node-c, in-gate: `,
		`^Door 30080 of node-b, opened by web`,
		`^Host laptop, LAN, 192\.168\.10\.50`,
		`^Load balancer of .*, Internet, 198\.51\.100\.80`,
		`^Ingress shop`,
		`^Router `,
	} {
		if !slices.ContainsFunc(names, regexp.MustCompile(want).MatchString) {
			t.Errorf("nothing on the map is called %s; there are:\n%s", want, strings.Join(names, "\n"))
		}
	}
	for _, n := range names {
		if strings.TrimSpace(n) == "" {
			t.Error("a thing of the map has no name")
		}
	}
}

// Arrows go where the eye goes: from every thing, Right never leads to something further left; all things are reached.
func TestArrowsMoveOverTheMapAsTheEyeDoes(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "--world", "tour")
	ctx := tab(t, browser.Options{ReducedMotion: true})
	must(t, browser.Open(ctx, p.URL))
	must(t, chromedp.Do(ctx, chromedp.Focus(chromedp.CSS("#map svg [tabindex='0']"))))
	// What an arrow does is asked of the page itself, as fast as it goes; the first steps are real keys.
	wrong, err := browser.Eval[[]string](ctx, `(() => {
		const id = () => document.activeElement.closest("[data-id]")?.dataset.id ?? "";
		const mid = () => { const r = document.activeElement.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2, r.width, r.height]; };
		const map = document.getElementById("map");
		const all = [...document.querySelectorAll("#map .things > [data-id]")].map(g => g.dataset.id);
		const queue = [id()], seen = new Set(queue), wrong = [];
		const go = to => document.querySelector('#map [data-id="' + CSS.escape(to) + '"] [role=button]').focus({ preventScroll: true });
		while (queue.length > 0) {
			const from = queue.shift();
			for (const [key, dx, dy] of [["ArrowRight", 1, 0], ["ArrowLeft", -1, 0], ["ArrowDown", 0, 1], ["ArrowUp", 0, -1]]) {
				go(from);
				const [x, y, w, h] = mid(), left = map.scrollLeft, top = map.scrollTop;
				document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
				const to = id();
				if (to === from) continue;
				const [u, v, w2, h2] = mid();
				const ahead = (u + map.scrollLeft - left - x) * dx + (v + map.scrollTop - top - y) * dy;
				const aside = Math.abs((u + map.scrollLeft - left - x) * dy) + Math.abs((v + map.scrollTop - top - y) * dx) - (dx ? h + h2 : w + w2) / 2;
				if (ahead <= 0) wrong.push(key + " from " + from + " leads back to " + to);
				if (aside > 2 * ahead + 4) wrong.push(key + " from " + from + " leads aside to " + to);
				if (!seen.has(to)) { seen.add(to); queue.push(to); }
			}
		}
		for (const key of all) if (!seen.has(key)) wrong.push("no arrow leads to " + key);
		return wrong;
	})()`)
	must(t, err)
	for _, w := range wrong {
		t.Error(w)
	}
}

func TestEnterOnAThingOfTheMapPicksIt(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "--world", "tour")
	ctx := tab(t, browser.Options{ReducedMotion: true})
	must(t, browser.Open(ctx, p.URL))
	pick := func(id string) {
		must(t, chromedp.Do(ctx, chromedp.Focus(chromedp.CSS(`#map [data-id="`+id+`"] [role=button]`)), chromedp.KeyEvent(kb.Enter)))
	}
	pick("Pod/default/toolbox")
	pick("Service/default/web")
	must(t, browser.Wait(ctx, "source and target are in the bar", `document.getElementById("from").value === "pod/default/toolbox" && document.getElementById("command").value === "curl http://web/"`))
	must(t, browser.Wait(ctx, "the focus stays on the thing", `document.activeElement.closest("[data-id]")?.dataset.id === "Service/default/web"`))
	must(t, chromedp.Do(ctx, chromedp.KeyEvent(kb.Enter)))
	must(t, browser.Wait(ctx, "Enter again opens it", `document.querySelector("#inspector .inspected")?.offsetParent`))
}

// What is named in the inspector can be followed without a mouse.
func TestNamesInTheInspectorAreFollowedByKeyboard(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "--world", "tour")
	ctx := tab(t, browser.Options{ReducedMotion: true})
	must(t, browser.Open(ctx, p.URL+"?at=Service/default/web"))
	panelOpen(t, ctx)
	must(t, chromedp.Do(ctx, chromedp.Focus(chromedp.CSS(`#inspector [data-ref^="Pod/"]`)), chromedp.KeyEvent(kb.Enter)))
	must(t, browser.Wait(ctx, "the pod is shown", `/Pod/.test(document.querySelector("#inspector .inspected")?.textContent ?? "") && new URLSearchParams(location.search).get("at").startsWith("Pod/")`))
}

// The palette and the page of keys say what there is, since both are made from the one list of commands.
func TestThePaletteAndTheHelpListEveryCommand(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "--world", "tour")
	ctx := tab(t, browser.Options{ReducedMotion: true})
	must(t, browser.Open(ctx, p.URL))
	for _, when := range []string{"without a trace", "with a trace"} {
		if when == "with a trace" {
			traceMidway(t, ctx)
		}
		type command struct {
			ID, Name string
			Keys     []string
			Quiet    bool
			Now      bool
		}
		all, err := browser.Eval[[]command](ctx, `window.kubestrata.commands().map(c => ({ ID: c.id, Name: c.name, Keys: c.keys, Quiet: c.quiet, Now: c.now }))`)
		must(t, err)
		keys := map[string]string{}
		var keyed, offered []string
		for _, c := range all {
			if strings.TrimSpace(c.Name) == "" {
				t.Errorf("%s: %s has no name", when, c.ID)
			}
			if len(c.Keys) > 0 {
				keyed = append(keyed, c.ID)
			}
			if c.Now && !c.Quiet {
				offered = append(offered, c.Name)
			}
			for _, k := range c.Keys {
				if other := keys[k]; other != "" && c.Now {
					t.Errorf("%s: the key %q is that of %s and of %s", when, k, other, c.ID)
				}
				if c.Now {
					keys[k] = c.ID
				}
			}
		}
		must(t, pressKey(ctx, "?", false))
		must(t, browser.Wait(ctx, "help is open", `document.querySelector("#help[open]")`))
		shown, err := browser.Eval[[]string](ctx, `[...document.querySelectorAll("#help [data-command]")].map(e => e.dataset.command)`)
		must(t, err)
		// The page groups them by where they are of use.
		if !slices.Equal(slices.Sorted(slices.Values(shown)), slices.Sorted(slices.Values(keyed))) {
			t.Errorf("%s: the help lists %v, the commands with keys are %v", when, shown, keyed)
		}
		must(t, chromedp.Do(ctx, chromedp.KeyEvent(kb.Escape)))
		must(t, browser.Wait(ctx, "help is closed", `!document.querySelector("#help[open]")`))
		must(t, pressKey(ctx, "k", true))
		must(t, browser.Wait(ctx, "the palette is open", `document.querySelector("dialog.palette[open]")`))
		found, err := browser.Eval[[]string](ctx, `[...document.querySelectorAll(".palette-list li > span:first-child")].map(e => e.textContent)`)
		must(t, err)
		if !slices.Equal(found, offered) {
			t.Errorf("%s: the palette offers %v, the commands are %v", when, found, offered)
		}
		must(t, chromedp.Do(ctx, chromedp.KeyEvent(kb.Escape)))
	}
}
