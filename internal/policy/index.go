package policy

import (
	"slices"

	networkingv1 "k8s.io/api/networking/v1"
	"sigs.k8s.io/network-policy-api/apis/v1alpha1"
	"sigs.k8s.io/network-policy-api/apis/v1alpha2"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// rules are the NetworkPolicies of one revision, found by namespace and by a label that the selected pods carry.
type rules struct {
	spaces map[string]*space
}

// space holds the policies of one namespace.
type space struct {
	all     []*guard                   // by name
	byLabel map[cluster.Label][]*guard // those whose selector asks for this label
	rest    []*guard                   // those whose selector asks for no label in particular
}

type rulesKey struct{}
type adminKey struct{}
type spacesKey struct{}

// rulesOf are the compiled NetworkPolicies of a View, made once for as long as they stay the same.
func rulesOf(view *cluster.View) *rules {
	return view.Derived(cluster.KindNetworkPolicy, rulesKey{}, func(list []cluster.Object) any {
		out := &rules{spaces: map[string]*space{}}
		for _, o := range list {
			out.put(compileNetworkPolicy(o.(*networkingv1.NetworkPolicy)))
		}
		return out
	}).(*rules)
}

func (r *rules) put(g *guard) {
	s := r.spaces[g.subject.namespace]
	if s == nil {
		s = &space{byLabel: map[cluster.Label][]*guard{}}
		r.spaces[g.subject.namespace] = s
	}
	s.all = append(s.all, g)
	if l, ok := g.subject.pods.handle(); ok {
		s.byLabel[l] = append(s.byLabel[l], g)
		return
	}
	s.rest = append(s.rest, g)
}

// selecting are the policies of a namespace whose selector matches, by name.
func (r *rules) selecting(namespace string, have *cluster.Labels) []*guard {
	s := r.spaces[namespace]
	if s == nil {
		return nil
	}
	var out []*guard
	add := func(list []*guard) {
		for _, g := range list {
			if g.subject.pods.matches(have) {
				out = append(out, g)
			}
		}
	}
	for _, l := range have.All() {
		add(s.byLabel[l])
	}
	add(s.rest)
	slices.SortFunc(out, compareGuards)
	return out
}

// admins are the policies of the tiers Admin and Baseline, in the order in which they are asked.
type admins struct{ admin, baseline []*guard }

// adminKinds are the kinds of the tiers Admin and Baseline.
var adminKinds = []cluster.Kind{cluster.KindAdminNetworkPolicy, cluster.KindBaselineAdminNetworkPolicy, cluster.KindClusterNetworkPolicy}

// adminGuards are the compiled policies of one of adminKinds, made once for as long as they stay the same.
func adminGuards(view *cluster.View, kind cluster.Kind) []*guard {
	return view.Derived(kind, adminKey{}, func(list []cluster.Object) any {
		out := make([]*guard, 0, len(list))
		for _, o := range list {
			switch o := o.(type) {
			case *v1alpha1.AdminNetworkPolicy:
				out = append(out, compileAdmin(o))
			case *v1alpha1.BaselineAdminNetworkPolicy:
				out = append(out, compileBaseline(o))
			case *v1alpha2.ClusterNetworkPolicy:
				out = append(out, compileCluster(o))
			}
		}
		return out
	}).([]*guard)
}

func adminsOf(view *cluster.View) admins {
	var out admins
	for _, kind := range adminKinds {
		for _, g := range adminGuards(view, kind) {
			switch g.tier {
			case TierAdmin:
				out.admin = append(out.admin, g)
			case TierBaseline:
				out.baseline = append(out.baseline, g)
			}
		}
	}
	slices.SortFunc(out.admin, compareGuards)
	slices.SortFunc(out.baseline, compareGuards)
	return out
}

// spaceLabels are the labels of namespaces as selectors see them. Every namespace carries its name as the label
// kubernetes.io/metadata.name: the API server writes it, so it also holds for namespaces from files and for those that
// may not be read.
type spaceLabels map[string]*spaceLabel

type spaceLabel struct {
	labels *cluster.Labels
	// shown says that somebody wrote this namespace down; one that was only made up so that pods have somewhere to be may
	// have labels that nobody told.
	shown   bool
	version string
}

// annotationSimulated marks what nobody gave (package simulate).
const annotationSimulated = "kubestrata.io/simulated"

func spaceLabelsOf(view *cluster.View) spaceLabels {
	return view.Derived(cluster.KindNamespace, spacesKey{}, func(list []cluster.Object) any {
		out := make(spaceLabels, len(list))
		for _, o := range list {
			ns := o.(*corev1.Namespace)
			all := map[string]string{}
			for k, v := range ns.Labels {
				all[k] = v
			}
			all[corev1.LabelMetadataName] = ns.Name
			out[ns.Name] = &spaceLabel{cluster.NewLabels(all), ns.Annotations[annotationSimulated] == "", ns.ResourceVersion}
		}
		return out
	}).(spaceLabels)
}

// Selecting returns the NetworkPolicies that isolate a pod for ingress and for egress, by name. A pod that has ended has
// no address to guard, so no policy selects it.
func Selecting(view *cluster.View, pod *cluster.Pod) (in, out []*networkingv1.NetworkPolicy) {
	if pod.Done() {
		return nil, nil
	}
	for _, g := range rulesOf(view).selecting(pod.Namespace, pod.Labels) {
		np, ok := view.Get(cluster.KindNetworkPolicy, g.ref.Namespace, g.ref.Name).(*networkingv1.NetworkPolicy)
		if !ok {
			continue
		}
		if g.side(Ingress).applies {
			in = append(in, np)
		}
		if g.side(Egress).applies {
			out = append(out, np)
		}
	}
	return in, out
}
