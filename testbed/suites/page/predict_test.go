package page

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/kubestrata/kubestrata/testbed/browser"
)

// thing is what takes the click and the focus of a thing on the map.
func thing(id string) string { return fmt.Sprintf(`[data-id=%q] .hit`, id) }

// picks clicks a thing of the map, wherever it is scrolled to.
func picks(t *testing.T, ctx context.Context, id string) {
	t.Helper()
	_, err := browser.Eval[bool](ctx, fmt.Sprintf(`(document.querySelector(%q).dispatchEvent(new MouseEvent("click", { bubbles: true })), true)`, thing(id)))
	must(t, err)
}

func askedAndPointed(t *testing.T, ctx context.Context) {
	must(t, browser.Ask(ctx, deniedFrom, deniedCommand))
	is(t, ctx, "a guess is asked for", `document.querySelector(".predict")?.offsetParent`)
	picks(t, ctx, "Service/default/nginx")
	is(t, ctx, "the pin is there", `document.querySelector(".pins .pin.mine")`)
}

func guessedToTheEnd(t *testing.T, ctx context.Context) {
	_, err := browser.Eval[bool](ctx, `(document.querySelector('[data-guess="refused"]').click(), window.kubestrata.seek(window.kubestrata.steps() - 1), true)`)
	must(t, err)
	is(t, ctx, "the guess stands beside the end", `document.querySelectorAll("#player .guess").length === 2`)
}

func TestAPlaceIsGuessedByAClickAndStandsBesideTheTruth(t *testing.T) {
	p := start(t, nil, "--world", "tour", "--states")
	for _, row := range []struct {
		name, from, command string
		picked, said        string // on the map; what the drawer says of it at the end
		pins                string // on the map at the end
	}{
		{"the gate that is shut", "pod/default/toolbox", "nc -vz db-0.db 5432", "Pod/default/db-0",
			"You pointed at pod db-0, and there it is stopped.", "you ✓"},
		{"the service, which decides and where no packet goes", "pod/default/toolbox", "curl http://pay/", "Service/default/pay",
			"You pointed at service pay, which decides it; the packet gets as far as node-a.", "stopped here|you"},
		{"a node on the way", "pod/default/toolbox", "nc -vz db-0.db 5432", "Node/node-c",
			"You pointed at node-c; it goes on from there and is stopped at pod db-0.", "stopped here|you"},
		{"a pod that takes no part", "lan/laptop", "curl http://10.96.9.31/", "Pod/default/web-q7rt8",
			"it never comes there. It is stopped at the wall between the LAN and the cluster.", "stopped here|you"},
		{"a wall", "lan/laptop", "curl http://10.96.9.31/", "Wall/cluster",
			"You pointed at the wall between the LAN and the cluster, and there it is stopped.", "you ✓"},
		{"the other wall", "internet/user", "curl http://192.168.10.11:30080/", "Wall/internet",
			"You pointed at the wall between the Internet and the LAN, and there it is stopped.", "you ✓"},
		{"a service that is no place", "pod/default/toolbox", "curl http://10.244.2.8:3000/", "Service/default/api",
			"You pointed at service api: that is rules, no packet ever goes there. It ends at pod api-7b9c6d5f4-7l2mq.", "ends here|you"},
		{"a pod that answers", "pod/default/toolbox", "curl http://10.244.2.8:3000/", "Pod/default/api-7b9c6d5f4-7l2mq",
			"You pointed at pod api-7b9c6d5f4-7l2mq, and there it ends.", "you ✓"},
	} {
		t.Run(row.name, func(t *testing.T) {
			ctx := tab(t, browser.Options{ReducedMotion: true})
			must(t, browser.Open(ctx, p.URL+"?predict=1"))
			must(t, browser.Ask(ctx, row.from, row.command))
			is(t, ctx, "a guess is asked for", `document.querySelector(".predict")?.offsetParent`)
			is(t, ctx, "nobody is told who takes part", `document.querySelectorAll("#map .things .dim").length === 0`)
			picked := row.picked
			if strings.HasSuffix(picked, "web-q7rt8") {
				found, err := browser.Eval[string](ctx, `document.querySelector('[data-id^="Pod/default/web-"]').dataset.id`)
				must(t, err)
				picked = found
			}
			picks(t, ctx, picked)
			is(t, ctx, "the pin stands where it was pointed", `document.querySelectorAll(".pins .pin").length === 1 && document.querySelector(".pins .pin-text").textContent === "you"`)
			is(t, ctx, "the drawer names it", `document.querySelector(".predict .point b").textContent.startsWith("You point at ")`)
			is(t, ctx, "nothing is played yet", `document.querySelector(".predicting")`)
			picks(t, ctx, picked)
			is(t, ctx, "the same once more plays", `!document.querySelector(".predicting")`)
			_, err := browser.Eval[bool](ctx, `(window.kubestrata.seek(window.kubestrata.steps() - 1), true)`)
			must(t, err)
			is(t, ctx, "the end is shown", `document.querySelector("#player .guess")`)
			said, err := browser.Eval[string](ctx, `document.querySelector("#player .guess").textContent`)
			must(t, err)
			if !strings.Contains(said, row.said) {
				t.Errorf("it says %q, not %q", said, row.said)
			}
			pins, err := browser.Eval[string](ctx, `[...document.querySelectorAll(".pins .pin-text")].map(e => e.textContent).join("|")`)
			must(t, err)
			if pins != row.pins {
				t.Errorf("the pins say %q, not %q", pins, row.pins)
			}
		})
	}
}

