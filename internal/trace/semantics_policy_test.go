package trace_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/network-policy-api/apis/v1alpha1"
	"sigs.k8s.io/network-policy-api/apis/v1alpha2"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/trace"
)

// declares gives the container of a pod declared ports, NAME:PORT[/PROTOCOL].
func declares(texts ...string) func(*corev1.Pod) {
	return func(pod *corev1.Pod) {
		for _, text := range texts {
			text, protocol, _ := strings.Cut(text, "/")
			if protocol == "" {
				protocol = "TCP"
			}
			var port corev1.ContainerPort
			name, number, _ := strings.Cut(text, ":")
			port.Name, port.Protocol = name, corev1.Protocol(protocol)
			if _, err := fmt.Sscan(number, &port.ContainerPort); err != nil {
				panic(err)
			}
			pod.Spec.Containers[0].Ports = append(pod.Spec.Containers[0].Ports, port)
		}
	}
}

// quarter is a lab under Calico with a web pod that listens on three protocols, and callers near and far: of its own
// namespace, of another, on the host network, one that has ended.
func quarter(t *testing.T) *place {
	p := lab(t).enforces()
	for _, o := range p.objects {
		if ns, ok := o.(*corev1.Namespace); ok && ns.Name == "team" {
			ns.Labels["team"] = "red"
		}
	}
	p.pod("default/web", "node01", "10.244.1.4", "app=web", declares("http:8080", "dns:5353/UDP", "sig:9899/SCTP"))
	p.pod("default/client", "node01", "10.244.1.5", "app=client,access=true")
	p.pod("default/plain", "node02", "10.244.2.5", "app=plain")
	p.pod("team/far", "node02", "10.244.2.6", "app=far,access=true", declares("api:8080"))
	p.pod("default/on-host", "node02", "172.20.128.7", "app=on-host,access=true", onHost, declares("h:8080"))
	p.pod("default/on-node01", "node01", "172.20.128.6", "app=on-host,access=true", onHost, declares("h:8080"))
	p.pod("default/ended", "node02", "10.244.2.9", "app=ended,access=true", phase(corev1.PodSucceeded))
	p.service("default/web", "10.96.7.7", "app=web", "http:80:8080")
	p.service("team/far", "10.96.7.8", "app=far", ":80:8080")
	for _, port := range []int32{8080, 8081, 9000} {
		p.listens("default", "app=web", port, "TCP")
	}
	p.listens("default", "app=web", 5353, "UDP").listens("default", "app=web", 9899, "SCTP").listens("team", "app=far", 8080, "TCP")
	return p.listens("default", "app=plain", 8080, "TCP").listens("default", "app=client", 8080, "TCP").
		listens("default", "app=on-host", 8080, "TCP")
}

// guard is a policy of namespace default; spec is its spec in one line of YAML.
func (p *place) guard(name, spec string) *place {
	return p.policy(fmt.Sprintf("{metadata: {namespace: default, name: %s}, spec: %s}", name, spec))
}

const (
	intoWeb = "nc -zv -w 2 10.244.1.4 8080"
	open    = "answered pod.delivered certain"
	shutIn  = "no-answer policy.ingress-denied certain"
	shutOut = "no-answer policy.egress-denied certain"
)

