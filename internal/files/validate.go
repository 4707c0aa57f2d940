package files

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// refusal is why the API server would not take an object. Where minor is set the object is taken all the same, since what
// it lacks changes no answer or can only be meant in one way.
type refusal struct {
	field, text string
	minor       bool
}

type refusals []refusal

func (r *refusals) add(field, format string, args ...any) {
	*r = append(*r, refusal{field: field, text: "the API server would refuse this: " + fmt.Sprintf(format, args...)})
}

func (r *refusals) addMinor(field, format string, args ...any) {
	r.add(field, format, args...)
	(*r)[len(*r)-1].minor = true
}

// takes reports whether the object is taken.
func (r refusals) takes() bool {
	return !slices.ContainsFunc(r, func(one refusal) bool { return !one.minor })
}

// validate checks what people get wrong and what would give a picture of something that cannot exist; it is no
// replacement for the API server's own validation (k8s.io/kubernetes pkg/apis/*/validation).
func validate(o cluster.Object) refusals {
	var r refusals
	switch {
	case o.GetName() == "" && o.GetGenerateName() != "":
		r.add("metadata.name", "generateName alone makes no object that can be named; give it a name")
	case o.GetName() == "":
		r.add("metadata.name", "a name is needed")
	default:
		rule := validation.IsDNS1123Subdomain
		switch o.(type) {
		case *corev1.Service, *corev1.Namespace: // since 1.36 a service may begin with a digit (RelaxedServiceNameValidation)
			rule = validation.IsDNS1123Label
		}
		for _, e := range rule(o.GetName()) {
			r.add("metadata.name", "%q: %s", o.GetName(), e)
		}
	}
	if ns := o.GetNamespace(); ns != "" {
		for _, e := range validation.IsDNS1123Label(ns) {
			r.add("metadata.namespace", "%q: %s", ns, e)
		}
	}
	r.labels("metadata.labels", o.GetLabels())
	switch o := o.(type) {
	case *corev1.Service:
		r.service(o)
	case *corev1.Pod:
		r.podSpec("spec", &o.Spec)
	case *appsv1.Deployment:
		r.workload(o.Spec.Selector, &o.Spec.Template, o.Spec.Replicas)
	case *appsv1.ReplicaSet:
		r.workload(o.Spec.Selector, &o.Spec.Template, o.Spec.Replicas)
	case *appsv1.StatefulSet:
		r.workload(o.Spec.Selector, &o.Spec.Template, o.Spec.Replicas)
	case *appsv1.DaemonSet:
		r.workload(o.Spec.Selector, &o.Spec.Template, nil)
	case *networkingv1.NetworkPolicy:
		r.policy(o)
	case *networkingv1.Ingress:
		r.ingress(o)
	case *networkingv1.ServiceCIDR:
		for i, c := range o.Spec.CIDRs {
			r.cidr(fmt.Sprintf("spec.cidrs[%d]", i), c)
		}
	case *corev1.Node:
		for i, c := range o.Spec.PodCIDRs {
			r.cidr(fmt.Sprintf("spec.podCIDRs[%d]", i), c)
		}
	case *discoveryv1.EndpointSlice:
		r.slice(o)
	}
	return r
}

func (r *refusals) labels(field string, m map[string]string) {
	for _, k := range slices.Sorted(maps.Keys(m)) {
		v := m[k]
		for _, e := range validation.IsQualifiedName(k) {
			r.add(field, "key %q: %s", k, e)
		}
		for _, e := range validation.IsValidLabelValue(v) {
			r.add(field, "value %q: %s", v, e)
		}
	}
}

func (r *refusals) cidr(field, text string) {
	if _, err := netip.ParsePrefix(text); err != nil {
		r.add(field, "%q is no address range such as 10.244.0.0/16", text)
	}
}

func (r *refusals) port(field string, port int32) {
	if port < 1 || port > 65535 {
		r.add(field, "%d is no port (1 to 65535)", port)
	}
}

