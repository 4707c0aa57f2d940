package trace_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/kubestrata/kubestrata/internal/trace"
)

// aDeployment of namespace default; pod is the spec of its pods.
func aDeployment(name, labels string, replicas int, pod string) string {
	return fmt.Sprintf("\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {namespace: default, name: %s}\n"+
		"spec: {replicas: %d, selector: {matchLabels: {%s}}, template: {metadata: {labels: {%[3]s}}, spec: {%s}}}\n", name, replicas, labels, pod)
}

const (
	advBox     = "containers: [{name: c, image: example/app:1}]"
	advListens = "\n---\napiVersion: kubestrata.io/v1alpha1\nkind: Surroundings\n" +
		"networks: {lan: [192.168.5.0/24]}\nhosts: [{name: laptop, layer: lan, addresses: [192.168.5.50]}]\n" +
		"listeners: [{namespace: default, selector: app=web, port: 8080, answers: [{path: /, status: 200}]}, {namespace: default, selector: app=web, port: 8080, protocol: UDP}]\n"
	advCorefile = "\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: coredns, namespace: kube-system}\ndata:\n  Corefile: |\n" +
		"    .:53 {\n      kubernetes cluster.local in-addr.arpa ip6.arpa {\n        pods insecure\n        fallthrough in-addr.arpa ip6.arpa\n      }\n      forward . /etc/resolv.conf\n    }\n"
)

// advShown is everything of a cluster that is no object of an application: what it has for a proxy, a network and a resolver.
func advShown(mode string) string {
	return kubeProxy("mode: "+mode, "clusterCIDR: 10.244.0.0/16") + plugin("calico-node", "docker.io/calico/node:v3.31.3") + advCorefile + advListens
}

// advRow is a request over manifests as -f reads them; want is "class reason certainty", a dash takes anything for a word.
type advRow struct {
	name, objects, from, command string
	assume                       []string
	want                         string
	nft, ipvs                    string // where these modes differ
	prints                       string // of the client: EXIT or EXIT MESSAGE; not compared where empty
}

// of is the row in one of kube-proxy's modes.
func (r advRow) of(mode string) advRow {
	if want := map[string]string{"nftables": r.nft, "ipvs": r.ipvs}[mode]; want != "" {
		r.want = want
	}
	return r
}

func (r advRow) run(t *testing.T, before string) {
	t.Run(r.name, func(t *testing.T) {
		tr := run(t, manifest(t, before+r.objects), r.from, r.command, r.assume...)
		got, want := strings.Fields(summary(tr)), strings.Fields(r.want)
		for i := range got {
			if i < len(want) && want[i] == "-" {
				got[i] = "-"
			}
		}
		if strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("%s $ %s\n got %s\nwant %s\n     %s", r.from, r.command, summary(tr), r.want, tr.Verdict.Sentence)
		}
		if r.prints != "" {
			code := fmt.Sprint(tr.Verdict.Client.ExitCode)
			if text := code + " " + tr.Verdict.Client.Message; text != r.prints && code != r.prints {
				t.Errorf("%s $ %s prints %q, not %q", r.from, r.command, text, r.prints)
			}
		}
	})
}

func advWeb(spec string) string {
	return "\n---\napiVersion: v1\nkind: Service\nmetadata: {namespace: default, name: web}\nspec: {selector: {app: web}, " + spec + "}\n"
}

func advClient(spec string) string {
	if spec == "" {
		spec = advBox
	}
	return "\n---\napiVersion: v1\nkind: Pod\nmetadata: {namespace: default, name: cl, labels: {app: cl}}\nspec: {" + spec + "}\n"
}