func TestSemanticsA31(t *testing.T) {
	const web = "{podSelector: {matchLabels: {app: web}}, "
	const client = "{podSelector: {matchLabels: {app: client}}, "
	const all = "{podSelector: {}, "
	for _, row := range []struct {
		name   string
		policy []string // specs
		from   string   // pod/default/client where empty
		ask    string   // intoWeb where empty
		want   string
	}{
		{"A3.1 row 1: a pod that no policy selects is open", []string{"{podSelector: {matchLabels: {app: nobody}}}"}, "", "", open},
		{"A3.1 row 1: a policy of another namespace isolates nobody here", nil, "", "", open},
		{"A3.1 row 1: a policy isolates whom it selects", []string{web + "policyTypes: [Ingress]}"}, "", "", shutIn},
		{"A3.1 row 1: and not the others", []string{web + "policyTypes: [Ingress]}"}, "pod/team/far", "nc -zv -w 2 10.244.2.5 8080", open},
		{"A3.1 row 2: without policyTypes ingress is always meant", []string{web[:len(web)-2] + "}"}, "", "", shutIn},
		{"A3.1 row 2: without policyTypes and egress rules egress stays open", []string{client[:len(client)-2] + "}"}, "", "", open},
		{"A3.1 row 2: an empty list of egress rules is none", []string{client + "egress: []}"}, "", "", open},
		{"A3.1 row 2: an egress rule means egress as well", []string{client + "egress: [{ports: [{port: 1}]}]}"}, "", "", shutOut},
		{"A3.1 row 2: and then ingress too is meant", []string{web + "egress: [{}]}"}, "", "", shutIn},
		{"A3.1 row 2: an empty list of policyTypes is none", []string{web + "policyTypes: [], ingress: [{}]}"}, "", "", open},
		{"A3.1 row 3: with policyTypes Egress alone an ingress section does not count", []string{web + "policyTypes: [Egress], ingress: []}"}, "", "", open},
		{"A3.1 row 4: an empty list of rules denies all", []string{web + "policyTypes: [Ingress], ingress: []}"}, "", "", shutIn},
		{"A3.1 row 4: no list of rules denies all", []string{web + "policyTypes: [Ingress]}"}, "", "", shutIn},
		{"A3.1 row 4: one empty rule allows all", []string{web + "ingress: [{}]}"}, "", "", open},
		{"A3.1 row 4: one empty egress rule allows all", []string{client + "policyTypes: [Egress], egress: [{}]}"}, "", "", open},
		{"A3.1 row 5: a missing from is everybody", []string{web + "ingress: [{ports: [{port: 8080}]}]}"}, "", "", open},
		{"A3.1 row 5: an empty from is everybody, nodes elsewhere included", []string{web + "ingress: [{from: [], ports: [{port: 8080}]}]}"}, "node/node02", "", open},
		{"A3.1 row 5: an empty to is everybody", []string{client + "policyTypes: [Egress], egress: [{to: []}]}"}, "", "", open},
		{"A3.1 row 5: an empty list of ports is every port and protocol", []string{web + "ingress: [{from: [{podSelector: {}}], ports: []}]}"}, "", "nc -zv --sctp -w 2 10.244.1.4 9899", open},
		{"A3.1 row 6: podSelector alone is pods of the policy's namespace", []string{web + "ingress: [{from: [{podSelector: {matchLabels: {access: 'true'}}}]}]}"}, "", "", open},
		{"A3.1 row 6: and not of another", []string{web + "ingress: [{from: [{podSelector: {matchLabels: {access: 'true'}}}]}]}"}, "pod/team/far", "", shutIn},
		{"A3.1 row 6: the empty podSelector is all pods of the namespace", []string{web + "ingress: [{from: [{podSelector: {}}]}]}"}, "pod/default/plain", "", open},
		{"A3.1 row 6: and none of another", []string{web + "ingress: [{from: [{podSelector: {}}]}]}"}, "pod/team/far", "", shutIn},
		{"A3.1 row 6: nor an address outside", []string{web + "ingress: [{from: [{podSelector: {}}]}]}"}, "node/node02", "", "no-answer policy.ingress-denied assumed"},
		{"A3.1 row 7: namespaceSelector alone is all pods of its namespaces", []string{web + "ingress: [{from: [{namespaceSelector: {matchLabels: {team: red}}}]}]}"}, "pod/team/far", "", open},
		{"A3.1 row 7: and no others", []string{web + "ingress: [{from: [{namespaceSelector: {matchLabels: {team: red}}}]}]}"}, "", "", shutIn},
		{"A3.1 row 7: the empty one is every namespace", []string{web + "ingress: [{from: [{namespaceSelector: {}}]}]}"}, "pod/team/far", "", open},
		{"A3.1 row 8: both selectors in one item are AND", []string{web + "ingress: [{from: [{namespaceSelector: {matchLabels: {team: red}}, podSelector: {matchLabels: {app: client}}}]}]}"}, "pod/team/far", "", shutIn},
		{"A3.1 row 8: AND that holds", []string{web + "ingress: [{from: [{namespaceSelector: {matchLabels: {team: red}}, podSelector: {matchLabels: {app: far}}}]}]}"}, "pod/team/far", "", open},
		{"A3.1 row 8: two items are OR", []string{web + "ingress: [{from: [{namespaceSelector: {matchLabels: {team: red}}}, {podSelector: {matchLabels: {app: client}}}]}]}"}, "", "", open},
		{"A3.1 row 9: a namespace by name is its own label", []string{web + "ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: team}}}]}]}"}, "pod/team/far", "", open},
		{"A3.1 row 9: by a list of names", []string{web + "ingress: [{from: [{namespaceSelector: {matchExpressions: [{key: kubernetes.io/metadata.name, operator: In, values: [kube-system, team]}]}}]}]}"}, "pod/team/far", "", open},
		{"A3.1 row 9: a label called name is another label", []string{web + "ingress: [{from: [{namespaceSelector: {matchLabels: {name: team}}}]}]}"}, "pod/team/far", "", shutIn},
		{"A3.1 selectors: In", []string{web + "ingress: [{from: [{podSelector: {matchExpressions: [{key: app, operator: In, values: [x, client]}]}}]}]}"}, "", "", open},
		{"A3.1 selectors: In needs the key", []string{web + "ingress: [{from: [{podSelector: {matchExpressions: [{key: zone, operator: In, values: [x]}]}}]}]}"}, "", "", shutIn},
		{"A3.1 selectors: NotIn", []string{web + "ingress: [{from: [{podSelector: {matchExpressions: [{key: app, operator: NotIn, values: [client]}]}}]}]}"}, "", "", shutIn},
		{"A3.1 selectors: NotIn holds where the key is absent", []string{web + "ingress: [{from: [{podSelector: {matchExpressions: [{key: zone, operator: NotIn, values: [x]}]}}]}]}"}, "", "", open},
		{"A3.1 selectors: Exists", []string{web + "ingress: [{from: [{podSelector: {matchExpressions: [{key: access, operator: Exists}]}}]}]}"}, "pod/default/plain", "", shutIn},
		{"A3.1 selectors: DoesNotExist", []string{web + "ingress: [{from: [{podSelector: {matchExpressions: [{key: access, operator: DoesNotExist}]}}]}]}"}, "pod/default/plain", "", open},
		{"A3.1 selectors: labels and expressions are AND", []string{web + "ingress: [{from: [{podSelector: {matchLabels: {access: 'true'}, matchExpressions: [{key: app, operator: NotIn, values: [client]}]}}]}]}"}, "", "", shutIn},
		{"A3.1 selectors: the subject's expressions count", []string{"{podSelector: {matchExpressions: [{key: app, operator: In, values: [web, x]}]}, policyTypes: [Ingress]}"}, "", "", shutIn},
		{"A3.1 row 10: ipBlock admits a machine outside", []string{web + "ingress: [{from: [{ipBlock: {cidr: 172.20.128.0/24}}]}]}"}, "lan/laptop", "nc -zv -w 2 172.20.128.6 30080", "answered pod.delivered certain"},
		{"A3.1 row 10: except takes away", []string{web + "ingress: [{from: [{ipBlock: {cidr: 172.20.128.0/24, except: [172.20.128.48/28]}}]}]}"}, "lan/laptop", "nc -zv -w 2 172.20.128.6 30080", shutIn},
		{"A3.1 row 10: another item gives it back", []string{web + "ingress: [{from: [{ipBlock: {cidr: 172.20.128.0/24, except: [172.20.128.48/28]}}, {ipBlock: {cidr: 172.20.128.50/32}}]}]}"}, "lan/laptop", "nc -zv -w 2 172.20.128.6 30080", "answered pod.delivered certain"},
		{"A3.1 row 10: so does another policy", []string{web + "ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0, except: [172.20.0.0/16]}}]}]}", web + "ingress: [{from: [{ipBlock: {cidr: 172.20.128.50/32}}]}]}"}, "lan/laptop", "nc -zv -w 2 172.20.128.6 30080", "answered pod.delivered certain"},
		{"A3.1 row 10: a block of IPv6 holds no IPv4 address", []string{web + "ingress: [{from: [{ipBlock: {cidr: '::/0'}}]}]}"}, "lan/laptop", "nc -zv -w 2 172.20.128.6 30080", shutIn},
		{"A3.1 row 11: a port without protocol is TCP", []string{web + "ingress: [{ports: [{port: 5353}]}]}"}, "", "nc -zuv -w 2 10.244.1.4 5353", shutIn},
		{"A3.1 row 11: SCTP never matches TCP", []string{web + "ingress: [{ports: [{protocol: SCTP, port: 8080}]}]}"}, "", "", shutIn},
		{"A3.1 row 11: SCTP matches SCTP", []string{web + "ingress: [{ports: [{protocol: SCTP, port: 9899}]}]}"}, "", "nc -zv --sctp -w 2 10.244.1.4 9899", open},
		{"A3.1 row 12: without a port every port of the protocol", []string{web + "ingress: [{ports: [{protocol: UDP}]}]}"}, "", "nc -zuv -w 2 10.244.1.4 5353", open},
		{"A3.1 row 12: and none of another", []string{web + "ingress: [{ports: [{protocol: UDP}]}]}"}, "", "", shutIn},
		{"A3.1 row 12: an entry without anything is every TCP port", []string{web + "ingress: [{ports: [{}]}]}"}, "", "", open},
		{"A3.1 row 13: endPort includes its end", []string{web + "ingress: [{ports: [{port: 8000, endPort: 8080}]}]}"}, "", "", open},
		{"A3.1 row 13: and its beginning", []string{web + "ingress: [{ports: [{port: 8080, endPort: 8090}]}]}"}, "", "", open},
		{"A3.1 row 13: and nothing behind", []string{web + "ingress: [{ports: [{port: 8000, endPort: 8079}]}]}"}, "", "", shutIn},
		{"A3.1 row 14: a named port of the subject on ingress", []string{web + "ingress: [{ports: [{port: http}]}]}"}, "", "", open},
		{"A3.1 row 14: with its protocol", []string{web + "ingress: [{ports: [{port: dns, protocol: UDP}]}]}"}, "", "nc -zuv -w 2 10.244.1.4 5353", open},
		{"A3.1 row 14: and with no other", []string{web + "ingress: [{ports: [{port: dns}]}]}"}, "", "nc -zuv -w 2 10.244.1.4 5353", shutIn},
		{"A3.1 row 14: a name that the subject does not have matches nothing", []string{web + "ingress: [{ports: [{port: api}]}]}"}, "", "", shutIn},
		{"A3.1 row 14: a named port of the peer on egress", []string{client + "policyTypes: [Egress], egress: [{ports: [{port: api}]}]}"}, "", "nc -zv -w 2 10.244.2.6 8080", open},
		{"A3.1 row 14: which another peer does not have", []string{client + "policyTypes: [Egress], egress: [{ports: [{port: api}]}]}"}, "", "", shutOut},
		{"A3.1 row 14: a name means nothing outside", []string{client + "policyTypes: [Egress], egress: [{ports: [{port: http}]}]}"}, "", "nc -zv -w 2 172.20.128.50 8000", shutOut},
		{"A3.1 row 15: the port is the pod's, not the service's", []string{web + "ingress: [{ports: [{port: 80}]}]}"}, "", "nc -zv -w 2 10.96.7.7 80", shutIn},
		{"A3.1 row 15: the pod's port through the service", []string{web + "ingress: [{ports: [{port: 8080}]}]}"}, "", "nc -zv -w 2 10.96.7.7 80", open},
		{"A3.1 row 15: egress too is about the pod's port", []string{client + "policyTypes: [Egress], egress: [{ports: [{port: 80}]}]}"}, "", "nc -zv -w 2 10.96.7.7 80", shutOut},
		{"A3.1 row 15: a node port is no pod's port", []string{web + "ingress: [{ports: [{port: 30080}]}]}"}, "lan/laptop", "nc -zv -w 2 172.20.128.6 30080", shutIn},
		{"A3.1 row 16: a completed pod selects nobody", []string{web + "ingress: [{from: [{podSelector: {matchLabels: {app: ended}}}]}]}"}, "", "", shutIn},
		{"A3.1 row 18: a policy does not guard a pod on the host network", []string{"{podSelector: {matchLabels: {app: on-host}}, policyTypes: [Ingress]}"}, "", "nc -zv -w 2 172.20.128.7 8080", "answered pod.delivered assumed"},
		{"A3.1 row 18: a caller on the host network is its node", []string{web + "ingress: [{from: [{podSelector: {matchLabels: {access: 'true'}}}]}]}"}, "pod/default/on-host", "", "no-answer policy.ingress-denied assumed"},
		{"A3.1 row 18: which an ipBlock may admit", []string{web + "ingress: [{from: [{ipBlock: {cidr: 172.20.128.7/32}}]}]}"}, "pod/default/on-host", "", "answered pod.delivered assumed"},
		{"A3.1 row 18: without a label in common it is turned away for certain", []string{web + "ingress: [{from: [{podSelector: {matchLabels: {app: client}}}]}]}"}, "pod/default/on-host", "", shutIn},
		{"A3.1 row 19: a node reaches its own pods", []string{web + "policyTypes: [Ingress]}"}, "node/node01", "", open},
		{"A3.1 row 19: a pod on its host network does so, too", []string{web + "policyTypes: [Ingress]}"}, "pod/default/on-node01", "", open},
		{"A3.1 row 19: another node does not", []string{web + "policyTypes: [Ingress]}"}, "node/node02", "", shutIn},
		{"A3.1 row 20: a pod reaches itself", []string{all + "policyTypes: [Ingress, Egress]}"}, "pod/default/web", "", open},
		{"A3.1 row 20: through localhost as well", []string{all + "policyTypes: [Ingress, Egress]}"}, "pod/default/web", "nc -zv -w 2 127.0.0.1 8080", open},
		{"A3.1 row 20: through a service it depends on the plug-in", []string{all + "policyTypes: [Ingress, Egress]}"}, "pod/default/web", "nc -zv -w 2 10.96.7.7 80", "answered pod.delivered assumed"},
		{"A3.1 row 21: a ping into an isolated pod is undefined", []string{web + "policyTypes: [Ingress]}"}, "", "ping -c 1 10.244.1.4", "no-answer policy.ingress-denied assumed"},
		{"A3.1 row 21: also where a rule admits everything", []string{web + "ingress: [{}]}"}, "", "ping -c 1 10.244.1.4", "answered pod.delivered assumed"},
		{"A3.1: peer and port must match in one rule", []string{web + "ingress: [{from: [{podSelector: {matchLabels: {app: client}}}], ports: [{port: 1}]}, {from: [{podSelector: {matchLabels: {app: x}}}], ports: [{port: 8080}]}]}"}, "", "", shutIn},
		{"A3.1: policies add up", []string{web + "policyTypes: [Ingress]}", web + "ingress: [{ports: [{port: 8080}]}]}"}, "", "", open},
		{"A3.1: both ends must agree: the sender's", []string{client + "policyTypes: [Egress]}", web + "ingress: [{}]}"}, "", "", shutOut},
		{"A3.1: both ends must agree: the receiver's", []string{client + "policyTypes: [Egress], egress: [{}]}", web + "policyTypes: [Ingress]}"}, "", "", shutIn},
		{"A3.1: answers need no rule of their own", []string{client + "policyTypes: [Ingress]}", web + "policyTypes: [Egress]}"}, "", "", open},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := quarter(t)
			for _, s := range p.services() {
				if s.Name == "web" { // the client's own address goes through
					s.Spec.Type, s.Spec.Ports[0].NodePort = corev1.ServiceTypeNodePort, 30080
					s.Spec.ExternalTrafficPolicy = corev1.ServiceExternalTrafficPolicyLocal
				}
			}
			for i, spec := range row.policy {
				p.guard(fmt.Sprintf("p%d", i+1), spec)
			}
			if row.from == "" {
				row.from = "pod/default/client"
			}
			if row.ask == "" {
				row.ask = intoWeb
			}
			tr := p.ask(row.from, row.ask)
			equal(t, summary(tr), row.want)
			if strings.HasPrefix(tr.Verdict.Reason, "policy.") && (tr.Verdict.DecidedBy == nil || tr.Verdict.DecidedBy.Kind != cluster.KindNetworkPolicy) {
				t.Errorf("decided by %v", tr.Verdict.DecidedBy)
			}
		})
	}
}

