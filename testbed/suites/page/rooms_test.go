package page

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/kubestrata/kubestrata/testbed/browser"
)

// person opens a tab of somebody: tabs share nothing.
func person(t *testing.T, width, height int64) context.Context {
	t.Helper()
	return tab(t, browser.Options{Width: width, Height: height, ReducedMotion: true})
}

func hits(t *testing.T, ctx context.Context, key string) {
	t.Helper()
	_, err := browser.Eval[bool](ctx, fmt.Sprintf(`(document.body.dispatchEvent(new KeyboardEvent("keydown", { key: %q, bubbles: true })), true)`, key))
	must(t, err)
}

// later waits until Present mode takes the same key again: a clicker's double presses are none.
func later(t *testing.T, ctx context.Context) {
	t.Helper()
	_, err := browser.Eval[bool](ctx, `(window.roomLater = false, setTimeout(() => { window.roomLater = true; }, 310), true)`)
	must(t, err)
	must(t, browser.Wait(ctx, "300 ms have passed", `window.roomLater`))
}

// picture keeps what a tab shows where ROOM_PICTURES says so, for whoever wants to look.
func picture(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	if dir := os.Getenv("ROOM_PICTURES"); dir != "" {
		must(t, browser.Shot(ctx, filepath.Join(dir, name+".png")))
	}
}

// phone opens the page of a follower and waits until it is connected.
func phone(t *testing.T, ctx context.Context, url string) {
	t.Helper()
	must(t, chromedp.Do(ctx, chromedp.Navigate(url)))
	must(t, browser.Wait(ctx, "the phone is in the room", `window.follow?.rev() > 0`))
}

