package reach

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/gateway"
	"github.com/kubestrata/kubestrata/internal/trace"
	"github.com/kubestrata/kubestrata/internal/words"
)

// ExposureSchema names the form of what Exposure answers.
const ExposureSchema = "kubestrata.io/exposure/v1"

// MaxExposed is how many targets one question may have: each costs some traces, and the count of who is inside.
const MaxExposed = 64

// Exposed says from where one thing can be reached, and through which doors.
type Exposed struct {
	Target   string      `json:"target"` // as it was asked for
	Ref      cluster.Ref `json:"ref"`
	Port     int32       `json:"port"`
	Internet Side        `json:"internet"`
	LAN      Side        `json:"lan"`
	Inside   Inside      `json:"inside"`
}

// Side is how a thing stands to one of the networks outside: the best of what its doors give. Without a door that is
// open, it says what the thing's own address gives.
type Side struct {
	Verdict   Verdict         `json:"verdict"`
	Certainty trace.Certainty `json:"certainty"`
	Open      []Opening       `json:"open"` // the doors that are open; never nil
	DecidedBy *cluster.Ref    `json:"decidedBy"`
	Reason    string          `json:"reason"`
	Sentence  string          `json:"sentence"` // "By Ingress default/shop (http://shop.test/api)."
	Trace     *Pair           `json:"trace"`    // explains it; nil where there was nothing to ask for
}

// Opening is a door that is open, and the object that opens it.
type Opening struct {
	Door  Door   `json:"door"`
	Words string `json:"words"` // "NodePort 30080 of every node", "Ingress default/shop, shop.test/api"
	Trace Pair   `json:"trace"`
}

// Inside counts the running pods that reach a thing.
type Inside struct {
	Verdict  Verdict `json:"verdict"` // allowed: all that could; partly: some; denied or fails: none
	Pods     int     `json:"pods"`
	Allowed  int     `json:"allowed"`
	Sentence string  `json:"sentence"`
}

