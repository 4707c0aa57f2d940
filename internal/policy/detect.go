package policy

import (
	"slices"
	"strconv"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/words"
)

// known is what is known of a plug-in. Refusals: SEMANTICS A.3 3.3; ipBlock: 3.2.
type known struct {
	plugin     string
	images     []string // parts of the image names of its DaemonSet
	names      []string // of its DaemonSet in kube-system or a namespace of its own, for images that are named by digest only
	enforces   Answer
	refusal    Refusal
	block      Answer
	podNetwork PodNetwork
}

// k3sPolicies says whether k3s is known to run its own policy code: a server's arguments are shown, and none of them
// switches it off. off is the node that shows that it is switched off; arguments of agents say nothing of it.
func k3sPolicies(view *cluster.View) (runs bool, off *corev1.Node) {
	for _, o := range view.List(cluster.KindNode) {
		n := o.(*corev1.Node)
		args := n.Annotations["k3s.io/node-args"]
		if !strings.Contains(n.Status.NodeInfo.KubeletVersion, "+k3s") {
			continue
		}
		if strings.Contains(args, "--disable-network-policy") && !strings.Contains(args, "--disable-network-policy=false") {
			return false, n
		}
		runs = runs || strings.Contains(args, `"server"`)
	}
	return runs, nil
}

// The plug-ins that have kinds of policies of their own, and the definitions that show them.
var ownKinds = []string{
	"globalnetworkpolicies.crd.projectcalico.org", "networkpolicies.crd.projectcalico.org", "globalnetworkpolicies.projectcalico.org",
	"networkpolicies.projectcalico.org", "ciliumnetworkpolicies.cilium.io", "ciliumclusterwidenetworkpolicies.cilium.io",
	"clusternetworkpolicies.crd.antrea.io", "networkpolicies.crd.antrea.io", "egressfirewalls.k8s.ovn.org",
	"clusternetworkpolicies.networking.k8s.aws", "applicationnetworkpolicies.networking.k8s.aws",
}

// plugins in the order in which they are looked for: one that enforces policies for another's network comes before that
// other (Canal runs both Calico and flannel).
var plugins = []known{
	{"cilium", []string{"cilium/cilium", "cilium-cilium", "/anetd", "cilium-agent"}, []string{"cilium", "anetd"}, Yes, RefusalDrop, No, PodNetworkUnknown},
	{"calico", []string{"calico/node", "calico-node", "hardened-calico"}, []string{"calico-node", "canal"}, Yes, RefusalDrop, Yes, PodNetworkUnknown},
	{"antrea", []string{"antrea/antrea", "antrea-agent"}, []string{"antrea-agent"}, Yes, RefusalDrop, Yes, Overlay},
	{"ovn-kubernetes", []string{"ovn-kube", "ovnkube", "ovn-kubernetes"}, []string{"ovnkube-node"}, Yes, RefusalDrop, Yes, Overlay},
	{"kube-ovn", []string{"kube-ovn"}, []string{"kube-ovn-cni"}, Yes, RefusalDrop, Unknown, PodNetworkUnknown},
	{"weave", []string{"weave-npc", "weave-kube"}, []string{"weave-net"}, Yes, RefusalDrop, Unknown, Overlay},
	{"kube-router", []string{"kube-router"}, []string{"kube-router"}, Yes, RefusalReject, Yes, PodNetworkUnknown},
	{"kube-network-policies", []string{"kube-network-policies"}, []string{"kube-network-policies"}, Yes, RefusalDrop, Yes, PodNetworkUnknown},
	{"azure-npm", []string{"azure-npm"}, []string{"azure-npm"}, Yes, RefusalDrop, Unknown, Routed},
	{"kindnet", []string{"kindnetd", "kindnet"}, []string{"kindnet"}, Unknown, RefusalDrop, Yes, Direct},
	{"aws-node", []string{"amazon-k8s-cni"}, []string{"aws-node"}, Unknown, RefusalDrop, Unknown, Routed},
	{"flannel", []string{"flannel"}, []string{"kube-flannel-ds"}, No, RefusalUnknown, Unknown, PodNetworkUnknown},
	{"azure", []string{"azure-cns"}, []string{"azure-cns"}, No, RefusalUnknown, Unknown, Routed},
}

