package trace_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/files"
	"github.com/kubestrata/kubestrata/internal/trace"
)

// serviceRow is a request to a service in a cluster with two nodes (node01 172.20.128.6, node02 172.20.128.7) and pods of
// 10.244.0.0/16: client and a on node01, client2 and b on node02, and anything the row's YAML adds. What is wanted is
// "class reason certainty" where kube-proxy's ConfigMap shows the mode; under --assume the certainty is left aside.
type serviceRow struct {
	name          string
	objects       string // YAML; services without slices have no endpoints
	from, command string
	via           string
	assume        []string
	config        string // of kube-proxy, beside mode and clusterCIDR; clusterCIDR=none leaves that out
	want          string // of iptables, and of the other modes where these say nothing
	nft, ipvs     string
	seen          string // endpoints as IP<source, * where masqueraded, in iptables mode and where the others say nothing
	nftSeen       string
	ipvsSeen      string
}

// slice writes an EndpointSlice. Endpoints are words: name (a, b, host, host2, ext or an address) then any of unready,
// dying (terminating, serving), dead (terminating, not serving), nonode, zone=Z (hint), node=N (hint).
func slice(service, ports string, endpoints ...string) string {
	known := map[string][2]string{
		"a": {"10.244.1.6", "node01"}, "b": {"10.244.2.6", "node02"}, "client": {"10.244.1.5", "node01"},
		"host": {"172.20.128.6", "node01"}, "host2": {"172.20.128.7", "node02"},
	}
	family := "IPv4"
	var list []string
	for _, e := range endpoints {
		words := strings.Fields(e)
		at, isPod := known[words[0]]
		if !isPod {
			at = [2]string{words[0], ""}
		}
		if strings.Contains(at[0], ":") {
			family = "IPv6"
		}
		conditions, zones, nodes := "", "", ""
		for _, w := range words[1:] {
			key, value, _ := strings.Cut(w, "=")
			switch key {
			case "unready":
				conditions = "ready: false, serving: false, terminating: false"
			case "dying":
				conditions = "ready: false, serving: true, terminating: true"
			case "dead":
				conditions = "ready: false, serving: false, terminating: true"
			case "nonode":
				at[1] = ""
			case "zone":
				zones += fmt.Sprintf("{name: %s},", value)
			case "node":
				nodes += fmt.Sprintf("{name: %s},", value)
			case "on":
				at[1] = value
			}
		}
		text := fmt.Sprintf("{addresses: ['%s'], conditions: {%s}, hints: {forZones: [%s], forNodes: [%s]}", at[0], conditions, zones, nodes)
		if at[1] != "" {
			text += ", nodeName: " + at[1]
		}
		if isPod {
			text += fmt.Sprintf(", targetRef: {kind: Pod, namespace: default, name: %s}", words[0])
		}
		list = append(list, text+"}")
	}
	sliceCount++
	return fmt.Sprintf(`
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {namespace: default, name: %s-%d, labels: {kubernetes.io/service-name: %s}}
addressType: %s
ports: [%s]
endpoints: [%s]
`, service, sliceCount, service, family, ports, strings.Join(list, ", "))
}

var sliceCount int // makes their names differ

// svc writes a Service with the cluster IP 10.96.7.9 and one port 80 to 8080, spec fields added.
func svc(name, spec string) string {
	if !strings.Contains(spec, "ports:") {
		spec = "ports: [{port: 80, targetPort: 8080, protocol: TCP}], " + spec
	}
	if !strings.Contains(spec, "clusterIP:") {
		spec = "clusterIP: 10.96.7.9, clusterIPs: [10.96.7.9], " + spec
	}
	return fmt.Sprintf("\n---\napiVersion: v1\nkind: Service\nmetadata: {namespace: default, name: %s}\nspec: {%s}\n", name, spec)
}

const web8080 = "{name: '', port: 8080, protocol: TCP}"

