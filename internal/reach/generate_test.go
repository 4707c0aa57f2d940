package reach_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/network-policy-api/apis/v1alpha2"
	"sigs.k8s.io/yaml"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/surroundings"
)

// village is a small cluster at random: nodes (one may be down), pods of several kinds, services of several kinds, and
// policies of all kinds.
type village struct {
	t       *testing.T
	r       *rand.Rand
	objects []cluster.Object
	pods    []*corev1.Pod
	around  surroundings.Surroundings
}

func (v *village) one(list ...string) string { return list[v.r.IntN(len(list))] }
func (v *village) in(n int) bool             { return v.r.IntN(n) == 0 }

func (v *village) yaml(into cluster.Object, text string) {
	v.t.Helper()
	if err := yaml.UnmarshalStrict([]byte(text), into); err != nil {
		v.t.Fatalf("%s: %v", text, err)
	}
	v.objects = append(v.objects, into)
}

var ready = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}

func generate(t *testing.T, seed uint64) *cluster.View {
	v := &village{t: t, r: rand.New(rand.NewPCG(seed, 3))}
	nodes := []string{"n1", "n2", "n3"}
	for i, name := range nodes {
		n := &corev1.Node{ObjectMeta: v1.ObjectMeta{Name: name, Labels: map[string]string{corev1.LabelTopologyZone: v.one("a", "b")}}}
		n.Spec.PodCIDR = fmt.Sprintf("10.244.%d.0/24", i+1)
		n.Spec.PodCIDRs = []string{n.Spec.PodCIDR}
		n.Status.Addresses = []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: fmt.Sprintf("172.20.0.%d", 11+i)}}
		up := corev1.ConditionTrue
		if v.in(8) {
			up = corev1.ConditionFalse
		}
		n.Status.Conditions = []corev1.NodeCondition{{Type: corev1.NodeReady, Status: up}}
		v.objects = append(v.objects, n)
	}
	for _, ns := range []string{"blue", "red"} {
		v.objects = append(v.objects, &corev1.Namespace{ObjectMeta: v1.ObjectMeta{Name: ns, Labels: map[string]string{"team": ns}}})
	}
	v.yaml(&networkingv1.ServiceCIDR{}, `{metadata: {name: kubernetes}, spec: {cidrs: [10.96.0.0/12]}}`)
	if !v.in(4) {
		v.yaml(&corev1.ConfigMap{}, fmt.Sprintf(`{metadata: {name: kube-proxy, namespace: kube-system}, data: {config.conf: "mode: %s\nclusterCIDR: %s\niptables: {masqueradeAll: %t}\n"}}`,
			v.one("iptables", "nftables", "ipvs"), v.one("10.244.0.0/16", "10.244.0.0/16", `''`), v.in(6)))
	}
	for _, image := range []string{v.one("quay.io/calico/node:v3", "quay.io/calico/node:v3", "quay.io/cilium/cilium:v1", "cloudnativelabs/kube-router:v2", "flannel/flannel:v1", "")} {
		ds := &appsv1.DaemonSet{ObjectMeta: v1.ObjectMeta{Namespace: "kube-system", Name: "net"}}
		ds.Spec.Template.Spec.Containers = []corev1.Container{{Name: "net", Image: image}}
		v.objects = append(v.objects, ds)
	}
	for i := range 6 {
		v.workload(i, nodes)
	}
	for i := range 4 {
		v.service(i)
	}
	for i := range v.r.IntN(5) {
		v.policy(i)
	}
	for i := range v.r.IntN(3) {
		v.admin(i)
	}
	v.around = surroundings.Surroundings{Hosts: []surroundings.Host{{Name: "laptop", Layer: surroundings.LayerLAN}}}
	store := cluster.NewStore(cluster.SourceInfo{Kind: cluster.SourceWorld, Name: "village"}, nil)
	return store.Update(func(w *cluster.Writer) {
		for _, o := range v.objects {
			w.Put(o)
		}
		w.SetSurroundings(&v.around)
	})
}

