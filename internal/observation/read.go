package observation

import (
	"errors"
	"regexp"
	"strconv"
	"strings"

	"github.com/kubestrata/kubestrata/internal/trace"
)

// Observation is what a client really met.
type Observation struct {
	Class  trace.Class `json:"class"`  // never mixed, cannot-tell or left-the-map: a client sees one thing
	Status int         `json:"status"` // the HTTP status that was shown, 0 where none was
	Why    string      `json:"why"`    // the line that says so
}

// ErrUnreadable says that a text shows no end of a request.
var ErrUnreadable = errors.New("this is not the output of a finished request: paste all that the client printed, its last line included")

// MaxText is the longest text that is read, in bytes.
const MaxText = 256 << 10

// A sign is a line that tells how a request ended. Signs are tried in order, over all lines: what a program says of its
// failure comes before what it said on the way.
type sign struct {
	line   *regexp.Regexp
	class  trace.Class
	status bool // the first group is the HTTP status
}

func on(class trace.Class, pattern string) sign {
	return sign{line: regexp.MustCompile(`(?i)` + pattern), class: class}
}

func withStatus(class trace.Class, pattern string) sign {
	out := on(class, pattern)
	out.status = true
	return out
}

// The words are those of curl 7.x and 8.x, of wget (GNU and BusyBox), of nc (OpenBSD, Ncat, BusyBox), of ping, nslookup,
// dig and host. curl's number in brackets is its exit code (curl(1), EXIT CODES).
var signs = []sign{
	// Words inside curl's own message come first: its number 7 and 28 stand for more than one thing.
	on(trace.NameNotFound, `curl: \(28\) (resolving timed out|name lookup timed out)`),
	on(trace.NameNotFound, `curl: \(6\)`),
	on(trace.Refused, `(connect to|failed to connect).*connection refused|curl: \(7\).*connection refused`),
	on(trace.NoAnswer, `(connect to|curl: \(7\)).*(no route to host|host is unreachable|network is unreachable|host is down)`),
	on(trace.NoAnswer, `curl: \(28\)`),
	on(trace.Reset, `curl: \((52|56|55)\)`),
	on(trace.TLSError, `curl: \((35|51|53|54|58|59|60|64|66|77|80|82|83|90|91)\)`),
	withStatus(trace.HTTPError, `curl: \(22\) the requested url returned error: (\d{3})`),
	// nslookup, dig, host.
	on(trace.NameNotFound, `server can't find|can't find .*: no answer|nxdomain|servfail|no servers could be reached|connection timed out; no servers|not found: \d\(`),
	on(trace.NameNotFound, `bad address|unable to resolve host address|could not resolve host|name or service not known|temporary failure in name resolution|nodename nor servname|name does not resolve`),
	// wget and nc.
	withStatus(trace.HTTPError, `server returned error: HTTP/[\d.]+ ([45]\d\d)`),
	withStatus(trace.HTTPError, `\bERROR ([45]\d\d)[:\s]`),
	on(trace.Refused, `connection refused|destination port unreachable|port unreachable`),
	on(trace.NoAnswer, `no route to host|host is unreachable|network is unreachable|destination host unreachable|destination net unreachable`),
	on(trace.NoAnswer, `timed out|timeout|100% packet loss`),
	on(trace.Reset, `connection reset by peer|empty reply|server closed the connection`),
	on(trace.TLSError, `ssl_error|handshake failure|wrong version number|certificate (verify|verification) failed|self[- ]signed certificate|unable to locally verify|http request to an https server`),
	withStatus(trace.HTTPError, `^\s*(?:< )?HTTP/[\d.]+ ([45]\d\d)\b`),
	withStatus(trace.HTTPError, `awaiting response\.\.\. ([45]\d\d)\b`),
	withStatus(trace.Answered, `^\s*(?:< )?HTTP/[\d.]+ ([23]\d\d)\b`),
	withStatus(trace.Answered, `awaiting response\.\.\. ([23]\d\d)\b`),
	on(trace.Answered, `\bsucceeded!|\bopen$|: connected to|bytes from |remote file exists|[1-9]\d* (packets )?received, 0% packet loss`),
	on(trace.Answered, `^name:\s|status: noerror.*|has address |\bin (a|aaaa|srv|ptr|cname)\s`),
	// Pages that say what they are: a client without -v or -f shows nothing else.
	withStatus(trace.HTTPError, `<title>\s*([45]\d\d)\b`),
	withStatus(trace.HTTPError, `<h1>\s*([45]\d\d)\b`),
	withStatus(trace.HTTPError, `^\s*default backend - (404)`),
	withStatus(trace.HTTPError, `^\s*(404) page not found\s*$`),
	withStatus(trace.HTTPError, `^\s*(?:HTTP )?([45]\d\d):? [A-Z][a-z]+( [A-Z][a-z]+)*\s*$`),
}

