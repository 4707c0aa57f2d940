package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/picture"
	"github.com/kubestrata/kubestrata/internal/source"
	"github.com/kubestrata/kubestrata/internal/trace"
	"github.com/kubestrata/kubestrata/internal/wire"
	"github.com/kubestrata/kubestrata/internal/world"
	"github.com/kubestrata/kubestrata/static"
)

const token = "a token that is long enough"

// site is a Server on the world tour, listening.
type site struct {
	*httptest.Server
	t       *testing.T
	server  *Server
	catalog *source.Catalog
	id      string
	problem error
}

func newSite(t *testing.T, change func(*Options)) *site {
	t.Helper()
	s := &site{t: t, id: "world:tour"}
	ctx, cancel := context.WithCancel(t.Context())
	s.catalog = source.New(ctx, source.Options{
		Choices: func() []wire.Choice {
			return []wire.Choice{{ID: "world:tour", Kind: "world", Name: "tour", Title: "A <shop>"}}
		},
		Default: func() (string, error) { return s.id, s.problem },
		Open: func(id string) (cluster.Source, error) {
			name, ok := strings.CutPrefix(id, "world:")
			if id == "broken" {
				return broken{}, nil
			}
			if !ok {
				return nil, source.ErrUnknown
			}
			return world.OpenWith(name, world.Options{Example: true, Paused: true})
		},
		About: func(cluster.Source) picture.About { return picture.About{CanPause: true} },
	})
	o := Options{Catalog: s.catalog, Build: "b1"}
	if change != nil {
		change(&o)
	}
	s.server = New(o)
	s.Server = httptest.NewServer(s.server)
	t.Cleanup(func() {
		s.server.Drain(t.Context())
		s.Close()
		cancel()
		s.catalog.Close()
	})
	return s
}

// broken is a cluster that does not answer.
type broken struct{ cluster.Source }

func (broken) Info() cluster.SourceInfo {
	return cluster.SourceInfo{Kind: cluster.SourceLive, Name: "prod"}
}

func (broken) Run(ctx context.Context, store *cluster.Store) error {
	store.Update(func(w *cluster.Writer) {
		w.SetConnection(cluster.Connection{State: cluster.ConnDisconnected, Message: "dial tcp: connection <refused>"})
	})
	<-ctx.Done()
	return nil
}

type reply struct {
	*http.Response
	body string
}

func (s *site) do(method, path string, body string, change func(*http.Request)) reply {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.URL+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	if change != nil {
		change(r)
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return reply{answer, string(b)}
}

func (s *site) get(path string) reply { s.t.Helper(); return s.do("GET", path, "", nil) }

func (s *site) post(path, body string) reply { s.t.Helper(); return s.do("POST", path, body, nil) }

// code is the error code of an answer.
func (r reply) code(t *testing.T) string {
	t.Helper()
	var e struct{ Error problem }
	if err := json.Unmarshal([]byte(r.body), &e); err != nil {
		t.Fatalf("not an error of the contract: %s", r.body)
	}
	if e.Error.Message == "" {
		t.Errorf("an error without a message: %s", r.body)
	}
	return e.Error.Code
}

func host(name string) func(*http.Request) { return func(r *http.Request) { r.Host = name } }

func header(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

func TestHosts(t *testing.T) {
	s := newSite(t, func(o *Options) { o.AllowedHosts = []string{"strata.example.com", "*.lab.test"} })
	for _, c := range []struct {
		host string
		want int
	}{
		{"127.0.0.1:8080", 200}, {"localhost:1", 200}, {"[::1]:8080", 200}, {"192.168.1.5", 200}, {"strata.example.com:443", 200},
		{"STRATA.example.com", 200}, {"a.lab.test", 200}, {"strata.localhost", 200},
		{"evil.example.com", 403}, {"localhost.evil.com", 403}, {"lab.test", 403}, {"127.0.0.1.nip.io", 403},
	} {
		t.Run(c.host, func(t *testing.T) {
			if got := s.do("GET", "/", "", host(c.host)); got.StatusCode != c.want {
				t.Errorf("got %d, want %d", got.StatusCode, c.want)
			}
		})
	}
	t.Run("health answers any host", func(t *testing.T) {
		for _, path := range []string{"/livez", "/readyz", "/healthz"} {
			if got := s.do("GET", path, "", host("10-1-2-3.pod.evil")); got.StatusCode == 403 {
				t.Errorf("%s answers %d", path, got.StatusCode)
			}
		}
	})
}

func TestOtherSitesCannotPost(t *testing.T) {
	s := newSite(t, func(o *Options) { o.AllowedOrigins = []string{"http://proxy.example.com"} })
	const body = `{"from":"pod/default/toolbox","command":"curl http://web/"}`
	for _, c := range []struct {
		name, header, value string
		want                int
	}{
		{"a page of another site", "Sec-Fetch-Site", "cross-site", 403},
		{"another origin in an old browser", "Origin", "http://evil.example.com", 403},
		{"this site's own page", "Sec-Fetch-Site", "same-origin", 200},
		{"an origin that was allowed", "Origin", "http://proxy.example.com", 200},
		{"a program", "User-Agent", "curl", 200},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := s.do("POST", "/api/v1/trace", body, header(c.header, c.value)); got.StatusCode != c.want {
				t.Errorf("got %d, want %d: %s", got.StatusCode, c.want, got.body)
			}
		})
	}
}