// workload is up to three pods of one template.
func (v *village) workload(i int, nodes []string) {
	name, ns := fmt.Sprintf("w%d", i), v.one("blue", "red")
	host := v.in(6)
	labels := map[string]string{"app": name, "tier": v.one("front", "back"), "pod-template-hash": "abc"}
	named := v.one("http", "web")
	probe := v.in(3)
	for k := range 1 + v.r.IntN(3) {
		node := v.r.IntN(len(nodes))
		p := &corev1.Pod{ObjectMeta: v1.ObjectMeta{Namespace: ns, Name: fmt.Sprintf("%s-%d", name, k), Labels: labels}}
		yes := true
		p.OwnerReferences = []v1.OwnerReference{{Kind: "ReplicaSet", Name: name + "-abc", Controller: &yes}}
		p.Spec.NodeName, p.Spec.HostNetwork = nodes[node], host
		c := corev1.Container{Name: "c", Image: "x", Ports: []corev1.ContainerPort{{Name: named, ContainerPort: 8080, Protocol: corev1.ProtocolTCP}}}
		if probe {
			c.ReadinessProbe = &corev1.Probe{ProbeHandler: corev1.ProbeHandler{TCPSocket: &corev1.TCPSocketAction{Port: intstr.FromInt32(8080)}}}
		}
		p.Spec.Containers = []corev1.Container{c}
		p.Status.Phase, p.Status.PodIP = corev1.PodRunning, fmt.Sprintf("10.244.%d.%d", node+1, 10+i*3+k)
		if host {
			p.Status.PodIP = fmt.Sprintf("172.20.0.%d", 11+node)
		}
		p.Status.PodIPs = []corev1.PodIP{{IP: p.Status.PodIP}}
		p.Status.Conditions = ready
		switch v.r.IntN(12) {
		case 0:
			p.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionFalse}}
		case 1:
			p.Status.Phase = corev1.PodSucceeded
		case 2:
			p.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionFalse}}
			p.Status.ContainerStatuses = []corev1.ContainerStatus{{State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "CrashLoopBackOff"}}}}
		}
		v.pods, v.objects = append(v.pods, p), append(v.objects, p)
	}
}

func (v *village) service(i int) {
	target := v.pods[v.r.IntN(len(v.pods))]
	s := &corev1.Service{ObjectMeta: v1.ObjectMeta{Namespace: target.Namespace, Name: fmt.Sprintf("s%d", i)}}
	s.Spec.ClusterIP = fmt.Sprintf("10.96.1.%d", i+1)
	s.Spec.ClusterIPs, s.Spec.IPFamilies = []string{s.Spec.ClusterIP}, []corev1.IPFamily{corev1.IPv4Protocol}
	s.Spec.Selector = map[string]string{"app": target.Labels["app"]}
	s.Spec.Ports = []corev1.ServicePort{{Name: "p", Port: 80, TargetPort: intstr.FromInt32(8080), Protocol: corev1.ProtocolTCP}}
	s.Spec.Type = corev1.ServiceTypeClusterIP
	if v.in(2) {
		s.Spec.Type, s.Spec.Ports[0].NodePort = corev1.ServiceTypeNodePort, int32(30080+i)
	}
	if v.in(4) {
		s.Spec.Type = corev1.ServiceTypeLoadBalancer
		s.Status.LoadBalancer.Ingress = []corev1.LoadBalancerIngress{{IP: fmt.Sprintf("172.20.0.%d", 100+i)}}
	}
	if s.Spec.Type != corev1.ServiceTypeClusterIP && v.in(2) {
		s.Spec.ExternalTrafficPolicy = corev1.ServiceExternalTrafficPolicyLocal
	}
	if v.in(4) {
		local := corev1.ServiceInternalTrafficPolicyLocal
		s.Spec.InternalTrafficPolicy = &local
	}
	slice := &discoveryv1.EndpointSlice{AddressType: discoveryv1.AddressTypeIPv4}
	slice.Namespace, slice.Name, slice.Labels = s.Namespace, s.Name+"-1", map[string]string{discoveryv1.LabelServiceName: s.Name}
	name, number, protocol := "p", int32(8080), corev1.ProtocolTCP
	slice.Ports = []discoveryv1.EndpointPort{{Name: &name, Port: &number, Protocol: &protocol}}
	hints := v.in(4)
	for _, p := range v.pods {
		if p.Namespace != s.Namespace || p.Labels["app"] != target.Labels["app"] || p.Status.Phase != corev1.PodRunning {
			continue
		}
		up := p.Status.Conditions[0].Status == corev1.ConditionTrue
		node := p.Spec.NodeName
		e := discoveryv1.Endpoint{
			Addresses: []string{p.Status.PodIP}, NodeName: &node, Conditions: discoveryv1.EndpointConditions{Ready: &up, Serving: &up},
			TargetRef: &corev1.ObjectReference{Kind: "Pod", Namespace: p.Namespace, Name: p.Name},
		}
		if hints {
			e.Hints = &discoveryv1.EndpointHints{ForZones: []discoveryv1.ForZone{{Name: v.one("a", "b")}}}
		}
		slice.Endpoints = append(slice.Endpoints, e)
	}
	v.objects = append(v.objects, s, slice)
}