// EnforcementOf detects the network plug-in from DaemonSets, ConfigMaps, nodes and CRDs. What is not seen is unknown,
// never "no": a plug-in may run as a service of the node itself.
func EnforcementOf(view *cluster.View) Enforcement {
	out := Enforcement{Enforces: Unknown, Refusal: RefusalUnknown, IPBlockMatchesPod: Unknown, EndPort: Yes, PodNetwork: PodNetworkUnknown}
	sets := view.List(cluster.KindDaemonSet)
	for _, k := range plugins {
		for _, o := range sets {
			ds := o.(*appsv1.DaemonSet)
			image := imageOf(ds, &k)
			if image == "" || ds.Status.ObservedGeneration > 0 && ds.Status.DesiredNumberScheduled == 0 {
				continue // one that no node is to run is seen, and does nothing
			}
			out.Plugin, out.Enforces, out.Refusal = k.plugin, k.enforces, k.refusal
			out.IPBlockMatchesPod, out.PodNetwork = k.block, k.podNetwork
			out.Why = words.Say("policy.detect.runs", ds.Namespace, ds.Name, image)
			if n := ds.Status.DesiredNumberScheduled; n > 0 {
				out.Why += " " + words.Say("policy.detect.on-nodes", ds.Status.NumberReady, n)
			}
			out.Evidence = []cluster.Evidence{evidenceOf(cluster.KindDaemonSet, ds, "spec.template.spec.containers")}
			out.refine(view, ds, image)
			out.policyCRDs(view)
			return out
		}
	}
	out.byNodes(view)
	out.policyCRDs(view)
	return out
}

func imageOf(ds *appsv1.DaemonSet, k *known) string {
	for _, c := range ds.Spec.Template.Spec.Containers {
		for _, part := range k.images {
			if strings.Contains(c.Image, part) {
				return c.Image
			}
		}
	}
	if slices.Contains(k.names, ds.Name) && len(ds.Spec.Template.Spec.Containers) > 0 {
		return ds.Spec.Template.Spec.Containers[0].Image
	}
	return ""
}

// refine adds what versions, flags and configuration say of a plug-in that was seen.
func (out *Enforcement) refine(view *cluster.View, ds *appsv1.DaemonSet, image string) {
	switch out.Plugin {
	case "kindnet":
		// kindnetd enforces policies since the images of kind v0.24 (August 2024); tags start with the day they were made.
		if _, tag, ok := strings.Cut(image[strings.LastIndexByte(image, '/')+1:], ":v"); ok && len(tag) >= 8 && allDigits(tag[:8]) {
			out.Enforces = No
			if tag[:8] >= "20240813" {
				out.Enforces = Yes
			}
		}
	case "aws-node":
		out.Enforces = No
		for _, c := range ds.Spec.Template.Spec.Containers {
			if slices.Contains(c.Args, "--enable-network-policy=true") || slices.Contains(c.Args, "--enable-network-policy") {
				out.Enforces = Yes
			}
		}
	case "kube-router":
		for _, c := range ds.Spec.Template.Spec.Containers {
			if slices.Contains(append(slices.Clip(c.Args), c.Command...), "--run-firewall=false") {
				out.Enforces = No // it routes only
			}
		}
	case "weave", "azure-npm":
		out.EndPort = Unknown // weave-npc was given up before endPort came; Azure/azure-container-networking#2313
	case "cilium":
		out.EndPort = ciliumEndPort(image)
		out.cilium(view)
	}
	if runs, _ := k3sPolicies(view); runs && out.Enforces == Yes && out.Refusal != RefusalReject {
		out.Refusal = RefusalUnknown // k3s' own code stands beside the plug-in: who is first to turn a packet away is not known
		out.Why += words.Say("policy.detect.beside-k3s")
	}
	if out.PodNetwork == PodNetworkUnknown {
		out.PodNetwork = nodeNetwork(view, out)
	}
}

// cilium reads cilium-config: routing-mode native sends pods' packets unwrapped, everything else wraps them;
// policy-cidr-match-mode "nodes" and enable-policy "never" are its own switches.
func (out *Enforcement) cilium(view *cluster.View) {
	cm := view.ConfigMap("kube-system", "cilium-config")
	if cm == nil {
		return
	}
	out.Evidence = append(out.Evidence, evidenceOf(cluster.KindConfigMap, cm, "data"))
	if cm.Data["enable-policy"] == "never" || cm.Data["policy-audit-mode"] == "true" || cm.Data["enable-k8s-networkpolicy"] == "false" {
		out.Enforces = No
	}
	if cm.Data["enable-policy"] == "always" {
		out.Also = append(out.Also, words.Say("policy.detect.always"))
	}
	out.PodNetwork = Overlay
	if cm.Data["routing-mode"] == "native" || cm.Data["tunnel"] == "disabled" {
		out.PodNetwork = PodNetworkUnknown
	}
}

