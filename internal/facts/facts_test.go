package facts_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/facts"
)

func viewOf(objects ...cluster.Object) *cluster.View {
	store := cluster.NewStore(cluster.SourceInfo{Kind: cluster.SourceFiles, Name: "test"}, nil)
	return store.Update(func(w *cluster.Writer) {
		for _, o := range objects {
			w.Put(o)
		}
	})
}

func proxyConfig(text string) cluster.Object {
	return &corev1.ConfigMap{ObjectMeta: v1.ObjectMeta{Namespace: "kube-system", Name: "kube-proxy"}, Data: map[string]string{"config.conf": text}}
}

func proxyDaemon(command ...string) cluster.Object {
	ds := &appsv1.DaemonSet{ObjectMeta: v1.ObjectMeta{Namespace: "kube-system", Name: "kube-proxy"}}
	ds.Spec.Template.Spec.Containers = []corev1.Container{{Name: "kube-proxy", Command: command}}
	return ds
}

func node(name, podCIDR string, change ...func(*corev1.Node)) cluster.Object {
	n := &corev1.Node{ObjectMeta: v1.ObjectMeta{Name: name}, Spec: corev1.NodeSpec{PodCIDR: podCIDR, PodCIDRs: []string{podCIDR}}}
	for _, f := range change {
		f(n)
	}
	return n
}

func k3s(args string) func(*corev1.Node) {
	return func(n *corev1.Node) {
		n.Status.NodeInfo.KubeletVersion = "v1.33.1+k3s1"
		n.Annotations = map[string]string{"k3s.io/node-args": args}
	}
}

