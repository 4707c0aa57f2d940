package server

import (
	"strings"
	"testing"

	"github.com/kubestrata/kubestrata/internal/reach"
	"github.com/kubestrata/kubestrata/internal/world"
)

func TestTheReverseQuestion(t *testing.T) {
	s := newSite(t, nil)
	view, err := world.View("tour")
	if err != nil {
		t.Fatal(err)
	}
	answer, err := reach.WhoCanReach(view, reach.Ask{Target: "service/default/db", Port: "5432"})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name   string
		got    func() reply
		status int
		says   string
	}{
		{"who can reach a service", func() reply { return s.get("/api/v1/reach?target=service/default/db&port=5432") }, 200, `"direction": "who-can-reach"`},
		{"the same by POST", func() reply { return s.post("/api/v1/reach", `{"target":"service/default/db","port":"5432"}`) }, 200, answer.Summary.Sentence},
		{"what a pod can reach", func() reply { return s.get("/api/v1/reach?from=pod/default/toolbox") }, 200, `"direction": "reachable-from"`},
		{"as a list that leads to traces", func() reply { return s.get("/api/v1/reach.html?target=service/default/db&port=5432") }, 200, `data-trace-command="nc -zv`},
		{"both at once", func() reply { return s.get("/api/v1/reach?target=node/node-a&from=lan") }, 400, "either a target or a source"},
		{"neither", func() reply { return s.get("/api/v1/reach") }, 400, "either a target or a source"},
		{"what is not there", func() reply { return s.get("/api/v1/reach?target=service/default/nothing") }, 400, "does not exist"},
		{"a source that is none", func() reply { return s.get("/api/v1/reach?from=moon") }, 400, "moon"},
		{"an assumption that is none", func() reply { return s.get("/api/v1/reach?from=lan&assume=weather=rain") }, 400, "weather"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := test.got()
			if got.StatusCode != test.status || !strings.Contains(got.body, test.says) {
				t.Errorf("want %d and %q, got %d: %.400s", test.status, test.says, got.StatusCode, got.body)
			}
		})
	}
}
