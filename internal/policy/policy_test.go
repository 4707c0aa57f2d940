package policy_test

import (
	"fmt"
	"math/rand"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/files"
	"github.com/kubestrata/kubestrata/internal/policy"
)

// town is two nodes, three namespaces and a few pods; the policies of a case come on top.
const town = `
apiVersion: v1
kind: Node
metadata: {name: n1}
status: {addresses: [{type: InternalIP, address: 10.0.0.1}]}
---
apiVersion: v1
kind: Node
metadata: {name: n2}
status: {addresses: [{type: InternalIP, address: 10.0.0.2}]}
---
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {team: blue}}
---
apiVersion: v1
kind: Namespace
metadata: {name: other, labels: {team: red}}
---
`

type podSpec struct {
	name, namespace, node, ip, labels string
	hostNetwork                       bool
	phase                             string
}

var pods = []podSpec{
	{name: "web", namespace: "shop", node: "n1", ip: "10.244.1.2", labels: "app: web"},
	{name: "api", namespace: "shop", node: "n2", ip: "10.244.2.2", labels: "app: api, access: 'true'"},
	{name: "sleepy", namespace: "shop", node: "n1", ip: "10.244.1.3", labels: "app: sleepy"},
	{name: "far", namespace: "other", node: "n2", ip: "10.244.2.3", labels: "app: far, access: 'true'"},
	{name: "host", namespace: "shop", node: "n2", ip: "10.0.0.2", labels: "app: host, access: 'true'", hostNetwork: true},
	{name: "done", namespace: "shop", node: "n2", ip: "10.244.2.9", labels: "app: done, access: 'true'", phase: "Succeeded"},
}

func (p podSpec) yaml() string {
	phase := p.phase
	if phase == "" {
		phase = "Running"
	}
	return fmt.Sprintf(`
apiVersion: v1
kind: Pod
metadata: {name: %s, namespace: %s, labels: {%s}}
spec:
  nodeName: %s
  hostNetwork: %t
  containers: [{name: c, image: x, ports: [{name: http, containerPort: 8080}, {name: dns, containerPort: 5353, protocol: UDP}]}]
status: {phase: %s, podIP: %s, podIPs: [{ip: %s}]}
---
`, p.name, p.namespace, p.labels, p.node, p.hostNetwork, phase, p.ip, p.ip)
}

func objects(t testing.TB, text string) []cluster.Object {
	t.Helper()
	list, _, problems := files.Decode("test", []byte(text))
	for _, p := range problems {
		if p.Severity == files.Error {
			t.Fatalf("%+v", p)
		}
	}
	return list
}

func world(t testing.TB, extra string) *cluster.View {
	t.Helper()
	text := town
	for _, p := range pods {
		text += p.yaml()
	}
	return viewOf(objects(t, text+extra))
}

func viewOf(list []cluster.Object) *cluster.View {
	return cluster.NewStore(cluster.SourceInfo{Kind: cluster.SourceWorld}, nil).Update(func(w *cluster.Writer) {
		for _, o := range list {
			w.Put(o)
		}
	})
}

func np(name, spec string) string {
	return fmt.Sprintf("apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: %s, namespace: shop}\nspec: %s\n---\n", name, spec)
}

// ask is "web <- api :8080", "web -> 1.2.3.4 :53/UDP", "web <- node/n1 :80".
func ask(t *testing.T, v *cluster.View, line string) policy.Decision {
	t.Helper()
	return policy.Evaluate(v, question(t, v, line))
}

func question(t testing.TB, v *cluster.View, line string) policy.Question {
	t.Helper()
	f := strings.Fields(line)
	q := policy.Question{Pod: v.Pod("shop", f[0]), Direction: policy.Ingress, Protocol: corev1.ProtocolTCP}
	if f[1] == "->" {
		q.Direction = policy.Egress
	}
	port, protocol, ok := strings.Cut(strings.TrimPrefix(f[3], ":"), "/")
	if ok {
		q.Protocol = corev1.Protocol(protocol)
	}
	if _, err := fmt.Sscan(port, &q.Port); err != nil {
		t.Fatal(err)
	}
	for _, ns := range []string{"shop", "other"} {
		if p := v.Pod(ns, f[2]); p != nil {
			q.Peer.Pod, q.Peer.Addr = p, p.IP()
		}
	}
	if name, ok := strings.CutPrefix(f[2], "node/"); ok {
		q.Peer.Node, q.Peer.Addr = name, cluster.NodeAddrs(v.Node(name))[0]
	} else if a, err := netip.ParseAddr(f[2]); err == nil {
		q.Peer.Addr = a
	}
	q.PortPod = q.Pod
	if q.Direction == policy.Egress {
		q.PortPod = q.Peer.Pod
	}
	return q
}

