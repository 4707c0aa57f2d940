// Package worlds makes clusters at random for the data plane to carry, and requests to send in them.
package worlds

import (
	"fmt"
	"math/rand/v2"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
)

// A World is what one namespace holds.
type World struct {
	Namespace string
	Pods      []*Pod
	Services  []*corev1.Service
	// Addresses are the load-balancer addresses to write into the status of services, by service.
	Addresses map[string][]corev1.LoadBalancerIngress
	// Slices belong to services without selector. Their endpoints name pods; Address says which address each gets.
	Slices []*Slice
}

// A Pod is what a pod is, and what in it listens.
type Pod struct {
	Name        string
	Node        int
	HostNetwork bool
	Ready       bool
	Labels      map[string]string
	Hostname    string
	Subdomain   string
	// Named are its declared ports; what is declared also listens, unless it is in Closed.
	Named  map[string]int32
	UDP    int32
	Closed bool
}

// A Slice is an EndpointSlice whose endpoints are pods that may have no address yet: one for each endpoint.
type Slice struct {
	*discoveryv1.EndpointSlice
	Of []*Pod
}

type generator struct {
	*rand.Rand
	*World
	nodes    int
	nodePort int32
	taken    map[string]bool // addresses that one service has
}

// New makes the world of a seed, for this many nodes. Node ports are taken from firstPort on.
func New(seed uint64, nodes int, firstPort int32) *World {
	g := &generator{
		Rand:     rand.New(rand.NewPCG(seed, 7)),
		World:    &World{Namespace: fmt.Sprintf("world-%d", seed), Addresses: map[string][]corev1.LoadBalancerIngress{}},
		nodes:    nodes,
		nodePort: firstPort,
		taken:    map[string]bool{},
	}
	g.addPods()
	for i := range 16 {
		g.addService(i + 1)
	}
	return g.World
}

func pick[T any](g *generator, from ...T) T { return from[g.IntN(len(from))] }

func (g *generator) chance(share float64) bool { return g.Float64() < share }

// addPods makes two clients that are no endpoints of anything, and the pods that services may select.
func (g *generator) addPods() {
	for i := range g.nodes {
		g.Pods = append(g.Pods, &Pod{
			Name: fmt.Sprintf("client-%d", i+1), Node: i, Ready: true,
			Labels: map[string]string{"app": "client"}, Named: map[string]int32{"http": 8080},
		})
	}
	for i := range 7 {
		p := &Pod{
			Name: fmt.Sprintf("pod-%d", i+1), Node: g.IntN(g.nodes), Ready: g.chance(0.75),
			Labels: map[string]string{"app": pick(g, "a", "a", "b", "c")},
			Named:  map[string]int32{"http": pick(g, int32(8080), 8080, 8081), "alt": 9090},
			UDP:    5353,
			Closed: g.chance(0.1),
		}
		switch {
		case i == 6:
			// On the node's own address, on ports that nothing else of the node has.
			p.HostNetwork, p.Ready, p.Closed = true, true, false
			p.Named, p.UDP = map[string]int32{"http": 18080}, 15353
		case g.chance(0.4):
			p.Hostname, p.Subdomain = p.Name, "headless"
		}
		g.Pods = append(g.Pods, p)
	}
}

// Object is the pod as it is created.
func (p *Pod) Object(namespace, node string) *corev1.Pod {
	var ports []corev1.ContainerPort
	for _, name := range []string{"http", "alt"} {
		if number := p.Named[name]; number != 0 {
			ports = append(ports, corev1.ContainerPort{Name: name, ContainerPort: number})
		}
	}
	if p.UDP != 0 {
		ports = append(ports, corev1.ContainerPort{Name: "dns", ContainerPort: p.UDP, Protocol: corev1.ProtocolUDP})
	}
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: p.Name, Labels: p.Labels},
		Spec: corev1.PodSpec{
			NodeName: node, HostNetwork: p.HostNetwork, Hostname: p.Hostname, Subdomain: p.Subdomain,
			TerminationGracePeriodSeconds: ptr.To(int64(0)),
			Containers:                    []corev1.Container{{Name: "echo", Image: "registry.example.com/echo:v1", Ports: ports}},
		},
	}
}
