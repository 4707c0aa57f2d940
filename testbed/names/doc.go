// Package names asks the programs that decide names in a real cluster and compares what they say with internal/dns:
// CoreDNS with its own Corefile parser, plug-ins and Kubernetes client, served random objects by a small API server, and
// the kubelet's code that writes a pod's resolv.conf. Both run inside the test, on loopback addresses only. The worlds are
// made from a seed that every report names; what disagrees is shown in the smallest world that still does.
//
//	go test ./... -args -seed 7 -worlds 500
//
// Besides what deliberate names, these are not asked about, since internal/dns leaves them out on purpose:
//   - SOA and NS of the zone: their serial is the time of the last change that CoreDNS saw.
//   - Endpoint slices without a service: CoreDNS 1.15 writes PTR records with an empty label for their addresses.
//   - Endpoint slices whose labels are not their service's, with the option labels: no controller makes them.
//   - More than one address in an endpoint: the API says that only the first counts.
//   - Kubelets without an address of the cluster's DNS: where one is found it is taken for theirs.
//   - Nameservers of a pod that are written in two ways: the kubelet counts texts, internal/dns addresses.
//   - What CoreDNS keeps in its cache from earlier questions.
//   - ExternalNames that a rewrite leads back to themselves: CoreDNS 1.15 dies of them, internal/dns says so.
package names