func TestEveryAnswerIsGuarded(t *testing.T) {
	s := newSite(t, nil)
	for _, path := range []string{"/", "/api/v1/sources", "/nothing", "/static/app.js", "/livez"} {
		h := s.get(path).Header
		if csp := h.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: policy %q", path, csp)
		}
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY"} {
			if h.Get(name) != want {
				t.Errorf("%s: %s is %q", path, name, h.Get(name))
			}
		}
	}
}

func TestThePageHasNoInlineScriptOrStyleAndOnlyRelativeAddresses(t *testing.T) {
	s := newSite(t, nil)
	body := s.get("/?from=pod/default/toolbox&cmd=" + url.QueryEscape("curl http://web/")).body
	for _, bad := range []string{"<style", " style=", "onclick", "javascript:", `href="/`, `src="/`, `action="/`, `src="http`, `href="http`} {
		if strings.Contains(body, bad) {
			t.Errorf("the page contains %q", bad)
		}
	}
	words := strings.Count(body, `<script type="application/json" id="words">`) // data: nothing of it runs
	if n := strings.Count(body, "<script"); n != 2 || words != 1 {
		t.Errorf("the page has %d scripts, %d of them its words; want one with a src, and the words", n, words)
	}
	for _, id := range []string{"map", "bar", "from", "command", "trace-button", "source", "namespaces", "theme", "help-button", "drawer", "report", "inspector", "status", "band-note", "search"} {
		if strings.Count(body, ` id="`+id+`"`) != 1 {
			t.Errorf("the page has no element, or several, with the id %s", id)
		}
	}
}

func TestToken(t *testing.T) {
	s := newSite(t, func(o *Options) { o.Token = token })
	t.Run("without it there is only a form", func(t *testing.T) {
		got := s.get("/")
		if got.StatusCode != 401 || !strings.Contains(got.body, `action="login"`) || strings.Contains(got.body, "tour") {
			t.Errorf("got %d: %s", got.StatusCode, got.body)
		}
		for _, path := range []string{"/api/v1/sources", "/api/v1/object?kind=Node&name=node-a", "/api/v1/complete?q="} {
			if got := s.get(path); got.StatusCode != 401 || got.code(t) != "token" {
				t.Errorf("%s answers %d", path, got.StatusCode)
			}
		}
		if got := s.post("/api/v1/trace", "{}"); got.StatusCode != 401 {
			t.Errorf("a trace answers %d", got.StatusCode)
		}
		if got := s.get("/static/app.css"); got.StatusCode != 200 {
			t.Errorf("the form's style answers %d", got.StatusCode)
		}
	})
	t.Run("as a bearer it opens the API", func(t *testing.T) {
		if got := s.do("GET", "/api/v1/sources", "", header("Authorization", "Bearer "+token)); got.StatusCode != 200 {
			t.Errorf("got %d", got.StatusCode)
		}
		if got := s.do("GET", "/api/v1/sources", "", header("Authorization", "Bearer "+token+"x")); got.StatusCode != 401 {
			t.Errorf("a wrong one gives %d", got.StatusCode)
		}
	})
	t.Run("a login gives a session that does not hold the token", func(t *testing.T) {
		form := header("Content-Type", "application/x-www-form-urlencoded")
		if got := s.do("POST", "/login", "token=wrong", form); got.StatusCode != 401 || len(got.Cookies()) != 0 {
			t.Errorf("a wrong token gives %d and %d cookies", got.StatusCode, len(got.Cookies()))
		}
		got := s.do("POST", "/login", "token="+url.QueryEscape(token), form)
		if got.StatusCode != 303 || got.Header.Get("Location") != "./" || len(got.Cookies()) != 1 {
			t.Fatalf("got %d, %v", got.StatusCode, got.Header)
		}
		c := got.Cookies()[0]
		if !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "" || strings.Contains(c.Value, token) {
			t.Errorf("cookie %v", c)
		}
		if got := s.do("GET", "/", "", func(r *http.Request) { r.AddCookie(c) }); got.StatusCode != 200 {
			t.Errorf("with the session the page answers %d", got.StatusCode)
		}
	})
}

