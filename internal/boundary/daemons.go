package boundary

import (
	"strconv"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/surroundings"
	"github.com/kubestrata/kubestrata/internal/words"
)

// Ports that the programs of every node open on all its addresses unless they are configured otherwise
// (k8s.io/kubernetes pkg/cluster/ports).
const (
	kubeletPort         = 10250 // TLS
	kubeProxyHealthPort = 10256
)

// daemon ends the way at a program that runs on every node, if it is known to have the port: the kubelet, whose port is
// in the node's status, and kube-proxy's health check. No object shows that they are configured as usual.
func (w *walk) daemon(end End) bool {
	if w.cfg.Protocol != corev1.ProtocolTCP {
		return false
	}
	port := int32(w.dst.Port())
	n := w.view.Node(end.Node)
	if n == nil {
		return false
	}
	kubelet := n.Status.DaemonEndpoints.KubeletEndpoint.Port
	if kubelet == 0 {
		kubelet = kubeletPort
	}
	name := ""
	switch port {
	case kubelet:
		name, end.TLS = "kubelet", true
	case kubeProxyHealthPort:
		if w.cfg.NoKubeProxy {
			return false
		}
		name = "kube-proxy"
	default:
		return false
	}
	end.Listener = &surroundings.HostListener{Port: port, Protocol: string(corev1.ProtocolTCP)}
	w.d.Evidence = append(w.d.Evidence, evidenceOf(cluster.KindNode, n, "status.daemonEndpoints"))
	w.assume("node-daemon", words.Say("boundary.fact.daemon-port", name, strconv.Itoa(int(port))), "default", words.Say("boundary.fact.daemon"), true)
	w.open(end)
	return true
}
