package dns

import (
	"net/netip"
	"sync"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/surroundings"
)

// RCode is the result code of an answer. NODATA is NOERROR without a record of the type asked for.
type RCode string

// The codes that answers have.
const (
	NoError  RCode = "NOERROR"
	NoData   RCode = "NODATA"
	NXDomain RCode = "NXDOMAIN"
	ServFail RCode = "SERVFAIL"
	Refused  RCode = "REFUSED"
)

// Libc is the resolver library of a client.
type Libc string

// The libraries whose search order is known.
const (
	Glibc Libc = "glibc"
	Musl  Libc = "musl"
)

// Question is one DNS question. Name may or may not end in a dot; Type is A, AAAA, PTR, SRV, CNAME …
type Question struct {
	Name string
	Type string
}

// Record is one record of an answer. Names end in a dot. Value is the address, target or text as dig prints it.
type Record struct {
	Name  string
	Type  string
	TTL   int // seconds
	Value string
}

// Given are the facts about cluster DNS that somebody else has decided; zero values mean "read it from the objects".
type Given struct {
	ClusterDomain string
}

// Origin says how a fact is known.
type Origin string

// The origins of facts.
const (
	OriginGiven    Origin = "given"
	OriginDetected Origin = "detected"
	OriginDefault  Origin = "default"
)

// Config is what the objects say about the cluster's DNS. See ReadConfig.
type Config struct {
	Zone       string // cluster domain, lower case, no trailing dot
	ZoneOrigin Origin
	// ZoneEvidence is what the zone was read from.
	ZoneEvidence []cluster.Evidence

	ClusterDNS       []netip.Addr // the nameservers kubelet gives to ClusterFirst pods
	ClusterDNSOrigin Origin       // detected from kubelet-config, or default: the cluster IP of the DNS service
	DNSEvidence      []cluster.Evidence

	Service *corev1.Service // the DNS service, nil if none is found

	Corefile         *Corefile // nil if there is no ConfigMap; see CorefileErr
	CorefileErr      error     // *CorefileError with the line
	CorefileOrigin   Origin    // detected, or default: kubeadm's Corefile is assumed
	CorefileEvidence []cluster.Evidence

	Missing []string // kinds that may not be read and would be needed: "configmaps", "services" …

	noDNS    bool // the kubelets' configuration says that they have no server for the cluster's names
	noDomain bool // or that the cluster's domain is empty
	unsaid   bool // there is a configuration, and it names no such server

	port  int               // on which CoreDNS gets the queries, see findPort
	files map[string]string // what lies beside the Corefile: k3s' NodeHosts, files to import
	once  sync.Once
	types []string // what families found out, once
}

// Client is who asks. Exactly one of Pod, Node and Host is set; a one-shot pod is given as a Pod row that no View has.
type Client struct {
	Pod  *cluster.Pod
	Node *corev1.Node
	Host *surroundings.Host
	// Layer is used where Host has no resolver of its own: the first resolver of that layer is asked.
	Layer surroundings.Layer
}

// ServerKind says what is known of a nameserver's address.
type ServerKind string

// The kinds of nameservers.
const (
	ServerCluster ServerKind = "cluster"  // an address of the cluster's DNS service, or of a CoreDNS pod behind it
	ServerOutside ServerKind = "resolver" // a resolver of the surroundings
	ServerUnknown ServerKind = "unknown"  // nothing here describes what answers at that address
)

// Nameserver is one nameserver line of a resolv.conf.
type Nameserver struct {
	// Addr is invalid where no address is known: the cluster's DNS of a set of objects that holds none, or the resolver
	// of a host of which nothing is said. Such a server is never asked through a Transport.
	Addr     netip.Addr
	Kind     ServerKind
	Resolver *surroundings.Resolver // of ServerOutside
}

// Resolv is a resolv.conf, with where its parts come from.
type Resolv struct {
	Nameservers []Nameserver
	Search      []string // as written: usually without a final dot; "." is the root
	Ndots       int      // 1 where options do not say
	Options     []string // as written: "ndots:5"
	Policy      string   // ClusterFirst, Default, None, …; "host" for hosts of the surroundings
	// Notes are what the kubelet would report or cut, each a short sentence.
	Notes []string
	// Unknown is the fact that is missing, empty if the file is known: "resolv.conf of node01".
	Unknown string
	// Guess is the key of what is taken for granted about the file, empty where the objects or the surroundings say it.
	Guess    string
	Evidence []cluster.Evidence

	kubelet    bool // it rests on what the kubelets' configuration leaves out, and a flag of the kubelet may say
	hostSearch int  // where in Search the node's own list would stand; -1 where it has no place
}

