// Package firststeps proposes what somebody new may ask next: a request by a name, one from outside, and what breaks the
// one that they saw. Each is found among what the cluster has and traced before it is offered, so that it shows what it
// promises; where nothing fits, nothing is offered. It is pure: same View, same answer.
package firststeps

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/recipes"
	"github.com/kubestrata/kubestrata/internal/trace"
	"github.com/kubestrata/kubestrata/internal/whatif"
)

// Schema names the form of the answer. It changes when a field changes its meaning or disappears.
const Schema = "kubestrata.io/firststeps/v1"

// ID is what a step shows.
type ID string

// The steps, in the order in which they are offered.
const (
	Break   ID = "break-it"     // what was answered is not any more, in a Fork
	Outside ID = "from-outside" // a request that enters the cluster by a door
	Name    ID = "by-name"      // a request whose name is looked up first
)

// Answer is what is offered. Steps is never nil.
type Answer struct {
	Schema string `json:"schema"`
	Steps  []Step `json:"steps"`
}

// Step is one request, or one in a Fork.
type Step struct {
	ID       ID          `json:"id"`
	From     string      `json:"from"` // as --from takes it
	Command  string      `json:"command"`
	Try      []string    `json:"try"` // commands and objects for the Fork; empty where the objects are as they are
	Class    trace.Class `json:"class"`
	Sentence string      `json:"sentence"`
}

// Ask is the request that somebody saw last; empty where they saw none.
type Ask struct{ From, Command string }

// mostServices bounds what is looked through, however large the cluster is.
const mostServices = 6

// For finds the steps for a View.
func For(view *cluster.View, seen Ask) *Answer {
	a := &Answer{Schema: Schema, Steps: []Step{}}
	var byName, stopped, internet, lan *Step
	for _, s := range services(view) {
		door := hasDoor(view, s)
		if byName != nil && (internet != nil || !door) {
			continue
		}
		r, err := recipes.For(view, cluster.Ref{Kind: cluster.KindService, Namespace: s.Namespace, Name: s.Name})
		if err != nil {
			continue
		}
		if byName == nil {
			byName = first(view, r, Name, insiders, func(t *trace.Trace) bool { return answered(t) && looksUp(t) })
		}
		if stopped == nil {
			stopped = neighbour(view, s)
		}
		if internet == nil && door {
			internet = first(view, r, Outside, []recipes.Kind{recipes.Internet}, enters)
		}
		if lan == nil && door {
			lan = first(view, r, Outside, []recipes.Kind{recipes.LAN}, enters)
		}
	}
	// A request that a gate stops shows its name all the same.
	byName, outside := cmp.Or(byName, stopped), cmp.Or(internet, lan)
	broken := breaking(view, seen)
	for _, s := range []*Step{byName, outside} {
		if broken == nil && s != nil {
			broken = breaking(view, Ask{s.From, s.Command})
		}
	}
	for _, s := range []*Step{broken, outside, byName} {
		if s != nil {
			a.Steps = append(a.Steps, *s)
		}
	}
	return a
}

// services are those worth trying: with a door first, then others, those without a selector last. What belongs to the
// cluster itself is nobody's first request.
func services(view *cluster.View) []*corev1.Service {
	all := slices.DeleteFunc(slices.Clone(view.Services()), func(s *corev1.Service) bool {
		return ofTheSystem("service/"+s.Namespace+"/") || s.Namespace == "default" && s.Name == "kubernetes"
	})
	rank := func(s *corev1.Service) int {
		n := 1
		if s.Spec.Type == corev1.ServiceTypeNodePort || len(s.Status.LoadBalancer.Ingress) > 0 {
			n = 0
		}
		if len(s.Spec.Selector) == 0 {
			n += 2
		}
		return n
	}
	slices.SortStableFunc(all, func(a, b *corev1.Service) int { return rank(a) - rank(b) })
	return all[:min(len(all), mostServices)]
}

var insiders = []recipes.Kind{recipes.SameNamespace, recipes.OtherNamespace, recipes.AnyPod}

// ofTheSystem reports whether KIND/NAMESPACE/NAME is in a namespace of the cluster's own.
func ofTheSystem(from string) bool {
	_, rest, _ := strings.Cut(from, "/")
	return strings.HasPrefix(rest, "kube-") || strings.HasPrefix(rest, "calico-")
}

// hasDoor reports whether a service may be reached from outside: by a door of its own, or by rules that lead to it.
func hasDoor(view *cluster.View, s *corev1.Service) bool {
	door := s.Spec.Type == corev1.ServiceTypeNodePort || s.Spec.Type == corev1.ServiceTypeLoadBalancer || len(s.Spec.ExternalIPs) > 0
	return door || view.Count(cluster.KindIngress)+view.Count(cluster.KindHTTPRoute)+view.Count(cluster.KindGRPCRoute) > 0
}

// first is the first recipe that shows what it is to show.
func first(view *cluster.View, a *recipes.Answer, id ID, kinds []recipes.Kind, shows func(*trace.Trace) bool) *Step {
	for _, kind := range kinds {
		for _, source := range a.Sources {
			if source.Kind != kind {
				continue
			}
			if ofTheSystem(source.From) {
				continue
			}
			for _, r := range source.Recipes {
				t, err := trace.Run(view, trace.Ask{From: source.From, Command: []string{r.Command}})
				if err == nil && shows(t) {
					return &Step{ID: id, From: source.From, Command: r.Command, Try: []string{}, Class: t.Verdict.Class, Sentence: t.Verdict.Sentence}
				}
			}
		}
	}
	return nil
}

// mostPods bounds who is tried in one namespace.
const mostPods = 5

