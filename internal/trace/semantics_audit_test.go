package trace_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/files"
	"github.com/kubestrata/kubestrata/internal/trace"
)

// auditRow is a request over manifests as -f reads them: decoded, completed by what controllers would write, then traced.
type auditRow struct {
	name          string
	objects       string // beside those of the yard
	from, command string
	assume        []string
	want          string // class reason certainty, and the HTTP status where there is one; "-" takes anything for a word
	ends          string // outcomes as SHARE CLASS IP:PORT<SOURCE, * where masqueraded; empty where they are not looked at
}

// manifest reads YAML as -f - does.
func manifest(t *testing.T, text string) *cluster.View {
	t.Helper()
	source, err := files.Open([]string{"-"}, files.Options{Stdin: strings.NewReader(text)})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range source.Problems() {
		if p.Severity == files.Error {
			t.Fatalf("%+v\n%s", p, text)
		}
	}
	return source.View()
}

func (r auditRow) run(t *testing.T, yard string) {
	t.Run(r.name, func(t *testing.T) {
		given := map[string]string{}
		for _, word := range r.assume {
			k, v, _ := strings.Cut(word, "=")
			given[k] = v
		}
		tr, err := trace.Run(manifest(t, yard+r.objects), trace.Ask{From: r.from, Command: []string{r.command}, Assume: given})
		if err != nil {
			t.Fatal(err)
		}
		check(t, tr)
		got := summary(tr)
		if s := tr.Verdict.HTTPStatus; s != nil {
			got += fmt.Sprintf(" %d", *s)
		}
		words := strings.Fields(got)
		for i, w := range strings.Fields(r.want) {
			if i < len(words) && w == "-" {
				words[i] = "-"
			}
		}
		equal(t, strings.Join(words, " "), r.want)
		if r.ends != "" {
			equal(t, allEnds(tr), r.ends)
		}
	})
}

// allEnds lists every outcome, the order being that of the trace.
func allEnds(tr *trace.Trace) string {
	var out []string
	for _, o := range tr.Outcomes {
		text := fmt.Sprintf("%.3g %s", o.Share, o.Class)
		if o.Endpoint != nil {
			text += fmt.Sprintf(" %s:%d<%s", o.Endpoint.IP, o.Endpoint.Port, o.SourceSeen)
			if o.Masqueraded {
				text += "*"
			}
		}
		out = append(out, text)
	}
	return strings.Join(out, ", ")
}

// kubeProxy is its ConfigMap with the lines of a configuration.
func kubeProxy(lines ...string) string {
	return "\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: kube-proxy, namespace: kube-system}\ndata:\n  config.conf: |\n    " +
		strings.Join(lines, "\n    ") + "\n"
}

// plugin is the DaemonSet of a network plug-in.
func plugin(name, image string) string {
	return fmt.Sprintf("\n---\napiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: %s, namespace: kube-system}\nspec: {selector: {matchLabels: {app: %[1]s}}, "+
		"template: {metadata: {labels: {app: %[1]s}}, spec: {hostNetwork: true, containers: [{name: %[1]s, image: %q}]}}}\n", name, image)
}

func aNode(name, ip, cidr, zone string) string {
	return fmt.Sprintf("\n---\napiVersion: v1\nkind: Node\nmetadata: {name: %s, labels: {topology.kubernetes.io/zone: %s}}\nspec: {podCIDR: %q, podCIDRs: [%[3]q]}\n"+
		"status: {addresses: [{type: InternalIP, address: %[4]q}], conditions: [{type: Ready, status: 'True'}]}\n", name, zone, cidr, ip)
}

// aPod is a running and ready pod NAMESPACE/NAME; more is the rest of its spec.
func aPod(path, node, ip, labels, more string) string {
	namespace, name := split(path)
	if more == "" {
		more = "containers: [{name: main, image: example/app:1}]"
	}
	return fmt.Sprintf("\n---\napiVersion: v1\nkind: Pod\nmetadata: {namespace: %s, name: %s, labels: {%s}}\nspec: {nodeName: %s, %s}\n"+
		"status: {phase: Running, podIP: %q, conditions: [{type: Ready, status: 'True'}]}\n", namespace, name, labels, node, more, ip)
}

func aNamespace(name, labels string) string {
	return fmt.Sprintf("\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: %s, labels: {kubernetes.io/metadata.name: %[1]s, %s}}\n", name, labels)
}

// anObject is any other object, its spec on one line.
func anObject(apiVersion, kind, path, spec string) string {
	namespace, name := split(path)
	return fmt.Sprintf("\n---\napiVersion: %s\nkind: %s\nmetadata: {namespace: %s, name: %s}\nspec: {%s}\n", apiVersion, kind, namespace, name, spec)
}

func aPolicy(path, spec string) string {
	return anObject("networking.k8s.io/v1", "NetworkPolicy", path, spec)
}

// yard is three nodes of a LAN with kube-proxy and Calico: pods cl of namespace blue on n2, w of namespace red on n1 and n2.
func yard() string {
	const web = "containers: [{name: main, image: example/app:1, ports: [{name: http, containerPort: 8080}]}]"
	return aNode("n1", "192.168.5.11", "10.244.1.0/24", "za") + aNode("n2", "192.168.5.12", "10.244.2.0/24", "zb") + aNode("n3", "192.168.5.13", "10.244.3.0/24", "zb") +
		aNamespace("default", "") + aNamespace("red", "team: red") + aNamespace("blue", "team: blue") + aNamespace("kube-system", "") +
		aPod("red/w1", "n1", "10.244.1.21", "app: web", web) + aPod("red/w2", "n2", "10.244.2.21", "app: web", web) +
		aPod("blue/cl", "n2", "10.244.2.31", "app: cli", "") + aPod("blue/cl1", "n1", "10.244.1.31", "app: cli", "") +
		aPod("blue/h2", "n2", "192.168.5.12", "app: host", "hostNetwork: true, containers: [{name: main, image: example/app:1}]") + `
---
apiVersion: kubestrata.io/v1alpha1
kind: Surroundings
networks: {lan: [192.168.5.0/24], service: [10.96.0.0/12], pod: [10.244.0.0/16]}
hosts: [{name: laptop, layer: lan, addresses: [192.168.5.200]}]
listeners: [{namespace: red, selector: app=web, port: 8080}]
`
}

func calicoYard() string {
	return yard() + kubeProxy("mode: iptables", "clusterCIDR: 10.244.0.0/16") + plugin("calico-node", "docker.io/calico/node:v3.31.3")
}
