package command

import "net/netip"

// Class is how a request ended, in the words of the trace contract.
type Class string

// The classes that a client can tell about.
const (
	ClassAnswered     Class = "answered"
	ClassHTTPError    Class = "http-error"
	ClassNameNotFound Class = "name-not-found"
	ClassRefused      Class = "refused"
	ClassNoAnswer     Class = "no-answer"
	ClassReset        Class = "reset"
	ClassTLSError     Class = "tls-error"
	ClassLeftTheMap   Class = "left-the-map"
	ClassCannotTell   Class = "cannot-tell"
)

// Outcome is how a request ended, as far as the client program can see it.
type Outcome struct {
	Class       Class
	HTTPStatus  int        // 0 where none is known
	Addr        netip.Addr // the address the last attempt went to, invalid if none
	RCode       string     // of name-not-found: NXDOMAIN, NODATA, SERVFAIL, REFUSED, or "" where no reply came at all
	Unreachable bool       // of no-answer: a late "no route to host" instead of silence
	BadCert     bool       // of tls-error: verification failed, rather than the handshake
	Quick       bool       // of name-not-found without RCode: the query was refused, so that nobody waits
	Wait        float64    // of name-not-found without RCode: seconds until the client's library gives up, 0 where not known
	Closed      bool       // of reset: closed without an answer (empty reply), rather than a RST
	// TooManyRedirects says that the client was redirected once more than the Redirects that it follows.
	TooManyRedirects bool
	Redirects        int
	Kubectl          string // what kubectl says if it gives up before it forwards, without its "error: "
	BusyBox          bool   // the client is BusyBox's; Request.BusyBox counts too
}

// NoExitCode is the exit code of a client of which cannot be told how its request ends. No program exits with it.
const NoExitCode = -1