func (p *place) yamls(texts ...string) *place {
	p.t.Helper()
	for _, text := range texts {
		switch kind, _, _ := strings.Cut(text, " "); kind {
		case "ANP":
			p.yaml(&v1alpha1.AdminNetworkPolicy{}, text[4:])
		case "BANP":
			p.yaml(&v1alpha1.BaselineAdminNetworkPolicy{}, text[5:])
		case "CNP":
			p.yaml(&v1alpha2.ClusterNetworkPolicy{}, text[4:])
		case "NP":
			p.policy(text[3:])
		case "DS":
			name, image, _ := strings.Cut(text[3:], " ")
			p.daemonSet(name, image)
		case "CRD":
			p.objects = append(p.objects, &v1.PartialObjectMetadata{
				TypeMeta: v1.TypeMeta{APIVersion: "apiextensions.k8s.io/v1", Kind: "CustomResourceDefinition"}, ObjectMeta: v1.ObjectMeta{Name: text[4:]},
			})
		default:
			p.t.Fatalf("what is %q?", text)
		}
	}
	return p
}

// cnp writes a ClusterNetworkPolicy about the web pod's ingress, or (subject client) the client's egress.
func cnp(name, tier string, priority int, direction, subject, rules string) string {
	return fmt.Sprintf("CNP {metadata: {name: %s}, spec: {tier: %s, priority: %d, subject: {pods: {namespaceSelector: {}, podSelector: {matchLabels: {app: %s}}}}, %s: [%s]}}",
		name, tier, priority, subject, direction, rules)
}

const (
	openPerhaps = "answered pod.delivered assumed"
	shutPerhaps = "no-answer policy.ingress-denied assumed"
	outPerhaps  = "no-answer policy.egress-denied assumed"
	shutAll     = "NP {metadata: {namespace: default, name: shut}, spec: {podSelector: {}, policyTypes: [Ingress]}}"
	openAll     = "NP {metadata: {namespace: default, name: open}, spec: {podSelector: {}, ingress: [{}]}}"
)

