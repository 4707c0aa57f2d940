package command

import (
	"cmp"
	"fmt"
	"strings"
)

// ClientResult says with which status the client program exits and the last line it prints about it (to stderr where it
// has one; empty where it prints nothing but the answer). Exit codes: curl's manual (6, 7, 22, 28, 35, 52, 56, 60), GNU
// wget's (1, 4, 5, 8), 1 for BusyBox, nc and host, 1 and 2 for ping, dig's (0 and 9); NoExitCode where the end is not known.
func (r *Request) ClientResult(in Outcome) (exitCode int, message string) {
	in.BusyBox = in.BusyBox || r.BusyBox
	if in.Class == ClassCannotTell || in.Class == ClassLeftTheMap {
		return NoExitCode, ""
	}
	switch r.Program {
	case ProgramCurl:
		return r.curlResult(in)
	case ProgramWget:
		if in.BusyBox {
			return r.busyboxWget(in)
		}
		return r.gnuWget(in)
	case ProgramNc:
		return r.ncResult(in)
	case ProgramPing:
		return r.pingResult(in)
	case ProgramNslookup, ProgramDig, ProgramHost:
		return r.lookupResult(in)
	case ProgramPortForward:
		if in.Class == ClassAnswered {
			return 0, ""
		}
		return 1, "error: " + cmp.Or(in.Kubectl, "lost connection to pod")
	}
	return 0, ""
}

// resolverPatience is how long, in seconds, glibc asks one silent nameserver for one name: two attempts of five seconds.
const resolverPatience = 10

func (r *Request) curlResult(in Outcome) (int, string) {
	code, text := 0, ""
	switch in.Class {
	case ClassNameNotFound:
		code, text = 6, "Could not resolve host: "+r.Host
		patience := in.Wait
		if patience == 0 {
			patience = resolverPatience
		}
		if limit := r.limit(); in.RCode == "" && !in.Quick && limit > 0 && limit < patience {
			code, text = 28, fmt.Sprintf("Resolving timed out after %d milliseconds", milliseconds(limit))
		}
	case ClassRefused:
		code, text = 7, fmt.Sprintf("Failed to connect to %s port %d after 0 ms: Couldn't connect to server", r.Host, r.Port)
	case ClassNoAnswer:
		if in.Unreachable {
			code, text = 7, fmt.Sprintf("Failed to connect to %s port %d: No route to host", r.Host, r.Port)
			break
		}
		code, text = 28, fmt.Sprintf("Failed to connect to %s port %d: Connection timed out", r.Host, r.Port)
		if limit := r.limit(); limit > 0 {
			text = fmt.Sprintf("Connection timed out after %d milliseconds", milliseconds(limit))
		}
	case ClassReset:
		code, text = 56, "Recv failure: Connection reset by peer"
		if in.Closed {
			code, text = 52, "Empty reply from server"
		}
	case ClassTLSError:
		code, text = 35, "TLS connect error"
		if in.BadCert {
			code, text = 60, "SSL certificate problem: the certificate does not fit the host or its issuer is not trusted"
		}
	case ClassHTTPError:
		if r.FailOnError {
			code, text = 22, fmt.Sprintf("The requested URL returned error: %d", in.HTTPStatus)
		}
	}
	if in.TooManyRedirects {
		code, text = 47, fmt.Sprintf("Maximum (%d) redirects followed", in.Redirects)
	}
	if code == 0 || r.Silent && !r.ShowError {
		return code, ""
	}
	return code, fmt.Sprintf("curl: (%d) %s", code, text)
}

// limit is the shortest time limit of the line, in seconds; 0 without one.
func (r *Request) limit() float64 {
	switch {
	case r.ConnectTimeout == 0:
		return r.MaxTime
	case r.MaxTime == 0:
		return r.ConnectTimeout
	}
	return min(r.MaxTime, r.ConnectTimeout)
}

// milliseconds of a limit, and one more: what curl says when a limit has just passed.
func milliseconds(s float64) int64 { return int64(s*1000) + 1 }

func (r *Request) gnuWget(in Outcome) (int, string) {
	connecting := fmt.Sprintf("Connecting to %s:%d... failed: ", r.Host, r.Port)
	if in.Addr.IsValid() && in.Addr.String() != r.Host {
		connecting = fmt.Sprintf("Connecting to %s (%s)|%s|:%d... failed: ", r.Host, r.Host, in.Addr, r.Port)
	}
	code, text := 0, ""
	switch in.Class {
	case ClassNameNotFound:
		code, text = 4, fmt.Sprintf("wget: unable to resolve host address ‘%s’", r.Host)
	case ClassRefused:
		code, text = 4, connecting+"Connection refused."
	case ClassNoAnswer:
		code, text = 4, connecting+"Connection timed out."
		if in.Unreachable {
			text = connecting + "No route to host."
		}
	case ClassReset:
		code, text = 4, "HTTP request sent, awaiting response... Read error (Connection reset by peer) in headers."
		if in.Closed {
			text = "HTTP request sent, awaiting response... No data received."
		}
	case ClassTLSError:
		code, text = 5, "Unable to establish SSL connection."
	case ClassHTTPError:
		code, text = 8, fmt.Sprintf("ERROR %d: %s.", in.HTTPStatus, statusText(in.HTTPStatus))
	}
	if in.TooManyRedirects {
		code, text = 8, fmt.Sprintf("%d redirections exceeded.", in.Redirects)
	}
	if r.Silent {
		text = ""
	}
	return code, text
}

func (r *Request) busyboxWget(in Outcome) (int, string) {
	host := r.Host
	if in.Addr.IsValid() {
		host = in.Addr.String()
	}
	if in.TooManyRedirects {
		return 1, "wget: too many redirections"
	}
	switch in.Class {
	case ClassNameNotFound:
		return 1, fmt.Sprintf("wget: bad address '%s'", r.Host)
	case ClassRefused:
		return 1, fmt.Sprintf("wget: can't connect to remote host (%s): Connection refused", host)
	case ClassNoAnswer:
		switch {
		case in.Unreachable:
			return 1, fmt.Sprintf("wget: can't connect to remote host (%s): No route to host", host)
		case r.ConnectTimeout > 0:
			return 1, "wget: download timed out"
		}
		return 1, fmt.Sprintf("wget: can't connect to remote host (%s): Connection timed out", host)
	case ClassReset:
		return 1, "wget: error getting response: Connection reset by peer"
	case ClassTLSError:
		return 1, "wget: TLS error"
	case ClassHTTPError:
		return 1, strings.TrimSpace(fmt.Sprintf("wget: server returned error: HTTP/1.1 %d %s", in.HTTPStatus, statusText(in.HTTPStatus)))
	}
	return 0, ""
}

// statusText are the phrases of the HTTP errors that proxies and applications answer with (RFC 9110, section 15).
func statusText(status int) string {
	return map[int]string{
		400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
		408: "Request Timeout", 413: "Content Too Large", 421: "Misdirected Request", 429: "Too Many Requests",
		500: "Internal Server Error", 501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout",
	}[status]
}
