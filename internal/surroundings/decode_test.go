package surroundings_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubestrata/kubestrata/internal/surroundings"
)

const head = "apiVersion: kubestrata.io/v1alpha1\nkind: Surroundings\n"

// whole is the example of the public contract.
const whole = head + `networks:  {lan: [10.40.50.0/24], service: [10.96.0.0/12], pod: [10.244.0.0/16]}
hosts:
- {name: laptop, layer: lan, addresses: [10.40.50.20], resolver: lan-dns, hostsFile: {nginx-app.demo: 192.168.49.2},
   forwards: [{listen: "127.0.0.1:80", to: "192.168.106.2:80"}], proxies: [{listen: ":80", upstreams: ["192.168.106.2:30942"], setHeaders: {X-Real-IP: $remote_addr}}],
   listeners: [{port: 3306}]}
resolvers:
- {name: lan-dns, layer: lan, address: 10.40.50.53, zones: {company.lan: {mysql: 10.40.50.30}}, next: public}
- {name: public, layer: internet, address: 198.51.100.53}
routers:
- {name: home, between: [internet, lan], outside: 198.51.100.7, forwards: []}
loadBalancers:
- {service: ingress-nginx/controller, addresses: [198.51.100.80], layer: internet}
listeners:
- {namespace: default, selector: app=nginx, port: 80, answers: [{path: /, status: 200, body: "Welcome to nginx!"}, {path: "*", status: 404}], calls: []}
`

func TestTheContractsExampleDecodes(t *testing.T) {
	got, err := surroundings.Decode("around.yaml", []byte(whole))
	if err != nil {
		t.Fatal(err)
	}
	outside := netip.MustParseAddr("198.51.100.7")
	want := &surroundings.Surroundings{
		Networks: surroundings.Networks{
			LAN:     []netip.Prefix{netip.MustParsePrefix("10.40.50.0/24")},
			Service: []netip.Prefix{netip.MustParsePrefix("10.96.0.0/12")},
			Pod:     []netip.Prefix{netip.MustParsePrefix("10.244.0.0/16")},
		},
		Hosts: []surroundings.Host{{
			Name: "laptop", Layer: "lan", Addresses: []netip.Addr{netip.MustParseAddr("10.40.50.20")}, Resolver: "lan-dns",
			HostsFile: map[string]string{"nginx-app.demo": "192.168.49.2"},
			Forwards:  []surroundings.Forward{{Listen: "127.0.0.1:80", To: "192.168.106.2:80"}},
			Proxies: []surroundings.Proxy{{
				Listen: ":80", Upstreams: []string{"192.168.106.2:30942"}, SetHeader: map[string]string{"X-Real-IP": "$remote_addr"},
			}},
			Listeners: []surroundings.HostListener{{Port: 3306}},
		}},
		Resolvers: []surroundings.Resolver{
			{Name: "lan-dns", Layer: "lan", Address: netip.MustParseAddr("10.40.50.53"), Zones: map[string]map[string]string{"company.lan": {"mysql": "10.40.50.30"}}, Next: "public"},
			{Name: "public", Layer: "internet", Address: netip.MustParseAddr("198.51.100.53")},
		},
		Routers:       []surroundings.Router{{Name: "home", Between: []surroundings.Layer{"internet", "lan"}, Outside: &outside, Forwards: []surroundings.Forward{}}},
		LoadBalancers: []surroundings.LoadBalancer{{Service: "ingress-nginx/controller", Addresses: []netip.Addr{netip.MustParseAddr("198.51.100.80")}, Layer: "internet"}},
		Listeners: []surroundings.Listener{{
			Namespace: "default", Selector: "app=nginx", Port: 80, Calls: []string{},
			Answers: []surroundings.Answer{{Path: "/", Status: 200, Body: "Welcome to nginx!"}, {Path: "*", Status: 404}},
		}},
	}
	if d := cmp.Diff(want, got, cmp.Comparer(func(a, b netip.Addr) bool { return a == b }), cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); d != "" {
		t.Error(d)
	}
}

