package simulate_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"sigs.k8s.io/yaml"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/simulate"
	"github.com/kubestrata/kubestrata/internal/surroundings"
)

var now = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

// objects reads documents whose first word is the kind, so that a test's input stays short.
func objects(t *testing.T, text string) []cluster.Object {
	t.Helper()
	var out []cluster.Object
	for _, doc := range strings.Split(text, "\n---\n") {
		kind, body, _ := strings.Cut(strings.TrimSpace(doc), "\n")
		o := map[string]func() cluster.Object{
			"Deployment":    func() cluster.Object { return &appsv1.Deployment{} },
			"StatefulSet":   func() cluster.Object { return &appsv1.StatefulSet{} },
			"DaemonSet":     func() cluster.Object { return &appsv1.DaemonSet{} },
			"ReplicaSet":    func() cluster.Object { return &appsv1.ReplicaSet{} },
			"Job":           func() cluster.Object { return &batchv1.Job{} },
			"Pod":           func() cluster.Object { return &corev1.Pod{} },
			"Node":          func() cluster.Object { return &corev1.Node{} },
			"Service":       func() cluster.Object { return &corev1.Service{} },
			"ConfigMap":     func() cluster.Object { return &corev1.ConfigMap{} },
			"ServiceCIDR":   func() cluster.Object { return &networkingv1.ServiceCIDR{} },
			"EndpointSlice": func() cluster.Object { return &discoveryv1.EndpointSlice{} },
			"Ingress":       func() cluster.Object { return &networkingv1.Ingress{} },
			"IngressClass":  func() cluster.Object { return &networkingv1.IngressClass{} },
			"NetworkPolicy": func() cluster.Object { return &networkingv1.NetworkPolicy{} },
		}[kind]()
		if err := yaml.UnmarshalStrict([]byte(body), o); err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		out = append(out, o)
	}
	return out
}

func settle(t *testing.T, text string) []cluster.Object {
	t.Helper()
	return simulate.Settle(objects(t, text), simulate.Options{Now: now}, simulate.Memory{}).Objects
}

func of[T cluster.Object](list []cluster.Object) []T {
	var out []T
	for _, o := range list {
		if t, ok := o.(T); ok {
			out = append(out, t)
		}
	}
	return out
}

func named[T cluster.Object](t *testing.T, list []cluster.Object, name string) T {
	t.Helper()
	for _, o := range of[T](list) {
		if o.GetName() == name {
			return o
		}
	}
	t.Fatalf("no %T %s", *new(T), name)
	return *new(T)
}

const web = `Deployment
metadata: {name: web}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: web, ports: [{name: http, containerPort: 8080}]}]}`

func TestADeploymentComesToLife(t *testing.T) {
	all := settle(t, web)
	sets := of[*appsv1.ReplicaSet](all)
	if len(sets) != 1 || *sets[0].Spec.Replicas != 3 {
		t.Fatalf("replica sets: %v", sets)
	}
	hash := sets[0].Labels["pod-template-hash"]
	if sets[0].Name != "web-"+hash || hash == "" {
		t.Errorf("ReplicaSet %s with hash %q", sets[0].Name, hash)
	}
	pods := of[*corev1.Pod](all)
	if len(pods) != 3 {
		t.Fatalf("%d pods", len(pods))
	}
	nodes, ips := map[string]int{}, map[string]bool{}
	for _, p := range pods {
		row := cluster.PodOf(p)
		if row.Phase != cluster.PhaseRunning || !row.Ready || row.Owner == nil || row.Owner.Name != sets[0].Name || row.Created != now {
			t.Errorf("%s: %+v", p.Name, row)
		}
		if !strings.HasPrefix(p.Name, sets[0].Name+"-") || len(p.Name) != len(sets[0].Name)+6 || strings.ContainsAny(p.Name[len(p.Name)-5:], "aeiou013") {
			t.Errorf("pod name %s", p.Name)
		}
		if p.Labels["app"] != "web" || p.Labels["pod-template-hash"] != hash {
			t.Errorf("labels %v", p.Labels)
		}
		node := named[*corev1.Node](t, all, p.Spec.NodeName)
		if !netip.MustParsePrefix(node.Spec.PodCIDR).Contains(row.IP()) {
			t.Errorf("%s has %s, its node %s has %s", p.Name, row.IP(), node.Name, node.Spec.PodCIDR)
		}
		nodes[p.Spec.NodeName]++
		ips[p.Status.PodIP] = true
	}
	if len(nodes) != 2 || len(ips) != 3 {
		t.Errorf("nodes %v, addresses %v", nodes, ips)
	}
	d := named[*appsv1.Deployment](t, all, "web")
	if d.Status.ReadyReplicas != 3 {
		t.Errorf("deployment status %+v", d.Status)
	}
}