// Exposure says of services (and of hosts of ingresses and gateways) from which networks they can be reached, with the
// objects that open the doors. Targets are as those of who-can-reach; one that cannot be asked for is left out. The errors
// are *Error, or a trace's *trace.AskError.
func Exposure(view *cluster.View, targets []string, ask Ask) ([]Exposed, error) {
	if len(targets) > MaxExposed {
		return nil, bad("target", "%d targets are too many for one question; ask for at most %d", len(targets), MaxExposed)
	}
	a, err := newAsker(view, ask)
	if err != nil {
		return nil, err
	}
	out := []Exposed{}
	for _, text := range targets {
		ask.Target = text
		t, err := parseTarget(view, ask)
		var wrong *Error
		switch {
		case errors.As(err, &wrong):
			continue // it is gone since, or has nothing that could be asked for
		case err != nil:
			return nil, err
		}
		e, err := a.exposed(text, t)
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}

func (a *asker) exposed(text string, t *target) (Exposed, error) {
	// What was traced for another target is of no use here, and the keys of senders would mix them up.
	clear(a.traced)
	e := Exposed{Target: text, Ref: t.ref, Port: t.port}
	for i := range t.spots {
		a.ready(&t.spots[i])
	}
	knocks := append(a.doors(t), a.hostNames(t)...)
	var err error
	if e.Internet, err = a.side("internet", knocks, t); err != nil {
		return e, err
	}
	if e.LAN, err = a.side("lan", knocks, t); err != nil {
		return e, err
	}
	gather := newGathering()
	if err := a.fromPods(t, gather); err != nil {
		return e, err
	}
	e.Inside = insideOf(gather.list)
	return e, nil
}

// hostNames are the host names of ingresses and of gateways' routes that lead to a service.
func (a *asker) hostNames(t *target) []knock {
	if t.ref.Kind != cluster.KindService {
		return nil
	}
	var out []knock
	add := func(kind, host, path string) {
		if host == "" || strings.Contains(host, "*") {
			return
		}
		o := &target{protocol: t.protocol}
		rest := host + "/" + path
		by := o.ingress
		if kind == "gateway" {
			by = o.gateway
		}
		if by(a.view, rest, "") != nil {
			return // without an address it is no door
		}
		for _, s := range o.spots {
			d := &Door{Kind: kind, Object: s.ref, Address: rest, Port: s.port}
			out = append(out, knock{d, s.port, s.command})
		}
	}
	for _, ing := range a.view.Ingresses() {
		for _, r := range ing.Spec.Rules {
			if r.HTTP == nil || ing.Namespace != t.ref.Namespace {
				continue
			}
			for _, p := range r.HTTP.Paths {
				if s := p.Backend.Service; s != nil && s.Name == t.ref.Name {
					add("ingress", r.Host, literal(p.Path))
				}
			}
		}
	}
	for _, r := range gateway.Read(a.view).Routes() {
		for _, rule := range r.Rules {
			if !slices.ContainsFunc(rule.Backends, func(b gateway.BackendView) bool {
				return b.Ref.Kind == cluster.KindService && b.Ref.Namespace == t.ref.Namespace && b.Ref.Name == t.ref.Name
			}) {
				continue
			}
			for _, p := range r.Parents {
				for _, h := range p.Hosts {
					add("gateway", h, literal(rule.Path))
				}
			}
		}
	}
	return out
}

// literal is a path up to where an expression begins: a request for it is taken by what it stands for.
func literal(p string) string {
	if i := strings.IndexAny(p, "([{*+?\\|$^"); i >= 0 {
		p = p[:i]
	}
	return strings.TrimPrefix(p, "/")
}

// side asks at every door from one network.
func (a *asker) side(from string, knocks []knock, t *target) (Side, error) {
	out := Side{Open: []Opening{}}
	for i, k := range knocks {
		tr, err := a.runner.Brief(trace.Ask{From: from, Command: []string{k.command}, Assume: a.ask.Assume, Namespace: a.ask.Namespace})
		if err != nil {
			return out, err
		}
		v := verdictOf(&told{verdict: tr.Verdict, partly: anyAnswers(tr)})
		if through := k.door.Kind == "ingress" || k.door.Kind == "gateway"; through && t.ref.Kind == cluster.KindService && !leadsTo(tr, t.ref) {
			v = Fails // another rule takes the request
		}
		if v == Allowed || v == Partly {
			out.Open = append(out.Open, Opening{Door: *k.door, Words: k.door.words(), Trace: a.pair(from, k.command)})
		}
		if i > 0 && rank(v) >= rank(out.Verdict) {
			continue
		}
		p := a.pair(from, k.command)
		out.Verdict, out.Certainty, out.Trace = v, tr.Verdict.Certainty, &p
		out.Reason, out.DecidedBy, out.Sentence = tr.Verdict.Reason, tr.Verdict.DecidedBy, tr.Verdict.Sentence
	}
	if len(knocks) == 0 {
		out.Verdict, out.Certainty, out.Sentence = Fails, trace.Certain, words.Say("reach.side.no-address")
	}
	if len(out.Open) > 0 {
		out.Sentence = words.Say("reach.side.by", out.Open[0].Words)
		if n := len(out.Open) - 1; n > 0 {
			out.Sentence += " " + words.Count("reach.and-doors", n)
		}
		out.Sentence += "."
	}
	return out, nil
}

func anyAnswers(tr *trace.Trace) bool {
	return tr.Verdict.Class == trace.Mixed && slices.ContainsFunc(tr.Outcomes, func(o trace.Outcome) bool { return o.Class == trace.Answered })
}

// leadsTo reports whether some outcome of a request ends at a service's backend.
func leadsTo(tr *trace.Trace, ref cluster.Ref) bool {
	return slices.ContainsFunc(tr.Outcomes, func(o trace.Outcome) bool {
		return o.Backend != nil && o.Backend.Kind == ref.Kind && o.Backend.Namespace == ref.Namespace && o.Backend.Name == ref.Name
	})
}

// rank is how much of an opening a verdict is, the widest first.
func rank(v Verdict) int {
	return slices.Index([]Verdict{Allowed, Partly, Unknown, Denied, Fails}, v)
}

// words name a door and who opens it.
func (d *Door) words() string {
	owner := fmt.Sprintf("%s %s", d.Object.Kind, path(d.Object))
	switch d.Kind {
	case "node-port":
		return words.Say("reach.door.node-port", d.Port, owner)
	case "load-balancer":
		return words.Say("reach.door.load-balancer", d.Address, d.Port, owner)
	case "external-ip":
		return words.Say("reach.door.external-ip", d.Address, d.Port, owner)
	case "host-port":
		return words.Say("reach.door.host-port", d.Port, d.Address, owner)
	case "ingress", "gateway":
		return words.Say("reach.door.http", owner, cmp.Or(strings.TrimSuffix(d.Address, "/"), words.Say("clause.any-host")))
	}
	return words.Say("reach.door.own", d.Address)
}

func insideOf(groups []Group) Inside {
	var in Inside
	policies := map[string]bool{}
	var first string
	for _, g := range groups {
		in.Pods += g.Members
		if g.Verdict == Allowed || g.Verdict == Partly {
			in.Allowed += g.Members
			continue
		}
		if g.Verdict == Denied && g.DecidedBy != nil {
			policies[string(g.DecidedBy.Kind)+" "+path(*g.DecidedBy)] = true
		}
		first = cmp.Or(first, g.Sentence)
	}
	switch {
	case in.Pods == 0:
		in.Verdict, in.Sentence = Unknown, words.Say("reach.inside.nobody")
	case in.Allowed == in.Pods:
		in.Verdict, in.Sentence = Allowed, words.Say("reach.inside.every-pod")
	case in.Allowed > 0:
		in.Verdict, in.Sentence = Partly, words.Say("reach.inside.some-pods", in.Allowed, in.Pods)
	default:
		in.Verdict, in.Sentence = Fails, words.Say("reach.inside.no-pod-because", first)
		if len(policies) > 0 {
			in.Verdict, in.Sentence = Denied, words.Say("reach.inside.no-pod")
		}
	}
	if len(policies) > 0 {
		names := make([]string, 0, len(policies))
		for p := range policies {
			names = append(names, p)
		}
		slices.Sort(names)
		in.Sentence += words.Say("reach.inside.by", names[0])
		if len(names) > 1 {
			in.Sentence += " " + words.Count("reach.and-policies", len(names)-1)
		}
		in.Sentence += "."
	} else if in.Verdict == Partly {
		in.Sentence += "."
	}
	return in
}