func TestARoomKeepsPhonesAndStageInStep(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "--world", "tour")
	open := func(width, height int64) context.Context { return person(t, width, height) }
	presenter := open(1440, 900)
	must(t, browser.Open(presenter, p.URL+"?from=lan/laptop&cmd=curl+http://192.168.10.12:30080/&step=3"))
	must(t, browser.Wait(presenter, "the trace is open", `window.kubestrata.traces() > 0 && window.kubestrata.idle()`))
	click(t, presenter, "#room-open")
	must(t, browser.Wait(presenter, "the room is open", `document.querySelector("#room-panel .room-panel")?.offsetParent`))
	code, err := browser.Eval[string](presenter, `document.getElementById("room-code").textContent`)
	must(t, err)
	if len(code) != 5 {
		t.Fatalf("the code is %q", code)
	}
	must(t, browser.Wait(presenter, "it warns that phones cannot come to loopback", `document.querySelector("#room-panel .room-warning summary")?.innerText.includes("Phones cannot reach this address")`))
	room := p.URL + "room/" + code
	at := func(ctx context.Context, who string, step int) {
		t.Helper()
		must(t, browser.Wait(ctx, fmt.Sprintf("%s shows step %d", who, step+1), fmt.Sprintf(`window.follow.step() === %d && document.getElementById("walk-count").textContent.startsWith("%d of ")`, step, step+1)))
	}

	a, b, stage := open(360, 640), open(360, 640), open(1024, 768)
	phone(t, a, room)
	at(a, "the first phone", 2)
	must(t, browser.Open(stage, room+"/stage"))
	must(t, browser.Wait(stage, "the stage shows the step", `window.kubestrata.step() === 2 && window.kubestrata.idle()`))
	hits(t, presenter, "ArrowRight")
	at(a, "the first phone", 3)
	must(t, browser.Wait(stage, "the stage goes along", `window.kubestrata.step() === 3 && window.kubestrata.idle()`))
	picture(t, presenter, "presenter")
	picture(t, a, "phone")
	picture(t, stage, "stage")

	t.Run("who comes late is where everybody is", func(t *testing.T) {
		phone(t, b, room)
		at(b, "the second phone", 3)
		must(t, browser.Wait(presenter, "the presenter sees two in step", `document.querySelector('[data-room="followers"]').textContent === "2" && document.querySelector('[data-room="inStep"]').textContent === "2"`))
	})

	t.Run("a follower looks round and comes back", func(t *testing.T) {
		click(t, a, "#walk-on")
		at(a, "the phone that looks round", 4)
		hits(t, presenter, "ArrowRight")
		hits(t, presenter, "ArrowRight")
		at(b, "the other", 5)
		must(t, browser.Wait(a, "it says where the presenter is", `document.getElementById("round").innerText.includes("You are exploring · presenter is on step 6")`))
		at(a, "the phone that looks round", 4)
		picture(t, a, "phone-exploring")
		must(t, browser.Wait(presenter, "the presenter sees one looking round", `document.querySelector('[data-room="exploring"]').textContent === "1"`))
		click(t, a, "#rejoin")
		at(a, "the phone that came back", 5)
	})

	t.Run("the presenter gathers all", func(t *testing.T) {
		for _, ctx := range []context.Context{a, b} {
			click(t, ctx, "#walk-back")
			at(ctx, "who looks round", 4)
		}
		click(t, presenter, `[data-room-do="gather"]`)
		for _, ctx := range []context.Context{a, b} {
			at(ctx, "who was called back", 5)
		}
	})

	t.Run("a follower cannot move the room", func(t *testing.T) {
		for _, message := range []string{`{ type: "move", move: { source: "world:tour", trace: "", step: 0, steps: 0, outcome: 0, playing: false, speed: 1 } }`, `{ type: "gather" }`, `{ type: "reveal" }`} {
			_, err := browser.Eval[any](b, `window.follow.send(`+message+`)`)
			must(t, err)
			must(t, browser.Wait(b, "the phone is turned away", `!document.getElementById("ended").hidden`))
			phone(t, b, room)
			at(b, "the phone that came again", 5)
			at(a, "the other", 5)
		}
		if step, err := browser.Eval[int](presenter, `window.kubestrata.step()`); err != nil || step != 5 {
			t.Errorf("the presenter is on step %d, %v", step, err)
		}
	})

	t.Run("predictions are counted and shown when they are revealed", func(t *testing.T) {
		hits(t, presenter, "k")
		for ctx, choice := range map[context.Context]string{a: "refused", b: "answered"} {
			must(t, browser.Wait(ctx, "the question is there", `document.getElementById("ask").offsetParent`))
			click(t, ctx, `#ask [data-choice="`+choice+`"]`)
		}
		must(t, browser.Wait(presenter, "two have chosen", `document.querySelector('[data-room="answered"]').textContent === "2"`))
		must(t, browser.Wait(stage, "the stage asks", `!document.getElementById("room-asked").hidden && !document.getElementById("room-asked").classList.contains("revealed")`))
		sealed, err := browser.Eval[string](stage, `document.getElementById("room-asked").innerText`)
		must(t, err)
		if strings.ContainsAny(sealed, "12") {
			t.Errorf("before they are revealed the stage shows a count: %q", sealed)
		}
		picture(t, presenter, "presenter-asked")
		picture(t, a, "phone-asked")
		picture(t, stage, "stage-asked")
		// The last step is behind the question.
		must(t, browser.Wait(a, "a phone cannot look ahead", `document.getElementById("walk-on").getAttribute("aria-disabled") === "true"`))
		hits(t, presenter, "y")
		must(t, browser.Wait(stage, "the stage shows the counts", `document.querySelector('#room-asked.revealed [data-choice="refused"] .tally-count')?.textContent === "1"`))
		must(t, browser.Wait(b, "the phone shows the counts", `document.querySelector('#ask.revealed [data-choice="answered"] .tally-count')?.textContent === "1"`))
		hits(t, presenter, "End")
		must(t, browser.Wait(a, "who was wrong is told", `document.getElementById("chosen").textContent === "You said Refused; it was Answered."`))
		must(t, browser.Wait(b, "who was right is told", `document.getElementById("chosen").textContent === "You said Answered, and so it was."`))
		picture(t, a, "phone-revealed")
		picture(t, stage, "stage-revealed")
		click(t, presenter, `[data-room-do="away"]`)
		must(t, browser.Wait(a, "the question is put away", `document.getElementById("ask").hidden`))
	})

	t.Run("the presenter's refresh keeps the step", func(t *testing.T) {
		must(t, browser.Step(presenter, 6))
		at(a, "the phone", 6)
		must(t, chromedp.Do(presenter, chromedp.Navigate(p.URL)))
		must(t, browser.Wait(presenter, "the page is where it was", `window.kubestrata?.step() === 6 && window.kubestrata.steps() > 6 && document.getElementById("room-code").textContent === "`+code+`"`))
		must(t, browser.Wait(presenter, "it presents again", `document.querySelector('[data-room="followers"]')?.textContent === "2"`))
		at(a, "the phone", 6)
		hits(t, presenter, "ArrowRight")
		at(a, "the phone", 7)
		must(t, browser.Wait(stage, "the stage goes along", `window.kubestrata.step() === 7`))
	})

	t.Run("another trace is for everybody", func(t *testing.T) {
		must(t, browser.Ask(presenter, "pod/default/toolbox", "nc -vz -w2 db-0.db 5432"))
		must(t, browser.Wait(a, "the phone has the new trace", `document.querySelector("#hop .asked")?.textContent.includes("db-0.db")`))
		must(t, browser.Wait(stage, "the stage has it", `window.kubestrata.trace()?.request.command.includes("db-0.db")`))
		hits(t, presenter, "End")
		must(t, browser.Wait(a, "the phone shows how it ends", `!document.querySelector(".hop-end").hidden && /No answer/.test(document.querySelector(".hop-end").innerText)`))
		picture(t, a, "phone-end")
		picture(t, stage, "stage-end")
		click(t, a, "#way summary")
		_, err := browser.Eval[any](a, `document.getElementById("way").scrollIntoView()`)
		must(t, err)
		picture(t, a, "phone-way")
	})

	t.Run("Present mode leads as well, with its spotlight and its hold", func(t *testing.T) {
		hits(t, presenter, "Home")
		at(a, "the phone", 0)
		click(t, presenter, "#present-button")
		must(t, browser.Wait(presenter, "it presents", `document.body.classList.contains("presenting")`))
		hits(t, presenter, "PageDown")
		at(a, "the phone", 1)
		must(t, browser.Wait(stage, "the stage goes along", `window.kubestrata.step() === 1`))
		hits(t, presenter, "z")
		must(t, browser.Wait(stage, "the spotlight is on the stage", `document.querySelector(".p-root.p-spot")`))
		later(t, presenter)
		hits(t, presenter, "z")
		must(t, browser.Wait(stage, "and off", `!document.querySelector(".p-root.p-spot")`))
		hits(t, presenter, ".")
		must(t, browser.Wait(stage, "the stage is held", `document.querySelector(".p-root.p-held")`))
		later(t, presenter)
		hits(t, presenter, ".")
		must(t, browser.Wait(stage, "and goes on", `!document.querySelector(".p-root.p-held")`))
		// What somebody presses at the projector moves nothing.
		for _, key := range []string{"PageDown", "End", "Escape", " ", "/"} {
			hits(t, stage, key)
		}
		if still, err := browser.Eval[bool](stage, `window.kubestrata.step() === 1 && document.body.classList.contains("presenting")`); err != nil || !still {
			t.Errorf("the stage was moved by its own keys: %v", err)
		}
		hits(t, presenter, "k")
		must(t, browser.Wait(presenter, "the presenter's projector asks, too", `document.querySelector(".p-root #room-asked:not([hidden])")?.checkVisibility()`))
		hits(t, presenter, "y")
		must(t, browser.Wait(a, "revealed", `document.querySelector("#ask.revealed")`))
		hits(t, presenter, "Escape")
		must(t, browser.Wait(presenter, "it is the desk again", `!document.body.classList.contains("presenting")`))
	})

	t.Run("what plays on the presenter's page plays on the stage", func(t *testing.T) {
		hits(t, presenter, "Home")
		must(t, browser.Wait(stage, "the stage is at the start", `window.kubestrata.step() === 0`))
		hits(t, presenter, "5") // as fast as it gets
		hits(t, presenter, " ")
		must(t, browser.Wait30(stage, "the stage comes to the end", `window.kubestrata.step() === window.kubestrata.steps() - 1`))
		must(t, browser.Wait(a, "the phone, too", `document.getElementById("walk-on").getAttribute("aria-disabled") === "true"`))
	})

	t.Run("the QR code is large, and the stage shows it too", func(t *testing.T) {
		hits(t, presenter, "j")
		for who, ctx := range map[string]context.Context{"dialog": presenter, "stage": stage} {
			must(t, browser.Wait(ctx, "the code is shown", `[...document.querySelectorAll(".qr")].some(qr => qr.getBoundingClientRect().width >= 240)`))
			picture(t, ctx, "qr-"+who)
		}
		must(t, chromedp.Do(presenter, chromedp.KeyEvent("\x1b")))
		must(t, browser.Wait(stage, "the stage shows the way again", `document.querySelector(".stage-card").hidden`))
	})

	t.Run("the end of the room is told", func(t *testing.T) {
		click(t, presenter, "#room > summary")
		click(t, presenter, `[data-room-do="end"]`)
		must(t, browser.Wait(a, "the phone says that the room has ended", `!document.getElementById("ended").hidden`))
		must(t, browser.Wait(presenter, "a new one can be opened", `document.getElementById("room-open").offsetParent && !document.getElementById("room").offsetParent`))
	})
}

