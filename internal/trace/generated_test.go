package trace_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// names are what everything in a generated cluster is called, so that all of it can be renamed at once.
type names struct{ namespaces, apps, nodes []string }

var (
	plainNames = names{[]string{"default", "team"}, []string{"ant", "bee", "cat"}, []string{"n1", "n2", "n3"}}
	// Other first letters, other order, other lengths; the number of namespaces and nodes stays.
	otherNames = names{[]string{"zoo", "area"}, []string{"zebra-long-name", "yak", "auk"}, []string{"worker-z", "m", "alpha"}}
)

type question struct{ from, command string }

// generated is a small cluster at random, of all that a request can meet at layer 4, and questions about it. The same
// seed with other names gives the same cluster under other names.
func generated(t *testing.T, seed uint64, n names) (*place, []question) {
	r := rand.New(rand.NewPCG(seed, 7))
	one := func(list ...string) string { return list[r.IntN(len(list))] }
	p := lab(t)
	p.objects = slices.DeleteFunc(p.objects, func(o cluster.Object) bool { // nodes and namespaces of its own
		kind := cluster.KindOf(o)
		return kind == cluster.KindNode || kind == cluster.KindNamespace && o.GetName() != "kube-system"
	})
	for i, name := range n.nodes {
		p.node(name, fmt.Sprintf("172.20.128.%d", 11+i), fmt.Sprintf("10.244.%d.0/24", i+1))
	}
	for _, o := range p.objects {
		if pod, ok := o.(*corev1.Pod); ok {
			pod.Spec.NodeName = n.nodes[1]
		}
	}
	for _, ns := range n.namespaces {
		p.objects = append(p.objects, &corev1.Namespace{ObjectMeta: metaOf("", ns, "kubernetes.io/metadata.name="+ns+",tier="+one("in", "out"))})
	}
	switch r.IntN(4) {
	case 0, 1:
		p.enforces()
	case 2:
		p.daemonSet("kube-router", "docker.io/cloudnativelabs/kube-router:v2.5.0")
	}
	if r.IntN(2) == 0 {
		for _, o := range p.objects {
			if c, ok := o.(*corev1.ConfigMap); ok && c.Name == "kube-proxy" {
				c.Data["config.conf"] = "mode: " + one("nftables", "ipvs", "iptables", `""`) + "\nclusterCIDR: " + one("10.244.0.0/16", `""`) + "\n"
			}
		}
	}
	var pods, addresses []string
	for i := range 8 {
		node := r.IntN(len(n.nodes))
		path := n.namespaces[r.IntN(2)] + "/" + fmt.Sprintf("%s-%d", n.apps[i%3], i)
		ip := fmt.Sprintf("10.244.%d.%d", node+1, 10+i)
		var change []func(*corev1.Pod)
		switch r.IntN(8) {
		case 0:
			change = append(change, unready)
		case 1:
			change = append(change, crashing)
		case 2:
			ip = fmt.Sprintf("172.20.128.%d", 11+node)
			change = append(change, func(pod *corev1.Pod) { pod.Spec.HostNetwork = true })
		}
		p.pod(path, n.nodes[node], ip, "app="+n.apps[i%3]+",tier="+one("x", "y"), change...)
		pods, addresses = append(pods, path), append(addresses, ip)
	}
	for i, app := range n.apps {
		path := n.namespaces[r.IntN(2)] + "/" + app
		address := fmt.Sprintf("10.96.7.%d", i+1)
		if r.IntN(6) == 0 {
			address = "None"
		}
		p.service(path, address, "app="+app, ":80:8080")
		local := r.IntN(2) == 0
		switch r.IntN(4) {
		case 0:
			p.nodePort(int32(30080 + i))
		case 1:
			p.loadBalancer(int32(30080+i), fmt.Sprintf("172.20.128.%d", 200+i))
		default:
			if local && address != "None" {
				p.change(func(s *corev1.Service) {
					policy := corev1.ServiceInternalTrafficPolicyLocal
					s.Spec.InternalTrafficPolicy = &policy
				})
			}
			local = false
		}
		if local {
			p.local()
		}
		if r.IntN(4) == 0 {
			p.change(func(s *corev1.Service) {
				s.Spec.LoadBalancerSourceRanges = []string{one("172.20.128.50/32", "10.244.0.0/16", "192.0.2.0/24")}
			})
		}
	}
	for i := range r.IntN(4) {
		p.policy(randomPolicy(r, n, i))
	}
	if r.IntN(2) == 0 {
		p.listens(n.namespaces[0], "app="+n.apps[0], 8080, "TCP", welcome)
	}
	var asked []question
	for _, from := range []string{"pod/" + pods[r.IntN(8)], "pod/" + pods[r.IntN(8)], "node/" + n.nodes[r.IntN(3)], "lan/laptop", "internet/user"} {
		to := n.apps[r.IntN(3)]
		asked = append(asked,
			question{from, "curl http://" + to + "." + n.namespaces[r.IntN(2)] + "/"},
			question{from, fmt.Sprintf("curl http://10.96.7.%d:%s/", 1+r.IntN(3), one("80", "81"))},
			question{from, fmt.Sprintf("curl http://172.20.128.%d:3008%d/", 11+r.IntN(3), r.IntN(3))},
			question{from, fmt.Sprintf("curl http://172.20.128.%d/", 200+r.IntN(3))},
			question{from, "curl http://" + addresses[r.IntN(8)] + ":8080/"},
		)
	}
	return p, asked
}