func TestSemanticsA34(t *testing.T) {
	const anyPod = "namespaces: {}"
	in := func(name, tier string, priority int, rules string) string {
		return cnp(name, tier, priority, "ingress", "web", rules)
	}
	out := func(name, tier string, priority int, rules string) string {
		return cnp(name, tier, priority, "egress", "client", rules)
	}
	for _, row := range []struct {
		name    string
		objects []string
		from    string
		ask     string
		want    string
		decided string
	}{
		{"A3.4 order: Admin denies before NetworkPolicy is asked", []string{openAll, in("a", "Admin", 1, "{action: Deny, from: [{"+anyPod+"}]}")}, "", "", shutPerhaps, "ClusterNetworkPolicy a"},
		{"A3.4 order: Admin accepts what NetworkPolicy denies", []string{shutAll, in("a", "Admin", 1, "{action: Accept, from: [{"+anyPod+"}]}")}, "", "", openPerhaps, ""},
		{"A3.4 order: Pass goes on to NetworkPolicy", []string{shutAll, in("a", "Admin", 1, "{action: Pass, from: [{"+anyPod+"}]}, {action: Accept, from: [{"+anyPod+"}]}")}, "", "", shutIn, "NetworkPolicy default/shut"},
		{"A3.4 order: Pass skips the rest of its tier", []string{in("a", "Admin", 1, "{action: Pass, from: [{"+anyPod+"}]}"), in("b", "Admin", 2, "{action: Deny, from: [{"+anyPod+"}]}")}, "", "", open, ""},
		{"A3.4 order: Baseline has the last word", []string{in("b", "Baseline", 1, "{action: Deny, from: [{"+anyPod+"}]}")}, "", "", shutPerhaps, "ClusterNetworkPolicy b"},
		{"A3.4 order: Baseline is not asked where a NetworkPolicy selects", []string{openAll, in("b", "Baseline", 1, "{action: Deny, from: [{"+anyPod+"}]}")}, "", "", open, ""},
		{"A3.4 order: a NetworkPolicy of the other direction does not count", []string{
			"NP {metadata: {namespace: default, name: e}, spec: {podSelector: {}, policyTypes: [Egress], egress: [{}]}}", in("b", "Baseline", 1, "{action: Deny, from: [{"+anyPod+"}]}")},
			"", "", shutPerhaps, "ClusterNetworkPolicy b"},
		{"A3.4 order: Pass in Baseline ends open", []string{in("b", "Baseline", 1, "{action: Pass, from: [{"+anyPod+"}]}, {action: Deny, from: [{"+anyPod+"}]}")}, "", "", open, ""},
		{"A3.4 order: nobody says anything", []string{in("a", "Admin", 1, "{action: Deny, from: [{namespaces: {matchLabels: {team: red}}}]}")}, "", "", open, ""},
		{"A3.4 priority: lower first", []string{in("z", "Admin", 1, "{action: Deny, from: [{"+anyPod+"}]}"), in("a", "Admin", 2, "{action: Accept, from: [{"+anyPod+"}]}")}, "", "", shutPerhaps, "ClusterNetworkPolicy z"},
		{"A3.4 priority: rules in the order of their list", []string{in("a", "Admin", 1, "{action: Deny, from: [{"+anyPod+"}]}, {action: Accept, from: [{"+anyPod+"}]}")}, "", "", shutPerhaps, "ClusterNetworkPolicy a"},
		{"A3.4 priority: equal ones that differ are never certain", []string{in("a", "Admin", 1, "{action: Accept, from: [{"+anyPod+"}]}"), in("b", "Admin", 1, "{action: Deny, from: [{"+anyPod+"}]}")}, "", "", openPerhaps, ""},
		{"A3.4 priority: equal ones that do not both match are plain", []string{shutAll, in("a", "Admin", 1, "{action: Pass, from: [{"+anyPod+"}]}"), in("b", "Admin", 1, "{action: Accept, from: [{namespaces: {matchLabels: {team: red}}}]}")}, "", "", shutIn, ""},
		{"A3.4 subject: namespaces", []string{"CNP {metadata: {name: a}, spec: {tier: Admin, priority: 1, subject: {namespaces: {matchLabels: {team: red}}}, ingress: [{action: Deny, from: [{namespaces: {}}]}]}}"}, "", "nc -zv -w 2 10.244.2.6 8080", shutPerhaps, "ClusterNetworkPolicy a"},
		{"A3.4 subject: pods of other namespaces are left alone", []string{"CNP {metadata: {name: a}, spec: {tier: Admin, priority: 1, subject: {namespaces: {matchLabels: {team: red}}}, ingress: [{action: Deny, from: [{namespaces: {}}]}]}}"}, "", "", open, ""},
		{"A3.4 subject: not pods on the host network", []string{"CNP {metadata: {name: a}, spec: {tier: Admin, priority: 1, subject: {namespaces: {}}, ingress: [{action: Deny, from: [{namespaces: {}}]}]}}"}, "pod/team/far", "nc -zv -w 2 172.20.128.7 8080", "answered pod.delivered assumed", ""},
		{"A3.4 subject: an empty one selects nobody", []string{"CNP {metadata: {name: a}, spec: {tier: Admin, priority: 1, subject: {}, ingress: [{action: Deny, from: [{namespaces: {}}]}]}}"}, "", "", open, ""},
		{"A3.4 no ingress rules leave ingress alone", []string{"CNP {metadata: {name: a}, spec: {tier: Admin, priority: 1, subject: {namespaces: {}}}}"}, "", "", open, ""},
		{"A3.4 peers: pods by namespace and label", []string{in("a", "Admin", 1, "{action: Deny, from: [{pods: {namespaceSelector: {matchLabels: {team: red}}, podSelector: {matchLabels: {app: far}}}}]}")}, "pod/team/far", "", shutPerhaps, ""},
		{"A3.4 peers: not pods on the host network", []string{in("a", "Admin", 1, "{action: Deny, from: [{namespaces: {}}]}")}, "pod/default/on-host", "", "answered pod.delivered assumed", ""},
		{"A3.4 peers: machines outside are no pods", []string{in("a", "Admin", 1, "{action: Deny, from: [{namespaces: {}}]}")}, "lan/laptop", "nc -zv -w 2 172.20.128.6 30080", open, ""},
		{"A3.4 peers: nodes by their labels", []string{out("a", "Admin", 1, "{action: Deny, to: [{nodes: {}}]}")}, "", "nc -zv -w 2 172.20.128.7 8080", outPerhaps, ""},
		{"A3.4 peers: networks match the addresses of pods, too", []string{out("a", "Admin", 1, "{action: Deny, to: [{networks: [10.244.0.0/16]}]}")}, "", "", outPerhaps, ""},
		{"A3.4 peers: networks are about endpoints, not about services", []string{out("a", "Admin", 1, "{action: Deny, to: [{networks: [10.96.0.0/12]}]}")}, "", "nc -zv -w 2 10.96.7.7 80", open, ""},
		{"A3.4 peers: networks outside", []string{out("a", "Admin", 1, "{action: Deny, to: [{networks: [172.20.128.48/28]}]}")}, "", "nc -zv -w 2 172.20.128.50 8000", outPerhaps, ""},
		{"A3.4 peers: domain names accept", []string{out("a", "Admin", 1, "{action: Accept, to: [{domainNames: ['*.home.lan']}]}"), out("b", "Admin", 2, "{action: Deny, to: [{networks: [0.0.0.0/0]}]}")}, "", "curl --resolve laptop.home.lan:8000:172.20.128.50 http://laptop.home.lan:8000/", "answered host.delivered assumed", ""},
		{"A3.4 peers: domain names and another name are never certain", []string{out("a", "Admin", 1, "{action: Accept, to: [{domainNames: ['*.home.lan']}]}"), out("b", "Admin", 2, "{action: Deny, to: [{networks: [0.0.0.0/0]}]}")}, "", "nc -zv -w 2 172.20.128.50 8000", outPerhaps, "ClusterNetworkPolicy b"},
		{"A3.4 an unknown peer in Accept matches nothing", []string{shutAll, in("a", "Admin", 1, "{action: Accept, from: [{}, {"+anyPod+"}]}")}, "", "", shutIn, "NetworkPolicy default/shut"},
		{"A3.4 an unknown peer in Deny denies all", []string{in("a", "Admin", 1, "{action: Deny, from: [{}]}")}, "", "", shutPerhaps, "ClusterNetworkPolicy a"},
		{"A3.4 an unknown peer in Pass denies all", []string{openAll, in("a", "Admin", 1, "{action: Pass, from: [{}]}")}, "", "", shutPerhaps, "ClusterNetworkPolicy a"},
		{"A3.4 protocols: a port", []string{in("a", "Admin", 1, "{action: Deny, from: [{"+anyPod+"}], protocols: [{tcp: {destinationPort: {number: 8080}}}]}")}, "", "", shutPerhaps, ""},
		{"A3.4 protocols: another port", []string{in("a", "Admin", 1, "{action: Deny, from: [{"+anyPod+"}], protocols: [{tcp: {destinationPort: {number: 80}}}]}")}, "", "", open, ""},
		{"A3.4 protocols: a range", []string{in("a", "Admin", 1, "{action: Deny, from: [{"+anyPod+"}], protocols: [{tcp: {destinationPort: {range: {start: 8000, end: 8080}}}}]}")}, "", "", shutPerhaps, ""},
		{"A3.4 protocols: UDP is not TCP", []string{in("a", "Admin", 1, "{action: Deny, from: [{"+anyPod+"}], protocols: [{udp: {destinationPort: {number: 8080}}}]}")}, "", "", open, ""},
		{"A3.4 protocols: SCTP", []string{in("a", "Admin", 1, "{action: Deny, from: [{"+anyPod+"}], protocols: [{sctp: {destinationPort: {number: 9899}}}]}")}, "", "nc -zv --sctp -w 2 10.244.1.4 9899", shutPerhaps, ""},
		{"A3.4 protocols: a named port", []string{in("a", "Admin", 1, "{action: Deny, from: [{"+anyPod+"}], protocols: [{destinationNamedPort: http}]}")}, "", "", shutPerhaps, ""},
		{"A3.4 protocols: a name that the pod does not have", []string{in("a", "Admin", 1, "{action: Deny, from: [{"+anyPod+"}], protocols: [{destinationNamedPort: api}]}")}, "", "", open, ""},
		{"A3.4 both ends are asked by themselves: the sender's", []string{out("a", "Admin", 1, "{action: Deny, to: [{"+anyPod+"}]}"), in("b", "Admin", 1, "{action: Accept, from: [{"+anyPod+"}]}")}, "", "", outPerhaps, "ClusterNetworkPolicy a"},
		{"A3.4 both ends are asked by themselves: the receiver's", []string{out("a", "Admin", 1, "{action: Accept, to: [{"+anyPod+"}]}"), shutAll}, "", "", shutIn, "NetworkPolicy default/shut"},
		{"A3.4 egress through a service is about the endpoint", []string{out("a", "Admin", 1, "{action: Deny, to: [{pods: {namespaceSelector: {}, podSelector: {matchLabels: {app: web}}}}]}")}, "", "nc -zv -w 2 10.96.7.7 80", outPerhaps, ""},
		{"A3.4 v1alpha1: an AdminNetworkPolicy denies", []string{openAll, "ANP {metadata: {name: a}, spec: {priority: 5, subject: {namespaces: {}}, ingress: [{action: Deny, from: [{namespaces: {}}], ports: [{portNumber: {port: 8080}}]}]}}"}, "", "", shutPerhaps, "AdminNetworkPolicy a"},
		{"A3.4 v1alpha1: a port without protocol is TCP", []string{"ANP {metadata: {name: a}, spec: {priority: 5, subject: {namespaces: {}}, ingress: [{action: Deny, from: [{namespaces: {}}], ports: [{portNumber: {port: 5353}}]}]}}"}, "", "nc -zuv -w 2 10.244.1.4 5353", open, ""},
		{"A3.4 v1alpha1: a range of ports", []string{"ANP {metadata: {name: a}, spec: {priority: 5, subject: {namespaces: {}}, ingress: [{action: Deny, from: [{namespaces: {}}], ports: [{portRange: {start: 8000, end: 9000}}]}]}}"}, "", "", shutPerhaps, ""},
		{"A3.4 v1alpha1: Allow beats NetworkPolicy", []string{shutAll, "ANP {metadata: {name: a}, spec: {priority: 5, subject: {namespaces: {}}, ingress: [{action: Allow, from: [{namespaces: {}}]}]}}"}, "", "", openPerhaps, ""},
		{"A3.4 v1alpha1: Pass goes past the baseline to NetworkPolicy", []string{shutAll, "ANP {metadata: {name: a}, spec: {priority: 5, subject: {namespaces: {}}, ingress: [{action: Pass, from: [{namespaces: {}}]}]}}",
			"BANP {metadata: {name: default}, spec: {subject: {namespaces: {}}, ingress: [{action: Allow, from: [{namespaces: {}}]}]}}"}, "", "", shutIn, "NetworkPolicy default/shut"},
		{"A3.4 v1alpha1: the baseline denies where no NetworkPolicy selects", []string{"BANP {metadata: {name: default}, spec: {subject: {namespaces: {}}, ingress: [{action: Deny, from: [{namespaces: {}}]}]}}"}, "", "", shutPerhaps, "BaselineAdminNetworkPolicy default"},
		{"A3.4 v1alpha1: and is not asked where one does", []string{openAll, "BANP {metadata: {name: default}, spec: {subject: {namespaces: {}}, ingress: [{action: Deny, from: [{namespaces: {}}]}]}}"}, "", "", open, ""},
		{"A3.4 v1alpha1: egress to networks", []string{"BANP {metadata: {name: default}, spec: {subject: {namespaces: {}}, egress: [{action: Deny, to: [{networks: [0.0.0.0/0]}]}]}}"}, "", "nc -zv -w 2 172.20.128.50 8000", outPerhaps, ""},
		{"A3.4 a node still reaches its own pods", []string{shutAll, in("b", "Baseline", 1, "{action: Deny, from: [{"+anyPod+"}]}")}, "node/node01", "", open, ""},
		{"A3.4 a pod still reaches itself", []string{in("a", "Admin", 1, "{action: Deny, from: [{"+anyPod+"}]}")}, "pod/default/web", "", open, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := quarter(t).yamls(row.objects...)
			for _, s := range p.services() {
				if s.Name == "web" {
					s.Spec.Type, s.Spec.Ports[0].NodePort = corev1.ServiceTypeNodePort, 30080
					s.Spec.ExternalTrafficPolicy = corev1.ServiceExternalTrafficPolicyLocal
				}
			}
			tr := p.ask(cmp.Or(row.from, "pod/default/client"), cmp.Or(row.ask, intoWeb))
			equal(t, summary(tr), row.want)
			if row.decided != "" {
				equal(t, policyOf(tr), row.decided)
			}
			// Where policies of the whole cluster make the difference, the answer without them stands beside.
			for _, a := range tr.Assumptions {
				if a.Key == "policy-admin" && a.WouldFlip != slices.ContainsFunc(tr.Alternatives, func(a trace.Alternative) bool { return a.Assume["policy-admin"] != "" }) {
					t.Errorf("%+v, alternatives %d", a, len(tr.Alternatives))
				}
			}
		})
	}
}

