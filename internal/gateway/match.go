package gateway

import (
	"cmp"
	"net/url"
	"regexp"
	"strings"

	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/kubestrata/kubestrata/internal/words"
)

// asked is a request as it is compared.
type asked struct {
	Request
	host   string // without port, lower case
	grpc   bool   // its content type says gRPC
	params []param
	doubts map[string]string // what the comparison at hand had to take for granted, by assumption key
}

type param struct{ name, value string }

func newAsked(req Request) *asked {
	a := &asked{Request: req, host: hostOnly(req.Host), doubts: map[string]string{}}
	a.Path = cmp.Or(a.Path, "/")
	if kind, ok := a.header("content-type"); ok {
		a.grpc = strings.HasPrefix(kind, "application/grpc")
	}
	for pair := range strings.SplitSeq(req.Query, "&") {
		if pair == "" {
			continue
		}
		name, text, _ := strings.Cut(pair, "=")
		a.params = append(a.params, param{unescape(name), unescape(text)})
	}
	return a
}

// rawPath reports whether proxies may read the path in more than one way: some decode, join slashes or resolve dots
// before they compare, some do not.
func (a *asked) rawPath() bool {
	return strings.ContainsRune(a.Path, '%') || strings.Contains(a.Path, "//") || strings.Contains(a.Path, "/./") || strings.Contains(a.Path, "/../")
}

func unescape(text string) string {
	if out, err := url.QueryUnescape(text); err == nil {
		return out
	}
	return text
}

// header is the value of a header as the proxy sees it: repeated ones are joined by commas (RFC 9110, section 5.3).
func (a *asked) header(name string) (string, bool) {
	if strings.EqualFold(name, "host") {
		return a.Host, true
	}
	var values []string
	for _, h := range a.Headers {
		if strings.EqualFold(h.Name, name) {
			values = append(values, h.Value)
		}
	}
	if len(values) > 1 {
		a.doubts["repeated-header"] = words.Say("gateway.fact.header-values")
	}
	if len(values) > 0 {
		return strings.Join(values, ","), true
	}
	name = strings.ToLower(name)
	switch {
	case name == "accept" && a.Curl:
		return "*/*", true
	case name == "user-agent" && a.Curl:
		a.doubts["user-agent"] = "curl/8"
		return "curl/8.5.0", true
	case name == "content-type" && a.Body:
		a.doubts["client-headers"] = words.Say("gateway.fact.form")
		return "application/x-www-form-urlencoded", true
	case name == "authorization" && a.User, strings.HasPrefix(name, "accept") && !a.Curl, name == "user-agent", name == "content-length" && a.Body:
		// Clients send these by themselves, with values that the line does not show.
		a.doubts["client-headers"] = words.Say("gateway.fact.own-header", name)
	}
	return "", false
}

func (a *asked) param(name string) (string, bool) {
	found, text := 0, ""
	for _, p := range a.params {
		if p.name == name {
			if found == 0 {
				text = p.value
			}
			found++
		}
	}
	if found > 1 {
		a.doubts["repeated-query-parameter"] = words.Say("gateway.fact.first-value")
	}
	return text, found > 0
}

// result is how one match fared: why it failed (in a few words), what was compared, and what had to be taken for granted
// until then. What comes after the first part that fails is not compared.
type result struct {
	ok       bool
	why      string
	compared []Comparison
	doubts   map[string]string
}

func (r *result) compare(what, wanted, got string, holds bool) {
	r.compared = append(r.compared, Comparison{what, wanted, got, holds})
	if !holds && r.why == "" {
		r.why = words.Say("gateway.tried.differs", what)
	}
}

// fresh begins a comparison.
func (a *asked) fresh() result {
	a.doubts = map[string]string{}
	return result{doubts: a.doubts}
}

// httpMatch compares one HTTPRouteMatch; all its parts must hold.
func (a *asked) httpMatch(x product, m *gatewayv1.HTTPRouteMatch) result {
	r := a.fresh()
	kind, path := pathOf(m)
	switch kind {
	case gatewayv1.PathMatchExact:
		r.compare("path", "Exact "+path, a.Path, a.Path == path)
	case gatewayv1.PathMatchPathPrefix:
		r.compare("path", "PathPrefix "+path, a.Path, hasPrefix(a.Path, path))
	case gatewayv1.PathMatchRegularExpression:
		r.compare("path", "RegularExpression "+path, a.Path, a.regular(x, path, a.Path))
	default:
		r.compare("path", string(kind)+" "+path, a.Path, false)
	}
	if m.Method != nil && r.why == "" {
		r.compare("method", string(*m.Method), a.Method, string(*m.Method) == a.Method)
	}
	for _, h := range firstHeaders(m.Headers) {
		if r.why != "" {
			break
		}
		got, have := a.header(string(h.Name))
		holds := have && got == h.Value
		if value(h.Type, gatewayv1.HeaderMatchExact) == gatewayv1.HeaderMatchRegularExpression {
			holds = have && a.regular(x, h.Value, got)
		}
		r.compare("header "+string(h.Name), h.Value, got, holds)
	}
	for _, q := range firstParams(m.QueryParams) {
		if r.why != "" {
			break
		}
		got, have := a.param(string(q.Name))
		holds := have && got == q.Value
		if value(q.Type, gatewayv1.QueryParamMatchExact) == gatewayv1.QueryParamMatchRegularExpression {
			holds = have && a.regular(x, q.Value, got)
		}
		r.compare("query "+string(q.Name), q.Value, got, holds)
	}
	r.ok = r.why == ""
	return r
}

