package boundary

import (
	"net/netip"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/surroundings"
)

// LoadBalancer is one Service of type LoadBalancer and what is known of what stands before it.
type LoadBalancer struct {
	Service   *corev1.Service
	Addresses []netip.Addr
	Hostnames []string
	Layer     surroundings.Layer // where its addresses are reached from
	Proxy     bool               // ipMode Proxy, or a host name: it ends at the balancer, nodes see its own connection
	Provider  string             // metallb, servicelb, cloud …; empty if none was seen
	Pending   bool
	Why       string // why it is pending, or why it has these addresses
	// TakenBy is the Service that holds the address and port this one waits for, nil if that is not the reason.
	TakenBy  *cluster.Ref
	Evidence []cluster.Evidence
}

// LoadBalancers lists every Service of type LoadBalancer, by namespace and name.
func LoadBalancers(view *cluster.View) []LoadBalancer { return nil }
