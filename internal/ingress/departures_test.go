package ingress

import "testing"

func TestPathsThatTheAPILeavesToTheController(t *testing.T) {
	for _, row := range []struct {
		name       string
		product    Product
		rule, path string
		want       bool
	}{
		{"an ALB takes a path without a pattern as it is", ALB, "/app", "/app/x", false},
		{"and a star for anything", ALB, "/app/*", "/app/x/y", true},
		{"a question mark for one character", ALB, "/v?", "/v2", true},
		{"a dot is a dot", GCE, "/a.b", "/axb", false},
		{"Istio takes a path as it is", Istio, "/app", "/app/x", false},
		{"unless it ends in .*", Istio, "/app.*", "/apple", true},
		{"Cilium reads an expression", Cilium, "/v[0-9]+", "/v12", true},
		{"that must fit the whole path", Cilium, "/v[0-9]+", "/v12/x", false},
		{"and takes none that is broken", Cilium, "/v[", "/v[", false},
		{"others compare characters", Kong, "/app", "/apple", true},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := ownPath(row.product, row.rule, row.path); got != row.want {
				t.Errorf("%s takes %s for %s: %v", row.product, row.path, row.rule, got)
			}
		})
	}
}
