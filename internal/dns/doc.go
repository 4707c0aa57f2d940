// Package dns answers what a name resolves to, for whom, and who says so: the resolv.conf and hosts file of pods, nodes
// and hosts of the surroundings, the order in which a C library tries candidates, the records that CoreDNS' kubernetes
// plugin serves from services and endpoints, the Corefile around it, and the resolvers of LAN and Internet.
//
// It is pure: a View in, decisions with their reasons out. How a query travels (as traffic of its own, with policies on
// both ends) is not its business: Resolve asks a Transport that the caller gives. Semantics: SEMANTICS.md A.1.
package dns
