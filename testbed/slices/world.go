package slices

import (
	"fmt"
	"math/rand/v2"
	stdslices "slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/yaml"
)

// world is one service, the nodes, and pods of its namespace, some of which it selects.
type world struct {
	service *corev1.Service
	nodes   []*corev1.Node
	pods    []*corev1.Pod
}

type generator struct{ *rand.Rand }

func pick[T any](g *generator, from ...T) T { return from[g.IntN(len(from))] }

func (g *generator) chance(share float64) bool { return g.Float64() < share }

func newWorld(seed uint64) *world {
	g := &generator{rand.New(rand.NewPCG(seed, 7))}
	w := &world{}
	for i := range 1 + g.IntN(3) {
		w.nodes = append(w.nodes, g.node(i+1))
	}
	pods := g.IntN(8)
	if g.chance(0.01) { // more than one slice holds
		pods = 95 + g.IntN(120)
	}
	for i := range pods {
		w.pods = append(w.pods, g.pod(i+1, len(w.nodes)))
	}
	w.service = g.service()
	return w
}

func (g *generator) node(number int) *corev1.Node {
	n := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("node%02d", number), Labels: map[string]string{}}}
	if g.chance(0.8) {
		n.Labels[corev1.LabelTopologyZone] = pick(g, "a", "b", "b", "")
	}
	if g.chance(0.9) {
		n.Status.Allocatable = corev1.ResourceList{corev1.ResourceCPU: resource.MustParse(pick(g, "4", "4", "500m", "16", "0"))}
	}
	if g.chance(0.9) {
		n.Status.Conditions = []corev1.NodeCondition{{Type: corev1.NodeReady, Status: pick(g, corev1.ConditionTrue, corev1.ConditionTrue, corev1.ConditionFalse)}}
	}
	if g.chance(0.1) {
		n.Labels["node-role.kubernetes.io/"+pick(g, "control-plane", "master")] = ""
	}
	return n
}

func (g *generator) pod(number, nodes int) *corev1.Pod {
	p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: fmt.Sprintf("pod-%03d", number), UID: types.UID(fmt.Sprintf("uid-%d", number))}}
	p.Labels = map[string]string{"app": pick(g, "web", "web", "web", "api")}
	if g.chance(0.3) {
		p.Labels["tier"] = pick(g, "front", "back")
	}
	p.Spec.NodeName = fmt.Sprintf("node%02d", 1+g.IntN(nodes))
	switch {
	case g.chance(0.04):
		p.Spec.NodeName = "node99" // is gone
	case g.chance(0.04):
		p.Spec.NodeName = ""
	}
	p.Spec.HostNetwork = g.chance(0.1)
	p.Spec.Hostname = pick(g, "", "", p.Name, "db-0")
	p.Spec.Subdomain = pick(g, "", "svc", "svc", "other")
	p.Spec.Containers = []corev1.Container{{Name: "main", Ports: g.containerPorts()}}
	if g.chance(0.3) {
		p.Spec.Containers = append(p.Spec.Containers, corev1.Container{Name: "second", Ports: g.containerPorts()})
	}
	if g.chance(0.4) {
		init := corev1.Container{Name: "init", Ports: g.containerPorts()}
		if g.chance(0.7) {
			always := corev1.ContainerRestartPolicyAlways
			init.RestartPolicy = &always
		}
		p.Spec.InitContainers = []corev1.Container{init}
	}
	g.status(p, number)
	return p
}

func (g *generator) containerPorts() []corev1.ContainerPort {
	var out []corev1.ContainerPort
	for range g.IntN(3) {
		out = append(out, corev1.ContainerPort{
			Name: pick(g, "", "http", "http", "dns"), ContainerPort: pick(g, int32(80), 8080, 8081, 53),
			Protocol: pick(g, corev1.ProtocolTCP, corev1.ProtocolTCP, corev1.ProtocolUDP, corev1.ProtocolSCTP),
		})
	}
	return out
}

func (g *generator) status(p *corev1.Pod, number int) {
	p.Status.Phase = pick(g, corev1.PodRunning, corev1.PodRunning, corev1.PodRunning, corev1.PodRunning, corev1.PodRunning, corev1.PodPending, corev1.PodSucceeded, corev1.PodFailed, corev1.PodUnknown)
	v4, v6 := fmt.Sprintf("10.244.0.%d", number), fmt.Sprintf("fd00::%x", number)
	if p.Spec.HostNetwork {
		v4, v6 = "192.168.0.1", "fd00:1::1"
	}
	var ips []string
	switch g.IntN(8) {
	case 0: // none yet
	case 1:
		ips = []string{v6}
	case 2:
		ips = []string{v6, v4}
	case 3, 4:
		ips = []string{v4, v6}
	default:
		ips = []string{v4}
	}
	for i, ip := range ips {
		if i == 0 {
			p.Status.PodIP = ip
		}
		p.Status.PodIPs = append(p.Status.PodIPs, corev1.PodIP{IP: ip})
	}
	if g.chance(0.9) {
		p.Status.Conditions = append(p.Status.Conditions, corev1.PodCondition{
			Type: corev1.PodReady, Status: pick(g, corev1.ConditionTrue, corev1.ConditionTrue, corev1.ConditionTrue, corev1.ConditionFalse, corev1.ConditionUnknown),
		})
	}
	if g.chance(0.15) {
		now := metav1.Unix(1_700_000_000, 0)
		p.DeletionTimestamp = &now
	}
}

