package dns

import (
	"net/netip"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/surroundings"
)

// Corefile is a parsed Corefile.
type Corefile struct{}

// ReadConfig reads what the objects of a View say about the cluster's DNS. It is cheap enough to be called for every
// trace, and never nil.
func ReadConfig(view *cluster.View, given Given) *Config { return &Config{} }

// ResolvConf is the resolv.conf of a client.
func (c *Config) ResolvConf(view *cluster.View, client Client) Resolv { return Resolv{} }

// HostsFile is the /etc/hosts of a client, most specific origin first.
func HostsFile(view *cluster.View, client Client) []HostsEntry { return nil }

// Candidates are the names a library asks for, in order. Whether it goes on after an answer is Next's decision.
func Candidates(name string, r Resolv, libc Libc) []Candidate { return nil }

// Answer is what the cluster's DNS server (CoreDNS with its Corefile) answers. client is the asking address, for
// plugins that look at it; it may be invalid.
func (c *Config) Answer(view *cluster.View, q Question, client netip.Addr) Answer { return Answer{} }

// AnswerOutside is what a resolver of the surroundings answers, with the chain of resolvers it asks in turn.
func AnswerOutside(view *cluster.View, r *surroundings.Resolver, q Question) Answer { return Answer{} }

// ResolveOptions say how to resolve.
type ResolveOptions struct {
	Types    []string // A, AAAA …; default A and AAAA by what the cluster has
	Libc     Libc     // Glibc where empty
	NoSearch bool     // dig: the name as it is
	NoHosts  bool     // nslookup, dig and host read no hosts file
	Server   string   // ask this server (name or address) instead of resolv.conf's
}

// Resolve walks hosts file, candidates and nameservers as the client's library does, and keeps every try.
func (c *Config) Resolve(view *cluster.View, client Client, name string, o ResolveOptions, t Transport) Lookup {
	return Lookup{}
}
