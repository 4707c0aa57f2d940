package page

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/kubestrata/kubestrata/testbed/browser"
)

// The request that a policy drops, and the one whose answer depends on chance.
const (
	busyboxPod = "pod/default/busybox"
	deniedWget = "wget --spider --timeout=1 nginx"
	inside     = `document.querySelector("#player").textContent`
)

func keys(t *testing.T, ctx context.Context, pressed ...string) {
	t.Helper()
	for _, k := range pressed {
		must(t, chromedp.Do(ctx, chromedp.KeyEvent(k)))
	}
}

func is(t *testing.T, ctx context.Context, what, expression string) {
	t.Helper()
	must(t, browser.Wait(ctx, what, expression))
}

// leave takes the focus out of the field that asks, so that keys are commands.
func leave(t *testing.T, ctx context.Context) {
	t.Helper()
	_, err := browser.Eval[bool](ctx, `(document.activeElement.blur(), true)`)
	must(t, err)
}

func TestAGuessIsAskedForAndHeldAgainstTheVerdict(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "--world", "ckad/calico")
	ctx := tab(t, browser.Options{ReducedMotion: true})
	must(t, browser.Open(ctx, p.URL))
	expect(t, ctx, busyboxPod, deniedWget, "no-answer", "policy.ingress-denied", "")
	is(t, ctx, "nobody is asked who did not want it", `!document.querySelector(".predict")`)

	leave(t, ctx)
	keys(t, ctx, "p")
	expect(t, ctx, busyboxPod, deniedWget, "no-answer", "policy.ingress-denied", "")
	is(t, ctx, "five answers and a way out", `document.querySelectorAll(".predict [data-guess]").length === 6`)
	is(t, ctx, "nothing is told before", `!document.querySelector("#player").innerText.includes("access") && !document.querySelector("#live").textContent.includes("drops") && document.querySelector("#report").offsetParent === null`)
	keys(t, ctx, "3")
	is(t, ctx, "a digit guesses", `!document.querySelector(".predicting")`)

	_, err := browser.Eval[bool](ctx, `(window.kubestrata.seek(window.kubestrata.steps() - 1), true)`)
	must(t, err)
	is(t, ctx, "the guess stands beside the verdict", `document.querySelector(".guess")?.textContent.startsWith("You said Refused; it was No answer. Refused = someone said no")`)

	expect(t, ctx, busyboxPod, deniedWget, "no-answer", "policy.ingress-denied", "")
	is(t, ctx, "it is asked again", `document.querySelector(".predict")`)
	click(t, ctx, ".predict .pass")
	is(t, ctx, "one click skips", `!document.querySelector(".predicting") && window.kubestrata.steps() > 0`)

	must(t, browser.Open(ctx, p.URL))
	expect(t, ctx, busyboxPod, deniedWget, "no-answer", "policy.ingress-denied", "")
	is(t, ctx, "it is remembered for the person", `document.querySelector(".predict")`)
	keys(t, ctx, "\x1b")
	is(t, ctx, "Esc skips and keeps the trace", `!document.querySelector(".predicting") && window.kubestrata.trace()`)
	must(t, browser.Open(ctx, p.URL+"?predict=0"))
	expect(t, ctx, busyboxPod, deniedWget, "no-answer", "policy.ingress-denied", "")
	is(t, ctx, "a link may not ask", `!document.querySelector(".predict")`)
}

func TestALinkMayAskForAGuess(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "--world", "tour")
	ctx := tab(t, browser.Options{})
	must(t, browser.Open(ctx, p.URL+"?predict=1&from=pod/default/toolbox&cmd=curl+http://pay/"))
	is(t, ctx, "the link asks", `document.querySelector(".predict")`)
	keys(t, ctx, "\t", "\t", "\t", "\r") // the row of buttons takes Tab and Enter, too
	is(t, ctx, "and plays", `!document.querySelector(".predicting") && window.kubestrata.step() > 0`)
}

func TestPlayingStopsAtDecisions(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "--world", "ckad/calico")
	ctx := tab(t, browser.Options{ReducedMotion: true})
	must(t, browser.Open(ctx, p.URL))
	expect(t, ctx, busyboxPod, deniedWget, "no-answer", "policy.ingress-denied", "")
	leave(t, ctx)
	keys(t, ctx, "a", "5")
	const stands = `window.kubestrata.trace().steps[window.kubestrata.step()].kind`
	_, err := browser.Eval[bool](ctx, `(window.kubestrata.seek(0), true)`)
	must(t, err)
	var kinds []string
	for range 8 {
		before, err := browser.Eval[int](ctx, `window.kubestrata.step()`)
		must(t, err)
		keys(t, ctx, " ")
		is(t, ctx, "it stops by itself", fmt.Sprintf(`window.kubestrata.idle() && window.kubestrata.step() > %d`, before))
		kind, err := browser.Eval[string](ctx, stands)
		must(t, err)
		kinds = append(kinds, kind)
		if kind == "end" {
			break
		}
	}
	// The look-up is one hop, which ends with its reply.
	if got := strings.Join(kinds, " "); got != "reply rules.dnat policy.egress policy.ingress end" {
		t.Errorf("it stopped at %s", got)
	}
	is(t, ctx, "the switch is seen", `document.querySelector("[data-do=turn-decisions]").getAttribute("aria-pressed") === "true"`)
}