func TestAPlaceIsGuessedByKeyboard(t *testing.T) {
	p := start(t, nil, "--world", "ckad/calico")
	ctx := tab(t, browser.Options{ReducedMotion: true})
	must(t, browser.Open(ctx, p.URL+"?predict=1"))
	must(t, browser.Ask(ctx, busyboxPod, deniedWget))
	is(t, ctx, "a guess is asked for", `document.querySelector(".predict")?.offsetParent`)
	leave(t, ctx)
	keys(t, ctx, "m")
	is(t, ctx, "M goes to the map, to who asks", `document.activeElement.closest("[data-id]")?.dataset.id === "Pod/default/busybox"`)
	// Arrows walk over everything, walls among it.
	seen, err := browser.Eval[[]string](ctx, `(() => {
		const seen = new Set(), todo = [document.activeElement];
		const id = () => document.activeElement.closest("[data-id]").dataset.id;
		while (todo.length > 0) {
			const from = todo.pop();
			for (const key of ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"]) {
				from.focus();
				from.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
				if (!seen.has(id())) { seen.add(id()); todo.push(document.activeElement); }
			}
		}
		document.querySelector('[data-id="Pod/default/busybox"] .hit').focus();
		return [...seen];
	})()`)
	must(t, err)
	reached := strings.Join(seen, " ")
	for _, want := range []string{"Wall/internet", "Wall/cluster", "Service/default/nginx", "Pod/default/nginx", "Node/"} {
		if !strings.Contains(reached, want) {
			t.Errorf("arrows do not lead to %s: %s", want, reached)
		}
	}
	must(t, browser.Wait(ctx, "the focus is back", `document.activeElement.closest("[data-id]")?.dataset.id === "Pod/default/busybox"`))
	keys(t, ctx, "\r")
	is(t, ctx, "Enter points", `document.querySelector(".predict .point b").textContent.includes("pod busybox") && document.querySelector("#live").textContent.includes("You point at pod busybox")`)
	is(t, ctx, "the focus stays", `document.activeElement.closest("[data-id]")?.dataset.id === "Pod/default/busybox"`)
	keys(t, ctx, "4")
	is(t, ctx, "a digit says the rest and plays", `!document.querySelector(".predicting")`)
	_, err = browser.Eval[bool](ctx, `(window.kubestrata.seek(window.kubestrata.steps() - 1), true)`)
	must(t, err)
	is(t, ctx, "both are held against the end", `[...document.querySelectorAll("#player .guess")].map(e => e.textContent).join(" ") === "You said No answer, and so it is. You pointed at pod busybox; it goes on from there and is stopped at pod nginx."`)
	leave(t, ctx)
	keys(t, ctx, "h")
	is(t, ctx, "the list of traces keeps both", `/guessed No answer · pointed at pod busybox/.test(document.querySelector("dialog.history[open]").textContent)`)
	must(t, chromedp.Do(ctx, chromedp.KeyEvent("\x1b")))
}

