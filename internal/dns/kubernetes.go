package dns

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/words"
)

// kubernetesPlugin is one kubernetes directive of a Corefile (coredns plugin/kubernetes/setup.go).
type kubernetesPlugin struct {
	zones              []string
	pods               string // disabled, insecure, verified
	ttl                int
	namespaces         []string
	namespaceSelector  labels.Selector
	selector           labels.Selector
	passOn             []string // zones; nil for none
	endpointPodNames   bool
	noEndpoints        bool
	ignoreEmptyService bool
	bound              bool   // the server is bound to addresses
	unknown            string // an option that changes answers and is not interpreted
}

func readKubernetes(d Directive, block *ServerBlock) *kubernetesPlugin {
	k := &kubernetesPlugin{pods: "disabled", ttl: 5, zones: zonesOf(d.Args)}
	if len(k.zones) == 0 {
		k.zones = block.Zones
	}
	k.bound = slices.ContainsFunc(block.Directives, func(d Directive) bool { return d.Name == "bind" })
	for _, o := range d.Block {
		switch o.Name {
		case "pods":
			if len(o.Args) == 1 {
				k.pods = o.Args[0]
			}
		case "ttl":
			if len(o.Args) == 1 {
				if n, err := strconv.Atoi(o.Args[0]); err == nil {
					k.ttl = n
				}
			}
		case "namespaces":
			k.namespaces = o.Args
		case "namespace_labels", "labels":
			s, err := labels.Parse(strings.Join(o.Args, " "))
			if err != nil {
				k.unknown = o.Name
			} else if o.Name == "labels" {
				k.selector = s
			} else {
				k.namespaceSelector = s
			}
		case "fallthrough":
			k.passOn = fallthroughZones(o.Args)
		case "endpoint_pod_names":
			k.endpointPodNames = true
		case "noendpoints":
			k.noEndpoints = true
		case "ignore":
			k.ignoreEmptyService = len(o.Args) == 1 && o.Args[0] == "empty_service"
		case "multicluster", "zonal":
			k.unknown = o.Name
		}
	}
	return k
}

// fallthroughZones are the zones of a fallthrough: all without arguments.
func fallthroughZones(args []string) []string {
	if len(args) == 0 {
		return []string{"."}
	}
	return zonesOf(args)
}

// entry is one thing that the plugin has under a name: an address or another name.
type entry struct {
	addr   netip.Addr
	target string // of an ExternalName, or an endpoint that is a name
	port   int32  // -1 where no port is declared
	name   string // the name that SRV records point to
}

// nameError means that a name does not exist.
type nameError struct{ why string }

// lookup follows parseRequest, findServices and findPods of plugin/kubernetes.
func (k *kubernetesPlugin) lookup(view *cluster.View, name, zone string, a *Answer) ([]entry, *nameError) {
	base := labelsOf(below(name, zone))
	none := func(why string) ([]entry, *nameError) {
		return nil, &nameError{why}
	}
	last := len(base) - 1
	if last < 0 || last == 0 && (base[0] == "svc" || base[0] == "pod") {
		return nil, nil
	}
	kind := base[last]
	if kind != "svc" && kind != "pod" {
		return none(words.Say("dns.kubernetes.no-kind", kind))
	}
	if isReverse(name) {
		return none(words.Say("dns.kubernetes.no-endpoint-address"))
	}
	ns := base[last-1]
	if !k.exposed(view, ns, a) {
		return none(words.Say("dns.kubernetes.no-namespace", ns))
	}
	if kind == "pod" && k.pods == "disabled" {
		return none(words.Say("dns.kubernetes.pods-disabled"))
	}
	if last == 1 {
		return nil, nil
	}
	if kind == "pod" {
		if last > 4 {
			return none(words.Say("dns.kubernetes.pod-labels"))
		}
		if last > 2 {
			// findPods looks at the label before the namespace only.
			base = base[last-2:]
		}
		return k.podRecord(view, base[0], ns, zone)
	}
	service, endpoint, port, protocol := base[last-2], "", "", ""
	switch last {
	case 2:
	case 3:
		endpoint = base[0]
	case 4:
		port, protocol = strings.TrimPrefix(base[0], "_"), strings.TrimPrefix(base[1], "_")
	default:
		return none(words.Say("dns.kubernetes.service-labels"))
	}
	return k.service(view, ns, service, endpoint, port, protocol, zone, a)
}

