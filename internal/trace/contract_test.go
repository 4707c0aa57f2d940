package trace_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/trace"
)

// The fields of the contract, in its order; what adds to it stands last.
var contract = map[string]string{
	"Trace":       "schema request source verdict outcomes lookup steps assumptions alternatives yourself",
	"Request":     "command from scheme host port method path headers protocol ignoredFlags",
	"Party":       "kind namespace name ip node",
	"Source":      "kind name asOf notRead",
	"Verdict":     "class certainty reason httpStatus sentence decidedBy client try",
	"Client":      "program exitCode message",
	"Try":         "text command",
	"Outcome":     "share class reason httpStatus endpoint backend sourceSeen masqueraded upstreamPath location steps",
	"Endpoint":    "namespace pod ip port node",
	"Backend":     "kind namespace name port",
	"Lookup":      "question type rcode addresses records tried",
	"Record":      "name type ttl value",
	"Step":        "id kind leg direction layer at sentence before after changed rule compared tried certainty evidence title about",
	"Header":      "src dst protocol outer http",
	"Rule":        "text where exact",
	"Comparison":  "what wanted got holds",
	"Tried":       "object why",
	"Assumption":  "key value source evidence wouldFlip",
	"Alternative": "assume verdict outcomes",
	"Yourself":    "where command",
}

func TestFieldsAreThoseOfTheContract(t *testing.T) {
	for _, v := range []any{
		trace.Trace{}, trace.Request{}, trace.Party{}, trace.Source{}, trace.Verdict{}, trace.Client{}, trace.Try{}, trace.Outcome{}, trace.Endpoint{},
		trace.Backend{}, trace.Lookup{}, trace.Record{}, trace.Step{}, trace.Header{}, trace.Rule{}, trace.Comparison{}, trace.Tried{}, trace.Assumption{},
		trace.Alternative{}, trace.Yourself{},
	} {
		typ := reflect.TypeOf(v)
		var names []string
		for i := range typ.NumField() {
			tag := typ.Field(i).Tag.Get("json")
			if strings.Contains(tag, "omitempty") {
				t.Errorf("%s.%s may be left out", typ.Name(), tag)
			}
			names = append(names, tag)
		}
		if diff := cmp.Diff(strings.Fields(contract[typ.Name()]), names); diff != "" {
			t.Errorf("%s: %s", typ.Name(), diff)
		}
	}
}

// lists must be lists, also where they are empty.
func TestListsAreNeverNull(t *testing.T) {
	nullable := " before after rule outer http httpStatus decidedBy endpoint backend lookup evidence object about "
	var walk func(path string, v any)
	walk = func(path string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for k, x := range v {
				if x == nil && !strings.Contains(nullable, " "+k+" ") {
					t.Errorf("%s.%s is null", path, k)
				}
				walk(path+"."+k, x)
			}
		case []any:
			for _, x := range v {
				walk(path+"[]", x)
			}
		}
	}
	for _, question := range [][2]string{
		{"pod/default/client", "curl http://web/"}, {"pod/default/client", "curl http://nothing/"}, {"lan", "curl http://172.20.128.6:30080/"},
		{"internet", "nslookup shop.test"}, {"lan/laptop", ask + "/"}, {"pod/default/client", "curl --http3 http://web/"},
	} {
		text, err := shop(t).ask(question[0], question[1]).JSON()
		if err != nil {
			t.Fatal(err)
		}
		var v any
		if err := json.Unmarshal(text, &v); err != nil {
			t.Fatal(err)
		}
		walk("", v)
		if !bytes.HasSuffix(text, []byte("}\n")) || !bytes.HasPrefix(text, []byte("{\n  \"schema\": \"kubestrata.io/trace/v1\"")) || bytes.Contains(text, []byte(`\u003`)) {
			t.Errorf("%s …", text[:80])
		}
	}
}

