package kube

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// home gives the test a home directory of its own, outside of any cluster, and returns it.
func home(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("HOME", dir)
	t.Setenv("KUBECONFIG", "")
	t.Setenv("KUBERNETES_SERVICE_HOST", "")
	t.Setenv("KUBERNETES_SERVICE_PORT", "")
	return dir
}

func write(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

func load(t *testing.T, args ...string) (Config, error) {
	t.Helper()
	var f Flags
	fs := pflag.NewFlagSet("test", pflag.ContinueOnError)
	f.Bind(fs)
	if err := fs.Parse(args); err != nil {
		t.Fatal(err)
	}
	return f.Load()
}

const staging = `apiVersion: v1
kind: Config
current-context: staging
clusters: [{name: st, cluster: {server: "https://staging.example:6443"}}]
users: [{name: sue, user: {token: st-token}}]
contexts: [{name: staging, context: {cluster: st, user: sue, namespace: team-a}}]
`

const production = `apiVersion: v1
kind: Config
current-context: production
clusters: [{name: pr, cluster: {server: "https://production.example"}}]
users: [{name: pat, user: {token: pr-token}}]
contexts: [{name: production, context: {cluster: pr, user: pat}}, {name: broken, context: {cluster: gone, user: pat}}]
`

func TestNoKubeconfigAtAllIsErrNone(t *testing.T) {
	home(t)
	if _, err := load(t); !errors.Is(err, ErrNone) {
		t.Errorf("the error is %v", err)
	}
}

func TestAnEmptyKubeconfigInItsUsualPlaceIsErrNone(t *testing.T) {
	write(t, filepath.Join(home(t), ".kube", "config"), "apiVersion: v1\nkind: Config\n")
	if _, err := load(t); !errors.Is(err, ErrNone) {
		t.Errorf("the error is %v", err)
	}
}

func TestAKubeconfigThatFailsSaysWhy(t *testing.T) {
	for _, row := range []struct {
		name  string
		setup func(t *testing.T, dir string)
		args  []string
		want  string
	}{
		{"the file that a flag names is missing", nil, []string{"--kubeconfig", "/nowhere/config"}, "/nowhere/config"},
		{"the files that KUBECONFIG names are missing", func(t *testing.T, _ string) { t.Setenv("KUBECONFIG", "/nowhere/config") }, nil,
			"KUBECONFIG is set to /nowhere/config"},
		{"the file is no YAML", func(t *testing.T, dir string) { write(t, filepath.Join(dir, ".kube", "config"), "a: b: c") }, nil,
			filepath.Join(".kube", "config")},
		{"the context does not exist", func(t *testing.T, dir string) { write(t, filepath.Join(dir, ".kube", "config"), staging) },
			[]string{"--context", "stagging"}, `"stagging" does not exist`},
		{"the context does not exist, nor does any other", nil, []string{"--context", "x"}, `"x" does not exist`},
		{"the context's cluster does not exist", func(t *testing.T, dir string) { write(t, filepath.Join(dir, ".kube", "config"), production) },
			[]string{"--context", "broken"}, `cluster "gone" of context "broken" does not exist`},
		{"there is no current context", func(t *testing.T, dir string) {
			write(t, filepath.Join(dir, ".kube", "config"), strings.Replace(production, "current-context: production\n", "", 1))
		}, nil, "choose one with --context: broken, production"},
		{"a pod without its token", func(t *testing.T, _ string) {
			t.Setenv("KUBERNETES_SERVICE_HOST", "10.96.0.1")
			t.Setenv("KUBERNETES_SERVICE_PORT", "443")
		}, nil, "service account of this pod"},
		{"credentials without a cluster", nil, []string{"--token", "t"}, "no kubeconfig was found"},
		{"a certificate authority that is not there", func(t *testing.T, dir string) {
			write(t, filepath.Join(dir, ".kube", "config"), staging)
		}, []string{"--certificate-authority", "/nowhere/ca.crt"}, "/nowhere/ca.crt"},
	} {
		t.Run(row.name, func(t *testing.T) {
			dir := home(t)
			if row.setup != nil {
				row.setup(t, dir)
			}
			_, err := load(t, row.args...)
			if err == nil || errors.Is(err, ErrNone) || !strings.Contains(err.Error(), row.want) {
				t.Errorf("the error is %v, want one with %q", err, row.want)
			}
		})
	}
}

func TestKubeconfigFilesAreMerged(t *testing.T) {
	dir := home(t)
	a := write(t, filepath.Join(dir, "a"), staging)
	b := write(t, filepath.Join(dir, "b"), production)
	t.Setenv("KUBECONFIG", a+string(os.PathListSeparator)+b+string(os.PathListSeparator)+filepath.Join(dir, "missing"))
	c, err := load(t)
	if err != nil {
		t.Fatal(err)
	}
	want := []ContextInfo{
		{Name: "broken", Cluster: "gone"}, {Name: "production", Cluster: "pr"},
		{Name: "staging", Cluster: "st", Namespace: "team-a", Current: true},
	}
	if diff := cmp.Diff(want, c.Contexts()); diff != "" {
		t.Errorf("contexts (-want +got):\n%s", diff)
	}
	for name, server := range map[string]string{"": "staging.example:6443", "production": "production.example"} {
		s, err := c.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.(*source).client.server; got != server {
			t.Errorf("context %q opens %s", name, got)
		}
	}
	if s, _ := c.Open(""); s.Info() != (cluster.SourceInfo{Kind: cluster.SourceLive, Name: "staging"}) {
		t.Errorf("the source is %+v", s.Info())
	}
	if _, err := c.Open("broken"); err == nil {
		t.Error("a broken context opens")
	}
	if _, err := c.Open("nobody's"); err == nil {
		t.Error("a context that does not exist opens")
	}
}

func TestFlagsAreThoseOfKubectl(t *testing.T) {
	dir := home(t)
	file := write(t, filepath.Join(dir, "a"), staging)
	c, err := load(t, "--kubeconfig", file, "--as", "jane", "--as-group", "devs", "--as-group", "ops", "--as-uid", "7",
		"-s", "https://other.example:1234", "--insecure-skip-tls-verify", "--tls-server-name", "sni.example", "--request-timeout", "7s",
		"--proxy-url", "http://proxy.example:3128", "--disable-compression", "--cache-dir", "/tmp/x", "-n", "a,b", "--namespace", "ns/c", "-n", "a")
	if err != nil {
		t.Fatal(err)
	}
	cfg, _, err := c.rest("staging")
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Host != "https://other.example:1234" || !cfg.Insecure || cfg.ServerName != "sni.example" || cfg.Timeout.Seconds() != 7 ||
		cfg.Proxy == nil || !cfg.DisableCompression || cfg.BearerToken != "st-token" || cfg.Impersonate.UserName != "jane" ||
		cfg.Impersonate.UID != "7" || len(cfg.Impersonate.Groups) != 2 {
		t.Errorf("the flags made %v", cfg)
	}
	if diff := cmp.Diff([]string{"a", "b", "c"}, c.namespaces); diff != "" {
		t.Errorf("namespaces (-want +got):\n%s", diff)
	}
	for _, args := range [][]string{
		{"--server", "https://bare.example", "--username", "u", "--password", "p"},
		{"--kubeconfig", file, "--token", "t"},
		{"--kubeconfig", file, "--cluster", "st", "--user", "sue", "--context", "staging"},
	} {
		if _, err := load(t, args...); err != nil {
			t.Errorf("%v: %v", args, err)
		}
	}
}

func TestFlagsOfOneContextAreNotCarriedToAnother(t *testing.T) {
	dir := home(t)
	file := write(t, filepath.Join(dir, "a"), production)
	t.Setenv("KUBECONFIG", file+string(os.PathListSeparator)+write(t, filepath.Join(dir, "b"), staging))
	c, err := load(t, "--server", "https://other.example", "--token", "secret", "--as", "jane")
	if err != nil {
		t.Fatal(err)
	}
	cfg, _, err := c.rest("staging")
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Host != "https://staging.example:6443" || cfg.BearerToken != "st-token" || cfg.Impersonate.UserName != "jane" {
		t.Errorf("switching context made host %s, token %s, as %s", cfg.Host, cfg.BearerToken, cfg.Impersonate.UserName)
	}
}

func TestAnExecPluginGivesTheCredentials(t *testing.T) {
	dir := home(t)
	tokens := make(chan string, 10)
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		tokens <- r.Header.Get("Authorization")
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"apiVersion":"v1","kind":"Node","metadata":{"name":"n"}}`))
	}))
	defer server.Close()
	plugin := write(t, filepath.Join(dir, "plugin"), `#!/bin/sh
echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"from-the-plugin"}}'
`)
	write(t, filepath.Join(dir, ".kube", "config"), `apiVersion: v1
kind: Config
current-context: c
clusters: [{name: c, cluster: {server: "`+server.URL+`", insecure-skip-tls-verify: true}}]
users:
- {name: u, user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: `+plugin+`, interactiveMode: Never}}}
- {name: failing, user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: `+filepath.Join(dir, "nothing")+`, interactiveMode: Never}}}
contexts: [{name: c, context: {cluster: c, user: u}}, {name: failing, context: {cluster: c, user: failing}}]
`)
	c, err := load(t)
	if err != nil {
		t.Fatal(err)
	}
	s, err := c.Open("")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Get(t.Context(), cluster.Ref{Kind: cluster.KindNode, Name: "n"}); err != nil {
		t.Fatal(err)
	}
	if got := <-tokens; got != "Bearer from-the-plugin" {
		t.Errorf("the server was sent %q", got)
	}
	if s, err = c.Open("failing"); err != nil {
		t.Fatal(err)
	}
	_, err = s.Get(t.Context(), cluster.Ref{Kind: cluster.KindNode, Name: "n"})
	if err == nil || !strings.Contains(err.Error(), "no credentials for 127.0.0.1") || !strings.Contains(err.Error(), "nothing") {
		t.Errorf("a plugin that is missing gives %v", err)
	}
}