func TestEvaluate(t *testing.T) {
	const all = "{podSelector: {}, "
	for _, c := range []struct {
		name     string
		policies string
		ask      string
		allowed  bool
		missing  string
	}{
		{"no policy leaves a pod open", "", "web <- far :8080", true, ""},
		{"a policy of another pod leaves it open", np("p", "{podSelector: {matchLabels: {app: api}}}"), "web <- far :8080", true, ""},
		{"a selecting policy without rules denies", np("p", all+"policyTypes: [Ingress]}"), "web <- api :8080", false, "any rule"},
		{"an empty list of rules denies as well", np("p", all+"ingress: []}"), "web <- api :8080", false, "any rule"},
		{"one empty rule admits everybody", np("p", all+"ingress: [{}]}"), "web <- 8.8.8.8 :9", true, ""},
		{"an empty from admits everybody", np("p", all+"ingress: [{from: []}]}"), "web <- 8.8.8.8 :9", true, ""},
		{"an empty list of ports admits every protocol", np("p", all+"ingress: [{ports: []}]}"), "web <- api :9/SCTP", true, ""},
		{"ingress rules leave egress open", np("p", all+"ingress: []}"), "web -> api :8080", true, ""},
		{"no policyTypes and no egress rules leave egress open", np("p", all+"egress: []}"), "web -> api :8080", true, ""},
		{"no policyTypes and an egress rule isolate egress", np("p", all+"egress: [{ports: [{port: 1}]}]}"), "web -> api :8080", false, "port 8080"},
		{"no policyTypes and an egress rule isolate ingress too", np("p", all+"egress: [{}]}"), "web <- api :8080", false, "any rule"},
		{"an ingress section does not count where policyTypes is Egress", np("p", all+"policyTypes: [Egress], ingress: []}"), "web <- api :8080", true, ""},
		{"policyTypes Egress without rules denies all egress", np("p", all+"policyTypes: [Egress]}"), "web -> 8.8.8.8 :53/UDP", false, "any rule"},

		{"podSelector means the policy's own namespace", np("p", all+"ingress: [{from: [{podSelector: {}}]}]}"), "web <- far :1", false, "namespace shop"},
		{"podSelector admits its pods", np("p", all+"ingress: [{from: [{podSelector: {matchLabels: {access: 'true'}}}]}]}"), "web <- api :1", true, ""},
		{"a missing label is named", np("p", all+"ingress: [{from: [{podSelector: {matchLabels: {access: 'true'}}}]}]}"), "web <- sleepy :1", false, "access=true"},
		{"namespaceSelector admits a namespace", np("p", all+"ingress: [{from: [{namespaceSelector: {matchLabels: {team: red}}}]}]}"), "web <- far :1", true, ""},
		{"namespaceSelector turns others away", np("p", all+"ingress: [{from: [{namespaceSelector: {matchLabels: {team: red}}}]}]}"), "web <- api :1", false, "team=red"},
		{"an empty namespaceSelector is every namespace", np("p", all+"ingress: [{from: [{namespaceSelector: {}}]}]}"), "web <- far :1", true, ""},
		{"every namespace has its name as label", np("p", all+"ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: other}}}]}]}"), "web <- far :1", true, ""},
		{"both selectors in one entry are AND", np("p", all+"ingress: [{from: [{namespaceSelector: {matchLabels: {team: red}}, podSelector: {matchLabels: {app: api}}}]}]}"), "web <- far :1", false, "app=api"},
		{"two entries are OR", np("p", all+"ingress: [{from: [{namespaceSelector: {matchLabels: {team: red}}}, {podSelector: {matchLabels: {app: api}}}]}]}"), "web <- api :1", true, ""},
		{"a selector matches no node", np("p", all+"ingress: [{from: [{podSelector: {}}]}]}"), "web <- node/n2 :1", false, "node n2"},
		{"a completed pod selects nobody", np("p", all+"ingress: [{from: [{podSelector: {}}]}]}"), "web <- done :1", false, "10.244.2.9"},
		{"expression In", np("p", all+"ingress: [{from: [{podSelector: {matchExpressions: [{key: app, operator: In, values: [api, x]}]}}]}]}"), "web <- api :1", true, ""},
		{"expression NotIn holds for an absent key", np("p", all+"ingress: [{from: [{podSelector: {matchExpressions: [{key: zone, operator: NotIn, values: [x]}]}}]}]}"), "web <- api :1", true, ""},
		{"expression Exists", np("p", all+"ingress: [{from: [{podSelector: {matchExpressions: [{key: access, operator: Exists}]}}]}]}"), "web <- sleepy :1", false, "access"},
		{"expression DoesNotExist", np("p", all+"ingress: [{from: [{podSelector: {matchExpressions: [{key: access, operator: DoesNotExist}]}}]}]}"), "web <- sleepy :1", true, ""},

		{"ipBlock admits an address", np("p", all+"ingress: [{from: [{ipBlock: {cidr: 192.0.2.0/24}}]}]}"), "web <- 192.0.2.7 :1", true, ""},
		{"except takes away", np("p", all+"ingress: [{from: [{ipBlock: {cidr: 192.0.2.0/24, except: [192.0.2.0/28]}}]}]}"), "web <- 192.0.2.7 :1", false, "192.0.2.7"},
		{"another entry gives back what except took", np("p", all+"ingress: [{from: [{ipBlock: {cidr: 192.0.2.0/24, except: [192.0.2.0/28]}}, {ipBlock: {cidr: 192.0.2.7/32}}]}]}"), "web <- 192.0.2.7 :1", true, ""},
		{"an IPv6 block does not hold an IPv4 address", np("p", all+"ingress: [{from: [{ipBlock: {cidr: '::/0'}}]}]}"), "web <- 192.0.2.7 :1", false, "192.0.2.7"},

		{"a port without protocol is TCP", np("p", all+"ingress: [{ports: [{port: 53}]}]}"), "web <- api :53/UDP", false, "UDP port 53"},
		{"protocol SCTP never matches TCP", np("p", all+"ingress: [{ports: [{protocol: SCTP, port: 80}]}]}"), "web <- api :80", false, "TCP port 80"},
		{"a protocol without port is every port", np("p", all+"ingress: [{ports: [{protocol: UDP}]}]}"), "web <- api :99/UDP", true, ""},
		{"another port is named", np("p", all+"ingress: [{ports: [{port: 8080}]}]}"), "web <- api :80", false, "port 80"},
		{"endPort is inclusive", np("p", all+"ingress: [{ports: [{port: 8000, endPort: 8080}]}]}"), "web <- api :8080", true, ""},
		{"endPort ends", np("p", all+"ingress: [{ports: [{port: 8000, endPort: 8080}]}]}"), "web <- api :8081", false, "port 8081"},
		{"a named port is the subject's on ingress", np("p", all+"ingress: [{ports: [{port: http}]}]}"), "web <- api :8080", true, ""},
		{"a named port needs its protocol", np("p", all+"ingress: [{ports: [{port: dns}]}]}"), "web <- api :5353", false, "port 5353"},
		{"a name that the pod lacks matches nothing", np("p", all+"ingress: [{ports: [{port: nope}]}]}"), "web <- api :8080", false, "port 8080"},
		{"a named port is the peer's on egress", np("p", all+"policyTypes: [Egress], egress: [{ports: [{port: http}]}]}"), "web -> api :8080", true, ""},
		{"a named port means nothing on an address that is no pod", np("p", all+"policyTypes: [Egress], egress: [{ports: [{port: http}]}]}"), "web -> 8.8.8.8 :8080", false, "port 8080"},
		{"peer and port must match in one rule", np("p", all+"ingress: [{from: [{podSelector: {matchLabels: {app: api}}}], ports: [{port: 1}]}, {ports: [{port: 2}]}]}"), "web <- api :3", false, "port 3"},
		{"policies add up", np("a", all+"ingress: [{ports: [{port: 1}]}]}") + np("b", all+"ingress: [{ports: [{port: 2}]}]}"), "web <- api :2", true, ""},

		{"a node reaches its own pods", np("p", all+"policyTypes: [Ingress]}"), "web <- node/n1 :8080", true, ""},
		{"a node does not reach another's pods", np("p", all+"policyTypes: [Ingress]}"), "web <- node/n2 :8080", false, "any rule"},
		{"a pod reaches itself", np("p", all+"policyTypes: [Ingress, Egress]}"), "web -> web :8080", true, ""},
		{"a pod on the host network is not guarded", np("p", all+"policyTypes: [Ingress]}"), "host <- api :8080", true, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := ask(t, world(t, c.policies), c.ask)
			if d.Allowed != c.allowed {
				t.Errorf("allowed = %t, want %t: %+v", d.Allowed, c.allowed, d.Compared)
			}
			var texts []string
			for _, m := range d.Missing {
				texts = append(texts, m.Text)
			}
			if got := strings.Join(texts, "; "); got != c.missing && !(c.missing != "" && strings.Contains(got, c.missing)) {
				t.Errorf("missing = %q, want %q", got, c.missing)
			}
			if d.Allowed != (len(d.Missing) == 0) {
				t.Errorf("an answer of %t with missing %v", d.Allowed, d.Missing)
			}
		})
	}
}