func labelsOf(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, ".")
}

func (k *kubernetesPlugin) exposed(view *cluster.View, ns string, a *Answer) bool {
	if len(k.namespaces) > 0 && !slices.Contains(k.namespaces, ns) {
		return false
	}
	object := view.Namespace(ns)
	if object == nil {
		// Plain manifests rarely hold their namespace; what lives in it shows that it is there.
		return view.Source().Kind != cluster.SourceLive && (ns == "default" || lives(view, ns))
	}
	a.Evidence = append(a.Evidence, cluster.Evidence{Kind: cluster.KindNamespace, Name: ns, ResourceVersion: object.ResourceVersion})
	return k.namespaceSelector == nil || k.namespaceSelector.Matches(labels.Set(object.Labels))
}

func lives(view *cluster.View, ns string) bool {
	for range view.PodsIn(ns) {
		return true
	}
	return len(view.ListIn(cluster.KindService, ns)) > 0
}

// keeps reports whether plugin kubernetes has a pod among those that it verifies (object.ToPod and the selectors of its
// watch).
func (k *kubernetesPlugin) keeps(p *cluster.Pod) bool {
	return !p.Done() && p.Phase != cluster.PhaseUnknown && !p.Terminating && (k.selector == nil || k.selector.Matches(p.Labels))
}

// podRecord follows findPods. CoreDNS finds pods by the text of their addresses.
func (k *kubernetesPlugin) podRecord(view *cluster.View, label, ns, zone string) ([]entry, *nameError) {
	text := strings.ReplaceAll(label, "-", ":")
	if strings.Count(label, "-") == 3 && !strings.Contains(label, "--") {
		text = strings.ReplaceAll(label, "-", ".")
	}
	addr, err := netip.ParseAddr(text)
	if err != nil || addr.Zone() != "" {
		return nil, &nameError{words.Say("dns.kubernetes.no-dashed-address", label)}
	}
	found := entry{addr: addr.Unmap(), name: label + "." + ns + ".pod." + zone}
	if k.pods != "verified" {
		return []entry{found}, nil
	}
	var out []entry // one for each pod, and pods of a node's network share its address
	for _, p := range view.PodsWithAddr(found.addr) {
		if p.Namespace == ns && addr.String() == text && k.keeps(p) {
			out = append(out, found)
		}
	}
	if len(out) == 0 {
		return nil, &nameError{words.Say("dns.kubernetes.no-pod-address", ns, addr)}
	}
	return out, nil
}