func policyOf(tr *trace.Trace) string {
	d := tr.Verdict.DecidedBy
	switch {
	case d == nil:
		return ""
	case d.Namespace == "":
		return string(d.Kind) + " " + d.Name
	}
	return fmt.Sprintf("%s %s/%s", d.Kind, d.Namespace, d.Name)
}

// block is a policy that lets one range into the web pods.
func block(cidr string) string {
	return "NP {metadata: {namespace: default, name: block}, spec: {podSelector: {matchLabels: {app: web}}, ingress: [{from: [{ipBlock: {cidr: " + cidr + "}}]}]}}"
}

func alternativeOf(tr *trace.Trace, key string) *trace.Alternative {
	for i := range tr.Alternatives {
		if _, ok := tr.Alternatives[i].Assume[key]; ok {
			return &tr.Alternatives[i]
		}
	}
	return nil
}

func TestSemanticsA32(t *testing.T) {
	only := func(p *place) *place { return p.nodePort(30080) }
	t.Run("A3.2 row 1, E8: egress is judged against the chosen endpoint; a block of service addresses has no effect", func(t *testing.T) {
		egress := "NP {metadata: {namespace: default, name: to-services}, spec: {podSelector: {matchLabels: {app: client}}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 10.96.0.0/12}}]}]}}"
		tr := web(t).enforces().yamls(egress).ask("pod/default/client", "nc -zv -w 2 10.96.7.7 80")
		equal(t, summary(tr), shutOut)
		equal(t, kinds(tr), "start pod.out rules.dnat policy.egress end")
	})
	t.Run("A3.2 row 1: a policy about the endpoints admits the service", func(t *testing.T) {
		egress := "NP {metadata: {namespace: default, name: to-web}, spec: {podSelector: {matchLabels: {app: client}}, policyTypes: [Egress], egress: [{to: [{podSelector: {matchLabels: {app: web}}}], ports: [{port: 8080}]}]}}"
		equal(t, summary(web(t).enforces().yamls(egress).ask("pod/default/client", "nc -zv -w 2 10.96.7.7 80")), open)
	})
	t.Run("A3.2 row 2, E9: through externalTrafficPolicy Cluster the endpoint's gate sees a node", func(t *testing.T) {
		tr := only(web(t)).enforces().yamls(block("172.20.128.50/32")).ask("lan/laptop", "nc -zv -w 2 172.20.128.6 30080")
		equal(t, tr.Verdict.Certainty, trace.Assumed)
		for _, o := range tr.Outcomes {
			if o.Endpoint.Pod == "web-2" { // on the other node
				equal(t, string(o.Class)+" "+o.Reason, "no-answer policy.ingress-denied")
			}
		}
	})
	t.Run("A3.2 row 2: that node is no local node of a pod elsewhere", func(t *testing.T) {
		tr := only(web(t)).enforces().yamls(shutAll).ask("lan/laptop", "nc -zv -w 2 172.20.128.6 30080")
		for _, o := range tr.Outcomes {
			want := "answered pod.delivered"
			if o.Endpoint.Pod == "web-2" {
				want = "no-answer policy.ingress-denied"
			}
			equal(t, string(o.Class)+" "+o.Reason, want)
		}
	})
	t.Run("A3.2 row 2: a pod on the entry node is never certain, and the other reading stands beside", func(t *testing.T) {
		p := lab(t).enforces().pod("default/web-1", "node01", "10.244.1.4", "app=web").service("default/web", "10.96.7.7", "app=web", ":80:8080").nodePort(30080).
			listens("default", "app=web", 8080, "TCP").yamls(shutAll)
		tr := p.ask("lan/laptop", "nc -zv -w 2 172.20.128.6 30080")
		equal(t, summary(tr), openPerhaps)
		a := alternativeOf(tr, "policy-masquerade")
		if a == nil {
			t.Fatal("no alternative")
		}
		equal(t, string(a.Verdict.Class)+" "+a.Verdict.Reason, "no-answer policy.ingress-denied")
	})
	t.Run("A3.2 row 2: externalTrafficPolicy Local keeps the client", func(t *testing.T) {
		p := only(web(t)).local().enforces().yamls(block("172.20.128.50/32"))
		equal(t, summary(p.ask("lan/laptop", "nc -zv -w 2 172.20.128.6 30080")), open)
		equal(t, summary(p.ask("lan/silent", "nc -zv -w 2 172.20.128.6 30080")), shutIn)
	})
	t.Run("A3.2 row 4: a block of pod addresses matches under Calico, and that is assumed", func(t *testing.T) {
		tr := web(t).enforces().yamls(block("10.244.0.0/16")).ask("pod/default/client", "nc -zv -w 2 10.244.1.4 8080")
		equal(t, summary(tr), openPerhaps)
		equal(t, alternativeOf(tr, "policy-ip-block").Verdict.Reason, "policy.ingress-denied")
	})
	t.Run("A3.2 row 4: under Cilium it does not", func(t *testing.T) {
		tr := web(t).daemonSet("cilium", "quay.io/cilium/cilium:v1.18.4").yamls(block("10.244.0.0/16")).ask("pod/default/client", "nc -zv -w 2 10.244.1.4 8080")
		equal(t, summary(tr), shutPerhaps)
		equal(t, string(alternativeOf(tr, "policy-ip-block").Verdict.Class), "answered")
	})
	t.Run("A3.2 row 4: a block of node addresses likewise", func(t *testing.T) {
		calico := web(t).enforces().yamls(block("172.20.128.7/32")).ask("node/node02", "nc -zv -w 2 10.244.1.4 8080")
		equal(t, summary(calico), openPerhaps)
		cilium := web(t).daemonSet("cilium", "quay.io/cilium/cilium:v1.18.4").yamls(block("172.20.128.7/32")).ask("node/node02", "nc -zv -w 2 10.244.1.4 8080")
		equal(t, summary(cilium), shutPerhaps)
	})
	t.Run("A3.2 row 4: a block outside does not match, whatever the plug-in", func(t *testing.T) {
		equal(t, summary(web(t).enforces().yamls(block("198.51.100.0/24")).ask("pod/default/client", "nc -zv -w 2 10.244.1.4 8080")), shutIn)
	})
	t.Run("A3.2 row 5: one blocked endpoint of several is a share", func(t *testing.T) {
		p := web(t).enforces()
		for _, o := range p.objects {
			if pod, ok := o.(*corev1.Pod); ok && pod.Name == "web-2" {
				pod.Labels["closed"] = "yes"
			}
		}
		tr := p.yamls("NP {metadata: {namespace: default, name: closed}, spec: {podSelector: {matchLabels: {closed: 'yes'}}, policyTypes: [Ingress]}}").
			ask("pod/default/client", "nc -zv -w 2 10.96.7.7 80")
		equal(t, summary(tr), "mixed policy.ingress-denied certain")
		for _, o := range tr.Outcomes {
			equal(t, o.Share, 0.5)
		}
	})
	t.Run("A3.2: IPv6 is judged by IPv6", func(t *testing.T) {
		p := web(t).enforces().pod("default/six", "node01", "fd00:10:244:1::4", "app=six").pod("default/asks", "node01", "fd00:10:244:1::5", "app=asks").
			listens("default", "app=six", 8080, "TCP")
		spec := "NP {metadata: {namespace: default, name: six}, spec: {podSelector: {matchLabels: {app: six}}, ingress: [{from: [{ipBlock: {cidr: '%s'}}]}]}}"
		tr := p.yamls(fmt.Sprintf(spec, "fd00:10:244::/48")).ask("pod/default/asks", "nc -zv -w 2 fd00:10:244:1::4 8080")
		equal(t, tr.Verdict.Class, trace.Answered)
		p.objects = p.objects[:len(p.objects)-1]
		tr = p.yamls(fmt.Sprintf(spec, "0.0.0.0/0")).ask("pod/default/asks", "nc -zv -w 2 fd00:10:244:1::4 8080")
		equal(t, tr.Verdict.Reason, "policy.ingress-denied")
	})
}

