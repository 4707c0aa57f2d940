package oracle

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/service"
)

// TestNodeDoorsAgreeWithKubeProxy knocks, from outside, at the primary address of a node on every port that
// service.NodeDoors lists.
func TestNodeDoorsAgreeWithKubeProxy(t *testing.T) {
	quiet(t)
	for _, mode := range []service.Mode{service.IPTables, service.NFTables} {
		t.Run(string(mode), func(t *testing.T) {
			seen := map[string]int{}
			for i := range *worldFlag {
				seed := *seedFlag + uint64(i)
				w := newWorld(seed, mode)
				w.config.NodePortAddresses = service.NodePortAddresses{Default: true}
				j := newJudge(w)
				for _, door := range service.NodeDoors(j.view) {
					svc := j.view.Service(door.Service.Namespace, door.Service.Name)
					p, ok := knock(w, svc, door)
					if !ok {
						continue
					}
					a, err := j.ask(p)
					if err != nil {
						t.Fatalf("world %d, %s: %v", seed, p, err)
					}
					if slices.ContainsFunc(a.decision.Endpoints, func(c service.Choice) bool { return c.After != nil }) {
						continue // doors say nothing of what becomes of packets under their new address
					}
					want, got := doorAt(door, w.node), found(a.outcome, door, j.health(p))
					seen[want]++
					if want != got {
						t.Fatalf("world %d, %s: the door is said to be %s and is %s: %s\n%+v\n%s", seed, p, want, got, a.outcome, door, w)
					}
				}
			}
			t.Logf("seed %d: %v", *seedFlag, seen)
		})
	}
}

func knock(w *world, svc *corev1.Service, door service.Door) (probe, bool) {
	family := corev1.IPv6Protocol
	for _, text := range svc.Spec.ClusterIPs {
		if a, err := netip.ParseAddr(text); err == nil && a.Is4() {
			family = corev1.IPv4Protocol
		}
	}
	for _, a := range cluster.NodeAddrs(w.find(w.node)) {
		if familyOf(a) == family {
			outside := netip.MustParseAddr(pools[family].outside[1])
			return probe{src: outside, kind: service.FromOther, dst: netip.AddrPortFrom(a, uint16(door.Port)), protocol: door.Protocol}, true
		}
	}
	return probe{}, false
}

func doorAt(door service.Door, node string) string {
	switch {
	case slices.Contains(door.Nodes, node):
		return "open"
	case slices.Contains(door.Silent, node):
		return "silent"
	case door.Closed:
		return "refused"
	}
	return "without health"
}

func found(o outcome, door service.Door, status int) string {
	if door.Via == service.ViaHealthCheck {
		return map[int]string{200: "open", 503: "without health"}[status]
	}
	switch {
	case len(o.targets) > 0:
		return "open"
	case o.drop == 1:
		return "silent"
	case o.reject == 1:
		return "refused"
	}
	return fmt.Sprint(o)
}
