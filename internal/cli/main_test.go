package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/kubestrata/kubestrata/internal/trace"
)

// nowhere makes sure that no cluster of this machine is found.
func nowhere(t *testing.T) string {
	t.Helper()
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("KUBECONFIG", "")
	t.Setenv("KUBERNETES_SERVICE_HOST", "")
	return home
}

func run(t *testing.T, stdin string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	status = Main(t.Context(), append([]string{"kubestrata"}, args...), strings.NewReader(stdin), &out, &errs)
	return status, out.String(), errs.String()
}

func TestExitStatus(t *testing.T) {
	home := nowhere(t)
	bad := filepath.Join(home, "bad.yaml")
	write(t, bad, "apiVersion: v1\nkind: Service\nmetadata: {name: x}\nspec: {ports: nonsense}\n")
	broken := filepath.Join(home, "kubeconfig")
	write(t, broken, "apiVersion: v1\nkind: Config\nclusters: [\n")
	dead := filepath.Join(home, "dead")
	write(t, dead, "apiVersion: v1\nkind: Config\ncurrent-context: x\ncontexts: [{name: x, context: {cluster: x}}]\nclusters: [{name: x, cluster: {server: 'http://127.0.0.1:1'}}]\n")
	for _, c := range []struct {
		name, line string
		want       int
		says       string // on stderr
	}{
		{"answered", "trace --world tour --from pod/default/toolbox -- curl http://web/", 0, ""},
		{"a quoted line", "trace --world tour --from pod/default/toolbox -- curl\u00a0http://web/", 0, ""},
		{"a pod of a namespace that -n names", "trace --world tour -n default --from pod/toolbox -- curl http://web/", 0, ""},
		{"a request of two namespaces", "trace --world tour -n a,b --from pod/toolbox -- curl http://web/", 2, "one namespace"},
		{"who can reach a thing of a namespace that -n names", "who-can-reach --world tour -n default deployment/web", 0, ""},
		{"a name that is not found", "trace --world tour --from pod/default/toolbox -- curl http://nope/", 3, ""},
		{"left the map", "trace --world tour --from pod/default/toolbox -- curl http://192.0.2.77/", 4, ""},
		{"no command", "trace --world tour", 2, "behind --"},
		{"an unknown flag", "trace --wrold tour -- curl x", 2, "--help"},
		{"an unknown world", "trace --world nope -- curl http://web/", 2, "tour"},
		{"an unknown source", "trace --world tour --from pod/default/nobody -- curl http://web/", 2, "nobody"},
		{"an unknown output", "trace --world tour -o xml -- curl http://web/", 2, "markdown"},
		{"an unknown assumption", "trace --world tour --assume a=b -- curl http://web/", 2, "proxy-mode"},
		{"files and a world", "trace --world tour -f x -- curl http://web/", 2, "exclude"},
		{"a world and a cluster", "trace --world tour --context x -- curl http://web/", 2, "cluster flags"},
		{"a file that is not there", "trace -f " + home + "/nothing.yaml -- curl http://web/", 1, "nothing.yaml"},
		{"a file with a mistake", "trace -f " + bad + " -- curl http://web/", 1, "bad.yaml:4"},
		{"no cluster at all", "trace --from pod/a/b -- curl http://web/", 1, "no kubeconfig"},
		{"a kubeconfig that cannot be read", "trace --kubeconfig " + broken + " --from pod/a/b -- curl http://web/", 1, "kubeconfig"},
		{"a cluster that does not answer", "trace --kubeconfig " + dead + " --from pod/a/b -- curl http://web/", 1, "cannot be read"},
		{"an unknown command", "nonsense", 2, "nonsense"},
		{"a port that cannot be", "--port 70000", 2, "65535"},
		{"off loopback without a token", "--address 0.0.0.0", 2, "--token-file"},
		{"an origin that is none", "--allowed-origins example.com", 2, "http://127.0.0.1:8001"},
		{"a log level that is none", "--log-level loud", 2, "warn"},
		{"worlds", "worlds", 0, ""},
		{"version", "version", 0, ""},
		{"completion", "completion bash", 0, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := strings.Fields(c.line)
			for i := range args {
				args[i] = strings.ReplaceAll(args[i], "\u00a0", " ")
			}
			status, stdout, stderr := run(t, "", args...)
			if status != c.want {
				t.Errorf("exit %d, want %d; stderr: %s", status, c.want, stderr)
			}
			if !strings.Contains(stderr, c.says) {
				t.Errorf("stderr does not contain %q: %s", c.says, stderr)
			}
			if (c.want == 1 || c.want == 2) && stdout != "" {
				t.Errorf("an error writes to stdout: %s", stdout)
			}
			if c.want != 1 && c.want != 2 && stderr != "" {
				t.Errorf("an answer writes to stderr: %s", stderr)
			}
		})
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestOutputs(t *testing.T) {
	nowhere(t)
	ask := func(output string) string {
		_, out, _ := run(t, "", strings.Fields("trace --world tour --from pod/default/toolbox -o "+output+" -- curl http://web/")...)
		return out
	}
	var fromJSON, fromYAML trace.Trace
	text := ask("json")
	if err := json.Unmarshal([]byte(text), &fromJSON); err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal([]byte(ask("yaml")), &fromYAML); err != nil {
		t.Fatal(err)
	}
	a, _ := fromJSON.JSON()
	b, _ := fromYAML.JSON()
	if string(a) != text || string(a) != string(b) {
		t.Error("JSON and YAML do not say the same")
	}
	if again := ask("json"); again != text {
		t.Error("asked twice, the answers differ")
	}
	if md := ask("markdown"); !strings.Contains(md, "1. ") {
		t.Errorf("markdown without a numbered list: %s", md)
	}
	if plain := ask("text"); strings.Contains(plain, "\x1b[") || !strings.Contains(plain, fromJSON.Verdict.Sentence[:10]) {
		t.Errorf("text with colours, or without the verdict: %s", plain)
	}
}

func TestObjectsFromStdin(t *testing.T) {
	nowhere(t)
	const objects = `
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: default}
spec: {containers: [{name: c, image: i}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: default}
spec: {ports: [{port: 80}], selector: {app: none}}
`
	status, out, stderr := run(t, objects, strings.Fields("trace -f - --from pod/a -o json -- curl http://web/")...)
	if status != trace.ExitFails || !strings.Contains(out, "service.no-endpoints") {
		t.Errorf("exit %d: %s %.2000s", status, stderr, out)
	}
}

func TestPluginName(t *testing.T) {
	for arg, want := range map[string]string{
		"/usr/bin/kubectl-strata": "kubectl strata", "kubectl-strata.exe": "kubectl strata", "./kubestrata": "kubestrata", "/tmp/main": "kubestrata",
	} {
		if got := name([]string{arg}); got != want {
			t.Errorf("%s is called %q, want %q", arg, got, want)
		}
	}
	var out bytes.Buffer
	if status := Main(t.Context(), []string{"kubectl-strata", "--help"}, nil, &out, io.Discard); status != 0 || !strings.Contains(out.String(), "kubectl strata trace") {
		t.Errorf("exit %d: %s", status, out.String())
	}
}

// serving starts the server and returns its address.
func serving(t *testing.T, args ...string) (address string, end func() int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r, w := io.Pipe()
	done := make(chan int, 1)
	go func() {
		done <- Main(ctx, append([]string{"kubestrata", "--port", "0"}, args...), strings.NewReader(""), w, io.Discard)
		_ = w.Close()
	}()
	line, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatalf("no address: %v", err)
	}
	go func() { _, _ = io.Copy(io.Discard, r) }()
	address, ok := strings.CutPrefix(strings.TrimSpace(line), "Kubestrata is at ")
	if !ok {
		t.Fatalf("the first line is %q", line)
	}
	return address, func() int {
		cancel()
		select {
		case status := <-done:
			return status
		case <-time.After(10 * time.Second):
			t.Fatal("it does not end")
			return -1
		}
	}
}

