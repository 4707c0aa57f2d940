package gateway

import "testing"

func TestHostOnly(t *testing.T) {
	for _, row := range []struct{ name, in, want string }{
		{"a plain name", "a.test", "a.test"},
		{"a port is taken off", "a.test:8080", "a.test"},
		{"case does not count", "A.Test", "a.test"},
		{"an IPv4 address with a port", "10.0.0.1:80", "10.0.0.1"},
		{"an IPv6 address in brackets", "[2001:db8::1]", "2001:db8::1"},
		{"an IPv6 address in brackets with a port", "[2001:db8::1]:80", "2001:db8::1"},
		{"a final dot", "a.test.", "a.test"},
		{"nothing", "", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := hostOnly(row.in); got != row.want {
				t.Errorf("got %q, want %q", got, row.want)
			}
		})
	}
}

func TestCovers(t *testing.T) {
	for _, row := range []struct {
		name, pattern, host string
		want                bool
	}{
		{"exact", "a.test", "a.test", true},
		{"another", "a.test", "b.test", false},
		{"no hostname takes all", "", "b.test", true},
		{"one label", "*.a.test", "b.a.test", true},
		{"several labels", "*.a.test", "c.b.a.test", true},
		{"not the suffix itself", "*.a.test", "a.test", false},
		{"not a suffix within a label", "*.a.test", "xa.test", false},
		{"not an empty label", "*.a.test", ".a.test", false},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := covers(row.pattern, row.host); got != row.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestIntersect(t *testing.T) {
	for _, row := range []struct {
		name, listener, route, want string
		ok                          bool
	}{
		{"neither has one", "", "", "", true},
		{"the listener has none", "", "a.test", "a.test", true},
		{"the route has none", "a.test", "", "a.test", true},
		{"equal", "a.test", "a.test", "a.test", true},
		{"different", "a.test", "b.test", "", false},
		{"wildcard listener, name below", "*.test", "a.b.test", "a.b.test", true},
		{"wildcard listener, its suffix", "*.a.test", "a.test", "", false},
		{"wildcard route, listener below", "a.b.test", "*.test", "a.b.test", true},
		{"wildcard in wildcard", "*.test", "*.a.test", "*.a.test", true},
		{"wildcard around wildcard", "*.a.test", "*.test", "*.a.test", true},
		{"wildcards apart", "*.a.test", "*.b.test", "", false},
		{"wildcards that only end alike", "*.a.test", "*.xa.test", "", false},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, ok := intersect(row.route, row.listener)
			back, okBack := intersect(row.listener, row.route)
			if got != row.want || ok != row.ok || back != row.want || okBack != row.ok {
				t.Errorf("got %q %v, the other way round %q %v", got, ok, back, okBack)
			}
		})
	}
}

func TestSpecificity(t *testing.T) {
	order := []string{"", "*.test", "*.a.test", "*.b.a.test", "x.test"}
	for i := range order[1:] {
		if specificity(order[i]) >= specificity(order[i+1]) {
			t.Errorf("%q is not less specific than %q", order[i], order[i+1])
		}
	}
}
