// Package names asks the programs that decide names in a real cluster and compares what they say with internal/dns:
// CoreDNS with its own Corefile parser, plug-ins and Kubernetes client, served random objects by a small API server, and
// the kubelet's code that writes a pod's resolv.conf. Both run inside the test. The worlds are made from a seed that every
// report names; what disagrees is shown in the smallest world that still does.
//
//	go test ./... -seed 7 -worlds 500
package names