func TestTrace(t *testing.T) {
	s := newSite(t, nil)
	t.Run("answers the bytes of the contract", func(t *testing.T) {
		got := s.post("/api/v1/trace", `{"from":"pod/default/toolbox","command":"curl http://web/"}`)
		var tr trace.Trace
		if err := json.Unmarshal([]byte(got.body), &tr); err != nil || got.StatusCode != 200 || tr.Schema != trace.Schema {
			t.Fatalf("%d %v: %.300s", got.StatusCode, err, got.body)
		}
		again, err := tr.JSON()
		if err != nil || string(again) != got.body {
			t.Error("the answer is not written as the contract says")
		}
	})
	for _, c := range []struct {
		name, body string
		status     int
		code       string
	}{
		{"no JSON", "{", 400, "bad-json"},
		{"an unknown field", `{"comand":"curl x"}`, 400, "unknown-field"},
		{"a field of another type", `{"command":7}`, 400, "bad-json"},
		{"two values", `{} {}`, 400, "bad-json"},
		{"a command that is none", `{"from":"pod/default/toolbox","command":"rm -rf /"}`, 400, trace.CodeBadCommand},
		{"a source that does not exist", `{"from":"pod/default/nobody","command":"curl http://web/"}`, 400, trace.CodeUnknownSource},
		{"an unknown assumption", `{"from":"pod/default/toolbox","command":"curl http://web/","assume":{"x":"y"}}`, 400, trace.CodeBadAssume},
		{"a fork of nothing", `{"from":"pod/default/toolbox","command":"curl http://web/","fork":[{"kind":"Pod"}]}`, 422, "bad-fork"},
		{"a fork with an object that cannot be", `{"command":"curl http://web/","fork":[{"apiVersion":"v1","kind":"Service","metadata":{"name":"x"},"spec":{"ports":"y"}}]}`, 422, "bad-fork"},
		{"a body that is too large", `{"command":"` + strings.Repeat("x", 1<<20) + `"}`, 413, "too-large"},
	} {
		t.Run(c.name+" is refused", func(t *testing.T) {
			got := s.post("/api/v1/trace", c.body)
			if got.StatusCode != c.status || got.code(t) != c.code {
				t.Errorf("got %d %.200s, want %d %s", got.StatusCode, got.body, c.status, c.code)
			}
		})
	}
	t.Run("a fork answers about what would be", func(t *testing.T) {
		got := s.post("/api/v1/trace", `{"from":"pod/default/toolbox","command":"curl http://web/","fork":[{"kind":"Service","namespace":"default","name":"web"}]}`)
		if !strings.Contains(got.body, `"class": "name-not-found"`) {
			t.Errorf("without its service the name is still found: %.600s", got.body)
		}
		if again := s.post("/api/v1/trace", `{"from":"pod/default/toolbox","command":"curl http://web/"}`); !strings.Contains(again.body, `"class": "answered"`) {
			t.Error("the fork changed what it was a fork of")
		}
	})
	t.Run("as HTML it is a list", func(t *testing.T) {
		got := s.post("/api/v1/trace.html", `{"from":"pod/default/toolbox","command":"curl http://web/"}`)
		if got.StatusCode != 200 || !strings.Contains(got.body, "<ol") || !strings.Contains(got.body, `aria-current="step"`) {
			t.Errorf("%d: %.300s", got.StatusCode, got.body)
		}
	})
	t.Run("a frozen one is rendered again, and hostile text in it is text", func(t *testing.T) {
		got := s.post("/api/v1/trace", `{"from":"pod/default/toolbox","command":"curl http://web/"}`)
		var tr trace.Trace
		if err := json.Unmarshal([]byte(got.body), &tr); err != nil {
			t.Fatal(err)
		}
		tr.Verdict.Sentence = "<script>alert(1)</script>"
		b, err := tr.JSON()
		if err != nil {
			t.Fatal(err)
		}
		got = s.post("/api/v1/report", string(b))
		if got.StatusCode != 200 || strings.Contains(got.body, "<script") || !strings.Contains(got.body, "&lt;script&gt;") {
			t.Errorf("%d: %.300s", got.StatusCode, got.body)
		}
		if got := s.post("/api/v1/report", `{"schema":"other"}`); got.StatusCode != 422 {
			t.Errorf("another schema gives %d", got.StatusCode)
		}
	})
}