func TestDenialShowsWhatWasCompared(t *testing.T) {
	v := world(t, np("access-nginx", "{podSelector: {matchLabels: {app: web}}, ingress: [{from: [{podSelector: {matchLabels: {access: 'true'}}}]}]}"))
	d := ask(t, v, "web <- sleepy :80")
	want := []policy.Comparison{
		{What: "namespace", Wanted: "shop", Got: "shop", Holds: true},
		{What: "podSelector", Wanted: "access=true", Got: "app=sleepy"},
	}
	if diff := cmp.Diff(want, d.Compared); diff != "" {
		t.Errorf("compared (-want +got):\n%s", diff)
	}
	missing := []policy.Missing{{Kind: "label", On: cluster.Ref{Kind: "Pod", Namespace: "shop", Name: "sleepy"}, Text: "access=true"}}
	if diff := cmp.Diff(missing, d.Missing); diff != "" {
		t.Errorf("missing (-want +got):\n%s", diff)
	}
	if d.DecidedBy == nil || d.DecidedBy.Name != "access-nginx" || len(d.Selecting) != 1 || len(d.Selecting[0].Rules) != 1 {
		t.Errorf("decided by %v, selecting %+v", d.DecidedBy, d.Selecting)
	}
}

func TestWhatTheAPILeavesOpen(t *testing.T) {
	block := np("p", "{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.244.0.0/16}}]}]}")
	access := np("p", "{podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: {access: 'true'}}}]}]}")
	cilium := `
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: cilium, namespace: kube-system}
spec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: a, image: "quay.io/cilium/cilium:v1.18"}]}}}
---
`
	for _, c := range []struct {
		name, objects, ask string
		allowed            bool
		want               []string
	}{
		{"ipBlock on a pod's address", block, "web <- api :1", true, []string{policy.UncertainIPBlock}},
		{"ipBlock on a pod's address under Cilium", block + cilium, "web <- api :1", false, []string{policy.UncertainIPBlock}},
		{"ipBlock on an address outside is plain", block, "web <- 8.8.8.8 :1", false, nil},
		{"a labelled peer on the host network", access, "web <- host :1", false, []string{policy.UncertainHostNetworkPeer}},
		{"a subject on the host network", access, "host <- sleepy :1", true, []string{policy.UncertainHostNetworkSubject}},
		{"an isolated pod and its own node", np("p", "{podSelector: {}, policyTypes: [Egress]}"), "web -> node/n1 :1", true, []string{policy.UncertainOwnNode}},
		{"ping into an isolated pod", access, "web <- api :0/ICMP", true, []string{policy.UncertainICMP}},
		{"nothing is open where no policy selects", "", "web <- host :1", true, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := ask(t, world(t, c.objects), c.ask)
			var got []string
			for _, u := range d.Uncertain {
				got = append(got, u.Key)
				if u.Otherwise == d.Allowed {
					t.Errorf("%s: the other reading says the same", u.Key)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" || d.Allowed != c.allowed {
				t.Errorf("allowed %t, want %t; uncertain (-want +got):\n%s", d.Allowed, c.allowed, diff)
			}
		})
	}
}

