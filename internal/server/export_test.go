package server

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubestrata/kubestrata/internal/trace"
	"github.com/kubestrata/kubestrata/internal/world"
)

// traced is the answer to a request in the world tour, as the API sends it.
func traced(t *testing.T, s *site, from, command string) (*trace.Trace, string) {
	t.Helper()
	body, err := json.Marshal(map[string]string{"from": from, "command": command})
	if err != nil {
		t.Fatal(err)
	}
	answer := s.post("/api/v1/trace", string(body))
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("%d: %s", answer.StatusCode, answer.body)
	}
	var tr trace.Trace
	if err := json.Unmarshal([]byte(answer.body), &tr); err != nil {
		t.Fatal(err)
	}
	return &tr, answer.body
}

func TestATraceThatABrowserHasIsWrittenAsTheCommandLineWritesIt(t *testing.T) {
	s := newSite(t, nil)
	tr, sent := traced(t, s, "pod/default/toolbox", "curl http://web/")
	answer := s.post("/api/v1/export.md", sent)
	if diff := cmp.Diff(trace.Markdown(tr), answer.body); diff != "" || answer.StatusCode != http.StatusOK {
		t.Errorf("%d\n%s", answer.StatusCode, diff)
	}
	if got := answer.Header.Get("Content-Type"); got != "text/markdown; charset=utf-8" {
		t.Errorf("it is sent as %s", got)
	}
}

func TestWhatIsNoTraceOfThisFormIsNotWritten(t *testing.T) {
	s := newSite(t, nil)
	for name, row := range map[string]struct {
		body   string
		status int
	}{
		"nothing":            {"", http.StatusBadRequest},
		"another schema":     {`{"schema":"kubestrata.io/trace/v9"}`, http.StatusUnprocessableEntity},
		"an unknown field":   {`{"schema":"` + trace.Schema + `","more":1}`, http.StatusBadRequest},
		"two values":         {`{"schema":"` + trace.Schema + `"} {}`, http.StatusBadRequest},
		"a field of no form": {`{"schema":"` + trace.Schema + `","steps":7}`, http.StatusBadRequest},
	} {
		t.Run(name, func(t *testing.T) {
			if answer := s.post("/api/v1/export.md", row.body); answer.StatusCode != row.status {
				t.Errorf("%d instead of %d: %s", answer.StatusCode, row.status, answer.body)
			}
		})
	}
}

func TestATraceKeepsItsBytesOnTheWayThroughABrowser(t *testing.T) {
	view, err := world.View("tour")
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range [][2]string{
		{"pod/default/toolbox", "curl http://web/"}, {"pod/default/toolbox", "curl http://pay/"}, {"pod/default/toolbox", "nslookup web"},
		{"pod/default/toolbox", "nc -vz -w2 db-0.db 5432"}, {"internet/user", "curl --http3 http://shop.test/api/items"}, {"lan/laptop", "ping -c1 192.168.10.12"},
	} {
		tr, err := trace.Run(view, trace.Ask{From: q[0], Command: []string{q[1]}})
		if err != nil {
			t.Fatal(err)
		}
		want, err := tr.JSON()
		if err != nil {
			t.Fatal(err)
		}
		var back trace.Trace
		if err := json.Unmarshal(want, &back); err != nil {
			t.Fatal(err)
		}
		got, err := back.JSON()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s:\n%s", q[1], diff)
		}
	}
}
