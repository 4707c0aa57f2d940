// Package ingress decides what an ingress controller does with a request: which controllers there are and where they
// listen, which rule of which Ingress wins, and to which endpoints the second connection goes, or which status the
// controller writes itself.
//
// ingress-nginx and Traefik are followed as they behave; other controllers by the contract of k8s.io/api networking/v1
// Ingress, which Decision marks as assumed. What their sources and documentation say against it (Choices) can be asked for
// by Request.Otherwise.
package ingress
