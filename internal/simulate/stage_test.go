package simulate_test

import (
	"strconv"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/simulate"
)

const webAndService = web + "\n---\nService\nmetadata: {name: web}\nspec: {selector: {app: web}, ports: [{port: 80, targetPort: http}]}"

func stageOf(t *testing.T, text string) (*simulate.Stage, *cluster.Store, func() *cluster.View) {
	t.Helper()
	stage := simulate.NewStage(simulate.Options{Now: now})
	stage.Replace(objects(t, text))
	store := cluster.NewStore(cluster.SourceInfo{Kind: cluster.SourceWorld}, func() time.Time { return now })
	return stage, store, func() *cluster.View { return store.Update(stage.Write) }
}

func readyEndpoints(v *cluster.View, service string) (n int) {
	for _, s := range v.Slices("default", service) {
		for _, e := range s.Endpoints {
			if e.Ready {
				n++
			}
		}
	}
	return n
}

func TestAReplacedPodLivesAndDiesAsPodsDo(t *testing.T) {
	stage, _, write := stageOf(t, webAndService)
	v := write()
	var old *cluster.Pod
	for p := range v.PodsIn("default") {
		old = p
		break
	}
	key := cluster.Key{Namespace: "default", Name: old.Name}
	successor := cluster.Key{Namespace: "default", Name: stage.Terminate(key, now.Add(time.Minute))}
	stage.Hold(successor, simulate.PodPending)
	v = write()
	leaving, coming := v.Pod("default", old.Name), v.Pod("default", successor.Name)
	if leaving == nil || !leaving.Terminating || leaving.IP() != old.IP() || coming == nil || coming.IP().IsValid() || coming.Phase != cluster.PhasePending {
		t.Fatalf("leaving %+v, coming %+v", leaving, coming)
	}
	if n := readyEndpoints(v, "web"); n != 2 {
		t.Errorf("%d endpoints are ready while one pod ends and one starts", n)
	}
	stage.Hold(successor, simulate.PodUnready)
	v = write()
	if p := v.Pod("default", successor.Name); !p.IP().IsValid() || p.IP() == old.IP() || p.Ready || p.Phase != cluster.PhaseRunning {
		t.Errorf("unready: %+v", p)
	}
	stage.Hold(successor, simulate.PodReady)
	stage.Remove(cluster.Ref{Kind: cluster.KindPod, Namespace: "default", Name: old.Name})
	v = write()
	if v.Pod("default", old.Name) != nil || !v.Pod("default", successor.Name).Ready || v.PodCount() != 3 || readyEndpoints(v, "web") != 3 {
		t.Errorf("%d pods, %d endpoints", v.PodCount(), readyEndpoints(v, "web"))
	}
}

func TestWritingTwiceIsNoChange(t *testing.T) {
	_, _, write := stageOf(t, webAndService)
	if first, second := write(), write(); first != second {
		t.Error("the second write made a revision")
	}
}

func TestVersionsOnlyGrowAndOnlyForWhatChanged(t *testing.T) {
	stage, _, write := stageOf(t, webAndService)
	before := write()
	service := stage.Object(cluster.Ref{Kind: cluster.KindService, Namespace: "default", Name: "web"}).DeepCopyObject().(*corev1.Service)
	service.Spec.Ports[0].Port = 81
	service.ResourceVersion = ""
	stage.Put(service)
	after := write()
	number := func(v *cluster.View) int {
		n, err := strconv.Atoi(v.Service("default", "web").ResourceVersion)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if number(after) <= number(before) {
		t.Errorf("service: %d, then %d", number(before), number(after))
	}
	for p := range before.PodsIn("default") {
		if now := after.Pod("default", p.Name); now.ResourceVersion != p.ResourceVersion {
			t.Errorf("pod %s: %s, then %s", p.Name, p.ResourceVersion, now.ResourceVersion)
		}
	}
}

func TestWhatFollowedFromAnObjectGoesWithIt(t *testing.T) {
	stage, _, write := stageOf(t, webAndService)
	write()
	stage.Remove(cluster.Ref{Kind: cluster.KindDeployment, Namespace: "default", Name: "web"})
	v := write()
	if v.PodCount() != 0 || len(v.List(cluster.KindReplicaSet)) != 0 || readyEndpoints(v, "web") != 0 || v.Service("default", "web") == nil {
		t.Errorf("%d pods, %d replica sets", v.PodCount(), len(v.List(cluster.KindReplicaSet)))
	}
}

func TestTheInspectorSeesNoEnvironmentValues(t *testing.T) {
	stage, _, _ := stageOf(t, "Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, env: [{name: PASSWORD, value: secret}, {name: HOST, valueFrom: {fieldRef: {fieldPath: status.hostIP}}}]}]}")
	ref := cluster.Ref{Kind: cluster.KindPod, Namespace: "default", Name: "p"}
	pod := stage.Get(ref).(*corev1.Pod)
	env := pod.Spec.Containers[0].Env
	if env[0].Value != cluster.Redacted || env[1].Value != "" || pod.Kind != "Pod" || pod.APIVersion != "v1" {
		t.Errorf("%+v %v", env, pod.TypeMeta)
	}
	if stage.Object(ref).(*corev1.Pod).Spec.Containers[0].Env[0].Value != "secret" {
		t.Error("the object itself was changed")
	}
	if stage.Get(cluster.Ref{Kind: cluster.KindPod, Namespace: "default", Name: "none"}) != nil {
		t.Error("there is no such pod")
	}
}
