package page

import (
	"context"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"github.com/kubestrata/kubestrata/testbed/browser"
)

// pageState is one look of the page. Every bar for everyone (axe, sizes of targets, reflow) is held in all of them: a part of
// the page that opens in another way adds a row to pageStates, and all bars hold there, too.
type pageState struct {
	name  string
	on    func(*stateServers) string // the address to open
	size  [2]int64                   // of the window; zero: 1440x900
	reach func(*testing.T, context.Context)
}

// stateServers are programs that states are shown on, each started when the first state asks for it.
type stateServers struct {
	t     *testing.T
	mu    sync.Mutex
	by    map[string]*browser.Program
	files map[string]string
	more  []string // arguments that each of them gets
}

func newStateServers(t *testing.T) *stateServers {
	return &stateServers{t: t, by: map[string]*browser.Program{}, files: map[string]string{}}
}

func (s *stateServers) of(name string, args ...string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.by[name] == nil {
		s.by[name] = start(s.t, nil, append(args, s.more...)...)
	}
	return s.by[name].URL
}

func (s *stateServers) file(name, text string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.files[name] == "" {
		s.files[name] = write(s.t, name, text)
	}
	return s.files[name]
}

func onExample(s *stateServers) string { return s.of("example") }
func onTour(s *stateServers) string    { return s.of("tour", "--world", "tour", "--states") } // its pods stay
func onCKAD(s *stateServers) string    { return s.of("ckad", "--world", "ckad/calico") }
func onLost(s *stateServers) string    { return s.of("lost", "--kubeconfig", nowhere(s.t)) }
func onGateways(s *stateServers) string {
	return s.of("gateways", "-f", s.file("gateways.yaml", gatewayFiles+"---\n"+shopRoute))
}
func onEmpty(s *stateServers) string { return s.of("empty", "-f", s.file("empty.yaml", emptyCluster)) }

// emptyCluster has a node and nothing that runs on it.
const emptyCluster = `apiVersion: v1
kind: Node
metadata: {name: node-a}
spec: {podCIDR: 10.244.1.0/24}
status:
  addresses: [{type: InternalIP, address: 192.168.10.11}]
  conditions: [{type: Ready, status: "True"}]
`

// denied is the failure that the seeds begin with: a pod without the label that the policy asks for.
const (
	deniedFrom    = "pod/default/busybox"
	deniedCommand = "wget --spider --timeout=1 nginx"
)

