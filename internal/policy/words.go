package policy

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/words"
)

// peerEffect is peerMatches with every comparison written down.
func (j *judge) peerEffect(r *rule, p *peer) PeerEffect {
	out := PeerEffect{Text: p.words(), Matches: j.peerMatches(r, p)}
	switch p.kind {
	case byNothing:
		out.Compared = []Comparison{{"peer", words.Say("policy.wanted.selector-or-block"), words.Say("policy.wanted.empty-entry"), false}}
	case bySelector:
		out.Compared = j.selectorComparisons(p, out.Matches)
	case byBlock:
		out.Compared = j.blockComparisons(p, out.Matches)
	case byNetworks:
		out.Compared = []Comparison{{"networks", p.text, j.addrText(), out.Matches}}
	case byNodes:
		out.Compared = []Comparison{{"nodes", cmp.Or(p.nodes.text(), words.Say("policy.any")), j.peerText(), out.Matches}}
	case byDomains:
		out.Compared = []Comparison{{"domainNames", strings.Join(p.domains, ", "), cmp.Or(j.q.Peer.Domain, j.addrText()), out.Matches}}
	}
	return out
}

func (j *judge) selectorComparisons(p *peer, matches bool) []Comparison {
	pod := j.peer
	if pod == nil && len(j.hosts) > 0 {
		pod = j.hosts[0]
	}
	if pod == nil {
		if matches {
			return []Comparison{{"peer", words.Say("policy.wanted.pod"), words.Say("policy.got.pods-not-read"), true}}
		}
		return []Comparison{{"peer", words.Say("policy.wanted.pod"), j.peerText(), false}}
	}
	var out []Comparison
	if p.namespace != "" {
		out = append(out, Comparison{"namespace", p.namespace, pod.Namespace, pod.Namespace == p.namespace})
	} else if s := j.book.space(pod.Namespace); !s.shown && p.spaces.reads(labelName) {
		got := words.Say("policy.got.no-labels-shown")
		if !j.view.Readable(cluster.KindNamespace, "") {
			got = words.Say("policy.got.namespaces-not-read")
		}
		out = append(out, Comparison{"namespaceSelector", p.spaces.text(), got, j.r.unreadable || j.r.spaceLabels == 1 || p.spaces.matches(s.labels)})
	} else {
		out = append(out, p.spaces.compare("namespaceSelector", s.labels)...)
	}
	if p.pods != nil {
		out = append(out, p.pods.compare("podSelector", pod.Labels)...)
	}
	return out
}

func (j *judge) blockComparisons(p *peer, matches bool) []Comparison {
	switch {
	case p.bad:
		return []Comparison{{"ipBlock", p.text, words.Say("policy.wanted.no-cidr"), false}}
	case !j.addr.IsValid():
		return []Comparison{{"ipBlock", p.text, j.unnamedText(), matches}}
	case j.inCluster && !j.r.blockInCluster:
		return []Comparison{{"ipBlock", p.cidrs[0].String(), words.Say("policy.got.not-by-address", j.peerText()), false}}
	}
	got := j.addr.String()
	out := []Comparison{{"ipBlock", p.cidrs[0].String(), got, p.cidrs[0].Contains(j.addr)}}
	for _, x := range p.except {
		out = append(out, Comparison{"except", words.Say("policy.wanted.outside", x.String()), got, !x.Contains(j.addr)})
	}
	return out
}

func (j *judge) unnamedText() string {
	if len(j.q.Peer.Within) == 0 {
		return words.Say("policy.unnamed.internet")
	}
	texts := make([]string, len(j.q.Peer.Within))
	for i, w := range j.q.Peer.Within {
		texts[i] = w.String()
	}
	return words.Say("policy.unnamed", strings.Join(texts, ", "))
}

func (j *judge) addrText() string {
	if !j.addr.IsValid() {
		return j.unnamedText()
	}
	return j.addr.String()
}

