// Package fill writes a large and realistic cluster: what controllers, the scheduler and kubelets would have
// written over days is written at once, before any of them runs, so that they find everything in order.
package fill

import (
	"fmt"
	"net/netip"

	"github.com/kubestrata/kubestrata/testbed/nodes"
)

// Size is how much to write.
type Size struct {
	Nodes, Pods, Services int
}

// podsPerNode is a kubelet's usual limit.
const podsPerNode = 110

// A workload is one Deployment with its ReplicaSet and pods.
type workload struct {
	namespace string
	// app is shared by the workloads of one service; name and version are the workload's own.
	app, name, version string
	replicas           int
	// firstPod is the number of its first pod among all pods.
	firstPod int
}

// A service selects the workloads of one app.
type service struct {
	namespace, name string
	// app is what it selects. Nothing has this label if the service selects nothing.
	app       string
	kind      serviceKind
	endpoints int
}

type serviceKind int

const (
	clusterIP serviceKind = iota
	headless
	nodePort
	loadBalancer
	pendingLoadBalancer
)

// A plan is everything to write, as numbers and names. The same size gives the same plan.
type plan struct {
	size       Size
	podNetwork netip.Prefix
	namespaces []string
	workloads  []workload
	services   []service
}

// spread is how much larger some workloads are than others, over and over.
var spread = []int{1, 2, 1, 3, 1, 5, 2, 1, 8, 2}

func newPlan(size Size, podNetwork netip.Prefix) (*plan, error) {
	if size.Nodes < 0 || size.Pods < 0 || size.Services < 0 {
		return nil, fmt.Errorf("fill with %d nodes, %d pods, %d services: none may be negative", size.Nodes, size.Pods, size.Services)
	}
	if size.Pods > size.Nodes*podsPerNode {
		return nil, fmt.Errorf("fill with %d pods: %d nodes have room for %d, ask for at least %d nodes",
			size.Pods, size.Nodes, size.Nodes*podsPerNode, (size.Pods+podsPerNode-1)/podsPerNode)
	}
	if size.Nodes > 0 {
		if _, ok := nodes.Range(podNetwork, size.Nodes-1); !ok {
			return nil, fmt.Errorf("fill with %d nodes: the pod network %s has no room for them", size.Nodes, podNetwork)
		}
	}
	p := &plan{size: size, podNetwork: podNetwork}
	p.addServices()
	p.addWorkloads()
	p.countEndpoints()
	return p, nil
}

func (p *plan) addServices() {
	const perNamespace = 25
	for i := range max(1, (p.size.Services+perNamespace-1)/perNamespace) {
		p.namespaces = append(p.namespaces, fmt.Sprintf("team-%02d", i+1))
	}
	for i := range p.size.Services {
		s := service{
			namespace: p.namespaces[i%len(p.namespaces)],
			name:      fmt.Sprintf("%s-%d", appNames[i%len(appNames)], i+1),
		}
		s.app = s.name
		switch {
		case i%100 == 99:
			s.app = s.name + "-nothing"
		case i%40 == 13:
			s.kind = pendingLoadBalancer
		case i%40 == 33:
			s.kind = loadBalancer
		case i%20 == 3:
			s.kind = nodePort
		case i%10 == 7:
			s.kind = headless
		}
		p.services = append(p.services, s)
	}
}

var appNames = []string{"web", "api", "cart", "search", "auth", "orders", "billing", "db", "cache", "mail", "feed", "images"}

func (p *plan) addWorkloads() {
	for i, s := range p.services {
		p.workloads = append(p.workloads, workload{namespace: s.namespace, app: s.name, name: s.name, version: "v1"})
		// Every tenth service is in the middle of a release: two Deployments stand behind it.
		if i%10 == 4 {
			p.workloads = append(p.workloads, workload{namespace: s.namespace, app: s.name, name: s.name + "-canary", version: "v2"})
		}
		// Every fifteenth workload is called by nobody.
		if i%15 == 8 {
			name := fmt.Sprintf("worker-%d", i+1)
			p.workloads = append(p.workloads, workload{namespace: s.namespace, app: name, name: name, version: "v1"})
		}
	}
	const withoutServices = 20
	if len(p.services) == 0 && p.size.Pods > 0 {
		for i := range (p.size.Pods + withoutServices - 1) / withoutServices {
			name := fmt.Sprintf("worker-%d", i+1)
			p.workloads = append(p.workloads, workload{namespace: p.namespaces[i%len(p.namespaces)], app: name, name: name, version: "v1"})
		}
	}
	p.deal()
}

// deal gives the pods to the workloads, more to some than to others, one to each as long as they last.
func (p *plan) deal() {
	left := p.size.Pods
	for round := 0; left > 0; round++ {
		for i := range p.workloads {
			n := min(left, 1)
			if round > 0 {
				n = min(left, spread[i%len(spread)])
			}
			p.workloads[i].replicas += n
			left -= n
		}
	}
	first := 0
	for i := range p.workloads {
		p.workloads[i].firstPod = first
		first += p.workloads[i].replicas
	}
}

func (p *plan) countEndpoints() {
	type key struct{ namespace, app string }
	pods := map[key]int{}
	for _, w := range p.workloads {
		pods[key{w.namespace, w.app}] += w.replicas
	}
	for i := range p.services {
		s := &p.services[i]
		s.endpoints = pods[key{s.namespace, s.app}]
	}
}

// endpoints is how many the EndpointSlices of all services hold together.
func (p *plan) endpoints() int {
	n := 0
	for _, s := range p.services {
		n += s.endpoints
	}
	return n
}

// place says on which node the i-th of all pods runs, and its address there.
//
// Addresses are given from the end of the node's range down: KWOK gives them from the beginning up
// to pods that come later, and does not look for those that were there before.
func (p *plan) place(i int) (node int, address netip.Addr) {
	node = i % p.size.Nodes
	r, _ := nodes.Range(p.podNetwork, node)
	a := r.Addr().As4()
	a[3] = byte(254 - i/p.size.Nodes)
	return node, netip.AddrFrom4(a)
}