// The bar E20, as browsers have it: from the key on the presenter's page to the painted phone and back to the clock.
func TestAPressIsOnThePhonesWithinAQuarterOfASecond(t *testing.T) {
	p := start(t, nil, "--world", "tour")
	open := func(width, height int64) context.Context { return person(t, width, height) }
	presenter := open(1024, 768)
	must(t, browser.Open(presenter, p.URL+"?from=lan/laptop&cmd=curl+http://192.168.10.12:30080/&step=1"))
	must(t, browser.Wait(presenter, "the trace is open", `window.kubestrata.traces() > 0 && window.kubestrata.idle()`))
	hits(t, presenter, "o")
	must(t, browser.Wait(presenter, "the room is open", `document.querySelector("#room-panel .room-panel")?.offsetParent`))
	code, err := browser.Eval[string](presenter, `document.getElementById("room-code").textContent`)
	must(t, err)
	phones := []context.Context{open(360, 640), open(360, 640), open(360, 640)}
	for _, ctx := range phones {
		phone(t, ctx, p.URL+"room/"+code)
	}
	// A machine that does other things at the same time may spoil a round, not three.
	p95 := 0.0
	for round := 1; round == 1 || p95 > 250 && round <= 3; round++ {
		hits(t, presenter, "Home")
		must(t, browser.Wait(phones[0], "the start", `window.follow.step() === 0`))
		var took []float64
		for step := 1; step < 18; step++ {
			pressed, err := browser.Eval[float64](presenter, `(document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true })), performance.timeOrigin + performance.now())`)
			must(t, err)
			for _, ctx := range phones {
				must(t, browser.Wait(ctx, "the step", fmt.Sprintf(`window.follow.step() === %d && window.follow.paintedAt() > %f`, step, pressed)))
				painted, err := browser.Eval[float64](ctx, `window.follow.paintedAt()`)
				must(t, err)
				took = append(took, painted-pressed)
			}
		}
		slices.Sort(took)
		p95 = took[len(took)*95/100]
		t.Logf("press to painted phone, %d times: median %.0f ms, p95 %.0f ms, most %.0f ms", len(took), took[len(took)/2], p95, took[len(took)-1])
	}
	if p95 > 250 {
		t.Errorf("p95 is %.0f ms, want at most 250", p95)
	}

	late := open(360, 640)
	phone(t, late, p.URL+"room/"+code)
	must(t, browser.Wait(late, "who comes late is there", `window.follow.step() === 17 && window.follow.paintedAt() > 0`))
	joined, err := browser.Eval[float64](late, `window.follow.paintedAt() - performance.timeOrigin`)
	must(t, err)
	if t.Logf("from opening the address to the painted step: %.0f ms", joined); joined > 1000 {
		t.Errorf("who comes late waits %.0f ms, want at most 1000", joined)
	}
}

