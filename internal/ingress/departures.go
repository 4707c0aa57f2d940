package ingress

import (
	"regexp"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"
)

// KeyOwnPaths is the assumption that a controller treats a path of type ImplementationSpecific as one of type Prefix, which
// networking/v1 HTTPIngressPath.PathType leaves to it.
const KeyOwnPaths = "implementation-specific-path"

// Choices are what controllers that are followed by the API's contract are known to do the other way: Request.Otherwise names
// one to have it so.
var Choices = []string{KeyOwnPaths}

// matchesPath compares a row's path by the API's contract, or, asked otherwise, in the controller's own way where the type
// leaves it to that.
func (m *match) matchesPath(x *candidate) bool {
	contract := elementPath(x, m.path)
	if x.kind != networkingv1.PathTypeImplementationSpecific {
		return contract
	}
	own := ownPath(m.c.Product, x.path, m.path)
	m.ownPaths = m.ownPaths || own != contract
	if m.req.Otherwise == KeyOwnPaths {
		return own
	}
	return contract
}

// ownPath is what the products' documentation says of such paths: load balancers of clouds know patterns, Istio knows a
// final .*, Cilium reads a regular expression, the others compare characters.
func ownPath(product Product, rule, path string) bool {
	switch product {
	case ALB, GCE:
		pattern := strings.NewReplacer(`\*`, ".*", `\?`, ".").Replace(regexp.QuoteMeta(rule))
		re, err := regexp.Compile("^" + pattern + "$")
		return err == nil && re.MatchString(path)
	case Istio:
		if prefix, ok := strings.CutSuffix(rule, ".*"); ok {
			return strings.HasPrefix(path, prefix)
		}
		return rule == path
	case Cilium:
		re, err := regexp.Compile("^(?:" + rule + ")$")
		return err == nil && re.MatchString(path)
	}
	return strings.HasPrefix(path, rule)
}
