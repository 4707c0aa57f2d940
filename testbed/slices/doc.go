// Package slices holds internal/simulate to the EndpointSlice controller: it makes small random namespaces, gives their
// pods and services to the reconciler of k8s.io/endpointslice, which writes to a client that only remembers, and to
// simulate.EndpointSlices, and compares the slices: families, ports, endpoints with addresses, conditions, nodes, zones,
// hostnames and hints, and labels.
//
//	go test ./...                          the standard worlds
//	go test -seed 0 -worlds 50000 .        others
//	go test -seed 4711 -worlds 1 -v .      one of them
//
// What is left out on purpose:
//   - Names of slices, which the API server draws, and how endpoints are spread over slices of the same ports beyond that
//     none holds more than 100.
//   - Which of a zone's endpoints the topology manager (annotation service.kubernetes.io/topology-mode) gives away to
//     another zone: it goes by the random order of a map. How many stay and go is not asked either; that there are hints
//     or none is.
//   - What existing slices keep of their past: the reconciler starts without any.
package slices
