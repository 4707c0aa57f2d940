package reach

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/service"
	"github.com/kubestrata/kubestrata/internal/words"
)

// target is what who-can-reach asks about.
type target struct {
	ref      cluster.Ref
	text     string
	port     int32
	protocol corev1.Protocol
	spots    []spot
}

func bad(field, format string, args ...any) error {
	return &Error{Field: field, Message: fmt.Sprintf(format, args...)}
}

const targetForms = "pod/NAMESPACE/NAME, service/NAMESPACE/NAME, deployment/NAMESPACE/NAME, node/NAME, ingress/HOST, gateway/HOST or ip/ADDRESS"

var workloadKinds = map[string]cluster.Kind{
	"deployment": cluster.KindDeployment, "deploy": cluster.KindDeployment, "statefulset": cluster.KindStatefulSet, "sts": cluster.KindStatefulSet,
	"daemonset": cluster.KindDaemonSet, "ds": cluster.KindDaemonSet, "replicaset": cluster.KindReplicaSet, "rs": cluster.KindReplicaSet, "job": cluster.KindJob,
}

func parseTarget(view *cluster.View, ask Ask) (*target, error) {
	protocol, err := parseProtocol(ask.Protocol)
	if err != nil {
		return nil, err
	}
	kind, rest, more := strings.Cut(strings.TrimSpace(ask.Target), "/")
	if !more || rest == "" {
		return nil, bad("target", "%q is no target; write %s", ask.Target, targetForms)
	}
	namespace, name, full := strings.Cut(rest, "/")
	if !full {
		namespace, name = cmp.Or(ask.Namespace, "default"), rest
	}
	t := &target{protocol: protocol}
	switch kind = strings.ToLower(kind); kind {
	case "pod", "po":
		p := view.Pod(namespace, name)
		if p == nil {
			return nil, bad("target", "pod %s/%s does not exist", namespace, name)
		}
		if p.Done() || !p.IP().IsValid() {
			return nil, bad("target", "pod %s/%s has no address (%s)", namespace, name, cmp.Or(p.Reason, p.Phase.String()))
		}
		return t, t.pods(view, p.Ref(), []*cluster.Pod{p}, ask.Port)
	case "service", "svc":
		svc := view.Service(namespace, name)
		if svc == nil {
			return nil, bad("target", "service %s/%s does not exist", namespace, name)
		}
		return t, t.service(view, svc, ask.Port, ask.Protocol)
	case "node", "no":
		n := view.Node(rest)
		if n == nil {
			return nil, bad("target", "node %s does not exist", rest)
		}
		return t, t.address(view, cluster.Ref{Kind: cluster.KindNode, Name: n.Name}, cluster.NodeAddrs(n), ask.Port)
	case "ip":
		a, ok := cluster.ParseAddr(rest)
		if !ok {
			return nil, bad("target", "%q is no IP address", rest)
		}
		return t, t.address(view, cluster.Ref{Kind: cluster.KindNetwork, Name: a.String()}, []netip.Addr{a}, ask.Port)
	case "ingress", "ing":
		return t, t.ingress(view, rest, ask.Port)
	case "gateway", "gtw":
		return t, t.gateway(view, rest, ask.Port)
	}
	if k, ok := workloadKinds[kind]; ok {
		var pods []*cluster.Pod
		for p := range view.PodsIn(namespace) {
			if w := workload(p); w.Kind == k && w.Name == name && !p.Done() && p.IP().IsValid() {
				pods = append(pods, p)
			}
		}
		if len(pods) == 0 {
			return nil, bad("target", "%s %s/%s has no pod that runs", kind, namespace, name)
		}
		return t, t.pods(view, cluster.Ref{Kind: k, Namespace: namespace, Name: name}, pods, ask.Port)
	}
	return nil, bad("target", "%q is no target; write %s", ask.Target, targetForms)
}

func parseProtocol(text string) (corev1.Protocol, error) {
	switch p := corev1.Protocol(strings.ToUpper(text)); p {
	case "":
		return corev1.ProtocolTCP, nil
	case corev1.ProtocolTCP, corev1.ProtocolUDP, corev1.ProtocolSCTP:
		return p, nil
	}
	return "", bad("protocol", "%q is none of TCP, UDP, SCTP", text)
}

