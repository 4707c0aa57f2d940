package trace

import (
	"fmt"
	"strings"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/command"
	"github.com/kubestrata/kubestrata/internal/words"
)

// remedies are next things to do, at least one command for every failure.
func (e *engine) remedies(end *ending, o Outcome) []Try {
	out := append([]Try{}, end.try...)
	add := func(text, format string, args ...any) {
		out = append(out, Try{Text: text, Command: fmt.Sprintf(format, args...)})
	}
	ns := func(r *cluster.Ref) string {
		if r == nil || r.Namespace == "" {
			return ""
		}
		return " -n " + r.Namespace
	}
	object := cmpRef(end.object, end.decidedBy)
	name := "NAME"
	if object != nil {
		name = object.Name
	}
	switch reason := end.reason; {
	case end.says != "" && object != nil && (object.Kind == cluster.KindPod || object.Kind == cluster.KindService):
		add(words.Say("remedy.look-at-path"), "kubectl%s describe %s %s", ns(object), strings.ToLower(string(object.Kind)), name)
	case end.gateway != nil && len(gatewayTries(end)) > 0:
		out = append(out, gatewayTries(end)...)
	case reason == "service.no-endpoints" || reason == "service.no-local-endpoints":
		add(words.Say("remedy.service.pods"), "kubectl%s get endpointslices -l kubernetes.io/service-name=%s", ns(object), name)
		add(words.Say("remedy.service.selector"), "kubectl%s describe service %s", ns(object), name)
	case reason == "l7.no-endpoints" || reason == "l7.no-backend":
		if end.on != nil && end.on.Kind == cluster.KindService {
			add(words.Say("remedy.backend.port"), "kubectl%s get service %s", ns(end.on), end.on.Name)
			add(words.Say("remedy.has-endpoints"), "kubectl%s get endpointslices -l kubernetes.io/service-name=%s", ns(end.on), end.on.Name)
		}
		add(words.Say("remedy.rule"), "kubectl%s describe ingress %s", ns(end.object), refName(end.object))
	case reason == "l7.not-admitted" || reason == "l7.no-controller":
		add(words.Say("remedy.class"), "kubectl get ingressclasses")
		add(words.Say("remedy.rule"), "kubectl%s describe ingress %s", ns(end.object), refName(end.object))
	case reason == "l7.no-match":
		add(words.Say("remedy.rules"), "kubectl get ingress -A")
	case strings.HasPrefix(reason, "policy."):
		add(words.Say("remedy.policy"), "kubectl%s describe %s %s", ns(end.decidedBy), resourceWord(end.decidedBy), refName(end.decidedBy))
	case reason == "service.port-undefined":
		if end.protocol == "ICMP" && object != nil && object.Kind == cluster.KindService && len(strings.Split(end.got, "/")) > 1 {
			add(words.Say("remedy.service.ask-port"), "nc -zv %s %s", end.addr.Addr(), strings.Split(end.got, "/")[0])
		}
		add(words.Say("remedy.service.ports"), "kubectl%s get service %s", ns(object), name)
	case reason == "pod.port-closed":
		add(words.Say("remedy.pod.listens"), "kubectl%s exec %s -- netstat -tln", ns(object), name)
	case reason == "pod.not-running":
		add(words.Say("remedy.pod.logs"), "kubectl%s logs %s --previous", ns(object), name)
	case reason == "pod.gone":
		add(words.Say("remedy.pod.new-address"), "kubectl get pods -A -o wide")
	case strings.HasPrefix(reason, "tls.") && end.badCert && e.req.Program == command.ProgramCurl:
		add(words.Say("remedy.certificate"), "%s", strings.Replace(e.req.Line, "curl ", "curl -k ", 1))
	case reason == "dns.no-answer" && end.decidedBy != nil && end.decidedBy.Kind == cluster.KindService:
		add(words.Say("remedy.dns.pods"), "kubectl%s get pods,endpointslices -o wide", ns(end.decidedBy))
	case reason == "dns.no-answer":
		add(words.Say("remedy.dns.where"), "kubectl -n kube-system get service,pods -l k8s-app=kube-dns -o wide")
	case reason == "dns.blocked":
		add(words.Say("remedy.dns.allow"), "kubectl -n kube-system get pods -l k8s-app=kube-dns -o wide")
		if end.decidedBy != nil && end.decidedBy.Kind == cluster.KindNetworkPolicy {
			add(words.Say("remedy.policy"), "kubectl%s describe networkpolicy %s", ns(end.decidedBy), end.decidedBy.Name)
		}
	case strings.HasPrefix(reason, "dns.") && dnsPolicyNote(e.from.pod) != "":
		add(words.Say("remedy.dns.policy"), "kubectl -n %s get pod %s -o jsonpath='{.spec.dnsPolicy}'", e.from.pod.Namespace, e.from.pod.Name)
	case strings.HasPrefix(reason, "dns."):
		add(words.Say("remedy.services"), "kubectl get services -A")
	case reason == "node.not-ready":
		add(words.Say("remedy.node"), "kubectl describe node %s", name)
	case reason == "node.port-closed" || reason == "boundary.needs-door" || reason == "boundary.no-route":
		add(words.Say("remedy.doors"), "kubectl get services,ingresses -A")
	case reason == "lb.pending":
		add(words.Say("remedy.load-balancer.address"), "kubectl%s describe service %s", ns(object), name)
	case strings.HasPrefix(reason, "lb."):
		add(words.Say("remedy.load-balancer.service"), "kubectl%s get service %s -o yaml", ns(object), name)
	case strings.HasPrefix(reason, "rights."):
		kind := strings.TrimPrefix(reason, "rights.")
		if r, ok := cluster.ResourceOf(cluster.Kind(kind)); ok {
			kind = r.Plural
			if r.Group.Group != "" {
				kind += "." + r.Group.Group
			}
		}
		add(words.Say("remedy.rights"), "kubectl auth can-i list %s -A", kind)
	case reason == "http.status":
		if end.object != nil && end.object.Kind == cluster.KindPod {
			add(words.Say("remedy.application"), "kubectl%s logs %s", ns(end.object), end.object.Name)
		}
	case strings.HasPrefix(reason, "l7.upstream"):
		if end.on != nil && end.on.Kind == cluster.KindNetworkPolicy {
			add(words.Say("remedy.policy"), "kubectl%s describe networkpolicy %s", ns(end.on), end.on.Name)
		} else {
			add(words.Say("remedy.endpoint"), "kubectl get pods -A -o wide")
		}
	}
	if len(out) == 0 {
		if object != nil && object.Namespace != "" {
			add(words.Say("remedy.decider"), "kubectl%s describe %s %s", ns(object), strings.ToLower(string(object.Kind)), object.Name)
		} else {
			add(words.Say("remedy.everything"), "kubectl get pods,services,endpointslices,networkpolicies -A")
		}
	}
	return out
}

func refName(r *cluster.Ref) string {
	if r == nil {
		return ""
	}
	return r.Name
}

// resourceWord is what kubectl calls the kind of an object.
func resourceWord(r *cluster.Ref) string {
	if r == nil {
		return "networkpolicy"
	}
	return strings.ToLower(string(r.Kind))
}
