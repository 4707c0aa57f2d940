package page

import (
	"context"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/kubestrata/kubestrata/testbed/browser"
)

func onPresent(s *stateServers) string { return onTour(s) + "?present=1" }

// projected are the pictures that projectors show, with and without the browser's bars.
var projected = [][2]int64{{1024, 768}, {1024, 658}, {1280, 720}, {1920, 1080}}

// onStage are traces of the tour of every length and end.
var onStage = [][2]string{
	{"pod/default/toolbox", "curl http://web/"},
	{"pod/default/toolbox", "curl http://10.244.2.8:80/"},
	{"lan/laptop", "curl http://192.168.10.12:30080/"},
	{"lan/laptop", "curl http://10.96.9.31/"},
	{"internet/user", "curl http://shop.test/api/items"},
	{"internet/user", "curl http://blog.test/"},
	{"internet/user", "curl http://192.168.10.11:30080/"},
	{"pod/default/toolbox", "nc -vz db-0.db 5432"},
	{"pod/default/toolbox", "curl http://pay/"},
	{"pod/default/toolbox", "curl http://laptop.home.lan:8000/"},
	{"pod/default/toolbox", "curl http://203.0.113.50/"},
}

// stageScan looks at everything that is seen: sizes of letters as they are rendered, letters that an edge or another word
// cuts, lines, and how many lines of text there are.
const stageScan = `(() => {
	const faults = [], h = innerHeight, w = innerWidth;
	const small = Math.max(22, h * 0.029) - 0.05, large = Math.max(33, h * 0.043) - 0.05;
	const root = document.querySelector(".p-root");
	const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	const words = [], middles = [];
	for (let n = walk.nextNode(); n; n = walk.nextNode()) {
		const text = n.data.trim(), el = n.parentElement;
		if (!text || !el.checkVisibility({ opacityProperty: true, visibilityProperty: true }) || el.closest("#live, .visually-hidden, script, style, title")) continue;
		const range = document.createRange();
		range.selectNodeContents(n);
		const svg = el.ownerSVGElement;
		const scale = svg ? Math.abs(el.getScreenCTM().a) : 1;
		const size = parseFloat(getComputedStyle(el).fontSize) * scale;
		const must = el.closest(".p-head") ? large : small;
		if (size < must) faults.push("letters of " + size.toFixed(1) + " px, not " + must.toFixed(1) + ": " + text);
		for (const r of range.getClientRects()) {
			if (r.width < 1) continue;
			if (!el.closest(".p-packet, .p-notes")) words.push({ r, text, map: !!svg });
			if (!el.closest(".p-packet")) middles.push(r.top + r.height / 2);
			if (r.left < 23 || r.right > w - 23 || r.top < 0 || r.bottom > h) faults.push("beyond the safe edge: " + text + " " + [r.left, r.right, r.top, r.bottom].map(Math.round));
			for (let p = el; p && p !== document.body; p = p.parentElement) {
				const style = getComputedStyle(p);
				if (p.ownerSVGElement || style.overflow === "visible") continue;
				const b = p.getBoundingClientRect();
				if (r.left < b.left - 1 || r.right > b.right + 1 || r.top < b.top - 4 || r.bottom > b.bottom + 4) faults.push("cut by ." + p.className + ": " + text);
			}
		}
	}
	words.forEach((a, i) => words.slice(i + 1).forEach(b => {
		const x = Math.min(a.r.right, b.r.right) - Math.max(a.r.left, b.r.left);
		// A line of text is higher than its letters: only letters may not touch.
		const y = Math.min(a.r.bottom, b.r.bottom) - Math.max(a.r.top, b.r.top);
		if (a.text !== b.text && x > 2 && y > a.r.height * 0.4) faults.push("on each other: " + a.text + " | " + b.text);
	}));
	for (const g of document.querySelectorAll(".p-things > g")) {
		const box = g.querySelector(".box, .frame")?.getBoundingClientRect();
		if (!box) continue;
		for (const t of g.querySelectorAll("text")) {
			if (!t.checkVisibility()) continue; // folded
			const r = t.getBoundingClientRect();
			if (r.left < box.left - 1 || r.right > box.right + 1 || r.top < box.top - 5 || r.bottom > box.bottom + 5) faults.push("out of its box: " + t.textContent);
		}
	}
	for (const s of document.querySelectorAll(".p-picture :is(path, rect, circle)")) {
		const style = getComputedStyle(s);
		const scale = Math.abs(s.getScreenCTM().a);
		if (style.stroke !== "none" && parseFloat(style.strokeWidth) * scale < 2.99) faults.push("a line of " + parseFloat(style.strokeWidth) * scale + " px: " + s.getAttribute("class"));
	}
	const packet = document.querySelector(".p-packet .paper")?.getBoundingClientRect();
	if (packet && (packet.width < 28 || packet.height < 28)) faults.push("the packet is " + packet.width + " x " + packet.height);
	middles.sort((a, b) => a - b);
	let lines = 0, last = -99;
	for (const y of middles) if (y - last > small * 0.9) { lines++; last = y; }
	if (lines > 14) faults.push(lines + " lines of text");
	const page = document.documentElement;
	if (page.scrollWidth > w || page.scrollHeight > h) faults.push("the page scrolls: " + page.scrollWidth + " x " + page.scrollHeight);
	const drawer = document.querySelector(".p-answer").getBoundingClientRect();
	if (h <= 768 && drawer.height > 241) faults.push("the drawer is " + drawer.height + " px high");
	return [...new Set(faults)];
})()`

