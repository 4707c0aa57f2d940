package files_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/files"
)

const deployment = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: web, env: [{name: KEY, value: secret}], ports: [{containerPort: 8080}]}]}
`

const service = `apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
`

func write(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLoadReadsFilesDirectoriesAndStandardInput(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "d", "deploy.yaml"), deployment)
	write(t, filepath.Join(dir, "d", "deep", "svc.yml"), service)
	write(t, filepath.Join(dir, "d", "ns.json"), `{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"j"}}`)
	write(t, filepath.Join(dir, "d", "notes.txt"), "not YAML: [")
	write(t, filepath.Join(dir, "d", ".hidden.yaml"), "kind: [")
	around := write(t, filepath.Join(dir, "around.yaml"), "apiVersion: kubestrata.io/v1alpha1\nkind: Surroundings\nhosts: [{name: laptop, layer: lan}]\n")
	objects, s, problems := files.Load([]string{filepath.Join(dir, "d"), around, "-"}, strings.NewReader("apiVersion: v1\nkind: Namespace\nmetadata: {name: piped}\n"))
	got := names(objects)
	slices.Sort(got)
	if want := []string{"Deployment web", "Namespace j", "Namespace piped", "Service web"}; !slices.Equal(got, want) || len(s.Hosts) != 1 || len(problems) != 0 {
		t.Errorf("%v, %+v, %v", got, s, lines(problems))
	}
}

func TestAnObjectOfTwoFilesIsTakenFromTheLast(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a.yaml"), service)
	write(t, filepath.Join(dir, "b.yaml"), strings.Replace(service, "port: 80,", "port: 81,", 1))
	objects, _, problems := files.Load([]string{dir}, nil)
	if len(objects) != 1 || objects[0].(*corev1.Service).Spec.Ports[0].Port != 81 {
		t.Errorf("%v", names(objects))
	}
	if len(problems) != 1 || problems[0].Severity != files.Warning || !strings.Contains(problems[0].Text, "a.yaml too") {
		t.Errorf("%v", lines(problems))
	}
}

func TestOpenFailsWhereThereIsNothingToShow(t *testing.T) {
	dir := t.TempDir()
	tests := []struct {
		name  string
		paths []string
		want  string
	}{
		{"no path", nil, "no file is given"},
		{"a path that is not there", []string{filepath.Join(dir, "gone.yaml")}, "gone.yaml: no such file or directory"},
		{"an empty directory", []string{dir}, "no object of a kind that is shown"},
		{"a broken file", []string{write(t, filepath.Join(t.TempDir(), "b.yaml"), "kind: [")}, "b.yaml:"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, err := files.Open(test.paths, files.Options{}); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("want %s, got %v", test.want, err)
			}
		})
	}
}

func TestPlainManifestsBecomeACluster(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "app.yaml"), deployment+"---\n"+service)
	source, err := files.Open([]string{dir}, files.Options{})
	if err != nil {
		t.Fatal(err)
	}
	v := source.View()
	if v.Source().Kind != cluster.SourceFiles || len(v.Nodes()) != 2 || v.Service("kube-system", "kube-dns") == nil || v.Namespace("default") == nil {
		t.Errorf("%+v, %d nodes", v.Source(), len(v.Nodes()))
	}
	if s := v.Slices("default", "web"); len(s) != 1 || len(s[0].Endpoints) != 2 || s[0].Ports[0].Port != 8080 {
		t.Errorf("slices %+v", s)
	}
	o, err := source.Get(t.Context(), cluster.Ref{Kind: cluster.KindPod, Namespace: "default", Name: v.Slices("default", "web")[0].Endpoints[0].Pod})
	if err != nil {
		t.Fatal(err)
	}
	if env := o.(*corev1.Pod).Spec.Containers[0].Env[0]; env.Value == "secret" {
		t.Error("an environment value is shown")
	}
	if _, err := source.Get(t.Context(), cluster.Ref{Kind: cluster.KindPod, Namespace: "default", Name: "nobody"}); err == nil {
		t.Error("there is no such pod")
	}
}

// follower runs a source and hands out its revisions.
type follower struct {
	t     *testing.T
	store *cluster.Store
	views chan *cluster.View
}

func follow(t *testing.T, paths ...string) *follower {
	t.Helper()
	source, err := files.Open(paths, files.Options{Settle: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	f := &follower{t: t, store: cluster.NewStore(source.Info(), nil), views: make(chan *cluster.View, 1000)}
	_, cancel := f.store.Observe(func(v *cluster.View, _ cluster.Change) { f.views <- v })
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- source.Run(ctx, f.store) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		cancel()
	})
	return f
}

// until waits for a revision that holds what is asked.
func (f *follower) until(what string, holds func(*cluster.View) bool) *cluster.View {
	f.t.Helper()
	deadline := time.After(20 * time.Second)
	for {
		select {
		case v := <-f.views:
			if holds(v) {
				return v
			}
		case <-deadline:
			f.t.Fatalf("no revision %s; connection %+v", what, f.store.View().Connection())
		}
	}
}

func TestFilesAreFollowedAsTheyChange(t *testing.T) {
	dir := t.TempDir()
	app := write(t, filepath.Join(dir, "app.yaml"), deployment)
	f := follow(t, dir)
	pods := func(n int) func(*cluster.View) bool {
		return func(v *cluster.View) bool {
			count := 0
			for range v.PodsIn("default") {
				count++
			}
			return count == n
		}
	}
	first := f.until("with two pods", pods(2))
	if first.Connection().State != cluster.ConnLive {
		t.Errorf("%+v", first.Connection())
	}

	write(t, app, strings.Replace(deployment, "replicas: 2", "replicas: 3", 1))
	f.until("with three pods after a write", pods(3))

	temporary := write(t, filepath.Join(dir, ".app.yaml.swp"), strings.Replace(deployment, "replicas: 2", "replicas: 4", 1))
	if err := os.Rename(temporary, app); err != nil {
		t.Fatal(err)
	}
	f.until("with four pods after an editor's rename", pods(4))

	write(t, filepath.Join(dir, "new", "deeper", "svc.yaml"), service)
	f.until("with the service of a new directory", func(v *cluster.View) bool { return v.Service("default", "web") != nil })

	write(t, app, "kind: [\n")
	broken := f.until("that names the error", func(v *cluster.View) bool { return strings.Contains(v.Connection().Message, "app.yaml:") })
	if !pods(4)(broken) || broken.Connection().State != cluster.ConnLive {
		t.Errorf("a file that does not parse takes its objects with it: %+v", broken.Connection())
	}

	write(t, app, deployment)
	healed := f.until("that is whole again", func(v *cluster.View) bool { return v.Connection().Message == "" })
	if !pods(2)(healed) {
		t.Error("the mended file is not shown")
	}

	if err := os.Remove(app); err != nil {
		t.Fatal(err)
	}
	gone := f.until("without pods", pods(0))
	if gone.Service("default", "web") == nil {
		t.Error("the other file's service went too")
	}
}

func TestASingleFileIsFollowedToo(t *testing.T) {
	dir := t.TempDir()
	app := write(t, filepath.Join(dir, "app.yaml"), service)
	f := follow(t, app)
	f.until("with the service", func(v *cluster.View) bool { return v.Service("default", "web") != nil })
	write(t, filepath.Join(dir, "other.yaml"), deployment)
	write(t, app, strings.Replace(service, "port: 80,", "port: 8000,", 1))
	v := f.until("with the other port", func(v *cluster.View) bool { return v.Service("default", "web").Spec.Ports[0].Port == 8000 })
	if len(v.Deployments()) != 1 { // the simulated DNS
		t.Errorf("%d deployments: its neighbour was read", len(v.Deployments()))
	}
}
