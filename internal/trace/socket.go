package trace

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/kubestrata/kubestrata/internal/boundary"
	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/command"
	"github.com/kubestrata/kubestrata/internal/dns"
	"github.com/kubestrata/kubestrata/internal/facts"
	"github.com/kubestrata/kubestrata/internal/ingress"
	"github.com/kubestrata/kubestrata/internal/surroundings"
)

// podSocket is a packet inside a pod: is there a process on the port, and what does it answer?
func (e *engine) podSocket(b branch, pod *cluster.Pod) []branch {
	if b.seen == "" {
		b.seen = e.addrText(b.src.Addr())
	}
	if b.endpoint == nil {
		b.setEndpoint(pod, pod.Name, pod.Namespace, pod.Node, b.dst)
	}
	if hostNetwork(pod) {
		e.doubtHost(&b, pod.Node)
	}
	if e.icmp(&b) {
		return e.answersPing(b, pod.Ref(), surroundings.LayerPod, "pod.delivered")
	}
	e.doubtPod(&b, pod)
	state := e.stateOf(&b, pod)
	if state.down || state.certainty == Assumed {
		if state.certainty == Assumed && (b.leg >= 1 || state.down) {
			e.assumeFlip(keyWaitingContainer, waitingValue(state), facts.Default)
		}
		b.certainty = worse(b.certainty, state.certainty)
	}
	if state.down {
		return e.closed(b, pod, "pod.not-running", state.certainty, state.why, nil)
	}
	if b.leg >= 1 && !e.isTCP() {
		if out, ok := e.gatewayDatagram(b, pod); ok {
			return out
		}
	}
	if b.leg >= 1 && e.isTCP() {
		if out, ok := e.gatewayPod(b, pod); ok {
			return out
		}
		if c := ingress.ControllerOf(e.view, pod); c != nil {
			if scheme, ok := c.Scheme(int32(b.dst.Port())); ok {
				return e.proxy(b, pod, c, scheme)
			}
		}
	}
	l := e.listenerOf(b, pod)
	if b.leg == 0 {
		l = e.dnsListener(l, pod, b.dst.Port())
	}
	if !l.listens {
		return e.closed(b, pod, "pod.port-closed", l.certainty, l.why, l.evidence)
	}
	if !e.skips(&b, l.certainty) {
		port := strconv.Itoa(int(b.dst.Port()))
		e.add(&b, nil, at{
			kind: StepPodSocket, ref: pod.Ref(), layer: surroundings.LayerPod, certainty: l.certainty, evidence: l.evidence, title: "port " + port + " listens",
			sentence: "A process listens on port " + port + " of pod " + pod.Name + l.note + ".",
		})
	}
	var out []branch
	for _, r := range e.calls(b, pod, l) {
		if r.end != nil {
			out = append(out, r)
			continue
		}
		out = append(out, e.answers(r, pod.Ref(), surroundings.LayerPod, "pod.delivered", l)...)
	}
	return out
}

func (e *engine) isTCP() bool { return e.req.Protocol == command.TCP }

// dnsListener is the port of a DNS server: that a Ready pod behind the DNS service answers queries is what makes it
// Ready; what is assumed of the port that the person asked about says nothing about this one. Which ports it has is said
// by the Corefile.
func (e *engine) dnsListener(l listening, pod *cluster.Pod, port uint16) listening {
	if !e.dns.Serves(e.view, pod) {
		return l
	}
	if file := e.dns.Corefile; e.dns.CorefileOrigin == dns.OriginDetected && file != nil && !file.Serves(int(port)) {
		return listening{certainty: e.uses("coredns-flags"), why: fmt.Sprintf("the Corefile has no server on port %d", port), evidence: e.dns.CorefileEvidence}
	}
	if pod.Ready && (e.facts.Get(facts.KeyListening).Source == facts.Given || l.certainty == Assumed) {
		return listening{
			listens: true, certainty: Certain, note: ", as its readiness shows",
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
		l.why, l.note = "it was given that nothing listens", ", as was given"
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
			why: fmt.Sprintf("its processes listen on %s", e.portsOf(pod)), note: "",
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
		return listening{listens: true, certainty: certainty, evidence: evidence, note: ": its readiness probe on that port succeeds"}
	}
	uses(facts.KeyListening)
	if pod.Shape != nil && !pod.Ready && probed(pod, port) && protocol == corev1.ProtocolTCP {
		return listening{listens: true, certainty: Assumed, note: ", it is assumed, though the pod is probed on that port and not Ready", evidence: evidence}
	}
	note := ", which objects do not show: it is assumed"
	if pod.Shape != nil && pod.Shape.DeclaresAny() && !pod.Shape.Declares(port, protocol) {
		note = fmt.Sprintf(", it is assumed, though no container declares %d/%s", port, protocol)
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
			ports = append(ports, fmt.Sprint(l.Port))
		}
	}
	return "port " + strings.Join(ports, ", ")
}

