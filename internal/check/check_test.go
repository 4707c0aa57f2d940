package check_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubestrata/kubestrata/internal/check"
	"github.com/kubestrata/kubestrata/internal/world"
)

const head = "apiVersion: kubestrata.io/v1alpha1\nkind: Check\n"

func TestRequestsAreHeldAgainstWhatIsExpected(t *testing.T) {
	view, err := world.View("tour")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, request string
		want          []check.Difference // nil: it passes
	}{
		{"a class alone", "{command: curl http://web/, expect: answered}", nil},
		{"any of several classes", "{command: 'curl http://10.244.2.8:80/', expect: [no-answer, refused]}", nil},
		{"everything that can be said", "{command: curl http://web/, expect: {class: answered, reason: pod.delivered, certainty: certain, endpoint: default/web-*, sourceSeen: 10.244.1.7}}", nil},
		{"a better certainty than asked for passes", "{command: curl http://web/, expect: {class: answered, certainty: assumed}}", nil},
		{"its own source", "{from: lan/laptop, command: 'curl http://10.244.2.8:3000/', expect: no-answer}", nil},
		{"another class", "{command: curl http://web/, expect: refused}", []check.Difference{{Field: "class", Want: "refused", Got: "answered"}}},
		{"another reason and another decider", "{command: 'curl http://10.244.2.8:80/', expect: {reason: policy.ingress-denied, decidedBy: Pod/default/other}}", []check.Difference{
			{Field: "reason", Want: "policy.ingress-denied", Got: "pod.port-closed"},
			{Field: "decidedBy", Want: "Pod/default/other", Got: "Pod/default/api-7b9c6d5f4-7l2mq"},
		}},
		{"an endpoint that not every outcome reaches", "{command: curl http://web/, expect: {endpoint: default/web-6c7d5f8b9-k9fd2}}", []check.Difference{
			{Field: "endpoint", Want: "default/web-6c7d5f8b9-k9fd2", Got: "default/web-6c7d5f8b9-k9fd2, default/web-6c7d5f8b9-x2x4p"},
		}},
		{"a status where none was written", "{command: 'curl http://10.244.2.8:80/', expect: {httpStatus: 404}}", []check.Difference{{Field: "httpStatus", Want: "404", Got: "none"}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			f, err := check.Decode("checks.yaml", []byte(head+"from: pod/default/toolbox\nrequests:\n- "+test.request+"\n"))
			if err != nil {
				t.Fatal(err)
			}
			r := check.Run(view, []*check.File{f})
			if len(r.Results) != 1 {
				t.Fatalf("%d results", len(r.Results))
			}
			got := r.Results[0]
			if got.Passed != (test.want == nil) {
				t.Errorf("passed: %v", got.Passed)
			}
			if diff := cmp.Diff(test.want, append([]check.Difference(nil), got.Differs...)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWhoReachesATargetAndNobodyElse(t *testing.T) {
	view, err := world.View("tour")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, reach string
		want        []string // texts of differences; nil: it passes
	}{
		{"all who reach it are named", "{target: service/default/db, port: '5432', only: [deployment/default/api]}", nil},
		{"the same of one of its pods, by part of a name", "{target: pod/default/db-0, port: '5432', only: ['deploy*/*/a*', statefulset/default/db]}", []string{"StatefulSet default/db, 1 pod, port 5432: want reaches it"}},
		{"somebody is not named", "{target: service/default/db, port: '5432', only: []}", []string{"Deployment default/api, 1 pod, port 5432: want does not reach it, got allowed"}},
		{"somebody who is named does not reach it", "{target: service/default/db, port: '5432', only: ['*/default/api', pod/default/toolbox]}", []string{"Pod default/toolbox, port 5432: want reaches it, got denied: NetworkPolicy default/only-api"}},
		{"a name that nobody has", "{target: service/default/db, port: '5432', only: [deployment/default/api, deployment/shop/front]}", []string{"deployment/shop/front: want reaches it, got nobody of this name does"}},
		{"a target that is not there", "{target: pod/default/db-7}", []string{"does not exist"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			f, err := check.Decode("checks.yaml", []byte(head+"reach:\n- "+test.reach+"\n"))
			if err != nil {
				t.Fatal(err)
			}
			r := check.Run(view, []*check.File{f})
			text := check.Text(r)
			if passed := r.Failed == 0; passed != (test.want == nil) {
				t.Errorf("passed: %v\n%s", passed, text)
			}
			for _, w := range test.want {
				if !strings.Contains(text, w) {
					t.Errorf("no %q in\n%s", w, text)
				}
			}
		})
	}
}

func TestAWrongQuestionFailsAndTheOthersGoOn(t *testing.T) {
	view, err := world.View("tour")
	if err != nil {
		t.Fatal(err)
	}
	f, err := check.Decode("checks.yaml", []byte(head+`requests:
- {from: pod/default/nobody, command: curl http://web/, expect: answered}
- {from: pod/default/toolbox, command: curl http://web/, expect: answered}
`))
	if err != nil {
		t.Fatal(err)
	}
	r := check.Run(view, []*check.File{f})
	if r.Passed != 1 || r.Failed != 1 || !strings.Contains(r.Results[0].Error, "does not exist") {
		t.Errorf("%+v", r)
	}
	text := check.Text(r)
	for _, want := range []string{"FAIL  curl http://web/ from pod/default/nobody (checks.yaml:4)", "ok    curl http://web/ from pod/default/toolbox", "1 passed, 1 failed"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in:\n%s", want, text)
		}
	}
	if b, err := json.Marshal(r); err != nil || !strings.Contains(string(b), `"schema":"kubestrata.io/check/v1"`) {
		t.Errorf("%s %v", b, err)
	}
}

func TestMistakesAreNamedByLineAndField(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"another kind", "apiVersion: v1\nkind: Pod\n", `checks.yaml:1: apiVersion: must be kubestrata.io/v1alpha1 with kind Check`},
		{"no requests", head, "checks.yaml: requests: there are none"},
		{"an unknown field", head + "requests:\n- {comand: x}\n", `checks.yaml:4: requests[0].comand: unknown field`},
		{"an unknown field of what is expected", head + "requests:\n- command: curl a\n  expect: {klass: x}\n", `checks.yaml:5: requests[0].expect.klass: unknown field`},
		{"no command", head + "requests:\n- {expect: answered}\n", "checks.yaml:4: requests[0].command: is missing"},
		{"nothing expected", head + "requests:\n- {command: curl a}\n", "checks.yaml:4: requests[0].expect: is missing"},
		{"an unknown class", head + "requests:\n- command: curl a\n  expect: fine\n", `checks.yaml:5: requests[0].expect.class: "fine" is none of answered,`},
		{"an unknown assumption", head + "requests:\n- command: curl a\n  assume: {weather: rain}\n  expect: answered\n", "checks.yaml:5: requests[0].assume: "},
		{"no YAML", "a: [", "checks.yaml: line 1: did not find"},
		{"a decider that names nothing", head + "requests:\n- command: curl a\n  expect: {decidedBy: web}\n", `checks.yaml:5: requests[0].expect.decidedBy: "web" names no object`},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := check.Decode("checks.yaml", []byte(test.text))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("want %q, got %v", test.want, err)
			}
		})
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(head + "requests:\n- {command: curl a, expect: answered}\n"))
	f.Add([]byte(head + "requests: &a\n- expect: *a\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := check.Decode("x", data)
		if err == nil && (file == nil || len(file.Requests) == 0) {
			t.Error("neither requests nor an error")
		}
	})
}
