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

// crowdedFiles are two nodes, one with more pods than cards have room for.
func crowdedFiles() string {
	var b strings.Builder
	for i, name := range []string{"node-a", "node-b"} {
		fmt.Fprintf(&b, "apiVersion: v1\nkind: Node\nmetadata: {name: %s}\nspec: {podCIDR: 10.244.%d.0/24}\nstatus: {addresses: [{type: InternalIP, address: 192.168.10.1%d}], conditions: [{type: Ready, status: 'True'}]}\n---\n", name, i+1, i+1)
	}
	for i := range 90 {
		ready := "True"
		if i%17 == 3 {
			ready = "False"
		}
		fmt.Fprintf(&b, "apiVersion: v1\nkind: Pod\nmetadata: {name: p%02d, namespace: default, labels: {app: p}}\nspec: {nodeName: node-a, containers: [{name: c, image: i}]}\nstatus: {podIP: 10.244.1.%d, podIPs: [{ip: 10.244.1.%d}], phase: Running, conditions: [{type: Ready, status: '%s'}]}\n---\n", i, i+2, i+2, ready)
	}
	fmt.Fprint(&b, "apiVersion: v1\nkind: Pod\nmetadata: {name: alone, namespace: default}\nspec: {nodeName: node-b, containers: [{name: c, image: i}]}\nstatus: {podIP: 10.244.2.2, podIPs: [{ip: 10.244.2.2}], phase: Running, conditions: [{type: Ready, status: 'True'}]}\n")
	return b.String()
}

func onCrowd(s *stateServers) string {
	return s.of("crowd", "-f", s.file("crowd.yaml", crowdedFiles()))
}

// intoTheCells takes the focus from the node to the first cell beside it.
func intoTheCells(t *testing.T, ctx context.Context) {
	must(t, pressKey(ctx, "q", false))
	must(t, chromedp.Do(ctx, chromedp.Focus(chromedp.CSS(`#map [data-id="Node/node-a"] [role=button]`)), chromedp.KeyEvent(kb.ArrowRight)))
	must(t, browser.Wait(ctx, "a cell has the focus", `document.activeElement?.closest("svg.cursor.on") && document.activeElement.dataset.id?.startsWith("Pod/default/p") && document.activeElement.getAttribute("aria-label")`))
}

const focusedCell = `document.activeElement?.closest("[data-id]")?.dataset.id ?? ""`

func TestArrowsLeadFromANodeIntoItsCells(t *testing.T) {
	s := newStateServers(t)
	ctx := tab(t, browser.Options{ReducedMotion: true})
	must(t, browser.Open(ctx, onCrowd(s)))
	must(t, pressKey(ctx, "q", false))
	must(t, browser.Wait(ctx, "Q leads to the map", `document.activeElement?.closest("#map [data-id]")`))
	intoTheCells(t, ctx)
	go4 := func(keys ...string) string {
		for _, k := range keys {
			must(t, chromedp.Do(ctx, chromedp.KeyEvent(k)))
		}
		id, err := browser.Eval[string](ctx, focusedCell)
		must(t, err)
		return id
	}
	first := go4()
	if right := go4(kb.ArrowRight); right == first || !strings.HasPrefix(right, "Pod/default/p") {
		t.Errorf("Right of %s is %s", first, right)
	}
	if back := go4(kb.ArrowLeft); back != first {
		t.Errorf("Left leads back to %s, not to %s", back, first)
	}
	above := go4(kb.ArrowUp)
	if above == first || !strings.HasPrefix(above, "Pod/default/p") {
		t.Errorf("above %s is %s", first, above)
	}
	if below := go4(kb.ArrowDown); below != first {
		t.Errorf("below %s is %s, not %s", above, below, first)
	}
	wants(t, ctx, "one tab stop", `document.querySelectorAll("#map svg [tabindex='0']").length`, 1)
	wants(t, ctx, "the name stands beside it", `document.querySelector(".cursor .cursor-text").textContent.startsWith(document.activeElement.dataset.id.split("/")[2])`, true)
	wants(t, ctx, "and is said with the state", `/^Pod p\d\d, (not )?ready, 10\.244\.1\.\d+, on node-a$/.test(document.activeElement.getAttribute("aria-label"))`, true)
	if left := go4(kb.ArrowLeft); left != "Node/node-a" {
		t.Errorf("left of the cells is %s", left)
	}

	intoTheCells(t, ctx)
	if below := go4(kb.ArrowDown); below != "Pod/default/alone" {
		t.Errorf("below the cells is %s", below)
	}
	if back := go4(kb.ArrowUp); !strings.HasPrefix(back, "Pod/default/p") {
		t.Errorf("above the pod of the other node is %s", back)
	}

	t.Run("Enter picks it, and again inspects it, and the focus stays", func(t *testing.T) {
		intoTheCells(t, ctx)
		id := go4(kb.Enter)
		must(t, browser.Wait(ctx, "it asks", fmt.Sprintf(`document.getElementById("from").value === %q`, strings.ToLower(id[:3])+id[3:])))
		must(t, browser.Wait(ctx, "it is a card now, and has the focus", fmt.Sprintf(`document.activeElement?.closest(".things > [data-id]")?.dataset.id === %q`, id)))
		go4(kb.Enter)
		must(t, browser.Wait(ctx, "the inspector shows it", `document.querySelector("#inspector .inspected")?.offsetParent`))
	})
}

// On a projector the node of the lab has more pods than cards have room for.
func TestWhoeverAnswersIsACardAlsoOnACrowdedNode(t *testing.T) {
	s := newStateServers(t)
	ctx := tab(t, browser.Options{Width: 1024, Height: 768, ReducedMotion: true})
	must(t, browser.Open(ctx, s.of("lab", "--world", "lab")))
	expect(t, ctx, "pod/default/curl-pod", "curl http://nginx-service/", "answered", "pod.delivered", "")
	n, err := browser.Steps(ctx)
	must(t, err)
	must(t, browser.Step(ctx, n-1))
	wants(t, ctx, "who asks and who answers are cards", `["curl-pod", "nginx-deployment-85996f8dbd-sgk2s"].every(n => document.querySelector('#map .pod.lit[data-id="Pod/default/' + n + '"]'))`, true)
}
