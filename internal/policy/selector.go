package policy

import (
	"cmp"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// matches reports whether a selector matches a label set. It reads the selector as it is instead of converting it
// (metav1.LabelSelectorAsSelector), since it is asked for every pod on the map. An expression that the API server would
// refuse (unknown operator, In without values) matches nothing.
func matches(s *metav1.LabelSelector, have *cluster.Labels) bool {
	for k, v := range s.MatchLabels {
		if got, ok := have.Lookup(k); !ok || got != v {
			return false
		}
	}
	for i := range s.MatchExpressions {
		if !holds(&s.MatchExpressions[i], have) {
			return false
		}
	}
	return true
}

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
func compare(what string, s *metav1.LabelSelector, have *cluster.Labels) []Comparison {
	var out []Comparison
	for _, k := range sortedKeys(s.MatchLabels) {
		v := s.MatchLabels[k]
		got, ok := have.Lookup(k)
		out = append(out, Comparison{what, k + "=" + v, labelText(have, k), ok && got == v})
	}
	for i := range s.MatchExpressions {
		e := &s.MatchExpressions[i]
		out = append(out, Comparison{what, expressionText(e), labelText(have, e.Key), holds(e, have)})
	}
	if len(out) == 0 {
		out = append(out, Comparison{what, "any", allLabels(have), true})
	}
	return out
}

// labelText shows the label that was asked for, or the whole set where it is missing, so that a reader sees a misspelt
// key.
func labelText(have *cluster.Labels, key string) string {
	if v, ok := have.Lookup(key); ok {
		return key + "=" + v
	}
	return allLabels(have)
}

func allLabels(have *cluster.Labels) string { return cmp.Or(have.String(), "no labels") }

// selectorText writes a selector the way kubectl does: matchLabels sorted, then expressions.
func selectorText(s *metav1.LabelSelector) string {
	var parts []string
	for _, k := range sortedKeys(s.MatchLabels) {
		parts = append(parts, k+"="+s.MatchLabels[k])
	}
	for i := range s.MatchExpressions {
		parts = append(parts, expressionText(&s.MatchExpressions[i]))
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
