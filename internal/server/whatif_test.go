package server

import (
	"encoding/json"
	"strings"
	"testing"
)

// whatIfAnswer is what the page reads.
type whatIfAnswer struct {
	Changes []struct {
		ID, What string
		Fields   []struct{ Path, Was, Is string }
		Follows  bool
	}
	Picture struct {
		Objects map[string][]map[string]any
		Removed []string
		Pods    []struct {
			ID    string
			Class struct{ Labels string }
		}
		Gates []struct {
			Was, Is struct {
				Labels          string
				GateIn, GateOut []string
			}
		}
	}
}

func TestTheObjectsOfAForkAreTold(t *testing.T) {
	s := newSite(t, nil)
	const at = "?source=world:ckad/calico"
	fork := func(t *testing.T, try string) whatIfAnswer {
		t.Helper()
		body, _ := json.Marshal(map[string]any{"try": []string{try}})
		got := s.post("/api/v1/remedies"+at, string(body))
		var r struct {
			Remedies []struct{ Fork json.RawMessage }
			Problem  string
		}
		if err := json.Unmarshal([]byte(got.body), &r); err != nil || len(r.Remedies) != 1 {
			t.Fatalf("%v %s", err, got.body)
		}
		got = s.post("/api/v1/whatif"+at, `{"fork":`+string(r.Remedies[0].Fork)+`}`)
		var a whatIfAnswer
		if err := json.Unmarshal([]byte(got.body), &a); err != nil || got.StatusCode != 200 {
			t.Fatalf("%d %v %s", got.StatusCode, err, got.body)
		}
		return a
	}
	t.Run("a label that is given is the field that differs, and the pod is told anew", func(t *testing.T) {
		a := fork(t, "kubectl -n default label pod busybox access=true")
		if len(a.Changes) != 1 || a.Changes[0].ID != "Pod/default/busybox" || a.Changes[0].What != "changed" || len(a.Changes[0].Fields) != 1 {
			t.Fatalf("%+v", a.Changes)
		}
		if f := a.Changes[0].Fields[0]; f.Path != "metadata.labels.access" || f.Was != "" || f.Is != "true" {
			t.Errorf("%+v", f)
		}
		if len(a.Picture.Pods) != 1 || !strings.Contains(a.Picture.Pods[0].Class.Labels, "access=true") {
			t.Errorf("%+v", a.Picture.Pods)
		}
	})
	t.Run("a pod that a service then finds changes the service, although nobody edited it", func(t *testing.T) {
		a := fork(t, "kubectl -n default label pod busybox app=nginx --overwrite")
		if len(a.Changes) != 2 || a.Changes[1].ID != "Service/default/nginx" || !a.Changes[1].Follows || a.Changes[1].Fields[0].Is != "2" {
			t.Fatalf("%+v", a.Changes)
		}
	})
	t.Run("a policy that is taken away takes its gates with it", func(t *testing.T) {
		a := fork(t, "kubectl -n default delete networkpolicy access-nginx")
		if len(a.Changes) != 1 || a.Changes[0].What != "removed" || len(a.Picture.Removed) != 1 || a.Picture.Removed[0] != "NetworkPolicy/default/access-nginx" {
			t.Fatalf("%+v", a)
		}
		if len(a.Picture.Gates) != 1 || len(a.Picture.Gates[0].Was.GateIn) != 1 || len(a.Picture.Gates[0].Is.GateIn) != 0 {
			t.Errorf("%+v", a.Picture.Gates)
		}
	})
	t.Run("an object that is written is added with its card", func(t *testing.T) {
		a := fork(t, "apiVersion: v1\nkind: Service\nmetadata: {name: second, namespace: default}\nspec: {clusterIP: 10.96.7.7, selector: {app: nginx}, ports: [{port: 80}]}\n")
		if len(a.Changes) != 1 || a.Changes[0].What != "added" || len(a.Picture.Objects["services"]) != 1 || a.Picture.Objects["services"][0]["name"] != "second" {
			t.Fatalf("%+v", a)
		}
	})
	t.Run("a pod that is written is added to its node", func(t *testing.T) {
		a := fork(t, "apiVersion: v1\nkind: Pod\nmetadata: {name: extra, namespace: default}\nspec: {nodeName: minikube, containers: [{name: a, image: b}]}\nstatus: {podIP: 10.244.120.99, phase: Running, conditions: [{type: Ready, status: 'True'}]}\n")
		if len(a.Changes) != 1 || a.Changes[0].What != "added" || len(a.Picture.Pods) != 1 || a.Picture.Pods[0].ID != "Pod/default/extra" {
			t.Fatalf("%+v", a)
		}
	})
	t.Run("what is not there cannot be taken away", func(t *testing.T) {
		got := s.post("/api/v1/whatif"+at, `{"fork":[{"kind":"Service","namespace":"default","name":"nobody"}]}`)
		if got.StatusCode != 422 || !strings.Contains(got.body, "cannot be removed") {
			t.Errorf("%d %s", got.StatusCode, got.body)
		}
	})
}
