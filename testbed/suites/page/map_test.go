package page

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"github.com/kubestrata/kubestrata/testbed/browser"
)

// pickThing clicks a thing of the map.
func pickThing(t *testing.T, ctx context.Context, id string) {
	t.Helper()
	_, err := browser.Eval[bool](ctx, fmt.Sprintf(`document.querySelector('#map [data-id="%s"] rect.hit').dispatchEvent(new MouseEvent("click", { bubbles: true }))`, id))
	must(t, err)
}

func TestAPodThatIsReplacedLeavesAStoneOrItsAddressAtItsSuccessor(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "--world", "tour")
	ctx := tab(t, browser.Options{})
	must(t, browser.Open(ctx, p.URL))
	must(t, browser.Wait30(ctx, "somebody is mourned", `document.querySelector("#map .tomb, #map .tab-text") !== null`))
	words, err := browser.Eval[string](ctx, `[...document.querySelectorAll("#map .tomb .hit, #map .pod .hit")].map(e => e.getAttribute("aria-label")).join("\n")`)
	must(t, err)
	if !strings.Contains(words, "was here until a moment ago") && !strings.Contains(words, "replaces the one at 10.244.") {
		t.Errorf("nobody who only hears the map learns of it:\n%s", words)
	}
}

func TestAClientMadeForOneRequestIsDrawnWhereItRuns(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "--world", "tour")
	ctx := tab(t, browser.Options{ReducedMotion: true})
	must(t, browser.Open(ctx, p.URL))
	_, err := browser.Trace(ctx, "", "kubectl run client --image=alpine/curl -it --rm --restart=Never --command -- curl http://web/")
	must(t, err)
	label, err := browser.Eval[string](ctx, `document.querySelector('#map [data-id="Pod/default/client"] .hit')?.getAttribute("aria-label") ?? ""`)
	must(t, err)
	if !strings.Contains(label, "made for this request only") {
		t.Errorf("the ghost is called %q", label)
	}
	press(t, ctx, kb.Escape) // leaves the field
	press(t, ctx, kb.Escape)
	must(t, browser.Wait(ctx, "it is gone with its trace", `document.querySelector('#map [data-id="Pod/default/client"]') === null`))
}

func TestExposureShowsFromWhereEachServiceIsOpenAndByWhichObject(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "--world", "tour")
	ctx := tab(t, browser.Options{ReducedMotion: true})
	must(t, browser.Open(ctx, p.URL))
	must(t, strike(ctx, "e"))
	must(t, browser.Wait(ctx, "every service has its strip", `document.querySelectorAll("#map .service .expose-box").length === document.querySelectorAll("#map .things .service").length && !/asking/.test(document.querySelector("#side").innerText)`))
	list, err := browser.Eval[string](ctx, `document.querySelector("#side").innerText`)
	must(t, err)
	for _, want := range []string{"Open to the Internet", "Ingress default/shop, http://shop.test/api", "node port 31555, opened by Service default/promo", "by NetworkPolicy default/only-api"} {
		if !strings.Contains(list, want) {
			t.Errorf("the list does not say %q:\n%s", want, list)
		}
	}
	label, err := browser.Eval[string](ctx, `document.querySelector('#map [data-id="Service/default/db"] .hit').getAttribute("aria-label")`)
	must(t, err)
	if !strings.Contains(label, "from the Internet closed, from the LAN closed, inside partly open") {
		t.Errorf("the database is called %q", label)
	}
	click(t, ctx, "#side .pair")
	must(t, browser.Wait(ctx, "a line is a trace", `window.kubestrata.traces() === 1`))
	press(t, ctx, kb.Escape)
	press(t, ctx, kb.Escape)
	must(t, browser.Wait(ctx, "closing it takes the strips away", `document.querySelector("#side").hidden && document.querySelector("#map .expose-box") === null`))
}

func TestTheLegendIsMadeOfThePicturesShapes(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "--world", "tour")
	ctx := tab(t, browser.Options{ReducedMotion: true})
	must(t, browser.Open(ctx, p.URL))
	must(t, strike(ctx, "l"))
	must(t, browser.Wait(ctx, "the legend is open", `document.querySelectorAll("#side .legend .sample").length > 25`))
	missing, err := browser.Eval[string](ctx, `(() => {
		const shapes = new Set([...document.querySelectorAll("#side .sample *")].flatMap(e => [...e.classList]));
		const drawn = new Set([...document.querySelectorAll("#map .things *")].flatMap(e => [...e.classList]));
		const explained = ["ring", "virtual", "gate-box", "mark", "port", "stone", "tab", "paper", "ticket-box", "trail"];
		return explained.filter(c => !shapes.has(c)).join() + [...drawn].filter(c => ["ring", "virtual", "gate-box"].includes(c) && !shapes.has(c)).join();
	})()`)
	must(t, err)
	if missing != "" {
		t.Errorf("not explained: %s", missing)
	}
	must(t, strike(ctx, "l"))
	must(t, browser.Wait(ctx, "the same key closes it", `document.querySelector("#side").hidden`))
}

