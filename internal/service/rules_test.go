package service

import (
	"strings"
	"testing"
)

func TestChainNamesAreThoseOfRealNodes(t *testing.T) {
	// The four names that every kubeadm cluster has, and the two that kube-proxy's own comments give for nftables.
	rows := []struct{ got, want string }{
		{iptablesChain("KUBE-SVC-", "default/kubernetes:https", "TCP"), "KUBE-SVC-NPX46M4PTMTKRN6Y"},
		{iptablesChain("KUBE-SVC-", "kube-system/kube-dns:dns", "UDP"), "KUBE-SVC-TCOU7JCQXEZGVUNU"},
		{iptablesChain("KUBE-SVC-", "kube-system/kube-dns:dns-tcp", "TCP"), "KUBE-SVC-ERIFXISQEP7F7OF4"},
		{iptablesChain("KUBE-SVC-", "kube-system/kube-dns:metrics", "TCP"), "KUBE-SVC-JD5MR3NA4I4DYORP"},
		{nftablesChain("service-", "ns1", "svc1", "TCP", "p80"), "service-ULMVA6XW-ns1/svc1/tcp/p80"},
		{nftablesEndpointChain("ns1", "svc1", "TCP", "p80", at("10.180.0.1:80")), "endpoint-5OJB2KTY-ns1/svc1/tcp/p80__10.180.0.1/80"},
	}
	for _, r := range rows {
		if r.got != r.want {
			t.Errorf("got %s, want %s", r.got, r.want)
		}
	}
	if long := nftName(strings.Repeat("x", 300)); len(long) != 240 || !strings.HasSuffix(long, "...") {
		t.Errorf("a long name has %d bytes", len(long))
	}
}

func TestProbabilitiesPrintAsTheKernelKeepsThem(t *testing.T) {
	for n, want := range map[int]string{2: "0.50000000000", 3: "0.33333333349", 4: "0.25000000000", 5: "0.20000000019"} {
		if got := probability(n); got != want {
			t.Errorf("1/%d is %s, want %s", n, got, want)
		}
	}
}

func TestRuleTexts(t *testing.T) {
	svc := iptablesChain("KUBE-SVC-", "default/web:http", "TCP")
	ext := iptablesChain("KUBE-EXT-", "default/web:http", "TCP")
	one := iptablesEndpointChain("default/web:http", "TCP", at("10.244.1.1:8080"))
	rows := []struct {
		name   string
		world  *world
		mode   Mode
		packet Packet
		exact  bool
		where  string
		want   []string
	}{
		{"cluster IP", newWorld(), IPTables, fromPod("10.96.7.7:80"), true, "iptables-save on node01", []string{
			`-A KUBE-SERVICES -d 10.96.7.7/32 -p tcp -m comment --comment "default/web:http cluster IP" -m tcp --dport 80 -j ` + svc,
			`-A ` + svc + ` -m comment --comment "default/web:http -> 10.244.1.1:8080" -m statistic --mode random --probability 0.50000000000 -j ` + one,
			`-A ` + one + ` -p tcp -m comment --comment "default/web:http" -m tcp -j DNAT --to-destination 10.244.1.1:8080`,
		}},
		{"node port", newWorld(spec(nodePort)), IPTables, fromLaptop("192.168.0.1:30080"), true, "iptables-save on node01", []string{
			`-A KUBE-NODEPORTS -p tcp -m comment --comment "default/web:http" -m tcp --dport 30080 -j ` + ext,
			`-A ` + ext + ` -m comment --comment "masquerade traffic for default/web:http external destinations" -j KUBE-MARK-MASQ`,
			`-A ` + ext + ` -j ` + svc,
		}},
		{"no endpoints", newWorld(ends()), IPTables, fromPod("10.96.7.7:80"), true, "iptables-save on node01", []string{
			`-A KUBE-SERVICES -d 10.96.7.7/32 -p tcp -m comment --comment "default/web:http has no endpoints" -m tcp --dport 80 -j REJECT --reject-with icmp-port-unreachable`,
		}},
		{"no endpoints in nftables", newWorld(ends()), NFTables, fromPod("10.96.7.7:80"), true, "nft list map ip kube-proxy no-endpoint-services on node01", []string{
			`10.96.7.7 . tcp . 80 comment "default/web:http" : goto reject-chain`,
		}},
		{"source ranges in nftables, which hold the node's address and so admit the load balancer's", newWorld(loadBalancer, ranges("192.168.0.0/29")), NFTables, fromLaptop("198.51.100.80:80"), false, "nft list chain ip kube-proxy " + nftablesChain("firewall-", "default", "web", "tcp", "http") + " on node01", []string{
			`ip saddr != { 192.168.0.0/29, 198.51.100.80 } drop`,
		}},
		{"cluster IP in nftables", newWorld(), NFTables, fromPod("10.96.7.7:80"), false, "nft list map ip kube-proxy service-ips on node01", []string{
			`10.96.7.7 . tcp . 80 : goto ` + nftablesChain("service-", "default", "web", "tcp", "http"),
			`numgen random mod 2 map { 0 : 10.244.1.1 . 8080, 1 : 10.244.2.1 . 8080 }`,
		}},
		{"cluster IP in ipvs", newWorld(), IPVS, fromPod("10.96.7.7:80"), false, "ipvsadm -Ln on node01", []string{
			`TCP  10.96.7.7:80 rr`, `  -> 10.244.2.1:8080  Masq  1`,
		}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			d := Decide(row.world.view(t), config(row.mode), row.packet)
			text := d.RuleText
			for i := range d.Endpoints {
				text += "\n" + d.TextFor(&d.Endpoints[i])
			}
			for _, w := range row.want {
				if !strings.Contains(text, w) {
					t.Errorf("missing %s\nin:\n%s", w, text)
				}
			}
			if d.Exact != row.exact || !strings.HasPrefix(d.RuleWhere, row.where) {
				t.Errorf("exact %v, where %q", d.Exact, d.RuleWhere)
			}
		})
	}
}