// presented opens a trace in Present.
func presented(t *testing.T, ctx context.Context, base, from, command string) {
	t.Helper()
	must(t, browser.Open(ctx, base+"?"+url.Values{"present": {"1"}, "from": {from}, "cmd": {command}}.Encode()))
	must(t, browser.Wait(ctx, "the trace is open", `window.kubestrata.steps() > 0 && document.fonts.status === "loaded"`))
}

func TestOnAProjectorNothingIsSmallOrCutAtAnyStep(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "--world", "tour")
	b, err := browser.Start(t.Context())
	must(t, err)
	t.Cleanup(b.Close)
	for _, size := range projected {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			ctx, closeTab, err := b.Tab(5*time.Minute, browser.Options{Width: size[0], Height: size[1], ReducedMotion: true})
			must(t, err)
			defer closeTab()
			must(t, browser.Open(ctx, p.URL+"?present=1"))
			idle, err := browser.Eval[[]string](ctx, stageScan)
			must(t, err)
			if len(idle) > 0 {
				t.Errorf("before anything is asked: %s", strings.Join(idle, "\n  "))
			}
			for _, row := range onStage {
				presented(t, ctx, p.URL, row[0], row[1])
				scanSteps(t, ctx, row[0]+": "+row[1])
			}
		})
	}
}

// scanSteps looks at every step of the open trace.
func scanSteps(t *testing.T, ctx context.Context, what string) {
	t.Helper()
	found, err := browser.Eval[[]string](ctx, `(() => {
		const all = new Map();
		for (let i = 0; i < window.kubestrata.steps(); i++) {
			window.kubestrata.seek(i);
			for (const fault of `+stageScan+`) if (!all.has(fault)) all.set(fault, i + 1);
		}
		return [...all].map(([fault, step]) => "step " + step + ": " + fault);
	})()`)
	must(t, err)
	if len(found) > 0 {
		t.Errorf("%s\n  %s", what, strings.Join(found[:min(12, len(found))], "\n  "))
	}
}