// ciliumEndPort says whether a version of Cilium reads endPort: before 1.16 it took the first port for all of the range
// (cilium/cilium#28684, #32389).
func ciliumEndPort(image string) Answer {
	_, tag, ok := strings.Cut(image[strings.LastIndexByte(image, '/')+1:], ":v1.")
	if !ok {
		return Unknown
	}
	minor, _, _ := strings.Cut(tag, ".")
	if n, err := strconv.Atoi(minor); err != nil || n < 16 {
		return Unknown
	}
	return Yes
}

// nodeNetwork reads what plug-ins write on nodes: flannel its backend, Calico the address of its tunnel. One node speaks
// for all, for a cluster has one pod network.
func nodeNetwork(view *cluster.View, out *Enforcement) PodNetwork {
	for _, o := range view.List(cluster.KindNode) {
		n := o.(*corev1.Node)
		found := func(key string, p PodNetwork) PodNetwork {
			out.Evidence = append(out.Evidence, evidenceOf(cluster.KindNode, n, "metadata.annotations["+key+"]"))
			return p
		}
		switch n.Annotations["flannel.alpha.coreos.com/backend-type"] {
		case "vxlan", "udp", "wireguard", "ipip", "ipsec", "extension":
			return found("flannel.alpha.coreos.com/backend-type", Overlay)
		case "host-gw", "alloc":
			return found("flannel.alpha.coreos.com/backend-type", Direct)
		}
		for _, key := range []string{"projectcalico.org/IPv4IPIPTunnelAddr", "projectcalico.org/IPv4VXLANTunnelAddr"} {
			if n.Annotations[key] != "" {
				return found(key, Overlay)
			}
		}
	}
	return PodNetworkUnknown
}

// byNodes recognises distributions whose plug-in is no DaemonSet: k3s carries kube-router's policy code and flannel in
// its own process (docs.k3s.io, Basic Network Options); minikube's default is a plain bridge that enforces nothing.
func (out *Enforcement) byNodes(view *cluster.View) {
	for _, o := range view.List(cluster.KindNode) {
		n := o.(*corev1.Node)
		switch {
		case strings.Contains(n.Status.NodeInfo.KubeletVersion, "+k3s"):
			out.Plugin, out.Enforces, out.Refusal, out.IPBlockMatchesPod = "kube-router", Yes, RefusalReject, Yes
			out.Why = words.Say("policy.detect.k3s", n.Name)
			if _, off := k3sPolicies(view); off != nil {
				n = off
				out.Enforces, out.Refusal = No, RefusalUnknown
				out.Why = words.Say("policy.detect.k3s-off", n.Name)
			}
			out.Evidence = append(out.Evidence, evidenceOf(cluster.KindNode, n, "status.nodeInfo.kubeletVersion", "metadata.annotations[k3s.io/node-args]"))
			out.PodNetwork = nodeNetwork(view, out)
			return
		case n.Labels["minikube.k8s.io/name"] != "" && len(view.List(cluster.KindNode)) == 1 && view.Readable(cluster.KindDaemonSet, ""):
			out.Plugin, out.Enforces = "bridge", No
			out.Why = words.Say("policy.detect.minikube", n.Name)
			out.Evidence = append(out.Evidence, evidenceOf(cluster.KindNode, n, "metadata.labels[minikube.k8s.io/name]"))
			return
		}
	}
	out.Why = words.Say("policy.detect.none")
}

// policyCRDs names the kinds of policies that are installed and not modelled. Where definitions may not be read, a
// plug-in that has such kinds is taken to have them.
func (out *Enforcement) policyCRDs(view *cluster.View) {
	for _, name := range ownKinds {
		if o := view.Get(cluster.KindCRD, "", name); o != nil {
			out.Also = append(out.Also, name)
			out.AlsoEvidence = append(out.AlsoEvidence, evidenceOf(cluster.KindCRD, o, "metadata.name"))
		}
	}
	if len(out.Also) > 0 || view.Readable(cluster.KindCRD, "") {
		return
	}
	switch out.Plugin {
	case "calico", "cilium", "antrea":
		out.Also = []string{words.Say("policy.own-kinds", out.Plugin)}
	}
}

func evidenceOf(kind cluster.Kind, o cluster.Object, fields ...string) cluster.Evidence {
	return cluster.Evidence{
		Kind: kind, Namespace: o.GetNamespace(), Name: o.GetName(), ResourceVersion: o.GetResourceVersion(), Fields: fields,
	}
}

func allDigits(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' }) < 0
}