func TestTracesAreRationed(t *testing.T) {
	s := newSite(t, nil)
	now := time.Now()
	s.server.limit = newLimiter(1, 3, func() time.Time { return now })
	for range 3 {
		if got := s.post("/api/v1/trace", `{"command":"curl http://web/","from":"pod/default/toolbox"}`); got.StatusCode != 200 {
			t.Fatalf("got %d", got.StatusCode)
		}
	}
	got := s.post("/api/v1/trace", `{}`)
	if got.StatusCode != 429 || got.Header.Get("Retry-After") == "" || got.code(t) != "too-many" {
		t.Errorf("got %d: %s", got.StatusCode, got.body)
	}
	now = now.Add(time.Second)
	if got := s.post("/api/v1/trace", `{"command":"curl http://web/","from":"pod/default/toolbox"}`); got.StatusCode != 200 {
		t.Errorf("a second later it is %d", got.StatusCode)
	}
}

func TestTheLimiterForgets(t *testing.T) {
	now := time.Unix(0, 0)
	l := newLimiter(1, 1, func() time.Time { return now })
	for i := range maxCallers + 10 {
		l.allow(string(rune(i)) + "x")
	}
	if len(l.callers) > maxCallers {
		t.Errorf("%d callers are remembered", len(l.callers))
	}
}

func TestPage(t *testing.T) {
	s := newSite(t, nil)
	t.Run("an example says that it is one", func(t *testing.T) {
		s.get("/readyz")
		got := s.get("/?cmd=" + url.QueryEscape("curl http://web/") + "&from=pod/default/toolbox")
		if !strings.Contains(got.body, "Example world, not your cluster.") || !strings.Contains(got.body, `data-source="world:tour"`) {
			t.Errorf("%.2000s", got.body)
		}
	})
	t.Run("the trace of its address is on it without JavaScript", func(t *testing.T) {
		got := s.get("/?cmd=" + url.QueryEscape("curl http://web/") + "&from=pod/default/toolbox&step=2")
		if strings.Count(got.body, `aria-current="step"`) != 1 || !strings.Contains(got.body, `id="step-s2"`) {
			t.Error("no list of steps, or none that is current")
		}
		if i, j := strings.Index(got.body, `id="step-s2"`), strings.Index(got.body, `aria-current="step"`); j < i {
			t.Error("another step than the second is current")
		}
		if !strings.Contains(got.body, `value="curl http://web/"`) {
			t.Error("the command is not in the bar")
		}
	})
	t.Run("what cannot be traced says why, at its field", func(t *testing.T) {
		got := s.get("/?cmd=" + url.QueryEscape("curl http://web/") + "&from=pod/default/nobody")
		if got.StatusCode != 400 || !strings.Contains(got.body, `data-field="from"`) || !strings.Contains(got.body, `role="alert"`) {
			t.Errorf("%d", got.StatusCode)
		}
	})
	t.Run("hostile text is text", func(t *testing.T) {
		got := s.get("/?cmd=" + url.QueryEscape(`"><script>x</script>`) + "&from=" + url.QueryEscape(`"><img src=x>`))
		if strings.Contains(got.body, "<script>x") || strings.Contains(got.body, "<img") {
			t.Error("text of the address became an element")
		}
	})
	t.Run("an unknown source is a page that says so", func(t *testing.T) {
		got := s.get("/?source=nothing")
		if got.StatusCode != 404 || !strings.Contains(got.body, `id="retry"`) {
			t.Errorf("%d", got.StatusCode)
		}
	})
}

