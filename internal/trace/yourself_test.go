package trace_test

import (
	"testing"

	"github.com/kubestrata/kubestrata/internal/trace"
)

func TestHowToCheckAnAnswer(t *testing.T) {
	for _, r := range []struct {
		name, from    string
		command       []string
		where, wanted string
	}{
		{"a pod is asked through kubectl, and curl tells all", "pod/default/client", []string{"curl http://web/"}, "anywhere with kubectl", "kubectl exec -n default client -- curl -v http://web/"},
		{"a container that was named", "pod/default/client/main", []string{"nc -zv web 80"}, "anywhere with kubectl", "kubectl exec -n default client -c main -- nc -zv web 80"},
		{"words keep their quotes", "lan/laptop", []string{"curl", "-H", "Host: a b", "http://172.20.128.6:30080/?x=1&y=2"}, "on laptop", "curl -v -H 'Host: a b' 'http://172.20.128.6:30080/?x=1&y=2'"},
		{"what talks already stays as it is", "node/node01", []string{"curl -sv http://10.96.7.7/"}, "on node node01", "curl -sv http://10.96.7.7/"},
		{"silence gets a limit", "pod/default/client", []string{"curl http://10.244.9.9/"}, "anywhere with kubectl", "kubectl exec -n default client -- curl -v -m 10 http://10.244.9.9/"},
		{"but not a second one", "pod/default/client", []string{"curl -v -m 3 http://10.244.9.9/"}, "anywhere with kubectl", "kubectl exec -n default client -- curl -v -m 3 http://10.244.9.9/"},
	} {
		t.Run(r.name, func(t *testing.T) {
			tr, err := trace.Run(web(t).view(), trace.Ask{From: r.from, Command: r.command})
			if err != nil {
				t.Fatal(err)
			}
			if got := tr.Yourself; got.Where != r.where || got.Command != r.wanted {
				t.Errorf("%s\n got %s: %s\nwant %s: %s", tr.Verdict.Sentence, got.Where, got.Command, r.where, r.wanted)
			}
		})
	}
}