func TestFactsAreGivenDetectedOrDefault(t *testing.T) {
	rows := []struct {
		name          string
		objects       []cluster.Object
		given         map[string]string
		key, value    string
		source, shown string // shown: name of the evidence
	}{
		{"no configuration at all means iptables by default", nil, nil, facts.KeyProxyMode, "iptables", facts.Default, ""},
		{"an empty mode is iptables, and that is shown", []cluster.Object{proxyConfig(`mode: ""`)}, nil, facts.KeyProxyMode, "iptables", facts.Detected, "kube-proxy"},
		{"a configured mode is detected", []cluster.Object{proxyConfig(`mode: nftables`)}, nil, facts.KeyProxyMode, "nftables", facts.Detected, "kube-proxy"},
		{"a given mode beats a detected one", []cluster.Object{proxyConfig(`mode: nftables`)}, map[string]string{"proxy-mode": "ipvs"}, facts.KeyProxyMode, "ipvs", facts.Given, ""},
		{"a configuration that is no YAML shows nothing", []cluster.Object{proxyConfig("mode: [")}, nil, facts.KeyProxyMode, "iptables", facts.Default, ""},
		{"a mode of another system shows nothing", []cluster.Object{proxyConfig(`mode: kernelspace`)}, nil, facts.KeyProxyMode, "iptables", facts.Default, ""},
		{"a configured cluster CIDR is the local detector", []cluster.Object{proxyConfig(`clusterCIDR: 10.244.0.0/16`)}, nil, facts.KeyClusterCIDR, "10.244.0.0/16", facts.Detected, "kube-proxy"},
		{"a configuration without one has no detector", []cluster.Object{proxyConfig(`mode: iptables`), node("a", "10.244.1.0/24")}, nil, facts.KeyClusterCIDR, facts.None, facts.Detected, "kube-proxy"},
		{"the detector NodeCIDR goes by the nodes' ranges", []cluster.Object{proxyConfig(`detectLocalMode: NodeCIDR`), node("a", "10.244.1.0/24")}, nil, facts.KeyClusterCIDR, "10.244.1.0/24", facts.Detected, "kube-proxy"},
		{"without a configuration the nodes' ranges are the guess", []cluster.Object{node("a", "10.244.1.0/24"), node("b", "10.244.2.0/24")}, nil, facts.KeyClusterCIDR, "10.244.1.0/24,10.244.2.0/24", facts.Default, ""},
		{"masquerade-all is that of the mode that runs", []cluster.Object{proxyConfig("mode: nftables\nnftables: {masqueradeAll: true}")}, nil, facts.KeyMasqueradeAll, "true", facts.Detected, "kube-proxy"},
		{"EKS keeps it elsewhere", []cluster.Object{&corev1.ConfigMap{ObjectMeta: v1.ObjectMeta{Namespace: "kube-system", Name: "kube-proxy-config"}, Data: map[string]string{"config": "mode: nftables"}}}, nil, facts.KeyProxyMode, "nftables", facts.Detected, "kube-proxy-config"},
		{"ipvs has none of its own and takes that of iptables", []cluster.Object{proxyConfig("mode: ipvs\niptables: {masqueradeAll: true}")}, nil, facts.KeyMasqueradeAll, "true", facts.Detected, "kube-proxy"},
		{"and not that of another mode", []cluster.Object{proxyConfig("mode: iptables\nnftables: {masqueradeAll: true}")}, nil, facts.KeyMasqueradeAll, "false", facts.Detected, "kube-proxy"},
		{"node ports of nftables answer on primary addresses", []cluster.Object{proxyConfig("mode: nftables")}, nil, facts.KeyNodePortAddresses, "primary", facts.Detected, "kube-proxy"},
		{"node ports of iptables answer everywhere", []cluster.Object{proxyConfig("mode: iptables")}, nil, facts.KeyNodePortAddresses, "0.0.0.0/0,::/0", facts.Detected, "kube-proxy"},
		{"unless ranges are set", []cluster.Object{proxyConfig("nodePortAddresses: [192.168.0.0/24]")}, nil, facts.KeyNodePortAddresses, "192.168.0.0/24", facts.Detected, "kube-proxy"},
		{"localhost node ports can be switched off", []cluster.Object{proxyConfig("iptables: {localhostNodePorts: false}")}, nil, facts.KeyLocalhostNodePorts, "false", facts.Detected, "kube-proxy"},
		{"k3s embeds kube-proxy and says so in its version", []cluster.Object{node("a", "10.42.0.0/24", k3s(`["server"]`))}, nil, facts.KeyClusterCIDR, "10.42.0.0/16", facts.Detected, "a"},
		{"a DaemonSet's flags", []cluster.Object{proxyDaemon("kube-proxy", "--proxy-mode=ipvs")}, nil, facts.KeyProxyMode, "ipvs", facts.Detected, "kube-proxy"},
		{"a DaemonSet's flags behind a shell", []cluster.Object{proxyDaemon("/bin/sh", "-c", "kube-proxy --proxy-mode=nftables 2>&1")}, nil, facts.KeyProxyMode, "nftables", facts.Detected, "kube-proxy"},
		{"k3s passes arguments on", []cluster.Object{node("a", "10.42.0.0/24", k3s(`["server","--kube-proxy-arg","proxy-mode=ipvs"]`))}, nil, facts.KeyProxyMode, "ipvs", facts.Detected, "a"},
		{"an annotation that is no list is no trouble", []cluster.Object{node("a", "10.42.0.0/24", k3s(`{`))}, nil, facts.KeyProxyMode, "iptables", facts.Detected, "a"},
		{"ServiceCIDR objects show the service range", []cluster.Object{&networkingv1.ServiceCIDR{ObjectMeta: v1.ObjectMeta{Name: "kubernetes"}, Spec: networkingv1.ServiceCIDRSpec{CIDRs: []string{"10.7.0.0/16"}}}}, nil, facts.KeyServiceCIDR, "10.7.0.0/16", facts.Detected, "kubernetes"},
		{"else a range is guessed that holds every cluster IP", []cluster.Object{&corev1.Service{ObjectMeta: v1.ObjectMeta{Namespace: "default", Name: "kubernetes"}, Spec: corev1.ServiceSpec{ClusterIP: "10.43.0.1"}}}, nil, facts.KeyServiceCIDR, "10.43.0.0/16", facts.Default, ""},
		{"Calico enforces policies and drops", []cluster.Object{calico()}, nil, facts.KeyPolicy, "drop", facts.Detected, "calico-node"},
		{"no plug-in in sight: drop is only usual", nil, nil, facts.KeyPolicy, "drop", facts.Default, ""},
		{"the cluster's domain is lower case without a dot", nil, map[string]string{"cluster-domain": "Example.Local."}, facts.KeyClusterDomain, "example.local", facts.Given, ""},
		{"ranges are masked", nil, map[string]string{"service-cidr": "10.96.1.2/12"}, facts.KeyServiceCIDR, "10.96.0.0/12", facts.Given, ""},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			f, err := facts.Of(viewOf(r.objects...), r.given)
			if err != nil {
				t.Fatal(err)
			}
			got := f.Get(r.key)
			shown := ""
			if got.Evidence != nil {
				shown = got.Evidence.Name
			}
			if diff := cmp.Diff([]string{r.value, r.source, r.shown}, []string{got.Value, got.Source, shown}); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func calico() cluster.Object {
	ds := &appsv1.DaemonSet{ObjectMeta: v1.ObjectMeta{Namespace: "kube-system", Name: "calico-node"}}
	ds.Spec.Template.Spec.Containers = []corev1.Container{{Name: "calico-node", Image: "quay.io/calico/node:v3.31.3"}}
	return ds
}

func TestGivenValuesAreChecked(t *testing.T) {
	rows := []struct {
		word, want string // want: part of the message, empty where the word is right
	}{
		{"proxy-mode=nftables", ""},
		{"proxy-mode=userspace", "iptables, nftables, ipvs"},
		{"proxy-mode=", "iptables, nftables, ipvs"},
		{"proxymode=iptables", "unknown key"},
		{"proxy-mode", "KEY=VALUE"},
		{"cluster-cidr=none", ""},
		{"cluster-cidr=10.0.0.0/8,fd00::/48", ""},
		{"cluster-cidr=10.0.0.0", "or none"},
		{"service-cidr=none", "ranges"},
		{"nodeport-addresses=primary", ""},
		{"nodeport-addresses=eth0", "or primary"},
		{"policy=none", ""},
		{"policy=deny", "drop, reject, none"},
		{"cluster-domain=cluster local", "DNS domain"},
		{"cluster-domain=k8s.example", ""},
		{"ingress-controller= ", "controller"},
		{"listening=yes", "true, false"},
		{"libc=musl", ""},
		{"pod-network=routed", ""},
	}
	for _, r := range rows {
		t.Run(r.word, func(t *testing.T) {
			_, err := facts.ParseGiven([]string{r.word})
			var value *facts.ValueError
			switch {
			case r.want == "" && err != nil:
				t.Error(err)
			case r.want != "" && (!errors.As(err, &value) || !strings.Contains(err.Error(), r.want)):
				t.Errorf("%v", err)
			}
		})
	}
	if _, err := facts.ParseGiven([]string{"libc=musl", "libc=glibc"}); err == nil {
		t.Error("a key that is given twice is no error")
	}
}

func TestStatusLineShowsWhatIsDetectedOnly(t *testing.T) {
	if list := facts.DetectedIn(viewOf()); len(list) != 0 {
		t.Errorf("%+v", list)
	}
	list := facts.DetectedIn(viewOf(proxyConfig("mode: iptables"), calico()))
	keys := map[string]bool{}
	for _, f := range list {
		keys[f.Key] = true
	}
	if !keys[facts.KeyProxyMode] || !keys[facts.KeyPolicy] || keys[facts.KeyListening] {
		t.Errorf("%+v", list)
	}
}

func TestEveryKeyHasAFact(t *testing.T) {
	f, err := facts.Of(viewOf(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, fact := range f.All() {
		keys = append(keys, fact.Key)
	}
	if diff := cmp.Diff(facts.Keys, keys); diff != "" {
		t.Error(diff)
	}
}
