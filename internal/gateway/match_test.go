package gateway

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

func TestHasPrefix(t *testing.T) {
	for _, row := range []struct {
		name, prefix, path string
		want               bool
	}{
		{"the root takes all", "/", "/x", true},
		{"itself", "/abc", "/abc", true},
		{"with a slash", "/abc", "/abc/", true},
		{"below", "/abc", "/abc/def", true},
		{"not within an element", "/abc", "/abcd", false},
		{"a slash at the prefix' end does not count", "/abc/", "/abc", true},
		{"case counts", "/abc", "/ABC", false},
		{"not above", "/abc/def", "/abc", false},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := hasPrefix(row.path, row.prefix); got != row.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func prefixMatch(prefix string) *candidate {
	return &candidate{http: &gatewayv1.HTTPRouteMatch{Path: &gatewayv1.HTTPPathMatch{Value: &prefix}}, route: &route{kind: cluster.KindHTTPRoute}}
}

func TestModifiedPath(t *testing.T) {
	for _, row := range []struct{ name, path, prefix, replace, want string }{
		{"an element", "/foo/bar", "/foo", "/xyz", "/xyz/bar"},
		{"slashes at either end do not count", "/foo/bar", "/foo/", "/xyz/", "/xyz/bar"},
		{"all of it", "/foo", "/foo", "/xyz", "/xyz"},
		{"a final slash stays", "/foo/", "/foo", "/xyz", "/xyz/"},
		{"by nothing", "/foo/bar", "/foo", "", "/bar"},
		{"all of it by nothing", "/foo", "/foo", "", "/"},
		{"with a final slash by nothing", "/foo/", "/foo", "", "/"},
		{"by the root", "/foo/", "/foo", "/", "/"},
		{"all of it by the root", "/foo", "/foo", "/", "/"},
		{"the root", "/bar", "/", "/xyz", "/xyz/bar"},
	} {
		t.Run(row.name, func(t *testing.T) {
			m := &gatewayv1.HTTPPathModifier{Type: gatewayv1.PrefixMatchHTTPPathModifier, ReplacePrefixMatch: &row.replace}
			if got := modified(m, row.path, prefixMatch(row.prefix)); got != row.want {
				t.Errorf("got %q, want %q", got, row.want)
			}
		})
	}
	full := "/other"
	if got := modified(&gatewayv1.HTTPPathModifier{Type: gatewayv1.FullPathHTTPPathModifier, ReplaceFullPath: &full}, "/foo/bar", prefixMatch("/foo")); got != full {
		t.Errorf("the full path is replaced: got %q", got)
	}
}

func TestGRPCMatch(t *testing.T) {
	request := func(path string) *asked {
		return newAsked(Request{Path: path, Method: "POST", Headers: []Header{{"Content-Type", "application/grpc+proto"}, {"Version", "2"}}})
	}
	match := func(kind, service, method string) *gatewayv1.GRPCRouteMatch {
		return &gatewayv1.GRPCRouteMatch{Method: &gatewayv1.GRPCMethodMatch{Type: pointer(gatewayv1.GRPCMethodMatchType(kind)), Service: &service, Method: &method}}
	}
	for _, row := range []struct {
		name string
		m    *gatewayv1.GRPCRouteMatch
		path string
		want bool
	}{
		{"no match takes every gRPC request", nil, "/shop.Cart/Get", true},
		{"service and method", match("Exact", "shop.Cart", "Get"), "/shop.Cart/Get", true},
		{"case counts", match("Exact", "shop.cart", "Get"), "/shop.Cart/Get", false},
		{"another method", match("Exact", "shop.Cart", "Put"), "/shop.Cart/Get", false},
		{"the service alone", match("Exact", "shop.Cart", ""), "/shop.Cart/Put", true},
		{"the method alone", match("Exact", "", "Get"), "/any.Thing/Get", true},
		{"a regular expression", match("RegularExpression", "shop\\..*", "Get|Put"), "/shop.Cart/Put", true},
		{"headers", &gatewayv1.GRPCRouteMatch{Headers: []gatewayv1.GRPCHeaderMatch{{Name: "version", Value: "2"}}}, "/a/b", true},
		{"headers that differ", &gatewayv1.GRPCRouteMatch{Headers: []gatewayv1.GRPCHeaderMatch{{Name: "version", Value: "3"}}}, "/a/b", false},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := request(row.path).grpcMatch(product{Product: Other}, row.m); got.ok != row.want {
				t.Errorf("got %+v", got)
			}
		})
	}
	if got := newAsked(Request{Path: "/a/b"}).grpcMatch(product{}, nil); got.ok {
		t.Error("what is no gRPC request matches a GRPCRoute")
	}
}

func TestGRPCPrecedence(t *testing.T) {
	of := func(host, service, method string, headers int) *candidate {
		c := &candidate{host: host, route: &route{kind: cluster.KindGRPCRoute, meta: &metav1.ObjectMeta{}}, grpc: &gatewayv1.GRPCRouteMatch{Method: &gatewayv1.GRPCMethodMatch{Service: &service, Method: &method}}}
		for range headers {
			c.grpc.Headers = append(c.grpc.Headers, gatewayv1.GRPCHeaderMatch{})
		}
		c.ok = true
		return c
	}
	for _, row := range []struct {
		name      string
		won, lost *candidate
		why       string
	}{
		{"a longer exact hostname", of("a.b.test", "", "", 0), of("a.test", "s", "m", 3), "less specific host"},
		{"an exact hostname before any wildcard", of("a.test", "", "", 0), of("*.very.long.example.test", "s", "m", 3), "less specific host"},
		{"a longer service", of("", "shop.Cart", "", 0), of("", "shop", "Method", 2), "shorter service"},
		{"a longer method", of("", "s", "Get", 0), of("", "s", "", 2), "shorter method"},
		{"more headers", of("", "s", "m", 2), of("", "s", "m", 1), "fewer headers"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := winner([]*candidate{row.lost, row.won}); got != row.won {
				t.Error("the other wins")
			}
			if _, why := row.won.beats(row.lost); why != row.why {
				t.Errorf("it loses by %q", why)
			}
		})
	}
}
