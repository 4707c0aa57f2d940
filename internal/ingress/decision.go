package ingress

import (
	"net/netip"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// Request is what arrives at the controller.
type Request struct {
	Scheme  string // http or https, as the client speaks it
	Host    string // the Host header, port included if the client sent one
	Path    string // without the query string; empty means /
	Query   string // without "?", only carried along
	Port    int32  // the port the client dialled, for redirects
	At      int32  // the port of the controller's pod that it came in by, 0 if that is not known
	Method  string
	Headers map[string]string
	User    string // of HTTP basic authentication, empty if the client sends none
	SNI     string // empty without TLS, or when dialled by address
	Client  netip.Addr
	// Otherwise is one of Choices, to have it the other way; empty for the API's contract.
	Otherwise string
	// BodySize is in bytes, negative where it is not known.
	BodySize int
}

// Action is what the controller does.
type Action string

// The actions.
const (
	Forward  Action = "forward"  // opens a second connection to one of Endpoints
	Redirect Action = "redirect" // answers 3xx with Location
	Respond  Action = "respond"  // answers Status itself
)

// The certainties, as in a trace.
const (
	Certain = "certain"
	Assumed = "assumed"
	Unknown = "unknown"
)

// Decision is what the controller does with a request, and every rule that was considered.
type Decision struct {
	Action   Action
	Reason   string // l7.* or tls.*; empty for Forward
	Status   int    // of Redirect and Respond
	Because  string // of Respond, where an annotation makes the controller answer by itself: a clause that names it
	Location string
	Author   cluster.Ref // who wrote Status: the controller

	Rows    []Row        // every rule row of every ingress, the winner first, then in the order they were considered
	Ingress *cluster.Ref // the winner, nil if the controller's own default answers
	Rule    int          // index into spec.rules of Ingress, -1 for its defaultBackend
	Path    int          // index into the rule's paths, -1 for a default backend

	Backend          *Backend
	UpstreamScheme   string // http, https, grpc …
	UpstreamHost     string // the Host header of the second connection
	UpstreamPath     string
	UpstreamHeaders  []Header // headers that the controller sets or adds
	Endpoints        []Endpoint
	NodePort         int32 // of a load balancer outside that sends to this port of the nodes, not to Endpoints
	ThroughClusterIP bool  // the second connection goes to the Service's address (service-upstream, nativeLB), not to Endpoints

	TLS         *TLS // nil for plain HTTP
	Certainty   string
	Assumptions []Assumption
	OrElse      []Decision // what may as well happen, where the controller has no stable winner
	Unreadable  cluster.Kind
	Evidence    []cluster.Evidence
}

// Row is one host and path of one Ingress, and how it fared.
type Row struct {
	Ingress  cluster.Ref
	Rule     int // -1 for the default backend
	PathAt   int // -1 for the default backend
	Host     string
	Path     string
	PathType string
	Backend  string // "web:80", "web:http", "StorageBucket/static"
	Won      bool
	Foreign  bool   // it would have matched, had its class been this controller's
	Why      string // in two words: host differs, path differs, shorter path, less exact, class differs, older wins …
}

// Backend is the service port that the winning rule names.
type Backend struct {
	Service  cluster.Ref
	Port     int32  // spec.ports[].port, 0 if it is unknown
	PortName string // spec.ports[].name
	Text     string // as the rule has it: "web:80"
	Exists   bool   // the Service exists
	HasPort  bool   // and has the port
	Resource *cluster.Ref
}

// Endpoint is a place the second connection may go to, with its share of the requests.
type Endpoint struct {
	Addr    netip.AddrPort
	Host    string      // of an ExternalName backend; Addr is invalid then
	Service cluster.Ref // the backend, or a canary's
	Pod     *cluster.Pod
	Node    string
	Share   float64
}

// Header is one header of the second connection.
type Header struct{ Name, Value string }

// TLS is what the client gets to see of certificates. Secrets are never read: a named one is taken to hold a valid
// certificate for its hosts, which Assumptions says.
type TLS struct {
	Secret  *cluster.Ref // nil: the controller's default certificate
	Host    string       // the tls host that covers the request
	Default bool         // the controller's own, which no client trusts
	Closed  bool         // there is none: the connection ends in the handshake, whatever the client trusts
	Reason  string       // tls.no-certificate or tls.name-mismatch where a verifying client would turn away
}

// Assumption is a fact that the objects do not show.
type Assumption struct {
	Key    string // an --assume key, or assumption.WHAT
	Value  string
	Source string // detected or default
	Why    string
	Flips  bool // another plausible value would change what happens
}
