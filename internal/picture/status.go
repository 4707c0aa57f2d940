package picture

import (
	"reflect"
	"time"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/facts"
	"github.com/kubestrata/kubestrata/internal/policy"
	"github.com/kubestrata/kubestrata/internal/wire"
)

const (
	statusCard = "status"
	bandsCard  = "bands"
)

// detect reads the facts anew; what shows them is due where they differ.
func (p *Picture) detect() {
	before, enforced := p.facts, p.enforced
	found, err := facts.Of(p.view, nil)
	if err != nil { // nothing is given, so nothing can be wrong
		found = &facts.Facts{}
	}
	p.facts, p.enforced = found, policy.EnforcementOf(p.view)
	if before == nil || differ(before, found, facts.KeyProxyMode) {
		p.due.allNodes = true
	}
	if before == nil || differ(before, found, facts.KeyPodNetwork) {
		p.due.bands = true
	}
	if enforced.Enforces != p.enforced.Enforces {
		p.due.policies = true
	}
}

func (p *Picture) putStatus() {
	v, a := p.view, p.about
	connection := v.Connection()
	s := wire.Status{
		SourceKind: v.Source().Kind, SourceName: v.Source().Name, Example: v.Source().Example,
		Connection: connection.State, Message: connection.Message, Since: milliseconds(connection.Since),
		LastData: milliseconds(a.LastData), ServerTime: milliseconds(a.Now),
		Paused: a.Paused, CanPause: a.CanPause, Life: a.Life, ReadyFrom: a.ReadyFrom, ReadyAsk: a.ReadyAsk,
		Counts: wire.Counts{
			Nodes: v.Count(cluster.KindNode), Pods: v.PodCount(), Services: v.Count(cluster.KindService),
		},
		Kinds: []wire.KindStatus{}, Detected: p.shownFacts(), NodesListed: v.Readable(cluster.KindNode, ""),
	}
	for _, k := range v.Kinds() {
		if k.State != cluster.StateSynced {
			s.Kinds = append(s.Kinds, wire.KindStatus{
				Resource: k.Resource, Namespace: k.Namespace, State: string(k.State), Verb: k.Verb, Message: k.Message,
			})
		}
	}
	// Files that cannot be read are no reason to show none of the others, nor to keep quiet about them.
	if s.Connection == cluster.ConnLive && s.Message != "" {
		s.Connection = incomplete
	}
	p.sendStatus(s)
}

// incomplete stands for the connection of a source that delivers, but not all: some files cannot be read. The message
// names them.
const incomplete = "incomplete"

// statusInterval is how often a status is sent in which only counts and times differ.
const statusInterval = 250 * time.Millisecond

func (p *Picture) sendStatus(s wire.Status) {
	old := p.status
	old.Counts, old.LastData, old.ServerTime = s.Counts, s.LastData, s.ServerTime
	moved := p.status.Counts != s.Counts || p.status.LastData != s.LastData
	if reflect.DeepEqual(old, s) {
		if !moved {
			p.stale = false
			return
		}
		if s.ServerTime-p.status.ServerTime < statusInterval.Milliseconds() {
			p.stale = true
			return
		}
	}
	p.status, p.stale = s, false
	p.cards.put(SectionStatus, statusCard, s)
}

// shownFacts lists what the status line names: how kube-proxy works and whether policies are enforced, always; all
// else where it was detected.
func (p *Picture) shownFacts() []wire.Fact {
	out := []wire.Fact{}
	for _, f := range p.facts.All() {
		text := f.Key + " " + f.Value
		switch f.Key {
		case facts.KeyProxyMode:
			text = "kube-proxy " + f.Value
		case facts.KeyPolicy:
			text = p.enforcementText()
		case facts.KeyPodNetwork:
			text = f.Value + " pod network"
		default:
			if f.Source != facts.Detected {
				continue
			}
		}
		out = append(out, wire.Fact{Key: f.Key, Value: f.Value, Source: f.Source, Text: text})
	}
	return out
}

var pluginNames = map[string]string{
	"calico": "Calico", "canal": "Canal", "cilium": "Cilium", "kindnet": "kindnet", "flannel": "Flannel", "antrea": "Antrea",
	"ovn-kubernetes": "OVN-Kubernetes", "weave": "Weave Net", "aws-node": "AWS VPC CNI", "azure": "Azure CNI", "bridge": "bridge",
}

func (p *Picture) enforcementText() string {
	name := p.enforced.Plugin
	if n, ok := pluginNames[name]; ok {
		name = n
	}
	if name == "" {
		name = "network policies"
	}
	switch {
	case p.enforced.Enforces == policy.No:
		return name + " (not enforced)"
	case p.enforced.Refusal == policy.RefusalReject:
		return name + " (rejects)"
	case p.enforced.Enforces == policy.Unknown || p.enforced.Enforces == "":
		return name + " (enforcement unknown)"
	}
	return name + " (drops)"
}

func milliseconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// differ reports whether the map writes a fact otherwise than before.
func differ(before, found *facts.Facts, key string) bool {
	return before.Value(key) != found.Value(key) || before.Firm(key) != found.Firm(key)
}