// What only the simulation made up is never the ground of a certain verdict.
func TestAdversarySimulated(t *testing.T) {
	const (
		open  = "answered pod.delivered"
		empty = "refused service.no-endpoints"
		port  = "ports: [{port: 80, targetPort: 8080}]"
		at    = "clusterIP: 10.96.0.55, " + port
	)
	two := aDeployment("web", "app: web", 2, advBox)
	nodes := aNode("n1", "192.168.5.11", "10.244.1.0/24", "za") + aNode("n2", "192.168.5.12", "10.244.2.0/24", "zb")
	pod := func(spec string) string {
		return "\n---\napiVersion: v1\nkind: Pod\nmetadata: {namespace: default, name: w, labels: {app: web}}\nspec: {" + spec + "}\n"
	}
	rows := []advRow{
		// Placement.
		{name: "internalTrafficPolicy Local over two replicas nobody placed", objects: advClient("") + two + advWeb("internalTrafficPolicy: Local, "+at), from: "pod/default/cl", command: "curl http://10.96.0.55/", want: "- - assumed"},
		{name: "the same with nodes written down", objects: nodes + advClient("") + two + advWeb("internalTrafficPolicy: Local, "+at), from: "pod/default/cl", command: "curl http://10.96.0.55/", want: "- - assumed"},
		{name: "the client placed, the servers not", objects: nodes + advClient("nodeName: n1, "+advBox) + two + advWeb("internalTrafficPolicy: Local, "+at), from: "pod/default/cl", command: "curl http://10.96.0.55/", want: "- - assumed"},
		{name: "the servers placed, the client not", objects: nodes + advClient("") + pod("nodeName: n1, "+advBox) + advWeb("internalTrafficPolicy: Local, "+at), from: "pod/default/cl", command: "curl http://10.96.0.55/", want: "- - assumed"},
		{name: "asked by a node, the servers not placed", objects: nodes + pod(advBox) + advWeb("internalTrafficPolicy: Local, "+at), from: "node/n1", command: "curl http://10.96.0.55/", want: "- - assumed"},
		{name: "externalTrafficPolicy Local at a node, the servers not placed", objects: nodes + pod(advBox) + advWeb("type: NodePort, externalTrafficPolicy: Local, ports: [{port: 80, targetPort: 8080, nodePort: 30080}]"), from: "lan/laptop", command: "curl http://192.168.5.11:30080/", want: "- - assumed"},
		{name: "and at the other one", objects: nodes + pod(advBox) + advWeb("type: NodePort, externalTrafficPolicy: Local, ports: [{port: 80, targetPort: 8080, nodePort: 30080}]"), from: "lan/laptop", command: "curl http://192.168.5.12:30080/", want: "- - assumed"},
		{name: "a health check port, the servers not placed", objects: nodes + pod(advBox) + advWeb("type: LoadBalancer, externalTrafficPolicy: Local, healthCheckNodePort: 32000, ports: [{port: 80, targetPort: 8080, nodePort: 30080}]"), from: "node/n1", command: "curl http://192.168.5.11:32000/", want: "- - assumed"},
		{name: "a pod on the host network nobody placed", objects: nodes + pod("hostNetwork: true, "+advBox), from: "node/n1", command: "curl http://192.168.5.11:8080/", want: "- - assumed"},
		{name: "and asked where it is not thought to be", objects: nodes + pod("hostNetwork: true, "+advBox), from: "node/n2", command: "curl http://192.168.5.12:8080/", want: "refused node.port-closed assumed"},
		{name: "a client on the host network nobody placed, iTP Local", objects: nodes + advClient("hostNetwork: true, "+advBox) + pod("nodeName: n1, "+advBox) + advWeb("internalTrafficPolicy: Local, "+at), from: "pod/default/cl", command: "curl http://10.96.0.55/", want: "- - assumed"},
		{name: "preferred nodes of hints that the simulation wrote", objects: nodes + advClient("nodeName: n1, "+advBox) + two + aDeployment("shut", "app: web", 0, advBox) + advWeb("trafficDistribution: PreferSameNode, "+at), from: "pod/default/cl", command: "curl http://10.96.0.55/", want: open + " assumed"},
		{name: "a single node leaves no choice", objects: aNode("n1", "192.168.5.11", "10.244.1.0/24", "za") + advClient("") + two + advWeb("internalTrafficPolicy: Local, "+at), from: "pod/default/cl", command: "curl http://10.96.0.55/", want: open + " -"},
		{name: "a daemon of every node is everywhere", objects: nodes + advClient("nodeName: n1, "+advBox) +
			"\n---\napiVersion: apps/v1\nkind: DaemonSet\nmetadata: {namespace: default, name: web}\nspec: {selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {" + advBox + "}}}\n" +
			advWeb("internalTrafficPolicy: Local, "+at), from: "pod/default/cl", command: "curl http://10.96.0.55/", want: open + " -"},

		// What the scheduler or a controller may hold back.
		{name: "a pod with a nodeSelector that no made-up node has", objects: advClient("") + pod("nodeSelector: {disk: ssd}, "+advBox) + advWeb(at), from: "pod/default/cl", command: "curl http://10.96.0.55/", want: "- - assumed"},
		{name: "a Deployment with required node affinity that no made-up node has", objects: advClient("") + aDeployment("web", "app: web", 1,
			"affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: gpu, operator: Exists}]}]}}}, "+advBox) + advWeb(at), from: "pod/default/cl", command: "curl http://10.96.0.55/", want: "- - assumed"},
		{name: "a nodeSelector that no written node has is the objects' word", objects: nodes + advClient("") + pod("nodeSelector: {disk: ssd}, "+advBox) + advWeb(at), from: "pod/default/cl", command: "curl http://10.96.0.55/", want: empty + " -"},
		{name: "a pod whose scheduling is gated waits", objects: nodes + advClient("") + pod("schedulingGates: [{name: example.com/wait}], "+advBox) + advWeb(at), from: "pod/default/cl", command: "curl http://10.96.0.55/", want: empty + " -"},
		{name: "replicas 0 is the objects' word", objects: nodes + advClient("") + aDeployment("web", "app: web", 0, advBox) + advWeb(at), from: "pod/default/cl", command: "curl http://10.96.0.55/", want: empty + " certain", ipvs: empty + " assumed"},
		{name: "a selector that selects nothing is the objects' word", objects: nodes + advClient("") + two + strings.Replace(advWeb(at), "app: web", "app: webb", 1), from: "pod/default/cl", command: "curl http://10.96.0.55/", want: empty + " certain", ipvs: empty + " assumed"},
		{name: "a named target that no container has is the objects' word", objects: nodes + advClient("") + two + advWeb("clusterIP: 10.96.0.55, ports: [{port: 80, targetPort: http}]"), from: "pod/default/cl", command: "curl http://10.96.0.55/", want: empty + " certain", ipvs: empty + " assumed"},
		{name: "a Job's pod may have ended", objects: nodes + advClient("") + "\n---\napiVersion: batch/v1\nkind: Job\nmetadata: {namespace: default, name: web}\nspec: {template: {metadata: {labels: {app: web}}, spec: {restartPolicy: Never, " + advBox + "}}}\n" + advWeb(at), from: "pod/default/cl", command: "curl http://10.96.0.55/", want: "- - assumed"},
		{name: "a suspended Job has no pods", objects: nodes + advClient("") + "\n---\napiVersion: batch/v1\nkind: Job\nmetadata: {namespace: default, name: web}\nspec: {suspend: true, template: {metadata: {labels: {app: web}}, spec: {restartPolicy: Never, " + advBox + "}}}\n" + advWeb(at), from: "pod/default/cl", command: "curl http://10.96.0.55/", want: empty + " -"},
		{name: "a readiness gate that somebody must open", objects: nodes + advClient("") + pod("readinessGates: [{conditionType: example.com/lb}], "+advBox) + advWeb(at), from: "pod/default/cl", command: "curl http://10.96.0.55/", want: "- - assumed"},
		{name: "more host ports than nodes that are made up", objects: advClient("") + aDeployment("web", "app: web", 9, "containers: [{name: c, image: example/app:1, ports: [{containerPort: 8080, hostPort: 8080}]}]") + advWeb(at), from: "pod/default/cl", command: "curl http://10.96.0.55/", want: "- - -"},

		{name: "a Deployment that is paused may never have begun", objects: nodes + advClient("") + strings.Replace(two, "spec: {replicas", "spec: {paused: true, replicas", 1) + advWeb(at), from: "pod/default/cl", command: "curl http://10.96.0.55/", want: open + " assumed"},
		{name: "pods that may not be where others of theirs are", objects: nodes + advClient("") + aDeployment("web", "app: web", 3, "affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: web}}}]}}, "+advBox) + advWeb(at), from: "pod/default/cl", command: "curl http://10.96.0.55/", want: open + " assumed"},
		{name: "a pod that needs another that is not there", objects: nodes + advClient("") + pod("affinity: {podAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: nobody}}}]}}, "+advBox) + advWeb(at), from: "pod/default/cl", command: "curl http://10.96.0.55/", want: open + " assumed"},
		{name: "a pod with a volume that somebody must provide", objects: nodes + advClient("") + pod("volumes: [{name: v, persistentVolumeClaim: {claimName: data}}], "+advBox) + advWeb(at), from: "pod/default/cl", command: "curl http://10.96.0.55/", want: open + " assumed"},
		{name: "a pod whose configuration is not among the objects", objects: nodes + advClient("") + pod("containers: [{name: c, image: example/app:1, envFrom: [{configMapRef: {name: settings}}]}]") + advWeb(at), from: "pod/default/cl", command: "curl http://10.96.0.55/", want: open + " assumed"},
		{name: "a pod whose configuration is", objects: nodes + advClient("") + pod("containers: [{name: c, image: example/app:1, envFrom: [{configMapRef: {name: settings}}]}]") + "\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {namespace: default, name: settings}\ndata: {a: b}\n" + advWeb(at), from: "pod/default/cl", command: "curl http://10.96.0.55/", want: open + " certain"},

		{name: "a client on the host network nobody placed may be on the node of a guarded pod", objects: nodes + advClient("hostNetwork: true, "+advBox) + pod("nodeName: n1, "+advBox) + advWeb(at) + aPolicy("default/none", "podSelector: {matchLabels: {app: web}}, policyTypes: [Ingress]"), from: "pod/default/cl", command: "curl http://10.96.0.55/", want: "no-answer policy.ingress-denied assumed"},
		{name: "also on the other", objects: nodes + advClient("hostNetwork: true, "+advBox) + pod("nodeName: n2, "+advBox) + advWeb(at) + aPolicy("default/none", "podSelector: {matchLabels: {app: web}}, policyTypes: [Ingress]"), from: "pod/default/cl", command: "curl http://10.96.0.55/", want: "no-answer policy.ingress-denied assumed"},
		{name: "it may have the one address that is admitted", objects: nodes + advClient("hostNetwork: true, "+advBox) + pod("nodeName: n2, "+advBox) + advWeb(at) + aPolicy("default/i", "podSelector: {matchLabels: {app: web}}, ingress: [{from: [{ipBlock: {cidr: 192.168.5.11/32}}]}]"), from: "pod/default/cl", command: "curl http://10.96.0.55/", want: "- - assumed"},
		{name: "pods nobody placed may be on the node that is down", objects: strings.Replace(nodes, "status: 'True'", "status: 'False'", 1) + advClient("nodeName: n2, "+advBox) + two + advWeb(at), from: "pod/default/cl", command: "curl http://10.96.0.55/", want: "- - assumed"},
		{name: "a client nobody placed asks one of the nodes' resolvers", objects: nodes + advClient("dnsPolicy: Default, "+advBox), from: "pod/default/cl", command: "curl http://web.lab.test/", want: "- - unknown"},

		// Addresses.
		{name: "the name of a pod's address that only the simulation gave", objects: nodes + advClient("") + two + advWeb(at), from: "pod/default/cl", command: "dig 10-244-1-3.web.default.svc.cluster.local", want: "- - assumed"},
		{name: "the name of an address that it did not give", objects: nodes + advClient("") + two + advWeb(at), from: "pod/default/cl", command: "dig 10-244-1-77.web.default.svc.cluster.local", want: "name-not-found dns.nxdomain assumed"},
		{name: "who has such an address", objects: nodes + advClient("") + two + advWeb(port), from: "pod/default/cl", command: "dig -x 10.244.1.3", want: "- - assumed"},
		{name: "a service by its written address", objects: nodes + advClient("") + two + advWeb(at), from: "pod/default/cl", command: "dig -x 10.96.0.55", want: "answered pod.delivered certain"},
		{name: "the cluster IP that only the simulation gave", objects: nodes + advClient("") + two + advWeb(port), from: "pod/default/cl", command: "curl http://10.96.0.2/", want: "- - assumed"},
		{name: "its undefined port", objects: nodes + advClient("") + two + advWeb(port), from: "pod/default/cl", command: "curl http://10.96.0.2:81/", want: "- - assumed"},
		{name: "an address that it did not give", objects: nodes + advClient("") + two + advWeb(port), from: "pod/default/cl", command: "curl http://10.96.0.77/", want: "- - assumed"},
		{name: "by name the address does not matter", objects: nodes + advClient("") + two + advWeb(port), from: "pod/default/cl", command: "curl http://web/", want: open + " -"},
		{name: "an address of a pod that only the simulation gave", objects: nodes + advClient("nodeName: n1, "+advBox) + two, from: "pod/default/cl", command: "curl http://10.244.1.3:8080/", want: "- - assumed"},
		{name: "a closed port of it", objects: nodes + advClient("nodeName: n1, "+advBox) + two, from: "pod/default/cl", command: "curl http://10.244.1.3:81/", want: "- - assumed"},
		{name: "the node port that only the simulation gave", objects: nodes + advClient("") + two + advWeb("type: NodePort, "+port), from: "lan/laptop", command: "curl http://192.168.5.11:30000/", want: "- - assumed"},
		{name: "any other node port could be the one", objects: nodes + advClient("") + two + advWeb("type: NodePort, "+port), from: "lan/laptop", command: "curl http://192.168.5.11:31234/", want: "- - assumed"},
		{name: "another node port, asked by the node", objects: nodes + advClient("") + two + advWeb("type: NodePort, "+port), from: "node/n1", command: "curl http://192.168.5.11:31234/", want: "- - assumed"},
		{name: "a node port at a made-up node", objects: advClient("") + two + advWeb("type: NodePort, ports: [{port: 80, targetPort: 8080, nodePort: 30080}]"), from: "node/node-1", command: "curl http://localhost:30080/", want: open + " -", nft: "refused node.port-closed assumed", ipvs: "refused node.port-closed assumed"},
		{name: "a load balancer that is pending has no address", objects: nodes + advClient("") + two + advWeb("type: LoadBalancer, "+port), from: "lan/laptop", command: "curl http://203.0.113.9/", want: "- - -"},
		{name: "an external address that a made-up node might have", objects: advClient("") + two + advWeb("externalIPs: [192.168.5.99], "+at), from: "pod/default/cl", command: "curl http://192.168.5.99/", want: open + " -"},

		// Policies over made-up addresses.
		{name: "an ipBlock that holds the made-up address of the server", objects: nodes + advClient("nodeName: n1, "+advBox) + two + advWeb(at) + aPolicy("default/e", "podSelector: {matchLabels: {app: cl}}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 10.244.0.0/16}}]}]"), from: "pod/default/cl", command: "curl http://10.96.0.55/", want: open + " assumed"},
		{name: "an ipBlock that does not", objects: nodes + advClient("nodeName: n1, "+advBox) + two + advWeb(at) + aPolicy("default/e", "podSelector: {matchLabels: {app: cl}}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 10.99.0.0/16}}]}]"), from: "pod/default/cl", command: "curl http://10.96.0.55/", want: "no-answer policy.egress-denied assumed"},
		{name: "an ipBlock that holds one of two made-up addresses", objects: nodes + advClient("nodeName: n1, "+advBox) + two + advWeb(at) + aPolicy("default/e", "podSelector: {matchLabels: {app: cl}}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 10.244.1.0/24}}]}]"), from: "pod/default/cl", command: "curl http://10.96.0.55/", want: "- - assumed"},
		{name: "an ipBlock of ingress over the client's made-up address", objects: nodes + advClient("") + two + advWeb(at) + aPolicy("default/i", "podSelector: {matchLabels: {app: web}}, ingress: [{from: [{ipBlock: {cidr: 10.244.1.0/24}}]}]"), from: "pod/default/cl", command: "curl http://10.96.0.55/", want: "- - assumed"},
		{name: "every address is every address", objects: nodes + advClient("nodeName: n1, "+advBox) + pod("nodeName: n2, "+advBox) + advWeb(at) + aPolicy("default/e", "podSelector: {matchLabels: {app: cl}}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0}}]}]"), from: "pod/default/cl", command: "curl http://10.96.0.55/", want: open + " -"},
		{name: "selectors need no address", objects: nodes + advClient("") + two + advWeb(at) + aPolicy("default/i", "podSelector: {matchLabels: {app: web}}, ingress: [{from: [{podSelector: {matchLabels: {app: nobody}}}]}]"), from: "pod/default/cl", command: "curl http://10.96.0.55/", want: "no-answer policy.ingress-denied -"},
		{name: "source ranges over the client's made-up address", objects: nodes + advClient("") + two + advWeb("type: LoadBalancer, loadBalancerSourceRanges: [10.244.0.0/16], "+at) + "status: {loadBalancer: {ingress: [{ip: 192.168.5.240}]}}\n", from: "pod/default/cl", command: "curl http://192.168.5.240/", want: open + " assumed"},
		{name: "source ranges that do not hold it", objects: nodes + advClient("") + two + advWeb("type: LoadBalancer, loadBalancerSourceRanges: [10.99.0.0/16], "+at) + "status: {loadBalancer: {ingress: [{ip: 192.168.5.240}]}}\n", from: "pod/default/cl", command: "curl http://192.168.5.240/", want: "no-answer lb.source-ranges assumed"},
		{name: "the made-up address is thought to be of kube-proxy's range", objects: nodes + advClient("nodeName: n1, "+advBox) + pod("nodeName: n2, "+advBox) + advWeb("type: LoadBalancer, externalTrafficPolicy: Local, "+at) + "status: {loadBalancer: {ingress: [{ip: 192.168.5.240}]}}\n", from: "pod/default/cl", command: "curl http://192.168.5.240/", want: open + " assumed"},
	}
	for _, mode := range []string{"iptables", "nftables", "ipvs"} {
		t.Run(mode, func(t *testing.T) {
			for _, row := range rows {
				row.of(mode).run(t, advShown(mode))
			}
		})
	}
}

