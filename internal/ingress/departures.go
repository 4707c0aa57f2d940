package ingress

import (
	"regexp"
	"slices"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/kubestrata/kubestrata/internal/words"
)

// KeyOwnPaths is the assumption that a controller treats a path of type ImplementationSpecific as one of type Prefix, which
// networking/v1 HTTPIngressPath.PathType leaves to it.
const KeyOwnPaths = "implementation-specific-path"

// Choices are what controllers that are followed by the API's contract are known to do the other way: Request.Otherwise names
// one to have it so.
var Choices = []string{KeyOwnPaths, KeyOwnClass, KeyOwnHosts, KeyRuleOrder, KeyHostOwner}

// KeyOwnHosts is the assumption that a wildcard host stands for one label, as networking/v1 IngressRule.Host says. It is any
// number of them where the proxy itself takes it so: nginx (server names), Kong (wildcard hostnames), Envoy as Istio
// configures it (virtual hosts), haproxytech's (a map of suffixes), and the load balancers of AWS and Google (host rules).
const KeyOwnHosts = "wildcard-host"

var anyLabels = []Product{NginxInc, Kong, Istio, HAProxy, ALB, GCE}

// matchesHost compares a row's host by the API's contract, or, asked otherwise, as the controller's proxy does.
func (m *match) matchesHost(x *candidate) bool {
	contract := hostMatches(x.host, m.host)
	suffix, wild := strings.CutPrefix(x.host, "*")
	if contract || !wild || !slices.Contains(anyLabels, m.c.Product) || !strings.HasSuffix(m.host, suffix) || m.host == suffix {
		return contract
	}
	m.ownHosts = true
	return m.req.Otherwise == KeyOwnHosts
}

// otherClasses notes that the controller may take, or leave, an ingress of this host by the name of its class.
func (m *match) otherClasses() {
	if slices.ContainsFunc(m.list, func(x *candidate) bool { return x.named && hostMatches(x.host, m.host) }) {
		m.assume(KeyOwnClass, words.Say("ingress.fact.class.names"), "default", words.Say("ingress.fact.class"), true)
	}
}

// matchesPath compares a row's path by the API's contract, or, asked otherwise, in the controller's own way.
func (m *match) matchesPath(x *candidate) bool {
	contract := elementPath(x, m.path)
	own := contract
	switch {
	case x.kind == networkingv1.PathTypeImplementationSpecific:
		own = ownPath(m.c.Product, x.path, m.path)
	case m.c.Product == NginxInc && x.kind == networkingv1.PathTypePrefix, m.c.Product == AGIC && x.kind == networkingv1.PathTypePrefix:
		// A plain nginx location (F5 internal/configs/ingress.go generateIngressPath); a pattern that ends in a star
		// (AGIC pkg/appgw url_path_maps preparePathFromPathType): both by characters.
		own = strings.HasPrefix(m.path, x.path)
	}
	if re := pathRegex(x); re != "" && m.c.Product == NginxInc {
		return matchesExpression(re, m.path)
	}
	m.ownPaths = m.ownPaths || own != contract
	if m.req.Otherwise == KeyOwnPaths {
		return own
	}
	return contract
}

// pathRegex is the expression that an annotation of F5's controller makes of all paths of an ingress (docs, Ingresses path
// matching using path-regex annotation: location ~ "^/tea/[A-Z0-9]").
func pathRegex(x *candidate) string {
	path := x.path
	switch x.ing.Annotations["nginx.org/path-regex"] {
	case "case_sensitive":
		return "^" + path
	case "case_insensitive":
		return "(?i)^" + path
	case "exact":
		return "^" + regexp.QuoteMeta(path) + "$"
	}
	return ""
}

func matchesExpression(expression, path string) bool {
	re, err := regexp.Compile(expression)
	return err == nil && re.MatchString(path)
}

// glob makes a regular expression of a pattern whose wildcards are given.
func glob(pattern string, wildcards ...string) string {
	text := regexp.QuoteMeta(pattern)
	for i := 0; i+1 < len(wildcards); i += 2 {
		text = strings.ReplaceAll(text, regexp.QuoteMeta(wildcards[i]), wildcards[i+1])
	}
	return "^" + text + "$"
}

// ownPath is what the products' sources and documentation say of paths of type ImplementationSpecific. Load balancers of
// clouds take patterns: AWS (aws-load-balancer-controller pkg/ingress model_build_listener_rules.go buildPathPatterns: as
// written), Google (ingress2gateway pkg/i2gw/providers/gce: a final /* or the path as it is), Azure (as written). Istio
// (pilot/pkg/config/kube/ingress conversion.go createStringMatch) knows a final .* and /*, Cilium a regular expression (docs,
// Ingress path types), Contour one where it looks like one (internal/dag ingress_processor.go), Kong one after /~
// (internal/dataplane/translator/subtranslator ingress.go MaybePrependRegexPrefix). The others compare characters.
func ownPath(product Product, rule, path string) bool {
	switch product {
	case ALB:
		return matchesExpression(glob(rule, "*", ".*", "?", "."), path)
	case GCE, AGIC:
		prefix, all := strings.CutSuffix(rule, "*")
		return path == rule || all && (strings.HasPrefix(path, prefix) || product == GCE && path+"/" == prefix)
	case Istio:
		for _, end := range []string{".*", "/*"} {
			if prefix, ok := strings.CutSuffix(rule, end); ok {
				return strings.HasPrefix(path, prefix)
			}
		}
		return rule == path
	case Cilium:
		return matchesExpression("^(?:"+rule+")$", path)
	case Contour:
		if strings.ContainsAny(rule, "^+*[]%") {
			return matchesExpression("^(?:"+rule+")$", path)
		}
	case Kong:
		if expression, ok := strings.CutPrefix(rule, "/~"); ok {
			return matchesExpression("^(?:"+expression+")", path)
		}
	}
	return strings.HasPrefix(path, rule)
}

// stripped is what Kong leaves of a path of which it strips what matched.
func stripped(won *candidate, path string) string {
	rest := ""
	if won.kind != networkingv1.PathTypeExact {
		rest = strings.TrimPrefix(path, trimSlash(won.path))
	}
	if expression, ok := strings.CutPrefix(won.path, "/~"); ok && won.kind == networkingv1.PathTypeImplementationSpecific {
		if re, err := regexp.Compile("^(?:" + expression + ")"); err == nil {
			rest = re.ReplaceAllString(path, "")
		}
	}
	return "/" + strings.TrimPrefix(rest, "/")
}
