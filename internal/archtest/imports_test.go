// Package archtest holds the rules of who may import whom.
package archtest

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/kubestrata/kubestrata/"

// A rule forbids packages to import others, directly or (deep) through anything.
type rule struct {
	why    string
	from   []string // packages of this module, or "*"; a trailing "/..." takes what is below
	except []string
	deny   []string // import path prefixes
	deep   bool
}

// pure are the packages that answer from what they are given: no clock, no dice, no input or output. Same View, same
// question, same answer.
var pure = []string{
	"internal/command", "internal/dns", "internal/service", "internal/policy", "internal/ingress", "internal/gateway",
	"internal/boundary", "internal/facts", "internal/trace", "internal/simulate", "internal/picture", "internal/inspect",
	"internal/complete", "internal/whatif", "internal/observation", "internal/check", "internal/reach", "internal/recipes",
	"internal/firststeps",
}

var mechanisms = []string{
	"internal/command", "internal/dns", "internal/service", "internal/policy", "internal/ingress", "internal/gateway",
	"internal/boundary",
}

var rules = []rule{
	{
		why:  "client-go stands behind internal/kube alone, so that a world, files and a cluster are the same to everything else",
		from: []string{"*"}, except: []string{"internal/kube", "internal/kube/..."}, deny: []string{"k8s.io/client-go"},
	},
	{
		why:  "the clientset, informers and cli-runtime cost minutes of a newcomer's first compile",
		from: []string{"*"}, deep: true,
		deny: []string{"k8s.io/client-go/kubernetes", "k8s.io/client-go/informers", "k8s.io/client-go/listers", "k8s.io/cli-runtime"},
	},
	{
		why:  "HTTP, sockets and templates are the business of the server, the templates and the command line",
		from: []string{"*"}, except: []string{"internal/server", "internal/server/...", "internal/cli", "internal/kube", "internal/kube/...", "templates", "static"},
		deny: []string{"net/http", "github.com/go-chi/chi", "github.com/coder/websocket", "github.com/a-h/templ"},
	},
	{
		why:  "a pure package answers the same for the same question: no clock, no dice, no files, no network",
		from: pure, deny: []string{"math/rand", "crypto/rand", "os", "net", "net/http", "os/exec", "log", "log/slog", "sync/atomic", "context"},
	},
	{
		why:  "mechanisms know the cluster, not each other: the trace engine is where they meet",
		from: mechanisms, deny: prefixed(mechanisms),
	},
	{
		why:  "mechanisms lie below the engine",
		from: mechanisms, deny: prefixed([]string{"internal/trace", "internal/facts"}),
	},
	{
		why:  "the model lies below everything",
		from: []string{"internal/cluster"}, deny: prefixed([]string{"internal/trace", "internal/wire", "internal/stream", "internal/server", "internal/kube", "internal/world", "internal/files"}),
	},
	{
		why:  "surroundings are data",
		from: []string{"internal/surroundings"}, deny: prefixed([]string{"internal/cluster", "internal/trace", "internal/world"}),
	},
	{
		why:  "the frames are a schema: they know nothing of this program",
		from: []string{"internal/wire"}, deny: []string{module},
	},
	{
		why:  "the stream knows who is connected, not how",
		from: []string{"internal/stream"}, deny: append(prefixed([]string{"internal/server", "internal/kube", "internal/world", "internal/files"}), "net/http"),
	},
	{
		why:  "a room keeps people in step, whatever they look at and however they are connected",
		from: []string{"internal/room"}, deny: []string{module, "net", "net/http", "os", "log", "log/slog", "math/rand"},
	},
	{
		why:  "the command line is the top: nothing lies above it",
		from: []string{"*"}, except: []string{"cmd/kubestrata"}, deny: prefixed([]string{"internal/cli"}),
	},
	{
		why:  "tests drive the browser, the program does not",
		from: []string{"*"}, deny: []string{"github.com/chromedp"},
	},
}

func prefixed(packages []string) []string {
	out := make([]string, len(packages))
	for i, p := range packages {
		out[i] = module + p
	}
	return out
}

func TestImportRules(t *testing.T) {
	direct, deps := imports(t)
	if len(direct) < 5 {
		t.Fatalf("only %d packages found", len(direct))
	}
	for _, r := range rules {
		for pkg := range direct {
			name := strings.TrimPrefix(pkg, module)
			if !named(r.from, name) || named(r.except, name) {
				continue
			}
			list := direct[pkg]
			if r.deep {
				list = deps[pkg]
			}
			for _, imported := range list {
				if imported == pkg {
					continue
				}
				for _, d := range r.deny {
					if under(imported, d) {
						t.Errorf("%s imports %s: %s", name, imported, r.why)
					}
				}
			}
		}
	}
}

func named(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		if below, ok := strings.CutSuffix(p, "/..."); ok {
			return strings.HasPrefix(name, below+"/")
		}
		return p == "*" || p == name
	})
}

// under reports whether a path is prefix or lies below it; "os" does not take "os/signal", "net" not "net/netip".
func under(path, prefix string) bool {
	if path == prefix {
		return true
	}
	return strings.HasPrefix(path, strings.TrimSuffix(prefix, "/")+"/") && strings.ContainsAny(prefix, "./")
}

func imports(t *testing.T) (direct, deps map[string][]string) {
	t.Helper()
	cmd := exec.Command("go", "list", "-f", `{{.ImportPath}}|{{join .Imports " "}}|{{join .Deps " "}}`, "./...")
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	direct, deps = map[string][]string{}, map[string][]string{}
	for line := range strings.Lines(string(out)) {
		parts := strings.Split(strings.TrimSpace(line), "|")
		if len(parts) != 3 {
			t.Fatalf("go list says %q", line)
		}
		direct[parts[0]], deps[parts[0]] = strings.Fields(parts[1]), strings.Fields(parts[2])
	}
	return direct, deps
}
