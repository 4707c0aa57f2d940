package command

import (
	"fmt"
	"strings"
)

func (r *Request) ncResult(in Outcome) (int, string) {
	proto := strings.ToLower(string(r.Protocol))
	success := fmt.Sprintf("Connection to %s %d port [%s/*] succeeded!", r.Host, r.Port, proto)
	failed := fmt.Sprintf("nc: connect to %s port %d (%s) failed: ", r.Host, r.Port, proto)
	if in.BusyBox {
		success = fmt.Sprintf("%s (%s:%d) open", r.Host, r.addr(in), r.Port)
		failed = fmt.Sprintf("nc: %s (%s:%d): ", r.Host, r.addr(in), r.Port)
	}
	code, text, always := 0, "", false
	switch in.Class {
	case ClassAnswered, ClassHTTPError, ClassReset, ClassTLSError:
		text = success
	case ClassNameNotFound:
		code, text, always = 1, fmt.Sprintf("nc: getaddrinfo for host \"%s\" port %d: Name or service not known", r.Host, r.Port), true
		if in.BusyBox {
			text = fmt.Sprintf("nc: bad address '%s'", r.Host)
		}
	case ClassRefused:
		if r.Protocol == UDP && !r.Nc.Zero {
			return 1, ""
		}
		code, text, always = 1, failed+"Connection refused", in.BusyBox
	case ClassNoAnswer:
		switch {
		case in.Unreachable:
			code, text = 1, failed+"No route to host"
		case r.Protocol == UDP:
			// Without an ICMP error nc takes silence for an open port.
			text = success
		case r.ConnectTimeout > 0:
			code, text = 1, fmt.Sprintf("nc: connect to %s port %d (%s) timed out: Operation now in progress", r.Host, r.Port, proto)
		default:
			code, text = 1, failed+"Connection timed out"
		}
	}
	if !always && (r.Nc == nil || !r.Nc.Verbose) {
		return code, ""
	}
	return code, text
}

func (r *Request) addr(in Outcome) string {
	if in.Addr.IsValid() {
		return in.Addr.String()
	}
	return r.Host
}

func (r *Request) pingResult(in Outcome) (int, string) {
	count := max(r.Count, 1)
	switch in.Class {
	case ClassNameNotFound:
		if in.BusyBox {
			return 1, fmt.Sprintf("ping: bad address '%s'", r.Host)
		}
		return 2, fmt.Sprintf("ping: %s: Name or service not known", r.Host)
	case ClassAnswered:
		return 0, fmt.Sprintf("%d packets transmitted, %d received, 0%% packet loss", count, count)
	case ClassRefused:
		return 1, fmt.Sprintf("From %s icmp_seq=1 Destination Port Unreachable", r.addr(in))
	}
	if in.Unreachable {
		return 1, "icmp_seq=1 Destination Host Unreachable"
	}
	return 1, fmt.Sprintf("%d packets transmitted, 0 received, 100%% packet loss", count)
}

// lookupResult is what the three programs print that only ask DNS. NODATA is an answer to dig and host, and nslookup
// exits with 0 on it, too.
func (r *Request) lookupResult(in Outcome) (int, string) {
	name := r.Host
	if r.Question != nil {
		name = r.Question.Name
	}
	if in.Class == ClassAnswered {
		return 0, ""
	}
	code, silence := 1, ";; connection timed out; no servers could be reached"
	if r.Program == ProgramDig {
		code = 9
		silence = ";; no servers could be reached"
	}
	if in.Class != ClassNameNotFound || in.RCode == "" {
		return code, silence
	}
	number := map[string]string{"SERVFAIL": "2", "NXDOMAIN": "3", "REFUSED": "5"}[in.RCode]
	switch r.Program {
	case ProgramDig:
		return 0, ""
	case ProgramHost:
		if in.RCode == "NODATA" {
			return 0, fmt.Sprintf("%s has no %s record", name, r.Question.Type)
		}
		return 1, fmt.Sprintf("Host %s not found: %s(%s)", name, number, in.RCode)
	}
	if in.RCode == "NODATA" {
		return 0, fmt.Sprintf("*** Can't find %s: No answer", name)
	}
	return 1, fmt.Sprintf("** server can't find %s: %s", name, in.RCode)
}
