package trace_test

import (
	"strings"
	"testing"

	"github.com/kubestrata/kubestrata/internal/trace"
	"github.com/kubestrata/kubestrata/internal/world"
)

// No verdict of any world had to be cut to its 25 words, and no failure leaves a person without a command.
func TestSentencesOfTheWorldsAreWhole(t *testing.T) {
	for _, info := range world.List() {
		for _, r := range info.Requests {
			view, err := world.View(r.World)
			if err != nil {
				t.Fatal(err)
			}
			tr, err := trace.Run(view, trace.Ask{From: r.From, Via: r.Via, Assume: r.Assume, Command: []string{r.Command}})
			if err != nil {
				t.Fatal(err)
			}
			check(t, tr)
			if strings.HasSuffix(tr.Verdict.Sentence, "…") {
				t.Errorf("%s %s: cut: %q", r.World, r.ID, tr.Verdict.Sentence)
			}
			for _, s := range tr.Steps {
				if strings.Contains(s.Sentence, "  ") || strings.Contains(s.Sentence, "..") && !strings.Contains(s.Sentence, "...") || strings.Contains(s.Sentence, " ,") || strings.Contains(s.Sentence, "<nil>") || strings.Contains(s.Sentence, "%!") {
					t.Errorf("%s %s: %q", r.World, r.ID, s.Sentence)
				}
			}
		}
	}
}
