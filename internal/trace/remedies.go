package trace

import (
	"fmt"
	"strings"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/command"
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
		add("Look at what the path names.", "kubectl%s describe %s %s", ns(object), strings.ToLower(string(object.Kind)), name)
	case end.gateway != nil && len(gatewayTries(end)) > 0:
		out = append(out, gatewayTries(end)...)
	case reason == "service.no-endpoints" || reason == "service.no-local-endpoints":
		add("See which pods the service finds, and whether they are ready.", "kubectl%s get endpointslices -l kubernetes.io/service-name=%s", ns(object), name)
		add("Compare the selector with the pods' labels.", "kubectl%s describe service %s", ns(object), name)
	case reason == "l7.no-endpoints" || reason == "l7.no-backend":
		if end.on != nil && end.on.Kind == cluster.KindService {
			add("See whether the backend exists and has the port.", "kubectl%s get service %s", ns(end.on), end.on.Name)
			add("See whether it has endpoints.", "kubectl%s get endpointslices -l kubernetes.io/service-name=%s", ns(end.on), end.on.Name)
		}
		add("Look at the rule.", "kubectl%s describe ingress %s", ns(end.object), refName(end.object))
	case reason == "l7.not-admitted" || reason == "l7.no-controller":
		add("Compare its class with those that a controller serves.", "kubectl get ingressclasses")
		add("Look at the rule.", "kubectl%s describe ingress %s", ns(end.object), refName(end.object))
	case reason == "l7.no-match":
		add("See which hosts and paths have rules.", "kubectl get ingress -A")
	case strings.HasPrefix(reason, "policy."):
		add("Read the policy.", "kubectl%s describe %s %s", ns(end.decidedBy), resourceWord(end.decidedBy), refName(end.decidedBy))
	case reason == "service.port-undefined":
		if end.protocol == "ICMP" && object != nil && object.Kind == cluster.KindService && len(strings.Split(end.got, "/")) > 1 {
			add("Ask one of its ports instead.", "nc -zv %s %s", end.addr.Addr(), strings.Split(end.got, "/")[0])
		}
		add("See which ports the service has.", "kubectl%s get service %s", ns(object), name)
	case reason == "pod.port-closed":
		add("See what the pod listens on.", "kubectl%s exec %s -- netstat -tln", ns(object), name)
	case reason == "pod.not-running":
		add("See why the container does not run.", "kubectl%s logs %s --previous", ns(object), name)
	case reason == "pod.gone":
		add("Find the pod's new address, or use a service's name.", "kubectl get pods -A -o wide")
	case strings.HasPrefix(reason, "tls.") && end.badCert && e.req.Program == command.ProgramCurl:
		add("Leave the certificate out to see the rest.", "%s", strings.Replace(e.req.Line, "curl ", "curl -k ", 1))
	case reason == "dns.no-answer" && end.decidedBy != nil && end.decidedBy.Kind == cluster.KindService:
		add("See whether the cluster's DNS pods run and are ready.", "kubectl%s get pods,endpointslices -o wide", ns(end.decidedBy))
	case reason == "dns.no-answer":
		add("See where the cluster's DNS is and whether its pods run.", "kubectl -n kube-system get service,pods -l k8s-app=kube-dns -o wide")
	case reason == "dns.blocked":
		add("Allow DNS (UDP and TCP 53) to the cluster's DNS pods.", "kubectl -n kube-system get pods -l k8s-app=kube-dns -o wide")
		if end.decidedBy != nil && end.decidedBy.Kind == cluster.KindNetworkPolicy {
			add("Read the policy.", "kubectl%s describe networkpolicy %s", ns(end.decidedBy), end.decidedBy.Name)
		}
	case strings.HasPrefix(reason, "dns.") && dnsPolicyNote(e.from.pod) != "":
		add("Set dnsPolicy: ClusterFirstWithHostNet in the pod's template.", "kubectl -n %s get pod %s -o jsonpath='{.spec.dnsPolicy}'", e.from.pod.Namespace, e.from.pod.Name)
	case strings.HasPrefix(reason, "dns."):
		add("See which services there are.", "kubectl get services -A")
	case reason == "node.not-ready":
		add("See what is wrong with the node.", "kubectl describe node %s", name)
	case reason == "node.port-closed" || reason == "boundary.needs-door" || reason == "boundary.no-route":
		add("See which doors there are: NodePort, LoadBalancer, Ingress.", "kubectl get services,ingresses -A")
	case reason == "lb.pending":
		add("See why the load balancer has no address.", "kubectl%s describe service %s", ns(object), name)
	case strings.HasPrefix(reason, "lb."):
		add("Look at the load balancer's service.", "kubectl%s get service %s -o yaml", ns(object), name)
	case strings.HasPrefix(reason, "rights."):
		kind := strings.TrimPrefix(reason, "rights.")
		if r, ok := cluster.ResourceOf(cluster.Kind(kind)); ok {
			kind = r.Plural
			if r.Group.Group != "" {
				kind += "." + r.Group.Group
			}
		}
		add("Ask for the right to read them.", "kubectl auth can-i list %s -A", kind)
	case reason == "http.status":
		if end.object != nil && end.object.Kind == cluster.KindPod {
			add("See what the application says.", "kubectl%s logs %s", ns(end.object), end.object.Name)
		}
	case strings.HasPrefix(reason, "l7.upstream"):
		if end.on != nil && end.on.Kind == cluster.KindNetworkPolicy {
			add("Read the policy.", "kubectl%s describe networkpolicy %s", ns(end.on), end.on.Name)
		} else {
			add("See what became of the endpoint.", "kubectl get pods -A -o wide")
		}
	}
	if len(out) == 0 {
		if object != nil && object.Namespace != "" {
			add("Look at what decided.", "kubectl%s describe %s %s", ns(object), strings.ToLower(string(object.Kind)), object.Name)
		} else {
			add("Look at what there is.", "kubectl get pods,services,endpointslices,networkpolicies -A")
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
