package dns

import (
	"net/netip"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/labels"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// isReverse follows plugin/pkg/dnsutil IsReverse, for which the zones of all addresses themselves are none.
func isReverse(name string) bool {
	return strings.HasSuffix(name, ".in-addr.arpa.") || strings.HasSuffix(name, ".ip6.arpa.")
}

// reverse follows serviceRecordForIP: the service whose cluster IP it is, else every ready endpoint with the address.
func (k *kubernetesPlugin) reverse(view *cluster.View, addr netip.Addr) []string {
	zone := "cluster.local."
	for _, z := range k.zones {
		if !isReverse(z) {
			zone = z
			break
		}
	}
	shown := func(ns string) bool {
		var ignored Answer
		return len(k.namespaces) == 0 || k.exposed(view, ns, &ignored)
	}
	for _, s := range view.ServicesWithAddr(addr) {
		if slices.Contains(serviceAddrs(s), addr) && shown(s.Namespace) && (k.selector == nil || k.selector.Matches(labels.Set(s.Labels))) {
			return []string{s.Name + "." + s.Namespace + ".svc." + zone}
		}
	}
	if k.noEndpoints {
		return nil
	}
	var out []string
	for s := range view.AllSlices() {
		if s.Service == "" || !shown(s.Namespace) || !k.selects(view, s) {
			continue
		}
		for i := range s.Endpoints {
			e := &s.Endpoints[i]
			name := k.endpointName(e) + "." + s.Service + "." + s.Namespace + ".svc." + zone
			if e.Addr == addr && e.Ready && !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	slices.Sort(out)
	return out
}

// selects says whether the plugin's labels let it see a slice. The controllers give slices their service's labels; others
// are not kept.
func (k *kubernetesPlugin) selects(view *cluster.View, s *cluster.Slice) bool {
	if k.selector == nil {
		return true
	}
	var have labels.Set
	if svc := view.Service(s.Namespace, s.Service); svc != nil {
		have = svc.Labels
	}
	return k.selector.Matches(have)
}