// zones writes a cluster of three zones with nodes and pods, too large for a lane a node.
func zones(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	for n := range 60 {
		ready := "True"
		if n == 31 {
			ready = "False"
		}
		fmt.Fprintf(&b, "apiVersion: v1\nkind: Node\nmetadata: {name: w%02d, labels: {topology.kubernetes.io/zone: zone-%c}}\nspec: {podCIDR: 10.244.%d.0/24}\nstatus: {addresses: [{type: InternalIP, address: 10.0.0.%d}], conditions: [{type: Ready, status: %q}]}\n---\n",
			n, 'a'+rune(n%3), n, n+10, ready)
		for i := range 4 {
			fmt.Fprintf(&b, "apiVersion: v1\nkind: Pod\nmetadata: {name: p%02d-%d, labels: {app: p}}\nspec: {nodeName: w%02d, containers: [{name: main, image: a, ports: [{containerPort: 80}]}, {name: side, image: b}]}\nstatus: {phase: Running, podIP: 10.244.%d.%d, conditions: [{type: Ready, status: \"True\"}]}\n---\n",
				n, i, n, n, i+2)
		}
	}
	path := filepath.Join(t.TempDir(), "zones.yaml")
	must(t, os.WriteFile(path, []byte(b.String()), 0o600))
	return path
}

func TestLevelsOfDetailOpenFromZonesToContainers(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "-f", zones(t))
	ctx := tab(t, browser.Options{ReducedMotion: true})
	must(t, browser.Open(ctx, p.URL))
	heading, err := browser.Eval[string](ctx, `[...document.querySelectorAll("#map .band-name")].map(e => e.textContent).join(" ")`)
	must(t, err)
	if !strings.Contains(heading, "pods on 60 nodes") {
		t.Errorf("the bands do not say how much there is: %s", heading)
	}
	label, err := browser.Eval[string](ctx, `document.querySelector('#map [data-id="Group/zone-b"] .hit').getAttribute("aria-label")`)
	must(t, err)
	if !strings.Contains(label, "20 nodes") || !strings.Contains(label, "1 node not ready") {
		t.Errorf("the worst state does not show: %q", label)
	}
	pickThing(t, ctx, "Group/zone-b")
	must(t, browser.Wait(ctx, "a zone opens into its nodes", `document.querySelectorAll("#map .chip").length === 20 && document.querySelectorAll("#map .chip.trouble").length === 1`))
	pickThing(t, ctx, "Node/w04")
	must(t, browser.Wait(ctx, "a node opens into its pods", `document.querySelector('#map [data-id="Pod/default/p04-1"]') !== null`))
	must(t, strike(ctx, "+"))
	must(t, browser.Wait(ctx, "with more room pods show their containers", `document.querySelectorAll('#map [data-id="Pod/default/p04-1"] .container-text').length === 2`))
	must(t, strike(ctx, "0"))
	must(t, browser.Wait(ctx, "the whole map is back", `document.querySelector("#map .stage").clientWidth <= document.querySelector("#map").clientWidth`))
	pickThing(t, ctx, "Fold/Node/w04")
	must(t, browser.Wait(ctx, "a node closes", `document.querySelector('#map [data-id="Pod/default/p04-1"]') === null`))
	must(t, browser.Wait(ctx, "what is searched for stands forth wherever it is", `(() => {
		const search = document.getElementById("search");
		search.value = "p55-3";
		search.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
		return true;
	})()`))
	must(t, browser.Wait(ctx, "the pod is a card", `document.querySelector('#map [data-id="Pod/default/p55-3"]') !== null`))
	a, err := browser.Trace(ctx, "pod/default/p01-0", "curl http://10.244.59.2/")
	must(t, err)
	if a.Verdict.Class != "answered" {
		t.Errorf("%s", a.Verdict.Class)
	}
	must(t, browser.Wait(ctx, "so do those who take part in a trace", `["p01-0", "p59-0"].every(p => document.querySelector('#map [data-id="Pod/default/' + p + '"]'))`))
}