func TestUnnamedMachine(t *testing.T) {
	lan := []netip.Prefix{netip.MustParsePrefix("10.40.50.0/24")}
	for _, c := range []struct {
		name, cidr, except string
		within             []netip.Prefix
		allowed, split     bool
	}{
		{"a block around the whole LAN", "10.0.0.0/8", "", lan, true, false},
		{"a block beside the LAN", "10.41.0.0/16", "", lan, false, false},
		{"a block of half the LAN", "10.40.50.0/25", "", lan, false, true},
		{"an exception of half the LAN", "10.0.0.0/8", "10.40.50.0/25", lan, false, true},
		{"an exception of the whole LAN", "10.0.0.0/8", "10.40.0.0/16", lan, false, false},
		{"everything admits the Internet", "0.0.0.0/0", "", nil, true, false},
		{"everything but private addresses admits the Internet", "0.0.0.0/0", "10.0.0.0/8", nil, true, false},
		{"a private block does not admit the Internet", "10.0.0.0/8", "", nil, false, false},
		{"a public block splits the Internet", "172.217.0.0/16", "", nil, false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			except := ""
			if c.except != "" {
				except = ", except: [" + c.except + "]"
			}
			v := world(t, np("p", "{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: "+c.cidr+except+"}}]}]}"))
			d := policy.Evaluate(v, policy.Question{Direction: policy.Ingress, Pod: v.Pod("shop", "web"), Peer: policy.Peer{Within: c.within}, Port: 80})
			split := len(d.Uncertain) == 1 && d.Uncertain[0].Key == policy.UncertainSourceAddress
			if d.Allowed != c.allowed || split != c.split {
				t.Errorf("allowed %t split %t, want %t %t: %+v", d.Allowed, split, c.allowed, c.split, d.Compared)
			}
		})
	}
}