var pageStates = []pageState{
	{name: "an empty cluster", on: onEmpty},
	{name: "the example world", on: onExample},
	{name: "a world", on: onTour},
	{name: "in the middle of a trace", on: onTour, reach: traceMidway},
	{name: "the answer as text", on: onTour, reach: inOrder(traceMidway, asText)},
	{name: "a verdict of failure", on: onCKAD, reach: traceDenied},
	{name: "a trace that cannot be made", on: onTour, reach: func(t *testing.T, ctx context.Context) {
		must(t, askOnly(ctx, "pod/default/nobody", "curl http://web/"))
		must(t, browser.Wait(ctx, "the bar says why", `document.querySelector(".bar-note")?.offsetParent`))
	}},
	{name: "suggestions under the bar", on: onTour, reach: func(t *testing.T, ctx context.Context) {
		must(t, strike(ctx, "/"))
		must(t, chromedp.Do(ctx, chromedp.KeyEvent("curl http://w")))
		must(t, browser.Wait(ctx, "suggestions are there", `document.querySelector("#suggestions")?.offsetParent`))
	}},
	{name: "the menu of sources", on: onTour, reach: clickUntil("#source > summary", `document.querySelector("#source[open]")`)},
	{name: "the inspector", on: tourAt("Service/default/web"), reach: panelOpen},
	{name: "who can reach it", on: tourAt("Service/default/web"),
		reach: inOrder(panelOpen, clickUntil("#inspector [data-reach]", `document.querySelector("#inspector .reached")?.offsetParent`))},
	{name: "help", on: onTour, reach: clickUntil("#help-button", `document.querySelector("#help[open]")`)},
	{name: "the palette", on: onTour, reach: func(t *testing.T, ctx context.Context) {
		must(t, pressKey(ctx, "k", true))
		must(t, browser.Wait(ctx, "the palette is open", `document.querySelector("dialog.palette[open]")`))
	}},
	{name: "the legend", on: onTour, reach: func(t *testing.T, ctx context.Context) {
		must(t, pressKey(ctx, "l", false))
		must(t, browser.Wait(ctx, "the legend is open", `document.querySelector("#side .legend")?.offsetParent`))
	}},
	{name: "exposure", on: onTour, reach: func(t *testing.T, ctx context.Context) {
		must(t, pressKey(ctx, "e", false))
		must(t, browser.Wait(ctx, "the exposure is open", `document.querySelector("#side .exposure")?.offsetParent`))
	}},
	{name: "asked for a guess", on: func(s *stateServers) string { return onCKAD(s) + "?predict=1" }, reach: func(t *testing.T, ctx context.Context) {
		must(t, browser.Ask(ctx, deniedFrom, deniedCommand))
		must(t, browser.Wait(ctx, "a guess is asked for", `document.querySelector(".predict")?.offsetParent`))
	}},
	{name: "pointed at the map", on: func(s *stateServers) string { return onCKAD(s) + "?predict=1" }, reach: askedAndPointed},
	{name: "pointed at the map on a phone", on: func(s *stateServers) string { return onCKAD(s) + "?predict=1" }, size: [2]int64{390, 844}, reach: askedAndPointed},
	{name: "a guess beside the end", on: func(s *stateServers) string { return onCKAD(s) + "?predict=1" }, reach: inOrder(askedAndPointed, guessedToTheEnd)},
	{name: "the menu of the player", on: onTour, reach: inOrder(traceMidway, clickUntil(".more > summary", `document.querySelector(".more[open]")`))},
	{name: "the ways of a request", on: onTour, reach: inOrder(traceMidway, clickUntil(".ways-menu > summary", `document.querySelector(".ways-menu[open]")`))},
	{name: "the object that decided", on: onCKAD, reach: inOrder(traceDenied, clickUntil("#tab-object", `document.querySelector("#tab-panel .yaml")`))},
	{name: "a comparison", on: onCKAD, reach: inOrder(traceDenied, clickUntil("[data-do=fork]", `document.querySelector(".compare .runs")?.offsetParent`))},
	{name: "a comparison on a phone", on: onCKAD, size: [2]int64{390, 844}, reach: inOrder(traceDenied, clickUntil("[data-do=fork]", `document.querySelector(".compare .runs")?.offsetParent`))},
	{name: "earlier traces", on: onCKAD, reach: func(t *testing.T, ctx context.Context) {
		traceDenied(t, ctx)
		must(t, pressKey(ctx, "h", false))
		must(t, browser.Wait(ctx, "the list is open", `document.querySelector("dialog.history[open] li")`))
	}},
	{name: "a gateway", on: func(s *stateServers) string { return onGateways(s) + "?at=Gateway/default/front" }, reach: panelOpen},
	{name: "a trace through a gateway", on: onGateways, reach: func(t *testing.T, ctx context.Context) {
		expect(t, ctx, "lan/laptop", "curl --resolve shop.example.com:80:192.168.1.240 http://shop.example.com/cart", "answered", "pod.delivered", "")
	}},
	{name: "cut off", on: onTour, reach: func(t *testing.T, ctx context.Context) {
		_, err := browser.Eval[bool](ctx, `(() => {
			const Real = WebSocket;
			window.WebSocket = function () { return new Real("ws://127.0.0.1:1/"); };
			window.kubestrata.cut();
			return true;
		})()`)
		must(t, err)
		must(t, browser.Wait(ctx, "the page says that live updates have stopped", `document.querySelector("#band-note.lost")`))
	}},
	{name: "disconnected from the start", on: onLost},
	{name: "a failure on a projector", on: onCKAD, size: [2]int64{1024, 768}, reach: traceDenied},
	{name: "Present before anything is asked", on: onPresent, size: [2]int64{1024, 768}},
	{name: "Present in the middle of a trace", size: [2]int64{1024, 768},
		on: func(s *stateServers) string {
			return onPresent(s) + "&from=lan/laptop&cmd=curl%20http://192.168.10.12:30080/&step=6"
		},
		reach: func(t *testing.T, ctx context.Context) {
			must(t, browser.Wait(ctx, "the trace is open", `window.kubestrata.steps() > 0 && window.kubestrata.step() === 5`))
		}},
	{name: "Present asks for a guess", on: onPresentGuess, size: [2]int64{1024, 768}, reach: presentAsks},
	{name: "Present, a guess beside the end", on: onPresentGuess, size: [2]int64{1024, 768}, reach: inOrder(presentAsks, func(t *testing.T, ctx context.Context) {
		_, err := browser.Eval[bool](ctx, `(document.querySelector('.p-things [data-id^="Node/"]').dispatchEvent(new MouseEvent("click", { bubbles: true })), document.querySelector('[data-guess="refused"]').click(), window.kubestrata.seek(window.kubestrata.steps() - 1), true)`)
		must(t, err)
		must(t, browser.Wait(ctx, "both pins are there", `document.querySelectorAll(".p-pins .pin").length === 2`))
	})},
	{name: "the menu of Present", on: onPresent, size: [2]int64{1024, 768}, reach: clickUntil(".p-more-button", `document.querySelector(".p-menu[open]")`)},
	{name: "the pen of Present", on: onPresent, size: [2]int64{1024, 768}, reach: func(t *testing.T, ctx context.Context) {
		must(t, pressKey(ctx, "d", false))
		must(t, browser.Wait(ctx, "the pen is there", `document.querySelector(".p-pen.on")`))
	}},
	{name: "the projector check", on: onPresent, size: [2]int64{1024, 768}, reach: func(t *testing.T, ctx context.Context) {
		must(t, pressKey(ctx, "c", false))
		must(t, browser.Wait(ctx, "the card is there", `document.querySelector(".p-check[open]")`))
	}},
	{name: "two traces compared", on: onCKAD, reach: inOrder(traceDenied, func(t *testing.T, ctx context.Context) {
		must(t, pressKey(ctx, "w", false))
		must(t, browser.Wait(ctx, "both stand beside each other", `document.querySelectorAll(".compare .runs tbody tr").length === 2`))
	})},
	{name: "a cell that has the focus", on: onCrowd, reach: intoTheCells},
	{name: "what somebody new may try next", on: onTour, size: [2]int64{1024, 768}, reach: offered},
	{name: "what somebody new may try next, on the idle page", on: onTour, reach: offeredIdle},
	{name: "what somebody new may try next, on a phone", on: onTour, size: [2]int64{390, 844}, reach: offered},
	{name: "what a remedy changes", on: onCKAD, reach: remedyTried},
	{name: "what a what-if adds", on: onTour, size: [2]int64{1024, 768}, reach: objectsWritten},
	{name: "somebody's own what-if", on: onTour, reach: inOrder(traceMidway, whatIfAsked)},
	{name: "what a remedy changes, on a phone", on: onCKAD, size: [2]int64{390, 844}, reach: remedyTried},
	{name: "present, a failure", on: onCKAD, size: [2]int64{1024, 768}, reach: inOrder(traceDenied, presenting)},
	{name: "a presenter's room", on: onTour, reach: inOrder(traceMidway, openRoom)},
	{name: "a phone that follows", on: onTour, size: [2]int64{390, 844}, reach: inOrder(traceMidway, openRoom, following)},
	{name: "a phone that is asked where it ends", on: onCKAD, size: [2]int64{390, 844}, reach: inOrder(traceAtItsStart, openRoom, askRoom, following, func(t *testing.T, ctx context.Context) {
		must(t, browser.Wait(ctx, "the places are there", `document.querySelector("#ask .places")?.offsetParent`))
	})},
	{name: "a stage that presents a question", on: onCKAD, size: [2]int64{1024, 768}, reach: inOrder(traceAtItsStart, openRoom, askRoom, onTheStage)},
	{name: "a phone", on: onTour, size: [2]int64{390, 844}},
	{name: "a trace on a phone", on: onTour, size: [2]int64{390, 844}, reach: traceMidway},
	{name: "a trace of several ways on a phone", on: onTour, size: [2]int64{390, 844}, reach: listed},
	{name: "a failure on a phone", on: onCKAD, size: [2]int64{390, 844}, reach: traceDenied},
}