// neighbour is a pod of a service's namespace that finds it by its name, whatever becomes of the request then.
func neighbour(view *cluster.View, s *corev1.Service) *Step {
	n := 0
	for p := range view.PodsIn(s.Namespace) {
		if p.Phase != cluster.PhaseRunning || p.Terminating || !p.IP().IsValid() || p.Shape.HostNetwork {
			continue
		}
		if n++; n > mostPods {
			break
		}
		from, command := "pod/"+p.Namespace+"/"+p.Name, "curl http://"+s.Name+"/"
		t, err := trace.Run(view, trace.Ask{From: from, Command: []string{command}})
		if err == nil && failed(t.Verdict.Class) && looksUp(t) {
			return &Step{ID: Name, From: from, Command: command, Try: []string{}, Class: t.Verdict.Class, Sentence: t.Verdict.Sentence}
		}
	}
	return nil
}

func answered(t *trace.Trace) bool { return t.Verdict.Class == trace.Answered }

// looksUp reports whether a name is looked up and found.
func looksUp(t *trace.Trace) bool {
	return t.Verdict.Class != trace.NameNotFound && slices.ContainsFunc(t.Steps, func(s trace.Step) bool { return s.Kind == trace.StepDNSAnswer })
}

// enters reports whether a request from outside ends at a pod: nobody who asks from outside gets there but by a door.
func enters(t *trace.Trace) bool {
	return answered(t) && slices.ContainsFunc(t.Outcomes, func(o trace.Outcome) bool { return o.Endpoint != nil && o.Endpoint.Pod != "" })
}

// breaking finds what breaks a request that is answered: a policy that lets nobody in to the pod that answers, where that
// is enforced; a slip in the service's selector; the service gone.
func breaking(view *cluster.View, ask Ask) *Step {
	if ask.Command == "" {
		return nil
	}
	before, err := trace.Run(view, trace.Ask{From: ask.From, Command: []string{ask.Command}})
	if err != nil || before.Verdict.Class != trace.Answered || len(before.Outcomes) == 0 {
		return nil
	}
	o := before.Outcomes[0]
	if o.Backend == nil || o.Backend.Kind != cluster.KindService {
		return nil
	}
	for _, a := range []attempt{nobodyMayEnter(view, o), nobodySelected(view, o), serviceGone(o)} {
		if a.text == "" {
			continue
		}
		forked, err := whatif.Apply(view, []whatif.Edit{a.edit})
		if err != nil {
			continue
		}
		t, err := trace.Run(forked, trace.Ask{From: ask.From, Command: []string{ask.Command}})
		if err == nil && failed(t.Verdict.Class) && t.Verdict.Certainty != trace.Unknown {
			return &Step{ID: Break, From: ask.From, Command: ask.Command, Try: []string{a.text}, Class: t.Verdict.Class, Sentence: t.Verdict.Sentence}
		}
	}
	return nil
}

// attempt is a change and how somebody asks for it.
type attempt struct {
	text string // empty: there is none
	edit whatif.Edit
}

// failed reports whether every way of a request fails, and it is known how.
func failed(c trace.Class) bool {
	return c == trace.NoAnswer || c == trace.Refused || c == trace.NameNotFound || c == trace.Reset || c == trace.HTTPError
}

// nobodyMayEnter is a policy that lets nobody in to the pods of the service that answered.
func nobodyMayEnter(view *cluster.View, o trace.Outcome) attempt {
	s := view.Service(o.Backend.Namespace, o.Backend.Name)
	if s == nil || len(s.Spec.Selector) == 0 || o.Endpoint == nil || o.Endpoint.Pod == "" {
		return attempt{}
	}
	p := &networkingv1.NetworkPolicy{
		TypeMeta:   metav1.TypeMeta{APIVersion: networkingv1.SchemeGroupVersion.String(), Kind: string(cluster.KindNetworkPolicy)},
		ObjectMeta: metav1.ObjectMeta{Namespace: s.Namespace, Name: "nobody-to-" + s.Name},
		Spec: networkingv1.NetworkPolicySpec{
			PodSelector: metav1.LabelSelector{MatchLabels: s.Spec.Selector}, PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeIngress},
		},
	}
	text, err := json.Marshal(p)
	if err != nil || view.Get(cluster.KindNetworkPolicy, p.Namespace, p.Name) != nil {
		return attempt{}
	}
	return attempt{string(text), whatif.Edit{Put: p}}
}

// nobodySelected is the service with a slip of the pen in its selector.
func nobodySelected(view *cluster.View, o trace.Outcome) attempt {
	s := view.Service(o.Backend.Namespace, o.Backend.Name)
	if s == nil || len(s.Spec.Selector) == 0 {
		return attempt{}
	}
	other := s.DeepCopy()
	key := slices.Sorted(maps.Keys(s.Spec.Selector))[0]
	other.Spec.Selector[key] += "x"
	other.TypeMeta = metav1.TypeMeta{APIVersion: "v1", Kind: string(cluster.KindService)}
	other.ManagedFields = nil
	text, err := json.Marshal(other)
	if err != nil || len(text) > mostText {
		return attempt{}
	}
	return attempt{string(text), whatif.Edit{Put: other}}
}

// mostText bounds what a link would have to carry, in bytes.
const mostText = 2000

// serviceGone takes the service that answered away.
func serviceGone(o trace.Outcome) attempt {
	text := fmt.Sprintf("kubectl -n %s delete service %s", o.Backend.Namespace, o.Backend.Name)
	r, ok := whatif.ParseRemedy(text)
	if !ok {
		return attempt{}
	}
	return attempt{text, whatif.Edit{Remove: &r.Ref}}
}