// closed is a port on which nothing listens.
func (e *engine) closed(b branch, pod *cluster.Pod, reason string, certainty Certainty, why string, evidence []cluster.Evidence) []branch {
	if evidence == nil {
		evidence = []cluster.Evidence{podEvidence(pod, "status.containerStatuses")}
	}
	if !e.skips(&b, certainty) {
		e.add(&b, nil, at{
			kind: StepPodSocket, ref: pod.Ref(), layer: surroundings.LayerPod, certainty: certainty, evidence: evidence, title: fmt.Sprintf("port %d closed", b.dst.Port()),
			sentence: fmt.Sprintf("Nothing listens on port %d of pod %s: %s. The kernel refuses.", b.dst.Port(), pod.Name, why),
		})
	}
	if e.facts.Get(facts.KeyListening).Source == facts.Given && reason == "pod.port-closed" {
		why = ""
	}
	return b.stop(ending{
		class: Refused, reason: reason, certainty: certainty, decidedBy: pointer(pod.Ref()), object: pointer(pod.Ref()), why: why, protocol: e.protocol(&b),
	})
}

// answersPing is an echo request at its destination: the kernel answers, no process is needed.
func (e *engine) answersPing(b branch, ref cluster.Ref, layer surroundings.Layer, reason string) []branch {
	certainty := Certain
	if ref.Kind != cluster.KindPod && ref.Kind != cluster.KindNode {
		e.assumeFlip("echo", "machines answer echo requests", facts.Default) // many filter them
		certainty = Assumed
	}
	if ref.Kind == cluster.KindNode {
		e.doubtHost(&b, ref.Name)
	}
	e.add(&b, nil, at{
		kind: StepAnswer, ref: ref, layer: layer, certainty: certainty, sentence: fmt.Sprintf("%s %s answers the echo request.", ref.Kind, ref.Name),
	})
	return b.stop(ending{class: Answered, reason: reason, decidedBy: pointer(ref), object: pointer(ref)})
}

// answers is what a process that listens says.
func (e *engine) answers(b branch, ref cluster.Ref, layer surroundings.Layer, reason string, l listening) []branch {
	end := ending{class: Answered, reason: reason, certainty: l.certainty, decidedBy: pointer(ref), object: pointer(ref), protocol: e.protocol(&b)}
	if b.leg == 0 { // what a DNS server answers is a step of its own kind
		return b.stop(end)
	}
	if b.http == nil {
		e.add(&b, nil, at{
			kind: StepAnswer, ref: ref, layer: layer, certainty: l.certainty, sentence: fmt.Sprintf("%s %s takes the connection.", ref.Kind, ref.Name),
		})
		return b.stop(end)
	}
	if e.speaksTLS(b) {
		if end := e.shownCertificate(&b, ref); end != nil {
			return b.stop(*end)
		}
	}
	if l.tls && !e.speaksTLS(b) {
		// Go's TLS server writes this before the handshake (net/http, tlsHandshakeRecordLooksLikeHTTP).
		return b.stop(ending{
			class: HTTPError, reason: "tls.plain-to-tls", status: 400, certainty: l.certainty, decidedBy: pointer(ref), object: pointer(ref),
			why: fmt.Sprintf("port %d speaks TLS, the request is plain HTTP", b.dst.Port()),
		})
	}
	if port := int32(b.dst.Port()); e.speaksTLS(b) && l.tls {
		b.certainty = worse(b.certainty, l.certainty)
	} else if e.speaksTLS(b) {
		// No object says which of its ports speak TLS; a port that does not answers the handshake with an error.
		e.assumeFlip("tls-port", fmt.Sprintf("port %d speaks TLS", port), facts.Default)
		l.certainty = worse(l.certainty, Assumed)
	} else if usuallyTLS(port) {
		e.assumeFlip("tls-port", fmt.Sprintf("port %d speaks plain HTTP", port), facts.Default)
		l.certainty = worse(l.certainty, Assumed)
	}
	end.certainty = l.certainty
	answer, found := matchAnswer(l.answers, b.http)
	before := e.header(&b)
	request := b.http
	if found {
		end.status, end.body = answer.Status, answer.Body
		end.class = statusClass(answer.Status)
		if end.class == HTTPError {
			end.reason = "http.status"
		}
		b.http = &HTTP{Status: answer.Status, Body: clip(answer.Body, 200), Headers: map[string]string{}}
	}
	if b.upstreamPath == "" {
		b.upstreamPath = request.Path
	}
	if e.skips(&b, l.certainty) {
		return b.stop(end)
	}
	text := string(ref.Kind) + " " + ref.Name + " answers the request."
	if found {
		text = fmt.Sprintf("%s %s answers HTTP %d%s.", ref.Kind, ref.Name, answer.Status, quoted(answer.Body))
	}
	title := ""
	if found {
		title = fmt.Sprintf("answers %d", answer.Status)
	}
	e.add(&b, before, at{kind: StepAnswer, ref: ref, layer: layer, certainty: l.certainty, evidence: l.evidence, sentence: text, title: title})
	return b.stop(end)
}

