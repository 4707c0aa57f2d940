package policy_test

import (
	"fmt"
	"math/rand"
	"strings"
	"testing"

	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/policy"
)

// What is decided without texts and what is explained must be the same, and the effects of rules must add up to it.
func TestExplanationsAgreeWithDecisions(t *testing.T) {
	r := rand.New(rand.NewSource(5))
	for range 80 {
		var text string
		for i := range 1 + r.Intn(4) {
			text += randomPolicy(r, fmt.Sprintf("p%d", i))
		}
		v := world(t, text)
		book := policy.NewBook(v)
		for _, line := range questions {
			q := question(t, v, line)
			short, long := book.Decide(q), book.Evaluate(q)
			if short.Allowed != long.Allowed || short.Isolated != long.Isolated || short.Exempt != long.Exempt || short.DecidedRule != long.DecidedRule {
				t.Fatalf("%s: decided %+v, explained %+v\n%s", line, short, long, text)
			}
			if again := book.Evaluate(q); again.Allowed != long.Allowed || len(again.Selecting) != len(long.Selecting) {
				t.Fatalf("%s: another answer the second time", line)
			}
			if long.Exempt != policy.ExemptNone || !long.Isolated {
				continue
			}
			admits := false
			for _, p := range long.Selecting {
				for _, x := range p.Rules {
					admits = admits || x.Matches
					if x.Matches == (x.Lost != "") {
						t.Fatalf("%s: rule %d of %s matches %t and lost by %q", line, x.Index, p.Policy.Name, x.Matches, x.Lost)
					}
				}
			}
			if admits != long.Allowed {
				t.Fatalf("%s: allowed %t, but a rule matches: %t\n%s", line, long.Allowed, admits, text)
			}
		}
	}
}

// crowd is a namespace with 2,000 policies of which each concerns one of 50 applications.
func crowd(b *testing.B) string {
	b.Helper()
	var text strings.Builder
	for i := range 2000 {
		text.WriteString(np(fmt.Sprintf("p%d", i), fmt.Sprintf("{podSelector: {matchLabels: {app: %s}}, ingress: [{from: [{podSelector: {matchLabels: {app: x%d}}}]}]}",
			[]string{"web", "api", "sleepy"}[i%3]+strings.Repeat("x", i%50), i)))
	}
	return text.String()
}

func BenchmarkDecideAmong2000Policies(b *testing.B) {
	v := world(b, crowd(b))
	q := question(b, v, "web <- far :8080")
	book := policy.NewBook(v)
	b.ReportAllocs()
	for b.Loop() {
		book.Decide(q)
	}
}

func BenchmarkEvaluateAmong2000Policies(b *testing.B) {
	v := world(b, crowd(b))
	q := question(b, v, "web <- far :8080")
	b.ReportAllocs()
	for b.Loop() {
		policy.Evaluate(v, q)
	}
}

func BenchmarkMakingReady2000Policies(b *testing.B) {
	v := world(b, crowd(b))
	pod := v.Pod("shop", "web")
	b.ReportAllocs()
	for b.Loop() {
		// Without edits of policies a fork shares what its origin has made ready; with one it makes all ready again.
		fork := v.Fork(touch)
		policy.Selecting(fork, pod)
	}
}

func touch(w *cluster.Writer) {
	w.Put(&networkingv1.NetworkPolicy{ObjectMeta: v1.ObjectMeta{Namespace: "shop", Name: "one-more"}})
}