// HostsEntry is a line of an /etc/hosts that names something.
type HostsEntry struct {
	Addr   netip.Addr
	Name   string
	Origin string // "own name", "hostAliases", "hostsFile", "localhost"
}

// Candidate is a name that the client's library will ask for.
type Candidate struct {
	Name   string // ends in a dot
	Search string // the search domain that was appended; empty for the name as it is
}

// Step is one thing that happened to a question inside a DNS server.
type Step struct {
	Plugin string // rewrite, hosts, kubernetes, template, forward, …; "resolver" outside the cluster
	Text   string // a short sentence
	From   string // question name before, where it changed
	To     string
}

// Answer is what one DNS server says to one question, and why.
type Answer struct {
	Question Question
	RCode    RCode
	Records  []Record // of the answer section, in order: CNAMEs first
	// Server names who answered: "coredns" or the surroundings' resolver; Block is the Corefile's server block
	// (".:53"), Plugin the plugin that decided.
	Server string
	Block  string
	Plugin string
	Steps  []Step
	// ForwardedTo lists the resolvers of the surroundings that were asked in turn.
	ForwardedTo []*surroundings.Resolver
	// Reason is dns.nxdomain, dns.nodata, dns.servfail, or empty for an answer with records.
	Reason string
	// Why is one sentence on the code: what was looked for and not found.
	Why string
	// Unknown is the fact that is missing, empty where the answer is known. RCode is empty then.
	Unknown string
	// UnknownReason is the trace reason that goes with Unknown: outside.unknown, not-modelled.dns-PLUGIN, rights.KIND.
	UnknownReason string
	// Assumed names the assumption keys that this answer depends on (cluster-domain) and facts taken by default.
	Assumed  []string
	Notes    []string // "may be cached up to 30 s", …
	Evidence []cluster.Evidence

	// Renamed is set where records have another name than the one asked for, since a rewrite is not taken back: dig shows
	// them and musl takes them, glibc finds nothing for its name among them.
	Renamed bool

	failed   bool // a plugin gave up: autopath goes no further then
	upstream Upstream
	from     asker
}

// Addresses are the addresses of the answer's A and AAAA records, in order.
func (a *Answer) Addresses() []netip.Addr {
	var out []netip.Addr
	for _, r := range a.Records {
		if r.Type == "A" || r.Type == "AAAA" {
			if addr, err := netip.ParseAddr(r.Value); err == nil {
				out = append(out, addr)
			}
		}
	}
	return out
}

// Delivery is what became of a query as traffic.
type Delivery string

// The ways a query can end.
const (
	Delivered     Delivery = "delivered"
	TimedOut      Delivery = "timed-out"
	PortRefused   Delivery = "refused"
	CannotDeliver Delivery = "cannot-tell"
)

// Transport runs a query as traffic to one nameserver and says what became of it. It is called once for each nameserver
// and question that the library really sends, in order.
//
// tcp is set where the query goes over TCP: since the client is told to, or because the answer was too long for UDP.
type Transport func(server Nameserver, q Question, tcp bool) Delivery

// Upstream runs a query that CoreDNS forwards as traffic from its pods and says what became of it.
type Upstream func(to Nameserver) Delivery

// Try is one question sent to one nameserver.
type Try struct {
	Candidate Candidate
	Server    Nameserver
	Question  Question
	Delivery  Delivery
	TCP       bool
	Truncated bool    // TCP is the second attempt: the answer was too long for UDP
	Answer    *Answer // nil unless delivered
}

// Lookup is a whole name resolution.
type Lookup struct {
	Name      string
	Types     []string // what was asked for
	Literal   bool     // Name is an address: nothing was looked up
	HostsFile *HostsEntry
	Resolv    Resolv
	Tries     []Try
	// Final is the try that decided, nil if none was made. Addresses are in the order the client tries them.
	Final     *Try
	Addresses []netip.Addr
	// Reason is empty when addresses (or, for other types, records) were found; else dns.nxdomain, dns.nodata,
	// dns.servfail, dns.no-answer (silence or a refusal: see Final.Delivery), dns.no-resolver, or that of the unknown fact.
	Reason  string
	Unknown string // the fact that is missing, then the whole look-up is "cannot tell"
	Assumed []string
}