func TestMistakesNameFileLineAndField(t *testing.T) {
	tests := []struct{ name, body, want string }{
		{"an unknown field", "hosts:\n- name: a\n  adresses: [1.2.3.4]\n", `f.yaml:5: hosts[0].adresses: unknown field; known here: name, layer, addresses`},
		{"an unknown field at the top", "host: []\n", `f.yaml:3: host: unknown field`},
		{"an address that is none", "hosts:\n- {name: a, addresses: [10.0.0.1, 10.0.0.300]}\n", `f.yaml:4: hosts[0].addresses[1]: "10.0.0.300" is no IP address`},
		{"a range that is none", "networks: {lan: [10.0.0.0]}\n", `f.yaml:3: networks.lan[0]: "10.0.0.0" is no address range`},
		{"a text where a list must be", "hosts: laptop\n", `f.yaml:3: hosts: must be a list, not "laptop"`},
		{"a list where a text must be", "hosts:\n- name: [a]\n", `f.yaml:4: hosts[0].name: must be a text, not a list`},
		{"a text where a number must be", "listeners:\n- {namespace: d, selector: a=b, port: http}\n", `f.yaml:4: listeners[0].port: must be a number, not "http"`},
		{"a layer that does not exist", "hosts:\n- {name: a, layer: wan}\n", `f.yaml:4: hosts[0].layer: "wan" is no layer`},
		{"a host inside the cluster", "hosts:\n- {name: a, layer: pod}\n", `f.yaml:4: hosts[0].layer: "pod" is inside the cluster`},
		{"a resolver that does not exist", "hosts:\n- {name: a, resolver: nobody}\n", `hosts[0].resolver: there is no resolver "nobody"`},
		{"resolvers that ask each other", "resolvers:\n- {name: a, address: 1.1.1.1, next: b}\n- {name: b, address: 1.1.1.2, next: a}\n", `resolver "a" asks itself in a circle`},
		{"a resolver without an address", "resolvers:\n- {name: a}\n", `f.yaml:4: resolvers[0]: a resolver needs an address`},
		{"a port out of range", "listeners:\n- {namespace: d, selector: a=b, port: 70000}\n", `f.yaml:4: listeners[0].port: 70000 is no port`},
		{"a protocol that does not exist", "listeners:\n- {namespace: d, selector: a=b, port: 80, protocol: HTTP}\n", `f.yaml:4: listeners[0].protocol: "HTTP" is no protocol`},
		{"a selector that does not parse", "listeners:\n- {namespace: d, selector: 'a==b==c', port: 80}\n", `f.yaml:4: listeners[0].selector: "a==b==c" is no label selector`},
		{"a service without its namespace", "loadBalancers:\n- {service: web}\n", `f.yaml:4: loadBalancers[0].service: "web" must be NAMESPACE/NAME`},
		{"a forward without a port", "hosts:\n- {name: a, forwards: [{listen: ':80', to: 10.0.0.1}]}\n", `f.yaml:4: hosts[0].forwards[0].to: "10.0.0.1" must be ADDRESS:PORT`},
		{"a router between one layer", "routers:\n- {name: r, between: [lan]}\n", `f.yaml:4: routers[0]: between must name two layers`},
		{"a hosts file without an address", "hosts:\n- {name: a, hostsFile: {x.test: y}}\n", `f.yaml:4: hosts[0].hostsFile["x.test"]: "y" is no IP address`},
		{"a field that stands twice", "hosts: []\nhosts: []\n", `f.yaml:4: hosts: stands twice`},
		{"a status that does not exist", "listeners:\n- {namespace: d, selector: a=b, port: 80, answers: [{path: /, status: 20}]}\n", `20 is no HTTP status`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := surroundings.Decode("f.yaml", []byte(head+test.body))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("want %s\ngot %v", test.want, err)
			}
		})
	}
}

func TestHeadsAreChecked(t *testing.T) {
	for _, text := range []string{"kind: Surroundings\n", "apiVersion: kubestrata.io/v1\nkind: Surroundings\n", "- a\n"} {
		if _, err := surroundings.Decode("f.yaml", []byte(text)); err == nil {
			t.Errorf("%q decodes", text)
		}
	}
	if _, err := surroundings.Decode("f.yaml", make([]byte, surroundings.MaxSize+1)); err == nil || !strings.Contains(err.Error(), "more than") {
		t.Errorf("a huge file: %v", err)
	}
}

func TestDocumentsOfAFileAddUp(t *testing.T) {
	got, err := surroundings.Decode("f.yaml", []byte(head+"hosts: [{name: a, resolver: r}]\n---\n"+head+"resolvers: [{name: r, address: 1.1.1.1}]\n---\n"+head+"hosts: [{name: a, layer: lan}, {name: b}]\n"))
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Hosts) != 2 || got.Hosts[0].Layer != "lan" || len(got.Resolvers) != 1 {
		t.Errorf("%+v", got)
	}
}

func TestADocumentWithinAFileCountsItsLines(t *testing.T) {
	_, err := surroundings.DecodeDocument("f.yaml", 40, []byte(head+"hots: []\n"))
	if err == nil || !strings.Contains(err.Error(), "f.yaml:42: hots: unknown field") {
		t.Error(err)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(whole))
	f.Add([]byte(head + "hosts: &a [*a]\n"))
	f.Add([]byte(head + "a: &a [b, b]\nb: &b [*a, *a]\nhosts: [*b, *b]\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := surroundings.Decode("f", data)
		if err == nil && s == nil {
			t.Error("neither surroundings nor an error")
		}
	})
}
