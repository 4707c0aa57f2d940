package trace_test

import (
	"strings"
	"testing"
)

// Which endpoints a service has, and which of them a node may use.
func TestSemanticsA20To22(t *testing.T) {
	rows := []serviceRow{
		{
			name:    "2.0: the label service-proxy-name",
			objects: "\n---\napiVersion: v1\nkind: Service\nmetadata: {namespace: default, name: w, labels: {service.kubernetes.io/service-proxy-name: x}}\nspec: {clusterIP: 10.96.7.9, clusterIPs: [10.96.7.9], ports: [{port: 80, targetPort: 8080}]}\n" + bothEnds, from: "pod/default/client", command: "curl http://10.96.7.9/",
			want: "no-answer service.not-proxied assumed",
		},
		{
			name:    "2.1: (E3) the name of the port differs",
			objects: svc("w", "ports: [{name: http, port: 80, targetPort: 8080}]") + slice("w", "{name: web, port: 8080, protocol: TCP}", "a"), from: "pod/default/client", command: "curl http://10.96.7.9/",
			want: "refused service.no-endpoints certain", ipvs: "refused service.no-endpoints assumed",
		},
		{
			name:    "2.1: (E3) a port without a name",
			objects: svc("w", "") + slice("w", "{port: 8080, protocol: TCP}", "a"), from: "pod/default/client", command: "curl http://10.96.7.9/",
			want: "refused service.no-endpoints certain", ipvs: "refused service.no-endpoints assumed",
		},
		{
			name:    "2.1: (E3) the protocol differs",
			objects: svc("w", "") + slice("w", "{name: '', port: 8080, protocol: UDP}", "a"), from: "pod/default/client", command: "curl http://10.96.7.9/",
			want: "refused service.no-endpoints certain", ipvs: "refused service.no-endpoints assumed",
		},
		{
			name:    "2.1: one name, two numbers",
			objects: svc("w", "ports: [{name: http, port: 80, targetPort: http}]") + slice("w", "{name: http, port: 8080, protocol: TCP}", "a") + slice("w", "{name: http, port: 9090, protocol: TCP}", "b"), from: "pod/default/client", command: "curl http://10.96.7.9/",
			want: "mixed pod.port-closed certain", seen: "10.244.1.6<10.244.1.5 0.5",
		},
		{
			name:    "2.1: twice the same endpoint, the living one counts",
			objects: svc("w", "") + slice("w", web8080, "a dying") + slice("w", web8080, "a"), from: "pod/default/client", command: "curl http://10.96.7.9/",
			want: "answered pod.delivered certain", seen: "10.244.1.6<10.244.1.5",
		},
		{
			name:    "2.1: a slice of another service",
			objects: svc("w", "") + slice("v", web8080, "a"), from: "pod/default/client", command: "curl http://10.96.7.9/",
			want: "refused service.no-endpoints certain", ipvs: "refused service.no-endpoints assumed",
		},
		{
			name:    "2.1: port nil",
			objects: svc("w", "") + slice("w", "{name: '', protocol: TCP}", "a"), from: "pod/default/client", command: "curl http://10.96.7.9/",
			want: "refused service.no-endpoints certain", ipvs: "refused service.no-endpoints assumed",
		},
		{
			name:    "2.1: dead ones are no endpoints",
			objects: svc("w", "") + slice("w", web8080, "a dead", "b dead"), from: "pod/default/client", command: "curl http://10.96.7.9/",
			want: "refused service.no-endpoints certain", ipvs: "refused service.no-endpoints assumed",
		},
		{
			name:    "2.1: a selectorless service of an outside address",
			objects: svc("w", "ports: [{port: 80, targetPort: 8000}]") + slice("w", "{name: '', port: 8000, protocol: TCP}", "172.20.128.50"), from: "pod/default/client", command: "curl http://10.96.7.9/",
			want: "answered host.delivered assumed", seen: "172.20.128.50<172.20.128.6*",
		},
		{
			name:    "2.1: a slice with the headless label",
			objects: svc("w", "") + strings.Replace(bothEnds, "{kubernetes.io/service-name: w}", "{kubernetes.io/service-name: w, service.kubernetes.io/headless: ''}", 1), from: "pod/default/client", command: "curl http://10.96.7.9/",
			want: "refused service.no-endpoints certain", ipvs: "refused service.no-endpoints assumed",
		},
		{
			name:    "2.2: hints for zones",
			objects: svc("w", "") + slice("w", web8080, "a zone=z1", "b zone=z2"), from: "pod/default/client", command: "curl http://10.96.7.9/",
			want: "answered pod.delivered certain", seen: "10.244.1.6<10.244.1.5",
		},
		{
			name:    "2.2: one endpoint without a hint disables them for all",
			objects: svc("w", "") + slice("w", web8080, "a zone=z1", "b"), from: "pod/default/client", command: "curl http://10.96.7.9/",
			want: "answered pod.delivered certain", seen: "10.244.1.6<10.244.1.5 0.5, 10.244.2.6<10.244.1.5 0.5",
		},
		{
			name:    "2.2: hints for nodes",
			objects: svc("w", "") + slice("w", web8080, "a node=node01 zone=z2", "b node=node02 zone=z1"), from: "pod/default/client", command: "curl http://10.96.7.9/",
			want: "answered pod.delivered certain", seen: "10.244.1.6<10.244.1.5",
		},
		{
			name:    "2.2: hints for zones of which none is the node's",
			objects: svc("w", "") + slice("w", web8080, "a zone=z3", "b zone=z3"), from: "pod/default/client", command: "curl http://10.96.7.9/",
			want: "answered pod.delivered certain", seen: "10.244.1.6<10.244.1.5 0.5, 10.244.2.6<10.244.1.5 0.5",
		},
		{
			name:    "2.2: trafficDistribution alone does nothing, hints do",
			objects: svc("w", "trafficDistribution: PreferSameNode") + bothEnds, from: "pod/default/client", command: "curl http://10.96.7.9/",
			want: "answered pod.delivered certain", seen: "10.244.1.6<10.244.1.5 0.5, 10.244.2.6<10.244.1.5 0.5",
		},
		{
			name:    "2.2: hints for nodes are above those for zones",
			objects: svc("w", "") + slice("w", web8080, "a node=node02 zone=z1", "b node=node01 zone=z2"), from: "pod/default/client", command: "curl http://10.96.7.9/",
			want: "answered pod.delivered certain", seen: "10.244.2.6<10.244.1.5",
		},
		{
			name:    "2.2: a hint may name another zone",
			objects: svc("w", "") + slice("w", web8080, "a zone=z2", "b zone=z1"), from: "pod/default/client", command: "curl http://10.96.7.9/",
			want: "answered pod.delivered certain", seen: "10.244.2.6<10.244.1.5",
		},
		{
			name:    "2.2: an unready endpoint without hints does not count",
			objects: svc("w", "") + slice("w", web8080, "a zone=z1", "b zone=z2", "10.244.2.99 unready"), from: "pod/default/client2", command: "curl http://10.96.7.9/",
			want: "answered pod.delivered certain", seen: "10.244.2.6<10.244.2.5",
		},
		{
			name:    "2.2: dying ones serve whatever the zone",
			objects: svc("w", "") + slice("w", web8080, "a dying zone=z1", "b dying zone=z2"), from: "pod/default/client", command: "curl http://10.96.7.9/",
			want: "answered pod.delivered certain", seen: "10.244.1.6<10.244.1.5 0.5, 10.244.2.6<10.244.1.5 0.5",
		},
		{
			name:    "2.2: Local policies ignore hints",
			objects: svc("w", "internalTrafficPolicy: Local") + slice("w", web8080, "a zone=z2", "b zone=z1"), from: "pod/default/client", command: "curl http://10.96.7.9/",
			want: "answered pod.delivered certain", seen: "10.244.1.6<10.244.1.5",
		},
		{
			name:    "2.2: a hint for a node of whom it is the only one",
			objects: svc("w", "") + slice("w", web8080, "a node=node01 zone=z1", "b zone=z2"), from: "pod/default/client2", command: "curl http://10.96.7.9/",
			want: "answered pod.delivered certain", seen: "10.244.2.6<10.244.2.5",
		},
		{
			name:    "2.1: a selectorless service of a node's own process",
			objects: svc("w", "ports: [{port: 80, targetPort: 9100}]") + slice("w", "{name: '', port: 9100, protocol: TCP}", "172.20.128.7 on=node02"), from: "pod/default/client", command: "curl http://10.96.7.9/",
			want: "answered host.delivered assumed", seen: "172.20.128.7<172.20.128.6*",
		},
		{
			name:    "2.1: and of one that does not listen",
			objects: svc("w", "ports: [{port: 80, targetPort: 9100}]") + slice("w", "{name: '', port: 9100, protocol: TCP}", "172.20.128.6 on=node01"), from: "pod/default/client", command: "curl http://10.96.7.9/", assume: []string{"listening=false"},
			want: "refused host.port-closed assumed",
		},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) { r.run(t) })
	}
}