func TestAClusterThatFailsIsNeverReplacedByFiction(t *testing.T) {
	t.Run("its configuration is broken", func(t *testing.T) {
		s := newSite(t, nil)
		s.id, s.problem = "", errors.New("kubeconfig: yaml: line 3: <oops>")
		got := s.get("/")
		for _, want := range []string{"Not connected.", "line 3: &lt;oops&gt;", `id="retry"`, `id="open-example"`, "data-disconnected", "world%3Atour"} {
			if !strings.Contains(got.body, want) {
				t.Errorf("the page does not contain %q", want)
			}
		}
		if got := s.post("/api/v1/trace", `{"command":"curl http://web/","from":"pod/default/toolbox"}`); got.StatusCode != 503 {
			t.Errorf("a trace gives %d, want 503", got.StatusCode)
		}
		if got := s.get("/readyz?verbose"); got.StatusCode != 503 || !strings.Contains(got.body, "oops") {
			t.Errorf("readyz gives %d %s", got.StatusCode, got.body)
		}
	})
	t.Run("it does not answer", func(t *testing.T) {
		s := newSite(t, nil)
		s.id = "broken"
		got := s.post("/api/v1/trace", `{"command":"curl http://web/","from":"pod/default/toolbox"}`)
		if got.StatusCode != 503 || !strings.Contains(got.body, "<refused>") {
			t.Errorf("a trace gives %d %s", got.StatusCode, got.body)
		}
		if page := s.get("/").body; !strings.Contains(page, "connection &lt;refused&gt;") || strings.Contains(page, ">Example world") {
			t.Error("the page does not say why it is disconnected")
		}
	})
}

func TestInspector(t *testing.T) {
	s := newSite(t, nil)
	got := s.get("/api/v1/object?kind=Service&namespace=default&name=web")
	for _, want := range []string{"CLUSTER-IP", "10.96.4.20", "30080", "<summary>YAML</summary>", "clusterIP: 10.96.4.20", `data-ref="Pod/default/`, "kubectl describe service web -n default"} {
		if !strings.Contains(got.body, want) {
			t.Errorf("no %q in %.3000s", want, got.body)
		}
	}
	for _, c := range []struct {
		query string
		want  int
	}{
		{"kind=Host&name=laptop", 200}, {"kind=Node&name=node-a", 200}, {"kind=Pod&namespace=default&name=toolbox", 200},
		{"kind=Pod&namespace=default&name=nobody", 404}, {"kind=Nonsense&name=x", 404}, {"kind=Pod", 400}, {"", 400},
	} {
		if got := s.get("/api/v1/object?" + c.query); got.StatusCode != c.want {
			t.Errorf("%s: got %d, want %d", c.query, got.StatusCode, c.want)
		}
	}
}

func TestCompletion(t *testing.T) {
	s := newSite(t, nil)
	first := func(from, q string) string {
		var out struct{ Items []struct{ Insert string } }
		got := s.get("/api/v1/complete?from=" + url.QueryEscape(from) + "&q=" + url.QueryEscape(q))
		if err := json.Unmarshal([]byte(got.body), &out); err != nil {
			t.Fatal(err)
		}
		if len(out.Items) == 0 {
			return ""
		}
		return out.Items[0].Insert
	}
	if got := first("pod/default/toolbox", "curl we"); got != "http://web/" {
		t.Errorf("from a pod of the namespace: %q", got)
	}
	if got := first("pod/kube-system/coredns", "curl we"); got != "http://web.default/" {
		t.Errorf("from another namespace: %q", got)
	}
	if got := first("lan/laptop", "curl http://web"); got == "http://web/" {
		t.Error("from the LAN the short name of a service is proposed, which cannot be resolved there")
	}
	if got := first("lan/laptop", "curl http://shop.test/a"); got != "http://shop.test/api" {
		t.Errorf("a path of an ingress: %q", got)
	}
}

