package objects

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const shop = `# a comment of its own
---
apiVersion: v1
kind: Pod
metadata: {name: toolbox, namespace: shop, uid: abc, resourceVersion: "5", creationTimestamp: null}
spec: {containers: [{name: c, image: busybox}]}
status: {phase: Running, podIP: 10.244.0.9}
---
apiVersion: v1
kind: Pod
metadata: {name: web-1, namespace: shop, ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: web, uid: u}]}
---
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: web, namespace: shop, ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: web, uid: u}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
---
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Service
  metadata: {name: web, namespace: shop}
  spec: {selector: {app: web}}
  status: {loadBalancer: {ingress: [{ip: 203.0.113.9}]}, conditions: []}
- apiVersion: v1
  kind: Service
  metadata: {name: outside, namespace: shop}
  spec: {ports: [{port: 80}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-abc, namespace: shop, labels: {kubernetes.io/service-name: web}}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: outside-abc, namespace: shop, labels: {kubernetes.io/service-name: outside}}
---
apiVersion: v1
kind: Node
metadata: {name: alpha, annotations: {a: b}}
spec:
  taints: [{key: node.kubernetes.io/not-ready, effect: NoSchedule}, {key: gpu, effect: NoSchedule}]
status: {addresses: [{type: InternalIP, address: 192.168.10.31}], conditions: [{type: Ready, status: "True"}]}
---
apiVersion: v1
kind: Namespace
metadata: {name: shop}
`

func parse(t *testing.T) []Document {
	t.Helper()
	documents, err := Parse("shop.yaml", []byte(shop))
	if err != nil {
		t.Fatal(err)
	}
	return documents
}

func names(documents []Document) []string {
	var all []string
	for _, d := range documents {
		all = append(all, d.GetKind()+" "+d.GetName())
	}
	return all
}

func TestObjectsAreWrittenInTheOrderThatTheyNeedEachOther(t *testing.T) {
	write, _ := choose(parse(t))
	want := []string{
		"Namespace shop", "Node alpha", "Service web", "Service outside", "EndpointSlice outside-abc", "Pod toolbox", "Deployment web",
	}
	if got := names(write); !slices.Equal(got, want) {
		t.Errorf("they are written as\n%v, want\n%v", got, want)
	}
}

func TestWhatControllersMakeIsLeftOut(t *testing.T) {
	_, skipped := choose(parse(t))
	var got []string
	for _, s := range skipped {
		got = append(got, s.GetKind()+" "+s.GetName()+": "+s.Why)
	}
	want := []string{
		"Pod web-1: ReplicaSet web makes it",
		"ReplicaSet web: Deployment web makes it",
		"EndpointSlice web-abc: the EndpointSlice controller writes the endpoints of Service web",
	}
	if !slices.Equal(got, want) {
		t.Errorf("left out are\n%v, want\n%v", got, want)
	}
}

func TestNodesArePlayedAndKeepTheirOwnTaints(t *testing.T) {
	write, _ := choose(parse(t))
	node := write[1]
	if node.GetAnnotations()["kwok.x-k8s.io/node"] != "fake" || node.GetAnnotations()["a"] != "b" {
		t.Errorf("its annotations are %v", node.GetAnnotations())
	}
	spec := node.Object["spec"].(map[string]any)
	if taints := spec["taints"].([]any); len(taints) != 1 || taints[0].(map[string]any)["key"] != "gpu" {
		t.Errorf("its taints are %v, want only gpu", taints)
	}
}

func TestStatusThatNobodyElseWritesIsWritten(t *testing.T) {
	got := map[string][]string{}
	write, _ := choose(parse(t))
	for _, d := range write {
		if status, ok := statusToWrite(d.Unstructured); ok {
			for field := range status {
				got[d.GetKind()] = append(got[d.GetKind()], field)
			}
		}
	}
	if len(got) != 2 || !slices.Equal(got["Node"], []string{"addresses"}) || !slices.Equal(got["Service"], []string{"loadBalancer"}) {
		t.Errorf("it is %v, want the addresses of the Node and the load balancer of the Service", got)
	}
}

func TestWhatTheAPIServerWritesIsRemoved(t *testing.T) {
	write, _ := choose(parse(t))
	metadata := write[slices.Index(names(write), "Pod toolbox")].Object["metadata"].(map[string]any)
	if len(metadata) != 2 {
		t.Errorf("the metadata are %v, want name and namespace", metadata)
	}
}

func TestErrorsNameFileAndDocument(t *testing.T) {
	for _, test := range []struct{ name, content, says string }{
		{"no YAML", "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n---\n{", "x.yaml, document 2"},
		{"no kind", "apiVersion: v1\nmetadata: {name: a}", "no kind"},
		{"no name", "apiVersion: v1\nkind: Pod", "no name"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Parse("x.yaml", []byte(test.content))
			if err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("the error is %v, want it to say %q", err, test.says)
			}
		})
	}
}

func TestDirectoryIsReadWhole(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{
		"b/two.yml":  "apiVersion: v1\nkind: Namespace\nmetadata: {name: two}",
		"a.yaml":     "apiVersion: v1\nkind: Namespace\nmetadata: {name: one}",
		"c.json":     `{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"three"}}`,
		"README.txt": "not an object",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	documents, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := names(documents), []string{"Namespace one", "Namespace two", "Namespace three"}; !slices.Equal(got, want) {
		t.Errorf("read %v, want %v", got, want)
	}
	if _, err := Read(t.TempDir()); err == nil {
		t.Error("an empty directory is no error")
	}
}
