// Package simulate does what the controllers of a cluster would do, for objects that come without one: Deployments get
// their pods, pods a node and an address, services an address and their endpoints. It is pure: the same objects and the
// same memory give the same result, to the byte.
package simulate

import (
	"maps"
	"net/netip"
	"slices"
	"time"

	discoveryv1 "k8s.io/api/discovery/v1"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/surroundings"
)

// Annotations that simulate reads or writes.
const (
	// AnnotationSimulated marks objects that nobody gave: a reader of their YAML must not take them for facts.
	AnnotationSimulated = cluster.AnnotationSimulated
	// AnnotationPods on a workload says where its first pods are, one per line or comma: SUFFIX NODE IP [unready]. A
	// dash leaves a word to the simulation.
	AnnotationPods = "kubestrata.io/pods"
	// AnnotationHash on a Deployment is its pod-template-hash, for worlds that repeat names from elsewhere.
	AnnotationHash = "kubestrata.io/pod-template-hash"
)

// Options say what the simulation works with besides the objects.
type Options struct {
	Surroundings *surroundings.Surroundings // load balancers' addresses and the networks' ranges; may be nil
	Now          time.Time                  // creation time of what is made from here on
	DNS          bool                       // add a cluster DNS where the objects bring none of their own
	Mark         bool                       // put AnnotationSimulated on what is made
}

// PodState holds a pod back from what it would become by itself.
type PodState int

// A pod is Ready unless it is held.
const (
	PodReady PodState = iota
	PodPending
	PodUnready
)

// Memory is what a cluster remembers between two settlings, so that names and addresses stay when other objects come and
// go. The zero value is a cluster's beginning.
type Memory struct {
	places     map[cluster.Key]place        // where pods are
	last       map[string]netip.Addr        // the last address given out, by node and range
	services   map[cluster.Key][]netip.Addr // cluster IPs
	ports      map[portKey]int32            // node ports
	generation map[slot]int                 // how often the pod of a slot was replaced
	born       map[cluster.Ref]time.Time
	held       map[cluster.Key]PodState
}

type place struct {
	node string
	ips  []netip.Addr
}

// slot is one of an owner's replicas.
type slot struct {
	kind            cluster.Kind
	namespace, name string
	index           string
}

type portKey struct {
	namespace, service, port string
}

func (m Memory) clone() Memory {
	return Memory{
		places: copied(m.places), last: copied(m.last), services: copied(m.services), ports: copied(m.ports),
		generation: copied(m.generation), born: copied(m.born), held: copied(m.held),
	}
}

func copied[K comparable, V any](m map[K]V) map[K]V {
	if m == nil {
		return map[K]V{}
	}
	return maps.Clone(m)
}

// settling is one run of all controllers over all objects.
type settling struct {
	Options
	m       Memory
	objects map[cluster.Ref]cluster.Object
	given   map[cluster.Ref]bool
	slots   map[cluster.Key]slot // which slot a made pod fills
	ranges  ranges
	owners  owners
	plugin  map[string][]netip.Prefix // ranges for the pods of nodes that have none of their own
}

// Result is a settled cluster.
type Result struct {
	Objects []cluster.Object // sorted by kind, namespace and name; the caller's to change
	Memory  Memory
	slots   map[cluster.Key]slot
}

// Settle completes the objects and adds what follows from them. What is given stays as it is: status that is there is
// kept, and pods, ReplicaSets and EndpointSlices that are there are not made again. The objects are not changed.
func Settle(objects []cluster.Object, o Options, m Memory) Result {
	s := &settling{
		Options: o, m: m.clone(), objects: map[cluster.Ref]cluster.Object{}, given: map[cluster.Ref]bool{},
		slots: map[cluster.Key]slot{}, plugin: map[string][]netip.Prefix{},
	}
	if s.Surroundings == nil {
		s.Surroundings = &surroundings.Surroundings{}
	}
	for _, object := range objects {
		if cluster.KindOf(object) == "" {
			continue
		}
		ref := cluster.Ref{Kind: cluster.KindOf(object), Namespace: object.GetNamespace(), Name: object.GetName()}
		s.objects[ref] = object.DeepCopyObject().(cluster.Object)
		s.given[ref] = true
	}
	s.defaults()
	s.ranges = s.findRanges()
	if o.DNS {
		s.addDNS()
	}
	s.nodes()
	s.workloads()
	s.pods()
	s.statuses()
	s.services()
	s.endpoints()
	s.namespaces()
	s.identities()
	s.forget()
	return Result{Objects: s.sorted(), Memory: s.m, slots: s.slots}
}

