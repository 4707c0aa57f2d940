package observation

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubestrata/kubestrata/internal/trace"
)

func TestWhatClientsPrint(t *testing.T) {
	for _, test := range []struct {
		name, program, text string
		class               trace.Class
		status              int
	}{
		{"curl shows a body only", "curl", "<h1>Welcome</h1>\n", trace.Answered, 0},
		{"curl -v shows the status", "curl", "* Connected to web (10.96.7.7) port 80\n> GET / HTTP/1.1\n< HTTP/1.1 200 OK\n< Server: nginx\nhello\n", trace.Answered, 200},
		{"curl -v shows an error's status", "curl", "< HTTP/1.1 503 Service Temporarily Unavailable\n<html>", trace.HTTPError, 503},
		{"a redirect that was followed: the last status counts", "curl", "< HTTP/1.1 308 Permanent Redirect\n< HTTP/1.1 404 Not Found\n", trace.HTTPError, 404},
		{"the page of an ingress controller without -v", "curl", "<html>\n<head><title>404 Not Found</title></head>\n", trace.HTTPError, 404},
		{"Traefik's line", "curl", "404 page not found\n", trace.HTTPError, 404},
		{"a page that talks about another number is a page", "curl", "There are 404 rooms in this hotel\n", trace.Answered, 0},
		{"an unknown name", "curl", "curl: (6) Could not resolve host: web.shop\ncommand terminated with exit code 6\n", trace.NameNotFound, 0},
		{"a resolver that is silent is a name that is not found", "curl", "curl: (28) Resolving timed out after 5000 milliseconds\n", trace.NameNotFound, 0},
		{"silence", "curl", "curl: (28) Connection timed out after 10001 milliseconds\n", trace.NoAnswer, 0},
		{"refused, in the words of curl 7", "curl", "curl: (7) Failed to connect to web port 80: Connection refused\n", trace.Refused, 0},
		{"refused, in the general words of curl 8, at once", "curl", "curl: (7) Failed to connect to web port 80 after 0 ms: Could not connect to server\n", trace.Refused, 0},
		{"the general words after three seconds: a neighbour that does not answer", "curl", "curl: (7) Failed to connect to 10.1.2.3 port 80 after 3062 ms: Couldn't connect to server\n", trace.NoAnswer, 0},
		{"-v tells which", "curl", "* connect to 10.1.2.3 port 80 from 10.1.2.1 port 4 failed: No route to host\n* Failed to connect\ncurl: (7) Failed to connect to 10.1.2.3 port 80 after 12 ms: Could not connect to server\n", trace.NoAnswer, 0},
		{"-f", "curl", "curl: (22) The requested URL returned error: 502\n", trace.HTTPError, 502},
		{"an empty reply", "curl", "curl: (52) Empty reply from server\n", trace.Reset, 0},
		{"a certificate", "curl", "curl: (60) SSL certificate problem: self-signed certificate\n", trace.TLSError, 0},
		{"plain text where TLS was asked for", "curl", "curl: (35) error:0A00010B:SSL routines::wrong version number\n", trace.TLSError, 0},
		{"only kubectl's word is left", "curl", "command terminated with exit code 7\n", trace.Refused, 0},
		{"BusyBox wget, name", "wget", "wget: bad address 'web.shop'\n", trace.NameNotFound, 0},
		{"BusyBox wget, refused", "wget", "Connecting to web (10.96.7.7:80)\nwget: can't connect to remote host (10.96.7.7): Connection refused\n", trace.Refused, 0},
		{"BusyBox wget, silence", "wget", "wget: download timed out\n", trace.NoAnswer, 0},
		{"BusyBox wget, status", "wget", "wget: server returned error: HTTP/1.1 404 Not Found\n", trace.HTTPError, 404},
		{"GNU wget, status", "wget", "HTTP request sent, awaiting response... 403 Forbidden\n2026-01-01 10:00:00 ERROR 403: Forbidden.\n", trace.HTTPError, 403},
		{"GNU wget, answered", "wget", "HTTP request sent, awaiting response... 200 OK\n", trace.Answered, 200},
		{"nc, open", "nc", "Connection to 10.96.7.7 80 port [tcp/http] succeeded!\n", trace.Answered, 0},
		{"BusyBox nc, open", "nc", "10.96.7.7 (10.96.7.7:80) open\n", trace.Answered, 0},
		{"nc, silence", "nc", "nc: connect to 10.96.7.7 port 80 (tcp) timed out: Operation now in progress\n", trace.NoAnswer, 0},
		{"ping, answered", "ping", "64 bytes from 10.244.1.5: icmp_seq=1 ttl=62 time=0.5 ms\n1 packets transmitted, 1 received, 0% packet loss\n", trace.Answered, 0},
		{"ping, silence", "ping", "4 packets transmitted, 0 received, 100% packet loss, time 3051ms\n", trace.NoAnswer, 0},
		{"nslookup, found", "nslookup", "Server:\t10.96.0.10\nName:\tweb.default.svc.cluster.local\nAddress: 10.96.7.7\n", trace.Answered, 0},
		{"nslookup, not found", "nslookup", "** server can't find web.shop: NXDOMAIN\n", trace.NameNotFound, 0},
		{"dig, no record of the type", "dig", ";; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 1\n;; flags: qr aa; QUERY: 1, ANSWER: 0, AUTHORITY: 1\n", trace.NameNotFound, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			o, err := Read(test.program, test.text)
			if err != nil {
				t.Fatal(err)
			}
			if o.Class != test.class || o.Status != test.status {
				t.Errorf("want %s %d, got %s %d because of %q", test.class, test.status, o.Class, o.Status, o.Why)
			}
		})
	}
}

