package trace_test

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/yaml"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/surroundings"
	"github.com/kubestrata/kubestrata/internal/trace"
)

// place builds a small cluster by hand: no controller fills anything in, so that a test says all there is.
type place struct {
	t       *testing.T
	source  cluster.SourceInfo
	objects []cluster.Object
	around  surroundings.Surroundings
	status  []cluster.KindStatus
}

var monday = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// lab is two nodes with a cluster DNS, kube-proxy's default configuration and Calico.
func lab(t *testing.T) *place {
	p := &place{t: t, source: cluster.SourceInfo{Kind: cluster.SourceWorld, Name: "test"}}
	p.node("node01", "172.20.128.6", "10.244.1.0/24").node("node02", "172.20.128.7", "10.244.2.0/24")
	p.yaml(&corev1.ConfigMap{}, `
metadata: {name: kube-proxy, namespace: kube-system}
data: {config.conf: "mode: iptables\nclusterCIDR: 10.244.0.0/16\n"}`)
	p.yaml(&corev1.ConfigMap{}, `
metadata: {name: coredns, namespace: kube-system}
data:
  Corefile: |
    .:53 {
        errors
        kubernetes cluster.local in-addr.arpa ip6.arpa {
           pods insecure
           fallthrough in-addr.arpa ip6.arpa
           ttl 30
        }
        forward . /etc/resolv.conf
        cache 30
    }`)
	p.pod("kube-system/coredns-1", "node02", "10.244.2.2", "k8s-app=kube-dns")
	p.service("kube-system/kube-dns", "10.96.0.10", "k8s-app=kube-dns", "dns:53:53/UDP", "dns-tcp:53:53")
	p.services()[0].Labels = map[string]string{"k8s-app": "kube-dns"}
	for _, ns := range []string{"default", "kube-system", "team"} {
		p.objects = append(p.objects, &corev1.Namespace{ObjectMeta: v1.ObjectMeta{Name: ns, Labels: map[string]string{"kubernetes.io/metadata.name": ns}}})
	}
	p.yaml(&networkingv1.ServiceCIDR{}, `{metadata: {name: kubernetes}, spec: {cidrs: [10.96.0.0/12]}}`)
	p.surroundings(`
networks: {lan: [172.20.128.0/24], pod: [10.244.0.0/16]}
hosts:
- {name: laptop, layer: lan, addresses: [172.20.128.50], resolver: lan-dns, listeners: [{port: 8000, answers: [{path: /, status: 200, body: hi}]}]}
- {name: user, layer: internet, addresses: [203.0.113.50], resolver: public}
- {name: silent, layer: lan, addresses: [172.20.128.60]}
resolvers:
- {name: lan-dns, layer: lan, address: 172.20.128.53, zones: {home.lan: {laptop: 172.20.128.50}}, next: public}
- {name: public, layer: internet, address: 198.51.100.53, zones: {test: {shop: 198.51.100.80}}}
routers:
- {name: home, between: [internet, lan], outside: 198.51.100.7}
`)
	return p.listens("kube-system", "k8s-app=kube-dns", 53, "UDP")
}

// enforces adds Calico, which enforces policies and drops.
func (p *place) enforces() *place {
	return p.daemonSet("calico-node", "quay.io/calico/node:v3.31.3")
}

func (p *place) daemonSet(name, image string) *place {
	ds := &appsv1.DaemonSet{ObjectMeta: v1.ObjectMeta{Namespace: "kube-system", Name: name}}
	ds.Spec.Template.Spec.Containers = []corev1.Container{{Name: name, Image: image}}
	p.objects = append(p.objects, ds)
	return p
}

func (p *place) node(name, ip, podCIDR string) *place {
	n := &corev1.Node{ObjectMeta: v1.ObjectMeta{Name: name}}
	n.Spec.PodCIDR, n.Spec.PodCIDRs = podCIDR, []string{podCIDR}
	n.Status.Addresses = []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: ip}}
	n.Status.Conditions = []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionTrue}}
	p.objects = append(p.objects, n)
	return p
}

