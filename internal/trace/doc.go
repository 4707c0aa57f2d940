// Package trace answers the question of the whole program: this request, from there, what happens to it, hop by hop, and
// which object decided? It walks the mechanisms (names, services, policies, ingress, walls) in the order in which a
// packet meets them and writes down finished states.
//
// It is pure: the same View and the same Ask give the same bytes. Random choices of the network become outcomes with
// shares, never a dice roll. The form of the answer is the public contract of TRACE.md, kubestrata.io/trace/v1.
package trace