func TestTextThatShowsNoEndIsRefused(t *testing.T) {
	for _, text := range []string{"", " \n", "* Trying 10.96.7.7:80...\n"} {
		if o, err := Read("nc", text); err != ErrUnreadable {
			t.Errorf("%q: want %v, got %v %v", text, ErrUnreadable, o, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add("curl", "curl: (7) Failed to connect to a port 80 after 0 ms: Couldn't connect to server")
	f.Add("dig", ";; flags: qr; QUERY: 1, ANSWER: 0")
	f.Fuzz(func(t *testing.T, program, text string) {
		o, err := Read(program, text)
		if err == nil && (o.Class == "" || o.Why == "") {
			t.Errorf("%q gives %+v", text, o)
		}
	})
}

func status(n int) *int { return &n }

func TestWhatItMeansForATrace(t *testing.T) {
	refused := &trace.Trace{
		Verdict:  trace.Verdict{Class: trace.Refused, Certainty: trace.Assumed},
		Outcomes: []trace.Outcome{{Share: 1, Class: trace.Refused}},
		Alternatives: []trace.Alternative{{
			Assume: map[string]string{"policy": "drop"}, Verdict: trace.Verdict{Class: trace.NoAnswer},
		}},
	}
	mixed := &trace.Trace{
		Verdict: trace.Verdict{Class: trace.Mixed},
		Outcomes: []trace.Outcome{
			{Share: 0.75, Class: trace.Answered, HTTPStatus: status(200)}, {Share: 0.25, Class: trace.HTTPError, HTTPStatus: status(503)},
		},
	}
	listening := &trace.Trace{
		Verdict: trace.Verdict{Class: trace.Answered, Certainty: trace.Assumed}, Outcomes: []trace.Outcome{{Share: 1, Class: trace.Answered}},
		Assumptions: []trace.Assumption{{Key: "listening", Value: "true", Source: "default"}},
	}
	certain := &trace.Trace{Verdict: trace.Verdict{Class: trace.NoAnswer, Certainty: trace.Certain}}
	unknown := &trace.Trace{Verdict: trace.Verdict{Class: trace.CannotTell, Sentence: "It cannot be told."}}
	for _, test := range []struct {
		name     string
		trace    *trace.Trace
		saw      Observation
		agreed   bool
		share    float64
		explains map[string]string
		says     string
	}{
		{"the same class agrees", refused, Observation{Class: trace.Refused}, true, 1, nil, "as predicted"},
		{"one of several outcomes agrees, with its share", mixed, Observation{Class: trace.HTTPError, Status: 503}, true, 0.25, nil, "25%"},
		{"an error with another status does not agree", mixed, Observation{Class: trace.HTTPError, Status: 404}, false, 0, nil, "Not as predicted"},
		{"an error of unknown status may be the predicted one", mixed, Observation{Class: trace.HTTPError}, true, 0.25, nil, "25%"},
		{"an alternative explains the difference", refused, Observation{Class: trace.NoAnswer}, false, 0, map[string]string{"policy": "drop"}, "policy=drop"},
		{"a refusal where listening was assumed is explained by it", listening, Observation{Class: trace.Refused}, false, 0, map[string]string{"listening": "false"}, "nothing listens"},
		{"what was certain and is not so is our error or old news", certain, Observation{Class: trace.Answered}, false, 0, nil, "please report"},
		{"an observation is what cannot-tell was missing", unknown, Observation{Class: trace.Answered}, false, 0, nil, "was missing"},
	} {
		t.Run(test.name, func(t *testing.T) {
			j := Compare(test.trace, test.saw)
			if j.Agreed != test.agreed || j.Share != test.share || !cmp.Equal(j.Explains, test.explains) || !strings.Contains(j.Sentence, test.says) {
				t.Errorf("got %+v", j)
			}
		})
	}
}

func TestEveryChoiceCanBePicked(t *testing.T) {
	for _, c := range Choices() {
		o, err := Pick(c.ID, 0)
		if err != nil || o.Class != c.Class || Describe(o) == "" {
			t.Errorf("%s: %+v, %v", c.ID, o, err)
		}
	}
	if _, err := Pick("maybe", 0); err == nil {
		t.Error("an unknown choice is taken")
	}
	if _, err := Pick("http-error", 7); err == nil {
		t.Error("status 7 is taken")
	}
}