// longNames is a cluster whose names and addresses are as long as they get.
const longNames = `apiVersion: v1
kind: Node
metadata: {name: ip-10-0-184-22.eu-central-1.compute.internal}
spec: {podCIDR: "2001:db8:1234:5678::/64"}
status:
  addresses: [{type: InternalIP, address: "2001:db8:aaaa:bbbb:cccc:dddd:eeee:1122"}]
  conditions: [{type: Ready, status: "True"}]
---
apiVersion: v1
kind: Pod
metadata: {name: checkout-frontend-canary-with-a-long-name-7d9f8b6c5-x2x4p, namespace: payments-production-europe, labels: {app: checkout}}
spec: {nodeName: ip-10-0-184-22.eu-central-1.compute.internal, containers: [{name: c, image: busybox, ports: [{containerPort: 8443}]}]}
status: {phase: Running, podIP: "2001:db8:1234:5678:9abc:def0:1234:aaaa", podIPs: [{ip: "2001:db8:1234:5678:9abc:def0:1234:aaaa"}], conditions: [{type: Ready, status: "True"}]}
---
apiVersion: v1
kind: Pod
metadata: {name: debug-toolbox-of-the-platform-team-for-everyone-0, namespace: payments-production-europe}
spec: {nodeName: ip-10-0-184-22.eu-central-1.compute.internal, containers: [{name: c, image: busybox}]}
status: {phase: Running, podIP: "2001:db8:1234:5678:9abc:def0:1234:bbbb", podIPs: [{ip: "2001:db8:1234:5678:9abc:def0:1234:bbbb"}], conditions: [{type: Ready, status: "True"}]}
---
apiVersion: v1
kind: Service
metadata: {name: checkout-frontend-canary-with-a-long-name, namespace: payments-production-europe}
spec: {clusterIP: "2001:db8:ffff:eeee:dddd:cccc:bbbb:5555", clusterIPs: ["2001:db8:ffff:eeee:dddd:cccc:bbbb:5555"], ipFamilies: [IPv6], selector: {app: checkout}, ports: [{port: 443, targetPort: 8443}]}
`

func TestOnAProjectorLongNamesAndIPv6AreCutInTheMiddle(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "-f", write(t, "long.yaml", longNames))
	ctx := tab(t, browser.Options{Width: 1024, Height: 658, ReducedMotion: true})
	presented(t, ctx, p.URL, "pod/payments-production-europe/debug-toolbox-of-the-platform-team-for-everyone-0",
		"curl -k https://[2001:db8:ffff:eeee:dddd:cccc:bbbb:5555]/")
	scanSteps(t, ctx, "long names")
	text, err := browser.Eval[string](ctx, `(() => {
		for (let i = 0; i < window.kubestrata.steps(); i++) {
			window.kubestrata.seek(i);
			if (window.kubestrata.trace().steps.find(s => s.kind === "rules.dnat").title === document.querySelector(".p-count span").textContent) break;
		}
		return document.querySelector(".p-picture").textContent + " " + document.querySelector(".p-table").textContent;
	})()`)
	must(t, err)
	for _, end := range []string{"bbb:5555:443", "0:1234:aaaa", "0:1234:bbbb", "everyone-0", "-x2x4p", "…"} {
		if !strings.Contains(text, end) {
			t.Errorf("%q is not to be read in: %s", end, text)
		}
	}
}

// press presses a key as a clicker does.
func press(t *testing.T, ctx context.Context, key string) {
	t.Helper()
	must(t, chromedp.Do(ctx, chromedp.KeyEvent(key)))
}

// pressApart presses a key later than 300 ms after the last one.
func pressApart(t *testing.T, ctx context.Context, key string) {
	t.Helper()
	_, err := browser.Eval[bool](ctx, `(window.kubestrataLater = false, setTimeout(() => { window.kubestrataLater = true; }, 310), true)`)
	must(t, err)
	must(t, browser.Wait(ctx, "300 ms have passed", `window.kubestrataLater`))
	press(t, ctx, key)
}

func stepIs(t *testing.T, ctx context.Context, step int) {
	t.Helper()
	must(t, browser.Wait(ctx, fmt.Sprintf("step %d", step), fmt.Sprintf(`window.kubestrata.step() === %d && window.kubestrata.idle()`, step)))
}

// watchSteps writes down every step that is told, so that one that was passed over is missed.
const watchSteps = `(() => {
	window.kubestrataSeen = [window.kubestrata.step()];
	new MutationObserver(() => {
		const s = window.kubestrata.step();
		if (s !== window.kubestrataSeen.at(-1)) window.kubestrataSeen.push(s);
	}).observe(document.querySelector(".p-strip"), { attributes: true, childList: true });
	return true;
})()`

