package simulate_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

func TestADeploymentThatCameWithItsPodsMakesTheRestOnly(t *testing.T) {
	deployment := func(replicas string) string {
		return "Deployment\nmetadata: {name: web}\nspec: {replicas: " + replicas + ", selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c}]}}}"
	}
	pod := func(name, labels, meta, status string) string {
		return "Pod\nmetadata: {name: " + name + ", labels: {app: web" + labels + "}" + meta + "}\nspec: {nodeName: n1, containers: [{name: c}]}\nstatus: {" + status + "}"
	}
	const runs = "phase: Running, podIP: 10.1.0.9"
	const set = ", ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: web-abc, uid: u1, controller: true}]"
	for _, row := range []struct {
		name, replicas string
		pods           []string
		made           int
		owner          string // of the first pod
	}{
		{"none came", "2", nil, 2, ""},
		{"one of two came, as its status shows", "2", []string{pod("one", "", "", runs)}, 1, "ReplicaSet web-"},
		{"one came with the label that only pods of a Deployment have", "1", []string{pod("web-abc-1", ", pod-template-hash: abc", "", "")}, 0, "ReplicaSet web-abc"},
		{"both came with an owner that did not come", "2", []string{pod("web-abc-1", ", pod-template-hash: abc", set, runs), pod("web-abc-2", ", pod-template-hash: abc", set, runs)}, 0, "ReplicaSet web-abc"},
		{"a pod of the same labels without any sign of it stands beside", "1", []string{pod("mine", "", "", "")}, 1, ""},
		{"a pod of another owner stands beside", "1", []string{pod("mine", "", ", ownerReferences: [{apiVersion: batch/v1, kind: Job, name: j, uid: u, controller: true}]", runs)}, 1, "Job j"},
		{"one that has ended does not count", "1", []string{pod("web-abc-1", ", pod-template-hash: abc", set, "phase: Failed, podIP: 10.1.0.9")}, 1, "ReplicaSet web-abc"},
	} {
		t.Run(row.name, func(t *testing.T) {
			all := settle(t, strings.Join(append([]string{deployment(row.replicas), "Node\nmetadata: {name: n1}"}, row.pods...), "\n---\n"))
			pods := slices.DeleteFunc(of[*corev1.Pod](all), func(p *corev1.Pod) bool { return p.Labels["app"] != "web" })
			if got := len(pods) - len(row.pods); got != row.made {
				t.Errorf("%d pods were made, want %d", got, row.made)
			}
			if len(row.pods) == 0 {
				return
			}
			first := named[*corev1.Pod](t, all, objects(t, row.pods[0])[0].GetName())
			owner := ""
			if len(first.OwnerReferences) > 0 {
				owner = first.OwnerReferences[0].Kind + " " + first.OwnerReferences[0].Name
			}
			if !strings.HasPrefix(owner, row.owner) || row.owner == "" && owner != "" {
				t.Error(cmp.Diff(row.owner, owner))
			}
		})
	}
}

func TestAPodIsReadyWhereItsContainersAre(t *testing.T) {
	for _, row := range []struct {
		name, status string
		ready        corev1.ConditionStatus
	}{
		{"nothing is said", "", corev1.ConditionTrue},
		{"a container is not ready", ", containerStatuses: [{name: c, ready: true}, {name: d, ready: false}]", corev1.ConditionFalse},
		{"a container waits", ", containerStatuses: [{name: c, ready: false, state: {waiting: {reason: CrashLoopBackOff}}}]", corev1.ConditionFalse},
		{"all are", ", containerStatuses: [{name: c, ready: true}]", corev1.ConditionTrue},
		{"the pod itself says so", ", conditions: [{type: Ready, status: 'True'}], containerStatuses: [{name: c, ready: false}]", corev1.ConditionTrue},
	} {
		t.Run(row.name, func(t *testing.T) {
			all := settle(t, "Node\nmetadata: {name: n1}\n---\nPod\nmetadata: {name: a}\nspec: {nodeName: n1, containers: [{name: c}]}\nstatus: {phase: Running, podIP: 10.1.0.9"+row.status+"}")
			if got := cluster.PodOf(named[*corev1.Pod](t, all, "a")).Ready; got != (row.ready == corev1.ConditionTrue) {
				t.Errorf("ready is %v", got)
			}
		})
	}
}

func TestAPodOfANodeThatIsSilentIsNotReady(t *testing.T) {
	for _, row := range []struct {
		name, condition string
		ready           bool
	}{
		{"its kubelet says nothing any more", "{type: Ready, status: Unknown}", false},
		{"it is not ready", "{type: Ready, status: 'False'}", false},
		{"it is ready", "{type: Ready, status: 'True'}", true},
	} {
		t.Run(row.name, func(t *testing.T) {
			all := settle(t, "Node\nmetadata: {name: n1}\nstatus: {conditions: ["+row.condition+"]}\n---\nPod\nmetadata: {name: a}\nspec: {nodeName: n1, containers: [{name: c}]}\nstatus: {podIP: 10.1.0.9}")
			if got := cluster.PodOf(named[*corev1.Pod](t, all, "a")).Ready; got != row.ready {
				t.Errorf("ready is %v", got)
			}
		})
	}
}

func TestAStatusThatCameWithAWorkloadCounts(t *testing.T) {
	for _, row := range []struct {
		name, kind, spec, status string
		ready, all               int
	}{
		{"none of a Deployment's pods is ready", "Deployment", "", "replicas: 2, unavailableReplicas: 2", 0, 2},
		{"one of them is", "Deployment", "", "replicas: 2, readyReplicas: 1", 1, 2},
		{"a status of other times says nothing", "Deployment", "", "replicas: 1", 2, 2},
		{"no status says nothing", "Deployment", "", "", 2, 2},
		{"the last of a StatefulSet is not ready", "StatefulSet", ", serviceName: web", "replicas: 2, readyReplicas: 1", 1, 2},
		{"a ReplicaSet tells as well", "ReplicaSet", "", "replicas: 2", 0, 2},
	} {
		t.Run(row.name, func(t *testing.T) {
			all := settle(t, "Node\nmetadata: {name: n1}\n---\n"+row.kind+"\nmetadata: {name: web}\nspec: {replicas: 2, selector: {matchLabels: {app: web}}"+row.spec+
				", template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c}]}}}\nstatus: {"+row.status+"}")
			n, ready := 0, 0
			for _, p := range of[*corev1.Pod](all) {
				if p.Labels["app"] == "web" {
					n++
					if cluster.PodOf(p).Ready {
						ready++
					}
				}
			}
			if n != row.all || ready != row.ready {
				t.Errorf("%d of %d are ready, want %d of %d", ready, n, row.ready, row.all)
			}
		})
	}
}

func TestPodsGoToNodesThatAreReady(t *testing.T) {
	all := settle(t, "Node\nmetadata: {name: a}\nstatus: {conditions: [{type: Ready, status: Unknown}]}\n---\nNode\nmetadata: {name: b}\n---\n"+
		"Deployment\nmetadata: {name: web}\nspec: {replicas: 3, selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c}]}}}")
	for _, p := range of[*corev1.Pod](all) {
		if p.Spec.NodeName != "b" {
			t.Errorf("pod %s is on node %q", p.Name, p.Spec.NodeName)
		}
	}
}