func TestSemanticsA33(t *testing.T) {
	k3s := func(p *place, args string) *place {
		for _, o := range p.objects {
			if n, ok := o.(*corev1.Node); ok {
				n.Status.NodeInfo.KubeletVersion = "v1.36.3+k3s1"
				n.Annotations = map[string]string{"k3s.io/node-args": args}
			}
		}
		return p
	}
	for _, row := range []struct {
		name string
		make func(*place) *place
		want string
	}{
		{"A3.3: Calico drops", func(p *place) *place { return p.enforces() }, shutIn},
		{"A3.3: Calico of an RKE2 cluster, too", func(p *place) *place { return p.daemonSet("rke2-canal", "rancher/hardened-calico:v3.30.3") }, shutIn},
		{"A3.3: Cilium drops", func(p *place) *place { return p.daemonSet("cilium", "quay.io/cilium/cilium:v1.18.4") }, shutIn},
		{"A3.3: Cilium of GKE drops", func(p *place) *place { return p.daemonSet("anetd", "gke.gcr.io/agent@sha256:0123") }, shutIn},
		{"A3.3: Antrea drops", func(p *place) *place { return p.daemonSet("antrea-agent", "antrea/antrea-agent-ubuntu:v2.4.0") }, shutIn},
		{"A3.3: OVN-Kubernetes by a digest drops", func(p *place) *place { return p.daemonSet("ovnkube-node", "quay.io/release@sha256:0123") }, shutIn},
		{"A3.3: Weave drops", func(p *place) *place { return p.daemonSet("weave-net", "weaveworks/weave-kube:2.8.1") }, shutIn},
		{"A3.3: kindnet since it enforces drops", func(p *place) *place { return p.daemonSet("kindnet", "kindest/kindnetd:v20250512-df8de77b") }, shutIn},
		{"A3.3: kube-network-policies drops", func(p *place) *place {
			return p.daemonSet("knp", "registry.k8s.io/networking/kube-network-policies:v1.0.0")
		}, shutIn},
		{"A3.3: Azure's policy manager drops", func(p *place) *place {
			return p.daemonSet("azure-npm", "mcr.microsoft.com/containernetworking/azure-npm:v1.6")
		}, shutIn},
		{"A3.3, E19: kube-router refuses at once", func(p *place) *place { return p.daemonSet("kube-router", "cloudnativelabs/kube-router:v2.5.0") }, "refused policy.ingress-denied certain"},
		{"A3.3, E19: k3s refuses at once", func(p *place) *place { return k3s(p, `["server"]`) }, "refused policy.ingress-denied certain"},
		{"A3.3: k3s without its policy code enforces nothing", func(p *place) *place { return k3s(p, `["server","--disable-network-policy"]`) }, open},
		{"A3.1 row 17: flannel alone enforces nothing", func(p *place) *place { return p.daemonSet("kube-flannel-ds", "ghcr.io/flannel-io/flannel:v0.27.0") }, open},
		{"A3.1 row 17: Calico beside flannel does", func(p *place) *place {
			return p.daemonSet("kube-flannel-ds", "ghcr.io/flannel-io/flannel:v0.27.0").enforces()
		}, shutIn},
		{"A3.1 row 17: kindnet before August 2024 enforces nothing", func(p *place) *place { return p.daemonSet("kindnet", "kindest/kindnetd:v20240202-8f1494ea") }, open},
		{"A3.1 row 17: the plug-in of AWS without its agent enforces nothing", func(p *place) *place { return p.daemonSet("aws-node", "602401143452.dkr.ecr/amazon-k8s-cni:v1.20.4") }, open},
		{"A3.3: no plug-in in sight is assumed to drop", func(p *place) *place { return p }, shutPerhaps},
	} {
		t.Run(row.name, func(t *testing.T) {
			tr := row.make(web(t)).yamls(shutAll).ask("pod/default/client", "nc -zv -w 2 10.244.2.4 8080")
			equal(t, summary(tr), row.want)
			if tr.Verdict.Class == trace.Refused {
				equal(t, tr.Verdict.Client.ExitCode, 1)
			}
			if !slices.ContainsFunc(tr.Assumptions, func(a trace.Assumption) bool { return a.Key == "policy" }) {
				t.Error("no assumption says how policies are enforced")
			}
		})
	}
	t.Run("A3.3: no plug-in in sight: refusing and not enforcing stand beside", func(t *testing.T) {
		tr := web(t).yamls(shutAll).ask("pod/default/client", "curl http://10.244.2.4:8080/")
		var classes []string
		for _, a := range tr.Alternatives {
			classes = append(classes, a.Assume["policy"]+" "+string(a.Verdict.Class))
		}
		equal(t, strings.Join(classes, ", "), "reject refused, none answered")
	})
	t.Run("A3.3: what the plug-in does with DNS: dropped queries end by timeout, refused ones at once", func(t *testing.T) {
		shut := "NP {metadata: {namespace: default, name: out}, spec: {podSelector: {matchLabels: {app: client}}, policyTypes: [Egress], egress: [{to: [{podSelector: {}}]}]}}"
		drop := web(t).enforces().yamls(shut).ask("pod/default/client", "curl http://web/")
		equal(t, summary(drop), "name-not-found dns.blocked certain")
		reject := web(t).daemonSet("kube-router", "cloudnativelabs/kube-router:v2.5.0").yamls(shut).ask("pod/default/client", "curl http://web/")
		equal(t, reject.Verdict.Class, trace.NameNotFound)
		equal(t, *reject.Verdict.DecidedBy, *drop.Verdict.DecidedBy)
		equal(t, reject.Verdict.Client.ExitCode, 6)
	})
	for _, crd := range []string{"globalnetworkpolicies.crd.projectcalico.org", "ciliumnetworkpolicies.cilium.io", "clusternetworkpolicies.crd.antrea.io"} {
		t.Run("A3: kinds of a plug-in's own lower the certainty of every gate: "+crd, func(t *testing.T) {
			p := web(t).enforces().yamls("CRD " + crd)
			tr := p.ask("pod/default/client", "nc -zv -w 2 10.244.1.4 8080")
			equal(t, summary(tr), openPerhaps)
			i := slices.IndexFunc(tr.Assumptions, func(a trace.Assumption) bool { return a.Key == "policy-own-kinds" })
			if i < 0 || !strings.Contains(tr.Assumptions[i].Value, crd) || tr.Assumptions[i].Evidence == nil {
				t.Errorf("%+v", tr.Assumptions)
			}
			equal(t, summary(p.yamls(shutAll).ask("pod/default/client", "nc -zv -w 2 10.244.1.4 8080")), shutPerhaps)
			equal(t, p.ask("pod/default/client", "nc -zv -w 2 10.244.1.4 8080", "policy=none").Verdict.Class, trace.Answered)
		})
	}
	router := func(t *testing.T) *place {
		return web(t).daemonSet("kube-router", "cloudnativelabs/kube-router:v2.5.0")
	}
	t.Run("A4.2, kube-router: a port name that no pod has may admit every port", func(t *testing.T) {
		tr := router(t).yamls("NP {metadata: {namespace: default, name: n}, spec: {podSelector: {matchLabels: {app: web}}, ingress: [{ports: [{port: nope}]}]}}").
			ask("pod/default/client", "nc -zv -w 2 10.244.1.4 8080")
		equal(t, summary(tr), "refused policy.ingress-denied assumed")
		equal(t, string(alternativeOf(tr, "policy-kube-router").Verdict.Class), "answered")
	})
	t.Run("A4.2, kube-router: the exception of one block may take from another", func(t *testing.T) {
		spec := "NP {metadata: {namespace: default, name: n}, spec: {podSelector: {matchLabels: {app: web}}, ingress: [{from: [{ipBlock: {cidr: 172.20.0.0/16, except: [172.20.128.48/28]}}, {ipBlock: {cidr: 172.20.128.50/32}}]}]}}"
		tr := router(t).nodePort(30080).local().yamls(spec).ask("lan/laptop", "nc -zv -w 2 172.20.128.6 30080")
		equal(t, summary(tr), openPerhaps)
		equal(t, string(alternativeOf(tr, "policy-kube-router").Verdict.Class), "refused")
		equal(t, summary(web(t).enforces().nodePort(30080).local().yamls(spec).ask("lan/laptop", "nc -zv -w 2 172.20.128.6 30080")), open)
	})
}

