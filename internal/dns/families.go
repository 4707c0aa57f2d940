package dns

import (
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// sixServices is the key under which a View remembers whether any service has an IPv6 address.
type sixServices struct{}

// families are the record types that a client asks for: AAAA only where something here could be the answer. A client
// always asks both; a question that nothing can answer but "no record" would only lengthen what is shown.
func (c *Config) families(view *cluster.View) []string {
	c.once.Do(func() {
		c.types = []string{"A"}
		if hasSix(view) || c.singlesOut() || slices.ContainsFunc(c.ClusterDNS, netip.Addr.Is6) {
			c.types = []string{"A", "AAAA"}
		}
	})
	return c.types
}

type sixKey struct{}

func hasSix(view *cluster.View) bool {
	return view.Remember(sixKey{}, func() any { return findSix(view) }).(bool)
}

func findSix(view *cluster.View) bool {
	services := view.Derived(cluster.KindService, sixServices{}, func(list []cluster.Object) any {
		return slices.ContainsFunc(list, func(o cluster.Object) bool {
			s, ok := o.(*corev1.Service)
			return ok && (slices.ContainsFunc(serviceAddrs(s), netip.Addr.Is6) || slices.Contains(s.Spec.IPFamilies, corev1.IPv6Protocol))
		})
	})
	if six, ok := services.(bool); ok && six {
		return true
	}
	// Services without a declared family may have endpoints of any.
	for s := range view.AllSlices() {
		if s.AddressType == discoveryv1.AddressTypeIPv6 {
			return true
		}
	}
	for _, r := range view.Surroundings().Resolvers {
		for _, zone := range r.Zones {
			for _, value := range zone {
				if a, ok := cluster.ParseAddr(value); ok && a.Is6() {
					return true
				}
			}
		}
	}
	return false
}

// singlesOut reports whether the Corefile has answers of its own to questions for IPv6 addresses.
func (c *Config) singlesOut() bool {
	if c.Corefile == nil {
		return false
	}
	for i := range c.Corefile.Blocks {
		for _, d := range c.Corefile.Blocks[i].Directives {
			switch {
			case d.Name == "template" && len(d.Args) > 1 && strings.EqualFold(d.Args[1], "AAAA"):
				return true
			case d.Name == "template" || d.Name == "hosts":
				for _, o := range d.Block {
					a, ok := cluster.ParseAddr(o.Name)
					if ok && a.Is6() || o.Name == "answer" && strings.Contains(strings.ToUpper(strings.Join(o.Args, " ")), " AAAA ") {
						return true
					}
				}
			}
		}
	}
	return false
}