func (j *judge) peerText() string {
	switch p := j.q.Peer; {
	case p.Pod != nil && p.Pod.Shape.HostNetwork:
		return words.Say("policy.peer.host-network", p.Pod.Name, p.Pod.Node)
	case p.Pod != nil:
		return words.Say("policy.peer.pod", p.Pod.Name, j.addr.String())
	case p.Node != "":
		return words.Say("policy.peer.node", p.Node)
	case j.addr.IsValid():
		return j.addr.String()
	}
	return words.Say("policy.peer.outside")
}

// portEffect is portMatches with every comparison written down; the first is of the protocol.
func (j *judge) portEffect(p *port) PortEffect {
	out := PortEffect{Matches: j.portMatches(p)}
	if p.nothing {
		out.Text = words.Say("policy.nothing.entry")
		out.Compared = []Comparison{{"protocol", words.Say("policy.wanted.protocol-or-port"), words.Say("policy.wanted.empty-entry"), false}}
		return out
	}
	protocol := cmp.Or(string(p.protocol), words.Say("policy.any"))
	out.Compared = []Comparison{{"protocol", protocol, string(j.q.Protocol), p.protocol == "" || p.protocol == j.q.Protocol}}
	got := strconv.Itoa(int(j.q.Port))
	if j.q.Protocol == ProtocolICMP {
		got = words.Say("policy.got.no-port")
	}
	var text string
	switch {
	case p.any:
		if j.q.Protocol == ProtocolICMP {
			out.Compared[0].Holds = false
		}
		out.Text = words.Say("policy.any-port", protocol)
		return out
	case p.name == "":
		text = strconv.Itoa(int(p.first))
		if p.last != p.first {
			text = fmt.Sprintf("%d-%d", p.first, p.last)
		}
	default:
		text = p.name
		if j.portPod == nil {
			got = words.Say("policy.got.no-naming-pod", got)
		} else if n, ok := j.portPod.Shape.PortNamed(p.name, cmp.Or(p.protocol, j.q.Protocol)); ok {
			text = fmt.Sprintf("%s (%d)", p.name, n)
		} else {
			got = words.Say("policy.got.no-port-named", got, j.portPod.Name, p.name)
		}
	}
	out.Text = protocol + " " + text
	holds := out.Matches
	if !holds && p.name == "" { // the protocol is compared by itself
		holds = j.q.Protocol != ProtocolICMP && p.first <= j.q.Port && j.q.Port <= p.last
	}
	out.Compared = append(out.Compared, Comparison{"port", text, got, holds})
	return out
}

func (p *peer) words() string {
	pods := words.Say("policy.all-pods")
	if t := p.pods.text(); t != "" {
		pods = words.Say("policy.pods-with", t)
	}
	switch p.kind {
	case byBlock:
		return p.text
	case byNetworks:
		return words.Say("policy.networks", p.text)
	case byNodes:
		if t := p.nodes.text(); t != "" {
			return words.Say("policy.nodes-with", t)
		}
		return words.Say("policy.all-nodes")
	case byDomains:
		return words.Say("policy.domain-names", strings.Join(p.domains, ", "))
	case byNothing:
		return words.Say("policy.nobody.entry")
	}
	switch {
	case p.namespace != "":
		return words.Say("policy.of-namespace", pods, p.namespace)
	case p.spaces.text() == "":
		return words.Say("policy.of-all-namespaces", pods)
	}
	return words.Say("policy.of-namespaces-with", pods, p.spaces.text())
}

func blockText(b *networkingv1.IPBlock) string {
	if len(b.Except) == 0 {
		return b.CIDR
	}
	return words.Say("policy.except", b.CIDR, strings.Join(b.Except, ", "))
}

// text is whom a policy is about, as kubectl prints selectors; empty for everybody.
func (s *subject) text() string {
	pods := s.pods.text()
	if s.nobody {
		return words.Say("policy.nobody.subject")
	}
	if s.namespace != "" || s.spaces.text() == "" {
		return pods
	}
	if pods == "" {
		return words.Say("policy.namespaces-with", s.spaces.text())
	}
	return words.Say("policy.of-namespaces-with", pods, s.spaces.text())
}
