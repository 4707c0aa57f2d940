// Package service decides what the rules of kube-proxy on one node do with one packet: which service owns its
// destination, which endpoints may get it, whether its source is replaced, or why it goes nowhere. It knows the modes
// iptables, nftables and ipvs and never looks at anything but the View and the Config it is given; what API objects
// cannot show is in the Config, and every decision names the keys of it that it depends on. Semantics: SEMANTICS.md A.2.
package service