func TestStaticFilesAreKept(t *testing.T) {
	s := newSite(t, nil)
	got := s.get("/static/app.js?v=" + static.Hash())
	if got.StatusCode != 200 || !strings.Contains(got.Header.Get("Cache-Control"), "immutable") || !strings.HasPrefix(got.Header.Get("Content-Type"), "text/javascript") {
		t.Errorf("%d %v", got.StatusCode, got.Header)
	}
	if h := s.get("/static/app.js").Header.Get("Cache-Control"); h != "no-cache" {
		t.Errorf("without the hash: %q", h)
	}
	if again := s.do("GET", "/static/app.js", "", header("If-None-Match", got.Header.Get("ETag"))); again.StatusCode != 304 {
		t.Errorf("asked again: %d", again.StatusCode)
	}
	for _, path := range []string{"/static/embed.go", "/static/../server.go", "/static/%2e%2e/embed.go", "/static/", "/static/fonts"} {
		if got := s.get(path); got.StatusCode != 404 {
			t.Errorf("%s gives %d", path, got.StatusCode)
		}
	}
}

func TestPause(t *testing.T) {
	s := newSite(t, nil)
	if got := s.post("/api/v1/pause", `{"paused":false}`); got.StatusCode != 200 || !strings.Contains(got.body, "false") {
		t.Errorf("%d %s", got.StatusCode, got.body)
	}
	if got := s.post("/api/v1/pause?source=broken", `{"paused":true}`); got.StatusCode != 409 {
		t.Errorf("a cluster that is to be paused: %d", got.StatusCode)
	}
}

func TestAPanicStaysInItsRequest(t *testing.T) {
	s := newSite(t, nil)
	w := httptest.NewRecorder()
	s.server.recovered(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("boom") })).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if w.Code != 500 || !strings.Contains(w.Body.String(), `"internal"`) || strings.Contains(w.Body.String(), "boom") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if got := s.get("/livez"); got.StatusCode != 200 {
		t.Errorf("afterwards the server answers %d", got.StatusCode)
	}
}

// dial opens a websocket and says hello.
func (s *site) dial(hello wire.ClientHello, headers http.Header) (*websocket.Conn, *wire.Hello, error) {
	o := &websocket.DialOptions{HTTPHeader: headers}
	if headers.Get("Host") != "" {
		o.Host = headers.Get("Host")
	}
	c, r, err := websocket.Dial(s.t.Context(), "ws"+strings.TrimPrefix(s.URL, "http")+"/ws", o)
	if err != nil {
		if r != nil {
			err = errors.New(r.Status)
		}
		return nil, nil, err
	}
	s.t.Cleanup(func() { _ = c.CloseNow() })
	c.SetReadLimit(1 << 20)
	hello.Type = "hello"
	b, err := json.Marshal(hello)
	if err != nil {
		return nil, nil, err
	}
	if err := c.Write(s.t.Context(), websocket.MessageText, b); err != nil {
		return nil, nil, err
	}
	_, text, err := c.Read(s.t.Context())
	if err != nil {
		return c, nil, err
	}
	var answer wire.Hello
	return c, &answer, json.Unmarshal(text, &answer)
}

