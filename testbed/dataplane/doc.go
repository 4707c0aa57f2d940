// Package dataplane sends real requests through a real data plane and holds what they meet against what a trace says.
//
// The control plane is the testbed's, the nodes are network namespaces with the real kube-proxy, names are answered by
// the real CoreDNS, and every pod and host is a network namespace in which a small server listens. The traces are made
// from the live cluster, as the command line and the page make them.
package dataplane
