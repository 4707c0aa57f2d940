// Package facts holds what API objects may not show but the answer depends on: how kube-proxy is configured, whether the
// network plug-in enforces policies, what the cluster's domain is. A fact is given by the person who asks, or detected
// from what is there, or the default, in this order, and says which.
package facts

import (
	"net/netip"
	"slices"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// The keys of --assume; a public contract (TRACE.md).
const (
	KeyProxyMode          = "proxy-mode"
	KeyClusterCIDR        = "cluster-cidr"
	KeyServiceCIDR        = "service-cidr"
	KeyMasqueradeAll      = "masquerade-all"
	KeyNodePortAddresses  = "nodeport-addresses"
	KeyLocalhostNodePorts = "localhost-nodeports"
	KeyPolicy             = "policy"
	KeyClusterDomain      = "cluster-domain"
	KeyLibc               = "libc"
	KeyPodNetwork         = "pod-network"
	KeyIngressController  = "ingress-controller"
	KeyListening          = "listening"
)

// Keys lists all keys, in the contract's order.
var Keys = []string{
	KeyProxyMode, KeyClusterCIDR, KeyServiceCIDR, KeyMasqueradeAll, KeyNodePortAddresses, KeyLocalhostNodePorts,
	KeyPolicy, KeyClusterDomain, KeyLibc, KeyPodNetwork, KeyIngressController, KeyListening,
}

// Where a fact's value comes from.
const (
	Given    = "given"
	Detected = "detected"
	Default  = "default"
)

// None is the value of cluster-cidr for kube-proxy without a local detector, and of policy for a plug-in that does not
// enforce.
const None = "none"

// Primary is the value of nodeport-addresses for "only the node's primary address".
const Primary = "primary"

// Fact is one fact and why it is believed.
type Fact struct {
	Key      string            `json:"key"`
	Value    string            `json:"value"`
	Source   string            `json:"source"` // given, detected or default
	Evidence *cluster.Evidence `json:"evidence"`
}

// Facts are all facts about one View under the values that were given.
type Facts struct {
	list []Fact // in the order of Keys
}

// Of finds every fact: given values first, then what the View shows, then the defaults. Its errors are *ValueError: a
// key that does not exist or a value that its key cannot have.
func Of(view *cluster.View, given map[string]string) (*Facts, error) {
	if err := validateAll(given); err != nil {
		return nil, err
	}
	d := detector{view: view, proxy: readProxyConfig(view)}
	f := &Facts{list: make([]Fact, 0, len(Keys))}
	for _, key := range Keys {
		fact := d.find(key, given)
		if value, ok := given[key]; ok {
			fact = Fact{Key: key, Value: normal(key, value), Source: Given}
		}
		f.list = append(f.list, fact)
	}
	return f, nil
}

// DetectedIn lists the facts that the View itself shows, for a status line.
func DetectedIn(view *cluster.View) []Fact {
	f, err := Of(view, nil)
	if err != nil { // without given values there is nothing that could be wrong
		return []Fact{}
	}
	out := []Fact{}
	for _, fact := range f.list {
		if fact.Source == Detected {
			out = append(out, fact)
		}
	}
	return out
}

// All returns every fact in the order of Keys.
func (f *Facts) All() []Fact { return slices.Clone(f.list) }

// Get returns one fact; a key that does not exist is the zero Fact.
func (f *Facts) Get(key string) Fact {
	for _, fact := range f.list {
		if fact.Key == key {
			return fact
		}
	}
	return Fact{}
}

// Value returns one fact's value.
func (f *Facts) Value(key string) string { return f.Get(key).Value }

// Bool reports whether a fact's value is "true".
func (f *Facts) Bool(key string) bool { return f.Value(key) == "true" }

// Prefixes parses a fact whose value is a list of ranges; "none" and "primary" are no ranges.
func (f *Facts) Prefixes(key string) []netip.Prefix {
	p, _ := parsePrefixes(f.Value(key))
	return p
}

// Firm reports whether a fact is more than a default.
func (f *Facts) Firm(key string) bool { return f.Get(key).Source != Default }