func get(t *testing.T, address string) string {
	t.Helper()
	r, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestFirstContact(t *testing.T) {
	t.Run("without any cluster the example opens, and says that it is one", func(t *testing.T) {
		nowhere(t)
		address, end := serving(t)
		if page := get(t, address+"?from=pod/default/toolbox&cmd=curl+http://web/"); !strings.Contains(page, "Example world, not your cluster.") {
			t.Error("the page does not say that this is an example")
		}
		if status := end(); status != 0 {
			t.Errorf("exit %d", status)
		}
	})
	t.Run("a broken kubeconfig opens a page that says why, and no example", func(t *testing.T) {
		home := nowhere(t)
		path := filepath.Join(home, "config")
		write(t, path, "clusters: [\n")
		t.Setenv("KUBECONFIG", path)
		address, end := serving(t)
		page := get(t, address)
		if strings.Contains(page, "Example world") || !strings.Contains(page, "Not connected.") || !strings.Contains(page, "kubeconfig") {
			t.Errorf("%.3000s", page)
		}
		if status := end(); status != 0 {
			t.Errorf("exit %d", status)
		}
	})
	t.Run("flags that choose a cluster never lead to an example", func(t *testing.T) {
		nowhere(t)
		address, end := serving(t, "--context", "prod")
		if page := get(t, address); strings.Contains(page, "Example world") || !strings.Contains(page, "Not connected.") {
			t.Errorf("%.3000s", page)
		}
		end()
	})
	t.Run("a world that was asked for is no mere example", func(t *testing.T) {
		nowhere(t)
		address, end := serving(t, "--world", "lab")
		if page := get(t, address); strings.Contains(page, "Example world") || !strings.Contains(page, `data-source="world:lab"`) {
			t.Errorf("%.3000s", page)
		}
		end()
	})
}
