package files_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/files"
)

func names(objects []cluster.Object) (out []string) {
	for _, o := range objects {
		out = append(out, string(cluster.KindOf(o))+" "+o.GetName())
	}
	return out
}

func lines(problems []files.Problem) (out []string) {
	for _, p := range problems {
		out = append(out, string(p.Severity)+" "+p.Error())
	}
	return out
}

func TestDecodeReadsWhatKubectlApplies(t *testing.T) {
	tests := []struct {
		name, input string
		want        []string
	}{
		{"several documents, comments and empty ones", "# first\n---\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n---\n# nothing\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: b}\n...\n",
			[]string{"Namespace a", "Namespace b"}},
		{"a list", "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: c}\n- apiVersion: v1\n  kind: Namespace\n  metadata: {name: d}\n",
			[]string{"ConfigMap c", "Namespace d"}},
		{"a typed list, whose items leave their kind out", "apiVersion: v1\nkind: ServiceList\nitems:\n- metadata: {name: s}\n  spec: {ports: [{port: 80}]}\n",
			[]string{"Service s"}},
		{"JSON", `{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"j"}}`, []string{"Namespace j"}},
		{"a document on the line of its mark, with a byte order mark and carriage returns", "\ufeff--- {apiVersion: v1, kind: Namespace, metadata: {name: a}}\r\n---\r\napiVersion: v1\r\nkind: Namespace\r\nmetadata:\r\n  name: b\r\n",
			[]string{"Namespace a", "Namespace b"}},
		{"dashes inside a block of text", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n  x: |\n    ---\n    y\n", []string{"ConfigMap c"}},
		{"Endpoints, of which a controller makes a slice for each family", "apiVersion: v1\nkind: Endpoints\nmetadata: {name: db}\nsubsets: [{addresses: [{ip: 192.0.2.7}, {ip: 'fd00::7'}], ports: [{port: 5432}]}]\n", []string{"EndpointSlice db-blp75", "EndpointSlice db-4gh74"}},
		{"Endpoints that are a lock", "apiVersion: v1\nkind: Endpoints\nmetadata: {name: db, annotations: {control-plane.alpha.kubernetes.io/leader: me}}\nsubsets: [{addresses: [{ip: 192.0.2.7}]}]\n", nil},
		{"a CRD, of which the metadata is kept", "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: x.y}\nspec: {group: y}\n", []string{"CustomResourceDefinition x.y"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			objects, _, problems := files.Decode("f.yaml", []byte(test.input))
			if d := cmp.Diff(test.want, names(objects)); d != "" || len(problems) > 0 {
				t.Errorf("%s%v", d, lines(problems))
			}
		})
	}
}

func TestProblemsNameTheirPlace(t *testing.T) {
	const service = "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n"
	tests := []struct {
		name, input string
		want        string // of the first problem
		kept        int
	}{
		{"YAML that does not parse, and the document after it", "apiVersion: v1\nkind: [\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: one}\n", "error f.yaml:", 1},
		{"a tab, in the second document", "apiVersion: v1\nkind: Namespace\nmetadata: {name: one}\n---\nkind: x\n\ta: b\n", "error f.yaml:6 (document 2): found a tab character that violates indentation", 1},
		{"a key that stands twice", "apiVersion: v1\nkind: Namespace\nkind: Pod\n", `error f.yaml:3: key "kind" already set in map`, 0},
		{"a Helm template", "apiVersion: v1\nkind: Service\nmetadata:\n  name: {{ .Release.Name }}\n", "this is a Helm template, not YAML", 0},
		{"no kind", "metadata: {name: x}\n", "error f.yaml:1: apiVersion and kind are needed", 0},
		{"a text", "hello\n", "error f.yaml:1: a document must be an object", 0},
		{"a kind that is not read", "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n", "note f.yaml:2: Secret: kind: v1 Secret is not read", 0},
		{"a version that is gone", "apiVersion: extensions/v1beta1\nkind: Ingress\nmetadata: {name: s}\n", "error f.yaml:1: Ingress: apiVersion: extensions/v1beta1 is no version of Ingress that is served any more; use networking.k8s.io/v1", 0},
		{"the same kind name of another group is another kind", "apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {name: s}\n", "note f.yaml:2: Service: kind: serving.knative.dev/v1 Service is not read", 0},
		{"JSON values in a row", "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"a\"}}\n{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\n\"metadata\":{\"name\":\"b\"}} {\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"C\"}}\n", `f.yaml:3 (document 3): Namespace C: metadata.name: the API server would refuse this`, 2},
		{"a document behind the end of another", "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n...\napiVersion: v1\nkind: Namespace\nmetadata: {name: B}\n", "f.yaml:7 (document 2): Namespace B: metadata.name", 1},
		{"an unknown field is a warning", service + "  selektor: {app: web}\n  ports: [{port: 80}]\n", "warning f.yaml:6: Service web: spec.selektor: unknown field; it has no effect", 1},
		{"a wrong type, at the list's second entry", service + "  ports:\n  - port: 80\n    name: a\n  - port: eighty\n    name: b\n", "error f.yaml:7: Service web: spec.ports.port: must be a number, not a string", 0},
		{"a node port out of range", service + "  type: NodePort\n  ports:\n  - {port: 80, nodePort: 80}\n", "warning f.yaml:8: Service web: spec.ports[0].nodePort: the API server would refuse this: 80 is not in the range 30000-32767", 1},
		{"a pod without containers", "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: null}\n", "warning f.yaml:4: Pod p: spec.containers: the API server would refuse this: at least one container is needed", 1},
		{"a container without a name", "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{image: a}]}\n", "warning f.yaml:4: Pod p: spec.containers[0].name: the API server would refuse this: a name is needed", 1},
		{"a slice without the type of its addresses", "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: s}\nendpoints: [{addresses: [10.1.0.1]}]\n", "addressType: the API server would refuse this: one of IPv4, IPv6, FQDN is needed", 1},
		{"a peer that nobody knows fails closed", "apiVersion: policy.networking.k8s.io/v1alpha2\nkind: ClusterNetworkPolicy\nmetadata: {name: c}\nspec: {tier: Admin, priority: 1, subject: {namespaces: {}}, egress: [{action: Deny, to: [{planets: [mars]}]}]}\n", "planets: unknown field; where nothing else is named, a rule with it fails closed", 1},
		{"a node port without the type", service + "  ports:\n  - {port: 80, nodePort: 30080}\n", "a service of type ClusterIP has no node port", 0},
		{"ports without names", service + "  ports: [{port: 80}, {port: 81}]\n", "spec.ports[0].name: the API server would refuse this: with several ports each needs a name", 0},
		{"a name that is none", "apiVersion: v1\nkind: Service\nmetadata: {name: My_App}\nspec: {ports: [{port: 80}]}\n", `metadata.name: the API server would refuse this: "My_App": a lowercase RFC 1123 label`, 0},
		{"no name", "apiVersion: v1\nkind: Namespace\nmetadata: {}\n", "a name is needed", 0},
		{"a selector that misses its own template", "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec:\n  selector: {matchLabels: {app: a}}\n  template: {metadata: {labels: {app: b}}, spec: {containers: [{name: c}]}}\n", "error f.yaml:5: Deployment d: spec.selector: the API server would refuse this: it does not match the labels of its own template (app=b)", 0},
		{"a path without a type", "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: i}\nspec: {rules: [{http: {paths: [{path: /, backend: {service: {name: s, port: {number: 80}}}}]}}]}\n", "pathType: the API server would refuse this: one of Exact, Prefix, ImplementationSpecific is needed", 0},
		{"an exception outside its block", "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p}\nspec:\n  podSelector: {}\n  ingress:\n  - from:\n    - ipBlock: {cidr: 10.0.0.0/16, except: [10.1.0.0/24]}\n", "error f.yaml:8: NetworkPolicy p: spec.ingress[0].from[0].ipBlock.except[0]: the API server would refuse this: 10.1.0.0/24 must be a strict part of 10.0.0.0/16", 0},
		{"an end port without a number", "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p}\nspec: {podSelector: {}, ingress: [{ports: [{port: http, endPort: 90}]}]}\n", "endPort: the API server would refuse this: it needs a numeric port beside it", 0},
		{"an item of a list", "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Namespace, metadata: {name: one}}\n- apiVersion: v1\n  kind: Service\n  metadata: {name: s}\n  spec:\n    ports:\n    - port: 0\n", "error f.yaml:10: Service s: spec.ports[0].port: the API server would refuse this: 0 is no port", 1},
		{"surroundings among the objects", "apiVersion: v1\nkind: Namespace\nmetadata: {name: one}\n---\napiVersion: kubestrata.io/v1alpha1\nkind: Surroundings\nhosts:\n- {nam: x}\n", "error f.yaml:8 (document 2): Surroundings: hosts[0].nam: unknown field", 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			objects, _, problems := files.Decode("f.yaml", []byte(test.input))
			if len(problems) == 0 || !strings.Contains(lines(problems)[0], test.want) {
				t.Errorf("want %s\ngot  %s", test.want, strings.Join(lines(problems), "\n     "))
			}
			if len(objects) != test.kept {
				t.Errorf("kept %v", names(objects))
			}
		})
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Service, metadata: {name: s}, spec: {ports: [{port: 80}]}}\n"))
	f.Add([]byte("apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p}\nspec: {podSelector: {}, ingress: [{ports: [{port: http, endPort: 90}]}]}\n---\nkind: Surroundings\n"))
	f.Add([]byte("apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: i}\nspec: {rules: [{http: {paths: [{path: /, backend: {}}]}}]}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, o := range func() []cluster.Object { o, _, _ := files.Decode("f", data); return o }() {
			if cluster.KindOf(o) == "" || o.GetName() == "" {
				t.Errorf("%T %q", o, o.GetName())
			}
		}
	})
}
