package picture

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/policy"
	"github.com/kubestrata/kubestrata/internal/wire"
)

// classKey tells classes apart. The parts of a pod's row are shared between pods (see package cluster), so that their
// pointers stand for their values; two equal values behind two pointers only make two classes.
type classKey struct {
	namespace string
	owner     *cluster.Owner
	labels    *cluster.Labels
	shape     *cluster.Shape
}

// class is what pods of one template have in common.
type class struct {
	id    uint32
	key   classKey
	refs  int
	owner cluster.Owner // the Deployment where the pods belong to one of its replica sets
	ports []int32
	doors []cluster.ContainerPort // host ports, and all ports of a pod in the host's network
	role  string
	front *bool    // its pods may carry gateways; nil while nobody has asked
	in    []string // ids of policies
	out   []string
}

type classes struct {
	byKey       map[classKey]*class
	byID        map[uint32]*class
	byNamespace map[string]map[*class]bool
	next        uint32
}

func newClasses() classes {
	return classes{byKey: map[classKey]*class{}, byID: map[uint32]*class{}, byNamespace: map[string]map[*class]bool{}}
}

// The roles of pods that the map marks.
const (
	RoleIngressController = "ingress-controller"
	RoleGateway           = "gateway"
	RoleDNS               = "dns"
)

// acquireClass finds or makes the class of a pod and counts one more pod of it.
func (p *Picture) acquireClass(pod *cluster.Pod) *class {
	key := classKey{pod.Namespace, pod.Owner, pod.Labels, pod.Shape}
	c := p.classes.byKey[key]
	if c == nil {
		p.classes.next++
		c = &class{id: p.classes.next, key: key}
		c.owner = workload(pod)
		c.ports, c.doors = portsOf(pod.Shape)
		if pod.Labels.Get("k8s-app") == "kube-dns" || pod.Labels.Get("app.kubernetes.io/name") == "coredns" {
			c.role = RoleDNS
		}
		p.gates(c)
		p.classes.byKey[key], p.classes.byID[c.id] = c, c
		if p.classes.byNamespace[key.namespace] == nil {
			p.classes.byNamespace[key.namespace] = map[*class]bool{}
		}
		p.classes.byNamespace[key.namespace][c] = true
		p.putClass(c)
		p.due.controllers = true
	}
	c.refs++
	return c
}

func (p *Picture) releaseClass(c *class) {
	if c.refs--; c.refs > 0 {
		return
	}
	delete(p.classes.byKey, c.key)
	delete(p.classes.byID, c.id)
	delete(p.classes.byNamespace[c.key.namespace], c)
	if len(p.classes.byNamespace[c.key.namespace]) == 0 {
		delete(p.classes.byNamespace, c.key.namespace)
	}
	p.cards.drop(classCard(c.id))
}

func classCard(id uint32) string { return "class/" + strconv.FormatUint(uint64(id), 10) }

// gates finds the policies of all kinds that concern the pods of a class.
func (p *Picture) gates(c *class) {
	sample := &cluster.Pod{Namespace: c.key.namespace, Labels: c.key.labels, Shape: cmp.Or(c.key.shape, noShape), Phase: cluster.PhaseRunning}
	if p.book == nil {
		p.book = policy.NewBook(p.view)
	}
	c.in, c.out = ids(p.book.Guarding(sample, policy.Ingress)), ids(p.book.Guarding(sample, policy.Egress))
}

var noShape = &cluster.Shape{}

// ids names cards; nil for none.
func ids(refs []cluster.Ref) []string {
	var out []string
	for _, r := range refs {
		out = append(out, ID(r.Kind, r.Namespace, r.Name))
	}
	return out
}

func (p *Picture) putClass(c *class) {
	card := wire.Class{
		ID: c.id, Namespace: c.key.namespace, OwnerKind: c.owner.Kind, OwnerName: c.owner.Name,
		Labels: c.key.labels.String(), Ports: orEmpty(c.ports), Role: c.role, GateIn: c.in, GateOut: c.out,
	}
	if c.key.shape != nil {
		card.HostNetwork = c.key.shape.HostNetwork
		card.Containers = containersOf(c.key.shape)
	}
	p.cards.put(SectionClasses, classCard(c.id), card)
}

// workload is the owner as people name it. A replica set of a Deployment is named DEPLOYMENT-HASH and its pods carry the
// hash as a label (k8s.io/kubernetes pkg/controller/deployment/sync.go getNewReplicaSet), so no replica set need be
// looked up, and it does not matter which arrives first.
func workload(pod *cluster.Pod) cluster.Owner {
	if pod.Owner == nil {
		return cluster.Owner{}
	}
	o := *pod.Owner
	if hash := pod.Labels.Get("pod-template-hash"); o.Kind == "ReplicaSet" && hash != "" {
		if name, ok := strings.CutSuffix(o.Name, "-"+hash); ok && name != "" {
			return cluster.Owner{Namespace: o.Namespace, Kind: "Deployment", Name: name}
		}
	}
	return o
}

// portsOf lists the declared ports, each once, and those that open a door in the node.
func portsOf(s *cluster.Shape) (ports []int32, doors []cluster.ContainerPort) {
	if s == nil {
		return nil, nil
	}
	for _, c := range s.Containers {
		for _, port := range c.Ports {
			if !slices.Contains(ports, port.Port) {
				ports = append(ports, port.Port)
			}
			if s.HostNetwork {
				port.HostPort = port.Port
			}
			if port.HostPort != 0 {
				doors = append(doors, port)
			}
		}
	}
	slices.Sort(ports)
	return ports, doors
}

// mostContainers is how many containers of a pod the map names.
const mostContainers = 8

// containersOf names the containers of a pod, sidecars among them; nil for a single one, which says nothing new.
func containersOf(s *cluster.Shape) []string {
	if len(s.Containers) < 2 {
		return nil
	}
	var out []string
	for _, c := range s.Containers[:min(len(s.Containers), mostContainers)] {
		out = append(out, c.Name)
	}
	return out
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// ID names a card as the trace's `at` does.
func ID(kind cluster.Kind, namespace, name string) string {
	if namespace == "" {
		return string(kind) + "/" + name
	}
	return string(kind) + "/" + namespace + "/" + name
}