// in opens a tab in the state.
func (row pageState) in(t *testing.T, s *stateServers, o browser.Options) context.Context {
	t.Helper()
	if row.size != [2]int64{} && o.Width == 0 {
		o.Width, o.Height = row.size[0], row.size[1]
	}
	ctx := tab(t, o)
	must(t, chromedp.Do(ctx, chromedp.Navigate(row.on(s))))
	must(t, browser.Wait(ctx, "the page is there", `window.kubestrata?.ready() || document.querySelector("#band-note.trouble")?.offsetParent`))
	if row.reach != nil {
		row.reach(t, ctx)
	}
	return ctx
}

func tourAt(id string) func(*stateServers) string {
	return func(s *stateServers) string { return onTour(s) + "?at=" + id }
}

func inOrder(steps ...func(*testing.T, context.Context)) func(*testing.T, context.Context) {
	return func(t *testing.T, ctx context.Context) {
		for _, step := range steps {
			step(t, ctx)
		}
	}
}

// click clicks a thing and waits until an expression is true.
func clickUntil(selector, until string) func(*testing.T, context.Context) {
	return func(t *testing.T, ctx context.Context) {
		click(t, ctx, selector)
		must(t, browser.Wait(ctx, "after a click on "+selector, until))
	}
}

func traceMidway(t *testing.T, ctx context.Context) {
	expect(t, ctx, "lan/laptop", "curl http://192.168.10.12:30080/", "answered", "pod.delivered", "")
	must(t, browser.Step(ctx, 5))
}

