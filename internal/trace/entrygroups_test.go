package trace_test

import (
	"fmt"
	"math"
	"testing"

	discoveryv1 "k8s.io/api/discovery/v1"

	"github.com/kubestrata/kubestrata/internal/trace"
)

// province is a service behind a load balancer with an endpoint for each of its nodes but the last.
func province(t testing.TB, nodes, perNode int) *place {
	p := lab(&testing.T{}).enforces()
	p.objects = p.objects[2:] // its own nodes only
	p.daemonSet("calico-node", "quay.io/calico/node:v3.31.3")
	p.around.Listeners = nil
	for n := range nodes {
		name := fmt.Sprintf("n%04d", n)
		p.node(name, fmt.Sprintf("172.20.%d.%d", 130+n/250, 1+n%250), fmt.Sprintf("10.%d.%d.0/24", 244+n/250, n%250))
		for i := range perNode {
			if n < nodes-1 {
				p.pod(fmt.Sprintf("default/p-%d-%d", n, i), name, fmt.Sprintf("10.%d.%d.%d", 244+n/250, n%250, 2+i), "app=web")
			}
		}
	}
	return p.service("default/web", "10.96.7.7", "app=web", ":80:8080").loadBalancer(30080, "172.20.255.200").listens("default", "app=web", 8080, "TCP")
}

func shares(tr *trace.Trace) map[trace.Class]float64 {
	out := map[trace.Class]float64{}
	for _, o := range tr.Outcomes {
		out[o.Class] += o.Share
	}
	return out
}

func near(t *testing.T, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 0.005 { // each of very many shares is rounded to 6 places
		t.Errorf("got %v, want %v", got, want)
	}
}

// unchecked asks without looking at every course: they are many.
func unchecked(t *testing.T, p *place, from string) *trace.Trace {
	t.Helper()
	tr, err := trace.Run(p.view(), trace.Ask{From: from, Command: []string{"curl http://172.20.255.200/"}})
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

const nobodyComesIn = `{metadata: {name: closed, namespace: default}, spec: {podSelector: {matchLabels: {app: web}}, policyTypes: [Ingress]}}`

func TestEntryNodesThatNothingTellsApartAreWalkedOnce(t *testing.T) {
	t.Run("a thousand endpoints on a thousand nodes get a verdict", func(t *testing.T) {
		tr := unchecked(t, province(t, 1001, 1), "lan")
		equal(t, summary(tr), "answered pod.delivered assumed")
		pods := map[string]float64{}
		for _, o := range tr.Outcomes {
			pods[o.Endpoint.Pod] += o.Share
		}
		equal(t, len(pods), 1000)
		near(t, pods["p-7-0"]*1000, 1)
	})
	t.Run("with the shares that walking each for itself gives", func(t *testing.T) {
		for _, policy := range []string{"", nobodyComesIn,
			`{metadata: {name: some, namespace: default}, spec: {podSelector: {matchLabels: {app: web}}, ingress: [{from: [{ipBlock: {cidr: 172.20.130.0/29}}]}]}}`} {
			few, many := province(t, 12, 2), province(t, 12, 20)
			if policy != "" {
				few.policy(policy)
				many.policy(policy)
			}
			a, b := shares(few.ask("lan/laptop", "curl http://172.20.255.200/")), shares(unchecked(t, many, "lan/laptop"))
			equal(t, len(a), len(b))
			for class := range a {
				near(t, b[class], a[class])
			}
		}
	})
	t.Run("a node that is told apart is walked for itself", func(t *testing.T) {
		p := province(t, 20, 10)
		for _, o := range p.objects {
			if s, ok := o.(*discoveryv1.EndpointSlice); ok && s.Namespace == "default" {
				for i := range s.Endpoints {
					s.Endpoints[i].Hints = &discoveryv1.EndpointHints{ForZones: []discoveryv1.ForZone{{Name: "a"}}}
				}
			}
		}
		tr := unchecked(t, p, "lan/laptop")
		equal(t, summary(tr), "answered pod.delivered assumed")
		equal(t, len(tr.Outcomes), 2*19*10)
	})
	t.Run("under Local each node has its own endpoints", func(t *testing.T) {
		tr := unchecked(t, province(t, 20, 10).local(), "lan/laptop")
		near(t, shares(tr)[trace.Answered], 1) // only nodes with an endpoint are sent to
		equal(t, tr.Outcomes[0].SourceSeen, "172.20.128.50")
	})
}
