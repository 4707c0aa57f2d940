package controlplane

import (
	"io"

	"github.com/kubestrata/kubestrata/testbed/nodes"
)

const (
	// ServiceCIDR is the service network.
	ServiceCIDR = "10.96.0.0/16"
	// serviceIP is the address of the Service "kubernetes": the first of the service network.
	serviceIP = "10.96.0.1"

	// podCIDR has room for 256 nodes. largePodCIDR has room for 32,768, and does not overlap the service network.
	podCIDR      = "10.244.0.0/16"
	largePodCIDR = "10.128.0.0/9"
	smallNodes   = 250
)

// Options say what control plane to start.
type Options struct {
	// Nodes is how many nodes are expected; the pod network is chosen to have room for them.
	Nodes int
	// PodCIDR is the pod network. If it is empty, it follows from Nodes.
	PodCIDR string
	// Progress receives what goes on, a line at a time.
	Progress io.Writer

	// choosePorts stands for freePorts in tests.
	choosePorts func() (ports, error)
}

func (o Options) podCIDR() string {
	switch {
	case o.PodCIDR != "":
		return o.PodCIDR
	case o.Nodes > smallNodes:
		return largePodCIDR
	default:
		return podCIDR
	}
}

// advertiseAddress is where the control plane would be if the LAN of the played nodes existed. The API server
// listens on loopback only, but Kubernetes does not accept a loopback address in an EndpointSlice.
var advertiseAddress = nodes.ControlPlaneAddress.String()
