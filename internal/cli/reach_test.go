package cli

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/kubestrata/kubestrata/internal/reach"
)

func TestReach(t *testing.T) {
	nowhere(t)
	for _, c := range []struct {
		name, line string
		status     int
		out, err   string
	}{
		{"who can reach a service", "who-can-reach --world tour service/default/db --port 5432", 0, "Kept away by a policy:\n  Pod default/toolbox, port 5432", ""},
		{"each group names the trace of a pair", "who-can-reach --world tour service/default/db --port 5432", 0, "kubestrata trace --from pod/default/toolbox -- nc -zv -w 2 10.244.3.6 5432", ""},
		{"what the Internet can reach", "reachable-from --world tour internet", 0, "Cannot be reached, for another reason:", ""},
		{"a target that is not there", "who-can-reach --world tour service/default/nothing", 2, "", "does not exist"},
		{"a source that is not there", "reachable-from --world tour pod/default/nobody", 2, "", "nobody"},
		{"no target", "who-can-reach --world tour", 2, "", "who-can-reach [flags] TARGET"},
		{"another form", "who-can-reach --world tour -o xml node/node-a", 2, "", "-o xml"},
		{"an assumption that is none", "reachable-from --world tour --assume weather=rain lan", 2, "", "weather"},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, out, errs := run(t, "", strings.Fields(c.line)...)
			if status != c.status || !strings.Contains(out, c.out) || !strings.Contains(errs, c.err) {
				t.Errorf("status %d\n%s\n%s", status, out, errs)
			}
		})
	}
	t.Run("as JSON", func(t *testing.T) {
		_, out, _ := run(t, "", strings.Fields("who-can-reach --world tour -o json service/default/web")...)
		var a reach.Answer
		if err := json.Unmarshal([]byte(out), &a); err != nil || a.Schema != reach.Schema || len(a.Groups) == 0 {
			t.Errorf("%v\n%s", err, out)
		}
	})
}
