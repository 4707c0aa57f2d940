package page

import (
	"context"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"github.com/kubestrata/kubestrata/testbed/browser"
)

// A lesson with guesses: the presenter, with a clicker alone, asks the class, reveals what it expects, and goes on.
func TestARoomPredictsWhatHappensAndWhereAndSeesBothOnTheStage(t *testing.T) {
	p := start(t, nil, "--world", "ckad/calico")
	open := func(width, height int64) context.Context { return person(t, width, height) }
	presenter := open(1024, 768)
	must(t, browser.Open(presenter, p.URL+"?present=1&predict=1"))
	_, err := browser.Eval[bool](presenter, `(document.getElementById("room-open").click(), true)`)
	must(t, err)
	is(t, presenter, "the room is open", `document.querySelector("#room-panel .room-panel")`)
	code, err := browser.Eval[string](presenter, `document.getElementById("room-code").textContent`)
	must(t, err)
	room := p.URL + "room/" + code
	a, b, stage := open(360, 640), open(360, 640), open(1024, 768)
	phone(t, a, room)
	must(t, browser.Open(stage, room+"/stage"))
	_, err = browser.Eval[bool](presenter, `(document.getElementById("room").open = false, document.getElementById("from").value = "`+busyboxPod+`", document.getElementById("command").value = "`+deniedWget+`", document.activeElement.blur(), true)`)
	must(t, err)
	press(t, presenter, kb.PageDown)
	is(t, presenter, "the clicker asks the request, and the request asks for guesses", `document.querySelector(".p-answer.asking")`)
	is(t, a, "the room is asked by itself", `document.getElementById("ask").offsetParent && document.querySelectorAll("#ask .choices button").length === 5`)
	is(t, stage, "the stage asks", `!document.getElementById("room-asked").hidden`)
	phone(t, b, room)
	is(t, b, "who comes late gets the open question", `document.getElementById("ask").offsetParent && document.querySelector('#ask [data-place="Pod/default/nginx"]')?.offsetParent`)
	is(t, b, "and nothing of the answer", `document.querySelectorAll("#rail li:not([hidden])").length === 1 && !document.body.innerText.includes("drops") && document.getElementById("walk-count").textContent === "1"`)
	for _, place := range []string{"Pod/default/nginx", "Pod/default/busybox", "Service/default/nginx", "Node/minikube", "Wall/cluster", "Wall/internet"} {
		is(t, a, "a phone can point at "+place, `document.querySelector('#ask [data-place="`+place+`"]')`)
	}

	click(t, a, `#ask [data-choice="refused"]`)
	click(t, a, `#ask [data-place="Service/default/nginx"]`)
	is(t, a, "the phone says both", `document.getElementById("chosen").textContent === "You say: Refused · service nginx. You can still change it."`)
	click(t, a, `#ask [data-place="Node/minikube"]`)
	click(t, b, `#ask [data-place="Pod/default/nginx"]`)
	is(t, presenter, "the presenter alone sees both counts", `document.querySelector('[data-room="answered"]').textContent === "2" && /pod nginx: 1/.test(document.querySelector("[data-room-places]").textContent) && /minikube: 1/.test(document.querySelector("[data-room-places]").textContent)`)
	sealed := `!document.querySelector(".p-pins .pin") && document.querySelector(".asked-places").hidden`
	is(t, stage, "on the stage they are sealed", sealed)
	is(t, presenter, "on the presenter's projector, too", sealed)
	for who, ctx := range map[string]context.Context{"stage": stage, "presenter": presenter} {
		is(t, ctx, "the "+who+" tells nothing of the way", `document.querySelector(".p-answer.asking") && !document.querySelector(".p-ahead *") && !document.querySelector(".p-strip").checkVisibility({ visibilityProperty: true })`)
	}
	picture(t, a, "predict-phone")
	picture(t, stage, "predict-stage-asked")
	// A phone cannot reveal them.
	_, err = browser.Eval[any](b, `window.follow.send({ type: "reveal" })`)
	must(t, err)
	is(t, b, "who tries is turned away", `!document.getElementById("ended").hidden`)
	phone(t, b, room)
	is(t, b, "and comes back with its choice", `document.querySelector('#ask [data-place="Pod/default/nginx"]')?.getAttribute("aria-pressed") === "true"`)
	is(t, stage, "still sealed", sealed)

	pressApart(t, presenter, kb.PageDown)
	revealed := `document.querySelector("#room-asked.revealed") && [...document.querySelectorAll(".p-pins .pin-text")].map(e => e.textContent).sort().join("|") === "1 ×|1 ×"`
	is(t, stage, "the clicker reveals what was chosen, on the picture, too", revealed)
	is(t, presenter, "on both projectors", revealed)
	is(t, stage, "in words as well", `document.querySelector(".asked-places").textContent.includes("pod nginx: 1") && document.querySelector('#room-asked [data-choice="refused"] .tally-count').textContent === "1"`)
	is(t, a, "phones see the counts", `document.querySelector("#ask-place p").textContent.includes("minikube: 1")`)
	if step, err := browser.Eval[int](presenter, `window.kubestrata.step()`); err != nil || step != 0 {
		t.Errorf("revealing has moved the lesson to step %d (%v)", step, err)
	}
	picture(t, stage, "predict-stage-revealed")
	is(t, stage, "the stage still tells nothing of the way", `document.querySelector(".p-answer.asking")`)
	pressApart(t, presenter, kb.PageDown)
	stepIs(t, presenter, 1)
	is(t, stage, "the next press goes on, and the panel gives the picture back", `window.kubestrata.step() === 1 && document.getElementById("room-asked").hidden && document.querySelectorAll(".p-pins .pin").length === 2`)
	press(t, presenter, kb.End)
	is(t, stage, "at the end the guesses stand beside the truth", `[...document.querySelectorAll(".p-pins .pin-text")].map(e => e.textContent).sort().join("|") === "1 ×|1 × ✓"`)
	is(t, a, "who was wrong is told where it ended", `document.getElementById("chosen").textContent === "You said Refused; it was No answer. You pointed at minikube; it ended at pod nginx."`)
	is(t, b, "who was right is told", `document.getElementById("chosen").textContent.endsWith("You pointed at pod nginx, and there it ended.")`)
	picture(t, stage, "predict-stage-end")
	picture(t, a, "predict-phone-end")
	// Another request, another question.
	_, err = browser.Eval[bool](presenter, `(document.getElementById("command").value = "wget --spider --timeout=1 kubernetes", document.getElementById("trace-button").click(), true)`)
	must(t, err)
	is(t, a, "the class is asked anew, of other places", `document.getElementById("ask").offsetParent && !document.querySelector("#ask.revealed") && !document.querySelector('#ask [aria-pressed="true"]')`)
	is(t, stage, "the pins are gone", sealed)
}