// What axe, the size of targets and the width of windows say of every page that a room has.
func TestTheRoomsPagesAreForEverybody(t *testing.T) {
	t.Parallel()
	source := axeSource(t)
	p := start(t, nil, "--world", "tour")
	open := func(width, height int64) context.Context { return person(t, width, height) }
	check := func(ctx context.Context, state string) {
		t.Helper()
		both := func(theme string) {
			for _, v := range axe(t, ctx, source).Violations {
				for _, n := range v.Nodes {
					t.Errorf("%s, %s: %s (%s): %s\n%s", theme, state, v.Help, v.ID, n.HTML, n.Summary)
				}
			}
			lists(t, ctx, theme+" "+state+": too small", targetsScript)
			lists(t, ctx, theme+" "+state+": flow", flowScript)
			picture(t, ctx, strings.ReplaceAll(theme+" "+state, " ", "-"))
		}
		both("light")
		inTheDark(t, ctx, func() { both("dark") })
	}
	presenter, a := open(1440, 900), open(360, 640)
	must(t, browser.Open(presenter, p.URL))
	hits(t, presenter, "o")
	must(t, browser.Wait(presenter, "the room is open", `document.querySelector("#room-panel .room-panel")?.offsetParent`))
	code, err := browser.Eval[string](presenter, `document.getElementById("room-code").textContent`)
	must(t, err)
	phone(t, a, p.URL+"room/"+code)
	must(t, browser.Wait(a, "it waits", `document.getElementById("waiting").offsetParent`))
	check(a, "phone waiting")
	stage := open(1024, 768)
	must(t, browser.Open(stage, p.URL+"room/"+code+"/stage"))
	must(t, browser.Wait(stage, "the stage says how to join", `document.querySelector(".stage-card .qr")?.getBoundingClientRect().width >= 240`))
	check(stage, "stage waiting")
	must(t, browser.Ask(presenter, "pod/default/toolbox", "nc -vz -w2 db-0.db 5432"))
	must(t, browser.Wait(a, "the phone has the trace", `document.querySelector("#hop .asked")`))
	check(presenter, "panel")
	hits(t, presenter, "k")
	must(t, browser.Wait(a, "the question", `document.getElementById("ask").offsetParent`))
	check(a, "phone asked")
	click(t, a, `#ask [data-choice="refused"]`)
	hits(t, presenter, "y")
	must(t, browser.Wait(a, "the counts", `document.querySelector("#ask.revealed")`))
	hits(t, presenter, "End")
	must(t, browser.Wait(stage, "the end and the counts", `document.querySelector("#room-asked.revealed") && window.kubestrata.step() === window.kubestrata.steps() - 1`))
	check(stage, "stage revealed")
	lists(t, stage, "below 22 px", `[...document.querySelectorAll(".p-root *")].filter(el => !el.closest("svg") && el.checkVisibility() && [...el.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()) && parseFloat(getComputedStyle(el).fontSize) < 22).map(el => el.className + " " + el.textContent.slice(0, 30))`)
	click(t, a, "#way summary")
	click(t, a, "#walk-back")
	_, err = browser.Eval[any](a, `document.getElementById("way").scrollIntoView()`)
	must(t, err)
	check(a, "phone exploring")
	hits(t, presenter, "j")
	must(t, browser.Wait(presenter, "how to join", `document.querySelector("dialog.room-join[open]")`))
	check(presenter, "join dialog")
	must(t, chromedp.Do(presenter, chromedp.KeyEvent("\x1b")))
	narrow := open(320, 256)
	phone(t, narrow, p.URL+"room/"+code)
	must(t, browser.Wait(narrow, "the phone has the trace", `document.querySelector("#hop .asked")`))
	check(narrow, "phone at 400 percent")
	door := open(360, 640)
	must(t, chromedp.Do(door, chromedp.Navigate(p.URL+"room")))
	must(t, browser.Wait(door, "a code is asked for", `document.getElementById("code")`))
	check(door, "door")
}