func split(path string) (namespace, name string) {
	namespace, name, _ = strings.Cut(path, "/")
	return namespace, name
}

func pairs(text string) map[string]string {
	out := map[string]string{}
	for part := range strings.SplitSeq(text, ",") {
		if k, v, ok := strings.Cut(part, "="); ok {
			out[k] = v
		}
	}
	return out
}

func (p *place) pod(path, node, ip, labels string, change ...func(*corev1.Pod)) *place {
	pod := &corev1.Pod{}
	pod.Namespace, pod.Name = split(path)
	pod.Labels = pairs(labels)
	pod.Spec.NodeName = node
	pod.Spec.Containers = []corev1.Container{{Name: "main", Image: "example/app:1"}}
	pod.Status.Phase, pod.Status.PodIP = corev1.PodRunning, ip
	pod.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}
	for _, f := range change {
		f(pod)
	}
	p.objects = append(p.objects, pod)
	return p
}

func unready(pod *corev1.Pod) {
	pod.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionFalse}}
}

func crashing(pod *corev1.Pod) {
	unready(pod)
	pod.Status.ContainerStatuses = []corev1.ContainerStatus{{State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "CrashLoopBackOff"}}}}
}

func image(name string) func(*corev1.Pod) {
	return func(pod *corev1.Pod) { pod.Spec.Containers[0].Image = name }
}

// service makes a service and the endpoint slice that the controller would write for the pods that are there already.
// Ports are NAME:PORT:TARGET[/PROTOCOL], the name may be empty.
func (p *place) service(path, clusterIP, selector string, ports ...string) *place {
	s := &corev1.Service{}
	s.Namespace, s.Name = split(path)
	s.Spec.Type, s.Spec.ClusterIP, s.Spec.ClusterIPs = corev1.ServiceTypeClusterIP, clusterIP, []string{clusterIP}
	s.Spec.Selector = pairs(selector)
	s.Spec.IPFamilies = []corev1.IPFamily{corev1.IPv4Protocol}
	slice := &discoveryv1.EndpointSlice{AddressType: discoveryv1.AddressTypeIPv4}
	slice.Namespace, slice.Name = s.Namespace, s.Name+"-1"
	slice.Labels = map[string]string{discoveryv1.LabelServiceName: s.Name}
	if clusterIP == "None" {
		slice.Labels["service.kubernetes.io/headless"] = ""
	}
	for _, text := range ports {
		text, protocol, _ := strings.Cut(text, "/")
		if protocol == "" {
			protocol = "TCP"
		}
		parts := strings.Split(text, ":")
		port, _ := strconv.Atoi(parts[1])
		target, _ := strconv.Atoi(parts[2])
		s.Spec.Ports = append(s.Spec.Ports, corev1.ServicePort{
			Name: parts[0], Port: int32(port), TargetPort: intstr.FromInt(target), Protocol: corev1.Protocol(protocol),
		})
		number, proto, name := int32(target), corev1.Protocol(protocol), parts[0]
		slice.Ports = append(slice.Ports, discoveryv1.EndpointPort{Name: &name, Port: &number, Protocol: &proto})
	}
	for _, o := range p.objects {
		pod, ok := o.(*corev1.Pod)
		if !ok || pod.Namespace != s.Namespace || !matches(s.Spec.Selector, pod.Labels) {
			continue
		}
		ready := pod.Status.Conditions[0].Status == corev1.ConditionTrue
		node := pod.Spec.NodeName
		slice.Endpoints = append(slice.Endpoints, discoveryv1.Endpoint{
			Addresses: []string{pod.Status.PodIP}, NodeName: &node, Conditions: discoveryv1.EndpointConditions{Ready: &ready, Serving: &ready},
			TargetRef: &corev1.ObjectReference{Kind: "Pod", Namespace: pod.Namespace, Name: pod.Name},
		})
	}
	p.objects = append(p.objects, s, slice)
	return p
}

