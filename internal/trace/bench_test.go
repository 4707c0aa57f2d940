package trace_test

import (
	"fmt"
	"testing"

	"github.com/kubestrata/kubestrata/internal/trace"
)

// large is 500 nodes with 20,000 pods, and a service with 100 endpoints among them.
func large(b testing.TB) *place {
	p := lab(&testing.T{}).enforces()
	for n := range 500 {
		name := fmt.Sprintf("n%03d", n)
		p.node(name, fmt.Sprintf("172.20.%d.%d", 130+n/250, 1+n%250), fmt.Sprintf("10.%d.%d.0/24", 245+n/250, n%250))
		for i := range 40 {
			labels := "app=other"
			if i == 0 && n%5 == 0 {
				labels = "app=web"
			}
			p.pod(fmt.Sprintf("default/p-%d-%d", n, i), name, fmt.Sprintf("10.%d.%d.%d", 245+n/250, n%250, 2+i), labels)
		}
	}
	return p.pod("default/client", "node01", "10.244.1.5", "app=client").service("default/web", "10.96.7.7", "app=web", ":80:8080").policy(onlyFriends)
}

func BenchmarkTraceOfServiceWith100Endpoints(b *testing.B) {
	view := large(b).view()
	for b.Loop() {
		tr, err := trace.Run(view, trace.Ask{From: "pod/default/client", Command: []string{"curl http://web/"}})
		if err != nil || len(tr.Outcomes) != 100 {
			b.Fatal(err, len(tr.Outcomes))
		}
	}
}

func TestMoreCoursesThanCanBeListedAreNotModelled(t *testing.T) {
	p := large(t).loadBalancer(30080, "172.20.128.200")
	p.around.Listeners = nil
	tr := p.ask("lan/laptop", "curl http://172.20.128.200/")
	equal(t, summary(tr), "cannot-tell not-modelled.so-many-courses unknown")
}