// Numbers that only the simulation gave: asked for by number they are no facts, asked for by name it does not matter.
func TestAdversarySimulatedNumbers(t *testing.T) {
	const policyFor = "podSelector: {matchLabels: {app: web}}, policyTypes: [Ingress]"
	objects := advClient("") + aDeployment("web", "app: web", 1, advBox) + advWeb("type: NodePort, ports: [{port: 80, targetPort: 8080}]") +
		"\n---\napiVersion: networking.k8s.io/v1\nkind: ServiceCIDR\nmetadata: {name: kubernetes}\nspec: {cidrs: [10.96.0.0/16]}\n"
	for _, mode := range []string{"iptables", "nftables", "ipvs"} {
		view := manifest(t, advShown(mode)+objects)
		svc, node := view.Service("default", "web"), view.Nodes()[0]
		var pod string
		for p := range view.PodsIn("default") {
			if p.Labels.Get("app") == "web" {
				pod = p.IP().String()
			}
		}
		nodeIP, door := node.Status.Addresses[0].Address, svc.Spec.Ports[0].NodePort
		for _, row := range []struct{ from, command, want string }{
			{"pod/default/cl", "curl http://" + svc.Spec.ClusterIP + "/", "answered assumed"},
			{"pod/default/cl", "curl --resolve web.test:80:" + svc.Spec.ClusterIP + " http://web.test/", "answered assumed"},
			{"pod/default/cl", "curl http://" + svc.Spec.ClusterIP + ":81/", map[string]string{"iptables": "no-answer", "nftables": "refused", "ipvs": "refused"}[mode] + " assumed"},
			{"pod/default/cl", "curl http://10.96.77.77/", "no-answer assumed"}, // the service may have it
			{"node/" + node.Name, "curl http://10.96.77.77/", "no-answer assumed"},
			{"pod/default/cl", "curl http://" + pod + ":8080/", "answered assumed"},
			{"pod/default/cl", "curl http://" + pod + ":8081/", "refused assumed"},
			{"pod/default/cl", "ping -c 1 " + pod, "answered assumed"},
			{"node/" + node.Name, fmt.Sprintf("curl http://%s:%d/", nodeIP, door), "answered assumed"},
			{"pod/default/cl", fmt.Sprintf("curl http://%s:%d/", nodeIP, door), "answered assumed"},
			{"pod/default/cl", "curl http://" + strings.ReplaceAll(pod, ".", "-") + ".default.pod.cluster.local:8080/", "answered assumed"},
			{"pod/default/cl", "curl http://web/", "answered certain"},
			{"pod/default/cl", "curl http://web.default.svc.cluster.local./", "answered certain"},
			{"pod/default/cl", "curl http://web:81/", map[string]string{"iptables": "no-answer assumed", "nftables": "refused certain", "ipvs": "refused certain"}[mode]},
		} {
			tr := run(t, view, row.from, row.command)
			if got := fmt.Sprintf("%s %s", tr.Verdict.Class, tr.Verdict.Certainty); got != row.want {
				t.Errorf("%s: %s $ %s: got %s (%s), want %s\n%s", mode, row.from, row.command, got, tr.Verdict.Reason, row.want, tr.Verdict.Sentence)
			}
		}
		shut := manifest(t, kubeProxy(append([]string{"mode: " + mode, "clusterCIDR: 10.244.0.0/16"}, strings.Split(strings.TrimSpace(masqueradeAll), "\n")...)...)+plugin("calico-node", "docker.io/calico/node:v3.31.3")+advCorefile+advListens+
			aNode("n1", "192.168.5.11", "10.244.1.0/24", "za")+aNode("n2", "192.168.5.12", "10.244.2.0/24", "zb")+
			advClient("")+aPod("default/w", "n1", "10.244.1.9", "app: web", "")+advWeb("clusterIP: 10.96.0.55, ports: [{port: 80, targetPort: 8080}]")+aPolicy("default/none", policyFor))
		equal(t, run(t, shut, "pod/default/cl", "curl http://10.96.0.55/").Verdict.Certainty, "assumed") // the client may be on n1, whose node is let in
	}
}

