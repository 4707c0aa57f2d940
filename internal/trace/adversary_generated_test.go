package trace_test

import (
	"fmt"
	"math/rand"
	"strings"
	"testing"

	"github.com/kubestrata/kubestrata/internal/trace"
)

// A small judge of policies, written from the API's documentation alone: drawn policies are kept as plain data, written
// as YAML for the engine, and judged here.

type drawnPod struct {
	ns, name, node, ip string
	labels             map[string]string
	names              map[string]int // of ports of TCP
}

var (
	drawnSpaces = map[string]map[string]string{"red": {"team": "red"}, "blue": {"team": "blue", "env": "dev"}, "bare": {}}
	drawnPods   = []drawnPod{
		{"red", "a", "node01", "10.244.1.11", map[string]string{"app": "web"}, map[string]int{"http": 8080}},
		{"red", "b", "node02", "10.244.2.11", map[string]string{"app": "web", "tier": "back"}, map[string]int{"http": 9090}},
		{"blue", "c", "node01", "10.244.1.12", map[string]string{"app": "cli"}, nil},
		{"blue", "d", "node02", "10.244.2.12", map[string]string{"tier": "back"}, map[string]int{"http": 80}},
		{"bare", "e", "node02", "10.244.2.13", map[string]string{"app": "web"}, nil},
	}
	drawnPorts = []int{80, 8080, 9090}
)

// drawnSelector is a label selector: nil for none, and each term holds or not.
type drawnSelector struct{ terms []drawnTerm }

type drawnTerm struct {
	key, operator string // = In NotIn Exists DoesNotExist
	values        []string
}

func (s *drawnSelector) holds(labels map[string]string) bool {
	for _, t := range s.terms {
		got, has := labels[t.key]
		in := false
		for _, v := range t.values {
			in = in || v == got
		}
		ok := map[string]bool{"=": has && in, "In": has && in, "NotIn": !has || !in, "Exists": has, "DoesNotExist": !has}[t.operator]
		if !ok {
			return false
		}
	}
	return true
}

func (s *drawnSelector) yaml() string {
	var labels, expressions []string
	for _, t := range s.terms {
		switch t.operator {
		case "=":
			labels = append(labels, t.key+": "+t.values[0])
		case "Exists", "DoesNotExist":
			expressions = append(expressions, fmt.Sprintf("{key: %s, operator: %s}", t.key, t.operator))
		default:
			expressions = append(expressions, fmt.Sprintf("{key: %s, operator: %s, values: [%s]}", t.key, t.operator, strings.Join(t.values, ", ")))
		}
	}
	return "{matchLabels: {" + strings.Join(labels, ", ") + "}, matchExpressions: [" + strings.Join(expressions, ", ") + "]}"
}

type draw struct{ *rand.Rand }

func pickOf[T any](d draw, list ...T) T { return list[d.Intn(len(list))] }

func (d draw) selector(keys map[string][]string, names ...string) *drawnSelector {
	s := &drawnSelector{}
	used := map[string]bool{}
	for range d.Intn(3) {
		key := pickOf(d, names...)
		if used[key] {
			continue
		}
		used[key] = true
		t := drawnTerm{key: key, operator: pickOf(d, "=", "=", "In", "NotIn", "Exists", "DoesNotExist")}
		switch t.operator {
		case "=":
			t.values = []string{pickOf(d, keys[key]...)}
		case "In", "NotIn":
			for range 1 + d.Intn(2) {
				t.values = append(t.values, pickOf(d, keys[key]...))
			}
		}
		s.terms = append(s.terms, t)
	}
	return s
}

var drawnKeys = map[string][]string{"app": {"web", "cli"}, "tier": {"back", "front"}, "team": {"red", "blue"}, "env": {"dev", "prod"}}

func (d draw) pods() *drawnSelector   { return d.selector(drawnKeys, "app", "tier") }
func (d draw) spaces() *drawnSelector { return d.selector(drawnKeys, "team", "env") }

// drawnPeer: of NetworkPolicy space nil means the policy's own; of the others pods nil means all of the namespaces. With
// a prefix it goes by address instead, but for those that have the prefix of except.
type drawnPeer struct {
	spaces, pods   *drawnSelector
	prefix, except string // 10.244.1. for 10.244.1.0/24; except is a full address
}

type drawnPort struct {
	protocol    string
	first, last int // 0 for every port
	name        string
}

type drawnRule struct {
	action string
	peers  []drawnPeer
	ports  []drawnPort
}

type drawnPolicy struct {
	kind, ns, tier        string // kinds: NP, ANP, BANP, CNP
	priority              int
	subject               drawnPeer
	hasIngress, hasEgress bool // policyTypes of NP; nothing for the others
	ingress, egress       []drawnRule
}

