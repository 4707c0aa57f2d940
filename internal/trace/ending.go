package trace

import (
	"net/netip"
	"strings"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// ending is how a connection ends, with the data from which the catalogue makes its sentence.
type ending struct {
	class     Class
	reason    string
	status    int  // of HTTP, 0 where none is known
	redirects *int // the limit at which the client gave up following, nil where it did not
	body      string
	decidedBy *cluster.Ref
	certainty Certainty
	try       []Try

	// what the sentence needs
	addr        netip.AddrPort
	protocol    string
	gateway     *cluster.Ref // the gateway whose proxy decided, nil elsewhere
	object      *cluster.Ref // the service, policy, pod … that the sentence names
	on          *cluster.Ref // whom the object acts on: the guarded pod, the node
	name        string       // a DNS name, a host, a reason's WHAT
	why         string       // one clause with values
	unheard     bool         // at a gateway: no listener has the hostname
	wanted, got string
	direction   string

	says        string // the whole sentence, where no reason has one for it
	kubectl     string // what kubectl port-forward says as it gives up
	rcode       string
	refused     bool // the DNS query was refused, so that nobody waits for a reply
	wait        int  // seconds until the client gives up, where its library decides that; 0 elsewhere
	unreachable bool
	closed      bool
	badCert     bool
}

// end stops a branch.
func (b branch) stop(end ending) []branch {
	end.reason = rightsByKind(end.reason)
	if end.class == "" {
		end.class = classOf(end.reason)
	}
	if end.certainty == "" {
		end.certainty = Certain
	}
	if !end.addr.IsValid() {
		end.addr = b.dst
	}
	b.certainty = worse(b.certainty, end.certainty)
	b.end = &end
	return []branch{b}
}

// rightsByKind writes a missing right as the contract does, rights.KIND: mechanisms may name the resource instead.
func rightsByKind(reason string) string {
	what, ok := strings.CutPrefix(reason, "rights.")
	if !ok {
		return reason
	}
	for _, r := range cluster.Resources {
		if r.Plural == what {
			return "rights." + string(r.Kind)
		}
	}
	return reason
}

func refOf(kind cluster.Kind, namespace, name string) *cluster.Ref {
	return &cluster.Ref{Kind: kind, Namespace: namespace, Name: name}
}

func pointer(r cluster.Ref) *cluster.Ref { return &r }