func TestSameQuestionSameBytes(t *testing.T) {
	p := shop(t).enforces().policy(onlyFriends)
	random := rand.New(rand.NewPCG(1, 2))
	for _, question := range [][2]string{{"pod/default/client", "curl http://web/"}, {"lan/laptop", ask + "/"}, {"lan", ask + "/missing"}, {"pod/default/client", "curl http://nope/"}} {
		want, err := p.ask(question[0], question[1]).JSON()
		if err != nil {
			t.Fatal(err)
		}
		for range 50 {
			view := p.view(func(list []cluster.Object) {
				random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
			})
			got, err := run(t, view, question[0], question[1]).JSON()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Fatalf("%s: %s", question[1], diff)
			}
		}
	}
}

func TestSourceSaysWhatIsShown(t *testing.T) {
	tr := web(t).ask("pod/default/client", "curl http://10.96.7.7/")
	if diff := cmp.Diff(trace.Source{Kind: "world", Name: "test", AsOf: "2026-03-02T12:00:00Z", NotRead: []cluster.NotRead{}}, tr.Source); diff != "" {
		t.Error(diff)
	}
	equal(t, tr.Request.Protocol, "TCP")
	equal(t, tr.Request.Path, "/")
}

// live makes the place a live cluster of which everything but some kinds could be read.
func (p *place) live(forbidden ...cluster.Kind) *place {
	p.source.Kind = cluster.SourceLive
	for _, r := range cluster.Resources {
		s := cluster.KindStatus{Kind: r.Kind, Resource: r.Plural, State: cluster.StateSynced, Since: time.Time{}}
		for _, k := range forbidden {
			if k == r.Kind {
				s.State, s.Verb = cluster.StateForbidden, "list"
				p.objects = slices.DeleteFunc(p.objects, func(o cluster.Object) bool { return cluster.KindOf(o) == k })
			}
		}
		p.status = append(p.status, s)
	}
	return p
}

func TestWhatMayNotBeReadCannotBeTold(t *testing.T) {
	rows := []struct {
		kind    cluster.Kind
		command string
	}{
		{cluster.KindNetworkPolicy, "curl http://10.244.1.4:8080/"},
		{cluster.KindNetworkPolicy, "curl http://10.96.7.7/"},
		{cluster.KindService, "curl http://10.96.7.7/"},
		{cluster.KindEndpointSlice, "curl http://10.96.7.7/"},
	}
	for _, r := range rows {
		t.Run(string(r.kind)+" for "+r.command, func(t *testing.T) {
			tr := web(t).live(r.kind).ask("pod/default/client", r.command)
			equal(t, summary(tr), "cannot-tell rights."+string(r.kind)+" unknown")
			equal(t, tr.ExitCode(), 4)
			equal(t, len(tr.Source.NotRead), 1)
		})
	}
	t.Run("with all rights the live cluster answers, but listening is assumed", func(t *testing.T) {
		p := web(t).live()
		p.around.Listeners = nil
		equal(t, summary(p.ask("pod/default/client", "curl http://10.244.1.4:8080/")), "answered pod.delivered assumed")
	})
}

func TestQuestionsThatAreWrong(t *testing.T) {
	rows := []struct{ name, from, via, command, assume, code, field string }{
		{"a source that does not exist", "pod/default/nobody", "", "curl http://web/", "", trace.CodeUnknownSource, "from"},
		{"no source at all", "", "", "curl http://web/", "", trace.CodeBadSource, "from"},
		{"a form that is no source", "service/web", "", "curl http://web/", "", trace.CodeBadSource, "from"},
		{"a node that does not exist", "node/node99", "", "curl http://web/", "", trace.CodeUnknownSource, "from"},
		{"a service's address", "ip/10.96.7.7", "", "curl http://web/", "", trace.CodeBadSource, "from"},
		{"a program that asks nothing", "pod/default/client", "", "ls -l", "", trace.CodeBadCommand, "command"},
		{"no command", "pod/default/client", "", "", "", trace.CodeBadCommand, "command"},
		{"a key that does not exist", "pod/default/client", "", "curl http://web/", "proxy=iptables", trace.CodeBadAssume, "assume"},
		{"a value that a key cannot have", "pod/default/client", "", "curl http://web/", "proxy-mode=userspace", trace.CodeBadAssume, "assume"},
		{"a door that is no node", "internet", "node01", "curl http://web/", "", trace.CodeBadVia, "via"},
		{"a container that the pod lacks", "pod/default/client/sidecar", "", "curl http://web/", "", trace.CodeUnknownSource, "from"},
	}
	view := web(t).view()
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			given := map[string]string{}
			if k, v, ok := strings.Cut(r.assume, "="); ok {
				given[k] = v
			}
			_, err := trace.Run(view, trace.Ask{From: r.from, Via: r.via, Command: []string{r.command}, Assume: given})
			var ask *trace.AskError
			if !errors.As(err, &ask) {
				t.Fatalf("%v", err)
			}
			equal(t, ask.Code, r.code)
			equal(t, ask.Field, r.field)
		})
	}
}