// number reads a port number; ok is false where the text is a name or empty.
func number(text string) (int32, bool, error) {
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0, false, nil
	}
	if n < 1 || n > 65535 {
		return 0, false, bad("port", "%d is no port; ports are 1 to 65535", n)
	}
	return int32(n), true, nil
}

// pods are the addresses of one or more pods: one of each kind, since pods of one kind stand alike.
func (t *target) pods(view *cluster.View, ref cluster.Ref, pods []*cluster.Pod, port string) error {
	t.ref = ref
	seen := map[kindOfPod]bool{}
	for _, p := range pods {
		kind := kindOfPod{
			namespace: p.Namespace, labels: p.Labels, shape: p.Shape, ready: p.Ready, waiting: p.Waiting, states: p.States, terminating: p.Terminating,
			phase: p.Phase, up: nodeUp(view, p.Node),
		}
		if seen[kind] {
			continue
		}
		seen[kind] = true
		n, err := podPort(p, port, t.protocol)
		if err != nil {
			return err
		}
		t.port = cmp.Or(t.port, n)
		t.spots = append(t.spots, podSpot(view, p, n, t.protocol))
	}
	t.text = words.Say("reach.target.port", ref.Kind, ref.Namespace, ref.Name, t.port)
	return nil
}

// podPort is the port that a question means on a pod.
func podPort(p *cluster.Pod, text string, protocol corev1.Protocol) (int32, error) {
	if n, ok, err := number(text); ok || err != nil {
		return n, err
	}
	if text != "" {
		if n, ok := p.Shape.PortNamed(text, protocol); ok {
			return n, nil
		}
		return 0, bad("port", "pod %s/%s has no %s port named %q", p.Namespace, p.Name, protocol, text)
	}
	for _, c := range p.Shape.Containers {
		for _, port := range c.Ports {
			if port.Protocol == protocol {
				return port.Port, nil
			}
		}
	}
	return 80, nil
}

// service is a service's own address, or for one without the addresses of its endpoints.
func (t *target) service(view *cluster.View, svc *corev1.Service, text, protocol string) error {
	t.ref = cluster.Ref{Kind: cluster.KindService, Namespace: svc.Namespace, Name: svc.Name}
	if svc.Spec.Type == corev1.ServiceTypeExternalName {
		return bad("target", "service %s/%s is a name for %s, not an address; ask with ip/ADDRESS", svc.Namespace, svc.Name, svc.Spec.ExternalName)
	}
	port, err := servicePort(svc, text, protocol)
	if err != nil {
		return err
	}
	t.port, t.protocol = port.Port, cmp.Or(port.Protocol, corev1.ProtocolTCP)
	t.text = words.Say("reach.target.service-port", svc.Namespace, svc.Name, t.port)
	addr, ok := cluster.ParseAddr(svc.Spec.ClusterIP)
	if ok {
		t.spots = []spot{serviceSpot(view, svc, port, addr)}
		return nil
	}
	var pods []*cluster.Pod
	at := int32(0)
	for _, e := range service.HeadlessEndpointsOf(view, svc, port, false) {
		if e.Pod != nil && !e.Pod.Done() {
			pods, at = append(pods, e.Pod), int32(e.Addr.Port())
		}
	}
	if len(pods) == 0 {
		return bad("target", "headless service %s/%s has no endpoint, so its name has no address", svc.Namespace, svc.Name)
	}
	text = t.text
	err = t.pods(view, t.ref, pods, strconv.Itoa(int(at)))
	t.text = text
	return err
}

func servicePort(svc *corev1.Service, text, protocol string) (*corev1.ServicePort, error) {
	n, isNumber, err := number(text)
	if err != nil {
		return nil, err
	}
	for i := range svc.Spec.Ports {
		p := &svc.Spec.Ports[i]
		if protocol != "" && !strings.EqualFold(protocol, string(cmp.Or(p.Protocol, corev1.ProtocolTCP))) {
			continue
		}
		if text == "" || isNumber && p.Port == n || !isNumber && p.Name == text {
			return p, nil
		}
	}
	if isNumber { // a port that the service does not have can be asked for, too
		return &corev1.ServicePort{Port: n, Protocol: corev1.Protocol(strings.ToUpper(protocol))}, nil
	}
	return nil, bad("port", "service %s/%s has no port %q", svc.Namespace, svc.Name, text)
}