func (p *drawnPeer) matches(own string, pod *drawnPod) bool {
	if p.prefix != "" {
		return strings.HasPrefix(pod.ip, p.prefix) && pod.ip != p.except
	}
	switch {
	case p.spaces == nil && pod.ns != own:
		return false
	case p.spaces != nil && !p.spaces.holds(drawnSpaces[pod.ns]):
		return false
	}
	return p.pods == nil || p.pods.holds(pod.labels)
}

func (r *drawnRule) matches(own string, peer, to *drawnPod, protocol string, port int) bool {
	ok := len(r.peers) == 0
	for i := range r.peers {
		ok = ok || r.peers[i].matches(own, peer)
	}
	if !ok || len(r.ports) == 0 {
		return ok
	}
	for _, x := range r.ports {
		switch {
		case x.name != "":
			if protocol == "TCP" && to.names[x.name] == port && x.protocol != "UDP" {
				return true
			}
		case x.protocol != protocol:
		case x.first == 0 || x.first <= port && port <= x.last:
			return true
		}
	}
	return false
}

// judged is whether one end lets a connection through: subject is the pod whose policies are asked.
func judged(policies []drawnPolicy, subject, peer, to *drawnPod, ingress bool, protocol string, port int) bool {
	side := func(p *drawnPolicy) []drawnRule {
		if ingress {
			return p.ingress
		}
		return p.egress
	}
	tier := func(name string) string {
		said, best := "", 1<<30
		for i := range policies {
			p := &policies[i]
			if p.tier != name || p.kind == "NP" || !p.subject.matches("", subject) || p.priority >= best {
				continue
			}
			for _, r := range side(p) {
				if r.matches("", peer, to, protocol, port) {
					said, best = r.action, p.priority
					break
				}
			}
		}
		return said
	}
	switch tier("Admin") {
	case "Allow", "Accept":
		return true
	case "Deny":
		return false
	}
	isolated := false
	for i := range policies {
		p := &policies[i]
		if p.kind != "NP" || p.ns != subject.ns || !p.subject.pods.holds(subject.labels) || ingress && !p.hasIngress || !ingress && !p.hasEgress {
			continue
		}
		isolated = true
		for _, r := range side(p) {
			if r.matches(p.ns, peer, to, protocol, port) {
				return true
			}
		}
	}
	return !isolated && tier("Baseline") != "Deny"
}

func (d draw) networkRule() drawnRule {
	var r drawnRule
	for range d.Intn(3) {
		p := drawnPeer{pods: d.pods()}
		switch d.Intn(4) {
		case 0:
			p.spaces = d.spaces()
		case 1:
			p.spaces, p.pods = d.spaces(), nil
		case 2:
			p = drawnPeer{prefix: pickOf(d, "10.244.1.", "10.244.2.", "10.244."), except: pickOf(d, "", drawnPods[d.Intn(5)].ip)}
			if !strings.HasPrefix(p.except, p.prefix) {
				p.except = ""
			}
		}
		r.peers = append(r.peers, p)
	}
	for range d.Intn(3) {
		x := drawnPort{protocol: pickOf(d, "TCP", "TCP", "UDP")}
		switch d.Intn(4) {
		case 0:
			x.first = pickOf(d, drawnPorts...)
			x.last = x.first
		case 1:
			x.first = pickOf(d, 1, 80, 81, 8080)
			x.last = x.first + pickOf(d, 0, 1, 8000)
		case 2:
			x.name = "http"
		}
		r.ports = append(r.ports, x)
	}
	return r
}

func (d draw) adminRule(kind string, egress bool) drawnRule {
	actions := map[string][]string{"ANP": {"Allow", "Deny", "Pass"}, "BANP": {"Allow", "Deny"}, "CNP": {"Accept", "Deny", "Pass"}}[kind]
	r := drawnRule{action: pickOf(d, actions...)}
	for range 1 + d.Intn(2) {
		p := drawnPeer{spaces: d.spaces()}
		if d.Intn(2) == 0 {
			p.pods = d.pods()
		}
		if egress && d.Intn(4) == 0 {
			p = drawnPeer{prefix: pickOf(d, "10.244.1.", "10.244.2.")}
		}
		r.peers = append(r.peers, p)
	}
	for range d.Intn(2) {
		x := drawnPort{protocol: pickOf(d, "TCP", "TCP", "UDP"), first: pickOf(d, drawnPorts...)}
		x.last = x.first + pickOf(d, 0, 0, 1100)
		if d.Intn(4) == 0 {
			x = drawnPort{name: "http"}
		}
		r.ports = append(r.ports, x)
	}
	return r
}

