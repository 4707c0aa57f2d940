package server

import (
	"encoding/json"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/coder/websocket"
	"github.com/google/go-cmp/cmp"
	"rsc.io/qr"

	"github.com/kubestrata/kubestrata/internal/room"
	"github.com/kubestrata/kubestrata/internal/trace"
	"github.com/kubestrata/kubestrata/static"
)

// opened opens a room and puts a trace into it.
func (s *site) openRoom(change func(*http.Request)) (code, token, hash string) {
	s.t.Helper()
	var o struct{ Code, Token string }
	answer := s.do("POST", "/api/v1/rooms", `{"source":"world:tour"}`, change)
	if err := json.Unmarshal([]byte(answer.body), &o); err != nil || answer.StatusCode != http.StatusCreated {
		s.t.Fatalf("opening a room says %d %s", answer.StatusCode, answer.body)
	}
	asked := s.do("POST", "/api/v1/trace", `{"from":"lan/laptop","command":"curl http://192.168.10.12:30080/"}`, change)
	put := s.do("POST", "/api/v1/rooms/"+o.Code+"/trace", asked.body, func(r *http.Request) {
		if change != nil {
			change(r)
		}
		r.Header.Set(presenterHeader, o.Token)
	})
	var p struct{ Trace string }
	if err := json.Unmarshal([]byte(put.body), &p); err != nil || put.StatusCode != http.StatusCreated {
		s.t.Fatalf("putting a trace says %d %s", put.StatusCode, put.body)
	}
	return o.Code, o.Token, p.Trace
}

// attend opens a room's socket and says hello.
func (s *site) attend(code string, hello room.Hello, headers http.Header) (*websocket.Conn, error) {
	c, _, err := websocket.Dial(s.t.Context(), "ws"+strings.TrimPrefix(s.URL, "http")+"/room/"+code+"/ws", &websocket.DialOptions{HTTPHeader: headers})
	if err != nil {
		return nil, err
	}
	s.t.Cleanup(func() { _ = c.CloseNow() })
	hello.Type = "hello"
	return c, tell(s.t, c, hello)
}

func tell(t *testing.T, c *websocket.Conn, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return c.Write(t.Context(), websocket.MessageText, b)
}

// state reads on until a state comes, and acknowledges it.
func state(t *testing.T, c *websocket.Conn) (s room.State, err error) {
	for {
		_, message, err := c.Read(t.Context())
		if err != nil {
			return s, err
		}
		if err := json.Unmarshal(message, &s); err != nil || s.Type != "state" {
			continue
		}
		return s, tell(t, c, room.Said{Type: "ack", Rev: s.Rev})
	}
}

