// Package gateway decides what a gateway of the Gateway API does with a request: which proxy carries which gateways,
// which listener takes a connection, which routes are attached to it, which of their rules wins, and where the request
// goes from there.
//
// It follows the API's own words, the type comments of sigs.k8s.io/gateway-api/apis/v1, and prefers what a controller
// has written into the conditions where that is current; where the two disagree it says so. It is pure.
package gateway