// town is the lab with the pods that rows speak of.
func town(t *testing.T) *place {
	p := lab(t).enforces().
		pod("default/client", "node01", "10.244.1.5", "app=client").
		pod("default/client2", "node02", "10.244.2.5", "app=client").
		pod("default/a", "node01", "10.244.1.6", "app=w").
		pod("default/b", "node02", "10.244.2.6", "app=w").
		pod("default/host", "node01", "172.20.128.6", "app=w", onHost).
		pod("default/host2", "node02", "172.20.128.7", "app=w", onHost).
		listens("default", "app=w", 8080, "TCP", welcome).
		listens("default", "app=w", 8080, "UDP").
		listens("default", "app=w", 8080, "SCTP").
		listens("default", "app=client", 8080, "TCP", welcome)
	for _, o := range p.objects {
		if n, ok := o.(*corev1.Node); ok {
			n.Labels = map[string]string{"topology.kubernetes.io/zone": map[string]string{"node01": "z1", "node02": "z2"}[n.Name]}
		}
	}
	return p
}

// add decodes YAML as -f does, without anything that a controller would add.
func (p *place) add(text string) *place {
	p.t.Helper()
	objects, around, problems := files.Decode("row", []byte(text))
	if len(problems) > 0 || around != nil {
		p.t.Fatalf("%v\n%s", problems, text)
	}
	p.objects = append(p.objects, objects...)
	return p
}

// proxy replaces kube-proxy's configuration; "" takes it away.
func (p *place) proxy(config string) *place {
	for _, o := range p.objects {
		if cm, ok := o.(*corev1.ConfigMap); ok && cm.Name == "kube-proxy" {
			cm.Data = map[string]string{"config.conf": config}
		}
	}
	if config == "" {
		p.objects = slices.DeleteFunc(p.objects, func(o cluster.Object) bool {
			_, ok := o.(*corev1.ConfigMap)
			return ok && o.GetName() == "kube-proxy"
		})
	}
	return p
}

// ends lists the outcomes as IP<source.
func ends(tr *trace.Trace) string {
	var out []string
	for _, o := range tr.Outcomes {
		if o.Endpoint == nil || o.Class != trace.Answered {
			continue
		}
		text := o.Endpoint.IP + "<" + o.SourceSeen
		if o.Masqueraded {
			text += "*"
		}
		if o.Share != 1 {
			text += fmt.Sprintf(" %.3g", o.Share)
		}
		out = append(out, text)
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

func (r serviceRow) run(t *testing.T) {
	for _, m := range []struct{ mode, want, seen string }{{"iptables", r.want, r.seen}, {"nftables", r.nft, r.nftSeen}, {"ipvs", r.ipvs, r.ipvsSeen}} {
		if m.want == "" {
			m.want = r.want
		}
		if m.seen == "" {
			m.seen = r.seen
		}
		t.Run(m.mode, func(t *testing.T) {
			config := func(mode string) string {
				text := "mode: " + mode + "\nclusterCIDR: 10.244.0.0/16\n" + r.config
				if rest, none := strings.CutPrefix(r.config, "clusterCIDR=none"); none {
					text = "mode: " + mode + "\n" + rest
				}
				return text
			}
			detected := town(t).add(r.objects).proxy(config(m.mode)).askVia(r.via, r.from, r.command, r.assume...)
			equal(t, summary(detected), m.want)
			if m.seen != "" {
				equal(t, ends(detected), strings.TrimPrefix(m.seen, "-"))
			}
			given := town(t).add(r.objects).proxy(config("iptables")).askVia(r.via, r.from, r.command, append([]string{"proxy-mode=" + m.mode}, r.assume...)...)
			equal(t, fmt.Sprintf("%s %s", given.Verdict.Class, given.Verdict.Reason), m.want[:strings.LastIndexByte(m.want, ' ')])
			if m.seen != "" {
				equal(t, ends(given), strings.TrimPrefix(m.seen, "-"))
			}
		})
	}
}

func (p *place) askVia(via, from, command string, assume ...string) *trace.Trace {
	p.t.Helper()
	given := map[string]string{}
	for _, word := range assume {
		k, v, _ := strings.Cut(word, "=")
		given[k] = v
	}
	tr, err := trace.Run(p.view(), trace.Ask{From: from, Via: via, Command: []string{command}, Assume: given})
	if err != nil {
		p.t.Fatalf("%s $ %s: %v", from, command, err)
	}
	check(p.t, tr)
	return tr
}