func TestMasqueradedSenderOnTheSameNode(t *testing.T) {
	v := world(t, np("p", "{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 192.0.2.0/24}}]}]}"))
	q := question(t, v, "web <- node/n1 :80")
	q.Peer.Before = netip.MustParseAddr("203.0.113.5")
	d := policy.Evaluate(v, q)
	if !d.Allowed || len(d.Uncertain) != 1 || d.Uncertain[0].Key != policy.UncertainBeforeMasquerade {
		t.Errorf("allowed %t, uncertain %+v", d.Allowed, d.Uncertain)
	}
}

func TestUnreadableKindsNeverOpen(t *testing.T) {
	live := func(readable ...cluster.Kind) *cluster.View {
		v := world(t, np("p", "{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: red}}}]}]}"))
		store := cluster.NewStore(cluster.SourceInfo{Kind: cluster.SourceLive}, nil)
		return store.Update(func(w *cluster.Writer) {
			for p := range v.Pods() {
				row := *p
				w.PutPod(&row)
			}
			for _, k := range readable {
				w.SetStatus(cluster.KindStatus{Kind: k, State: cluster.StateSynced})
				for _, o := range v.List(k) {
					w.Put(o)
				}
			}
		})
	}
	for _, c := range []struct {
		name     string
		readable []cluster.Kind
		ask      string
		want     cluster.Kind
	}{
		{"policies may not be read", []cluster.Kind{cluster.KindPod, cluster.KindNamespace}, "web <- far :1", cluster.KindNetworkPolicy},
		{"namespaces may not be read", []cluster.Kind{cluster.KindPod, cluster.KindNetworkPolicy}, "web <- far :1", cluster.KindNamespace},
		{"pods may not be read", []cluster.Kind{cluster.KindNamespace, cluster.KindNetworkPolicy}, "web <- 10.244.9.9 :1", cluster.KindPod},
		{"everything may be read", []cluster.Kind{cluster.KindPod, cluster.KindNamespace, cluster.KindNetworkPolicy}, "web <- 10.244.9.9 :1", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := ask(t, live(c.readable...), c.ask)
			if d.Allowed || d.Unreadable != c.want {
				t.Errorf("allowed %t, unreadable %q, want %q", d.Allowed, d.Unreadable, c.want)
			}
		})
	}
}

func TestSelecting(t *testing.T) {
	v := world(t, np("in", "{podSelector: {matchLabels: {app: web}}}")+np("both", "{podSelector: {}, policyTypes: [Ingress, Egress]}"))
	in, out := policy.Selecting(v, v.Pod("shop", "web"))
	if len(in) != 2 || len(out) != 1 || in[0].Name != "both" || out[0].Name != "both" {
		t.Errorf("in %d, out %d", len(in), len(out))
	}
	if in, out = policy.Selecting(v, v.Pod("shop", "done")); in != nil || out != nil {
		t.Error("a completed pod is guarded by nothing")
	}
}

