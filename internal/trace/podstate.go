package trace

import (
	"cmp"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/facts"
	"github.com/kubestrata/kubestrata/internal/words"
)

// The assumptions about what a pod's status leaves open.
const (
	keyWaitingContainer = "waiting-container"
	keyPodPhase         = "pod-phase"
	keyMesh             = "mesh"
	keyMoreNetworks     = "more-networks"
)

// stopped is what the states of a pod's containers say of a port.
type stopped struct {
	down      bool      // nobody is there to listen: the connection is refused
	certainty Certainty // of down; where not down, Assumed if another container than the one that runs may have the port
	why       string
}

// stateOf asks the states of a pod's containers who can listen on a port. Containers that declare it, or are probed on
// it, come first; declaring proves nothing (SEMANTICS.md A.7), so that nothing is certain while any other container runs.
// A container that is started over and over may run at the next look.
func (e *engine) stateOf(b *branch, pod *cluster.Pod) stopped {
	if pod.Shape == nil {
		return stopped{}
	}
	if f := e.facts.Get(facts.KeyListening); f.Source == facts.Given && f.Value == "true" && b.leg != 0 {
		return stopped{}
	}
	port, protocol := int32(b.dst.Port()), e.transport(b)
	up := func(s cluster.ContainerState) bool {
		return s == cluster.ContainerRunning || s == cluster.ContainerUnreported && pod.Phase != cluster.PhasePending
	}
	anyUp, anyDown, firm := pod.States.OtherRuns(), false, !hostNetwork(pod)
	named, namedUp := -1, false
	for i := range pod.Shape.Containers {
		c := &pod.Shape.Containers[i]
		s := pod.States.Of(i)
		if up(s) {
			anyUp = true
		} else {
			anyDown = true
			firm = firm && (s == cluster.ContainerNotStarted || s == cluster.ContainerEnded)
		}
		if has(pod, c, port, protocol) {
			namedUp = namedUp || up(s)
			if named < 0 {
				named = i
			}
		}
	}
	switch {
	case !anyDown || namedUp:
		return stopped{}
	case named < 0 && anyUp && up(pod.States.Of(0)):
		// The container that is down declares nothing, nor does the one that runs: either may be meant.
		return stopped{certainty: Assumed}
	}
	out := stopped{down: true, certainty: Assumed, why: whyDown(pod, max(named, 0))}
	if firm && !anyUp {
		out.certainty = Certain
	}
	return out
}

// waitingValue is what is assumed where a container of a pod does not run.
func waitingValue(s stopped) string {
	if s.down {
		return words.Say("fact.waiting-container.nothing-else")
	}
	return words.Say("fact.waiting-container")
}

// has reports whether a container declares a port or is probed on it.
func has(pod *cluster.Pod, c *cluster.Container, port int32, protocol corev1.Protocol) bool {
	for _, p := range c.Ports {
		if p.Port == port && p.Protocol == protocol {
			return true
		}
	}
	for _, p := range c.Probes {
		if p.Port == port && ownAddress(pod, p.Host) && protocol == corev1.ProtocolTCP {
			return true
		}
	}
	return false
}

func whyDown(pod *cluster.Pod, i int) string {
	name := words.Say("clause.its-container")
	if len(pod.Shape.Containers) > 1 {
		name += " " + pod.Shape.Containers[i].Name
	}
	usual := words.Say("clause.container.waiting")
	switch pod.States.Of(i) {
	case cluster.ContainerNotStarted:
		usual = words.Say("clause.container.not-started")
	case cluster.ContainerBetweenRuns:
		usual = words.Say("clause.container.between-runs")
	case cluster.ContainerEnded:
		usual = words.Say("clause.container.ended")
	}
	return words.Say("clause.is-not-running", name, cmp.Or(pod.Reason, usual))
}

// doubtPod notes what a pod's status leaves open about whether its processes run, of a packet that has come to it.
func (e *engine) doubtPod(b *branch, pod *cluster.Pod) {
	if b.leg < 1 {
		return
	}
	switch {
	case pod.Terminating:
		// It has been told to stop: its process may be gone already, or any moment.
		e.assumeFlip("terminating-pod", words.Say("fact.terminating-pod"), facts.Default)
	case pod.Phase == cluster.PhaseUnknown:
		e.assumeFlip(keyPodPhase, words.Say("fact.pod-phase"), facts.Default)
	default:
		return
	}
	b.certainty = worse(b.certainty, Assumed)
}

// meshProxies are the images of proxies that service meshes put into pods.
var meshProxies = []struct{ part, name string }{
	{"istio/proxyv2", "istio"}, {"/proxyv2:", "istio"}, {"linkerd/proxy", "linkerd"}, {"linkerd2-proxy", "linkerd"}, {"consul-dataplane", "consul"}, {"kuma-dp", "kuma"},
}

// meshOf names the service mesh whose proxy runs in a pod, empty where none is seen.
func meshOf(pod *cluster.Pod) string {
	if pod == nil || pod.Shape == nil {
		return ""
	}
	for _, c := range pod.Shape.Containers {
		switch c.Name {
		case "istio-proxy":
			return "istio"
		case "linkerd-proxy":
			return "linkerd"
		}
		for _, m := range meshProxies {
			if strings.Contains(c.Image, m.part) {
				return m.name
			}
		}
	}
	return ""
}

// meshAround names the mesh that takes in a whole namespace, whose proxy is none of the pod's containers: in Istio's
// ambient mode it runs on the node (label istio.io/dataplane-mode of the namespace, or of the pod, which wins); a proxy
// that is put into pods when they are made is missing from one that only the simulation has made.
func (e *engine) meshAround(pod *cluster.Pod) string {
	if pod == nil || pod.Shape == nil || pod.Shape.HostNetwork {
		return ""
	}
	space := map[string]string{}
	if ns := e.view.Get(cluster.KindNamespace, "", pod.Namespace); ns != nil {
		space = ns.GetLabels()
		if pod.Placed && ns.GetAnnotations()["linkerd.io/inject"] == "enabled" {
			return "linkerd"
		}
	}
	mode, own := pod.Labels.Lookup("istio.io/dataplane-mode")
	if !own {
		mode = space["istio.io/dataplane-mode"]
	}
	inject, own := pod.Labels.Lookup("sidecar.istio.io/inject")
	switch {
	case mode == "ambient":
		return "istio ambient"
	case pod.Placed && (own && inject == "true" || !own && (space["istio-injection"] == "enabled" || space["istio.io/rev"] != "" && space["istio-injection"] == "")):
		return "istio"
	}
	return ""
}

// doubtMesh notes that the proxy of a mesh stands between a pod and the network: what it admits, and what a client sees
// when it does not, is its own affair (SEMANTICS.md A.7).
func (e *engine) doubtMesh(b *branch, pod *cluster.Pod) {
	name := cmp.Or(meshOf(pod), e.meshAround(pod))
	if name == "" || b.leg < 1 || !e.isTCP() {
		return
	}
	e.assumeFlip(keyMesh, words.Say("fact.mesh", name, pod.Namespace, pod.Name), facts.Default)
	b.certainty = worse(b.certainty, Assumed)
}

// doubtNetworks notes that a pod with more networks than the cluster's own may send what leaves the cluster another way.
func (e *engine) doubtNetworks(b *branch, pod *cluster.Pod) {
	if pod == nil || pod.Shape == nil || !pod.Shape.MoreNetworks {
		return
	}
	e.assumeFlip(keyMoreNetworks, words.Say("fact.more-networks", pod.Namespace, pod.Name), facts.Default)
	b.certainty = worse(b.certainty, Assumed)
}
