package gateway

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/words"
)

// Listener is one listener of a gateway as it stands.
type Listener struct {
	Gateway *Gateway
	Spec    *gatewayv1.Listener
	Host    string // lower case, empty for all
	Serves  bool   // it is accepted and programmed, by its conditions or else by the API's rules
	Why     string // why it does not serve, or why no TLS session comes about
	NoTLS   bool   // no TLS session comes about: it has no certificate that it may use
	Doubt   string // an assumption's key, where the API leaves it open whether it serves
	Differs string // what the API's rules say, where the conditions say otherwise
	Unread  cluster.Kind

	accepted bool // its own condition says so
}

// Name is the listener's name.
func (l *Listener) Name() string { return string(l.Spec.Name) }

// tcp reports whether the listener takes TCP connections.
func (l *Listener) tcp() bool { return l.Spec.Protocol != gatewayv1.UDPProtocolType }

// routed reports whether HTTPRoutes and GRPCRoutes can be attached to it.
func (l *Listener) routed() bool {
	return l.Spec.Protocol == gatewayv1.HTTPProtocolType || l.Spec.Protocol == gatewayv1.HTTPSProtocolType
}

func (l *Listener) secure() bool {
	return l.Spec.Protocol == gatewayv1.HTTPSProtocolType || l.Spec.Protocol == gatewayv1.TLSProtocolType
}

func (l *Listener) passthrough() bool {
	return l.Spec.TLS != nil && l.Spec.TLS.Mode != nil && *l.Spec.TLS.Mode == gatewayv1.TLSModePassthrough
}

// listeners reads the gateway's listeners and says which serve: what the controller wrote where it is current, else what
// the API demands.
func (g *Gateway) listeners(view *cluster.View) {
	refused := g.refused()
	for i := range g.Object.Spec.Listeners {
		spec := &g.Object.Spec.Listeners[i]
		l := &Listener{Gateway: g, Spec: spec, Serves: true}
		if spec.Hostname != nil {
			l.Host = strings.ToLower(string(*spec.Hostname))
		}
		g.Listeners = append(g.Listeners, l)
	}
	for _, l := range g.Listeners {
		if why, doubt := l.conflict(); why != "" {
			l.Serves, l.Why, l.Doubt = false, why, doubt
		}
		l.certificates(view)
		l.conditions()
		if refused != "" {
			l.Serves, l.Why, l.Doubt, l.Differs = false, refused, "", ""
		}
	}
}

// refused says why the whole gateway serves nothing, empty if it serves.
func (g *Gateway) refused() string {
	o := g.Object
	accepted, c := condition(o.Status.Conditions, string(gatewayv1.GatewayConditionAccepted), o.Generation)
	if accepted == no {
		return words.Say("gateway.refused.not-accepted", c.Reason)
	}
	programmed, c := condition(o.Status.Conditions, string(gatewayv1.GatewayConditionProgrammed), o.Generation)
	switch {
	case programmed == yes:
		return ""
	case programmed == no && c.Reason == string(gatewayv1.GatewayReasonInvalid):
		return words.Say("gateway.refused.invalid")
	case accepted == yes:
		return ""
	case waiting(o.Status.Conditions):
		// The API server writes these conditions when the gateway is made; a controller replaces them.
		return words.Say("gateway.refused.pending")
	case g.Class == nil:
		return "" // told apart where rights are known: a class that may not be read is no missing one
	}
	if waiting(g.Class.Status.Conditions) && !g.settled() && len(o.Status.Addresses) == 0 {
		return words.Say("gateway.refused.class-pending", g.Class.Name)
	}
	if verdict, c := condition(g.Class.Status.Conditions, string(gatewayv1.GatewayClassConditionStatusAccepted), g.Class.Generation); verdict == no {
		return words.Say("gateway.refused.class", g.Class.Name, c.Reason)
	}
	return ""
}

// waiting reports whether a gateway or class still has the condition that it was made with.
func waiting(list []v1.Condition) bool {
	return slices.ContainsFunc(list, func(c v1.Condition) bool {
		return c.Type == string(gatewayv1.GatewayConditionAccepted) && c.Status == v1.ConditionUnknown && (c.Reason == "Pending" || c.Reason == "NotReconciled" || c.Reason == "Waiting")
	})
}

// settled reports whether the controller says that this very gateway is accepted or programmed.
func (g *Gateway) settled() bool {
	for _, kind := range []gatewayv1.GatewayConditionType{gatewayv1.GatewayConditionAccepted, gatewayv1.GatewayConditionProgrammed} {
		if v, _ := condition(g.Object.Status.Conditions, string(kind), g.Object.Generation); v == yes {
			return true
		}
	}
	return false
}

// conflict finds the listeners of the same gateway from which this one is not distinct: then none of them serves
// (GatewaySpec.Listeners, "Handling indistinct Listeners").
func (l *Listener) conflict() (why, doubt string) {
	for _, o := range l.Gateway.Listeners {
		if o == l || o.Spec.Port != l.Spec.Port || o.tcp() != l.tcp() {
			continue
		}
		same := o.Spec.Protocol == l.Spec.Protocol
		plain := l.Spec.Protocol == gatewayv1.TCPProtocolType || l.Spec.Protocol == gatewayv1.UDPProtocolType
		switch {
		case same && (plain || o.Host == l.Host):
			return words.Say("gateway.conflict.port", l.Name(), o.Name(), l.Spec.Port, andHost(l, plain)), ""
		case same:
		case o.Spec.Protocol == gatewayv1.TCPProtocolType || l.Spec.Protocol == gatewayv1.TCPProtocolType:
			return words.Say("gateway.conflict.protocols", l.Name(), o.Name(), l.Spec.Port, l.Spec.Protocol, o.Spec.Protocol), ""
		case o.secure() != l.secure(), o.Host == l.Host:
			// Distinct by the letter (another protocol), but no socket speaks both: implementations call it a
			// ProtocolConflict.
			return words.Say("gateway.conflict.protocols", l.Name(), o.Name(), l.Spec.Port, l.Spec.Protocol, o.Spec.Protocol), "listener-protocols"
		}
	}
	return "", ""
}

