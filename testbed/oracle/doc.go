// Package oracle holds internal/service to Kubernetes' own kube-proxy code: it makes small random clusters, gives them to
// the iptables and nftables proxiers of k8s.io/kubernetes, reads the rules that those write, plays packets through the
// rules as the kernel would, and compares what happens with service.Decide.
//
// Everything but the rules is this package's own: the clusters, the readers of the two rule dialects and the order in
// which a packet meets the hooks of netfilter. The readers know only what kube-proxy writes and fail at anything else, so
// that a rule is never passed over in silence. ipvs is not here: its decisions are made in the kernel's tables, which
// nothing can be asked for in a process.
//
// The rules that a decision shows are looked for among those that kube-proxy wrote, too: a line that is called exact must be
// there, and of the others nftables' must be in kube-proxy's own writing. No difference is left as it is.
//
// The iptables proxier is made by its constructor around the fake that Kubernetes tests with; the nftables proxier, whose
// constructor wants a kernel, is put together field by field (kubeproxy.go). Both need what the pinned version of
// k8s.io/kubernetes does not export, so that a new version may have to be met here first.
//
//	go test ./...                         the standard worlds
//	go test -seed 0 -worlds 20000 -v .    others
//	go test -seed 4711 -worlds 1 -rules   one of them, with kube-proxy's rules
//
// What differs is reported in the smallest cluster that still differs, as YAML.
package oracle