func TestALessonIsHeldWithAClickerAlone(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "--world", "tour")
	ctx := tab(t, browser.Options{Width: 1024, Height: 768})
	presented(t, ctx, p.URL, "pod/default/toolbox", "curl http://10.244.2.8:3000/")
	steps, err := browser.Steps(ctx)
	must(t, err)
	stepIs(t, ctx, 0)
	for i := 1; i < steps; i++ {
		pressApart(t, ctx, kb.PageDown)
		stepIs(t, ctx, i)
	}
	class, err := browser.Eval[string](ctx, `document.querySelector(".p-head.verdict")?.textContent ?? ""`)
	must(t, err)
	if !strings.Contains(class, "answers HTTP 200") {
		t.Errorf("at the end it says %q", class)
	}
	pressApart(t, ctx, kb.PageUp)
	stepIs(t, ctx, steps-2)
	// The clicker's black-out key holds, and goes on.
	press(t, ctx, ".")
	must(t, browser.Wait(ctx, "it is held", `document.querySelector(".p-held")`))
	pressApart(t, ctx, ".")
	must(t, browser.Wait(ctx, "it goes on", `!document.querySelector(".p-held")`))
	// Its one button for start and end sends F5, which must not load the page again.
	_, err = browser.Eval[bool](ctx, `(window.kubestrataSame = true)`)
	must(t, err)
	pressApart(t, ctx, kb.F5)
	stepIs(t, ctx, 0)
	if same, err := browser.Eval[bool](ctx, `window.kubestrataSame === true`); err != nil || !same {
		t.Errorf("F5 has loaded the page again (%v)", err)
	}
	press(t, ctx, "z")
	must(t, browser.Wait(ctx, "the spotlight is on", `document.querySelector(".p-spot")`))
	dim, err := browser.Eval[string](ctx, `[...document.querySelectorAll(".p-things > :not(.now)")].map(g => (g.getAnimations().forEach(a => a.finish()), getComputedStyle(g).opacity)).join()`)
	must(t, err)
	if strings.Trim(dim, "0.35,") != "" || dim == "" {
		t.Errorf("in the spotlight the others are at %s", dim)
	}
	pressApart(t, ctx, kb.Escape)
	must(t, browser.Wait(ctx, "the spotlight is off", `!document.querySelector(".p-spot") && document.body.matches(".presenting")`))
	pressApart(t, ctx, kb.Escape)
	must(t, browser.Wait(ctx, "the desk is back", `!document.body.matches(".presenting") && !document.querySelector("#drawer").hidden`))
	if at, err := browser.Eval[string](ctx, `location.search`); err != nil || strings.Contains(at, "present") {
		t.Errorf("the address still says %s (%v)", at, err)
	}
}

func TestFiftyFastPressesPassOverNothing(t *testing.T) {
	p := start(t, nil, "--world", "tour")
	ctx := tab(t, browser.Options{Width: 1024, Height: 768})
	presented(t, ctx, p.URL, "pod/default/toolbox", "curl http://web/")
	_, err := browser.Eval[bool](ctx, watchSteps)
	must(t, err)
	_, err = browser.Eval[bool](ctx, `(() => {
		let n = 0;
		window.kubestrataPressed = false;
		const timer = setInterval(() => {
			document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "PageDown", bubbles: true, cancelable: true, repeat: n % 5 === 4 }));
			if (++n === 50) { clearInterval(timer); window.kubestrataPressed = true; }
		}, 60);
		return true;
	})()`)
	must(t, err)
	must(t, browser.Wait(ctx, "all presses are made and the packet stands", `window.kubestrataPressed && window.kubestrata.idle()`))
	seen, err := browser.Eval[[]int](ctx, `window.kubestrataSeen`)
	must(t, err)
	if len(seen) < 4 || len(seen) > 12 {
		t.Errorf("50 presses in 3 s led over %v: at most one in 300 ms counts", seen)
	}
	for i, s := range seen {
		if s != i {
			t.Fatalf("a step was passed over: %v", seen)
		}
	}
}

func TestLiveChangesWaitUntilTheyAreWanted(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	shop, web := filepath.Join(dir, "shop.yaml"), filepath.Join(dir, "web.yaml")
	replace(t, shop, shopFiles)
	replace(t, web, webService)
	p := start(t, nil, "-f", dir)
	ctx := tab(t, browser.Options{Width: 1024, Height: 768, ReducedMotion: true})
	presented(t, ctx, p.URL, "pod/default/toolbox", "curl http://web/")
	before, err := browser.Eval[string](ctx, `document.querySelector(".p-picture").textContent`)
	must(t, err)
	replace(t, web, strings.Replace(webService, "10.96.5.5", "10.96.7.7", 1))
	must(t, browser.Wait(ctx, "the change is here and counted", `window.kubestrata.card("Service/default/web").clusterIPs[0] === "10.96.7.7" && window.kubestrata.waiting() > 0`))
	must(t, browser.Wait(ctx, "it says so", `/^[0-9]+ changes? waiting$/.test(document.querySelector(".p-waiting").textContent)`))
	after, err := browser.Eval[string](ctx, `document.querySelector(".p-picture").textContent`)
	must(t, err)
	if before != after {
		t.Errorf("the picture moved under the teacher:\n%s\n%s", before, after)
	}
	press(t, ctx, "u")
	must(t, browser.Wait(ctx, "the change is shown", `document.querySelector(".p-picture").textContent.includes("10.96.7.7") && document.querySelector(".p-waiting").textContent === "frozen"`))
}