func andHost(l *Listener, plain bool) string {
	if plain {
		return ""
	}
	return " " + words.Say("gateway.conflict.and-host", shown(l.Host))
}

// certificates finds out whether the listener has a certificate that it may use. Secrets are never read.
func (l *Listener) certificates(view *cluster.View) {
	if l.Spec.Protocol != gatewayv1.HTTPSProtocolType && (l.Spec.Protocol != gatewayv1.TLSProtocolType || l.passthrough()) {
		return
	}
	t := l.Spec.TLS
	if t == nil || len(t.CertificateRefs) == 0 {
		if t == nil || len(t.Options) == 0 {
			l.NoTLS, l.Why = true, words.Say("gateway.certificate.none")
		}
		return
	}
	for _, ref := range t.CertificateRefs {
		group, kind := value(ref.Group, ""), value(ref.Kind, "Secret")
		namespace := string(value(ref.Namespace, gatewayv1.Namespace(l.Gateway.Object.Namespace)))
		if namespace != l.Gateway.Object.Namespace && !view.Readable(cluster.KindReferenceGrant, namespace) {
			l.Unread = cluster.KindReferenceGrant
			return
		}
		switch {
		case (group != "" || kind != "Secret") && !l.Gateway.owns(string(group)):
			l.NoTLS, l.Why = true, words.Say("gateway.certificate.kind", kind, ref.Name)
		case namespace != l.Gateway.Object.Namespace && !granted(view, reference{
			fromGroup: gatewayv1.GroupName, fromKind: "Gateway", fromNamespace: l.Gateway.Object.Namespace,
			toGroup: string(group), toKind: string(kind), toNamespace: namespace, toName: string(ref.Name),
		}):
			l.NoTLS, l.Why = true, words.Say("gateway.certificate.no-grant", namespace, ref.Name)
		default:
			l.NoTLS = false
			return // one that may be used is enough
		}
	}
}

// conditions lets the listener's own conditions decide where they are current.
func (l *Listener) conditions() {
	var list *gatewayv1.ListenerStatus
	for i := range l.Gateway.Object.Status.Listeners {
		if l.Gateway.Object.Status.Listeners[i].Name == l.Spec.Name {
			list = &l.Gateway.Object.Status.Listeners[i]
		}
	}
	if list == nil {
		if len(l.Gateway.Object.Status.Listeners) > 0 && l.Gateway.settled() {
			l.stands(false, words.Say("gateway.listener.not-in-status", l.Name()))
			l.Doubt = "listener-status"
		}
		return
	}
	generation := l.Gateway.Object.Generation
	conflicted, c1 := condition(list.Conditions, string(gatewayv1.ListenerConditionConflicted), generation)
	accepted, c2 := condition(list.Conditions, string(gatewayv1.ListenerConditionAccepted), generation)
	programmed, c3 := condition(list.Conditions, string(gatewayv1.ListenerConditionProgrammed), generation)
	resolved, c4 := condition(list.Conditions, string(gatewayv1.ListenerConditionResolvedRefs), generation)
	certificate := resolved == no && slices.Contains([]string{
		string(gatewayv1.ListenerReasonInvalidCertificateRef), string(gatewayv1.ListenerReasonRefNotPermitted),
	}, c4.Reason)
	computed := l.Why
	l.accepted = accepted == yes
	switch {
	case conflicted == yes:
		l.stands(false, words.Say("gateway.listener.conflicted", l.Name(), c1.Reason))
	case accepted == no:
		l.stands(false, words.Say("gateway.listener.not-accepted", l.Name(), c2.Reason))
	case programmed == no && !certificate && c3.Reason != string(gatewayv1.ListenerReasonPending):
		l.stands(false, words.Say("gateway.listener.not-programmed", l.Name(), c3.Reason))
	case accepted == yes || programmed == yes:
		if !l.Serves {
			l.Differs = computed
		}
		l.Serves, l.Doubt = true, ""
	}
	switch {
	case certificate:
		l.NoTLS, l.Why = true, words.Say("gateway.listener.certificate", c4.Reason)
	case resolved == yes && l.NoTLS:
		l.NoTLS, l.Differs = false, l.Why
	}
	if resolved != silent {
		l.Unread = ""
	}
}

// stands takes over what a condition says.
func (l *Listener) stands(serves bool, why string) {
	if l.Serves {
		l.Differs = words.Say("gateway.fact.listener-stands", l.Name())
	}
	l.Serves, l.Why, l.Doubt = serves, why, ""
}

func value[T any](p *T, otherwise T) T {
	if p == nil {
		return otherwise
	}
	return *p
}

// pick is the listener that takes a host: the most specific of those that cover it.
func pick(list []*Listener, host string) *Listener {
	var best *Listener
	for _, l := range list {
		if covers(l.Host, host) && (best == nil || specificity(l.Host) > specificity(best.Host)) {
			best = l
		}
	}
	return best
}
