package worlds

import (
	"fmt"
	"math/rand/v2"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// A Probe is a request to send and to predict.
type Probe struct {
	// From and Via are as a trace takes them.
	From, Via string
	// Target is a URL for curl, or HOST:PORT for a datagram.
	Target string
	// Headers of the request, NAME: VALUE.
	Headers []string
	UDP     bool
}

// Command is the request as a person types it.
func (p Probe) Command() []string {
	if !p.UDP {
		out := []string{"curl"}
		for _, h := range p.Headers {
			out = append(out, "-H", h)
		}
		return append(out, p.Target)
	}
	host, port, _ := strings.Cut(p.Target, ":")
	return []string{"nc", "-u", host, port}
}

// Live is what the API server and the network have made of a world.
type Live struct {
	*World
	// Services are as the API server gives them back, with their addresses.
	Services []*corev1.Service
	// PodAddresses and NodeAddresses are by name of the pod and by node.
	PodAddresses  map[string]string
	NodeAddresses []string
	// Outside are addresses beyond the cluster: of the laptop, of a host in the Internet, of the router's forwarded port.
	Laptop, Internet, Forward string
}

// Probes chooses up to n requests of a world, of all kinds.
func (l *Live) Probes(seed uint64, n int) []Probe {
	r := rand.New(rand.NewPCG(seed, 11))
	var all []Probe
	add := func(p Probe) { all = append(all, p) }
	for _, s := range l.Services {
		l.service(s, r, add)
	}
	l.others(add)
	r.Shuffle(len(all), func(i, k int) { all[i], all[k] = all[k], all[i] })
	return all[:min(n, len(all))]
}

// entry is the node to which the network around the cluster sends load-balancer and external addresses.
const entry = "node/node-1"

// inside are the places where the cluster's names and addresses mean something.
func (l *Live) inside() (from []string) {
	for _, p := range l.Pods {
		if !p.HostNetwork {
			from = append(from, "pod/"+l.Namespace+"/"+p.Name)
		}
	}
	return from
}

func (l *Live) machines() (from []string) {
	for i := range l.NodeAddresses {
		from = append(from, fmt.Sprintf("node/node-%d", i+1))
	}
	return append(from, "lan/laptop")
}

func choose(r *rand.Rand, from []string) string { return from[r.IntN(len(from))] }

func (l *Live) service(s *corev1.Service, r *rand.Rand, add func(Probe)) {
	everyone := append(append(l.inside(), l.machines()...), "internet/server")
	names := []string{
		s.Name, s.Name + "." + s.Namespace, s.Name + "." + s.Namespace + ".svc",
		s.Name + "." + s.Namespace + ".svc.cluster.local", s.Name + "." + s.Namespace + ".svc.cluster.local.",
	}
	ports := s.Spec.Ports
	if len(ports) == 0 {
		ports = []corev1.ServicePort{{Port: 80}}
	}
	for _, p := range ports {
		udp := p.Protocol == corev1.ProtocolUDP
		to := func(from, via, host string, port int32) {
			if udp {
				if strings.Trim(host, "0123456789.") == "" { // datagrams are sent to addresses only
					add(Probe{From: from, Via: via, Target: fmt.Sprintf("%s:%d", host, port), UDP: true})
				}
				return
			}
			add(Probe{From: from, Via: via, Target: fmt.Sprintf("http://%s:%d/", host, port)})
		}
		for range 3 {
			to(choose(r, l.inside()), "", choose(r, names), p.Port)
		}
		if addressed := s.Spec.ClusterIP; addressed != "" && addressed != corev1.ClusterIPNone {
			for range 3 {
				to(choose(r, everyone), "", addressed, p.Port)
			}
			to(choose(r, l.inside()), "", addressed, 7777)
		}
		if p.NodePort != 0 {
			for range 4 {
				to(choose(r, everyone), "", choose(r, l.NodeAddresses), p.NodePort)
			}
			node := r.IntN(len(l.NodeAddresses))
			to(fmt.Sprintf("node/node-%d", node+1), "", "127.0.0.1", p.NodePort)
		}
		for _, address := range append(ingressAddresses(s), s.Spec.ExternalIPs...) {
			for range 3 {
				to(choose(r, everyone), entry, address, p.Port)
			}
			to(choose(r, l.inside()), entry, address, 7777)
		}
	}
	if s.Spec.HealthCheckNodePort != 0 {
		add(Probe{From: choose(r, append(l.machines(), l.inside()...)), Target: fmt.Sprintf("http://%s:%d/", choose(r, l.NodeAddresses), s.Spec.HealthCheckNodePort)})
	}
}

func ingressAddresses(s *corev1.Service) (out []string) {
	for _, i := range s.Status.LoadBalancer.Ingress {
		out = append(out, i.IP)
	}
	return out
}

// others are requests that are about no service.
func (l *Live) others(add func(Probe)) {
	client, second := "pod/"+l.Namespace+"/client-1", "pod/"+l.Namespace+"/client-2"
	get := func(from, host string, port int32) {
		add(Probe{From: from, Target: fmt.Sprintf("http://%s:%d/", host, port)})
	}
	for _, p := range l.Pods {
		address := l.PodAddresses[p.Name]
		for _, from := range append([]string{client, second, "internet/server"}, l.machines()...) {
			get(from, address, p.Named["http"])
		}
		get(client, address, 7070)
		get("node/node-2", address, 7070)
		get(second, strings.ReplaceAll(address, ".", "-")+"."+l.Namespace+".pod.cluster.local", p.Named["http"])
		if p.Hostname != "" {
			get(client, p.Hostname+"."+p.Subdomain, p.Named["http"])
			get(second, p.Hostname+"."+p.Subdomain+"."+l.Namespace+".svc.cluster.local", 80)
		}
	}
	for _, from := range append([]string{client, second}, l.machines()...) {
		get(from, l.Internet, 80)
		get(from, l.Internet, 81)
		get(from, l.Laptop, 80)
		get(from, l.Laptop, 81)
		get(from, "10.96.200.200", 80)
		get(from, "10.244.1.250", 80)
		get(from, l.NodeAddresses[0], 32767)
		get(from, l.NodeAddresses[1], 9)
	}
	for _, name := range []string{"missing", "missing." + l.Namespace, "kubernetes.default", "server.example.com", "missing.example.com", "example.com.svc"} {
		get(client, name, 80)
	}
	add(Probe{From: "internet/server", Target: "http://" + l.Forward + "/"})
	add(Probe{From: "lan/laptop", Target: "http://" + l.Internet + "/"})
}