// grpcMatch compares one GRPCRouteMatch. A gRPC request is a POST to /SERVICE/METHOD with a content type of its own; what
// is none matches no GRPCRoute, though some proxies look at the path alone.
func (a *asked) grpcMatch(x product, m *gatewayv1.GRPCRouteMatch) result {
	r := a.fresh()
	service, method, _ := strings.Cut(strings.TrimPrefix(a.Path, "/"), "/")
	if m != nil && m.Method != nil {
		exact := value(m.Method.Type, gatewayv1.GRPCMethodMatchExact) == gatewayv1.GRPCMethodMatchExact
		for _, part := range []struct {
			what   string
			wanted *string
			got    string
		}{{"service", m.Method.Service, service}, {"method", m.Method.Method, method}} {
			if wanted := value(part.wanted, ""); wanted != "" && r.why == "" {
				r.compare(part.what, wanted, part.got, exact && wanted == part.got || !exact && a.regular(x, wanted, part.got))
			}
		}
	}
	if m != nil {
		var seen []string
		for _, h := range m.Headers {
			if containsFold(seen, string(h.Name)) || r.why != "" {
				continue
			}
			seen = append(seen, string(h.Name))
			got, have := a.header(string(h.Name))
			holds := have && got == h.Value
			if value(h.Type, gatewayv1.GRPCHeaderMatchExact) == gatewayv1.GRPCHeaderMatchRegularExpression {
				holds = have && a.regular(x, h.Value, got)
			}
			r.compare("header "+string(h.Name), h.Value, got, holds)
		}
	}
	if r.why == "" && !a.grpc && a.Otherwise != keyGRPC {
		got, _ := a.header("content-type")
		r.compare(words.Say("gateway.compared.content-type"), "application/grpc", got, false)
		a.doubts[keyGRPC] = words.Say("gateway.fact.grpc-only")
	}
	r.ok = r.why == ""
	return r
}

// regular compares with a regular expression, whose dialect and anchoring are the implementation's own: the result is
// never more than assumed.
func (a *asked) regular(x product, pattern, text string) bool {
	a.doubts["regular-expression"] = words.Say("gateway.fact.re2-whole")
	if !x.anchored && x.Product != Other {
		a.doubts["regular-expression"] = words.Say("gateway.fact.re2-anywhere")
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		a.doubts["regular-expression"] = words.Say("gateway.fact.re2-nothing", pattern)
		return false
	}
	if !x.anchored && x.Product != Other {
		return re.MatchString(text)
	}
	re.Longest()
	at := re.FindStringIndex(text)
	return at != nil && at[0] == 0 && at[1] == len(text)
}

func pathOf(m *gatewayv1.HTTPRouteMatch) (gatewayv1.PathMatchType, string) {
	if m == nil || m.Path == nil {
		return gatewayv1.PathMatchPathPrefix, "/"
	}
	return pathType(m.Path), value(m.Path.Value, "/")
}

// hasPrefix compares by whole path elements; a trailing slash of the prefix does not count.
func hasPrefix(path, prefix string) bool {
	prefix = strings.TrimSuffix(prefix, "/")
	return prefix == "" || path == prefix || strings.HasPrefix(path, prefix+"/")
}

// firstHeaders leaves out entries whose name another had before: only the first counts.
func firstHeaders(list []gatewayv1.HTTPHeaderMatch) []gatewayv1.HTTPHeaderMatch {
	var out []gatewayv1.HTTPHeaderMatch
	var seen []string
	for _, h := range list {
		if !containsFold(seen, string(h.Name)) {
			seen = append(seen, string(h.Name))
			out = append(out, h)
		}
	}
	return out
}

func containsFold(list []string, name string) bool {
	for _, s := range list {
		if strings.EqualFold(s, name) {
			return true
		}
	}
	return false
}

// firstParams is firstHeaders for query parameters, whose names are compared as they are.
func firstParams(list []gatewayv1.HTTPQueryParamMatch) []gatewayv1.HTTPQueryParamMatch {
	var out []gatewayv1.HTTPQueryParamMatch
	seen := map[gatewayv1.HTTPHeaderName]bool{}
	for _, q := range list {
		if !seen[q.Name] {
			seen[q.Name] = true
			out = append(out, q)
		}
	}
	return out
}
