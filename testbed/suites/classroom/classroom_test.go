// Package classroom tests that objects from files come to life on a real control plane.
package classroom

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/kubestrata/kubestrata/testbed/harness"
)

const objects = `
apiVersion: v1
kind: Node
metadata: {name: alpha, labels: {kubernetes.io/hostname: alpha}}
spec: {podCIDR: 10.244.7.0/24, podCIDRs: [10.244.7.0/24]}
status:
  addresses: [{type: InternalIP, address: 192.168.10.31}, {type: Hostname, address: alpha}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: nginx, ports: [{containerPort: 80}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {type: LoadBalancer, clusterIP: 10.96.5.5, selector: {app: web}, ports: [{port: 80}]}
status: {loadBalancer: {ingress: [{ip: 203.0.113.9}]}}
---
apiVersion: v1
kind: Pod
metadata: {name: toolbox, namespace: shop}
spec: {nodeName: alpha, containers: [{name: c, image: busybox}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web-x, namespace: shop, ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: web-abc, uid: u}]}
spec: {containers: [{name: c, image: busybox}]}
---
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: example.com/v1
kind: Lesson
metadata: {name: one, namespace: shop}
spec: {title: first}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: lessons.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Lesson, plural: lessons, singular: lesson, listKind: LessonList}
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
`

// The tests ask with kubectl from inside the classroom, as its command does.
func run(t *testing.T, script string) *harness.Program {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "objects.yaml"), []byte(objects), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv("KUBECTL", harness.Kubectl(t))
	return harness.RunProgram(t, "classroom", "--objects", dir, "--", "sh", "-c", script)
}

func TestObjectsComeToLife(t *testing.T) {
	p := run(t, `
		$KUBECTL wait -n shop --for=condition=Available deployment/web --timeout=60s >/dev/null || exit 1
		$KUBECTL wait -n shop --for=condition=Ready pod/toolbox --timeout=60s >/dev/null || exit 1
		$KUBECTL get pods -n shop -o 'jsonpath={range .items[*]}pod {.metadata.name} {.status.podIP}{"\n"}{end}'
		$KUBECTL get node alpha -o 'jsonpath=node {.status.addresses[0].address}{"\n"}'
		$KUBECTL get service web -n shop -o 'jsonpath=service {.spec.clusterIP} {.status.loadBalancer.ingress[0].ip}{"\n"}'
		$KUBECTL get lesson one -n shop -o 'jsonpath=lesson {.spec.title}{"\n"}'
		exit 7`)
	var lines []string
	for line := range p.Lines() {
		lines = append(lines, line)
	}
	output := strings.Join(lines, "\n")
	for _, want := range []string{"node 192.168.10.31", "service 10.96.5.5 203.0.113.9", "lesson first", "pod toolbox 10.244.7."} {
		if !strings.Contains(output, want) {
			t.Errorf("it lacks %q", want)
		}
	}
	if n := strings.Count(output, "10.244.7."); n != 3 {
		t.Errorf("%d pods have addresses of the node's range, want 3", n)
	}
	if t.Failed() {
		t.Logf("stdout:\n%s\nstderr:\n%s", output, p.Stderr())
	}
	if code := p.Wait(); code != 7 {
		t.Errorf("the exit code is %d, want the command's own, 7", code)
	}
	if !strings.Contains(p.Stderr(), "left out Pod shop/web-x: ReplicaSet web-abc makes it") {
		t.Errorf("it does not say what it left out:\n%s", p.Stderr())
	}
}

func TestSignalsReachTheCommand(t *testing.T) {
	p := run(t, `trap 'echo interrupted; exit 3' INT; echo ready; while :; do sleep 0.1; done`)
	p.Line("ready")
	p.Signal(syscall.SIGINT)
	p.Line("interrupted")
	if code := p.Wait(); code != 3 {
		t.Errorf("the exit code is %d, want the command's own, 3", code)
	}
}
