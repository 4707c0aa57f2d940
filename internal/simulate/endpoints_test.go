package simulate_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	discoveryv1 "k8s.io/api/discovery/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// line is a slice as a text: family [ports] then each endpoint with what is true of it.
func line(s *discoveryv1.EndpointSlice) string {
	row := cluster.SliceOf(s)
	var b strings.Builder
	fmt.Fprintf(&b, "%s", row.AddressType)
	if row.Headless {
		b.WriteString(" headless")
	}
	for _, p := range row.Ports {
		fmt.Fprintf(&b, " %s:%d/%s", p.Name, p.Port, p.Protocol)
	}
	for _, e := range row.Endpoints {
		fmt.Fprintf(&b, " | %s %s", e.Pod, e.Addr)
		for _, f := range []struct {
			is   bool
			text string
		}{{e.Ready, "ready"}, {e.Serving, "serving"}, {e.Terminating, "terminating"}, {e.Hostname != "", "host=" + e.Hostname}, {e.Zone != "", "zone=" + e.Zone}, {len(e.ForZones) > 0, "for=" + strings.Join(e.ForZones, ",")}} {
			if f.is {
				b.WriteString(" " + f.text)
			}
		}
	}
	return b.String()
}

func TestEndpointSlicesAreThoseOfTheController(t *testing.T) {
	const ready = "phase: Running, conditions: [{type: Ready, status: \"True\"}]"
	pod := func(name, meta, spec, status string) string {
		return fmt.Sprintf("Pod\nmetadata: {name: %s, labels: {app: web}%s}\nspec: {nodeName: n%s, containers: [{name: c, ports: [{name: http, containerPort: 8080}]}]}\nstatus: {%s}", name, meta, spec, status)
	}
	node := "Node\nmetadata: {name: n, labels: {topology.kubernetes.io/zone: z1}}\nspec: {podCIDRs: [10.1.0.0/24, 'fd00::/64']}\n---\n"
	service := func(spec string) string {
		return "Service\nmetadata: {name: web, labels: {team: shop}}\nspec: {selector: {app: web}, " + spec + "}"
	}
	tests := []struct {
		name, service string
		pods          []string
		want          []string
	}{
		{"a ready pod", service("ports: [{name: http, port: 80, targetPort: 8080}]"),
			[]string{pod("a", "", "", ready+", podIP: 10.1.0.4")},
			[]string{"IPv4 http:8080/TCP | a 10.1.0.4 ready serving zone=z1"}},
		{"no pod at all leaves a placeholder", service("ports: [{port: 80}]"), nil, []string{"IPv4"}},
		{"an unready pod stands in it, unready", service("ports: [{port: 80}]"),
			[]string{pod("a", "", "", "phase: Running, podIP: 10.1.0.4, conditions: [{type: Ready, status: \"False\"}]")},
			[]string{"IPv4 :80/TCP | a 10.1.0.4 zone=z1"}},
		{"publishNotReadyAddresses makes it ready", service("publishNotReadyAddresses: true, ports: [{port: 80}]"),
			[]string{pod("a", "", "", "phase: Running, podIP: 10.1.0.4, conditions: [{type: Ready, status: \"False\"}]")},
			[]string{"IPv4 :80/TCP | a 10.1.0.4 ready zone=z1"}},
		{"a terminating pod serves on and is not ready", service("ports: [{port: 80}]"),
			[]string{pod("a", ", deletionTimestamp: \"2026-01-01T00:00:00Z\"", "", ready+", podIP: 10.1.0.4")},
			[]string{"IPv4 :80/TCP | a 10.1.0.4 serving terminating zone=z1"}},
		{"completed pods and those without an address are left out", service("ports: [{port: 80}]"),
			[]string{pod("a", "", "", "phase: Succeeded, podIP: 10.1.0.4"), pod("b", "", "", "phase: Pending")},
			[]string{"IPv4"}},
		{"a named port is looked up in each pod, and makes a slice for each number", service("ports: [{port: 80, targetPort: http}]"),
			[]string{pod("a", "", "", ready+", podIP: 10.1.0.4"), strings.Replace(pod("b", "", "", ready+", podIP: 10.1.0.5"), "8080", "9090", 1)},
			[]string{"IPv4 :8080/TCP | a 10.1.0.4 ready serving zone=z1", "IPv4 :9090/TCP | b 10.1.0.5 ready serving zone=z1"}},
		{"a pod without the named port stands in a slice without ports", service("ports: [{port: 80, targetPort: grpc}]"),
			[]string{pod("a", "", "", ready+", podIP: 10.1.0.4")},
			[]string{"IPv4 | a 10.1.0.4 ready serving zone=z1"}},
		{"the protocol of a named port counts", service("ports: [{port: 80, targetPort: http, protocol: UDP}]"),
			[]string{pod("a", "", "", ready+", podIP: 10.1.0.4")},
			[]string{"IPv4 | a 10.1.0.4 ready serving zone=z1"}},
		{"a sidecar's named port counts", service("ports: [{port: 80, targetPort: side}]"),
			[]string{pod("a", "", ", initContainers: [{name: s, restartPolicy: Always, ports: [{name: side, containerPort: 15001}]}]", ready+", podIP: 10.1.0.4")},
			[]string{"IPv4 :15001/TCP | a 10.1.0.4 ready serving zone=z1"}},
		{"a hostname only under the service's subdomain", service("clusterIP: None, ports: [{port: 80}]"),
			[]string{pod("a", "", ", hostname: one, subdomain: web", ready+", podIP: 10.1.0.4"), pod("b", "", ", hostname: two, subdomain: other", ready+", podIP: 10.1.0.5")},
			[]string{"IPv4 headless :80/TCP | a 10.1.0.4 ready serving host=one zone=z1 | b 10.1.0.5 ready serving zone=z1"}},
		{"a headless service may do without ports", service("clusterIP: None"),
			[]string{pod("a", "", "", ready+", podIP: 10.1.0.4")},
			[]string{"IPv4 headless | a 10.1.0.4 ready serving zone=z1"}},
		{"two families, two slices", service("ipFamilyPolicy: RequireDualStack, ipFamilies: [IPv4, IPv6], clusterIPs: [10.96.9.9, 'fd01::9'], ports: [{port: 80}]"),
			[]string{pod("a", "", "", ready+", podIP: 10.1.0.4, podIPs: [{ip: 10.1.0.4}, {ip: 'fd00::4'}]")},
			[]string{"IPv4 :80/TCP | a 10.1.0.4 ready serving zone=z1", "IPv6 :80/TCP | a fd00::4 ready serving zone=z1"}},
		{"hints where traffic is to stay close", service("trafficDistribution: PreferSameZone, ports: [{port: 80}]"),
			[]string{pod("a", "", "", ready+", podIP: 10.1.0.4")},
			[]string{"IPv4 :80/TCP | a 10.1.0.4 ready serving zone=z1 for=z1"}},
		{"no selector, no slices", "Service\nmetadata: {name: web}\nspec: {ports: [{port: 80}]}",
			[]string{pod("a", "", "", ready+", podIP: 10.1.0.4")}, nil},
		{"an external name has none either", "Service\nmetadata: {name: web}\nspec: {type: ExternalName, externalName: a.b, selector: {app: web}}",
			[]string{pod("a", "", "", ready+", podIP: 10.1.0.4")}, nil},
		{"slices that came with the service stay", service("ports: [{port: 80}]") + "\n---\nEndpointSlice\nmetadata: {name: web-abc, labels: {kubernetes.io/service-name: web, endpointslice.kubernetes.io/managed-by: endpointslice-controller.k8s.io}}\naddressType: IPv4\nports: [{port: 81}]\nendpoints: [{addresses: [10.1.0.99]}]",
			[]string{pod("a", "", "", ready+", podIP: 10.1.0.4")},
			[]string{"IPv4 :81/TCP |  10.1.0.99 ready serving"}},
		{"a slice that says nothing of its writer is meant for the service as well", service("ports: [{port: 80}]") + "\n---\nEndpointSlice\nmetadata: {name: web-abc, labels: {kubernetes.io/service-name: web}}\naddressType: IPv4\nports: [{port: 81}]\nendpoints: [{addresses: [10.1.0.99]}]",
			[]string{pod("a", "", "", ready+", podIP: 10.1.0.4")},
			[]string{"IPv4 :81/TCP |  10.1.0.99 ready serving"}},
		{"a slice of another writer stands beside the controller's", service("ports: [{port: 80}]") + "\n---\nEndpointSlice\nmetadata: {name: web-abc, labels: {kubernetes.io/service-name: web, endpointslice.kubernetes.io/managed-by: someone.example.com}}\naddressType: IPv4\nports: [{port: 81}]\nendpoints: [{addresses: [10.1.0.99]}]",
			[]string{pod("a", "", "", ready+", podIP: 10.1.0.4")},
			[]string{"IPv4 :80/TCP | a 10.1.0.4 ready serving zone=z1", "IPv4 :81/TCP |  10.1.0.99 ready serving"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			all := settle(t, node+strings.Join(append(test.pods, test.service), "\n---\n"))
			var got []string
			for _, s := range of[*discoveryv1.EndpointSlice](all) {
				if s.Labels[discoveryv1.LabelServiceName] == "web" {
					got = append(got, line(s))
				}
			}
			slices.Sort(got)
			if d := cmp.Diff(test.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestASliceSaysWhoseItIs(t *testing.T) {
	all := settle(t, web+"\n---\nService\nmetadata: {name: web, labels: {team: shop}}\nspec: {selector: {app: web}, ports: [{port: 80}]}")
	for _, s := range of[*discoveryv1.EndpointSlice](all) {
		if s.Labels[discoveryv1.LabelServiceName] != "web" {
			continue
		}
		want := map[string]string{"team": "shop", discoveryv1.LabelServiceName: "web", discoveryv1.LabelManagedBy: "endpointslice-controller.k8s.io"}
		if d := cmp.Diff(want, s.Labels); d != "" {
			t.Error(d)
		}
		if o := s.OwnerReferences; len(o) != 1 || o[0].Kind != "Service" || o[0].UID == "" {
			t.Errorf("owners %v", o)
		}
		if s.Endpoints[0].TargetRef.UID == "" || !strings.HasPrefix(s.Name, "web-") {
			t.Errorf("%s -> %v", s.Name, s.Endpoints[0].TargetRef)
		}
		return
	}
	t.Error("no slice")
}

func TestManyEndpointsAreCutIntoSlicesOfAHundred(t *testing.T) {
	all := settle(t, strings.Replace(web, "replicas: 3", "replicas: 250", 1)+"\n---\nService\nmetadata: {name: web}\nspec: {selector: {app: web}, ports: [{port: 80}]}")
	var sizes []int
	for _, s := range of[*discoveryv1.EndpointSlice](all) {
		if s.Labels[discoveryv1.LabelServiceName] == "web" {
			sizes = append(sizes, len(s.Endpoints))
		}
	}
	slices.Sort(sizes)
	if d := cmp.Diff([]int{50, 100, 100}, sizes); d != "" {
		t.Error(d)
	}
}
