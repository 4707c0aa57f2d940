// Package plane is the real data plane of a small cluster on one machine: two nodes, their pods, a LAN with a laptop and
// a router, and a host in the Internet, each a network namespace. What it lays is what a network plug-in of the simplest
// kind lays (a route to each pod and to each node's range, a masquerade for what leaves the pod network); all that
// services and names do is left to kube-proxy and CoreDNS themselves.
package plane
