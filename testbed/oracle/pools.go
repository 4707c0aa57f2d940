package oracle

import corev1 "k8s.io/api/core/v1"

// The addresses of a family: pools of few members, so that things meet.
type addresses struct {
	node, second, pod, clusterIP string // formats of a number (pod: node and number)
	podCIDR, clusterCIDR         string
	serviceCIDR                  string
	public                       []string // external IPs and load balancers
	outside                      []string // hosts elsewhere
	ranges                       []string // of sources
	unknown                      []string
}

var pools = map[corev1.IPFamily]addresses{
	corev1.IPv4Protocol: {
		node: "192.168.0.%d", second: "203.0.113.%d", pod: "10.244.%d.%d", clusterIP: "10.96.7.%d",
		podCIDR: "10.244.%d.0/24", clusterCIDR: "10.244.0.0/16", serviceCIDR: "10.96.0.0/12",
		public: []string{"198.51.100.9", "198.51.100.80", "198.51.100.81"}, outside: []string{"192.168.0.50", "198.18.0.7"},
		ranges:  []string{"192.168.0.0/24", "10.244.0.0/16", "10.244.1.0/24", "198.51.100.0/24", "198.18.0.0/15", "203.0.113.0/24", "192.168.0.50/32", "0.0.0.0/0"},
		unknown: []string{"10.96.9.9", "8.8.8.8"},
	},
	corev1.IPv6Protocol: {
		node: "fd00:1::%d", second: "2001:db8:2::%d", pod: "fd00:244:%d::%d", clusterIP: "fd00:96::7:%d",
		podCIDR: "fd00:244:%d::/64", clusterCIDR: "fd00:244::/32", serviceCIDR: "fd00:96::/108",
		public: []string{"2001:db8:9::9", "2001:db8:9::80", "2001:db8:9::81"}, outside: []string{"fd00:1::50", "2001:db8:18::7"},
		ranges:  []string{"fd00:1::/64", "fd00:244::/32", "fd00:244:1::/64", "2001:db8:9::/48", "2001:db8:18::/48", "fd00:1::50/128", "::/0"},
		unknown: []string{"fd00:96::9:9", "2001:4860::8"},
	},
}