func TestWhoMayOpenWhatOfARoom(t *testing.T) {
	s := newSite(t, func(o *Options) { o.Token = token })
	knows := header("Authorization", "Bearer "+token)
	code, presenter, hash := s.openRoom(knows)

	pages := []struct {
		name, method, path, body string
		change                   func(*http.Request)
		status                   int
	}{
		{"anybody may type a code", "GET", "/room", "", nil, 200},
		{"a code that was typed leads on", "GET", "/room?code=" + strings.ToLower(code), "", nil, 303},
		{"what is no code is asked again", "GET", "/room?code=x", "", nil, 200},
		{"the code opens the page of phones", "GET", "/room/" + code, "", nil, 200},
		{"in any case", "GET", "/room/" + strings.ToLower(code), "", nil, 200},
		{"with a slash after it", "GET", "/room/" + code + "/", "", nil, 200},
		{"a code that nobody has opens nothing", "GET", "/room/ZZZZZ", "", nil, 404},
		{"the code opens the room's traces", "GET", "/room/" + code + "/trace/" + hash + ".html", "", nil, 200},
		{"as JSON, too", "GET", "/room/" + code + "/trace/" + hash + ".json", "", nil, 200},
		{"and where it might end", "GET", "/room/" + code + "/trace/" + hash + "/places.json", "", nil, 200},
		{"no others", "GET", "/room/" + code + "/trace/" + strings.Repeat("0", 32) + ".html", "", nil, 404},
		{"the stage shows the cluster's map: it wants the token", "GET", "/room/" + code + "/stage", "", nil, 401},
		{"with which it opens", "GET", "/room/" + code + "/stage", "", knows, 200},
		{"the code does not open the page", "GET", "/", "", nil, 401},
		{"nor the API", "POST", "/api/v1/trace", `{"command":"curl web"}`, nil, 401},
		{"nor another room", "POST", "/api/v1/rooms", `{"source":""}`, nil, 401},
		{"the presenter's token alone puts no trace: the server's is missing", "POST", "/api/v1/rooms/" + code + "/trace", "{}", header(presenterHeader, presenter), 401},
		{"the server's token alone does not either", "POST", "/api/v1/rooms/" + code + "/trace", "{}", knows, 403},
		{"nor does it end the room", "POST", "/api/v1/rooms/" + code + "/end", "{}", knows, 403},
		{"another site cannot open a room", "POST", "/api/v1/rooms", `{"source":""}`, func(r *http.Request) { knows(r); r.Header.Set("Origin", "http://evil.example") }, 403},
		{"another host's name is turned away", "GET", "/room/" + code, "", host("evil.example"), 403},
	}
	for _, row := range pages {
		if got := s.do(row.method, row.path, row.body, row.change); got.StatusCode != row.status {
			t.Errorf("%s: %d, want %d\n%.200s", row.name, got.StatusCode, row.status, got.body)
		}
	}

	sockets := []struct {
		name    string
		code    string
		hello   room.Hello
		headers http.Header
		close   websocket.StatusCode // 0: it is let in
	}{
		{"a follower needs the code alone", code, room.Hello{Role: "follow"}, nil, 0},
		{"a stage needs the server's token", code, room.Hello{Role: "stage"}, nil, 4403},
		{"with which it is let in", code, room.Hello{Role: "stage"}, http.Header{"Authorization": {"Bearer " + token}}, 0},
		{"a presenter needs both: the room's is not enough", code, room.Hello{Role: "present", Token: presenter}, nil, 4403},
		{"nor the server's", code, room.Hello{Role: "present"}, http.Header{"Authorization": {"Bearer " + token}}, 4403},
		{"nor the server's twice", code, room.Hello{Role: "present", Token: token}, http.Header{"Authorization": {"Bearer " + token}}, 4403},
		{"both are", code, room.Hello{Role: "present", Token: presenter}, http.Header{"Authorization": {"Bearer " + token}}, 0},
		{"a code that nobody has", "ZZZZZ", room.Hello{Role: "follow"}, nil, 4404},
		{"a role that there is not", code, room.Hello{Role: "king"}, http.Header{"Authorization": {"Bearer " + token}}, 1008},
	}
	for _, row := range sockets {
		c, err := s.attend(row.code, row.hello, row.headers)
		if err != nil {
			t.Fatalf("%s: %v", row.name, err)
		}
		_, err = state(t, c)
		if got := websocket.CloseStatus(err); row.close == 0 && err != nil || row.close != 0 && got != row.close {
			t.Errorf("%s: %v, want %d", row.name, err, row.close)
		}
	}
	if _, err := s.attend(code, room.Hello{Role: "follow"}, http.Header{"Origin": {"http://evil.example"}}); err == nil {
		t.Error("a page of another site connects")
	}
}

