package server

import (
	"net/http"
	"strings"
	"testing"
)

func TestHowAThingIsReachedIsAListOfTraces(t *testing.T) {
	s := newSite(t, nil)
	answer := s.get("/api/v1/recipes.html?kind=Service&namespace=default&name=web")
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("%d: %s", answer.StatusCode, answer.body)
	}
	for _, want := range []string{
		"A pod in the same namespace", `data-trace-command="curl http://web/"`, "The Internet", `data-reason="boundary.needs-door"`, "no door",
	} {
		if !strings.Contains(answer.body, want) {
			t.Errorf("%q is not in it:\n%s", want, answer.body)
		}
	}
	if answer = s.get("/api/v1/recipes?kind=Node&name=node-a"); answer.StatusCode != http.StatusOK || !strings.Contains(answer.body, `"schema": "kubestrata.io/recipes/v1"`) {
		t.Errorf("%d: %s", answer.StatusCode, answer.body)
	}
	for _, question := range []string{"", "kind=Service&namespace=default&name=none", "kind=Secret&namespace=default&name=x", "kind=Pod&name=" + strings.Repeat("x", 9000)} {
		if answer := s.get("/api/v1/recipes?" + question); answer.StatusCode != http.StatusBadRequest {
			t.Errorf("%.40s: %d: %s", question, answer.StatusCode, answer.body)
		}
	}
}