func TestSemanticsA3Explained(t *testing.T) {
	t.Run("A3.4: every rule that was asked is kept, in its order", func(t *testing.T) {
		tr := quarter(t).yamls(shutAll,
			cnp("a", "Admin", 1, "ingress", "web", "{action: Deny, from: [{namespaces: {matchLabels: {team: red}}}]}, {action: Pass, from: [{namespaces: {}}]}"),
			cnp("b", "Admin", 2, "ingress", "web", "{action: Deny, from: [{namespaces: {}}]}"),
		).ask("pod/default/client", intoWeb)
		equal(t, summary(tr), shutIn)
		var tried []string
		for _, x := range stepOf(tr, trace.StepPolicyIngress).Tried {
			tried = append(tried, x.Object.Name+" "+x.Why)
		}
		equal(t, strings.Join(tried, "; "), "a rule 1: other peer; a rule 2: passes it on to the next tier; b not asked: its turn comes later; shut has no rule")
	})
	t.Run("A3.4: a denial names the rule that denies", func(t *testing.T) {
		tr := quarter(t).yamls(cnp("keep-out", "Admin", 1, "ingress", "web", "{name: nobody, action: Deny, from: [{namespaces: {}}]}")).ask("pod/default/client", intoWeb)
		equal(t, tr.Verdict.Sentence, "ClusterNetworkPolicy keep-out drops traffic to pod default/web: its rule 1 (nobody) denies this.")
		equal(t, stepOf(tr, trace.StepPolicyIngress).Rule.Text, "spec.ingress[0]: Deny")
		equal(t, tr.Verdict.Try[0].Command, "kubectl describe clusternetworkpolicy keep-out")
	})
	t.Run("A3.1: an implicit denial shows which policies select the pod, each rule and what it lacked", func(t *testing.T) {
		tr := quarter(t).guard("one", "{podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: {app: x}}}]}, {from: [{podSelector: {}}], ports: [{port: 1}]}]}").
			guard("other", "{podSelector: {matchLabels: {app: nobody}}}").ask("pod/default/client", intoWeb)
		var tried []string
		for _, x := range stepOf(tr, trace.StepPolicyIngress).Tried {
			tried = append(tried, x.Object.Name+" "+x.Why)
		}
		equal(t, strings.Join(tried, "; "), "one rule 1: other peer; one rule 2: other port; other selects other pods")
		equal(t, policyOf(tr), "NetworkPolicy default/one")
	})
}

