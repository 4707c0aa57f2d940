package policy

import (
	"cmp"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/words"
)

// holds decides one expression. NotIn and DoesNotExist hold where the key is absent (apimachinery labels.Requirement).
func holds(e *metav1.LabelSelectorRequirement, have *cluster.Labels) bool {
	got, ok := have.Lookup(e.Key)
	switch e.Operator {
	case metav1.LabelSelectorOpIn:
		return ok && slices.Contains(e.Values, got)
	case metav1.LabelSelectorOpNotIn:
		return len(e.Values) > 0 && (!ok || !slices.Contains(e.Values, got))
	case metav1.LabelSelectorOpExists:
		return ok
	case metav1.LabelSelectorOpDoesNotExist:
		return !ok
	}
	return false
}

// compare is matches with one Comparison for every label and expression, labels first, sorted.
func (s *selector) compare(what string, have *cluster.Labels) []Comparison {
	if s == nil {
		return nil
	}
	out := make([]Comparison, 0, max(1, len(s.labels)+len(s.expressions)))
	for _, l := range s.labels {
		got, ok := have.Lookup(l.Key)
		out = append(out, Comparison{what, l.Key + "=" + l.Value, labelText(have, l.Key), ok && got == l.Value})
	}
	for i := range s.expressions {
		e := &s.expressions[i]
		out = append(out, Comparison{what, expressionText(e), labelText(have, e.Key), holds(e, have)})
	}
	if len(out) == 0 {
		out = append(out, Comparison{what, words.Say("policy.any"), allLabels(have), true})
	}
	return out
}

// fails counts what a label set lacks.
func (s *selector) fails(have *cluster.Labels) int {
	n := 0
	if s == nil {
		return n
	}
	for _, l := range s.labels {
		if got, ok := have.Lookup(l.Key); !ok || got != l.Value {
			n++
		}
	}
	for i := range s.expressions {
		if !holds(&s.expressions[i], have) {
			n++
		}
	}
	return n
}

// labelText shows the label that was asked for, or the whole set where it is missing, so that a reader sees a misspelt
// key.
func labelText(have *cluster.Labels, key string) string {
	if v, ok := have.Lookup(key); ok {
		return key + "=" + v
	}
	return allLabels(have)
}

func allLabels(have *cluster.Labels) string {
	return cmp.Or(have.String(), words.Say("policy.no-labels"))
}

// text writes a selector the way kubectl does: labels sorted, then expressions.
func (s *selector) text() string {
	if s == nil {
		return ""
	}
	if len(s.labels) == 1 && len(s.expressions) == 0 {
		return s.labels[0].Key + "=" + s.labels[0].Value
	}
	var parts []string
	for _, l := range s.labels {
		parts = append(parts, l.Key+"="+l.Value)
	}
	for i := range s.expressions {
		parts = append(parts, expressionText(&s.expressions[i]))
	}
	return strings.Join(parts, ",")
}

func expressionText(e *metav1.LabelSelectorRequirement) string {
	switch e.Operator {
	case metav1.LabelSelectorOpIn:
		return e.Key + " in (" + strings.Join(e.Values, ",") + ")"
	case metav1.LabelSelectorOpNotIn:
		return e.Key + " notin (" + strings.Join(e.Values, ",") + ")"
	case metav1.LabelSelectorOpExists:
		return e.Key
	case metav1.LabelSelectorOpDoesNotExist:
		return "!" + e.Key
	}
	return e.Key + " " + string(e.Operator)
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