// curlTook is curl's general word for a connection that failed: only the time tells a refusal, which is at once, from
// neighbours that do not answer, for which the kernel asks three times, a second apart.
var (
	curlTook   = regexp.MustCompile(`(?i)curl: \(7\).* after (\d+) ms`)
	curlFailed = regexp.MustCompile(`(?i)curl: \(7\)`)
	exitCode   = regexp.MustCompile(`(?i)(?:command terminated with exit code|exit code:?|exit status|\$\?=?) ?(\d{1,3})\s*$`)
	dnsNoData  = regexp.MustCompile(`(?i)ANSWER: 0\b`)
)

const unreachingMS = 900

// Read finds out what happened from what a client printed; program is the client ("curl"), "" where unknown. The error
// is ErrUnreadable.
func Read(program, text string) (Observation, error) {
	if len(text) > MaxText {
		text = text[len(text)-MaxText:]
	}
	var lines []string
	for l := range strings.Lines(strings.ReplaceAll(text, "\r", "")) {
		if l = strings.TrimSpace(l); l != "" {
			lines = append(lines, l)
		}
	}
	if o, ok := bySign(lines); ok {
		return o, nil
	}
	for _, l := range lines {
		if curlFailed.MatchString(l) {
			class := trace.Refused
			if m := curlTook.FindStringSubmatch(l); m != nil {
				if ms, err := strconv.Atoi(m[1]); err == nil && ms >= unreachingMS {
					class = trace.NoAnswer
				}
			}
			return Observation{Class: class, Why: l}, nil
		}
	}
	if o, ok := byExitCode(program, lines); ok {
		return o, nil
	}
	if len(lines) > 0 && (program == "curl" || program == "wget") {
		return Observation{Class: trace.Answered, Why: lines[0]}, nil // the body, and nothing else
	}
	return Observation{}, ErrUnreadable
}

func bySign(lines []string) (Observation, bool) {
	for _, sign := range signs {
		for i := len(lines) - 1; i >= 0; i-- { // the last word counts: redirects and retries come before it
			m := sign.line.FindStringSubmatch(lines[i])
			if m == nil {
				continue
			}
			o := Observation{Class: sign.class, Why: lines[i]}
			if sign.status {
				o.Status, _ = strconv.Atoi(m[1])
			}
			if o.Class == trace.Answered && o.Status == 0 && noData(lines) {
				o.Class = trace.NameNotFound
			}
			return o, true
		}
	}
	return Observation{}, false
}

// noData is dig's way to show a name that exists and has no record of the type.
func noData(lines []string) bool {
	for _, l := range lines {
		if dnsNoData.MatchString(l) {
			return true
		}
	}
	return false
}

var curlCodes = map[int]trace.Class{
	6: trace.NameNotFound, 7: trace.Refused, 22: trace.HTTPError, 28: trace.NoAnswer, 35: trace.TLSError, 51: trace.TLSError,
	52: trace.Reset, 56: trace.Reset, 60: trace.TLSError, 0: trace.Answered,
}

func byExitCode(program string, lines []string) (Observation, bool) {
	for _, l := range lines {
		m := exitCode.FindStringSubmatch(l)
		if m == nil {
			continue
		}
		code, _ := strconv.Atoi(m[1])
		if class, ok := curlCodes[code]; ok && (program == "curl" || code == 0) {
			return Observation{Class: class, Why: l}, true
		}
	}
	return Observation{}, false
}