func (r *refusals) service(svc *corev1.Service) {
	spec := &svc.Spec
	switch spec.Type {
	case "", corev1.ServiceTypeClusterIP, corev1.ServiceTypeNodePort, corev1.ServiceTypeLoadBalancer:
	case corev1.ServiceTypeExternalName:
		if spec.ExternalName == "" {
			r.add("spec.externalName", "type ExternalName needs a name")
		}
		return
	default:
		r.add("spec.type", "%q is none of ClusterIP, NodePort, LoadBalancer, ExternalName", spec.Type)
	}
	headless := spec.ClusterIP == corev1.ClusterIPNone
	if len(spec.Ports) == 0 && !headless {
		r.add("spec.ports", "at least one port is needed")
	}
	external := spec.Type == corev1.ServiceTypeNodePort || spec.Type == corev1.ServiceTypeLoadBalancer
	if headless && external {
		r.add("spec.clusterIP", "None may not be combined with type %s", spec.Type)
	}
	if _, ok := cluster.ParseAddr(spec.ClusterIP); !ok && spec.ClusterIP != "" && !headless {
		r.add("spec.clusterIP", "%q is no IP address and not None", spec.ClusterIP)
	}
	if spec.ExternalTrafficPolicy != "" && !external && len(spec.ExternalIPs) == 0 {
		r.add("spec.externalTrafficPolicy", "only services of type NodePort or LoadBalancer, or with external IPs, have one")
	}
	for i, c := range spec.LoadBalancerSourceRanges {
		r.cidr(fmt.Sprintf("spec.loadBalancerSourceRanges[%d]", i), strings.TrimSpace(c))
	}
	r.labels("spec.selector", spec.Selector)
	names, numbers := map[string]bool{}, map[string]bool{}
	for i, p := range spec.Ports {
		at := fmt.Sprintf("spec.ports[%d]", i)
		r.port(at+".port", p.Port)
		if p.Name == "" && len(spec.Ports) > 1 {
			r.add(at+".name", "with several ports each needs a name")
		}
		if p.Name != "" && names[p.Name] {
			r.add(at+".name", "%q stands twice", p.Name)
		}
		names[p.Name] = true
		if key := fmt.Sprint(p.Port, "/", p.Protocol); numbers[key] {
			r.add(at+".port", "%d stands twice with the same protocol", p.Port)
		} else {
			numbers[key] = true
		}
		r.protocol(at+".protocol", p.Protocol)
		if p.TargetPort.Type == intstr.String && p.TargetPort.StrVal != "" {
			for _, e := range validation.IsValidPortName(p.TargetPort.StrVal) {
				r.add(at+".targetPort", "%q: %s", p.TargetPort.StrVal, e)
			}
		} else if p.TargetPort.Type == intstr.Int && p.TargetPort.IntVal != 0 {
			r.port(at+".targetPort", p.TargetPort.IntVal)
		}
		if p.NodePort != 0 && !external {
			r.add(at+".nodePort", "a service of type ClusterIP has no node port; set type NodePort or LoadBalancer")
		} else if p.NodePort != 0 && (p.NodePort < 1 || p.NodePort > 65535) {
			r.port(at+".nodePort", p.NodePort)
		} else if p.NodePort != 0 && (p.NodePort < 30000 || p.NodePort > 32767) { // --service-node-port-range may be another
			r.addMinor(at+".nodePort", "%d is not in the range 30000-32767, unless it is configured otherwise", p.NodePort)
		}
	}
}

func (r *refusals) protocol(field string, p corev1.Protocol) {
	switch p {
	case "", corev1.ProtocolTCP, corev1.ProtocolUDP, corev1.ProtocolSCTP:
	default:
		r.add(field, "%q is none of TCP, UDP, SCTP", p)
	}
}