func TestWhatIsNotModelledSaysSo(t *testing.T) {
	tr := web(t).ask("pod/default/client", "curl -x http://proxy:3128 http://web/")
	equal(t, tr.Verdict.Class, trace.CannotTell)
	if !strings.HasPrefix(tr.Verdict.Reason, "not-modelled.") {
		t.Error(tr.Verdict.Reason)
	}
}

func TestTextAndMarkdown(t *testing.T) {
	tr := shop(t).enforces().policy(onlyFriends).ask("pod/default/client", "curl -m 2 http://web/")
	for _, text := range []string{trace.Text(tr, trace.TextOptions{Width: 60}), trace.Markdown(tr)} {
		for _, want := range []string{"only-friends", "access=true", "10.96.7.7", "curl: (28)"} {
			if !strings.Contains(text, want) {
				t.Errorf("no %q in\n%s", want, text)
			}
		}
	}
	if strings.Contains(trace.Text(tr, trace.TextOptions{}), "\x1b[") || !strings.Contains(trace.Text(tr, trace.TextOptions{Color: true}), "\x1b[") {
		t.Error("colours come where they are asked for, and only there")
	}
	for _, line := range strings.Split(trace.Text(tr, trace.TextOptions{Width: 60}), "\n") {
		if len([]rune(line)) > 80 && !strings.Contains(line, "kubectl") {
			t.Errorf("a long line: %s", line)
		}
	}
}

func TestSourcesCanBeAskedFrom(t *testing.T) {
	view := shop(t).view()
	list := trace.Sources(view)
	if len(list) < 8 {
		t.Fatalf("%+v", list)
	}
	for _, s := range list {
		if _, err := trace.Run(view, trace.Ask{From: s.From, Command: []string{"curl", "http://172.20.128.6:30080/"}}); err != nil {
			t.Errorf("%s: %v", s.From, err)
		}
	}
}

func FuzzRun(f *testing.F) {
	for _, c := range []string{"curl http://web/", "nc -u -vz 10.96.0.10 53", "ping 10.244.1.4", "dig +short web.default.svc.cluster.local", "wget -qO- [fd00::1]:80", "curl -L --resolve a:80:10.96.7.7 http://a/", "nslookup 10.96.7.7", "kubectl run x --image=busybox -- wget web",
		"kubectl port-forward svc/web 8080:80 & curl localhost:8080", "kubectl port-forward deploy/web :http", "kubectl proxy & curl localhost:8001/api/v1/namespaces/default/services/web:80/proxy/"} {
		f.Add("pod/default/client", c)
		f.Add("lan", c)
		f.Add("node/node01", c)
	}
	view := shop(&testing.T{}).enforces().policy(onlyFriends).view()
	f.Fuzz(func(t *testing.T, from, command string) {
		tr, err := trace.Run(view, trace.Ask{From: from, Command: []string{command}})
		if err != nil {
			var ask *trace.AskError
			if !errors.As(err, &ask) {
				t.Fatalf("%T %v", err, err)
			}
			return
		}
		check(t, tr)
		if _, err := tr.JSON(); err != nil {
			t.Fatal(err)
		}
		trace.Text(tr, trace.TextOptions{})
		trace.Markdown(tr)
	})
}
