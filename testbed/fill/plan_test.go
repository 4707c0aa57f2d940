package fill

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/kubestrata/kubestrata/testbed/nodes"
)

func TestPlanHasExactlyWhatIsAskedFor(t *testing.T) {
	for _, size := range []Size{
		{Nodes: 1},
		{Nodes: 1, Pods: 1},
		{Nodes: 2, Pods: 5, Services: 20},
		{Nodes: 3, Services: 2},
		{Nodes: 10, Pods: 200, Services: 20},
		{Nodes: 10, Pods: 1100, Services: 20},
		{Nodes: 1000, Pods: 30000, Services: 2000},
		{Nodes: 5000, Pods: 150000, Services: 10000},
	} {
		p, err := newPlan(size, netip.MustParsePrefix("10.128.0.0/9"))
		if err != nil {
			t.Errorf("%+v: %v", size, err)
			continue
		}
		pods := 0
		names := map[string]bool{}
		for _, w := range p.workloads {
			if w.firstPod != pods {
				t.Errorf("%+v: the first pod of %s is number %d, want %d", size, w.name, w.firstPod, pods)
			}
			pods += w.replicas
			if name := w.namespace + "/" + w.name; names[name] {
				t.Errorf("%+v: two Deployments are called %s", size, name)
			} else {
				names[name] = true
			}
		}
		if pods != size.Pods || len(p.services) != size.Services {
			t.Errorf("%+v: it has %d pods and %d services", size, pods, len(p.services))
		}
	}
}

func TestPodsHaveDifferentAddressesInTheRangeOfTheirNode(t *testing.T) {
	network := netip.MustParsePrefix("10.244.0.0/16")
	p, err := newPlan(Size{Nodes: 7, Pods: 7 * podsPerNode, Services: 30}, network)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[netip.Addr]bool{}
	perNode := map[int]int{}
	for i := range p.size.Pods {
		node, address := p.place(i)
		if r, _ := nodes.Range(network, node); !r.Contains(address) {
			t.Fatalf("pod %d on node %d has the address %s, which is not in %s", i, node, address, r)
		}
		if seen[address] {
			t.Fatalf("two pods have the address %s", address)
		}
		seen[address] = true
		perNode[node]++
	}
	for node, n := range perNode {
		if n > podsPerNode {
			t.Errorf("node %d has %d pods", node, n)
		}
	}
}

func TestPlanThatDoesNotFitSaysWhatWould(t *testing.T) {
	for _, test := range []struct {
		size Size
		says string
	}{
		{Size{Nodes: 1, Pods: 111}, "at least 2 nodes"},
		{Size{Nodes: 0, Pods: 1}, "at least 1 nodes"},
		{Size{Nodes: 257}, "no room"},
		{Size{Nodes: -1}, "negative"},
	} {
		_, err := newPlan(test.size, netip.MustParsePrefix("10.244.0.0/16"))
		if err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%+v: the error is %v, want it to say %q", test.size, err, test.says)
		}
	}
}

func TestServicesAreOfManyKinds(t *testing.T) {
	p, err := newPlan(Size{Nodes: 100, Pods: 3000, Services: 200}, netip.MustParsePrefix("10.244.0.0/16"))
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[serviceKind]int{}
	nothing := 0
	for _, s := range p.services {
		kinds[s.kind]++
		if s.endpoints == 0 {
			nothing++
		}
	}
	for kind := clusterIP; kind <= pendingLoadBalancer; kind++ {
		if kinds[kind] == 0 {
			t.Errorf("no service is of kind %d", kind)
		}
	}
	if nothing != 2 {
		t.Errorf("%d services select nothing, want 2", nothing)
	}
}

func TestPodsOfOneReplicaSetHaveDifferentNames(t *testing.T) {
	seen := map[string]bool{}
	for i := range 10_000 {
		s := suffix(i)
		if seen[s] {
			t.Fatalf("two pods end in %s", s)
		}
		seen[s] = true
	}
}
