package trace

import (
	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/command"
	"github.com/kubestrata/kubestrata/internal/facts"
	"github.com/kubestrata/kubestrata/internal/words"
)

// keyCertificate is whether a client takes the certificate of a server of which no object says which one it shows.
const keyCertificate = "certificate"

// verifies reports whether the client looks at the server's certificate: BusyBox's wget does not (networking/wget.c,
// "TLS certificate validation not implemented").
func (e *engine) verifies() bool {
	return !e.req.Insecure && !(e.req.Program == command.ProgramWget && (e.busyBox() || e.req.BusyBox))
}

// shownCertificate is the handshake with a process of which nothing shows what certificate it has. It comes back with an
// ending where the client is to be taken not to trust it.
func (e *engine) shownCertificate(b *branch, ref cluster.Ref) *ending {
	if !e.verifies() {
		return nil
	}
	e.assumeFlip(keyCertificate, words.Say("fact.certificate", b.dst.Port(), e.req.Host), facts.Default)
	b.certainty = worse(b.certainty, Assumed)
	if !e.distrusts {
		return nil
	}
	return &ending{
		class: TLSError, reason: "tls.name-mismatch", badCert: true, certainty: Assumed, decidedBy: pointer(ref), object: pointer(ref), name: e.req.Host,
	}
}

// distrustFlips asks again with a client that does not trust the certificate.
func (e *engine) distrustFlips(t *Trace) bool {
	other, err := newEngine(e.view, e.ask, e.req, e.from, e.ask.Assume)
	if err != nil {
		return false
	}
	other.distrusts = true
	a := other.alternative(map[string]string{keyCertificate: words.Say("fact.certificate.not-trusted")})
	if a.Verdict.Class == t.Verdict.Class {
		return false
	}
	t.Alternatives = append(t.Alternatives, a)
	return true
}
