package trace

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/dns"
	"github.com/kubestrata/kubestrata/internal/facts"
	"github.com/kubestrata/kubestrata/internal/surroundings"
	"github.com/kubestrata/kubestrata/internal/words"
)

// dnsListener is the port of a DNS server: that a Ready pod behind the DNS service answers queries is what makes it
// Ready; what is assumed of the port that the person asked about says nothing about this one. Which ports it has is said
// by the Corefile.
func (e *engine) dnsListener(l listening, pod *cluster.Pod, port uint16) listening {
	if !e.dns.Serves(e.view, pod) {
		return l
	}
	if file := e.dns.Corefile; e.dns.CorefileOrigin == dns.OriginDetected && file != nil && !file.Serves(int(port)) {
		return listening{certainty: e.uses("coredns-flags"), why: words.Say("fact.coredns-flags.no-server", port), evidence: e.dns.CorefileEvidence}
	}
	if pod.Ready && (e.facts.Get(facts.KeyListening).Source == facts.Given || l.certainty == Assumed) {
		return listening{
			listens: true, certainty: Certain, note: words.Say("clause.as-readiness-shows"),
			evidence: []cluster.Evidence{podEvidence(pod, "status.conditions")},
		}
	}
	return l
}

// listening is what is known of a port.
type listening struct {
	listens   bool
	certainty Certainty
	why       string // of a closed port
	note      string // of an open one: why that is believed
	answers   []surroundings.Answer
	calls     []string // requests of its own that the process makes first
	tls       bool     // it is known to speak TLS
	known     bool     // the answers are known: a path that none names is not found
	evidence  []cluster.Evidence
}

// listenerOf finds out whether a process of the pod listens. What is given beats what the surroundings say, and those
// beat probes and the default (TRACE.md, "Surroundings").
func (e *engine) listenerOf(b branch, pod *cluster.Pod) listening {
	uses := e.uses
	if b.leg == 0 { // a DNS query rests on other facts, see dnsListener
		uses = func(...string) Certainty { return Assumed }
	}
	port, protocol := int32(b.dst.Port()), e.transport(&b)
	fact := e.facts.Get(facts.KeyListening)
	described, answers, calls := false, []surroundings.Answer(nil), []string(nil)
	open := false
	for _, l := range e.view.Surroundings().Listeners {
		if l.Namespace != pod.Namespace || !selects(l.Selector, pod) {
			continue
		}
		described = true
		// A DNS server that is said to listen on its port does so over UDP and TCP, whichever was written.
		if l.Port == port && (b.leg == 0 || strings.EqualFold(cmp.Or(l.Protocol, "TCP"), string(protocol))) {
			open = true
			answers = append(answers, l.Answers...)
			if b.leg != 0 {
				calls = append(calls, l.Calls...)
			}
		}
	}
	evidence := []cluster.Evidence{podEvidence(pod, "spec.containers", "status")}
	if fact.Source == facts.Given {
		uses(facts.KeyListening)
		l := listening{listens: fact.Value == "true", certainty: Assumed, evidence: evidence, answers: answers, known: len(answers) > 0}
		l.why, l.note = words.Say("clause.given-that-nothing-listens"), words.Say("clause.as-given")
		return l
	}
	if described {
		certainty := Certain
		if e.view.Source().Kind == cluster.SourceLive {
			certainty = Assumed
			if b.leg != 0 && !e.used[facts.KeyListening] {
				e.assume(facts.KeyListening, strconv.FormatBool(open), facts.Detected, &cluster.Evidence{Kind: facts.KindSurroundings, Name: "surroundings", Fields: []string{"listeners"}})
			}
		}
		return listening{
			listens: open, certainty: certainty, answers: answers, calls: calls, known: len(answers) > 0,
			why: words.Say("clause.listens-on", e.portsOf(pod)), note: "",
			evidence: append(evidence, cluster.Evidence{Kind: facts.KindSurroundings, Name: "surroundings", Fields: []string{"listeners"}}),
		}
	}
	// The kubelet probes the pod's address: a process may listen there and not on localhost.
	if name := readyOn(pod, port); name != "" && protocol == corev1.ProtocolTCP && !b.dst.Addr().IsLoopback() {
		if b.leg != 0 {
			e.assumeListening(pod, name)
		}
		// That the port takes connections follows from the probe; what it answers to a request does not.
		certainty := Assumed
		if b.http == nil && b.leg != 0 {
			certainty = Certain
		}
		return listening{listens: true, certainty: certainty, evidence: evidence, note: words.Say("clause.probe-succeeds")}
	}
	uses(facts.KeyListening)
	if pod.Shape != nil && !pod.Ready && probed(pod, port) && protocol == corev1.ProtocolTCP {
		return listening{listens: true, certainty: Assumed, note: words.Say("clause.assumed-though-not-ready"), evidence: evidence}
	}
	note := words.Say("clause.assumed-not-shown")
	if pod.Shape != nil && pod.Shape.DeclaresAny() && !pod.Shape.Declares(port, protocol) {
		note = words.Say("clause.assumed-though-not-declared", port, protocol)
	}
	return listening{listens: true, certainty: Assumed, note: note, evidence: evidence}
}

// readyOn names the container of a Ready pod whose readiness probe goes to a port of the pod: that probe succeeds.
func readyOn(pod *cluster.Pod, port int32) string {
	if pod.Shape == nil || !pod.Ready {
		return ""
	}
	return probedOn(pod, port)
}

// probed reports whether a readiness probe goes to a port of the pod.
func probed(pod *cluster.Pod, port int32) bool { return probedOn(pod, port) != "" }

func probedOn(pod *cluster.Pod, port int32) string {
	for _, c := range pod.Shape.Containers {
		for _, p := range c.Probes {
			if p.Type == "readiness" && p.Port == port && ownAddress(pod, p.Host) {
				return c.Name
			}
		}
	}
	return ""
}

// ownAddress reports whether a probe goes to the pod's own address, which is what leaving the host away means.
func ownAddress(pod *cluster.Pod, host string) bool {
	a, ok := cluster.ParseAddr(host)
	return host == "" || ok && pod.HasIP(a)
}

func (e *engine) assumeListening(pod *cluster.Pod, container string) {
	if e.used[facts.KeyListening] {
		return
	}
	e.assume(facts.KeyListening, "true", facts.Detected, &cluster.Evidence{
		Kind: cluster.KindPod, Namespace: pod.Namespace, Name: pod.Name, ResourceVersion: pod.ResourceVersion,
		Fields: []string{fmt.Sprintf("spec.containers[%s].readinessProbe", container)},
	})
}

func selects(selector string, pod *cluster.Pod) bool {
	s, err := labels.Parse(selector)
	return err == nil && s.Matches(pod.Labels)
}

// portsOf lists the ports that the surroundings give to a pod.
func (e *engine) portsOf(pod *cluster.Pod) string {
	var ports []string
	for _, l := range e.view.Surroundings().Listeners {
		if l.Namespace == pod.Namespace && selects(l.Selector, pod) {
			port := fmt.Sprint(l.Port)
			if named := strings.ToUpper(cmp.Or(l.Protocol, "TCP")); named != "TCP" || !e.isTCP() {
				port += "/" + named // or a number that is dialled by another protocol would seem to contradict itself
			}
			ports = append(ports, port)
		}
	}
	return "port " + strings.Join(ports, ", ")
}
