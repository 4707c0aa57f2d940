package command

import (
	"net/netip"
	"testing"
)

func TestWhatTheClientPrints(t *testing.T) {
	addr := netip.MustParseAddr("10.96.7.7")
	rows := []struct {
		name, line string
		in         Outcome
		code       int
		message    string
	}{
		{"curl, answered", "curl web", Outcome{Class: ClassAnswered}, 0, ""},
		{"curl, no such name", "curl web", Outcome{Class: ClassNameNotFound, RCode: "NXDOMAIN"}, 6, "curl: (6) Could not resolve host: web"},
		{"curl, DNS silent", "curl web", Outcome{Class: ClassNameNotFound}, 6, "curl: (6) Could not resolve host: web"},
		{"curl, DNS silent and a limit", "curl -m 3 web", Outcome{Class: ClassNameNotFound}, 28, "curl: (28) Resolving timed out after 3001 milliseconds"},
		{"curl, refused", "curl web:81", Outcome{Class: ClassRefused}, 7, "curl: (7) Failed to connect to web port 81 after 0 ms: Couldn't connect to server"},
		{"curl, silence with a limit", "curl -m 9 --connect-timeout 2 web", Outcome{Class: ClassNoAnswer}, 28, "curl: (28) Connection timed out after 2001 milliseconds"},
		{"curl, silence", "curl web", Outcome{Class: ClassNoAnswer}, 28, "curl: (28) Failed to connect to web port 80: Connection timed out"},
		{"curl, no route", "curl web", Outcome{Class: ClassNoAnswer, Unreachable: true}, 7, "curl: (7) Failed to connect to web port 80: No route to host"},
		{"curl, 404", "curl web", Outcome{Class: ClassHTTPError, HTTPStatus: 404}, 0, ""},
		{"curl -f, 404", "curl -f web", Outcome{Class: ClassHTTPError, HTTPStatus: 404}, 22, "curl: (22) The requested URL returned error: 404"},
		{"curl -s says nothing", "curl -s web", Outcome{Class: ClassRefused}, 7, ""},
		{"curl -sS does", "curl -sS web", Outcome{Class: ClassReset, Closed: true}, 52, "curl: (52) Empty reply from server"},
		{"curl, certificate", "curl https://web", Outcome{Class: ClassTLSError, BadCert: true}, 60, "curl: (60) SSL certificate problem: the certificate does not fit the host or its issuer is not trusted"},
		{"wget, refused", "wget web", Outcome{Class: ClassRefused, Addr: addr}, 4, "Connecting to web (web)|10.96.7.7|:80... failed: Connection refused."},
		{"wget, 503", "wget web", Outcome{Class: ClassHTTPError, HTTPStatus: 503}, 8, "ERROR 503: Service Unavailable."},
		{"BusyBox wget, refused", "wget web", Outcome{Class: ClassRefused, Addr: addr, BusyBox: true}, 1, "wget: can't connect to remote host (10.96.7.7): Connection refused"},
		{"BusyBox wget, silence with a limit", "wget -T 1 web", Outcome{Class: ClassNoAnswer, BusyBox: true}, 1, "wget: download timed out"},
		{"BusyBox wget, no such name", "busybox wget web", Outcome{Class: ClassNameNotFound, RCode: "NXDOMAIN"}, 1, "wget: bad address 'web'"},
		{"nc, open", "nc 127.0.0.1 8080 -vw2", Outcome{Class: ClassAnswered}, 0, "Connection to 127.0.0.1 8080 port [tcp/*] succeeded!"},
		{"nc, refused", "nc -vz web 81", Outcome{Class: ClassRefused}, 1, "nc: connect to web port 81 (tcp) failed: Connection refused"},
		{"nc without -v says nothing", "nc -z web 81", Outcome{Class: ClassRefused}, 1, ""},
		{"nc takes UDP silence for success", "nc -zvu web 81", Outcome{Class: ClassNoAnswer}, 0, "Connection to web 81 port [udp/*] succeeded!"},
		{"ping, no such name", "ping web", Outcome{Class: ClassNameNotFound, RCode: "NXDOMAIN"}, 2, "ping: web: Name or service not known"},
		{"ping, silence", "ping -c 3 web", Outcome{Class: ClassNoAnswer}, 1, "3 packets transmitted, 0 received, 100% packet loss"},
		{"nslookup, no such name", "nslookup web", Outcome{Class: ClassNameNotFound, RCode: "NXDOMAIN"}, 1, "** server can't find web: NXDOMAIN"},
		{"nslookup, silence", "nslookup web", Outcome{Class: ClassNameNotFound}, 1, ";; connection timed out; no servers could be reached"},
		{"dig, no such name is an answer", "dig web", Outcome{Class: ClassNameNotFound, RCode: "NXDOMAIN"}, 0, ""},
		{"dig, silence", "dig web", Outcome{Class: ClassNameNotFound}, 9, ";; no servers could be reached"},
		{"host, no such name", "host web", Outcome{Class: ClassNameNotFound, RCode: "NXDOMAIN"}, 1, "Host web not found: 3(NXDOMAIN)"},
		{"who cannot tell prints nothing and exits with nothing", "curl web", Outcome{Class: ClassCannotTell}, NoExitCode, ""},
		{"nor does who leaves the map", "dig @8.8.8.8 web", Outcome{Class: ClassLeftTheMap}, NoExitCode, ""},
		{"curl, DNS refused at once, whatever the limit", "curl -m 3 web", Outcome{Class: ClassNameNotFound, Quick: true}, 6, "curl: (6) Could not resolve host: web"},
		{"curl, a limit shorter than the library's patience", "curl -m 15 web", Outcome{Class: ClassNameNotFound, Wait: 20}, 28, "curl: (28) Resolving timed out after 15001 milliseconds"},
		{"curl, a limit longer than that", "curl -m 25 web", Outcome{Class: ClassNameNotFound, Wait: 20}, 6, "curl: (6) Could not resolve host: web"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			r, err := Parse([]string{row.line})
			if err != nil {
				t.Fatal(err)
			}
			code, message := r.ClientResult(row.in)
			if code != row.code || message != row.message {
				t.Errorf("got %d %q\nwant %d %q", code, message, row.code, row.message)
			}
		})
	}
}