// list returns the objects of a kind, sorted.
func list[T cluster.Object](s *settling, kind cluster.Kind) []T {
	var out []T
	for ref, o := range s.objects {
		if ref.Kind == kind {
			out = append(out, o.(T))
		}
	}
	slices.SortFunc(out, func(a, b T) int {
		return cluster.Key{Namespace: a.GetNamespace(), Name: a.GetName()}.Compare(cluster.Key{Namespace: b.GetNamespace(), Name: b.GetName()})
	})
	return out
}

// make adds an object that nobody gave; one that is there already wins.
func (s *settling) make(o cluster.Object) {
	ref := cluster.Ref{Kind: cluster.KindOf(o), Namespace: o.GetNamespace(), Name: o.GetName()}
	if s.objects[ref] != nil {
		return
	}
	if s.Mark {
		a := o.GetAnnotations()
		if a == nil {
			a = map[string]string{}
		}
		a[AnnotationSimulated] = "true"
		o.SetAnnotations(a)
	}
	s.objects[ref] = o
}

func (s *settling) sorted() []cluster.Object {
	refs := sortedRefs(s.objects)
	out := make([]cluster.Object, len(refs))
	for i, ref := range refs {
		out[i] = s.objects[ref]
	}
	return out
}

// namespaces adds those that objects stand in and those that every cluster has, with the label by which policies name
// them (k8s.io/kubernetes pkg/registry/core/namespace: the API server sets it on every namespace).
func (s *settling) namespaces() {
	names := map[string]bool{"default": true, "kube-system": true}
	for ref := range s.objects {
		if ref.Namespace != "" {
			names[ref.Namespace] = true
		}
	}
	for name := range names {
		n := &corev1.Namespace{}
		n.Name = name
		s.make(n)
	}
	for _, n := range list[*corev1.Namespace](s, cluster.KindNamespace) {
		if n.Labels == nil {
			n.Labels = map[string]string{}
		}
		n.Labels[corev1.LabelMetadataName] = n.Name
		if n.Status.Phase == "" {
			n.Status.Phase = corev1.NamespaceActive
		}
	}
}

// identities gives every object a UID and a creation time that stay the same.
func (s *settling) identities() {
	for ref, o := range s.objects {
		if o.GetUID() == "" {
			o.SetUID(uidFor(ref))
		}
		if t := o.GetCreationTimestamp(); t.IsZero() && !s.Now.IsZero() {
			if _, ok := s.m.born[ref]; !ok {
				s.m.born[ref] = s.Now
			}
			o.SetCreationTimestamp(metaTime(s.m.born[ref]))
		}
	}
	for _, o := range s.objects {
		owners := o.GetOwnerReferences()
		for i := range owners {
			if owners[i].UID != "" {
				continue
			}
			owner := s.objects[cluster.Ref{Kind: cluster.Kind(owners[i].Kind), Namespace: o.GetNamespace(), Name: owners[i].Name}]
			if owner != nil {
				owners[i].UID = owner.GetUID()
			}
		}
		o.SetOwnerReferences(owners)
	}
	for _, slice := range list[*discoveryv1.EndpointSlice](s, cluster.KindEndpointSlice) {
		for i := range slice.Endpoints {
			t := slice.Endpoints[i].TargetRef
			if t == nil || t.Kind != "Pod" || t.UID != "" {
				continue
			}
			if pod := s.objects[cluster.Ref{Kind: cluster.KindPod, Namespace: t.Namespace, Name: t.Name}]; pod != nil {
				t.UID = pod.GetUID()
			}
		}
	}
}

// forget drops what is remembered of objects that are gone, so that their addresses become free.
func (s *settling) forget() {
	for key := range s.m.places {
		if s.objects[cluster.Ref{Kind: cluster.KindPod, Namespace: key.Namespace, Name: key.Name}] == nil {
			delete(s.m.places, key)
			delete(s.m.held, key)
		}
	}
	for key := range s.m.services {
		if s.objects[cluster.Ref{Kind: cluster.KindService, Namespace: key.Namespace, Name: key.Name}] == nil {
			delete(s.m.services, key)
		}
	}
	for key := range s.m.ports {
		if s.objects[cluster.Ref{Kind: cluster.KindService, Namespace: key.namespace, Name: key.service}] == nil {
			delete(s.m.ports, key)
		}
	}
	for ref := range s.m.born {
		if s.objects[ref] == nil {
			delete(s.m.born, ref)
		}
	}
}