func traceDenied(t *testing.T, ctx context.Context) {
	expect(t, ctx, deniedFrom, deniedCommand, "no-answer", "policy.ingress-denied", "")
	n, err := browser.Steps(ctx)
	must(t, err)
	must(t, browser.Step(ctx, n-1))
}

func asText(t *testing.T, ctx context.Context) {
	must(t, pressKey(ctx, "t", false))
	must(t, browser.Wait(ctx, "the answer stands there as text", `document.querySelector("#drawer.with-report #report .steps")?.offsetParent`))
}

func presenting(t *testing.T, ctx context.Context) {
	_, err := browser.Eval[bool](ctx, `(document.getElementById("present-button").click(), true)`)
	must(t, err)
	must(t, browser.Wait(ctx, "it is presented", `document.querySelector(".p-root")?.checkVisibility() && window.kubestrata.idle()`))
}

func openRoom(t *testing.T, ctx context.Context) {
	_, err := browser.Eval[bool](ctx, `(document.getElementById("room-open").click(), true)`)
	must(t, err)
	must(t, browser.Wait(ctx, "the room is open", `document.querySelector("#room-panel .room-panel")`))
}

func traceAtItsStart(t *testing.T, ctx context.Context) {
	expect(t, ctx, deniedFrom, deniedCommand, "no-answer", "policy.ingress-denied", "")
	must(t, browser.Step(ctx, 0))
}

func askRoom(t *testing.T, ctx context.Context) {
	must(t, browser.Wait(ctx, "the room has the trace and may be asked", `document.querySelector('[data-room-do="ask"]') && !document.querySelector("[data-room-lost]:not([hidden])")`))
	must(t, browser.Wait(ctx, "the trace is in the room", `performance.getEntriesByType("resource").some(e => /\/rooms\/\w+\/trace$/.test(e.name) && e.responseEnd > 0)`))
	later(t, ctx) // the move that shows it follows at once
	_, err := browser.Eval[bool](ctx, `(document.querySelector('[data-room-do="ask"]').click(), true)`)
	must(t, err)
	must(t, browser.Wait(ctx, "it is asked", `document.querySelector(".room-ask.asked")`))
}

// onTheStage leaves the presenter's page for that of the projector.
func onTheStage(t *testing.T, ctx context.Context) {
	room, err := browser.Eval[string](ctx, `new URL("room/" + document.getElementById("room-code").textContent + "/stage", location.origin).href`)
	must(t, err)
	must(t, browser.Open(ctx, room))
	must(t, browser.Wait(ctx, "the stage asks", `window.kubestrata.steps() > 0 && document.getElementById("room-asked").checkVisibility() && document.querySelector(".p-answer.asking")`))
}

// following leaves the presenter's page for that of a phone in the room.
func following(t *testing.T, ctx context.Context) {
	room, err := browser.Eval[string](ctx, `new URL("room/" + document.getElementById("room-code").textContent, location.origin).href`)
	must(t, err)
	must(t, chromedp.Do(ctx, chromedp.Navigate(room)))
	must(t, browser.Wait(ctx, "the phone is in the room", `window.follow?.rev() > 0`))
}

func panelOpen(t *testing.T, ctx context.Context) {
	must(t, browser.Wait(ctx, "the inspector is open", `document.querySelector("#inspector .inspected")?.offsetParent`))
}

// press gives a key to the page itself, to no field, since Ctrl with a letter can be a key of the browser's own.
func pressKey(ctx context.Context, key string, ctrl bool) error {
	c := "false"
	if ctrl {
		c = "true"
	}
	_, err := browser.Eval[bool](ctx, `(document.activeElement?.blur(), document.dispatchEvent(new KeyboardEvent("keydown", { key: "`+key+`", ctrlKey: `+c+`, bubbles: true })), true)`)
	return err
}

// strike gives one key as a hand does: a letter that the page takes as a command is not typed as well.
func strike(ctx context.Context, key string) error {
	if len(key) != 1 || key < " " || key > "~" {
		return chromedp.Do(ctx, chromedp.KeyEvent(key))
	}
	for _, p := range []input.DispatchKeyEventParams{
		{Type: input.DispatchKeyEventTypeKeyDown, Key: key, Text: key},
		{Type: input.DispatchKeyEventTypeKeyUp, Key: key},
	} {
		if _, err := chromedp.Call(ctx, input.DispatchKeyEvent, p); err != nil {
			return err
		}
	}
	return nil
}

// askOnly fills the bar and asks, without waiting for an answer.
func askOnly(ctx context.Context, from, command string) error {
	_, err := browser.Eval[bool](ctx, `(document.getElementById("from").value = "`+from+`", document.getElementById("command").value = "`+command+`", document.getElementById("trace-button").click(), true)`)
	return err
}
