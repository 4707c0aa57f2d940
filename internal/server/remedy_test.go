package server

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestARemedyIsTriedInAFork(t *testing.T) {
	s := newSite(t, nil)
	const at = "?source=world:ckad/calico"
	ask := func(fork string) (class, sentence string, try []string) {
		got := s.post("/api/v1/trace"+at, `{"from":"pod/default/busybox","command":"wget --spider --timeout=1 nginx","fork":`+fork+`}`)
		if got.StatusCode != 200 {
			t.Fatalf("%d: %s", got.StatusCode, got.body)
		}
		var tr struct {
			Verdict struct {
				Class, Sentence string
				Try             []struct{ Command string }
			}
		}
		if err := json.Unmarshal([]byte(got.body), &tr); err != nil {
			t.Fatal(err)
		}
		for _, c := range tr.Verdict.Try {
			try = append(try, c.Command)
		}
		return tr.Verdict.Class, tr.Verdict.Sentence, try
	}
	class, sentence, try := ask("[]")
	if class != "no-answer" {
		t.Fatalf("%s: %s", class, sentence)
	}
	body, _ := json.Marshal(map[string]any{"try": try})
	got := s.post("/api/v1/remedies"+at, string(body))
	var answer struct {
		Remedies []struct {
			Question, Note string
			Fork           json.RawMessage
		}
		Problem string
	}
	if err := json.Unmarshal([]byte(got.body), &answer); err != nil || len(answer.Remedies) != 1 {
		t.Fatalf("%v %s", err, got.body)
	}
	r := answer.Remedies[0]
	if r.Question != "What if pod busybox had access=true?" || !strings.Contains(r.Note, "Nothing is written to a cluster") {
		t.Errorf("%q %q", r.Question, r.Note)
	}
	if class, sentence, _ := ask(string(r.Fork)); class != "answered" {
		t.Errorf("with the label: %s: %s", class, sentence)
	}
	if class, _, _ := ask("[]"); class != "no-answer" {
		t.Error("the fork changed what it was a fork of")
	}
}

func TestWhatIsNoRemedy(t *testing.T) {
	s := newSite(t, nil)
	for _, c := range []struct {
		name, body string
		status     int
		says       string
	}{
		{"looking changes nothing", `{"try":["kubectl -n default describe networkpolicy x"]}`, 200, `"remedies": []`},
		{"another request is asked, not forked", `{"try":["curl -k https://web/"]}`, 200, `"command": "curl -k https://web/"`},
		{"an object that is not there", `{"try":["kubectl -n default label pod nobody a=b"]}`, 200, `not found`},
		{"two labels are one fork", `{"try":["kubectl -n default label pod toolbox a=b","kubectl -n default label pod toolbox c=d"]}`, 200, "had a=b, and pod toolbox had c=d?"},
		{"too many", `{"try":["a","a","a","a","a","a","a","a","a","a","a","a","a"]}`, 422, "at most 12"},
		{"no body", ``, 400, "error"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := s.post("/api/v1/remedies", c.body)
			if got.StatusCode != c.status || !strings.Contains(got.body, c.says) {
				t.Errorf("want %d and %q, got %d: %.600s", c.status, c.says, got.StatusCode, got.body)
			}
		})
	}
}

func TestExcerpts(t *testing.T) {
	s := newSite(t, nil)
	for _, c := range []struct {
		name, body string
		status     int
		says       string
	}{
		{"the deciding lines", `{"yaml":true,"objects":[{"kind":"Service","namespace":"default","name":"web","fields":["spec.selector"]}]}`, 200, `"lit": true`},
		{"how old it is, without its lines", `{"objects":[{"kind":"Pod","namespace":"default","name":"toolbox"}]}`, 200, `"lines": []`},
		{"what is gone", `{"objects":[{"kind":"Pod","namespace":"default","name":"nobody"}]}`, 200, "not there any more"},
		{"the surroundings", `{"yaml":true,"objects":[{"kind":"Surroundings","name":"surroundings","fields":["listeners"]}]}`, 200, `listeners:`},
		{"what is no object", `{"yaml":true,"objects":[{"kind":"Host","name":"laptop"}]}`, 200, "surroundings describe it"},
		{"too many", `{"objects":[` + strings.Repeat(`{"kind":"Pod","name":"a"},`, 16) + `{"kind":"Pod","name":"a"}]}`, 422, "at most 16"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := s.post("/api/v1/excerpts", c.body)
			if got.StatusCode != c.status || !strings.Contains(got.body, c.says) {
				t.Errorf("want %d and %q, got %d: %.600s", c.status, c.says, got.StatusCode, got.body)
			}
		})
	}
}
