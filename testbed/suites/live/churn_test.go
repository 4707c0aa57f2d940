package live

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"sigs.k8s.io/yaml"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/testbed/harness"
)

// A species is a kind that the churn creates, changes and deletes. In its texts NUMBER is drawn, and NAME is the object's.
type species struct {
	kind    cluster.Kind
	body    string
	changes []string // merge patches
	weight  int
}

const podTemplate = `{metadata: {labels: {app: aNUMBER}}, spec: {containers: [{name: c, image: example/a:NUMBER, env: [{name: E, value: secret}],
  ports: [{name: http, containerPort: 8080}], readinessProbe: {httpGet: {path: /, port: http}}}]}}`

var relabel = `{metadata: {labels: {color: "cNUMBER"}, annotations: {note: "nNUMBER"}}}`

var churned = []species{
	{cluster.KindPod, `{metadata: {labels: {app: aNUMBER}}, spec: {containers: [{name: c, image: example/a:NUMBER, ports: [{name: http, containerPort: 8080}]}]}}`,
		[]string{relabel, `{metadata: {labels: {app: aNUMBER}}}`, `{metadata: {annotations: {testbed.kubestrata.io/ready: "false"}}}`}, 6},
	{cluster.KindDeployment, `{spec: {replicas: 2, selector: {matchLabels: {app: aNUMBER}}, template: ` + podTemplate + `}}`,
		[]string{relabel, `{spec: {replicas: NUMBER}}`, `{spec: {template: {metadata: {labels: {round: "rNUMBER"}}}}}`}, 6},
	{cluster.KindStatefulSet, `{spec: {replicas: 1, serviceName: s, selector: {matchLabels: {app: aNUMBER}}, template: ` + podTemplate + `}}`,
		[]string{relabel, `{spec: {replicas: NUMBER}}`}, 1},
	{cluster.KindDaemonSet, `{spec: {selector: {matchLabels: {app: aNUMBER}}, template: ` + podTemplate + `}}`,
		[]string{relabel, `{spec: {template: {metadata: {labels: {round: "rNUMBER"}}}}}`}, 1},
	{cluster.KindJob, `{spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: example/job}]}}}}`, []string{relabel}, 1},
	{cluster.KindService, `{spec: {selector: {app: aNUMBER}, ports: [{name: http, port: 80, targetPort: http}]}}`,
		[]string{relabel, `{spec: {selector: {app: aNUMBER}}}`, `{spec: {type: NodePort}}`, `{spec: {type: ClusterIP}}`,
			`{spec: {ports: [{name: http, port: 8NUMBER, targetPort: 8080}]}}`}, 6},
	{cluster.KindEndpointSlice, `{metadata: {labels: {kubernetes.io/service-name: by-hand}}, addressType: IPv4, ports: [{name: http, port: 8080}],
	    endpoints: [{addresses: [192.0.2.NUMBER]}]}`,
		[]string{relabel, `{metadata: {labels: {kubernetes.io/service-name: sNUMBER}}}`, `{endpoints: [{addresses: [198.51.100.NUMBER], conditions: {ready: false}}]}`,
			`{endpoints: []}`}, 3},
	{cluster.KindNetworkPolicy, `{spec: {podSelector: {matchLabels: {app: aNUMBER}}, policyTypes: [Ingress]}}`,
		[]string{relabel, `{spec: {ingress: [{from: [{podSelector: {matchLabels: {app: aNUMBER}}}]}]}}`, `{spec: {podSelector: {matchLabels: {app: aNUMBER}}}}`}, 3},
	{cluster.KindIngress, `{spec: {rules: [{host: hNUMBER.example.com, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: sNUMBER, port: {number: 80}}}}]}}]}}`,
		[]string{relabel, `{spec: {rules: [{host: iNUMBER.example.com}]}}`}, 3},
	{cluster.KindNamespace, `{metadata: {labels: {team: tNUMBER}}}`, []string{relabel, `{metadata: {labels: {team: tNUMBER}}}`}, 2},
	{cluster.KindIngressClass, `{spec: {controller: example.com/cNUMBER}}`, []string{relabel}, 1},
	{cluster.KindServiceCIDR, `{spec: {cidrs: [10.97.NUMBER.0/24]}}`, []string{relabel}, 1},
	{cluster.KindConfigMap, `{data: {Corefile: "nNUMBER"}}`, []string{relabel, `{data: {Corefile: "changed NUMBER"}}`}, 2},
	{cluster.KindNode, "", []string{relabel, `{spec: {unschedulable: true}}`, `{spec: {unschedulable: false}}`}, 2},
	{cluster.KindCRD, `{spec: {group: example.com, scope: Namespaced, names: {plural: NAME, singular: NAME, kind: KNUMBER, listKind: KNUMBERList},
	    versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]}}`, []string{relabel}, 1},
}

// place is where one object lives.
type place struct {
	species *species
	key     cluster.Key
}

// churn writes at random as the administrator. One seed draws the same requests, though controllers, which go on at the
// same time, may make them end differently.
type churn struct {
	t          *testing.T
	client     dynamic.Interface
	random     *rand.Rand
	namespaces []string
	objects    []place
	next       int
	done       map[string]int // requests that were granted, by verb
}

