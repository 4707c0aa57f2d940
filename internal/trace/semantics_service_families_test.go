package trace_test

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// dualStack is the town with both families everywhere: nodes have fd00:1::/64, pods fd00:244::/32.
func dualStack(t *testing.T, mode string) *place {
	p := town(t).proxy("mode: " + mode + "\nclusterCIDR: 10.244.0.0/16,fd00:244::/32\n")
	six := map[string]string{"10.244.1.5": "fd00:244:1::5", "10.244.2.5": "fd00:244:2::5", "10.244.1.6": "fd00:244:1::6", "10.244.2.6": "fd00:244:2::6", "172.20.128.6": "fd00:1::6", "172.20.128.7": "fd00:1::7"}
	for _, o := range p.objects {
		switch o := o.(type) {
		case *corev1.Node:
			o.Status.Addresses = append(o.Status.Addresses, corev1.NodeAddress{Type: corev1.NodeInternalIP, Address: six[o.Status.Addresses[0].Address]})
			o.Spec.PodCIDRs = append(o.Spec.PodCIDRs, "fd00:244:"+strings.TrimPrefix(o.Name, "node0")+"::/64")
		case *corev1.Pod:
			o.Status.PodIPs = []corev1.PodIP{{IP: o.Status.PodIP}}
			if a := six[o.Status.PodIP]; a != "" {
				o.Status.PodIPs = append(o.Status.PodIPs, corev1.PodIP{IP: a})
			}
		}
	}
	return p
}

// Each family has a proxier of its own, and a client that knows both addresses of a name tries one after the other.
func TestSemanticsA27(t *testing.T) {
	dual := "clusterIP: 10.96.7.9, clusterIPs: [10.96.7.9, 'fd00:96::9'], ipFamilies: [IPv4, IPv6]"
	doors := dual + ", " + strings.TrimSuffix(asNodePort, ", ")
	six := slice("w", web8080, "fd00:244:2::6 on=node02")
	four := farEnd
	rows := []struct{ name, objects, from, command, want, seen string }{
		{"IPv6 by address", svc("w", dual) + four + six, "pod/default/client", "curl http://[fd00:96::9]/", "answered pod.delivered certain", "fd00:244:2::6<fd00:244:1::5"},
		{"IPv4 by address", svc("w", dual) + four + six, "pod/default/client", "curl http://10.96.7.9/", "answered pod.delivered certain", "10.244.2.6<10.244.1.5"},
		{"a family without endpoints refuses, whatever the other has", svc("w", dual) + four, "pod/default/client", "curl http://[fd00:96::9]/", "refused service.no-endpoints certain", ""},
		{"by name, the client falls back to the other family", svc("w", dual) + four, "pod/default/client", "curl http://w/", "answered pod.delivered assumed", "10.244.2.6<10.244.1.5"},
		{"by name, IPv6 comes first", svc("w", dual) + four + six, "pod/default/client", "curl http://w/", "answered pod.delivered assumed", "fd00:244:2::6<fd00:244:1::5"},
		{"by name, only IPv4 is wanted", svc("w", dual) + four + six, "pod/default/client", "curl -4 http://w/", "answered pod.delivered certain", "10.244.2.6<10.244.1.5"},
		{"by name, only IPv6 is wanted and has no endpoint", svc("w", dual) + four, "pod/default/client", "curl -6 http://w/", "refused service.no-endpoints certain", ""},
		{"a family that the service lacks is no name", svc("w", "") + four, "pod/default/client", "curl -6 http://w/", "name-not-found dns.nodata assumed", ""},
		{"the node's IPv6 traffic to a cluster IP is masqueraded", svc("w", dual) + six, "node/node01", "curl http://[fd00:96::9]/", "answered pod.delivered certain", "fd00:244:2::6<fd00:1::6*"},
		{"NodePort at the node's IPv6 address", svc("w", doors) + six, "pod/default/client", "curl http://[fd00:1::6]:30080/", "answered pod.delivered certain", "fd00:244:2::6<fd00:1::6*"},
		{"NodePort at the node's IPv6 address without endpoints of the family", svc("w", doors) + four, "pod/default/client", "curl http://[fd00:1::6]:30080/", "refused service.no-endpoints certain", ""},
		{"NodePort of a service without the family", svc("w", asNodePort) + four, "pod/default/client", "curl http://[fd00:1::6]:30080/", "refused node.port-closed assumed", ""},
		{"an undefined IPv6 port", svc("w", dual) + four + six, "pod/default/client", "curl http://[fd00:96::9]:81/", "iptables: no-answer service.port-undefined assumed, else: refused service.port-undefined certain", ""},
		{"a load balancer's IPv6 address on an IPv4-only service", svc("w", asLoadBalancer) + "\nstatus: {loadBalancer: {ingress: [{ip: 'fd00:1::99'}]}}\n" + four, "pod/default/client", "curl http://[fd00:1::99]/", "no-answer service.not-proxied assumed", ""},
		{"source ranges of the family", svc("w", dual+", type: LoadBalancer, loadBalancerSourceRanges: [10.0.0.0/8]") + "\nstatus: {loadBalancer: {ingress: [{ip: 'fd00:9::9'}]}}\n" + six, "pod/default/client", "curl http://[fd00:9::9]/", "answered pod.delivered certain", "fd00:244:2::6<fd00:1::6*"},
	}
	for _, r := range rows {
		for _, mode := range []string{"iptables", "nftables", "ipvs"} {
			t.Run("A2.7: "+r.name+"/"+mode, func(t *testing.T) {
				tr := dualStack(t, mode).add(r.objects).ask(r.from, r.command)
				want := r.want
				if rest, ok := strings.CutPrefix(want, "iptables: "); ok {
					of, others, _ := strings.Cut(rest, ", else: ")
					if want = of; mode != "iptables" {
						want = others
					}
				}
				if mode == "ipvs" && strings.HasPrefix(want, "refused service.no-endpoints") {
					want = "refused service.no-endpoints assumed"
				}
				equal(t, summary(tr), want)
				if r.seen != "" {
					equal(t, ends(tr), r.seen)
				}
			})
		}
	}
	t.Run("A2.7: musl prefers IPv4 to unique local addresses", func(t *testing.T) {
		tr := dualStack(t, "iptables").add(svc("w", dual)+four+six).ask("pod/default/client", "curl http://w/", "libc=musl")
		equal(t, ends(tr), "10.244.2.6<10.244.1.5")
	})
}