func TestALookUpIsOneHopThatOpens(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "--world", "ckad/calico")
	ctx := tab(t, browser.Options{ReducedMotion: true})
	must(t, browser.Open(ctx, p.URL))
	expect(t, ctx, busyboxPod, deniedWget, "no-answer", "policy.ingress-denied", "")
	leave(t, ctx)
	keys(t, ctx, "]")
	is(t, ctx, "one step forward is behind the look-up, and tells its answer",
		`document.querySelector(".strip .now.fold") && document.querySelector("#player .sentence").textContent.includes("10.106.49.7")`)
	folded, err := browser.Eval[int](ctx, `document.querySelectorAll(".strip li").length`)
	must(t, err)
	keys(t, ctx, "n")
	is(t, ctx, "N opens it", fmt.Sprintf(`document.querySelectorAll(".strip li").length > %d + 8`, folded))
	keys(t, ctx, "]", "]")
	is(t, ctx, "its hops are stepped through", `window.kubestrata.trace().steps[window.kubestrata.step()].kind === "pod.out"`)
	_, err = browser.Eval[bool](ctx, `(document.querySelector("[data-fold]").focus(), true)`)
	must(t, err)
	keys(t, ctx, "\r")
	is(t, ctx, "the opener folds it and keeps the focus", fmt.Sprintf(`document.querySelectorAll(".strip li").length === %d && document.activeElement.matches("[data-fold]")`, folded))
	keys(t, ctx, "\r")
	is(t, ctx, "and opens it", `document.activeElement.getAttribute("aria-expanded") === "true"`)
}

func TestOutcomesAreForcedOrDrawn(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "--world", "tour")
	ctx := tab(t, browser.Options{ReducedMotion: true})
	must(t, browser.Open(ctx, p.URL))
	expect(t, ctx, "pod/default/toolbox", "curl http://web/", "answered", "pod.delivered", "")
	leave(t, ctx)
	const target = `document.querySelector(".ways-menu summary")?.textContent`
	first, err := browser.Eval[string](ctx, target)
	must(t, err)
	if !strings.HasPrefix(first, "1 in 2: web-") {
		t.Errorf("the way taken reads %q", first)
	}
	_, err = browser.Eval[bool](ctx, `(document.querySelector(".ways-menu summary").focus(), true)`)
	must(t, err)
	keys(t, ctx, "\r", "\t", "\t", "\r")
	is(t, ctx, "the other endpoint is forced by keyboard", target+` !== `+"`"+first+"`"+` && document.activeElement.matches(".ways-menu summary")`)
	leave(t, ctx)
	keys(t, ctx, "r")
	is(t, ctx, "chance chooses, and shows its seed", `/Chance chose 1 in 2 \(seed \d+\)/.test(`+inside+`)`)
	drawn, err := browser.Eval[string](ctx, target)
	must(t, err)
	_, err = browser.Eval[bool](ctx, `(window.kubestrata.seek(0), true)`)
	must(t, err)
	address, err := browser.Eval[string](ctx, `location.href`)
	must(t, err)
	if !strings.Contains(address, "seed=") {
		t.Errorf("the seed is not in the address %s", address)
	}
	for range 2 {
		must(t, chromedp.Do(ctx, chromedp.Navigate("about:blank")))
		must(t, browser.Open(ctx, address))
		is(t, ctx, "the same seed draws the same", target+" === `"+drawn+"`")
	}
}

func TestLookingCloserStopsThePlay(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "--world", "tour")
	ctx := tab(t, browser.Options{})
	must(t, browser.Open(ctx, p.URL))
	expect(t, ctx, "pod/default/toolbox", "curl http://web/", "answered", "pod.delivered", "")
	leave(t, ctx)
	for what, open := range map[string]string{
		"a tab":  `document.querySelector("#tab-evidence").click()`,
		"a menu": `document.querySelector(".more summary").click()`,
	} {
		_, err := browser.Eval[bool](ctx, `(window.kubestrata.seek(0), true)`)
		must(t, err)
		keys(t, ctx, "1", " ")
		is(t, ctx, "it plays", `document.querySelector("[data-do=toggle]").getAttribute("aria-label").startsWith("Pause")`)
		_, err = browser.Eval[bool](ctx, `(`+open+`, true)`)
		must(t, err)
		is(t, ctx, what+" stops it", `document.querySelector("[data-do=toggle]").getAttribute("aria-label").startsWith("Play")`)
		_, err = browser.Eval[bool](ctx, `(document.body.click(), document.activeElement.blur(), true)`)
		must(t, err)
	}
}

func TestAFailedTraceLooksTheSameForwardAndBack(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "--world", "ckad/calico")
	ctx := tab(t, browser.Options{ReducedMotion: true})
	must(t, browser.Open(ctx, p.URL))
	expect(t, ctx, busyboxPod, deniedWget, "no-answer", "policy.ingress-denied", "")
	n, err := browser.Steps(ctx)
	must(t, err)
	const picture = `document.querySelector("#map").innerHTML + document.querySelector("#drawer").innerHTML`
	seen := make([]string, n)
	for i := range 2*n - 1 {
		at := min(i, 2*n-2-i)
		must(t, browser.Step(ctx, at))
		now, err := browser.Eval[string](ctx, picture)
		must(t, err)
		if i < n {
			seen[at] = now
		} else if now != seen[at] {
			t.Errorf("step %d looks different when it is come back to", at)
		}
	}
}
