package cli

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/kubestrata/kubestrata/internal/check"
)

const checks = `apiVersion: kubestrata.io/v1alpha1
kind: Check
from: pod/default/toolbox
requests:
- {command: curl http://web/, expect: answered}
- {command: 'curl http://10.244.2.8:80/', expect: EXPECTED}
`

func TestCheck(t *testing.T) {
	home := nowhere(t)
	good, bad, wrong := filepath.Join(home, "good.yaml"), filepath.Join(home, "bad.yaml"), filepath.Join(home, "wrong.yaml")
	write(t, good, strings.Replace(checks, "EXPECTED", "refused", 1))
	write(t, bad, strings.Replace(checks, "EXPECTED", "no-answer", 1))
	write(t, wrong, strings.Replace(checks, "EXPECTED", "fine", 1))
	for _, c := range []struct {
		name       string
		args       []string
		status     int
		out, stray string
	}{
		{"all as expected", []string{good}, 0, "2 passed, 0 failed", ""},
		{"one differs", []string{bad}, 3, "class: want no-answer, got refused", ""},
		{"several files", []string{good, bad}, 3, "3 passed, 1 failed", ""},
		{"a mistake in the file", []string{wrong}, 2, "", `wrong.yaml:6: requests[1].expect.class: "fine" is none of`},
		{"no file", nil, 2, "", "which file"},
		{"a file that is not there", []string{filepath.Join(home, "none.yaml")}, 1, "", "none.yaml"},
		{"another form", []string{"-o", "xml", good}, 2, "", "-o xml"},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, out, errs := run(t, "", append([]string{"check", "--world", "tour"}, c.args...)...)
			if status != c.status || !strings.Contains(out, c.out) || !strings.Contains(errs, c.stray) {
				t.Errorf("status %d\n%s\n%s", status, out, errs)
			}
		})
	}
	t.Run("as JSON and YAML, from standard input", func(t *testing.T) {
		for _, form := range []string{"json", "yaml"} {
			status, out, errs := run(t, strings.Replace(checks, "EXPECTED", "refused", 1), "check", "--world", "tour", "-o", form, "-")
			var r check.Report
			b, err := yaml.YAMLToJSON([]byte(out))
			if err == nil {
				err = json.Unmarshal(b, &r)
			}
			if status != 0 || err != nil || r.Schema != check.Schema || r.Passed != 2 || r.Source.Name != "tour" {
				t.Errorf("status %d, %v\n%s\n%s", status, err, out, errs)
			}
		}
	})
}

func TestWhatTheClientPrinted(t *testing.T) {
	nowhere(t)
	line := []string{"trace", "--world", "tour", "--from", "pod/default/toolbox", "--printed", "-"}
	request := []string{"--", "curl", "http://10.244.2.8:80/"}
	for _, c := range []struct{ name, printed, says string }{
		{"it agrees", "curl: (7) Failed to connect to 10.244.2.8 port 80: Connection refused\n", "Agreed: a refused connection"},
		{"it differs", "curl: (28) Connection timed out\n", "Not as predicted: silence"},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, out, errs := run(t, c.printed, append(line, request...)...)
			if status != 3 || !strings.Contains(out, c.says) {
				t.Errorf("status %d\n%s\n%s", status, out, errs)
			}
			_, out, errs = run(t, c.printed, append(append(line, "-o", "json"), request...)...)
			if !json.Valid([]byte(out)) || !strings.Contains(errs, c.says) {
				t.Errorf("JSON must stay JSON:\n%s\n%s", out, errs)
			}
		})
	}
}