func (r *refusals) workload(selector *metav1.LabelSelector, t *corev1.PodTemplateSpec, replicas *int32) {
	if replicas != nil && *replicas < 0 {
		r.add("spec.replicas", "%d is less than 0", *replicas)
	}
	r.labels("spec.template.metadata.labels", t.Labels)
	r.podSpec("spec.template.spec", &t.Spec)
	if selector == nil {
		r.add("spec.selector", "a selector is needed")
		return
	}
	s, err := metav1.LabelSelectorAsSelector(selector)
	switch {
	case err != nil:
		r.add("spec.selector", "%v", err)
	case s.Empty():
		r.add("spec.selector", "an empty selector would select every pod")
	case !s.Matches(labels.Set(t.Labels)):
		r.add("spec.selector", "it does not match the labels of its own template (%s)", labels.Set(t.Labels))
	}
}

func (r *refusals) podSpec(at string, spec *corev1.PodSpec) {
	if len(spec.Containers) == 0 {
		r.addMinor(at+".containers", "at least one container is needed")
	}
	names := map[string]bool{}
	for i, c := range spec.Containers {
		field := fmt.Sprintf("%s.containers[%d]", at, i)
		if c.Name == "" {
			r.addMinor(field+".name", "a name is needed")
		} else if names[c.Name] {
			r.add(field+".name", "%q stands twice", c.Name)
		}
		names[c.Name] = true
		for j, p := range c.Ports {
			port := fmt.Sprintf("%s.ports[%d]", field, j)
			r.port(port+".containerPort", p.ContainerPort)
			r.protocol(port+".protocol", p.Protocol)
			if p.HostPort != 0 {
				r.port(port+".hostPort", p.HostPort)
			}
			if p.Name != "" {
				for _, e := range validation.IsValidPortName(p.Name) {
					r.add(port+".name", "%q: %s", p.Name, e)
				}
			}
		}
	}
}

func (r *refusals) policy(p *networkingv1.NetworkPolicy) {
	for i, t := range p.Spec.PolicyTypes {
		if t != networkingv1.PolicyTypeIngress && t != networkingv1.PolicyTypeEgress {
			r.add(fmt.Sprintf("spec.policyTypes[%d]", i), "%q is neither Ingress nor Egress", t)
		}
	}
	r.selector("spec.podSelector", &p.Spec.PodSelector)
	for i, in := range p.Spec.Ingress {
		at := fmt.Sprintf("spec.ingress[%d]", i)
		r.peers(at+".from", in.From)
		r.policyPorts(at+".ports", in.Ports)
	}
	for i, out := range p.Spec.Egress {
		at := fmt.Sprintf("spec.egress[%d]", i)
		r.peers(at+".to", out.To)
		r.policyPorts(at+".ports", out.Ports)
	}
}

func (r *refusals) selector(field string, s *metav1.LabelSelector) {
	if s == nil {
		return
	}
	if _, err := metav1.LabelSelectorAsSelector(s); err != nil {
		r.add(field, "%v", err)
	}
}

func (r *refusals) peers(at string, peers []networkingv1.NetworkPolicyPeer) {
	for i, peer := range peers {
		field := fmt.Sprintf("%s[%d]", at, i)
		r.selector(field+".podSelector", peer.PodSelector)
		r.selector(field+".namespaceSelector", peer.NamespaceSelector)
		if peer.IPBlock == nil {
			if peer.PodSelector == nil && peer.NamespaceSelector == nil {
				r.add(field, "a peer needs podSelector, namespaceSelector or ipBlock")
			}
			continue
		}
		if peer.PodSelector != nil || peer.NamespaceSelector != nil {
			r.add(field+".ipBlock", "ipBlock may not stand beside a selector")
		}
		block, err := netip.ParsePrefix(peer.IPBlock.CIDR)
		if err != nil {
			r.cidr(field+".ipBlock.cidr", peer.IPBlock.CIDR)
			continue
		}
		for j, e := range peer.IPBlock.Except {
			except := fmt.Sprintf("%s.ipBlock.except[%d]", field, j)
			inner, err := netip.ParsePrefix(e)
			if err != nil {
				r.cidr(except, e)
			} else if !block.Masked().Contains(inner.Addr()) || inner.Bits() <= block.Bits() {
				r.add(except, "%s must be a strict part of %s", e, peer.IPBlock.CIDR)
			}
		}
	}
}