func (d draw) policies() []drawnPolicy {
	var out []drawnPolicy
	for range d.Intn(4) {
		p := drawnPolicy{kind: "NP", ns: pickOf(d, "red", "blue", "bare"), subject: drawnPeer{pods: d.pods()}}
		p.hasIngress, p.hasEgress = d.Intn(3) > 0, d.Intn(3) > 0
		if !p.hasIngress && !p.hasEgress {
			p.hasIngress = true
		}
		for range d.Intn(3) {
			p.ingress = append(p.ingress, d.networkRule())
		}
		for range d.Intn(3) {
			p.egress = append(p.egress, d.networkRule())
		}
		out = append(out, p)
	}
	baseline := pickOf(d, "BANP", "CNP")
	for i := range d.Intn(4) {
		p := drawnPolicy{kind: pickOf(d, "ANP", "CNP"), tier: "Admin", priority: (i*7)%5 + i, subject: drawnPeer{spaces: d.spaces()}}
		if d.Intn(3) == 0 {
			p.tier, p.kind = "Baseline", baseline
			if baseline == "BANP" {
				baseline, p.priority = "CNP", 0
				if i > 0 {
					p.tier, p.kind, p.priority = "Admin", "CNP", (i*7)%5+i
				}
			}
		}
		if d.Intn(3) == 0 {
			p.subject.pods = d.pods()
		}
		for range d.Intn(3) {
			p.ingress = append(p.ingress, d.adminRule(p.kind, false))
		}
		for range d.Intn(3) {
			p.egress = append(p.egress, d.adminRule(p.kind, true))
		}
		out = append(out, p)
	}
	return out
}

func (p *drawnPeer) network() string {
	if p.prefix != "" {
		cidr, except := map[string]string{"10.244.1.": "10.244.1.0/24", "10.244.2.": "10.244.2.0/24", "10.244.": "10.244.0.0/16"}[p.prefix], ""
		if p.except != "" {
			except = ", except: [" + p.except + "/32]"
		}
		return "{ipBlock: {cidr: " + cidr + except + "}}"
	}
	var fields []string
	if p.spaces != nil {
		fields = append(fields, "namespaceSelector: "+p.spaces.yaml())
	}
	if p.pods != nil {
		fields = append(fields, "podSelector: "+p.pods.yaml())
	}
	return "{" + strings.Join(fields, ", ") + "}"
}

func (p *drawnPeer) admin() string {
	switch {
	case p.prefix != "":
		return "{networks: [" + p.prefix + "0/24]}"
	case p.pods != nil:
		return "{pods: {namespaceSelector: " + p.spaces.yaml() + ", podSelector: " + p.pods.yaml() + "}}"
	}
	return "{namespaces: " + p.spaces.yaml() + "}"
}

func (x *drawnPort) yaml(kind string) string {
	switch kind {
	case "NP":
		switch {
		case x.name != "":
			return "{protocol: " + x.protocol + ", port: " + x.name + "}"
		case x.first == 0:
			return "{protocol: " + x.protocol + "}"
		case x.first == x.last:
			return fmt.Sprintf("{protocol: %s, port: %d}", x.protocol, x.first)
		}
		return fmt.Sprintf("{protocol: %s, port: %d, endPort: %d}", x.protocol, x.first, x.last)
	case "CNP":
		lower := strings.ToLower(x.protocol)
		switch {
		case x.name != "":
			return "{destinationNamedPort: " + x.name + "}"
		case x.first == x.last:
			return fmt.Sprintf("{%s: {destinationPort: {number: %d}}}", lower, x.first)
		}
		return fmt.Sprintf("{%s: {destinationPort: {range: {start: %d, end: %d}}}}", lower, x.first, x.last)
	}
	switch {
	case x.name != "":
		return "{namedPort: " + x.name + "}"
	case x.first == x.last:
		return fmt.Sprintf("{portNumber: {protocol: %s, port: %d}}", x.protocol, x.first)
	}
	return fmt.Sprintf("{portRange: {protocol: %s, start: %d, end: %d}}", x.protocol, x.first, x.last)
}

