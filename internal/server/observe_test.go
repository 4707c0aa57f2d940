package server

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestWhatAClientPrintedIsHeldAgainstATrace(t *testing.T) {
	s := newSite(t, nil)
	answered := s.post("/api/v1/trace", `{"from":"pod/default/toolbox","command":"curl http://10.244.2.8:80/"}`)
	if answered.StatusCode != 200 {
		t.Fatalf("no trace: %d %s", answered.StatusCode, answered.body)
	}
	for _, test := range []struct {
		name, rest string
		status     int
		says       string
	}{
		{"what was predicted agrees", `"printed":"curl: (7) Failed to connect to 10.244.2.8 port 80: Connection refused"`, 200, `"agreed": true`},
		{"another end does not", `"printed":"curl: (28) Connection timed out"`, 200, `"agreed": false`},
		{"an end can be picked", `"pick":"refused"`, 200, `"agreed": true`},
		{"an unknown pick is said to be one", `"pick":"maybe"`, 400, `"field":"pick"`},
		{"a text that shows no end is said to be one", `"printed":""`, 400, `"field":"printed"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := s.post("/api/v1/observe", `{"trace":`+answered.body+`,`+test.rest+`}`)
			body := got.body
			if got.StatusCode >= 400 {
				var compact map[string]any
				if err := json.Unmarshal([]byte(body), &compact); err != nil {
					t.Fatal(err)
				}
				b, err := json.Marshal(compact)
				if err != nil {
					t.Fatal(err)
				}
				body = string(b)
			}
			if got.StatusCode != test.status || !strings.Contains(body, test.says) {
				t.Errorf("want %d and %s, got %d: %s", test.status, test.says, got.StatusCode, body)
			}
		})
	}
	if got := s.post("/api/v1/observe", `{"trace":{"schema":"other"},"pick":"refused"}`); got.StatusCode != 422 {
		t.Errorf("another schema gives %d", got.StatusCode)
	}
}
