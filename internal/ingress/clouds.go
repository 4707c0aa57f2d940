package ingress

import (
	"encoding/json"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/words"
)

const (
	albPrefix = "alb.ingress.kubernetes.io/"
	gceNEG    = "cloud.google.com/neg"
)

// ofCloud is a controller of a cloud that no class names and of which no pod is seen, as those that run with the control plane
// are not: an annotation of an ingress names it, which has an address for that reason, the nodes are GKE's, or Cilium has made a
// Service for ingresses.
func ofCloud(view *cluster.View, p Product, known []*Controller) *Controller {
	if slices.ContainsFunc(known, func(c *Controller) bool { return c.Product == p }) {
		return nil
	}
	c := &Controller{Product: p, Name: productNamed(p).controllers[0], Flags: map[string]string{}}
	c.selection(view)
	for _, ing := range view.Ingresses() {
		if slices.Contains(c.LegacyClasses, ing.Annotations[legacyClass]) && (p == GCE || len(ing.Status.LoadBalancer.Ingress) > 0) {
			c.Evidence = append(c.Evidence, evidenceOf(cluster.KindIngress, ing, "metadata.annotations", "status.loadBalancer"))
			return c
		}
	}
	for _, svc := range view.Services() {
		if p == Cilium && svc.Labels[CiliumLabel] == "true" {
			c.Evidence = append(c.Evidence, evidenceOf(cluster.KindService, svc, "metadata.labels"))
			return c
		}
	}
	for _, n := range view.Nodes() {
		if p == GCE && strings.Contains(n.Status.NodeInfo.KubeletVersion, "-gke.") {
			c.Evidence = append(c.Evidence, evidenceOf(cluster.KindNode, n, "status.nodeInfo.kubeletVersion"))
			return c
		}
	}
	return nil
}

// Outside is the load balancer of a cloud that an address belongs to by the status of ingresses that its controller
// serves, nil where there is none. It carries only those ingresses.
func Outside(view *cluster.View, addr netip.Addr) *Controller {
	var found *Controller
	all := Controllers(view)
	for _, ing := range NamingAddress(view, addr) {
		serving, _ := ServingAmong(view, all, ing)
		for _, c := range serving {
			if !c.Product.Outside() || found != nil && found.Product != c.Product {
				continue
			}
			if found == nil {
				one := *c
				found = &one
			}
			found.Shared = append(found.Shared, ingressRef(ing))
		}
	}
	return found
}

type addressesKey struct{}

// NamingAddress are the ingresses whose status names an address, by namespace and name.
func NamingAddress(view *cluster.View, addr netip.Addr) []*networkingv1.Ingress {
	return view.Remember(addressesKey{}, func() any {
		index := map[netip.Addr][]*networkingv1.Ingress{}
		for _, ing := range view.Ingresses() {
			for _, a := range AddressesOf(view, ing) {
				index[a] = append(index[a], ing)
			}
		}
		return index
	}).(map[netip.Addr][]*networkingv1.Ingress)[addr]
}

// AddressesOf are the addresses that the status of an ingress names, also by a name that a resolver of the surroundings has
// an address for.
func AddressesOf(view *cluster.View, ing *networkingv1.Ingress) []netip.Addr {
	var out []netip.Addr
	for _, i := range ing.Status.LoadBalancer.Ingress {
		if a, ok := cluster.ParseAddr(i.IP); ok {
			out = append(out, a)
		}
		for _, r := range view.Surroundings().Resolvers {
			for zone, records := range r.Zones {
				for name, value := range records {
					if a, ok := cluster.ParseAddr(value); ok && i.Hostname != "" && strings.EqualFold(name+"."+zone, i.Hostname) && !slices.Contains(out, a) {
						out = append(out, a)
					}
				}
			}
		}
	}
	slices.SortFunc(out, netip.Addr.Compare)
	return slices.Compact(out)
}

// ListensAt says what a load balancer of a cloud speaks on a port: http, https, or (ok false) that it has no listener there.
// AWS' listens by the annotation listen-ports, else on 443 alone where there is a certificate, else on 80
// (aws-load-balancer-controller docs, Ingress annotations, listen-ports); the others on 80, and on 443 with a certificate.
func (c *Controller) ListensAt(view *cluster.View, port int32) (scheme string, ok bool) {
	for _, ref := range c.Shared {
		ing := view.Ingress(ref.Namespace, ref.Name)
		if ing == nil {
			continue
		}
		listeners := c.listeners(ing)
		for _, scheme := range []string{"https", "http"} {
			if slices.Contains(listeners[scheme], port) {
				return scheme, true
			}
		}
	}
	return "", false
}