func randomPolicy(r *rand.Rand, n names, i int) string {
	one := func(list ...string) string { return list[r.IntN(len(list))] }
	app := func() string { return n.apps[r.IntN(len(n.apps))] }
	peer := func() string {
		return one("podSelector: {}", "podSelector: {matchLabels: {app: "+app()+"}}", "namespaceSelector: {matchLabels: {tier: in}}",
			"ipBlock: {cidr: 10.244.0.0/16, except: [10.244.2.0/24]}", "ipBlock: {cidr: 172.20.128.0/24}", "ipBlock: {cidr: 0.0.0.0/0}",
			"namespaceSelector: {}, podSelector: {matchLabels: {tier: x}}")
	}
	rules := func(word string) string {
		var list []string
		for range r.IntN(3) {
			rule := word + ": [{" + peer() + "}]"
			if r.IntN(2) == 0 {
				rule += ", ports: [{port: " + one("8080", "80", "53, protocol: UDP") + "}]"
			}
			list = append(list, "{"+rule+"}")
		}
		return "[" + strings.Join(list, ", ") + "]"
	}
	types, sections := "Ingress", "ingress: "+rules("from")
	switch r.IntN(3) {
	case 0:
		types, sections = "Egress", "egress: "+rules("to")
	case 1:
		types, sections = "Ingress, Egress", sections+", egress: "+rules("to")
	}
	selector := one("{}", "{matchLabels: {app: "+app()+"}}", "{matchLabels: {tier: y}}")
	return fmt.Sprintf("{metadata: {namespace: %s, name: policy-%d}, spec: {podSelector: %s, policyTypes: [%s], %s}}",
		n.namespaces[r.IntN(2)], i, selector, types, sections)
}

// opened is a copy of the place with one more rule, that admits everything, in some policy of some direction; false where
// there is no policy.
func (p *place) opened(r *rand.Rand) bool {
	var policies []*networkingv1.NetworkPolicy
	for _, o := range p.objects {
		if policy, ok := o.(*networkingv1.NetworkPolicy); ok {
			policies = append(policies, policy)
		}
	}
	if len(policies) == 0 {
		return false
	}
	chosen := policies[r.IntN(len(policies))]
	for _, t := range chosen.Spec.PolicyTypes {
		if t == networkingv1.PolicyTypeIngress {
			chosen.Spec.Ingress = append(chosen.Spec.Ingress, networkingv1.NetworkPolicyIngressRule{})
		} else {
			chosen.Spec.Egress = append(chosen.Spec.Egress, networkingv1.NetworkPolicyEgressRule{})
		}
	}
	return true
}