func (p *drawnPolicy) yaml(i int) string {
	side := func(list []drawnRule, word string) string {
		var out []string
		for _, r := range list {
			var peers, ports, fields []string
			for k := range r.peers {
				if p.kind == "NP" {
					peers = append(peers, r.peers[k].network())
				} else {
					peers = append(peers, r.peers[k].admin())
				}
			}
			for k := range r.ports {
				ports = append(ports, r.ports[k].yaml(p.kind))
			}
			if r.action != "" {
				fields = append(fields, "action: "+r.action)
			}
			if len(peers) > 0 {
				fields = append(fields, word+": ["+strings.Join(peers, ", ")+"]")
			}
			if len(ports) > 0 {
				fields = append(fields, map[bool]string{true: "protocols", false: "ports"}[p.kind == "CNP"]+": ["+strings.Join(ports, ", ")+"]")
			}
			out = append(out, "{"+strings.Join(fields, ", ")+"}")
		}
		return "[" + strings.Join(out, ", ") + "]"
	}
	rules := "ingress: " + side(p.ingress, "from") + ", egress: " + side(p.egress, "to")
	name := fmt.Sprintf("p%d", 9-i)
	switch p.kind {
	case "NP":
		var types []string
		if p.hasIngress {
			types = append(types, "Ingress")
		}
		if p.hasEgress {
			types = append(types, "Egress")
		}
		return aPolicy(p.ns+"/"+name, "podSelector: "+p.subject.pods.yaml()+", policyTypes: ["+strings.Join(types, ", ")+"], "+rules)
	case "ANP":
		return asANP(name, fmt.Sprintf("priority: %d, subject: %s, %s", p.priority, p.subject.admin(), rules))
	case "BANP":
		return asBANP("subject: " + p.subject.admin() + ", " + rules)
	}
	return asCNP(name, fmt.Sprintf("tier: %s, priority: %d, subject: %s, %s", p.tier, p.priority, p.subject.admin(), rules))
}

func TestAdversaryPoliciesDrawn(t *testing.T) {
	yard := aNode("node01", "192.168.5.11", "10.244.1.0/24", "z") + aNode("node02", "192.168.5.12", "10.244.2.0/24", "z") +
		kubeProxy("mode: iptables", "clusterCIDR: 10.244.0.0/16") + plugin("calico-node", "docker.io/calico/node:v3.31.3")
	listeners := "\n---\napiVersion: kubestrata.io/v1alpha1\nkind: Surroundings\nlisteners:\n"
	for ns, labels := range drawnSpaces {
		var list []string
		for k, v := range labels {
			list = append(list, k+": "+v)
		}
		yard += aNamespace(ns, strings.Join(list, ", "))
		for _, port := range drawnPorts {
			listeners += fmt.Sprintf("- {namespace: %s, selector: '', port: %d}\n- {namespace: %s, selector: '', port: %d, protocol: UDP}\n", ns, port, ns, port)
		}
	}
	for _, p := range drawnPods {
		var labels []string
		for k, v := range p.labels {
			labels = append(labels, k+": "+v)
		}
		ports := ""
		if n, ok := p.names["http"]; ok {
			ports = fmt.Sprintf(", ports: [{name: http, containerPort: %d}]", n)
		}
		yard += aPod(p.ns+"/"+p.name, p.node, p.ip, strings.Join(labels, ", "), "containers: [{name: main, image: example/app:1"+ports+"}]")
	}
	yard += listeners
	d := draw{rand.New(rand.NewSource(7))}
	denied := 0
	for n := range 250 {
		policies := d.policies()
		objects := ""
		for i := range policies {
			objects += policies[i].yaml(i)
		}
		view := manifest(t, yard+objects)
		for range 8 {
			from, to := &drawnPods[d.Intn(5)], &drawnPods[d.Intn(5)]
			if from == to {
				continue
			}
			port, protocol := pickOf(d, drawnPorts...), pickOf(d, "TCP", "TCP", "UDP")
			flag := map[string]string{"TCP": "", "UDP": "u"}[protocol]
			want := "answered"
			if !judged(policies, from, to, to, false, protocol, port) {
				want = "no-answer policy.egress-denied"
			} else if !judged(policies, to, from, to, true, protocol, port) {
				want = "no-answer policy.ingress-denied"
			}
			if want != "answered" {
				denied++
			}
			ask := trace.Ask{From: "pod/" + from.ns + "/" + from.name, Command: []string{fmt.Sprintf("nc -zv%s -w 2 %s %d", flag, to.ip, port)}}
			tr, err := trace.Run(view, ask)
			if err != nil {
				t.Fatal(err)
			}
			got := string(tr.Verdict.Class)
			if got != "answered" {
				got += " " + tr.Verdict.Reason
			}
			if got != want {
				t.Fatalf("draw %d: %s $ %s: got %s (%s), want %s: %s%s", n, ask.From, ask.Command[0], got, tr.Verdict.Certainty, want, tr.Verdict.Sentence, objects)
			}
		}
	}
	if denied < 200 {
		t.Errorf("only %d connections were denied: the draws say little", denied)
	}
}
