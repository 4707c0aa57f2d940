package trace

import (
	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/facts"
	"github.com/kubestrata/kubestrata/internal/words"
)

// keySourceContainer is whether the container that is to ask runs.
const keySourceContainer = "source-container"

// doubtSource notes that nothing runs in the container that is to ask (kubectl exec would refuse then), or in none of the
// pod's where none is named: the answer is what it would meet if it ran.
func (e *engine) doubtSource(b *branch) {
	p := e.from.pod
	if p == nil || e.from.ghost || p.Shape == nil || len(p.Shape.Containers) == 0 {
		return
	}
	name := ""
	for i, c := range p.Shape.Containers {
		if e.from.container != "" && e.from.container != c.Name {
			continue
		}
		switch p.States.Of(i) {
		case cluster.ContainerRunning, cluster.ContainerUnreported:
			return
		}
		if name == "" {
			name = c.Name
		}
	}
	if name == "" || e.from.container == "" && p.States.OtherRuns() {
		return
	}
	e.assumeFlip(keySourceContainer, words.Say("fact.source-container", name, p.Namespace, p.Name), facts.Default)
	b.certainty = worse(b.certainty, Assumed)
}