func (g *generator) service() *corev1.Service {
	s := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "svc", UID: "uid-svc"}}
	s.Spec.Type = pick(g, corev1.ServiceTypeClusterIP, corev1.ServiceTypeClusterIP, corev1.ServiceTypeNodePort, corev1.ServiceTypeLoadBalancer, corev1.ServiceTypeExternalName)
	s.Spec.Selector = pick(g, map[string]string{"app": "web"}, map[string]string{"app": "web"}, map[string]string{"app": "web", "tier": "front"}, nil)
	if g.chance(0.3) {
		s.Labels = map[string]string{"team": "one"}
		if g.chance(0.3) {
			s.Labels[corev1.IsHeadlessService] = ""
		}
		if g.chance(0.2) {
			s.Labels["kubernetes.io/service-name"] = "liar"
		}
	}
	families := pick(g, []corev1.IPFamily{corev1.IPv4Protocol}, []corev1.IPFamily{corev1.IPv4Protocol}, []corev1.IPFamily{corev1.IPv6Protocol},
		[]corev1.IPFamily{corev1.IPv4Protocol, corev1.IPv6Protocol}, []corev1.IPFamily{corev1.IPv6Protocol, corev1.IPv4Protocol}, nil)
	s.Spec.IPFamilies = families
	s.Spec.ClusterIP = pick(g, "10.96.0.7", "10.96.0.7", "fd00:96::7", corev1.ClusterIPNone, corev1.ClusterIPNone, "")
	s.Spec.PublishNotReadyAddresses = g.chance(0.2)
	ports := 1 + g.IntN(3)
	if s.Spec.ClusterIP == corev1.ClusterIPNone && g.chance(0.2) {
		ports = 0
	}
	for i := range ports {
		s.Spec.Ports = append(s.Spec.Ports, g.servicePort(i, ports))
	}
	if g.chance(0.4) {
		d := pick(g, corev1.ServiceTrafficDistributionPreferClose, corev1.ServiceTrafficDistributionPreferSameZone, corev1.ServiceTrafficDistributionPreferSameNode)
		s.Spec.TrafficDistribution = &d
	}
	if g.chance(0.15) {
		s.Annotations = map[string]string{pick(g, corev1.AnnotationTopologyMode, corev1.DeprecatedAnnotationTopologyAwareHints): pick(g, "Auto", "auto", "Disabled")}
		if g.chance(0.2) {
			s.Annotations[corev1.DeprecatedAnnotationTopologyAwareHints] = "Disabled"
		}
	}
	return s
}

func (g *generator) servicePort(i, of int) corev1.ServicePort {
	p := corev1.ServicePort{Port: int32(80 + i), Protocol: pick(g, corev1.ProtocolTCP, corev1.ProtocolTCP, corev1.ProtocolUDP, corev1.ProtocolSCTP)}
	if of > 1 || g.chance(0.5) {
		p.Name = fmt.Sprintf("p%d", i)
	}
	p.TargetPort = pick(g, intstr.FromInt32(8080), intstr.FromInt32(80), intstr.FromString("http"), intstr.FromString("dns"), intstr.FromString("missing"))
	if g.chance(0.2) {
		app := pick(g, "http", "kubernetes.io/h2c")
		p.AppProtocol = &app
	}
	return p
}

// String is the world as YAML that kubectl would take.
func (w *world) String() string {
	var out []string
	add := func(o runtime.Object, kind string) {
		o.GetObjectKind().SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind(kind))
		text, err := yaml.Marshal(o)
		if err != nil {
			text = []byte(err.Error())
		}
		lines := stdslices.DeleteFunc(strings.Split(strings.TrimSpace(string(text)), "\n"), func(l string) bool {
			return strings.HasSuffix(l, ": {}") || strings.HasSuffix(l, "creationTimestamp: null")
		})
		out = append(out, strings.Join(lines, "\n"))
	}
	for _, n := range w.nodes {
		add(n.DeepCopy(), "Node")
	}
	for _, p := range w.pods {
		add(p.DeepCopy(), "Pod")
	}
	add(w.service.DeepCopy(), "Service")
	return strings.Join(out, "\n---\n")
}
