package gateway

import (
	"net/netip"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// Header is one header of a request, in the order of the line.
type Header struct{ Name, Value string }

// Request is what arrives at a gateway's proxy.
type Request struct {
	TLS     bool   // the client opens the connection with TLS
	SNI     string // empty without TLS, or when dialled by address
	Host    string // the Host header, port included if the client sent one
	Path    string // without the query string; empty means /
	Query   string // without "?"
	Method  string
	Headers []Header
	Curl    bool // the client is curl
	Body    bool // it sends data
	User    bool // it sends credentials (-u), which are never kept

	Otherwise string // one of Choices that is to be taken the other way
}

// Choices are the assumptions that Decide can take the other way: what implementations do against or beside the
// specification.
var Choices = []string{keyIsolation, keyLessSpecific, keyRouteKinds, keyGRPC, keyMisdirected, keyRouteAge}

const (
	keyIsolation    = "listener-isolation"
	keyLessSpecific = "less-specific-host"
	keyRouteKinds   = "route-kinds"
	keyGRPC         = "grpc-content-type"
	keyMisdirected  = "misdirected-request"
	keyRouteAge     = "route-age"
)

// Action is what the proxy does.
type Action string

// The actions.
const (
	Forward  Action = "forward"  // opens a second connection, one of Shares
	Redirect Action = "redirect" // answers 3xx with Location
	Respond  Action = "respond"  // answers Status itself
	Closed   Action = "closed"   // does not listen on the port
	Abort    Action = "abort"    // closes the connection: no TLS session comes about
	Unknown  Action = "unknown"  // NotModelled or Unreadable says why it cannot be told
)

// Decision is what a gateway does with a request, and every match that was considered.
type Decision struct {
	Action   Action
	Reason   string // of TRACE.md: l7.*, tls.*, pod.port-closed; empty for Forward
	Status   int    // of Redirect and Respond
	Location string
	Why      string // one clause: what was wrong, for the sentence
	Unheard  bool   // no listener has the hostname

	Gateway  cluster.Ref // whose listener took the connection; the first carried one where none did
	Listener string      // its name
	Route    *cluster.Ref
	Object   *cluster.Ref // what Why speaks of, where that is neither the gateway nor the route
	Rule     int          // index into the route's rules, -1 without
	Match    int          // index into the rule's matches, -1 for the match that an empty list stands for

	Shares   []Share // of Forward: they add up to 1
	Retries  bool    // another endpoint is asked where one refuses or stays silent
	Upstream int     // the status that a refused second connection gives
	Rows     []Row   // the winner first
	Compared []Comparison
	Notes    []Note // disagreements between the conditions and the objects, filters that change nothing here

	Assumptions []Assumption
	Unreadable  cluster.Kind
	NotModelled string // WHAT of not-modelled.WHAT
	Evidence    []cluster.Evidence
}

// Share is one of the ways that a rule's requests go.
type Share struct {
	Part    float64
	Backend Backend
	Status  int    // of a backend that cannot be used: the proxy answers itself
	Reason  string // and its reason
	Why     string

	NotModelled string
	Unreadable  cluster.Kind

	Endpoints []Endpoint
	Host      string // the Host header of the second connection
	Path      string // its path, query included
	Changes   []HeaderChange
}

// Backend is what a backendRef names.
type Backend struct {
	Ref  cluster.Ref
	Port int32
	Text string // "service shop/cart:80"
}

// Endpoint is a place the second connection may go to, with its part of the share.
type Endpoint struct {
	Addr netip.AddrPort
	Pod  *cluster.Pod
	Node string
	Part float64
}

// HeaderChange is what a filter does to one header of the request.
type HeaderChange struct {
	Op    string // set, add, remove
	Name  string
	Value string
}

// Row is one match of one route, or a whole route that did not get so far, and how it fared.
type Row struct {
	Route cluster.Ref
	Text  string // "shop.test PathPrefix /cart"
	Won   bool
	Why   string // in a few words: host differs, path differs, less specific host, NotAllowedByListeners …
}

// Comparison is one value that was wanted and the one that was there.
type Comparison struct {
	What, Wanted, Got string
	Holds             bool
}

// Note is something worth saying about an object that did not decide.
type Note struct {
	Object cluster.Ref
	Why    string
}

// Assumption is a fact that the objects do not show.
type Assumption struct {
	Key    string
	Value  string
	Source string // detected or default
	Flips  bool   // another plausible value would change what happens
}