// randomPolicy writes a policy from a few pieces.
func randomPolicy(r *rand.Rand, name string) string {
	selectors := []string{"{}", "{matchLabels: {app: web}}", "{matchLabels: {access: 'true'}}", "{matchExpressions: [{key: app, operator: NotIn, values: [api]}]}"}
	peers := []string{
		"{podSelector: {}}", "{podSelector: {matchLabels: {access: 'true'}}}", "{namespaceSelector: {matchLabels: {team: red}}}",
		"{ipBlock: {cidr: 10.244.0.0/16}}", "{ipBlock: {cidr: 0.0.0.0/0, except: [8.8.8.0/24]}}", "{namespaceSelector: {}, podSelector: {matchLabels: {app: far}}}",
	}
	ports := []string{"{port: 80}", "{port: http}", "{port: 8000, endPort: 8100}", "{protocol: UDP}"}
	list := func(from []string, max int) string {
		var out []string
		for range r.Intn(max) {
			out = append(out, from[r.Intn(len(from))])
		}
		return "[" + strings.Join(out, ", ") + "]"
	}
	rules := func(peer string) string {
		var out []string
		for range r.Intn(3) {
			out = append(out, "{"+peer+": "+list(peers, 3)+", ports: "+list(ports, 3)+"}")
		}
		return "[" + strings.Join(out, ", ") + "]"
	}
	types := []string{"[Ingress]", "[Egress]", "[Ingress, Egress]"}
	return np(name, fmt.Sprintf("{podSelector: %s, policyTypes: %s, ingress: %s, egress: %s}",
		selectors[r.Intn(len(selectors))], types[r.Intn(len(types))], rules("from"), rules("to")))
}

var questions = []string{
	"web <- api :80", "web <- far :8080", "web <- sleepy :8080", "web <- 8.8.8.8 :80", "web <- node/n2 :8080", "api -> web :8080",
	"api -> far :53/UDP", "web -> 192.0.2.1 :8050", "sleepy <- host :80", "host -> api :80",
}

func TestOneMoreRuleNeverCloses(t *testing.T) {
	r := rand.New(rand.NewSource(7))
	for range 60 {
		var text string
		for i := range 1 + r.Intn(4) {
			text += randomPolicy(r, fmt.Sprintf("p%d", i))
		}
		before := world(t, text)
		after := before.Fork(func(w *cluster.Writer) {
			for _, o := range before.NetworkPoliciesIn("shop") {
				more := o.DeepCopy()
				extra := before.NetworkPoliciesIn("shop")[r.Intn(len(before.NetworkPoliciesIn("shop")))]
				more.Spec.Ingress = append(more.Spec.Ingress, extra.Spec.Ingress...)
				more.Spec.Egress = append(more.Spec.Egress, extra.Spec.Egress...)
				more.ResourceVersion = "2"
				w.Put(more)
			}
		})
		for _, line := range questions {
			if ask(t, before, line).Allowed && !ask(t, after, line).Allowed {
				t.Fatalf("%s was open and is closed by more rules:\n%s", line, text)
			}
		}
	}
}

func TestOrderOfObjectsNeverMatters(t *testing.T) {
	r := rand.New(rand.NewSource(11))
	for range 40 {
		var list []string
		for i := range 4 {
			list = append(list, randomPolicy(r, fmt.Sprintf("p%d", i)))
		}
		a := world(t, strings.Join(list, ""))
		r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		b := world(t, strings.Join(list, ""))
		for _, line := range questions {
			x, y := ask(t, a, line), ask(t, b, line)
			if diff := cmp.Diff(x, y); diff != "" {
				t.Fatalf("%s (-first +shuffled):\n%s", line, diff)
			}
		}
	}
}

// BenchmarkEvaluate is one question in a namespace with a hundred policies that all select the pod.
func BenchmarkEvaluate(b *testing.B) {
	r := rand.New(rand.NewSource(1))
	var text string
	for i := range 100 {
		text += randomPolicy(r, fmt.Sprintf("p%d", i))
	}
	v := world(b, text)
	q := question(b, v, "web <- far :8080")
	b.ReportAllocs()
	for b.Loop() {
		policy.Evaluate(v, q)
	}
}

func BenchmarkSelecting(b *testing.B) {
	r := rand.New(rand.NewSource(1))
	var text string
	for i := range 100 {
		text += randomPolicy(r, fmt.Sprintf("p%d", i))
	}
	v := world(b, text)
	pod := v.Pod("shop", "web")
	b.ReportAllocs()
	for b.Loop() {
		policy.Selecting(v, pod)
	}
}