func TestSocket(t *testing.T) {
	hello := wire.ClientHello{Protocol: wire.Protocol, Build: "b1"}
	t.Run("says hello and brings the picture", func(t *testing.T) {
		s := newSite(t, nil)
		c, answer, err := s.dial(hello, nil)
		if err != nil {
			t.Fatal(err)
		}
		if answer.Source != "world:tour" || answer.Epoch == "" || len(answer.Choices) != 1 || answer.Reload || answer.Error != "" {
			t.Errorf("hello %+v", answer)
		}
		pods := map[uint32]bool{}
		for len(pods) < 9 {
			kind, b, err := c.Read(t.Context())
			if err != nil || kind != websocket.MessageBinary {
				t.Fatalf("%v %v", kind, err)
			}
			f, err := wire.Decode(b)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range f.Pods {
				pods[p.Slot] = true
			}
			ack, err := json.Marshal(wire.Ack{Type: "ack", Seq: f.Seq})
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Write(t.Context(), websocket.MessageText, ack); err != nil {
				t.Fatal(err)
			}
		}
	})
	t.Run("a page of another site may not connect", func(t *testing.T) {
		s := newSite(t, func(o *Options) { o.AllowedOrigins = []string{"http://proxy.example.com"} })
		for origin, want := range map[string]bool{"http://evil.example.com": false, "null": false, "http://proxy.example.com": true, s.URL: true} {
			if _, _, err := s.dial(hello, http.Header{"Origin": {origin}}); (err == nil) != want {
				t.Errorf("origin %s: %v", origin, err)
			}
		}
	})
	t.Run("nor one whose name was made to point here", func(t *testing.T) {
		s := newSite(t, nil)
		if _, _, err := s.dial(hello, http.Header{"Host": {"evil.example.com"}, "Origin": {"http://evil.example.com"}}); err == nil || !strings.Contains(err.Error(), "403") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("without the token it is closed before it learns anything", func(t *testing.T) {
		s := newSite(t, func(o *Options) { o.Token = token })
		if _, _, err := s.dial(hello, nil); websocket.CloseStatus(err) != 4401 {
			t.Errorf("got %v", err)
		}
		with := hello
		with.Token = token
		if _, answer, err := s.dial(with, nil); err != nil || answer.Epoch == "" {
			t.Errorf("with the token: %v", err)
		}
		cookie := http.Header{"Cookie": {sessionCookie + "=" + session(token)}}
		if _, answer, err := s.dial(hello, cookie); err != nil || answer.Epoch == "" {
			t.Errorf("with a session: %v", err)
		}
	})
	t.Run("a page of another build or protocol is told to reload", func(t *testing.T) {
		s := newSite(t, nil)
		for _, other := range []wire.ClientHello{{Protocol: wire.Protocol + 1, Build: "b1"}, {Protocol: wire.Protocol, Build: "b0"}} {
			if _, answer, err := s.dial(other, nil); err != nil || !answer.Reload {
				t.Errorf("%+v: %v", answer, err)
			}
		}
	})
	t.Run("a source that cannot be opened says why", func(t *testing.T) {
		s := newSite(t, nil)
		s.problem = errors.New("kubeconfig: broken")
		if _, answer, err := s.dial(hello, nil); err != nil || answer.Error != "kubeconfig: broken" {
			t.Errorf("%+v: %v", answer, err)
		}
	})
	t.Run("a first message that is no hello, too long or binary ends it", func(t *testing.T) {
		s := newSite(t, nil)
		for name, message := range map[string][]byte{"no hello": []byte(`{"type":"ack"}`), "no JSON": []byte("x"), "too long": bytes.Repeat([]byte("x"), readLimit+1)} {
			c, _, err := websocket.Dial(t.Context(), "ws"+strings.TrimPrefix(s.URL, "http")+"/ws", nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Write(t.Context(), websocket.MessageText, message); err != nil {
				t.Fatal(err)
			}
			if _, _, err := c.Read(t.Context()); err == nil {
				t.Errorf("%s: the server goes on", name)
			}
			_ = c.CloseNow()
		}
	})
	t.Run("a shutdown says goodbye and makes the server not ready", func(t *testing.T) {
		s := newSite(t, nil)
		c, _, err := s.dial(hello, nil)
		if err != nil {
			t.Fatal(err)
		}
		go s.server.Drain(t.Context())
		for err == nil {
			_, _, err = c.Read(t.Context())
		}
		if websocket.CloseStatus(err) != 1001 {
			t.Errorf("got %v", err)
		}
		if got := s.get("/readyz?verbose"); got.StatusCode != 503 || !strings.Contains(got.body, "shutting down") {
			t.Errorf("readyz gives %d %s", got.StatusCode, got.body)
		}
	})
}

func TestMetrics(t *testing.T) {
	m := NewMetrics()
	m.Latency(30 * time.Millisecond)
	m.Sent(1000)
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	for _, want := range []string{"kubestrata_event_to_paint_seconds_count 1", "kubestrata_frame_bytes_total 1000", "kubestrata_browsers 0"} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("no %q", want)
		}
	}
}
