package inspect

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const gateYAML = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: access-nginx
  namespace: default
spec:
  ingress:
  - from:
    - podSelector:
        matchLabels:
          access: "true"
  podSelector:
    matchLabels:
      app: nginx
  policyTypes:
  - Ingress
`

// sketch writes an excerpt as lines of "number mark text".
func sketch(lines []ExcerptLine) string {
	var b strings.Builder
	for _, l := range lines {
		mark := " "
		if l.Lit {
			mark = "*"
		}
		fmt.Fprintf(&b, "%d%s%s\n", l.Number, mark, l.Text)
	}
	return b.String()
}

func TestExcerpt(t *testing.T) {
	var long strings.Builder
	long.WriteString("data:\n  Corefile: |\n")
	for i := range 40 {
		fmt.Fprintf(&long, "    line %d\n", i)
	}
	long.WriteString("kind: ConfigMap\n")
	for _, c := range []struct {
		name   string
		text   string
		fields []string
		want   string
	}{
		{"the deciding fields with the keys above them, in the order of the object", gateYAML, []string{"spec.podSelector", "spec.policyTypes"}, `0 …
6 spec:
0 …
12*  podSelector:
13*    matchLabels:
14*      app: nginx
15*  policyTypes:
16*  - Ingress
`},
		{"an entry of a list by its number", gateYAML, []string{"spec.ingress[0]"}, `0 …
6 spec:
7   ingress:
8*  - from:
9*    - podSelector:
10*        matchLabels:
11*          access: "true"
0 …
`},
		{"a field that is not there is left out", gateYAML, []string{"metadata.name", "spec.egress"}, `0 …
3 metadata:
4*  name: access-nginx
0 …
`},
		{"without fields the object's beginning", "a: 1\nb: 2\n", nil, "1 a: 1\n2 b: 2\n"},
		{"an entry by its name", "spec:\n  containers:\n  - image: a\n    name: one\n  - name: two\n    x: 1\n", []string{"spec.containers[two].x"}, `1 spec:
2   containers:
0 …
5   - name: two
6*    x: 1
`},
		{"nothing is found in what is no mapping", "- 1\n", []string{"spec"}, "1 - 1\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := excerpt(c.text, c.fields)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, sketch(got)); diff != "" {
				t.Error(diff)
			}
		})
	}
	t.Run("a long field is cut at twelve lines and says so", func(t *testing.T) {
		got, err := excerpt(long.String(), []string{"data.Corefile", "kind"})
		if err != nil {
			t.Fatal(err)
		}
		text := sketch(got)
		if n := strings.Count(text, "\n") - strings.Count(text, "…"); n != 12 {
			t.Errorf("%d lines:\n%s", n, text)
		}
		if !strings.Contains(text, "*kind: ConfigMap") || !strings.Contains(text, "…") {
			t.Errorf("a short field beside a long one is lost:\n%s", text)
		}
	})
}