func TestWorkloadsMakeTheirPods(t *testing.T) {
	const nodes = `Node
metadata: {name: a, labels: {disk: ssd}}
---
Node
metadata: {name: b}
---
Node
metadata: {name: plane}
spec: {taints: [{key: node-role.kubernetes.io/control-plane, effect: NoSchedule}]}
---
`
	tests := []struct {
		name, input string
		want        []string // NAME NODE PHASE, * for drawn letters
	}{
		{"a stateful set numbers its pods and spreads them", `StatefulSet
metadata: {name: db}
spec:
  replicas: 3
  serviceName: db
  ordinals: {start: 1}
  selector: {matchLabels: {app: db}}
  template: {metadata: {labels: {app: db}}, spec: {containers: [{name: c}]}}`,
			[]string{"db-1 a Running", "db-2 b Running", "db-3 a Running"}},
		{"a daemon runs on every node whose taints it tolerates", `DaemonSet
metadata: {name: agent}
spec:
  selector: {matchLabels: {app: agent}}
  template: {metadata: {labels: {app: agent}}, spec: {tolerations: [{operator: Exists}], containers: [{name: c}]}}`,
			[]string{"agent-***** a Running", "agent-***** b Running", "agent-***** plane Running"}},
		{"a daemon without tolerations stays off a tainted node, and follows its selector", `DaemonSet
metadata: {name: agent}
spec:
  selector: {matchLabels: {app: agent}}
  template: {metadata: {labels: {app: agent}}, spec: {nodeSelector: {disk: ssd}, containers: [{name: c}]}}`,
			[]string{"agent-***** a Running"}},
		{"a job is done", `Job
metadata: {name: once}
spec: {completions: 2, template: {spec: {restartPolicy: Never, containers: [{name: c}]}}}`,
			[]string{"once-***** a Succeeded", "once-***** b Succeeded"}},
		{"a pod of its own runs", `Pod
metadata: {name: box}
spec: {containers: [{name: c}]}`,
			[]string{"box a Running"}},
		{"a pod that fits nowhere waits", `Pod
metadata: {name: box}
spec: {nodeSelector: {disk: tape}, containers: [{name: c}]}`,
			[]string{"box  Pending"}},
		{"two pods cannot have one port of a node", `Deployment
metadata: {name: edge}
spec:
  replicas: 3
  selector: {matchLabels: {app: edge}}
  template: {metadata: {labels: {app: edge}}, spec: {containers: [{name: c, ports: [{containerPort: 80, hostPort: 80}]}]}}`,
			[]string{"edge-*-*****  Pending", "edge-*-***** a Running", "edge-*-***** b Running"}},
		{"a pod with a status keeps it", `Pod
metadata: {name: box}
spec: {nodeName: b, containers: [{name: c}]}
status: {phase: Failed, podIP: 10.9.8.7}`,
			[]string{"box b Failed"}},
		{"a set adopts the pods that match and makes the rest", `ReplicaSet
metadata: {name: rs}
spec:
  replicas: 2
  selector: {matchLabels: {app: x}}
  template: {metadata: {labels: {app: x}}, spec: {containers: [{name: c}]}}
---
Pod
metadata: {name: mine, labels: {app: x}}
spec: {nodeName: b, containers: [{name: c}]}`,
			[]string{"mine b Running", "rs-***** a Running"}},
		{"a cordoned node gets no new pods", `Node
metadata: {name: a}
spec: {unschedulable: true}
---
Pod
metadata: {name: box}
spec: {containers: [{name: c}]}`,
			[]string{"box b Running"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, p := range of[*corev1.Pod](settle(t, nodes+test.input)) {
				parts := strings.Split(p.Name, "-")
				if o := p.OwnerReferences; len(o) > 0 && o[0].Kind != "StatefulSet" && p.Name != "mine" {
					parts[len(parts)-1] = "*****"
					if len(parts) == 3 {
						parts[1] = "*"
					}
				}
				got = append(got, fmt.Sprintf("%s %s %s", strings.Join(parts, "-"), p.Spec.NodeName, p.Status.Phase))
			}
			slices.Sort(got)
			if d := cmp.Diff(test.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestPodsOfTheHostNetworkHaveTheNodesAddress(t *testing.T) {
	all := settle(t, `Pod
metadata: {name: agent}
spec: {hostNetwork: true, nodeName: n1, containers: [{name: c, ports: [{containerPort: 9100}]}]}`)
	p := named[*corev1.Pod](t, all, "agent")
	n := named[*corev1.Node](t, all, "n1")
	if p.Status.PodIP != n.Status.Addresses[0].Address || p.Spec.Containers[0].Ports[0].HostPort != 9100 {
		t.Errorf("pod %s, node %s, host port %d", p.Status.PodIP, n.Status.Addresses[0].Address, p.Spec.Containers[0].Ports[0].HostPort)
	}
}

func TestServicesGetWhatTheAPIServerGivesThem(t *testing.T) {
	const ports = "ports: [{port: 80}]"
	tests := []struct {
		name, spec string
		check      func(t *testing.T, s *corev1.Service)
	}{
		{"a cluster IP from the upper part of the range, and defaults", ports, func(t *testing.T, s *corev1.Service) {
			a := netip.MustParseAddr(s.Spec.ClusterIP)
			if !netip.MustParsePrefix("10.96.0.0/16").Contains(a) || a.Less(netip.MustParseAddr("10.96.1.0")) {
				t.Errorf("cluster IP %s", a)
			}
			p := s.Spec.Ports[0]
			if p.Protocol != "TCP" || p.TargetPort.IntVal != 80 || s.Spec.Type != "ClusterIP" || p.NodePort != 0 ||
				*s.Spec.InternalTrafficPolicy != "Cluster" || s.Spec.ExternalTrafficPolicy != "" || s.Spec.SessionAffinity != "None" {
				t.Errorf("%+v", s.Spec)
			}
			if d := cmp.Diff([]corev1.IPFamily{"IPv4"}, s.Spec.IPFamilies); d != "" {
				t.Error(d)
			}
		}},
		{"a headless service has none", "clusterIP: None, " + ports, func(t *testing.T, s *corev1.Service) {
			if d := cmp.Diff([]string{"None"}, s.Spec.ClusterIPs); d != "" {
				t.Error(d)
			}
		}},
		{"an external name has none and no families", "type: ExternalName, externalName: a.b", func(t *testing.T, s *corev1.Service) {
			if s.Spec.ClusterIP != "" || len(s.Spec.IPFamilies) != 0 || s.Spec.InternalTrafficPolicy != nil {
				t.Errorf("%+v", s.Spec)
			}
		}},
		{"a node port within the range", "type: NodePort, " + ports, func(t *testing.T, s *corev1.Service) {
			if p := s.Spec.Ports[0].NodePort; p < 30000 || p > 32767 || s.Spec.ExternalTrafficPolicy != "Cluster" {
				t.Errorf("node port %d, policy %q", p, s.Spec.ExternalTrafficPolicy)
			}
		}},
		{"a load balancer that nobody provides is pending, with a node port", "type: LoadBalancer, " + ports, func(t *testing.T, s *corev1.Service) {
			if s.Spec.Ports[0].NodePort == 0 || len(s.Status.LoadBalancer.Ingress) != 0 {
				t.Errorf("%+v %+v", s.Spec, s.Status)
			}
		}},
		{"no node ports where they are switched off", "type: LoadBalancer, allocateLoadBalancerNodePorts: false, " + ports, func(t *testing.T, s *corev1.Service) {
			if s.Spec.Ports[0].NodePort != 0 {
				t.Error(s.Spec.Ports[0].NodePort)
			}
		}},
		{"a local load balancer has a health check port", "type: LoadBalancer, externalTrafficPolicy: Local, " + ports, func(t *testing.T, s *corev1.Service) {
			if s.Spec.HealthCheckNodePort == 0 || s.Spec.HealthCheckNodePort == s.Spec.Ports[0].NodePort {
				t.Errorf("%+v", s.Spec)
			}
		}},
		{"sticky for three hours", "sessionAffinity: ClientIP, " + ports, func(t *testing.T, s *corev1.Service) {
			if *s.Spec.SessionAffinityConfig.ClientIP.TimeoutSeconds != 10800 {
				t.Errorf("%+v", s.Spec.SessionAffinityConfig)
			}
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.check(t, named[*corev1.Service](t, settle(t, "Service\nmetadata: {name: s}\nspec: {selector: {app: x}, "+test.spec+"}"), "s"))
		})
	}
}

func TestSurroundingsGiveLoadBalancersTheirAddresses(t *testing.T) {
	around := &surroundings.Surroundings{LoadBalancers: []surroundings.LoadBalancer{{Service: "default/s", Addresses: []netip.Addr{netip.MustParseAddr("198.51.100.80")}}}}
	r := simulate.Settle(objects(t, "Service\nmetadata: {name: s}\nspec: {type: LoadBalancer, ports: [{port: 80}]}"), simulate.Options{Surroundings: around}, simulate.Memory{})
	s := named[*corev1.Service](t, r.Objects, "s")
	if len(s.Status.LoadBalancer.Ingress) != 1 || s.Status.LoadBalancer.Ingress[0].IP != "198.51.100.80" || *s.Status.LoadBalancer.Ingress[0].IPMode != "VIP" {
		t.Errorf("%+v", s.Status)
	}
}

func TestAClusterHasAServiceOfItsAPIServer(t *testing.T) {
	all := settle(t, "Node\nmetadata: {name: w}\n---\nNode\nmetadata: {name: cp, labels: {node-role.kubernetes.io/control-plane: \"\"}}\nstatus: {addresses: [{type: InternalIP, address: 10.0.0.9}]}")
	s := named[*corev1.Service](t, all, "kubernetes")
	slice := named[*discoveryv1.EndpointSlice](t, all, "kubernetes")
	if s.Spec.ClusterIP != "10.96.0.1" || slice.Endpoints[0].Addresses[0] != "10.0.0.9" || *slice.Ports[0].Port != 6443 {
		t.Errorf("%s -> %v", s.Spec.ClusterIP, slice.Endpoints)
	}
	for _, n := range []string{"default", "kube-system"} {
		if ns := named[*corev1.Namespace](t, all, n); ns.Labels["kubernetes.io/metadata.name"] != n {
			t.Errorf("%s: %v", n, ns.Labels)
		}
	}
}

func TestDNSIsAddedOnlyWhereNoneCame(t *testing.T) {
	tests := []struct {
		name, input string
		want        bool
	}{
		{"plain manifests", web, true},
		{"nodes that take no other pods", "Node\nmetadata: {name: n}\nspec: {unschedulable: true, taints: [{key: a, effect: NoSchedule}]}\n---\n" + web, true},
		{"nodes bring none", "Node\nmetadata: {name: n}\n---\n" + web, true},
		{"pods of one", "Pod\nmetadata: {name: x, namespace: kube-system, labels: {k8s-app: kube-dns}}\nspec: {containers: [{name: c}]}\n---\n" + web, false},
		{"there is a kube-dns", "Service\nmetadata: {name: kube-dns, namespace: kube-system}\nspec: {ports: [{port: 53}]}", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := simulate.Settle(objects(t, test.input), simulate.Options{DNS: true, Mark: true}, simulate.Memory{})
			var coredns []*appsv1.Deployment
			for _, d := range of[*appsv1.Deployment](r.Objects) {
				if d.Name == "coredns" {
					coredns = append(coredns, d)
				}
			}
			if (len(coredns) == 1) != test.want {
				t.Fatalf("coredns: %v", coredns)
			}
			if !test.want {
				return
			}
			for _, p := range of[*corev1.Pod](r.Objects) {
				if p.Labels["k8s-app"] == "kube-dns" && !cluster.PodOf(p).Ready {
					t.Errorf("pod %s is not ready", p.Name)
				}
			}
			s := named[*corev1.Service](t, r.Objects, "kube-dns")
			c := named[*corev1.ConfigMap](t, r.Objects, "coredns")
			if s.Spec.ClusterIP != "10.96.0.10" || s.Annotations[simulate.AnnotationSimulated] != "true" || !strings.Contains(c.Data["Corefile"], "kubernetes cluster.local") {
				t.Errorf("%s %v %s", s.Spec.ClusterIP, s.Annotations, c.Data["Corefile"])
			}
			if d := named[*appsv1.Deployment](t, r.Objects, "web"); d.Annotations[simulate.AnnotationSimulated] != "" {
				t.Error("what was given is not simulated")
			}
		})
	}
}

func TestAdmissionWritesTheDefaultIngressClass(t *testing.T) {
	all := settle(t, `IngressClass
metadata: {name: old, annotations: {ingressclass.kubernetes.io/is-default-class: "true"}, creationTimestamp: "2020-01-01T00:00:00Z"}
---
IngressClass
metadata: {name: new, annotations: {ingressclass.kubernetes.io/is-default-class: "true"}, creationTimestamp: "2021-01-01T00:00:00Z"}
---
Ingress
metadata: {name: bare}
spec: {defaultBackend: {service: {name: s, port: {number: 80}}}}
---
Ingress
metadata: {name: annotated, annotations: {kubernetes.io/ingress.class: x}}
spec: {defaultBackend: {service: {name: s, port: {number: 80}}}}`)
	if c := named[*networkingv1.Ingress](t, all, "bare").Spec.IngressClassName; c == nil || *c != "new" {
		t.Errorf("class %v", c)
	}
	if c := named[*networkingv1.Ingress](t, all, "annotated").Spec.IngressClassName; c != nil {
		t.Errorf("class %v", *c)
	}
}

func TestTheSameInputGivesTheSameCluster(t *testing.T) {
	input := web + "\n---\nService\nmetadata: {name: web}\nspec: {type: NodePort, selector: {app: web}, ports: [{port: 80, targetPort: http}]}"
	first := settle(t, input)
	for range 10 {
		backwards := objects(t, input)
		slices.Reverse(backwards)
		again := simulate.Settle(backwards, simulate.Options{Now: now}, simulate.Memory{}).Objects
		if d := cmp.Diff(first, again); d != "" {
			t.Fatal(d)
		}
	}
}

func TestSettlingDoesNotChangeWhatItIsGiven(t *testing.T) {
	given, before := objects(t, web), objects(t, web)
	simulate.Settle(given, simulate.Options{Now: now}, simulate.Memory{})
	if d := cmp.Diff(before, given); d != "" {
		t.Error(d)
	}
}

func TestASettledClusterSettlesToItself(t *testing.T) {
	once := settle(t, web+"\n---\nService\nmetadata: {name: web}\nspec: {selector: {app: web}, ports: [{port: 80, targetPort: http}]}")
	twice := simulate.Settle(once, simulate.Options{Now: now.Add(time.Hour)}, simulate.Memory{}).Objects
	if d := cmp.Diff(once, twice); d != "" {
		t.Error(d)
	}
}

func TestNamesAndAddressesStayWhenOtherObjectsComeAndGo(t *testing.T) {
	first := simulate.Settle(objects(t, web), simulate.Options{Now: now}, simulate.Memory{})
	second := simulate.Settle(objects(t, strings.ReplaceAll(web, "web", "aaa")+"\n---\n"+web), simulate.Options{Now: now}, first.Memory)
	for _, p := range of[*corev1.Pod](first.Objects) {
		same := named[*corev1.Pod](t, second.Objects, p.Name)
		if same.Status.PodIP != p.Status.PodIP || same.Spec.NodeName != p.Spec.NodeName {
			t.Errorf("%s moved from %s on %s to %s on %s", p.Name, p.Status.PodIP, p.Spec.NodeName, same.Status.PodIP, same.Spec.NodeName)
		}
	}
}

func TestPodsOfANodeWithoutRangeGetAddresses(t *testing.T) {
	given := objects(t, `Node
metadata: {name: calico}
status: {addresses: [{type: InternalIP, address: 192.168.10.11}], conditions: [{type: Ready, status: "True"}]}
---
Node
metadata: {name: ranged}
spec: {podCIDR: 10.244.1.0/24}
status: {addresses: [{type: InternalIP, address: 192.168.10.12}], conditions: [{type: Ready, status: "True"}]}
---
Pod
metadata: {namespace: default, name: one}
spec: {nodeName: calico, containers: [{name: c, image: i}]}`)
	for _, o := range simulate.Settle(given, simulate.Options{}, simulate.Memory{}).Objects {
		switch o := o.(type) {
		case *corev1.Pod:
			if want := "10.244.2.2"; o.Name == "one" && o.Status.PodIP != want {
				t.Errorf("pod %s has the address %q, want %s", o.Name, o.Status.PodIP, want)
			}
		case *corev1.Node:
			if o.Name == "calico" && o.Spec.PodCIDR != "" {
				t.Errorf("node calico is said to have the range %s, which no object says", o.Spec.PodCIDR)
			}
		}
	}
}