func newChurn(t *testing.T, c *harness.Cluster, seed uint64) *churn {
	t.Helper()
	t.Logf("seed %d", seed)
	client, err := dynamic.NewForConfig(c.Config)
	if err != nil {
		t.Fatal(err)
	}
	x := &churn{t: t, client: client, random: rand.New(rand.NewPCG(seed, 1)), done: map[string]int{}}
	for range 2 {
		x.namespaces = append(x.namespaces, c.Namespace(t))
	}
	nodes := &churned[slices.IndexFunc(churned, func(s species) bool { return s.kind == cluster.KindNode })]
	for name := range c.Nodes(t) {
		x.objects = append(x.objects, place{nodes, cluster.Key{Name: name}})
	}
	slices.SortFunc(x.objects, func(a, b place) int { return a.key.Compare(b.key) })
	return x
}

// run makes n requests.
func (x *churn) run(n int) {
	x.t.Helper()
	for range n {
		switch draw := x.random.IntN(10); {
		case draw < 4 || len(x.objects) < 10:
			x.create()
		case draw < 8:
			x.change(x.random.IntN(len(x.objects)))
		default:
			x.remove(x.random.IntN(len(x.objects)))
		}
	}
}

func (x *churn) species() *species {
	sum := 0
	for i := range churned {
		if churned[i].body != "" {
			sum += churned[i].weight
		}
	}
	draw := x.random.IntN(sum)
	for i := range churned {
		if churned[i].body != "" {
			if draw -= churned[i].weight; draw < 0 {
				return &churned[i]
			}
		}
	}
	panic("no species was drawn")
}

func (x *churn) create() {
	s := x.species()
	number := x.random.IntN(8)
	x.next++
	name := fmt.Sprintf("x%d", x.next)
	if s.kind == cluster.KindCRD {
		number = x.next // their kinds may not be the same
	}
	body := x.decode(s.body, number, name)
	key := cluster.Key{Name: name}
	res, _ := cluster.ResourceOf(s.kind)
	switch {
	case s.kind == cluster.KindCRD:
		key.Name = name + ".example.com"
	case s.kind == cluster.KindConfigMap:
		key = cluster.Key{Namespace: "kube-system", Name: []string{"coredns", "kube-proxy", "cilium-config"}[x.random.IntN(3)]}
	case res.Namespaced:
		key.Namespace = x.namespaces[x.random.IntN(len(x.namespaces))]
	}
	object := &unstructured.Unstructured{Object: body}
	object.SetGroupVersionKind(res.Group.WithKind(string(s.kind)))
	object.SetName(key.Name)
	object.SetNamespace(key.Namespace)
	_, err := x.resource(s, key).Create(x.t.Context(), object, metav1.CreateOptions{})
	if x.granted("create", s, key, err) {
		x.objects = append(x.objects, place{s, key})
		if s.kind == cluster.KindNamespace {
			x.namespaces = append(x.namespaces, key.Name)
		}
	}
}

func (x *churn) change(i int) {
	p := x.objects[i]
	text := p.species.changes[x.random.IntN(len(p.species.changes))]
	patch, err := yaml.YAMLToJSON([]byte(numbered(text, x.random.IntN(5), p.key.Name)))
	if err != nil {
		x.t.Fatal(err)
	}
	_, err = x.resource(p.species, p.key).Patch(x.t.Context(), p.key.Name, types.MergePatchType, patch, metav1.PatchOptions{})
	x.granted("change", p.species, p.key, err)
}

func (x *churn) remove(i int) {
	p := x.objects[i]
	if p.species.body == "" {
		return // nodes stay
	}
	x.objects = slices.Delete(x.objects, i, i+1)
	err := x.resource(p.species, p.key).Delete(x.t.Context(), p.key.Name, metav1.DeleteOptions{})
	if x.granted("delete", p.species, p.key, err) && p.species.kind == cluster.KindNamespace {
		x.namespaces = slices.DeleteFunc(x.namespaces, func(ns string) bool { return ns == p.key.Name })
		x.objects = slices.DeleteFunc(x.objects, func(o place) bool { return o.key.Namespace == p.key.Name })
	}
}

// granted counts a request. Requests that come between two of the controllers' are refused: a namespace has no
// ServiceAccount yet or is being deleted, an object is gone with it, or is there already.
func (x *churn) granted(verb string, s *species, key cluster.Key, err error) bool {
	x.t.Helper()
	switch {
	case err == nil:
		x.done[verb]++
		return true
	case apierrors.IsForbidden(err), apierrors.IsNotFound(err), apierrors.IsConflict(err), apierrors.IsAlreadyExists(err):
		return false
	}
	x.t.Fatalf("%s %s %v: %v", verb, s.kind, key, err)
	return false
}

func (x *churn) resource(s *species, key cluster.Key) dynamic.ResourceInterface {
	res, _ := cluster.ResourceOf(s.kind)
	all := x.client.Resource(schema.GroupVersionResource{Group: res.Group.Group, Version: res.Group.Version, Resource: res.Plural})
	if res.Namespaced {
		return all.Namespace(key.Namespace)
	}
	return all
}

func (x *churn) decode(text string, number int, name string) map[string]any {
	var out map[string]any
	if err := yaml.Unmarshal([]byte(numbered(text, number, name)), &out); err != nil {
		x.t.Fatalf("%s: %v", text, err)
	}
	return out
}

// numbered fills in a number and a name where the text has a place for them.
func numbered(text string, number int, name string) string {
	return strings.NewReplacer("NUMBER", fmt.Sprint(number), "NAME", name).Replace(text)
}
