//go:build linux

package dataplane

import (
	"testing"

	"github.com/kubestrata/kubestrata/internal/trace"
	"github.com/kubestrata/kubestrata/testbed/dataplane/echo"
	"github.com/kubestrata/kubestrata/testbed/dataplane/probe"
)

func TestAPredictionIsHeldAgainstWhatHappened(t *testing.T) {
	delivered := trace.Outcome{
		Class: trace.Answered, Reason: "pod.delivered", SourceSeen: "10.244.0.4",
		Endpoint: &trace.Endpoint{Namespace: "w", Pod: "pod-1", IP: "10.244.0.5", Port: 8080},
	}
	by := func(name string, port int, seen string) probe.Result {
		return probe.Result{Class: trace.Answered, Answer: &echo.Answer{Name: name, Port: port, Seen: seen}}
	}
	says := func(class trace.Class, certainty trace.Certainty, outcomes ...trace.Outcome) *trace.Trace {
		return &trace.Trace{Verdict: trace.Verdict{Class: class, Certainty: certainty}, Outcomes: outcomes}
	}
	refused := trace.Outcome{Class: trace.Refused, Reason: "service.no-endpoints"}
	doubtful := says(trace.Refused, trace.Assumed, refused)
	doubtful.Alternatives = []trace.Alternative{{Assume: map[string]string{"proxy-mode": "iptables"}, Verdict: trace.Verdict{Class: trace.NoAnswer}, Outcomes: []trace.Outcome{{Class: trace.NoAnswer}}}}
	coded := says(trace.NameNotFound, trace.Certain, trace.Outcome{Class: trace.NameNotFound})
	coded.Verdict.Client = trace.Client{Program: "curl", ExitCode: 6}

	for _, row := range []struct {
		name   string
		trace  *trace.Trace
		met    []probe.Result
		closed bool
		want   Judgement
	}{
		{"the predicted pod answers and sees the predicted source", says(trace.Answered, trace.Assumed, delivered), []probe.Result{by("pod-1", 8080, "10.244.0.4")}, false, Agreed},
		{"another pod answers", says(trace.Answered, trace.Assumed, delivered), []probe.Result{by("pod-2", 8080, "10.244.0.4")}, false, Wrong},
		{"another port answers", says(trace.Answered, trace.Assumed, delivered), []probe.Result{by("pod-1", 9090, "10.244.0.4")}, false, Wrong},
		{"another source is seen, of which the trace was certain", says(trace.Answered, trace.Certain, delivered), []probe.Result{by("pod-1", 8080, "192.168.10.11")}, false, CertainlyWrong},
		{"nothing listens where a trace says: if it listens", says(trace.Answered, trace.Assumed, delivered), []probe.Result{{Class: trace.Refused}}, true, Agreed},
		{"nothing listens where a trace is certain of an answer", says(trace.Answered, trace.Certain, delivered), []probe.Result{{Class: trace.Refused}}, true, CertainlyWrong},
		{"each try meets one of two outcomes", says(trace.Mixed, trace.Assumed, delivered, refused), []probe.Result{by("pod-1", 8080, "10.244.0.4"), {Class: trace.Refused}}, false, Agreed},
		{"one try of several meets no outcome", says(trace.Mixed, trace.Assumed, delivered, refused), []probe.Result{{Class: trace.Refused}, {Class: trace.NoAnswer}}, false, Wrong},
		{"an alternative of the trace is what happens", doubtful, []probe.Result{{Class: trace.NoAnswer}}, false, Alternative},
		{"the class agrees and the exit code does not", coded, []probe.Result{{Class: trace.NameNotFound, ExitCode: 28}}, false, CertainlyWrong},
		{"no program ran, so there is no exit code", coded, []probe.Result{{Class: trace.NameNotFound, ExitCode: -1}}, false, Agreed},
		{"a trace that cannot tell", says(trace.CannotTell, trace.Unknown), []probe.Result{{Class: trace.Refused}}, false, Untold},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, why := judge(row.trace, row.met, func(trace.Endpoint) bool { return !row.closed })
			if got != row.want {
				t.Errorf("judged %q (%s), want %q", got, why, row.want)
			}
		})
	}
}

func TestWhereARedirectLeads(t *testing.T) {
	for location, want := range map[string]string{
		"//other.test:80/app":         "http://other.test/app",
		"//A.EXAMPLE.test/new":        "http://a.example.test/new",
		"https://other.test:443/":     "https://other.test/",
		"https://other.test:8443/app": "https://other.test:8443/app",
	} {
		if got := absolute(location); got != want {
			t.Errorf("%s leads to %s, want %s", location, got, want)
		}
	}
}
