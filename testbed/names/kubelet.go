package names

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/record"
	"k8s.io/klog/v2"
	kubelet "k8s.io/kubernetes/pkg/kubelet/network/dns"
	"k8s.io/utils/ptr"

	"github.com/kubestrata/kubestrata/internal/cluster"
	kdns "github.com/kubestrata/kubestrata/internal/dns"
	"github.com/kubestrata/kubestrata/internal/surroundings"
)

// nodeCase is a pod on a node: what the kubelet is told, and what Kubestrata sees of it.
type nodeCase struct {
	domain     string
	clusterDNS []string
	byService  bool // the address is that of the DNS service, and no configuration of the kubelets can be read
	nodeFile   string
	more       bool // the node's file says more than its nameserver
	pod        *corev1.Pod
}

// nodeServer is the nameserver of every node.
const nodeServer = "10.40.50.53"

func newNodeCase(seed uint64) *nodeCase {
	m := &maker{Rand: rand.New(rand.NewPCG(seed, 45))}
	c := &nodeCase{domain: pick(m, zoneWords), nodeFile: "# written by hand\nnameserver " + nodeServer + "\n"}
	c.byService = m.one(3)
	c.clusterDNS = []string{"10.96.0.10"}
	for !c.byService && m.one(3) {
		c.clusterDNS = append(c.clusterDNS, pick(m, []string{"10.96.0.10", "fd00:10:96::a", "169.254.20.10", "10.96.0.11"}))
	}
	if m.one(5) {
		c.more = true
		c.nodeFile += pick(m, []string{"search company.lan svc." + c.domain + "\n", "options timeout:1 rotate\n", "nameserver 10.40.50.54\n"})
	}
	c.pod = &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: pick(m, namespaceWords), Name: "client"}}
	c.pod.Spec.NodeName = "node01"
	c.pod.Spec.HostNetwork = m.one(3)
	c.pod.Spec.DNSPolicy = pick(m, []corev1.DNSPolicy{corev1.DNSClusterFirst, corev1.DNSClusterFirst, corev1.DNSClusterFirstWithHostNet, corev1.DNSDefault, corev1.DNSNone})
	if c.pod.Spec.DNSPolicy == corev1.DNSNone || !m.one(3) {
		c.pod.Spec.DNSConfig = m.dnsConfig(c)
	}
	return c
}

// dnsConfig is what the API would accept: three nameservers, 32 domains and 2048 characters at most.
func (m *maker) dnsConfig(c *nodeCase) *corev1.PodDNSConfig {
	out := &corev1.PodDNSConfig{}
	for range m.IntN(4) {
		out.Nameservers = append(out.Nameservers, pick(m, []string{"10.96.0.10", "1.1.1.1", "9.9.9.9", "2001:db8::53", nodeServer}))
	}
	if c.pod.Spec.DNSPolicy == corev1.DNSNone && len(out.Nameservers) == 0 {
		out.Nameservers = []string{"1.1.1.1"}
	}
	long := m.one(3)
	for range pick(m, []int{0, 1, 3, 8, 28, 30, 32}) {
		s := pick(m, []string{"company.lan", "company.lan.", ".", "svc." + c.domain, c.domain + ".", "a_b.example", fmt.Sprintf("s%d.example.org", m.IntN(100))})
		if long {
			label := strings.Repeat("x", 20+m.IntN(40))
			s = fmt.Sprintf("%s%d.%s", label, m.IntN(100), s)
		}
		if m.one(12) {
			s = strings.Repeat(strings.Repeat("y", 62)+".", 4) + pick(m, []string{"z", "z."})
		}
		if len(strings.Join(append(out.Searches, s), " ")) <= 2048 {
			out.Searches = append(out.Searches, s)
		}
	}
	for range m.IntN(4) {
		o := corev1.PodDNSConfigOption{Name: pick(m, []string{"ndots", "timeout", "edns0", "single-request-reopen"})}
		if o.Name == "ndots" || o.Name == "timeout" {
			o.Value = ptr.To(fmt.Sprint(m.IntN(20)))
		} else if m.one(4) {
			o.Value = ptr.To("")
		}
		out.Options = append(out.Options, o)
	}
	return out
}