// What a controller makes of objects as they are written, by the controllers' own rules.
func TestAdversaryControllers(t *testing.T) {
	const (
		open  = "answered pod.delivered certain"
		empty = "refused service.no-endpoints certain"
		at    = "clusterIP: 10.96.0.55, ports: [{port: 80, targetPort: 8080}]"
		named = "clusterIP: 10.96.0.55, ports: [{port: 80, targetPort: http}]"
		get   = "curl http://10.96.0.55/"
		cl    = "pod/default/cl"
	)
	nodes := aNode("n1", "192.168.5.11", "10.244.1.0/24", "za") + aNode("n2", "192.168.5.12", "10.244.2.0/24", "zb")
	base := nodes + aPod("default/cl", "n1", "10.244.1.5", "app: cl", "")
	port := func(name, number, more string) string {
		return "containers: [{name: c, image: example/app:1, ports: [{name: " + name + ", containerPort: " + number + more + "}]}]"
	}
	pod := func(name, node, ip, status, spec string) string {
		if spec == "" {
			spec = advBox
		}
		return fmt.Sprintf("\n---\napiVersion: v1\nkind: Pod\nmetadata: {namespace: default, name: %s, labels: {app: web}}\nspec: {nodeName: %s, %s}\nstatus: {podIP: %q, %s}\n", name, node, spec, ip, status)
	}
	const (
		ready   = "phase: Running, conditions: [{type: Ready, status: 'True'}]"
		unready = "phase: Running, conditions: [{type: Ready, status: 'False'}]"
	)
	dying := func(text string) string {
		return strings.Replace(text, "name: w,", "name: w, deletionTimestamp: '2026-03-02T11:59:50Z', deletionGracePeriodSeconds: 30,", 1)
	}
	rows := []advRow{
		{name: "A2.1: a named target that one pod of two has", objects: base + pod("w", "n1", "10.244.1.6", ready, port("http", "8080", "")) + pod("v", "n2", "10.244.2.6", ready, port("web", "8080", "")) + advWeb(named), want: open},
		{name: "A2.1: a named target that has other numbers in other pods", objects: base + pod("w", "n1", "10.244.1.6", ready, port("http", "8080", "")) + pod("v", "n2", "10.244.2.6", ready, port("http", "9090", "")) + advWeb(named), want: "mixed pod.port-closed certain"},
		{name: "A2.1: a named target of another protocol", objects: base + pod("w", "n1", "10.244.1.6", ready, port("http", "8080", ", protocol: UDP")) + advWeb(named), want: empty, ipvs: "refused service.no-endpoints assumed"},
		{name: "A2.1: a named target of a sidecar", objects: base + pod("w", "n1", "10.244.1.6", ready, "initContainers: [{name: s, image: example/s:1, restartPolicy: Always, ports: [{name: http, containerPort: 8080}]}], "+advBox) + advWeb(named), want: open},
		{name: "A2.1: a named target of an init container that ends", objects: base + pod("w", "n1", "10.244.1.6", ready, "initContainers: [{name: s, image: example/s:1, ports: [{name: http, containerPort: 8080}]}], "+advBox) + advWeb(named), want: empty, ipvs: "refused service.no-endpoints assumed"},
		{name: "A2.1: unready pods of a service that publishes them", objects: base + pod("w", "n1", "10.244.1.6", unready, "") + advWeb("publishNotReadyAddresses: true, "+at), want: "answered pod.delivered -"},
		{name: "A2.1: unready pods of one that does not", objects: base + pod("w", "n1", "10.244.1.6", unready, "") + advWeb(at), want: empty, ipvs: "refused service.no-endpoints assumed"},
		{name: "A2.1: a terminating pod serves where nobody else does", objects: base + dying(pod("w", "n1", "10.244.1.6", ready, "")) + advWeb(at), want: "answered pod.delivered assumed"},
		{name: "A2.1: not where somebody does", objects: base + dying(pod("w", "n1", "10.244.1.6", ready, "")) + pod("v", "n2", "10.244.2.6", ready, "") + advWeb(at), want: open},
		{name: "A2.1: a failed pod is no endpoint", objects: base + pod("w", "n1", "10.244.1.6", "phase: Failed, reason: Evicted", "") + advWeb(at), want: empty, ipvs: "refused service.no-endpoints assumed"},
		{name: "A2.1: nor a pending one that has an address", objects: base + pod("w", "n1", "10.244.1.6", "phase: Pending, conditions: [{type: Ready, status: 'False'}]", "") + advWeb(at), want: empty, ipvs: "refused service.no-endpoints assumed"},
		{name: "A2.1: a selector of another namespace's pods", objects: base + strings.Replace(pod("w", "n1", "10.244.1.6", ready, ""), "namespace: default", "namespace: team", 1) + advWeb(at), want: empty, ipvs: "refused service.no-endpoints assumed"},
		{name: "A2.1: no selector and nobody's slice", objects: base + pod("w", "n1", "10.244.1.6", ready, "") + strings.Replace(advWeb(at), "selector: {app: web}, ", "", 1), want: empty, ipvs: "refused service.no-endpoints assumed"},
		{name: "A2.1: an empty selector selects nothing", objects: base + pod("w", "n1", "10.244.1.6", ready, "") + strings.Replace(advWeb(at), "selector: {app: web}", "selector: {}", 1), want: empty, ipvs: "refused service.no-endpoints assumed"},
		{name: "A2.1: Endpoints by hand, not ready", objects: base + pod("w", "n1", "10.244.1.6", ready, "") + strings.Replace(advWeb(at), "selector: {app: web}, ", "", 1) + "\n---\napiVersion: v1\nkind: Endpoints\nmetadata: {namespace: default, name: web}\nsubsets: [{notReadyAddresses: [{ip: 10.244.1.6}], ports: [{port: 8080}]}]\n", want: empty, ipvs: "refused service.no-endpoints assumed"},
		{name: "A2.1: Endpoints that nobody is to mirror", objects: base + pod("w", "n1", "10.244.1.6", ready, "") + strings.Replace(advWeb(at), "selector: {app: web}, ", "", 1) + "\n---\napiVersion: v1\nkind: Endpoints\nmetadata: {namespace: default, name: web, labels: {endpointslice.kubernetes.io/skip-mirror: 'true'}}\nsubsets: [{addresses: [{ip: 10.244.1.6}], ports: [{port: 8080}]}]\n", want: empty, ipvs: "refused service.no-endpoints assumed"},
		{name: "A2.1: Endpoints beside a selector are the controller's copy", objects: base + pod("w", "n1", "10.244.1.6", ready, "") + advWeb(at) + "\n---\napiVersion: v1\nkind: Endpoints\nmetadata: {namespace: default, name: web}\nsubsets: [{addresses: [{ip: 10.244.1.99}], ports: [{port: 8080}]}]\n", want: open},
		{name: "A2.2: trafficDistribution over zones that both have one", objects: base + pod("w", "n1", "10.244.1.6", ready, "") + pod("v", "n2", "10.244.2.6", ready, port("x", "1", "")) + advWeb("trafficDistribution: PreferSameZone, "+at), want: open},
		{name: "A2.7: a service of both families in a cluster that has one", objects: base + pod("w", "n1", "10.244.1.6", ready, "") + advWeb("ipFamilyPolicy: PreferDualStack, "+at), want: open},

		{name: "A6: a host port on the pod's node", objects: base + pod("w", "n1", "10.244.1.6", ready, port("http", "8080", ", hostPort: 8081")), from: "lan/laptop", command: "curl http://192.168.5.11:8081/", want: "answered pod.delivered assumed"},
		{name: "A6: on another", objects: base + pod("w", "n1", "10.244.1.6", ready, port("http", "8080", ", hostPort: 8081")), from: "lan/laptop", command: "curl http://192.168.5.12:8081/", want: "refused node.port-closed assumed"},
		{name: "A6: of another protocol", objects: base + pod("w", "n1", "10.244.1.6", ready, port("http", "8080", ", hostPort: 8081, protocol: UDP")), from: "lan/laptop", command: "curl http://192.168.5.11:8081/", want: "refused node.port-closed assumed"},
		{name: "A6: on the loopback address only", objects: base + pod("w", "n1", "10.244.1.6", ready, port("http", "8080", ", hostPort: 8081, hostIP: 127.0.0.1")), from: "lan/laptop", command: "curl http://192.168.5.11:8081/", want: "refused node.port-closed assumed"},
		{name: "A6: which the node reaches", objects: base + pod("w", "n1", "10.244.1.6", ready, port("http", "8080", ", hostPort: 8081, hostIP: 127.0.0.1")), from: "node/n1", command: "curl http://127.0.0.1:8081/", want: "answered pod.delivered assumed"},
		{name: "A6: on an address that the node does not have", objects: base + pod("w", "n1", "10.244.1.6", ready, port("http", "8080", ", hostPort: 8081, hostIP: 192.168.5.99")), from: "lan/laptop", command: "curl http://192.168.5.11:8081/", want: "refused node.port-closed assumed"},
		{name: "A6: a host port needs no readiness", objects: base + pod("w", "n1", "10.244.1.6", unready, port("http", "8080", ", hostPort: 8081")), from: "lan/laptop", command: "curl http://192.168.5.11:8081/", want: "answered pod.delivered assumed"},
		{name: "A6: a host port and a node port of one number", objects: base + pod("w", "n1", "10.244.1.6", ready, port("http", "8080", ", hostPort: 30080")) + strings.Replace(advWeb("type: NodePort, clusterIP: 10.96.0.55, ports: [{port: 80, targetPort: 8080, nodePort: 30080}]"), "app: web", "app: nobody", 1), from: "lan/laptop", command: "curl http://192.168.5.11:30080/", want: "- - assumed"},
		{name: "A2.3: a node port comes before a process of the host network", objects: base + pod("h", "n1", "192.168.5.11", ready, "hostNetwork: true, containers: [{name: c, image: example/app:1, ports: [{containerPort: 30080}]}]") + pod("w", "n2", "10.244.2.6", ready, port("http", "8080", "")) + advWeb("type: NodePort, clusterIP: 10.96.0.55, ports: [{port: 80, targetPort: http, nodePort: 30080}]"), from: "lan/laptop", command: "curl http://192.168.5.11:30080/", want: open},
		{name: "A1: the API server's place is made up where no object says it", objects: base, command: "curl -k https://10.96.0.1/", want: "answered host.delivered assumed"},
		{name: "A1: also where its service is written", objects: base + "\n---\napiVersion: v1\nkind: Service\nmetadata: {namespace: default, name: kubernetes}\nspec: {clusterIP: 10.96.0.1, ports: [{name: https, port: 443, targetPort: 6443}]}\n", command: "curl -k https://10.96.0.1/", want: "answered host.delivered assumed"},
		{name: "A3: nor may a policy speak of it for certain", objects: nodes + aPod("default/cl", "n2", "10.244.2.5", "app: cl", "") + aPolicy("default/e", "podSelector: {matchLabels: {app: cl}}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 10.99.0.0/16}}]}]"), command: "curl -k https://10.96.0.1/", want: "no-answer policy.egress-denied assumed"},
		{name: "A7: a node that is not ready, its node ports", objects: strings.Replace(base, "status: 'True'}]}\n\n---\napiVersion: v1\nkind: Node", "status: 'False'}]}\n\n---\napiVersion: v1\nkind: Node", 1) + pod("w", "n2", "10.244.2.6", ready, "") + advWeb("type: NodePort, clusterIP: 10.96.0.55, ports: [{port: 80, targetPort: 8080, nodePort: 30080}]"), from: "lan/laptop", command: "curl http://192.168.5.11:30080/", want: "no-answer node.not-ready assumed"},
	}
	for _, mode := range []string{"iptables", "nftables", "ipvs"} {
		t.Run(mode, func(t *testing.T) {
			for _, row := range rows {
				if row.from == "" {
					row.from = cl
				}
				if row.command == "" {
					row.command = get
				}
				row.of(mode).run(t, advShown(mode))
			}
		})
	}
}