func matches(selector, labels map[string]string) bool {
	for k, v := range selector {
		if labels[k] != v {
			return false
		}
	}
	return len(selector) > 0
}

func (p *place) services() (out []*corev1.Service) {
	for _, o := range p.objects {
		if s, ok := o.(*corev1.Service); ok {
			out = append(out, s)
		}
	}
	return out
}

// change edits the service that was made last.
func (p *place) change(f func(*corev1.Service)) *place {
	list := p.services()
	f(list[len(list)-1])
	return p
}

func (p *place) nodePort(port int32) *place {
	return p.change(func(s *corev1.Service) { s.Spec.Type, s.Spec.Ports[0].NodePort = corev1.ServiceTypeNodePort, port })
}

func (p *place) loadBalancer(port int32, ip string) *place {
	return p.change(func(s *corev1.Service) {
		s.Spec.Type, s.Spec.Ports[0].NodePort = corev1.ServiceTypeLoadBalancer, port
		s.Status.LoadBalancer.Ingress = []corev1.LoadBalancerIngress{{IP: ip}}
	})
}

func (p *place) local() *place {
	return p.change(func(s *corev1.Service) { s.Spec.ExternalTrafficPolicy = corev1.ServiceExternalTrafficPolicyLocal })
}

func (p *place) yaml(into cluster.Object, text string) *place {
	p.t.Helper()
	if err := yaml.UnmarshalStrict([]byte(text), into); err != nil {
		p.t.Fatal(err)
	}
	p.objects = append(p.objects, into)
	return p
}

func (p *place) policy(text string) *place {
	p.t.Helper()
	return p.yaml(&networkingv1.NetworkPolicy{}, text)
}

func (p *place) surroundings(text string) *place {
	p.t.Helper()
	s, err := surroundings.Decode("test", []byte("apiVersion: kubestrata.io/v1alpha1\nkind: Surroundings\n"+text))
	if err != nil {
		p.t.Fatal(err)
	}
	p.around = *s
	return p
}

func (p *place) listens(namespace, selector string, port int32, protocol string, answers ...surroundings.Answer) *place {
	p.around.Listeners = append(p.around.Listeners, surroundings.Listener{
		Namespace: namespace, Selector: selector, Port: port, Protocol: protocol, Answers: answers,
	})
	return p
}

// view makes the View; order shuffles the objects first.
func (p *place) view(order ...func([]cluster.Object)) *cluster.View {
	objects := make([]cluster.Object, len(p.objects))
	for i, o := range p.objects {
		objects[i] = o.DeepCopyObject().(cluster.Object)
		objects[i].SetResourceVersion(fmt.Sprint(100 + i))
	}
	for _, f := range order {
		f(objects)
	}
	store := cluster.NewStore(p.source, func() time.Time { return monday })
	return store.Update(func(w *cluster.Writer) {
		for _, o := range objects {
			w.Put(o)
		}
		around := p.around
		w.SetSurroundings(&around)
		for _, s := range p.status {
			w.SetStatus(s)
		}
	})
}

// ask traces a command and fails the test where the question itself is wrong.
func (p *place) ask(from, command string, assume ...string) *trace.Trace {
	p.t.Helper()
	return run(p.t, p.view(), from, command, assume...)
}

func run(t *testing.T, view *cluster.View, from, command string, assume ...string) *trace.Trace {
	t.Helper()
	given := map[string]string{}
	for _, word := range assume {
		k, v, _ := strings.Cut(word, "=")
		given[k] = v
	}
	tr, err := trace.Run(view, trace.Ask{From: from, Command: []string{command}, Assume: given})
	if err != nil {
		t.Fatalf("%s $ %s: %v", from, command, err)
	}
	check(t, tr)
	return tr
}

