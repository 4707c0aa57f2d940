package firststeps_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/files"
	"github.com/kubestrata/kubestrata/internal/firststeps"
	"github.com/kubestrata/kubestrata/internal/trace"
	"github.com/kubestrata/kubestrata/internal/world"
)

func worldView(t *testing.T, name string) *cluster.View {
	t.Helper()
	v, err := world.View(name)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func given(t *testing.T, text string) *cluster.View {
	t.Helper()
	path := filepath.Join(t.TempDir(), "objects.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := files.Open([]string{path}, files.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s.View()
}

func ids(a *firststeps.Answer) []firststeps.ID {
	var out []firststeps.ID
	for _, s := range a.Steps {
		out = append(out, s.ID)
	}
	return out
}

func TestEveryWorldHasFirstStepsThatShowWhatTheySay(t *testing.T) {
	all := []firststeps.ID{firststeps.Break, firststeps.Outside, firststeps.Name}
	for _, c := range []struct {
		world string
		want  []firststeps.ID
	}{
		{"tour", all},
		{"lab", all},
		{"ckad/start", []firststeps.ID{firststeps.Break, firststeps.Name}},
		{"ckad/calico", []firststeps.ID{firststeps.Name}}, // nothing works there that could be broken, and there is no door
	} {
		t.Run(c.world, func(t *testing.T) {
			view := worldView(t, c.world)
			a := firststeps.For(view, firststeps.Ask{})
			if diff := cmp.Diff(c.want, ids(a)); diff != "" {
				t.Error(diff)
			}
			for _, s := range a.Steps {
				if s.ID == firststeps.Break {
					if len(s.Try) != 1 || s.Class == trace.Answered {
						t.Errorf("%+v breaks nothing", s)
					}
					continue
				}
				got, err := trace.Run(view, trace.Ask{From: s.From, Command: []string{s.Command}})
				if err != nil {
					t.Fatalf("%s: %v", s.Command, err)
				}
				looks := slices.ContainsFunc(got.Steps, func(s trace.Step) bool { return s.Kind == trace.StepDNSAnswer })
				if s.ID == firststeps.Name && !looks {
					t.Errorf("%s asks for no name", s.Command)
				}
				if kind := got.Request.From.Kind; s.ID == firststeps.Outside && (kind != cluster.KindHost || got.Verdict.Class != trace.Answered) {
					t.Errorf("%s comes from a %s and ends as %s", s.Command, kind, got.Verdict.Class)
				}
			}
		})
	}
}

func TestWhatSomebodySawIsWhatBreaks(t *testing.T) {
	view := worldView(t, "tour")
	seen := firststeps.Ask{From: "lan/laptop", Command: "curl http://192.168.10.12:30080/"}
	a := firststeps.For(view, seen)
	i := slices.IndexFunc(a.Steps, func(s firststeps.Step) bool { return s.ID == firststeps.Break })
	if i < 0 || a.Steps[i].From != seen.From || a.Steps[i].Command != seen.Command {
		t.Fatalf("%+v", a.Steps)
	}
	if again := firststeps.For(view, seen); cmp.Diff(a, again) != "" {
		t.Error(cmp.Diff(a, again))
	}
}

func TestWhereNothingFitsNothingIsOffered(t *testing.T) {
	const node = "apiVersion: v1\nkind: Node\nmetadata: {name: node-a}\nspec: {podCIDR: 10.244.1.0/24}\nstatus: {addresses: [{type: InternalIP, address: 192.168.10.11}], conditions: [{type: Ready, status: 'True'}]}\n"
	for _, c := range []struct{ name, text string }{
		{"an empty cluster", node},
		{"a service without anybody behind it, and nobody who asks", node + "---\napiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: default}\nspec: {clusterIP: 10.96.0.9, selector: {app: web}, ports: [{port: 80}]}\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if a := firststeps.For(given(t, c.text), firststeps.Ask{}); len(a.Steps) != 0 || a.Steps == nil {
				t.Errorf("%+v", a.Steps)
			}
		})
	}
	t.Run("a request that fails already is not broken", func(t *testing.T) {
		a := firststeps.For(worldView(t, "tour"), firststeps.Ask{From: "pod/default/toolbox", Command: "curl http://pay/"})
		for _, s := range a.Steps {
			if s.ID == firststeps.Break && s.Command == "curl http://pay/" {
				t.Errorf("%+v", s)
			}
		}
	})
}