// address is a bare address: of a node, a load balancer, a machine.
func (t *target) address(view *cluster.View, ref cluster.Ref, addrs []netip.Addr, text string) error {
	t.ref = ref
	n, ok, err := number(text)
	switch {
	case err != nil:
		return err
	case text != "" && !ok:
		return bad("port", "%s %s has no port names; give a number", ref.Kind, ref.Name)
	case len(addrs) == 0:
		return bad("target", "%s %s has no address", ref.Kind, ref.Name)
	}
	t.port = cmp.Or(n, 80)
	t.text = words.Say("reach.target.node-port", ref.Kind, ref.Name, t.port)
	t.spots = []spot{addressSpot(view, ref, addrs[0], t.port, t.protocol)}
	return nil
}

// ingress is a host name at the addresses that its Ingress has. The request names the host and goes to the address, so
// that no resolver decides.
func (t *target) ingress(view *cluster.View, rest, text string) error {
	host, path, _ := strings.Cut(rest, "/")
	t.protocol = corev1.ProtocolTCP
	ing := ingressOf(view, host)
	if ing == nil {
		return bad("target", "no ingress has a rule for host %s", host)
	}
	t.ref = cluster.Ref{Kind: cluster.KindIngress, Namespace: ing.Namespace, Name: ing.Name}
	n, ok, err := number(text)
	if err != nil || text != "" && !ok {
		return cmp.Or(err, bad("port", "%q is no port number", text))
	}
	scheme := "http"
	if n == 443 || n == 0 && len(ing.Spec.TLS) > 0 {
		scheme, n = "https", 443
	}
	t.port = cmp.Or(n, 80)
	t.text = fmt.Sprintf("http host %s port %d", host, t.port)
	for _, i := range ing.Status.LoadBalancer.Ingress {
		addr, ok := cluster.ParseAddr(i.IP)
		if !ok {
			continue
		}
		s := addressSpot(view, t.ref, addr, t.port, t.protocol)
		s.command = fmt.Sprintf("curl -k -m 2 --resolve %s:%d:%s %s://%s:%d/%s", host, t.port, addr, scheme, host, t.port, path)
		t.spots = []spot{s}
		return nil
	}
	return bad("target", "ingress %s/%s has no address in its status; ask for its controller's service", ing.Namespace, ing.Name)
}

func ingressOf(view *cluster.View, host string) *networkingv1.Ingress {
	var fallback *networkingv1.Ingress
	for _, ing := range view.Ingresses() {
		for _, r := range ing.Spec.Rules {
			if strings.EqualFold(r.Host, host) {
				return ing
			}
			if suffix, ok := strings.CutPrefix(r.Host, "*"); fallback == nil && (r.Host == "" || ok && strings.HasSuffix(strings.ToLower(host), strings.ToLower(suffix))) {
				fallback = ing
			}
		}
	}
	return fallback
}

// workload is the owner of a pod as people name it: the Deployment of a ReplicaSet; the pod itself where nobody owns it.
func workload(p *cluster.Pod) cluster.Ref {
	if p.Owner == nil {
		return p.Ref()
	}
	if hash := p.Labels.Get("pod-template-hash"); p.Owner.Kind == "ReplicaSet" && hash != "" {
		if name, ok := strings.CutSuffix(p.Owner.Name, "-"+hash); ok && name != "" {
			return cluster.Ref{Kind: cluster.KindDeployment, Namespace: p.Namespace, Name: name}
		}
	}
	return cluster.Ref{Kind: cluster.Kind(p.Owner.Kind), Namespace: p.Namespace, Name: p.Owner.Name}
}

func nodeUp(view *cluster.View, name string) bool {
	n := view.Node(name)
	if n == nil {
		return true
	}
	i := slices.IndexFunc(n.Status.Conditions, func(c corev1.NodeCondition) bool { return c.Type == corev1.NodeReady })
	return i < 0 || n.Status.Conditions[i].Status == corev1.ConditionTrue
}
