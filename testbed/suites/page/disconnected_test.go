package page

import (
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/kubestrata/kubestrata/testbed/browser"
)

// nowhere is a kubeconfig of a cluster that nobody serves.
func nowhere(t *testing.T) string {
	t.Helper()
	return write(t, "nowhere.kubeconfig", `apiVersion: v1
kind: Config
current-context: nowhere
contexts: [{name: nowhere, context: {cluster: nowhere}}]
clusters: [{name: nowhere, cluster: {server: "http://127.0.0.1:1"}}]
`)
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	must(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func TestAKubeconfigThatFailsOpensThePageDisconnectedAndSaysWhy(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, kubeconfig, why string }{
		{"a cluster that does not answer", nowhere(t), "127.0.0.1:1"},
		{"a file that is no kubeconfig", write(t, "broken.kubeconfig", "apiVersion: v1\nkind: Config\nclusters: [\n"), "broken.kubeconfig"},
		{"a file that does not exist", filepath.Join(t.TempDir(), "missing.kubeconfig"), "missing.kubeconfig"},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := start(t, nil, "--kubeconfig", row.kubeconfig)
			ctx := tab(t, browser.Options{ReducedMotion: true})
			must(t, chromedp.Do(ctx, chromedp.Navigate(p.URL)))
			must(t, browser.Wait(ctx, "the page says that it is not connected", `document.querySelector("#band-note.trouble")?.offsetParent`))
			why, err := browser.Eval[string](ctx, `document.getElementById("problem").textContent`)
			must(t, err)
			if !strings.Contains(why, row.why) {
				t.Errorf("it says %q, which does not name %s", why, row.why)
			}
			if status, answer := post(t, p.URL, `{"from":"pod/default/toolbox","command":"curl http://web/"}`); status != 503 {
				t.Errorf("a trace without a cluster answers %d:\n%s", status, answer)
			}
			if _, err := browser.Eval[bool](ctx, `(window.before = true)`); err != nil {
				t.Fatal(err)
			}
			click(t, ctx, "#retry")
			must(t, browser.Wait(ctx, "it was tried again and still fails", `!window.before && document.querySelector("#band-note.trouble")?.offsetParent`))
			click(t, ctx, "#open-example")
			must(t, browser.Wait(ctx, "the example opens", `window.kubestrata?.ready() && window.kubestrata.card("Service/default/web")`))
			expect(t, ctx, "pod/default/toolbox", "curl http://web/", "answered", "pod.delivered", "")
			text, err := browser.Eval[string](ctx, `document.body.innerText`)
			must(t, err)
			if !strings.Contains(strings.ToLower(text), "not your cluster") {
				t.Errorf("the example does not say what it is:\n%s", text)
			}
		})
	}
}

// freePort is a port that was free a moment ago.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}

func TestATabOutlivesItsServer(t *testing.T) {
	t.Parallel()
	port := freePort(t)
	first := start(t, nil, "--world", "lab", "--port", port)
	ctx := tab(t, browser.Options{ReducedMotion: true})
	must(t, browser.Open(ctx, first.URL))
	expect(t, ctx, "pod/default/curl-pod", "curl http://nginx-service", "answered", "pod.delivered", "")
	if _, err := browser.Eval[bool](ctx, `(window.sameDocument = true)`); err != nil {
		t.Fatal(err)
	}
	const counts = `(({pods, endpoints, services, nodes}) => [pods, endpoints, services, nodes].join())(window.kubestrata.counts())`
	const unique = `new Set(window.kubestrata.pods()).size === window.kubestrata.pods().length`
	before, err := browser.Eval[string](ctx, counts)
	must(t, err)

	// Its connection is cut: it comes back without anybody's doing.
	if _, err := browser.Eval[bool](ctx, `(window.kubestrata.cut(), true)`); err != nil {
		t.Fatal(err)
	}
	must(t, browser.Wait(ctx, "the cut is noticed", `document.body.dataset.link !== "live"`))
	must(t, browser.Wait(ctx, "the tab is connected again", `document.body.dataset.link === "live"`))
	if after, err := browser.Eval[string](ctx, counts); err != nil || after != before {
		t.Errorf("after a cut the page counts %s, %v; before %s", after, err, before)
	}

	// The server goes: the page says so, and what it shows stays.
	ended := time.Now()
	must(t, first.Stop())
	must(t, browser.Wait(ctx, "the page says that live updates stopped", `/Live updates stopped/.test(document.getElementById("band-note").textContent)`))
	t.Logf("it took %s to say so, the server's own end included", time.Since(ended))
	if lost, err := browser.Eval[string](ctx, counts); err != nil || lost != before {
		t.Errorf("without a server the page counts %s, %v; before %s", lost, err, before)
	}

	// Another one takes its place, with another epoch.
	start(t, nil, "--world", "lab", "--port", port)
	must(t, browser.Wait(ctx, "the tab is connected to the next server", `document.body.dataset.link === "live" && window.kubestrata.ready()`))
	must(t, browser.Wait(ctx, "the counts are as before", counts+` === "`+before+`" && `+unique))
	must(t, browser.Wait(ctx, "the band is gone", `!/Live updates stopped/.test(document.getElementById("band-note").textContent)`))
	if same, err := browser.Eval[bool](ctx, `window.sameDocument === true`); err != nil || !same {
		t.Errorf("the page was loaded again: %v", err)
	}
	expect(t, ctx, "pod/default/curl-pod", "curl http://nginx-service", "answered", "pod.delivered", "")
}