// A pod that kubectl run makes gets whichever node and address is free: rules that go by them are assumed.
func TestAdversaryPodsMadeForOneRequest(t *testing.T) {
	const (
		at  = "clusterIP: 10.96.0.55, ports: [{port: 80, targetPort: 8080}]"
		ask = "kubectl run tmp --rm -it --image=busybox --restart=Never -- wget -qO- "
		vip = "status: {loadBalancer: {ingress: [{ip: 192.168.5.240}]}}\n"
	)
	base := aNode("n1", "192.168.5.11", "10.244.1.0/24", "za") + aNode("n2", "192.168.5.12", "10.244.2.0/24", "zb") + aPod("default/w", "n1", "10.244.1.9", "app: web", "")
	admits := func(peer string) string {
		return aPolicy("default/i", "podSelector: {matchLabels: {app: web}}, ingress: [{from: [{"+peer+"}]}]")
	}
	for _, row := range []advRow{
		{name: "source ranges that hold it here", objects: base + advWeb("type: LoadBalancer, loadBalancerSourceRanges: [10.244.1.0/24], "+at) + vip, command: ask + "192.168.5.240", want: "answered pod.delivered assumed"},
		{name: "and that do not", objects: base + advWeb("type: LoadBalancer, loadBalancerSourceRanges: [10.244.1.128/25], "+at) + vip, command: ask + "192.168.5.240", want: "no-answer lb.source-ranges assumed"},
		{name: "internalTrafficPolicy Local", objects: base + advWeb("internalTrafficPolicy: Local, "+at), command: ask + "10.96.0.55", want: "- - assumed"},
		{name: "an ipBlock that holds it", objects: base + advWeb(at) + admits("ipBlock: {cidr: 10.244.1.0/24}"), command: ask + "10.96.0.55", want: "answered pod.delivered assumed"},
		{name: "an ipBlock that does not", objects: base + advWeb(at) + admits("ipBlock: {cidr: 10.244.2.0/24}"), command: ask + "10.96.0.55", want: "no-answer policy.ingress-denied assumed"},
		{name: "its label is what kubectl says", objects: base + advWeb(at) + admits("podSelector: {matchLabels: {run: tmp}}"), command: ask + "10.96.0.55", want: "answered pod.delivered certain"},
		{name: "another label", objects: base + advWeb(at) + admits("podSelector: {matchLabels: {run: temp}}"), command: ask + "10.96.0.55", want: "no-answer policy.ingress-denied certain"},
		{name: "no rule is about it", objects: base + advWeb(at), command: ask + "10.96.0.55", want: "answered pod.delivered certain"},
	} {
		row.run(t, advShown("iptables"))
	}
}

// Who is named by an address that only the simulation gave is not named for certain; the same pod by its name is.
func TestASourceNamedByAMadeUpAddressIsDoubted(t *testing.T) {
	view := manifest(t, advShown("iptables")+aDeployment("web", "app: web", 1, advBox)+"\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: client}\nspec: {nodeName: node-1, "+advBox+"}\n")
	named := run(t, view, "pod/default/client", "curl http://203.0.113.9/")
	ip := named.Request.From.IP
	if ip == "" {
		t.Fatal("the simulation gave no address")
	}
	for _, a := range named.Assumptions {
		if a.Key == "addresses" {
			t.Errorf("by its name: %s", a.Value)
		}
	}
	numbered := run(t, view, "ip/"+ip, "curl http://203.0.113.9/")
	doubted := false
	for _, a := range numbered.Assumptions {
		doubted = doubted || a.Key == "addresses"
	}
	if !doubted || numbered.Verdict.Certainty == trace.Certain {
		t.Errorf("by its number: %s, with %v", summary(numbered), numbered.Assumptions)
	}
}