func onPresentGuess(s *stateServers) string {
	return onCKAD(s) + "?present=1&predict=1&from=pod/default/busybox&cmd=wget+--spider+--timeout%3D1+nginx"
}

func presentAsks(t *testing.T, ctx context.Context) {
	must(t, browser.Wait(ctx, "Present asks", `document.querySelector(".p-answer.asking .guesses")?.checkVisibility()`))
}

func TestPresentAsksForAGuessAndAClickerGoesOn(t *testing.T) {
	p := start(t, nil, "--world", "ckad/calico")
	ctx := tab(t, browser.Options{Width: 1024, Height: 768, ReducedMotion: true})
	const asking = `document.querySelector(".p-answer.asking")`
	presented(t, ctx, p.URL, busyboxPod, deniedWget)
	is(t, ctx, "nobody is asked who did not want it", `!`+asking)
	press(t, ctx, "p")
	is(t, ctx, "P asks at once, as nothing has been played", asking+` && document.querySelector(".p-head").textContent === "What will happen?"`)
	is(t, ctx, "it says so", `document.querySelector(".p-toast").textContent === "Predict first: on."`)
	// Nothing of the answer is told: neither how long it is nor how it ends.
	told, err := browser.Eval[string](ctx, `(() => {
		const seen = e => e.checkVisibility({ visibilityProperty: true });
		return [".p-strip", ".p-count", ".p-ahead *", ".p-notes *"].filter(s => [...document.querySelectorAll(s)].some(seen)).join() + (document.querySelector("#live").textContent.includes("drops") ? "live" : "");
	})()`)
	must(t, err)
	if told != "" {
		t.Errorf("while it asks, it shows %s", told)
	}
	pressApart(t, ctx, kb.PageDown)
	stepIs(t, ctx, 1)
	is(t, ctx, "the clicker went on", `!`+asking)
	pressApart(t, ctx, kb.F5)
	is(t, ctx, "from the start it asks again", asking+` && window.kubestrata.step() === 0`)
	press(t, ctx, "4")
	is(t, ctx, "a digit guesses, and the first step waits to be told", `!`+asking+` && window.kubestrata.step() === 0 && window.kubestrata.idle()`)
	pressApart(t, ctx, kb.PageDown)
	stepIs(t, ctx, 1)
	press(t, ctx, kb.End)
	is(t, ctx, "the guess stands under the verdict", `document.querySelector(".p-more").textContent === "You said No answer, and so it is."`)

	pressApart(t, ctx, kb.F5)
	is(t, ctx, "it asks", asking)
	_, err = browser.Eval[bool](ctx, `(document.querySelector('.p-things [data-id="Pod/default/nginx"]').dispatchEvent(new MouseEvent("click", { bubbles: true })), true)`)
	must(t, err)
	is(t, ctx, "a click on the picture points", `document.querySelector(".p-more").textContent === "You point at pod nginx." && document.querySelectorAll(".p-pins .pin").length === 1`)
	_, err = browser.Eval[bool](ctx, `(document.querySelector('.p-things [data-id="Wall/cluster"]').focus(), true)`)
	must(t, err)
	press(t, ctx, "\r")
	is(t, ctx, "Enter points as well, and goes nowhere", `document.querySelector(".p-more").textContent.includes("the wall between the LAN and the cluster") && `+asking)
	pressApart(t, ctx, kb.PageDown)
	stepIs(t, ctx, 1)
	press(t, ctx, kb.End)
	is(t, ctx, "the guess stands on the picture beside the truth", `[...document.querySelectorAll(".p-pins .pin-text")].map(e => e.textContent).join("|") === "stopped here|you"`)
	is(t, ctx, "the picture is one again", `document.querySelector(".p-picture").getAttribute("role") === "img" && !document.querySelector(".p-things [tabindex]")`)
	pressApart(t, ctx, "p")
	pressApart(t, ctx, kb.F5)
	is(t, ctx, "P again, and nobody is asked", `window.kubestrata.step() === 0 && !`+asking)
}

