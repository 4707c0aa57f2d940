package policy

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// peerEffect is peerMatches with every comparison written down.
func (j *judge) peerEffect(r *rule, p *peer) PeerEffect {
	out := PeerEffect{Text: p.words(), Matches: j.peerMatches(r, p)}
	switch p.kind {
	case byNothing:
		out.Compared = []Comparison{{"peer", "a selector or ipBlock", "an empty entry", false}}
	case bySelector:
		out.Compared = j.selectorComparisons(p, out.Matches)
	case byBlock:
		out.Compared = j.blockComparisons(p, out.Matches)
	case byNetworks:
		out.Compared = []Comparison{{"networks", p.text, j.addrText(), out.Matches}}
	case byNodes:
		out.Compared = []Comparison{{"nodes", cmp.Or(p.nodes.text(), "any"), j.peerText(), out.Matches}}
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
			return []Comparison{{"peer", "a pod", "pods may not be read", true}}
		}
		return []Comparison{{"peer", "a pod", j.peerText(), false}}
	}
	var out []Comparison
	if p.namespace != "" {
		out = append(out, Comparison{"namespace", p.namespace, pod.Namespace, pod.Namespace == p.namespace})
	} else if s := j.book.space(pod.Namespace); !s.shown && p.spaces.reads(labelName) {
		got := "nothing shows its labels"
		if !j.view.Readable(cluster.KindNamespace, "") {
			got = "namespaces may not be read"
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
		return []Comparison{{"ipBlock", p.text, "not a CIDR", false}}
	case !j.addr.IsValid():
		return []Comparison{{"ipBlock", p.text, j.unnamedText(), matches}}
	case j.inCluster && !j.r.blockInCluster:
		return []Comparison{{"ipBlock", p.cidrs[0].String(), j.peerText() + ", which this plug-in does not match by address", false}}
	}
	got := j.addr.String()
	out := []Comparison{{"ipBlock", p.cidrs[0].String(), got, p.cidrs[0].Contains(j.addr)}}
	for _, x := range p.except {
		out = append(out, Comparison{"except", "outside " + x.String(), got, !x.Contains(j.addr)})
	}
	return out
}

func (j *judge) unnamedText() string {
	if len(j.q.Peer.Within) == 0 {
		return "an unnamed machine of the Internet"
	}
	texts := make([]string, len(j.q.Peer.Within))
	for i, w := range j.q.Peer.Within {
		texts[i] = w.String()
	}
	return "an unnamed machine of " + strings.Join(texts, ", ")
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
		return "pod " + p.Pod.Name + " on the host network of " + p.Pod.Node
	case p.Pod != nil:
		return "pod " + p.Pod.Name + " " + j.addr.String()
	case p.Node != "":
		return "node " + p.Node
	case j.addr.IsValid():
		return j.addr.String()
	}
	return "a machine outside"
}

// portEffect is portMatches with every comparison written down; the first is of the protocol.
func (j *judge) portEffect(p *port) PortEffect {
	out := PortEffect{Matches: j.portMatches(p)}
	if p.nothing {
		out.Text = "nothing (empty entry)"
		out.Compared = []Comparison{{"protocol", "a protocol or port", "an empty entry", false}}
		return out
	}
	protocol := cmp.Or(string(p.protocol), "any")
	out.Compared = []Comparison{{"protocol", protocol, string(j.q.Protocol), p.protocol == "" || p.protocol == j.q.Protocol}}
	got := strconv.Itoa(int(j.q.Port))
	if j.q.Protocol == ProtocolICMP {
		got = "no port"
	}
	text := "any"
	switch {
	case p.any:
		if j.q.Protocol == ProtocolICMP {
			out.Compared[0].Holds = false
		}
		out.Text = protocol + " any"
		return out
	case p.name == "":
		text = strconv.Itoa(int(p.first))
		if p.last != p.first {
			text = fmt.Sprintf("%d-%d", p.first, p.last)
		}
	default:
		text = p.name
		if j.portPod == nil {
			got = "no pod that could name port " + got
		} else if n, ok := j.portPod.Shape.PortNamed(p.name, cmp.Or(p.protocol, j.q.Protocol)); ok {
			text = fmt.Sprintf("%s (%d)", p.name, n)
		} else {
			got = fmt.Sprintf("%s (pod %s has no port named %s)", got, j.portPod.Name, p.name)
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
	pods := "all pods"
	if t := p.pods.text(); t != "" {
		pods = "pods with " + t
	}
	switch p.kind {
	case byBlock:
		return p.text
	case byNetworks:
		return "networks " + p.text
	case byNodes:
		if t := p.nodes.text(); t != "" {
			return "nodes with " + t
		}
		return "all nodes"
	case byDomains:
		return "domain names " + strings.Join(p.domains, ", ")
	case byNothing:
		return "nobody (empty entry)"
	}
	switch {
	case p.namespace != "":
		return pods + " of namespace " + p.namespace
	case p.spaces.text() == "":
		return pods + " of all namespaces"
	}
	return pods + " of namespaces with " + p.spaces.text()
}

func blockText(b *networkingv1.IPBlock) string {
	if len(b.Except) == 0 {
		return b.CIDR
	}
	return b.CIDR + " except " + strings.Join(b.Except, ", ")
}

// text is whom a policy is about, as kubectl prints selectors; empty for everybody.
func (s *subject) text() string {
	pods := s.pods.text()
	if s.nobody {
		return "nobody (empty subject)"
	}
	if s.namespace != "" || s.spaces.text() == "" {
		return pods
	}
	if pods == "" {
		return "namespaces with " + s.spaces.text()
	}
	return pods + " of namespaces with " + s.spaces.text()
}
