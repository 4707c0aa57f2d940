package page

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// post asks for a trace as a program does.
func post(t *testing.T, url, body string) (status int, answer string) {
	t.Helper()
	return send(t, "POST", url+"api/v1/trace", body, nil)
}

// send makes one request as a client that is no browser; a header named Host replaces the name of the address.
func send(t *testing.T, method, url, body string, header map[string]string) (status int, answer string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	must(t, err)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for name, value := range header {
		if name == "Host" {
			r.Host = value
		} else {
			r.Header.Set(name, value)
		}
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(r)
	must(t, err)
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	must(t, err)
	return res.StatusCode, string(data)
}

// asOf is when the objects were seen: a world that was started lives by the clock on the wall, even while it stands still.
var asOf = regexp.MustCompile(`"asOf": "[^"]*"`)

func TestTheAPIAndTheCommandLineGiveTheSameBytes(t *testing.T) {
	t.Parallel()
	for _, world := range []string{"tour", "lab"} {
		p := start(t, nil, "--world", world)
		if status, answer := send(t, "POST", p.URL+"api/v1/pause", `{"paused":true}`, nil); status != 200 {
			t.Fatalf("the world does not pause: %d %s", status, answer)
		}
		questions := map[string][][2]string{
			"tour": {
				{"pod/default/toolbox", "curl http://web/"}, {"pod/default/toolbox", "curl http://pay/"},
				{"pod/default/toolbox", "nc -vz -w2 db-0.db 5432"}, {"lan/laptop", "curl http://192.168.10.12:30080/"},
				{"internet/user", "curl http://shop.test/api/items"}, {"pod/default/toolbox", "nslookup web"},
			},
			"lab": {{"pod/default/curl-pod", "curl http://nginx-service"}, {"pod/default/curl-pod", "ping 10.244.1.4"}},
		}
		for _, q := range questions[world] {
			var out bytes.Buffer
			cmd := exec.CommandContext(t.Context(), binary, "trace", "--world", world, "--from", q[0], "-o", "json", "--", q[1])
			cmd.Stdout = &out
			err := cmd.Run()
			if code := cmd.ProcessState.ExitCode(); code != 0 && code != 3 {
				t.Fatalf("%s: %v", q[1], err)
			}
			body, err := json.Marshal(map[string]string{"from": q[0], "command": q[1]})
			must(t, err)
			if _, answer := post(t, p.URL, string(body)); asOf.ReplaceAllString(answer, "") != asOf.ReplaceAllString(out.String(), "") {
				t.Errorf("%s in %s: the API and the command line differ:\n%s\n%s", q[1], world, answer, out.String())
			}
		}
	}
}

func verdict(t *testing.T, answer string) string {
	t.Helper()
	var trace struct {
		Verdict struct{ Class, Reason string }
	}
	must(t, json.Unmarshal([]byte(answer), &trace))
	return trace.Verdict.Class + " " + trace.Verdict.Reason
}

func TestAForkIsAnsweredAndLeavesTheWorldAsItIs(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "--world", "tour")
	const question = `"from":"pod/default/toolbox","command":"nc -vz -w2 db-0.db 5432"`
	_, plain := post(t, p.URL, "{"+question+"}")
	if got := verdict(t, plain); got != "no-answer policy.ingress-denied" {
		t.Fatalf("as it is: %s", got)
	}
	var decided struct {
		Verdict struct {
			DecidedBy struct{ Kind, Namespace, Name string }
		}
	}
	must(t, json.Unmarshal([]byte(plain), &decided))
	by := decided.Verdict.DecidedBy
	gone, err := json.Marshal(map[string]string{"kind": by.Kind, "namespace": by.Namespace, "name": by.Name})
	must(t, err)
	status, forked := post(t, p.URL, "{"+question+`,"fork":[`+string(gone)+`]}`)
	if status != 200 {
		t.Fatalf("without %s: %d %s", gone, status, forked)
	}
	if got := verdict(t, forked); got != "answered pod.delivered" {
		t.Errorf("without %s: %s", gone, got)
	}
	if _, again := post(t, p.URL, "{"+question+"}"); verdict(t, again) != verdict(t, plain) {
		t.Error("the fork has changed the world")
	}
}

func TestErrorsHaveOneFormAndTheRightStatus(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "--world", "tour")
	check := func(t *testing.T, want, status int, answer, code string) {
		t.Helper()
		var body struct {
			Error struct {
				Code, Message string
				Field         *string
			}
		}
		if err := json.Unmarshal([]byte(answer), &body); err != nil {
			t.Fatalf("%v: %s", err, answer)
		}
		if status != want || code != "" && body.Error.Code != code || body.Error.Code == "" || body.Error.Message == "" || body.Error.Field == nil {
			t.Errorf("%d %s, want %d with code %s", status, answer, want, code)
		}
	}
	for _, row := range []struct {
		name, body string
		status     int
		code       string
	}{
		{"no JSON", "{", 400, "bad-json"},
		{"an unknown field", `{"command":"curl http://web/","form":"x"}`, 400, "unknown-field"},
		{"a request that is none", `{"command":"rm -rf /"}`, 400, ""},
		{"a source that is not there", `{"from":"pod/default/nobody","command":"curl http://web/"}`, 400, ""},
		{"a body too large", `{"command":"` + strings.Repeat("x", 1<<20) + `"}`, 413, "too-large"},
		{"a fork that removes nothing", `{"command":"curl http://web/","fork":[{"kind":"Pod"}]}`, 422, "bad-fork"},
		{"a fork of what is not there", `{"from":"pod/default/toolbox","command":"curl http://web/","fork":[{"kind":"Pod","namespace":"default","name":"nobody"}]}`, 422, "bad-fork"},
	} {
		t.Run(row.name, func(t *testing.T) {
			status, answer := post(t, p.URL, row.body)
			check(t, row.status, status, answer, row.code)
		})
	}
	t.Run("too many", func(t *testing.T) {
		for range 2000 {
			if status, answer := post(t, p.URL, "{"); status == 429 {
				check(t, 429, status, answer, "too-many")
				return
			}
		}
		t.Error("2000 requests at once were all let through")
	})
}
