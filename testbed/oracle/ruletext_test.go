package oracle

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"

	"github.com/kubestrata/kubestrata/internal/service"
)

// A rule that is called exact and is not there must be found, whatever part of it is wrong.
func TestARuleThatIsNotThereIsFound(t *testing.T) {
	quiet(t)
	for _, mode := range []service.Mode{service.IPTables, service.NFTables} {
		t.Run(string(mode), func(t *testing.T) {
			asked := 0
			for seed := uint64(1); asked < 200 && seed < 2000; seed++ {
				w := newWorld(seed, mode)
				j := newJudge(w)
				for _, p := range newProbes(seed, w, 20) {
					a, err := j.ask(p)
					if err != nil {
						t.Fatal(err)
					}
					if !a.decision.Exact || a.decision.RuleText == "" {
						continue
					}
					asked++
					for _, change := range [][2]string{{"10.96.7.", "10.96.8."}, {"fd00:96::7:", "fd00:96::8:"}, {"KUBE-SVC-", "KUBE-SVC-X"}, {"service-", "service-x"}, {"shop/", "stop/"}, {"default/", "fault/"}} {
						lie := a.decision
						lie.RuleText = strings.ReplaceAll(lie.RuleText, change[0], change[1])
						if lie.RuleText != a.decision.RuleText && j.compareText(p, &lie).lie == "" {
							t.Errorf("world %d, %s: nobody misses\\n%s", seed, p, lie.RuleText)
						}
					}
				}
			}
			if asked < 200 {
				t.Errorf("only %d rules were exact", asked)
			}
		})
	}
}

// With more than 1000 endpoints kube-proxy leaves comments away, and the rules shown have none either.
func TestRulesOfALargeCluster(t *testing.T) {
	quiet(t)
	for _, count := range []int{500, 501} { // of endpoints, with two ports each
		w := newWorld(1, service.IPTables)
		w.config.Detector = service.DetectNone
		w.services, w.slices = w.services[:1], nil
		s := w.services[0]
		s.Namespace, s.Name, s.Labels = "shop", "large", nil
		s.Spec = corev1.ServiceSpec{
			Type: corev1.ServiceTypeClusterIP, ClusterIP: "10.96.7.1", ClusterIPs: []string{"10.96.7.1"}, IPFamilies: []corev1.IPFamily{corev1.IPv4Protocol},
			Ports: []corev1.ServicePort{{Name: "a", Port: 80, Protocol: corev1.ProtocolTCP}, {Name: "b", Port: 81, Protocol: corev1.ProtocolTCP}},
		}
		slice := &discoveryv1.EndpointSlice{AddressType: discoveryv1.AddressTypeIPv4}
		slice.Namespace, slice.Name, slice.Labels = "shop", "large-1", map[string]string{discoveryv1.LabelServiceName: "large"}
		for _, p := range s.Spec.Ports {
			slice.Ports = append(slice.Ports, discoveryv1.EndpointPort{Name: &p.Name, Port: &p.Port, Protocol: &p.Protocol})
		}
		for i := range count {
			slice.Endpoints = append(slice.Endpoints, discoveryv1.Endpoint{Addresses: []string{fmt.Sprintf("10.244.%d.%d", 100+i/200, 1+i%200)}})
		}
		w.slices = []*discoveryv1.EndpointSlice{slice}
		j := newJudge(w)
		p := probe{src: netip.MustParseAddr("10.244.1.9"), kind: service.FromOther, dst: netip.MustParseAddrPort("10.96.7.1:80"), protocol: corev1.ProtocolTCP}
		a, err := j.ask(p)
		if err != nil || a.differ != "" || !a.decision.Exact {
			t.Fatalf("%d endpoints: exact %v, %s %v", count, a.decision.Exact, a.differ, err)
		}
		if commented := strings.Contains(a.decision.Endpoints[0].RuleText, "--comment"); commented != (2*count <= 1000) {
			t.Errorf("%d endpoints of service ports: comments %v", 2*count, commented)
		}
	}
}
