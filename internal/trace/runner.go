package trace

import (
	"maps"
	"slices"
	"strings"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/dns"
	"github.com/kubestrata/kubestrata/internal/facts"
	"github.com/kubestrata/kubestrata/internal/policy"
	"github.com/kubestrata/kubestrata/internal/service"
)

// Runner answers many questions about one View: what does not depend on the question (facts, configurations, what the
// policies say) is found out once. It is not safe for concurrent use.
type Runner struct {
	view     *cluster.View
	walked   *cluster.View // the same with what gateways add to the surroundings
	gates    *policy.Book
	prepared map[string]*prepared // by the facts that were given
}

// prepared is what a walk needs and all walks under the same given facts share. Nobody changes it.
type prepared struct {
	facts   *facts.Facts
	service service.Config
	dns     *dns.Config
	// noKubeProxy says that something else stands in kube-proxy's place.
	noKubeProxy bool
}

// NewRunner makes a Runner for a View.
func NewRunner(view *cluster.View) *Runner {
	walked := gatewayHosts(ingressHosts(view))
	return &Runner{view: view, walked: walked, gates: policy.NewBook(walked), prepared: map[string]*prepared{}}
}

// Run answers as the function Run does, with the same bytes.
func (r *Runner) Run(ask Ask) (*Trace, error) {
	ask.runner = r
	return Run(r.view, ask)
}

// Brief is Run without the steps: the verdict, the outcomes, the assumptions and the alternatives are those of Run.
func (r *Runner) Brief(ask Ask) (*Trace, error) {
	ask.runner, ask.brief = r, true
	return Run(r.view, ask)
}

// prepare finds out what does not depend on the question, or remembers it.
func (r *Runner) prepare(given map[string]string) (*prepared, error) {
	var b strings.Builder
	for _, k := range slices.Sorted(maps.Keys(given)) {
		b.WriteString(k + "=" + given[k] + "\n")
	}
	key := b.String()
	if p, known := r.prepared[key]; known {
		return p, nil
	}
	f, err := facts.Of(r.walked, given)
	if err != nil {
		return nil, &AskError{Code: CodeBadAssume, Field: "assume", Message: err.Error()}
	}
	zone := ""
	if f.Get(facts.KeyClusterDomain).Source == facts.Given {
		zone = f.Value(facts.KeyClusterDomain)
	}
	name, _ := facts.ServiceProxy(r.walked)
	p := &prepared{
		facts: f, service: serviceConfig(r.walked, f), dns: dns.ReadConfig(r.walked, dns.Given{ClusterDomain: zone}), noKubeProxy: name != "",
	}
	r.prepared[key] = p
	return p, nil
}