func (k *kubernetesPlugin) service(view *cluster.View, ns, name, endpoint, port, protocol, zone string, a *Answer) ([]entry, *nameError) {
	svc := view.Service(ns, name)
	if svc == nil || k.selector != nil && !k.selector.Matches(labels.Set(svc.Labels)) {
		return nil, &nameError{words.Say("dns.kubernetes.no-service", ns, name)}
	}
	a.Evidence = append(a.Evidence, serviceEvidence(svc, "spec.clusterIPs", "spec.ports", "spec.type"))
	own := name + "." + ns + ".svc." + zone
	headless := svc.Spec.ClusterIP == corev1.ClusterIPNone
	matches := func(p string, proto corev1.Protocol) bool {
		return (port == "" || strings.EqualFold(port, p)) && (protocol == "" || strings.EqualFold(protocol, string(proto)))
	}
	if svc.Spec.Type == corev1.ServiceTypeExternalName {
		if endpoint != "" || port != "" || protocol != "" {
			return nil, &nameError{words.Say("dns.kubernetes.external-name-no-ports", ns, name)}
		}
		if _, err := netip.ParseAddr(svc.Spec.ExternalName); err == nil {
			return nil, &nameError{words.Say("dns.kubernetes.external-name-address", ns, name)}
		}
		return []entry{{target: absolute(svc.Spec.ExternalName), name: own}}, nil
	}
	any := func(string, corev1.Protocol) bool { return true }
	if k.ignoreEmptyService && !headless && (k.noEndpoints || len(k.endpoints(view, svc, own, "", any)) == 0) {
		return nil, &nameError{words.Say("dns.kubernetes.empty-service", ns, name)}
	}
	if headless || endpoint != "" {
		for _, s := range view.Slices(ns, name) {
			a.Evidence = append(a.Evidence, cluster.Evidence{Kind: cluster.KindEndpointSlice, Namespace: ns, Name: s.Name, ResourceVersion: s.ResourceVersion, Fields: []string{"endpoints"}})
		}
		if k.noEndpoints {
			return nil, &nameError{words.Say("dns.kubernetes.no-endpoint-records")}
		}
		list := k.endpoints(view, svc, own, endpoint, matches)
		if len(list) == 0 && endpoint != "" {
			return nil, &nameError{words.Say("dns.kubernetes.no-endpoint-named", ns, name, endpoint)}
		}
		if len(list) == 0 {
			return nil, &nameError{words.Say("dns.kubernetes.headless-empty", ns, name)}
		}
		return list, nil
	}
	var out []entry
	add := func(port int32) {
		for _, addr := range serviceAddrs(svc) {
			out = append(out, entry{addr: addr, port: port, name: own})
		}
	}
	for _, p := range svc.Spec.Ports {
		if matches(p.Name, cmp.Or(p.Protocol, corev1.ProtocolTCP)) {
			add(p.Port)
		}
	}
	// What has no ports has one without name, number and protocol.
	if len(svc.Spec.Ports) == 0 && matches("", "") {
		add(-1)
	}
	if len(out) == 0 {
		return nil, &nameError{words.Say("dns.kubernetes.no-port", ns, name, port, protocol)}
	}
	return out, nil
}

// endpoints are the ready endpoints of a service, by the names they have: hostname, pod name if so configured, or the
// address with dashes.
func (k *kubernetesPlugin) endpoints(view *cluster.View, svc *corev1.Service, own, endpoint string, matches func(string, corev1.Protocol) bool) []entry {
	var out []entry
	for _, s := range view.Slices(svc.Namespace, svc.Name) {
		ports := s.Ports
		if len(ports) == 0 {
			ports = []cluster.EndpointPort{{}}
		}
		for i := range s.Endpoints {
			e := &s.Endpoints[i]
			host := k.endpointName(e)
			if !e.Ready || !e.Addr.IsValid() && e.FQDN == "" || endpoint != "" && !strings.EqualFold(endpoint, host) {
				continue
			}
			for _, p := range ports {
				if !matches(p.Name, p.Protocol) {
					continue
				}
				found := entry{addr: e.Addr, port: -1, name: host + "." + own}
				if p.HasPort {
					found.port = p.Port
				}
				if e.FQDN != "" {
					found.target = absolute(e.FQDN)
				}
				out = append(out, found)
			}
		}
	}
	return out
}

func (k *kubernetesPlugin) endpointName(e *cluster.Endpoint) string {
	switch {
	case e.Hostname != "":
		return e.Hostname
	case k.endpointPodNames && e.Pod != "" && len(e.Pod) < 64: // longer ones are no label
		return e.Pod
	case e.FQDN != "":
		return strings.ReplaceAll(e.FQDN, ".", "-")
	case e.Addr.Is4():
		return strings.ReplaceAll(e.Addr.String(), ".", "-")
	}
	name := strings.ReplaceAll(e.Addr.String(), ":", "-")
	if strings.HasSuffix(name, "-") {
		name += "0"
	}
	return name
}