func TestPresentStopsAtDecisionsAndAClickerGoesOn(t *testing.T) {
	p := start(t, nil, "--world", "ckad/calico")
	ctx := tab(t, browser.Options{Width: 1024, Height: 768, ReducedMotion: true})
	presented(t, ctx, p.URL, busyboxPod, deniedWget)
	press(t, ctx, "a")
	is(t, ctx, "it says so", `document.querySelector(".p-toast").textContent === "Pause at decisions: on."`)
	press(t, ctx, "5")
	const stands = `window.kubestrata.trace().steps[window.kubestrata.step()].kind`
	press(t, ctx, " ")
	var kinds []string
	for range 8 {
		is(t, ctx, "it stands", `window.kubestrata.idle() && window.kubestrata.step() > 0`)
		kind, err := browser.Eval[string](ctx, stands)
		must(t, err)
		kinds = append(kinds, kind)
		if kind == "end" {
			break
		}
		before, err := browser.Eval[int](ctx, `window.kubestrata.step()`)
		must(t, err)
		pressApart(t, ctx, kb.PageDown)
		is(t, ctx, "the clicker goes on", fmt.Sprintf(`window.kubestrata.idle() && window.kubestrata.step() > %d`, before))
	}
	if got := strings.Join(kinds, " "); got != "reply rules.dnat policy.egress policy.ingress end" {
		t.Errorf("it stood at %s", got)
	}
	// Step by step nothing is passed over, switched on or not.
	pressApart(t, ctx, kb.F5)
	stepIs(t, ctx, 0)
	pressApart(t, ctx, kb.PageDown)
	stepIs(t, ctx, 1)
	pressApart(t, ctx, kb.PageUp)
	stepIs(t, ctx, 0)
	must(t, chromedp.Do(ctx, chromedp.Click(chromedp.CSS(".p-more-button"))))
	is(t, ctx, "the menu says what is on", `document.querySelector('.p-menu [data-run="p-decisions"]').getAttribute("aria-pressed") === "true" && document.querySelector('.p-menu [data-run="p-predict"]').getAttribute("aria-pressed") === "false"`)
}

// At most fourteen lines in whatever Present shows; a dialog over it is read alone.
func TestPresentNeverShowsMoreThanFourteenLines(t *testing.T) {
	s := newStateServers(t)
	const lines = `(() => {
		const root = document.querySelector("dialog[open]") ?? document.body;
		const size = parseFloat(getComputedStyle(document.querySelector(".p-root")).fontSize) * 0.9;
		const middles = [];
		const walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
		for (let n = walk.nextNode(); n; n = walk.nextNode()) {
			const el = n.parentElement;
			if (!n.data.trim() || !el.checkVisibility({ opacityProperty: true, visibilityProperty: true }) || el.closest("#live, .visually-hidden, script, style, title, .p-packet")) continue;
			const range = document.createRange();
			range.selectNodeContents(n);
			for (const r of range.getClientRects()) {
				if (r.width < 1) continue;
				const top = document.elementsFromPoint(r.x + r.width / 2, r.y + r.height / 2).find(e => !e.closest(".p-pen, .p-picture"));
				// What lies under a panel is not read.
				if (el.closest(".p-map") && top?.closest("#room-asked, #top, .stage-card")) continue;
				middles.push(r.y + r.height / 2);
			}
		}
		middles.sort((a, b) => a - b);
		let n = 0, last = -99;
		for (const y of middles) if (y - last > size) { n++; last = y; }
		return n;
	})()`
	for _, row := range pageStates {
		if !strings.Contains(strings.ToLower(row.name), "present") && !strings.Contains(row.name, "projector check") {
			continue
		}
		if strings.HasPrefix(row.name, "a presenter's") {
			continue // the desk
		}
		t.Run(row.name, func(t *testing.T) {
			ctx := row.in(t, s, browser.Options{ReducedMotion: true})
			n, err := browser.Eval[int](ctx, lines)
			must(t, err)
			if n > 14 {
				t.Errorf("%d lines of text", n)
			}
			t.Logf("%d lines", n)
		})
	}
}