func (r *refusals) policyPorts(at string, ports []networkingv1.NetworkPolicyPort) {
	for i, p := range ports {
		field := fmt.Sprintf("%s[%d]", at, i)
		if p.Protocol != nil {
			r.protocol(field+".protocol", *p.Protocol)
		}
		if p.Port != nil && p.Port.Type == intstr.Int {
			r.port(field+".port", p.Port.IntVal)
		}
		if p.EndPort != nil {
			switch {
			case p.Port == nil || p.Port.Type == intstr.String:
				r.add(field+".endPort", "it needs a numeric port beside it")
			case *p.EndPort < p.Port.IntVal:
				r.add(field+".endPort", "%d is less than port %d", *p.EndPort, p.Port.IntVal)
			}
		}
	}
}

func (r *refusals) ingress(in *networkingv1.Ingress) {
	if len(in.Spec.Rules) == 0 && in.Spec.DefaultBackend == nil {
		r.add("spec", "either rules or a defaultBackend is needed")
	}
	if in.Spec.DefaultBackend != nil {
		r.backend("spec.defaultBackend", in.Spec.DefaultBackend)
	}
	for i, rule := range in.Spec.Rules {
		at := fmt.Sprintf("spec.rules[%d]", i)
		if _, err := netip.ParseAddr(rule.Host); err == nil {
			r.add(at+".host", "%q is an IP address; a host must be a name", rule.Host)
		} else if rest, wild := strings.CutPrefix(rule.Host, "*."); rule.Host != "" {
			if !wild {
				rest = rule.Host
			}
			for _, e := range validation.IsDNS1123Subdomain(rest) {
				r.add(at+".host", "%q: %s", rule.Host, e)
			}
		}
		if rule.HTTP == nil {
			continue
		}
		if len(rule.HTTP.Paths) == 0 {
			r.add(at+".http.paths", "at least one path is needed")
		}
		for j := range rule.HTTP.Paths {
			p := &rule.HTTP.Paths[j]
			field := fmt.Sprintf("%s.http.paths[%d]", at, j)
			switch {
			case p.PathType == nil:
				r.add(field+".pathType", "one of Exact, Prefix, ImplementationSpecific is needed")
			case *p.PathType == networkingv1.PathTypeExact, *p.PathType == networkingv1.PathTypePrefix:
				if !strings.HasPrefix(p.Path, "/") {
					r.add(field+".path", "%q must begin with /", p.Path)
				}
			case *p.PathType != networkingv1.PathTypeImplementationSpecific:
				r.add(field+".pathType", "%q is none of Exact, Prefix, ImplementationSpecific", *p.PathType)
			}
			r.backend(field+".backend", &p.Backend)
		}
	}
}

func (r *refusals) backend(at string, b *networkingv1.IngressBackend) {
	switch {
	case b.Service == nil && b.Resource == nil:
		r.add(at, "a service or a resource is needed")
	case b.Service != nil && b.Resource != nil:
		r.add(at, "only one of service and resource may stand here")
	case b.Service != nil && b.Service.Name == "":
		r.add(at+".service.name", "a name is needed")
	case b.Service != nil && b.Service.Port.Number == 0 && b.Service.Port.Name == "":
		r.add(at+".service.port", "a number or a name is needed")
	}
}

func (r *refusals) slice(s *discoveryv1.EndpointSlice) {
	switch s.AddressType {
	case discoveryv1.AddressTypeIPv4, discoveryv1.AddressTypeIPv6:
		for i, e := range s.Endpoints {
			for j, a := range e.Addresses {
				if _, ok := cluster.ParseAddr(a); !ok {
					r.add(fmt.Sprintf("endpoints[%d].addresses[%d]", i, j), "%q is no IP address", a)
				}
			}
		}
	case discoveryv1.AddressTypeFQDN:
	case "":
		r.addMinor("addressType", "one of IPv4, IPv6, FQDN is needed; the addresses tell it")
	default:
		r.add("addressType", "%q is none of IPv4, IPv6, FQDN", s.AddressType)
	}
}