func TestPresentIsLightAndTurnsDarkOnAKeyAndGivesTheThemeBack(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "--world", "tour")
	ctx := tab(t, browser.Options{Width: 1024, Height: 768, Dark: true, ReducedMotion: true})
	must(t, browser.Open(ctx, p.URL))
	ground := `getComputedStyle(document.body).backgroundColor`
	desk, err := browser.Eval[string](ctx, ground)
	must(t, err)
	click(t, ctx, "#present-button")
	must(t, browser.Wait(ctx, "it is light", ground+` === "rgb(255, 255, 255)"`))
	press(t, ctx, "l")
	must(t, browser.Wait(ctx, "it is dark", fmt.Sprintf(ground+` === %q`, desk)))
	pressApart(t, ctx, "l")
	// The browser may take the full screen away at any time, with a key that the page never sees.
	_, err = browser.Eval[bool](ctx, `(document.exitFullscreen(), true)`)
	must(t, err)
	must(t, browser.Wait(ctx, "the full screen is lost and Present goes on", `!document.fullscreenElement && document.body.matches(".presenting")`))
	press(t, ctx, kb.Escape)
	must(t, browser.Wait(ctx, "the desk is as it was", fmt.Sprintf(`!document.body.matches(".presenting") && `+ground+` === %q`, desk)))
}

func TestPresentAsksAndHidesAddressesAndListensToNoLetterWhereSomebodyTypes(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "--world", "tour")
	ctx := tab(t, browser.Options{Width: 1024, Height: 768, ReducedMotion: true})
	must(t, browser.Open(ctx, p.URL+"?present=1"))
	press(t, ctx, "/")
	must(t, browser.Wait(ctx, "the bar is there", `document.activeElement.id === "command"`))
	press(t, ctx, "curl http://bzdl.h/")
	if typed, err := browser.Eval[string](ctx, `document.getElementById("command").value + document.querySelector(".p-root").className`); err != nil || strings.TrimPrefix(typed, "/") != "curl http://bzdl.h/p-root" {
		t.Errorf("somebody typed and there is %q (%v)", typed, err)
	}
	must(t, browser.Ask(ctx, "pod/default/toolbox", "curl http://web/"))
	must(t, browser.Wait(ctx, "the trace is open at its first step, at rest", `window.kubestrata.step() === 0 && window.kubestrata.idle() && !document.body.matches(".p-asking")`))
	must(t, browser.Step(ctx, 19))
	press(t, ctx, "h")
	found, err := browser.Eval[[]string](ctx, `(() => {
		const bad = [];
		for (let i = 0; i < window.kubestrata.steps(); i++) {
			window.kubestrata.seek(i);
			const text = document.querySelector(".p-root").innerText + document.querySelector(".p-picture").textContent;
			for (const ip of text.match(/\d+\.\d+\.\d+\.\d+/g) ?? []) bad.push(ip);
			if (i === 19 && !text.includes("web:80")) bad.push("no name: " + text);
		}
		return [...new Set(bad)];
	})()`)
	must(t, err)
	if len(found) > 0 {
		t.Errorf("hidden addresses are still to be read: %v", found)
	}
	// WCAG 2.1.4: keys of one character can be turned off; those of a clicker with names stay.
	press(t, ctx, kb.Home)
	must(t, chromedp.Do(ctx, chromedp.Click(chromedp.CSS(".p-more-button")), chromedp.Click(chromedp.CSS(`.p-menu [data-run="p-letters"]`))))
	press(t, ctx, "z")
	press(t, ctx, kb.PageDown)
	stepIs(t, ctx, 1)
	if spot, err := browser.Eval[bool](ctx, `!!document.querySelector(".p-spot")`); err != nil || spot {
		t.Errorf("a letter that is turned off was listened to (%v)", err)
	}
}

