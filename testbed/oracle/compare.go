package oracle

import (
	"fmt"
	"math"
	"net/netip"
	"strings"

	corev1 "k8s.io/api/core/v1"

	proxyutil "k8s.io/kubernetes/pkg/proxy/util"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/service"
)

// judge asks kube-proxy's rules and service.Decide about packets of one world.
type judge struct {
	world   *world
	view    *cluster.View
	proxies map[corev1.IPFamily]*proxied
}

func newJudge(w *world) *judge {
	return &judge{world: w, view: w.view(), proxies: map[corev1.IPFamily]*proxied{}}
}

// answer is what both said of a packet.
type answer struct {
	decision service.Decision
	outcome  outcome
	differ   string // empty where they agree
	text     shownText
}

func (j *judge) ask(p probe) (answer, error) {
	var a answer
	family := familyOf(p.dst.Addr())
	if j.proxies[family] == nil {
		made, err := runKubeProxy(j.world, family)
		if err != nil {
			return a, err
		}
		j.proxies[family] = made
	}
	asked := service.Packet{Src: p.src, SrcKind: p.kind, Dst: p.dst, Protocol: p.protocol, ICMP: p.icmp, Node: j.world.node}
	if p.pod != "" {
		asked.SrcPod = j.view.Pod("default", p.pod)
	}
	a.decision = service.Decide(j.view, j.world.config, asked)
	sent := packet{src: p.src, dst: p.dst.Addr(), port: p.dst.Port(), protocol: strings.ToLower(string(p.protocol))}
	if p.icmp {
		sent.protocol = "icmp"
	}
	switch p.kind {
	case service.FromPod:
		sent.iface = podInterface
	case service.FromOther:
		sent.iface = wireInterface
	}
	var err error
	if a.outcome, err = pass(j.proxies[family].rules, sent, j.world.ownAddrs()); err != nil {
		return a, err
	}
	a.differ = j.compare(p, a)
	for _, rival := range a.decision.Rivals {
		if a.differ == "" {
			break
		}
		if b := (answer{decision: rival, outcome: a.outcome}); j.compare(p, b) == "" {
			a.decision, a.differ = rival, ""
		}
	}
	if a.differ == "" {
		if a.text = j.compareText(p, &a.decision); a.text.lie != "" {
			a.differ = fmt.Sprintf("%s shows rules that are not there (exact %v): %s", a.decision.Kind, a.decision.Exact, a.text.lie)
		}
	}
	return a, nil
}

func (j *judge) compare(p probe, a answer) string {
	d, o := a.decision, a.outcome
	alone := func(share float64, name string) string {
		if share != 1 || o.passMasked {
			return fmt.Sprintf("%s was decided, kube-proxy: %s", name, o)
		}
		return ""
	}
	switch d.Kind {
	case service.NoRule, service.Astray, service.Local, service.Answered:
		if differ := alone(o.pass, string(d.Kind)); differ != "" {
			return differ
		}
		if status := j.health(p); status != d.HTTPStatus {
			return fmt.Sprintf("%s %d was decided, kube-proxy answers health checks with %d", d.Kind, d.HTTPStatus, status)
		}
		if health := j.proxies[familyOf(p.dst.Addr())].health; d.Kind == service.Answered && d.LocalReady != health.ready[health.owner(p.dst.Port())] {
			return fmt.Sprintf("%d endpoints were counted, kube-proxy counts %d", d.LocalReady, health.ready[health.owner(p.dst.Port())])
		}
		return ""
	case service.Reject:
		return alone(o.reject, "reject")
	case service.Drop:
		return alone(o.drop, "drop")
	case service.DNAT:
		return compareTargets(d, o)
	}
	return fmt.Sprintf("%q was decided (unread %q), kube-proxy: %s", d.Kind, d.Unread, o)
}

func compareTargets(d service.Decision, o outcome) string {
	want := outcome{targets: map[netip.AddrPort]target{}}
	for _, c := range d.Endpoints {
		switch {
		case c.After != nil && c.After.Kind == service.Reject:
			want.reject += c.Share
		case c.After != nil && c.After.Kind == service.Drop:
			want.drop += c.Share
		default:
			want.targets[c.Addr] = target{c.Share, c.Masked}
		}
	}
	near := func(a, b float64) bool { return math.Abs(a-b) < 1e-6 } // kube-proxy writes probabilities with ten digits
	same := len(want.targets) == len(o.targets) && o.mixed == "" && o.pass == 0 && near(o.drop, want.drop) && near(o.reject, want.reject)
	for at, t := range want.targets {
		have := o.targets[at]
		same = same && have.masked == t.masked && near(have.share, t.share)
	}
	if same {
		return ""
	}
	return fmt.Sprintf("%s was decided, kube-proxy: %s", want, o)
}

// health is the status with which kube-proxy's own server answers at the destination, 0 where it does not listen.
func (j *judge) health(p probe) int {
	own := j.world.ownAddrs()
	addr := p.dst.Addr()
	if p.icmp || p.protocol != corev1.ProtocolTCP || !own[addr] && !addr.IsLoopback() {
		return 0
	}
	npa := proxyutil.NewNodePortAddresses(familyOf(addr), j.world.nodePortAddresses())
	listens := npa.MatchAll()
	ips, _ := npa.GetNodeIPs(network(own))
	for _, ip := range ips {
		listens = listens || ip.String() == addr.String()
	}
	if !listens {
		return 0
	}
	return j.proxies[familyOf(addr)].health.status(p.dst.Port())
}
