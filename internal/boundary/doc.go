// Package boundary knows the layers and their walls: who owns an address, which ranges belong to which layer, whether a
// conversation may be opened from one place to another, by which way its packets go and what rewrites them on that way,
// or which wall stops them and which doors there are.
//
// A Route ends where another mechanism takes over: at a pod, at a node whose rules have a word, at a host's listener or
// proxy. Replies are not asked about: what an opened conversation sends back follows it.
package boundary