func TestADrawingLiesOnThePictureUntilItIsCleared(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "--world", "tour")
	ctx := tab(t, browser.Options{Width: 1024, Height: 768, ReducedMotion: true})
	must(t, browser.Open(ctx, p.URL+"?present=1"))
	press(t, ctx, "d")
	drag := func(x float64, shift bool) {
		keep := func(m *input.DispatchMouseEventParams) {
			m.Button, m.Buttons = input.MouseButtonLeft, 1
			if shift {
				m.Modifiers = 8
			}
		}
		must(t, chromedp.Do(ctx, chromedp.MouseEvent(input.DispatchMouseEventTypeMousePressed, x, 200, keep),
			chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, x+60, 260, keep),
			chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, x+90, 330, keep),
			chromedp.MouseEvent(input.DispatchMouseEventTypeMouseReleased, x+90, 330, keep)))
	}
	drag(200, false)
	drag(500, true)
	heads, err := browser.Eval[[]int](ctx, `[...document.querySelectorAll(".p-stroke:not(.casing)")].map(p => p.getAttribute("d").split("M").length - 1)`)
	must(t, err)
	if fmt.Sprint(heads) != "[1 3]" {
		t.Errorf("drawn were %v, not a line and an arrow", heads)
	}
	press(t, ctx, kb.Escape)
	left := `document.querySelectorAll(".p-stroke").length`
	must(t, browser.Wait(ctx, "the pen is away, the drawing stays", left+` === 4 && !document.querySelector(".p-pen.on") && document.body.matches(".presenting")`))
	press(t, ctx, kb.Delete)
	must(t, browser.Wait(ctx, "the drawing is cleared", left+` === 0`))
}

func TestASlowProjectorGetsJumpsAndIsToldOnce(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "--world", "tour")
	ctx := tab(t, browser.Options{Width: 1024, Height: 768})
	presented(t, ctx, p.URL, "pod/default/toolbox", "curl http://web/")
	_, err := browser.Eval[bool](ctx, `(window.requestAnimationFrame = f => setTimeout(() => f(performance.now()), 100), true)`)
	must(t, err)
	press(t, ctx, " ")
	toast := `!document.querySelector(".p-toast").hidden && document.querySelector(".p-toast").textContent.includes("jumps")`
	must(t, browser.Wait(ctx, "it says so", toast))
	press(t, ctx, kb.End)
	pressApart(t, ctx, kb.F5)
	stepIs(t, ctx, 0)
	_, err = browser.Eval[bool](ctx, `(() => {
		document.querySelector(".p-toast").hidden = true;
		window.kubestrataPlaces = new Set();
		new MutationObserver(() => window.kubestrataPlaces.add(document.querySelector(".p-packet").getAttribute("transform"))).observe(document.querySelector(".p-packet"), { attributes: true });
		return true;
	})()`)
	must(t, err)
	for i := 1; i < 4; i++ {
		pressApart(t, ctx, kb.PageDown)
		stepIs(t, ctx, i)
	}
	places, err := browser.Eval[int](ctx, `window.kubestrataPlaces.size`)
	must(t, err)
	if places > 4 {
		t.Errorf("on 3 steps the packet was at %d places: it does not jump", places)
	}
	if again, err := browser.Eval[bool](ctx, toast); err != nil || again {
		t.Errorf("it was told twice (%v)", err)
	}
}

func TestWithReducedMotionNothingMovesInPresent(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "--world", "tour")
	ctx := tab(t, browser.Options{Width: 1024, Height: 768, ReducedMotion: true})
	presented(t, ctx, p.URL, "pod/default/toolbox", "curl http://10.244.2.8:3000/")
	for i := 1; i < 6; i++ {
		pressApart(t, ctx, kb.PageDown)
		stepIs(t, ctx, i)
		moving, err := browser.Eval[int](ctx, `document.getAnimations().filter(a => a.effect.getComputedTiming().duration > 150).length`)
		must(t, err)
		if moving > 0 {
			t.Fatalf("%d things move at step %d", moving, i)
		}
	}
}