func TestSemanticsA3Rights(t *testing.T) {
	live := func(t *testing.T, p *place, forbidden ...cluster.Kind) *place {
		p.source.Kind = cluster.SourceLive
		for _, r := range cluster.Resources {
			s := cluster.KindStatus{Kind: r.Kind, Resource: r.Plural, State: cluster.StateSynced}
			if r.Custom {
				s.State = cluster.StateAbsent
			}
			if slices.Contains(forbidden, r.Kind) {
				s.State, s.Verb = cluster.StateForbidden, "list"
			}
			p.status = append(p.status, s)
		}
		return p
	}
	t.Run("A3.4: kinds that the cluster does not have take nothing away", func(t *testing.T) {
		equal(t, live(t, quarter(t)).ask("pod/default/client", intoWeb).Verdict.Class, trace.Answered)
	})
	for _, kind := range []cluster.Kind{cluster.KindAdminNetworkPolicy, cluster.KindBaselineAdminNetworkPolicy, cluster.KindClusterNetworkPolicy, cluster.KindNetworkPolicy} {
		t.Run("A3: a kind of policy that may not be read cannot be told: "+string(kind), func(t *testing.T) {
			tr := live(t, quarter(t), kind).ask("pod/default/client", intoWeb)
			equal(t, summary(tr), "cannot-tell rights."+string(kind)+" unknown")
			equal(t, live(t, quarter(t), kind).ask("pod/default/client", intoWeb, "policy=none").Verdict.Class, trace.Answered)
		})
	}
	t.Run("A3: definitions that may not be read leave a plug-in's own kinds open", func(t *testing.T) {
		tr := live(t, quarter(t), cluster.KindCRD).ask("pod/default/client", intoWeb)
		equal(t, tr.Verdict.Certainty, trace.Assumed)
		if !slices.ContainsFunc(tr.Assumptions, func(a trace.Assumption) bool { return a.Key == "policy-own-kinds" }) {
			t.Errorf("%+v", tr.Assumptions)
		}
	})
}

func TestRunnerGivesTheSameAnswers(t *testing.T) {
	view := quarter(t).yamls(shutAll).view()
	r := trace.NewRunner(view)
	for _, q := range []struct{ from, command string }{
		{"pod/default/client", intoWeb}, {"pod/team/far", "curl http://web.default/"}, {"node/node01", "nc -zv -w 2 10.96.7.7 80"}, {"lan", intoWeb},
	} {
		ask := trace.Ask{From: q.from, Command: []string{q.command}}
		one, err := trace.Run(view, ask)
		if err != nil {
			t.Fatal(err)
		}
		many, err := r.Run(ask)
		if err != nil {
			t.Fatal(err)
		}
		a, _ := one.JSON()
		b, _ := many.JSON()
		equal(t, string(b), string(a))
		brief, err := r.Brief(ask)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, summary(brief), summary(one))
		equal(t, brief.Verdict.Sentence, one.Verdict.Sentence)
		equal(t, len(brief.Steps), 0)
		equal(t, len(brief.Alternatives), len(one.Alternatives))
	}
}