// Listeners are the ports of a load balancer of a cloud.
func (c *Controller) Listeners(view *cluster.View) []int32 {
	var out []int32
	for _, ref := range c.Shared {
		if ing := view.Ingress(ref.Namespace, ref.Name); ing != nil {
			for _, ports := range c.listeners(ing) {
				out = append(out, ports...)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// certificates are the annotations that name certificates which the cloud keeps itself.
var certificates = map[Product][]string{
	ALB: {albPrefix + "certificate-arn"}, GCE: {"networking.gke.io/managed-certificates", "ingress.gcp.kubernetes.io/pre-shared-cert"},
	AGIC: {"appgw.ingress.kubernetes.io/appgw-ssl-certificate"},
}

// keepsCertificate names the annotation by which the cloud has a certificate for an ingress, "" if there is none.
func (c *Controller) keepsCertificate(ing *networkingv1.Ingress) string {
	for _, name := range certificates[c.Product] {
		if ing.Annotations[name] != "" {
			return name
		}
	}
	return ""
}

func (c *Controller) listeners(ing *networkingv1.Ingress) map[string][]int32 {
	secure := len(ing.Spec.TLS) > 0 || c.keepsCertificate(ing) != ""
	switch c.Product {
	case ALB:
		var list []map[string]int32
		if json.Unmarshal([]byte(ing.Annotations[albPrefix+"listen-ports"]), &list) == nil && len(list) > 0 {
			out := map[string][]int32{}
			for _, one := range list {
				for protocol, port := range one {
					out[strings.ToLower(protocol)] = append(out[strings.ToLower(protocol)], port)
				}
			}
			return out
		}
		if secure {
			return map[string][]int32{"https": {443}}
		}
		return map[string][]int32{"http": {80}}
	}
	out := map[string][]int32{"http": {80}}
	if c.Product == GCE && ing.Annotations["kubernetes.io/ingress.allow-http"] == "false" {
		delete(out, "http")
	}
	if secure {
		out["https"] = []int32{443}
	}
	return out
}

// cloudBackend reports whether a load balancer of a cloud can send to the winner's service, and how: to pods, or to a port
// that every node has. That one may not be there, which the controller then turns into an error of its own and leaves what
// it has set up as it was, so that nobody can tell from the objects what the request meets.
func (m *match) cloudBackend(won *candidate) bool {
	if m.c.Shared == nil || !m.c.Product.Outside() {
		return true
	}
	svc := m.view.Service(won.ing.Namespace, m.d.Backend.Service.Name)
	toPods, why := true, ""
	switch m.c.Product {
	case ALB: // docs, Ingress annotations, target-type; pkg/ingress model_build_target_group.go buildTargetGroupPort
		kind := firstOf("instance", m.c.Flags["default-target-type"], won.ing.Annotations[albPrefix+"target-type"], svc.Annotations[albPrefix+"target-type"])
		toPods, why = kind == "ip", words.Say("ingress.cloud.cluster-ip-instance")
	case GCE: // ingress-gce pkg/controller/translator: expected NodePort or LoadBalancer, unless the service has a NEG
		text, written := svc.Annotations[gceNEG]
		toPods, why = strings.Contains(strings.ReplaceAll(text, " ", ""), `"ingress":true`), words.Say("ingress.cloud.cluster-ip-no-neg")
		if !written && m.view.Source().Kind == cluster.SourceFiles && nodePortOf(svc, m.d.Backend.Port) == 0 {
			// GKE writes the annotation into services as they are created, where pods have addresses of the VPC (docs,
			// Container-native load balancing).
			m.assume("network-endpoint-group", words.Say("ingress.cloud.written-by-gke"), "default", words.Say("ingress.fact.gke-admission"), true)
			toPods = true
		}
	}
	if len(m.d.Endpoints) == 1 && m.d.Endpoints[0].Host != "" {
		why = words.Say("ingress.cloud.external-name")
		m.unreachable(why)
		return false
	}
	m.assume("backend-health", "passes", "default", words.Say("ingress.fact.cloud-health"), true)
	if toPods {
		m.assume("backend-targets", "pods", "default", words.Say("ingress.fact.cloud-pods"), false)
		return true
	}
	if svc.Spec.Type != corev1.ServiceTypeNodePort && svc.Spec.Type != corev1.ServiceTypeLoadBalancer {
		m.unreachable(why)
		return false
	}
	if m.d.NodePort = nodePortOf(svc, m.d.Backend.Port); m.d.NodePort == 0 {
		m.unreachable(words.Say("ingress.cloud.no-node-port"))
		return false
	}
	m.assume("backend-targets", words.Say("ingress.cloud.node-ports"), "default", words.Say("ingress.fact.cloud-nodes"), false)
	return true
}

func nodePortOf(svc *corev1.Service, port int32) int32 {
	for _, p := range svc.Spec.Ports {
		if p.Port == port {
			return p.NodePort
		}
	}
	return 0
}

func (m *match) unreachable(why string) {
	m.respond(0, "l7.invalid-backend")
	m.d.Because, m.d.Certainty, m.d.Endpoints = why, Unknown, nil
}

// actionByAnnotation: a backend whose port is called use-annotation is none, but an action that an annotation describes
// (aws-load-balancer-controller docs, Ingress annotations, actions.${action-name}), which is not followed.
func (m *match) actionByAnnotation(won *candidate) bool {
	if m.c.Product != ALB || won.backend.Service == nil || won.backend.Service.Port.Name != "use-annotation" {
		return false
	}
	m.d.Backend = &Backend{Text: backendText(won.backend), Service: cluster.Ref{Kind: cluster.KindService, Namespace: won.ing.Namespace, Name: won.backend.Service.Name}}
	m.respond(0, "not-modelled.action-annotation")
	m.d.Certainty = Unknown
	return true
}

// firstOf is the last of the values that is not empty.
func firstOf(values ...string) string {
	out := ""
	for _, v := range values {
		if v != "" {
			out = v
		}
	}
	return out
}