// speaksTLS reports whether the client opens this connection with TLS; a proxy's own connections are plain unless it was
// told otherwise.
func (e *engine) speaksTLS(b branch) bool { return e.scheme(b) == "https" }

func (e *engine) scheme(b branch) string {
	if b.sender.ref == e.from.ref || b.tunnel != 0 && b.tunnel == b.leg {
		return e.req.Scheme
	}
	return "http"
}

// usuallyTLS are ports that programs give to HTTPS.
func usuallyTLS(port int32) bool { return port == 443 || port == 8443 || port == 6443 || port == 9443 }

func quoted(body string) string {
	body = strings.TrimSpace(body)
	if body == "" {
		return ""
	}
	return fmt.Sprintf(" %q", clip(body, 60))
}

func clip(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

// matchAnswer finds the answer to a path: the exact one with the host first, then "*".
func matchAnswer(answers []surroundings.Answer, request *HTTP) (surroundings.Answer, bool) {
	host := hostOnly(request.Headers["Host"])
	path, _, _ := strings.Cut(request.Path, "?")
	for _, wantHost := range []bool{true, false} {
		for _, wantPath := range []bool{true, false} {
			for _, a := range answers {
				if (a.Host != "") != wantHost || (a.Path != "*") != wantPath {
					continue
				}
				if wantHost && !strings.EqualFold(a.Host, host) || wantPath && a.Path != path {
					continue
				}
				return a, true
			}
		}
	}
	return surroundings.Answer{}, false
}

func hostOnly(host string) string {
	if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.HasSuffix(host, "]") {
		host = host[:i]
	}
	return strings.Trim(host, "[]")
}

func statusClass(status int) Class {
	if status >= 400 {
		return HTTPError
	}
	return Answered
}

// hostSocket is a packet at a host of the surroundings.
func (e *engine) hostSocket(b branch, d boundary.Decision) []branch {
	ref := d.Owner.Ref()
	if d.End.Kind == boundary.EndNode {
		ref = nodeRef(d.End.Node)
	} else if d.End.Host != nil {
		ref.Kind, ref.Namespace = cluster.KindHost, ""
		ref.Name = d.End.Host.Name
		if e.view.Node(ref.Name) != nil {
			ref.Kind = cluster.KindNode
		}
	}
	if r := d.End.Resolver; r != nil {
		ref = cluster.Ref{Kind: cluster.KindResolver, Name: r.Name}
	}
	layer := d.Owner.Layer
	if layer == "" {
		layer = surroundings.LayerLAN
	}
	b.endpoint = &Endpoint{IP: e.addrText(b.dst.Addr()), Port: int32(b.dst.Port())}
	b.seen = e.addrText(b.src.Addr())
	if out, ok := e.gatewayHost(b, d); ok {
		return out
	}
	if !e.standsAt(b, ref) {
		b.pass(ref, string(layer))
	}
	if e.icmp(&b) {
		return e.answersPing(b, ref, layer, "host.delivered")
	}
	l := listening{listens: true, certainty: Certain, evidence: []cluster.Evidence{{Kind: facts.KindSurroundings, Name: "surroundings", Fields: []string{"hosts"}}}}
	if ref.Kind == cluster.KindResolver {
		l.evidence = []cluster.Evidence{{Kind: facts.KindSurroundings, Name: "surroundings", Fields: []string{"resolvers"}}}
	} else if d.End.Listener != nil {
		l.answers = d.End.Listener.Answers
		if len(d.Evidence) > 0 && (d.End.TLS || d.End.Host == nil) {
			l.evidence = d.Evidence
		}
	} else if d.Refused {
		l.listens = false
	} else {
		l.certainty = e.uses(facts.KeyListening)
		l.listens = e.facts.Bool(facts.KeyListening)
	}
	e.add(&b, nil, at{
		kind: StepHost, ref: ref, layer: layer, certainty: l.certainty, evidence: l.evidence,
		sentence: fmt.Sprintf("The packet arrives at %s %s, port %d.", strings.ToLower(string(ref.Kind)), ref.Name, b.dst.Port()),
	})
	if !l.listens {
		return b.stop(ending{class: Refused, reason: "host.port-closed", certainty: l.certainty, decidedBy: pointer(ref), object: pointer(ref)})
	}
	l.tls = d.End.TLS
	return e.answers(b, ref, layer, "host.delivered", l)
}
