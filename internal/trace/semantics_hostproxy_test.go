package trace_test

import (
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/trace"
)

// edges is a host with a proxy for every kind of upstream: one that refuses, one that is silent, one that answers.
func edges(t *testing.T) *place {
	p := web(t).nodePort(30080)
	listeners := p.around.Listeners
	p.surroundings(`
networks: {lan: [172.20.128.0/24], pod: [10.244.0.0/16]}
hosts:
- {name: laptop, layer: lan, addresses: [172.20.128.50]}
- {name: closed, layer: lan, addresses: [172.20.128.60], listeners: [{port: 3306}]}
- name: edge
  layer: lan
  addresses: [172.20.128.61]
  proxies:
  - {listen: ":81", upstreams: ["172.20.128.60:80"]}
  - {listen: ":82", upstreams: ["10.244.1.4:8080"]}
  - {listen: ":83", upstreams: ["172.20.128.60:80", "172.20.128.6:30080"]}
  - {listen: ":84", upstreams: ["172.20.128.60:80", "10.244.1.4:8080"]}
  - {listen: ":443", upstreams: ["172.20.128.6:30080"]}
  - {listen: "127.0.0.1:85", upstreams: ["172.20.128.6:30080"]}
`)
	p.around.Listeners = listeners
	return p
}

func TestSemanticsA6ProxiesOfTheUsersOwn(t *testing.T) {
	for _, r := range []struct {
		name, command, want string
		status              int
	}{
		{"A.6 own proxy: its upstream refuses: 502, as nginx says", "curl http://172.20.128.61:81/", "http-error l7.upstream-refused assumed", 502},
		{"A.6 own proxy: its upstream is silent: 504", "curl http://172.20.128.61:82/", "http-error l7.upstream-timeout assumed", 504},
		{"A.6 own proxy: one of two upstreams refuses: the other is asked", "curl http://172.20.128.61:83/", "answered pod.delivered assumed", 0},
		{"A.6 own proxy: both fail: what the last one did counts", "curl http://172.20.128.61:84/", "mixed l7.upstream-timeout assumed", 0},
		{"A.6 own proxy: it takes a connection before it asks anybody", "nc -vz 172.20.128.61 81", "answered host.delivered certain", 0},
		{"A.6 own proxy: by TLS, of which nothing shows the certificate", "curl https://172.20.128.61/", "answered pod.delivered assumed", 0},
		{"A.6 own proxy: on localhost only", "curl http://172.20.128.61:85/", "refused host.port-closed certain", 0},
		{"A.6 own proxy: a port that it does not have", "curl http://172.20.128.61:86/", "refused host.port-closed certain", 0},
	} {
		t.Run(r.name, func(t *testing.T) {
			tr := edges(t).ask("lan/laptop", r.command)
			equal(t, summary(tr), r.want)
			status := 0
			if tr.Verdict.HTTPStatus != nil {
				status = *tr.Verdict.HTTPStatus
			}
			if r.status != 0 {
				equal(t, status, r.status)
			}
		})
	}
	t.Run("A.6 own proxy: the machine itself asks its localhost", func(t *testing.T) {
		equal(t, summary(edges(t).ask("lan/edge", "curl http://localhost:85/")), "answered pod.delivered certain")
	})
	t.Run("A.6 own proxy: the certificate that nobody trusts is the other answer", func(t *testing.T) {
		tr := edges(t).ask("lan/laptop", "curl https://172.20.128.61/")
		equal(t, tr.Alternatives[0].Verdict.Class, trace.TLSError)
	})
	t.Run("A.6 own proxy: a NodePort without endpoints refuses it: 502", func(t *testing.T) {
		p := edges(t)
		for _, o := range p.objects {
			if pod, ok := o.(*corev1.Pod); ok && pod.Namespace == "default" {
				unready(pod)
			}
		}
		p.service("default/none", "10.96.7.99", "app=web", ":80:8080").nodePort(30099)
		p.around.Hosts[2].Proxies[0].Upstreams = []string{"172.20.128.6:30099"}
		tr := p.ask("lan/laptop", "curl http://172.20.128.61:81/")
		equal(t, summary(tr), "http-error l7.upstream-refused assumed")
		equal(t, *tr.Verdict.HTTPStatus, 502)
	})
	t.Run("A.6 own proxy: proxies that lead back to themselves", func(t *testing.T) {
		p := edges(t)
		p.around.Hosts[2].Proxies[0].Upstreams = []string{"172.20.128.61:81", "172.20.128.61:82"}
		p.around.Hosts[2].Proxies[1].Upstreams = []string{"172.20.128.61:81"}
		equal(t, summary(p.ask("lan/laptop", "curl http://172.20.128.61:82/")), "cannot-tell not-modelled.proxies-in-a-circle unknown")
	})
}