func (v *village) selector() string {
	return v.one("{}", "{matchLabels: {tier: front}}", "{matchLabels: {tier: back}}", "{matchLabels: {app: w0}}", "{matchLabels: {app: w1}}", "{matchExpressions: [{key: app, operator: NotIn, values: [w2, w3]}]}")
}

func (v *village) spaces() string {
	return v.one("{}", "{matchLabels: {team: blue}}", "{matchLabels: {team: red}}")
}

func (v *village) policy(i int) {
	peer := func() string {
		switch v.r.IntN(5) {
		case 0:
			return "{namespaceSelector: " + v.spaces() + ", podSelector: " + v.selector() + "}"
		case 1:
			return "{namespaceSelector: " + v.spaces() + "}"
		case 2:
			return "{ipBlock: {cidr: " + v.one("10.244.1.0/24", "10.244.0.0/16", "172.20.0.0/24", "0.0.0.0/0", "10.244.2.16/28") + v.one("", ", except: [10.244.2.0/28]", ", except: [172.20.0.11/32]") + "}}"
		}
		return "{podSelector: " + v.selector() + "}"
	}
	list := func(key string) string {
		var rules []string
		for range v.r.IntN(3) {
			var peers []string
			for range v.r.IntN(3) {
				p := peer()
				if strings.Contains(p, "except") && !strings.Contains(p, "0.0.0.0/0") {
					p = strings.Split(p, ", except")[0] + "}}" // exceptions lie inside their block
				}
				peers = append(peers, p)
			}
			rules = append(rules, fmt.Sprintf("{%s: [%s], ports: [%s]}", key, strings.Join(peers, ", "), v.one("", "", "{port: 8080}", "{port: http}", "{port: 80}", "{protocol: UDP}")))
		}
		return "[" + strings.Join(rules, ", ") + "]"
	}
	v.yaml(&networkingv1.NetworkPolicy{}, fmt.Sprintf("{metadata: {namespace: %s, name: np%d}, spec: {podSelector: %s, policyTypes: %s, ingress: %s, egress: %s}}",
		v.one("blue", "red"), i, v.selector(), v.one("[Ingress]", "[Egress]", "[Ingress, Egress]"), list("from"), list("to")))
}

func (v *village) admin(i int) {
	rule := func(key string, peers ...string) string {
		return fmt.Sprintf("{action: %s, %s: [%s]%s}", v.one("Accept", "Deny", "Pass"), key, v.one(peers...), v.one("", "", ", protocols: [{tcp: {destinationPort: {number: 8080}}}]", ", protocols: [{destinationNamedPort: web}]"))
	}
	pods := "{pods: {namespaceSelector: " + v.spaces() + ", podSelector: " + v.selector() + "}}"
	v.yaml(&v1alpha2.ClusterNetworkPolicy{}, fmt.Sprintf("{metadata: {name: cnp%d}, spec: {tier: %s, priority: %d, subject: {namespaces: %s}, ingress: [%s], egress: [%s]}}",
		i, v.one("Admin", "Baseline"), v.r.IntN(3), v.spaces(), rule("from", pods, "{namespaces: "+v.spaces()+"}"),
		rule("to", pods, "{namespaces: "+v.spaces()+"}", "{networks: [10.244.1.0/24]}", "{nodes: {}}")))
}