func TestWhatFollowersSendMovesNothing(t *testing.T) {
	s := newSite(t, nil)
	code, token, hash := s.openRoom(nil)
	presenter, err := s.attend(code, room.Hello{Role: "present", Token: token}, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := room.Move{Source: "world:tour", Trace: hash, Step: 4, Steps: 19, Speed: 1}
	if err := tell(t, presenter, room.Said{Type: "move", Move: &want}); err != nil {
		t.Fatal(err)
	}
	for got := (room.State{}); got.Move != want; {
		if got, err = state(t, presenter); err != nil {
			t.Fatal(err)
		}
	}
	for name, message := range map[string]string{
		"a move":               `{"type":"move","move":{"source":"x","speed":1}}`,
		"a move with a token":  `{"type":"move","token":"` + token + `","move":{"source":"x","speed":1}}`,
		"a reveal":             `{"type":"reveal"}`,
		"too much":             `{"type":"look","x":"` + strings.Repeat("x", roomReadLimit) + `"}`,
		"what is not JSON":     `{`,
		"a second acknowledge": `{"type":"ack","rev":1}`,
	} {
		c, err := s.attend(code, room.Hello{Role: "follow"}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := state(t, c); err != nil {
			t.Fatal(err)
		}
		if err := c.Write(t.Context(), websocket.MessageText, []byte(message)); err != nil {
			t.Fatal(err)
		}
		for err == nil {
			_, err = state(t, c)
		}
		if status := websocket.CloseStatus(err); status != 4403 && status != 1008 && status != 1009 {
			t.Errorf("%s: the connection ends with %v", name, err)
		}
	}
	late, err := s.attend(code, room.Hello{Role: "follow"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := state(t, late)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got.Move); d != "" {
		t.Errorf("the room has moved (-want +got):\n%s", d)
	}
}

func TestTheRoomGivesOutTheTraceAsItWasPut(t *testing.T) {
	s := newSite(t, nil)
	code, _, hash := s.openRoom(nil)
	asked := s.post("/api/v1/trace", `{"from":"lan/laptop","command":"curl http://192.168.10.12:30080/"}`)
	var want, got trace.Trace
	if err := json.Unmarshal([]byte(asked.body), &want); err != nil {
		t.Fatal(err)
	}
	given := s.get("/room/" + code + "/trace/" + hash + ".json")
	if err := json.Unmarshal([]byte(given.body), &got); err != nil {
		t.Fatal(err)
	}
	want.Source.AsOf, got.Source.AsOf = "", ""
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("the trace differs (-asked +given):\n%s", d)
	}
	if c := given.Header.Get("Cache-Control"); !strings.Contains(c, "immutable") {
		t.Errorf("what its hash names may be kept; Cache-Control is %q", c)
	}
	html := s.get("/room/" + code + "/trace/" + hash + ".html").body
	for _, step := range want.Steps {
		if !strings.Contains(html, `data-step="`+step.ID+`"`) {
			t.Errorf("phones are not told about step %s", step.ID)
		}
	}
	var places []string
	if err := json.Unmarshal([]byte(s.get("/room/"+code+"/trace/"+hash+"/places.json").body), &places); err != nil {
		t.Fatal(err)
	}
	for _, place := range []string{"Wall/internet", "Wall/cluster", "Host/laptop", "Node/node-b", "Service/default/web"} {
		if !slices.Contains(places, place) {
			t.Errorf("a phone cannot point at %s, only at %v", place, places)
		}
	}
	last := -1
	for _, place := range places {
		at := strings.Index(html, `data-place="`+place+`"`)
		if at <= last {
			t.Errorf("phones have %s in another place than the counts", place)
		}
		last = at
	}
	_, ends, _ := strings.Cut(html, `data-ends="`)
	ends, _, _ = strings.Cut(ends, `"`)
	for _, end := range strings.Fields(ends) {
		if !slices.Contains(places, end) {
			t.Errorf("it ends at %s, at which nobody can point: %v", end, places)
		}
	}
	if n := len(strings.Fields(ends)); n != len(want.Outcomes) {
		t.Errorf("%d ends of %d outcomes", n, len(want.Outcomes))
	}
	if ways := strings.Count(html[:strings.Index(html, `data-classes`)], ";"); ways != len(want.Outcomes)-1 {
		t.Errorf("phones are told %d ways, want %d", ways+1, len(want.Outcomes))
	}
}

func TestTheRoomsPagesKeepTheContentPolicy(t *testing.T) {
	s := newSite(t, nil)
	code, _, _ := s.openRoom(nil)
	for _, path := range []string{"/room/" + code, "/room/" + code + "/stage", "/room/ZZZZZ", "/room"} {
		page := s.get(path)
		policy := page.Header.Get("Content-Security-Policy")
		if !strings.Contains(policy, "script-src 'self'") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s has the policy %q", path, policy)
		}
		for _, inline := range []string{"<script>", "style=\"", "onclick", "src=\"/", "href=\"/", "src=\"http", "href=\"http"} {
			if strings.Contains(page.body, inline) {
				t.Errorf("%s holds %q", path, inline)
			}
		}
	}
	if _, there := static.Read("follow.js"); !there {
		t.Error("the script of phones is not built")
	}
}

func TestGuessingCodesIsSlowedDown(t *testing.T) {
	s := newSite(t, nil)
	code, _, _ := s.openRoom(nil)
	last := 0
	for range 60 {
		last = s.get("/room/ZZZZZ").StatusCode
	}
	if last != http.StatusTooManyRequests {
		t.Errorf("the sixtieth guess is answered %d", last)
	}
	if got := s.get("/room/" + code).StatusCode; got != http.StatusTooManyRequests {
		t.Errorf("after sixty guesses a right one is answered %d: it would be found out", got)
	}
}

func TestAWholeClassBehindOneAddressComesIn(t *testing.T) {
	s := newSite(t, nil)
	code, _, hash := s.openRoom(nil)
	for i := range 200 {
		for _, path := range []string{"/room/" + code, "/room/" + code + "/trace/" + hash + ".html"} {
			if got := s.get(path).StatusCode; got != 200 {
				t.Fatalf("phone %d: %s is answered %d", i, path, got)
			}
		}
	}
}

func TestHowARoomIsJoined(t *testing.T) {
	own := func() []netip.Addr {
		return []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("192.168.7.5"), netip.MustParseAddr("fe80::1"), netip.MustParseAddr("fd00::5")}
	}
	rows := []struct {
		name, listens, base string
		words               string
		warns               bool
		says                []string
	}{
		{"an address of the LAN", "0.0.0.0", "http://192.168.7.5:8080/", "192.168.7.5:8080/room", false, nil},
		{"a name behind a proxy's prefix", "127.0.0.1", "https://lab.example/strata/", "lab.example/strata/room", false, nil},
		{"this machine alone", "127.0.0.1", "http://127.0.0.1:8080/", "127.0.0.1:8080/room", true, []string{"--address 0.0.0.0", "--token-file", "port-forward"}},
		{"by name", "localhost", "http://localhost:8080/", "localhost:8080/room", true, []string{"localhost:8080"}},
		{"by IPv6", "::1", "http://[::1]:8080/", "[::1]:8080/room", true, nil},
		{"a name that browsers keep to this machine", "127.0.0.1", "http://kubestrata.localhost:8080/", "kubestrata.localhost:8080/room", true, nil},
		{"a server that can be reached, opened where it cannot", "0.0.0.0", "http://127.0.0.1:8080/", "127.0.0.1:8080/room", true, []string{`href="http://192.168.7.5:8080/"`, `href="http://[fd00::5]:8080/"`}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			s := newSite(t, func(o *Options) { o.Address, o.Addresses = row.listens, own })
			code, _, _ := s.openRoom(nil)
			for _, card := range []string{"panel", "join"} {
				page := s.post("/api/v1/rooms/"+code+"/"+card+".html", `{"base":`+strconv.Quote(row.base)+`}`)
				if page.StatusCode != 200 || !strings.Contains(page.body, row.words) {
					t.Errorf("the %s says %d, without %q:\n%s", card, page.StatusCode, row.words, page.body)
				}
				if warns := strings.Contains(page.body, "Phones cannot reach this address"); warns != row.warns {
					t.Errorf("the %s warns: %v, want %v", card, warns, row.warns)
				}
				for _, text := range row.says {
					if !strings.Contains(page.body, text) {
						t.Errorf("the %s does not say %q", card, text)
					}
				}
				if strings.Contains(page.body, "fe80") {
					t.Errorf("the %s offers an address that needs a zone", card)
				}
			}
		})
	}
	s := newSite(t, nil)
	code, _, _ := s.openRoom(nil)
	for _, base := range []string{"", "javascript:alert(1)", "//x/", "http://", "http://a:b@x/", "http://" + strings.Repeat("x", 400) + "/"} {
		if got := s.post("/api/v1/rooms/"+code+"/join.html", `{"base":`+strconv.Quote(base)+`}`); got.StatusCode != 400 {
			t.Errorf("the base %.40q is answered %d", base, got.StatusCode)
		}
	}
}