// real asks the kubelet's code.
func (c *nodeCase) real(dir string) (resolv, error) {
	path := filepath.Join(dir, "resolv.conf")
	if err := os.WriteFile(path, []byte(c.nodeFile), 0o600); err != nil {
		return resolv{}, err
	}
	var servers []net.IP
	for _, a := range c.clusterDNS {
		servers = append(servers, net.ParseIP(a))
	}
	ref := &corev1.ObjectReference{Kind: "Node", Name: "node01"}
	configurer := kubelet.NewConfigurer(&record.FakeRecorder{}, ref, []net.IP{net.ParseIP("192.0.2.11")}, servers, c.domain, path)
	out, err := configurer.GetPodDNS(klog.NewContext(context.Background(), logr.Discard()), c.pod.DeepCopy())
	if err != nil {
		return resolv{}, err
	}
	return resolv{out.Servers, out.Searches, slices.Sorted(slices.Values(out.Options))}, nil
}

// mine asks Kubestrata.
func (c *nodeCase) mine() kdns.Resolv {
	store := cluster.NewStore(cluster.SourceInfo{Kind: cluster.SourceFiles}, nil)
	view := store.Update(func(w *cluster.Writer) {
		w.Put(&corev1.Service{
			ObjectMeta: metav1.ObjectMeta{Namespace: "kube-system", Name: "kube-dns"},
			Spec:       corev1.ServiceSpec{ClusterIP: "10.96.0.10", ClusterIPs: []string{"10.96.0.10"}},
		})
		text := "clusterDomain: " + c.domain + "\n"
		if !c.byService {
			text += "clusterDNS: ['" + strings.Join(c.clusterDNS, "', '") + "']\n"
		}
		w.Put(&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "kube-system", Name: "kubelet-config"}, Data: map[string]string{"kubelet": text}})
		w.SetSurroundings(&surroundings.Surroundings{
			Hosts:     []surroundings.Host{{Name: "node01", Resolver: "lan-dns"}},
			Resolvers: []surroundings.Resolver{{Name: "lan-dns", Layer: surroundings.LayerLAN, Address: netip.MustParseAddr(nodeServer)}},
		})
	})
	return kdns.ReadConfig(view, kdns.Given{}).ResolvConf(view, kdns.Client{Pod: cluster.PodOf(c.pod.DeepCopy())})
}

// resolv is a resolv.conf in lists; options are a set to the kubelet too.
type resolv struct {
	servers, search, options []string
}

func resolvOf(r kdns.Resolv) resolv {
	out := resolv{search: r.Search, options: slices.Sorted(slices.Values(r.Options))}
	for _, n := range r.Nameservers {
		out.servers = append(out.servers, n.Addr.String())
	}
	return out
}

func (r resolv) equal(o resolv) bool {
	return slices.Equal(r.servers, o.servers) && slices.Equal(r.search, o.search) && slices.Equal(r.options, o.options)
}

func (c *nodeCase) String() string {
	return fmt.Sprintf("domain %s, clusterDNS %v, namespace %s, dnsPolicy %s, hostNetwork %v\ndnsConfig %v\nnode's file:\n%s", c.domain, c.clusterDNS, c.pod.Namespace, c.pod.Spec.DNSPolicy, c.pod.Spec.HostNetwork, c.pod.Spec.DNSConfig, c.nodeFile)
}

// shrink takes parts of the pod's dnsConfig away as long as the answers differ.
func (c *nodeCase) shrink(dir string) *nodeCase {
	for again := true; again; {
		again = false
		d := c.pod.Spec.DNSConfig
		if d == nil {
			return c
		}
		var smaller []*corev1.PodDNSConfig
		for i := range d.Nameservers {
			e := d.DeepCopy()
			e.Nameservers = slices.Delete(e.Nameservers, i, i+1)
			smaller = append(smaller, e)
		}
		for i := range d.Searches {
			e := d.DeepCopy()
			e.Searches = slices.Delete(e.Searches, i, i+1)
			smaller = append(smaller, e)
		}
		for i := range d.Options {
			e := d.DeepCopy()
			e.Options = slices.Delete(e.Options, i, i+1)
			smaller = append(smaller, e)
		}
		for _, e := range smaller {
			try := *c
			try.pod = c.pod.DeepCopy()
			try.pod.Spec.DNSConfig = e
			if real, err := try.real(dir); err == nil && !real.equal(resolvOf(try.mine())) {
				c, again = &try, true
				break
			}
		}
	}
	return c
}
