package trace

import (
	"cmp"
	"strings"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/ingress"
	"github.com/kubestrata/kubestrata/internal/words"
)

// unserved is the ingress that a request is meant for by its host and path and that no controller serves, and why; ok is
// false where there is none, or where it cannot be told.
func (e *engine) unserved(b *branch) (ref cluster.Ref, why string, ok bool) {
	if b.http == nil || b.leg < 1 || !e.isTCP() {
		return cluster.Ref{}, "", false
	}
	for _, kind := range []cluster.Kind{cluster.KindIngress, cluster.KindIngressClass, cluster.KindPod, cluster.KindDeployment, cluster.KindDaemonSet} {
		if !e.view.Readable(kind, "") {
			return cluster.Ref{}, "", false
		}
	}
	path, _, _ := strings.Cut(b.http.Path, "?")
	for _, ing := range ingress.Asked(e.view, b.http.Headers["Host"], path) {
		serving, not := ingress.Serving(e.view, ing)
		if len(serving) > 0 || ingress.MaybeServed(e.view, ing) {
			return cluster.Ref{}, "", false
		}
		if ref.Name == "" {
			ref, why = cluster.Ref{Kind: cluster.KindIngress, Namespace: ing.Namespace, Name: ing.Name}, not
		}
	}
	return ref, why, ref.Name != ""
}

// whyUnserved says why nobody serves an ingress.
func (e *engine) whyUnserved(ref cluster.Ref) string {
	ing := e.view.Ingress(ref.Namespace, ref.Name)
	if ing == nil {
		return ""
	}
	_, why := ingress.Serving(e.view, ing)
	return why
}

// ingressPort reports whether a port is one of those at which clients look for an ingress controller.
func ingressPort(port uint16) bool { return port == 80 || port == 443 }

// noControllerAt makes of a node's closed port what it means to one who asks for a host that an ingress names: the ingress
// is there, and nobody serves it.
func (e *engine) noControllerAt(b *branch, end ending) ending {
	if !ingressPort(b.dst.Port()) || end.reason != "node.port-closed" {
		return end
	}
	ref, why, ok := e.unserved(b)
	if !ok {
		return end
	}
	end.class, end.reason, end.why = Refused, "l7.no-controller", why
	end.decidedBy, end.object = &ref, &ref
	return end
}

// addressOfIngress is the end at an address that nobody here has and that the status of an ingress names: some controller
// wrote it there, which no object shows.
func (e *engine) addressOfIngress(b *branch) (ending, bool) {
	if !e.isTCP() || b.leg < 1 {
		return ending{}, false
	}
	var first *cluster.Ref
	why := ""
	for _, ing := range ingress.NamingAddress(e.view, b.dst.Addr()) {
		serving, not := ingress.Serving(e.view, ing)
		if len(serving) > 0 {
			return ending{}, false // what stands before it is the surroundings' to say
		}
		if first == nil {
			first, why = &cluster.Ref{Kind: cluster.KindIngress, Namespace: ing.Namespace, Name: ing.Name}, not
		}
	}
	if first == nil {
		return ending{}, false
	}
	return ending{class: CannotTell, reason: "l7.no-controller", certainty: Unknown, decidedBy: first, object: first, why: cmp.Or(why, words.Say("clause.no-controller.none-seen"))}, true
}