// The drawn squares are the code's own: what is dark in one is dark in the other.
func TestTheSquaresAreThoseOfTheCode(t *testing.T) {
	at, err := url.Parse("http://192.168.7.5:8080/")
	if err != nil {
		t.Fatal(err)
	}
	j, err := joinOf(at, "QK7PM")
	if err != nil {
		t.Fatal(err)
	}
	if j.URL != "http://192.168.7.5:8080/room/QK7PM" {
		t.Errorf("the code holds %q", j.URL)
	}
	symbol, err := qr.Encode(j.URL, qr.M)
	if err != nil {
		t.Fatal(err)
	}
	dark := map[[2]int]bool{}
	for part := range strings.SplitSeq(strings.TrimPrefix(j.QR, "M"), "M") {
		head, _, _ := strings.Cut(part, "v")
		place, run, _ := strings.Cut(head, "h")
		left, top, _ := strings.Cut(place, " ")
		x, _ := strconv.Atoi(left)
		y, _ := strconv.Atoi(top)
		n, _ := strconv.Atoi(run)
		for i := range n {
			dark[[2]int{x + i - quiet, y - quiet}] = true
		}
	}
	for y := range symbol.Size {
		for x := range symbol.Size {
			if dark[[2]int{x, y}] != symbol.Black(x, y) {
				t.Fatalf("the square at %d, %d is dark: %v", x, y, dark[[2]int{x, y}])
			}
		}
	}
	if j.Size != symbol.Size+8 {
		t.Errorf("the margin is %d squares in all, want 8", j.Size-symbol.Size)
	}
}

func TestTheEndOfARoomIsTold(t *testing.T) {
	s := newSite(t, nil)
	code, token, _ := s.openRoom(nil)
	phone, err := s.attend(code, room.Hello{Role: "follow"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := state(t, phone); err != nil {
		t.Fatal(err)
	}
	if got := s.do("POST", "/api/v1/rooms/"+code+"/end", "{}", header(presenterHeader, token)); got.StatusCode != 200 {
		t.Fatalf("ending the room says %d %s", got.StatusCode, got.body)
	}
	for err == nil {
		_, err = state(t, phone)
	}
	if websocket.CloseStatus(err) != 4404 {
		t.Errorf("the phone is told %v", err)
	}
	if got := s.get("/room/" + code).StatusCode; got != 404 {
		t.Errorf("the room's page is still answered %d", got)
	}
}