// kinds are the kinds of the steps of the course that the verdict speaks of.
func kinds(t *trace.Trace) string {
	var out []string
	for _, s := range t.Course(-1) {
		out = append(out, string(s.Kind))
	}
	return strings.Join(out, " ")
}

// steps are the places of the course, for the way a packet takes on the map.
func places(t *trace.Trace) string {
	var out []string
	for _, s := range t.Course(-1) {
		at := s.At.Name
		if len(out) == 0 || out[len(out)-1] != at {
			out = append(out, at)
		}
	}
	return strings.Join(out, " ")
}

func stepOf(t *trace.Trace, kind trace.StepKind) *trace.Step {
	for i := range t.Steps {
		if t.Steps[i].Kind == kind {
			return &t.Steps[i]
		}
	}
	return nil
}

// summary is class, reason and certainty.
func summary(t *trace.Trace) string {
	return fmt.Sprintf("%s %s %s", t.Verdict.Class, t.Verdict.Reason, t.Verdict.Certainty)
}

// check holds what is true of every trace.
func check(t *testing.T, tr *trace.Trace) {
	t.Helper()
	sum := 0.0
	used := map[string]bool{}
	at := map[string]int{}
	for i, s := range tr.Steps {
		if s.ID != fmt.Sprintf("s%d", i+1) {
			t.Errorf("step %d has the id %q", i+1, s.ID)
		}
		at[s.ID] = i
		if !slices.Contains(trace.StepKinds, s.Kind) {
			t.Errorf("step kind %q is not in the contract", s.Kind)
		}
		if s.At.Name == "" || s.At.Kind == "" || s.Sentence == "" || s.Title == "" || len([]rune(s.Title)) > 22 {
			t.Errorf("step %s %s lacks a place, a sentence or a short title: %+v %q %q", s.ID, s.Kind, s.At, s.Sentence, s.Title)
		}
	}
	for i, o := range tr.Outcomes {
		sum += o.Share
		last := -1
		for _, id := range o.Steps {
			n, ok := at[id]
			if !ok || n <= last {
				t.Errorf("outcome %d: step %q is unknown or out of order", i, id)
			}
			last = n
			used[id] = true
		}
		if len(o.Steps) < 2 || tr.Steps[at[o.Steps[0]]].Kind != trace.StepStart || tr.Steps[at[o.Steps[len(o.Steps)-1]]].Kind != trace.StepEnd {
			t.Errorf("outcome %d does not go from start to end: %v", i, o.Steps)
		}
	}
	if math.Abs(sum-1) > 1e-6*float64(len(tr.Outcomes)) { // each share is rounded to 6 places
		t.Errorf("shares add up to %v", sum)
	}
	if len(used) != len(tr.Steps) {
		t.Errorf("%d of %d steps belong to no outcome", len(tr.Steps)-len(used), len(tr.Steps))
	}
	holdTogether(t, tr.Request.Command, tr)
	v := tr.Verdict
	if n := len(strings.Fields(v.Sentence)); n == 0 || n > 25 {
		t.Errorf("the verdict's sentence has %d words: %q", n, v.Sentence)
	}
	if v.Class != trace.Answered && (len(v.Try) == 0 || v.Try[0].Command == "") {
		t.Errorf("a failure without a command to try: %+v", v)
	}
	for _, s := range tr.Steps {
		if v.Certainty == trace.Certain && s.Certainty != trace.Certain {
			t.Errorf("the verdict is certain, step %s %s is %s", s.ID, s.Kind, s.Certainty)
		}
	}
	if v.Certainty == trace.Assumed && len(tr.Assumptions) == 0 {
		t.Errorf("%s: the verdict is assumed and nothing says what it rests on: %s", tr.Request.Command, v.Sentence)
	}
	for _, a := range tr.Assumptions {
		if a.WouldFlip && v.Certainty == trace.Certain && a.Key != "entry-node" {
			t.Errorf("the verdict is certain, though another %s would flip it", a.Key)
		}
	}
}
