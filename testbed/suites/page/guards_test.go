package page

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os/exec"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/kubestrata/kubestrata/testbed/browser"
)

const token = "a-token-of-some-length-0123456789"

func TestOffLoopbackNothingIsServedWithoutAToken(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), binary, "serve", "--world", "tour", "--port", "0", "--address", "0.0.0.0").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "--token-file") {
		t.Errorf("it says %q, %v", out, err)
	}
}

func TestOffLoopbackThePageAsksForTheToken(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "--world", "tour", "--address", "0.0.0.0", "--token-file", write(t, "token", token+"\n"))
	const question = `{"from":"pod/default/toolbox","command":"curl http://web/"}`
	if status, answer := post(t, p.URL, question); status != 401 {
		t.Errorf("the API answers %d without the token: %s", status, answer)
	}
	if status, answer := send(t, "POST", p.URL+"api/v1/trace", question, map[string]string{"Authorization": "Bearer " + token}); status != 200 {
		t.Errorf("the API answers %d with the token: %s", status, answer)
	}
	ctx := tab(t, browser.Options{ReducedMotion: true})
	must(t, chromedp.Do(ctx, chromedp.Navigate(p.URL), chromedp.WaitVisible(chromedp.CSS("#login input"))))
	if _, err := browser.Eval[bool](ctx, `(() => {
		const s = new WebSocket("ws://" + location.host + "/ws");
		s.onopen = () => s.send(JSON.stringify({ type: "hello", protocol: 1 }));
		s.onmessage = () => window.heard = true;
		s.onclose = e => window.closeCode = e.code;
		return true;
	})()`); err != nil {
		t.Fatal(err)
	}
	must(t, browser.Wait(ctx, "the websocket is closed", `window.closeCode`))
	if heard, err := browser.Eval[bool](ctx, `!!window.heard`); err != nil || heard {
		t.Errorf("the websocket said something to whoever does not know the token: %v", err)
	}
	must(t, chromedp.Do(ctx, chromedp.SetValue(chromedp.CSS("#token"), "wrong"), chromedp.Click(chromedp.CSS("#login button"))))
	must(t, browser.Wait(ctx, "a wrong token is refused", `document.querySelector(".refused")`))
	must(t, chromedp.Do(ctx, chromedp.SetValue(chromedp.CSS("#token"), token), chromedp.Click(chromedp.CSS("#login button"))))
	must(t, browser.Wait(ctx, "the page opens", `window.kubestrata && window.kubestrata.ready()`))
	expect(t, ctx, "pod/default/toolbox", "curl http://web/", "answered", "pod.delivered", "")
	if where, err := browser.Eval[string](ctx, `location.href + document.cookie`); err != nil || strings.Contains(where, token) {
		t.Errorf("the token stands in %s, %v", where, err)
	}
	if strings.Contains(p.Log(), token) {
		t.Error("the token stands in the log")
	}
}

func TestOtherNamesAndOtherSitesAreTurnedAway(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "--world", "tour")
	socket := func(more map[string]string) map[string]string {
		h := map[string]string{
			"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
		}
		for k, v := range more {
			h[k] = v
		}
		return h
	}
	own := strings.TrimSuffix(p.URL, "/")
	const question = `{"from":"pod/default/toolbox","command":"curl http://web/"}`
	for _, row := range []struct {
		name, method, path, body string
		header                   map[string]string
		status                   int
	}{
		{"the page under a name that was made to point here", "GET", "", "", map[string]string{"Host": "rebound.example"}, 403},
		{"the API under a name that was made to point here", "POST", "api/v1/trace", question, map[string]string{"Host": "rebound.example"}, 403},
		{"a question that another site's page sends", "POST", "api/v1/trace", question, map[string]string{"Origin": "http://other.example"}, 403},
		{"a websocket of another site's page", "GET", "ws", "", socket(map[string]string{"Origin": "http://other.example"}), 403},
		{"a websocket of a page of no site", "GET", "ws", "", socket(map[string]string{"Origin": "null"}), 403},
		{"a websocket under a name that was made to point here", "GET", "ws", "", socket(map[string]string{"Host": "rebound.example", "Origin": "http://rebound.example"}), 403},
		{"a websocket of its own page", "GET", "ws", "", socket(map[string]string{"Origin": own}), 101},
		{"the page as localhost", "GET", "", "", map[string]string{"Host": "localhost:1234"}, 200},
	} {
		t.Run(row.name, func(t *testing.T) {
			r, err := http.NewRequestWithContext(t.Context(), row.method, p.URL+row.path, strings.NewReader(row.body))
			must(t, err)
			for name, value := range row.header {
				if name == "Host" {
					r.Host = value
				} else {
					r.Header.Set(name, value)
				}
			}
			res, err := http.DefaultTransport.RoundTrip(r)
			must(t, err)
			defer res.Body.Close()
			if res.StatusCode != row.status {
				t.Errorf("%s, want %d", res.Status, row.status)
			}
		})
	}
}

// A proxy shows the server below a path of its own, and asks for it by another name.
func TestBehindAProxyWithAPrefixEverythingWorks(t *testing.T) {
	t.Parallel()
	var target *url.URL
	strip := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.URL.Path = strings.TrimPrefix(r.In.URL.Path, "/clusters/one")
		r.Out.Host = "kubestrata.internal"
	}}
	mux := http.NewServeMux()
	mux.Handle("/clusters/one/", strip)
	front := httptest.NewServer(mux)
	defer front.Close()
	p := start(t, nil, "--world", "tour", "--allowed-hosts", "kubestrata.internal", "--allowed-origins", front.URL)
	var err error
	target, err = url.Parse(p.URL)
	must(t, err)

	ctx := tab(t, browser.Options{ReducedMotion: true})
	must(t, browser.Open(ctx, front.URL+"/clusters/one/"))
	expect(t, ctx, "pod/default/toolbox", "curl http://web/", "answered", "pod.delivered", "")
	must(t, browser.Wait(ctx, "the list of steps is there", `document.querySelector("#report [data-step]")`))
	foreign, err := browser.Eval[[]string](ctx, `[location.href, ...performance.getEntriesByType("resource").map(e => e.name)].filter(u => !u.startsWith("`+front.URL+`/clusters/one/"))`)
	must(t, err)
	if len(foreign) > 0 {
		t.Errorf("the page goes outside of its prefix: %v", foreign)
	}
	failed, err := browser.Eval[[]string](ctx, `performance.getEntriesByType("resource").filter(e => e.responseStatus >= 400).map(e => e.name)`)
	must(t, err)
	if len(failed) > 0 {
		t.Errorf("not answered: %v", failed)
	}

	// Without the flag the same page may not connect, nor ask.
	strict := start(t, nil, "--world", "tour", "--allowed-hosts", "kubestrata.internal")
	header := map[string]string{"Host": "kubestrata.internal", "Origin": front.URL}
	if status, answer := send(t, "POST", strict.URL+"api/v1/trace", `{"command":"curl http://web/"}`, header); status != 403 {
		t.Errorf("an origin that is not allowed: %d %s", status, answer)
	}
}
