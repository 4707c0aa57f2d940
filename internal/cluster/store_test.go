package cluster

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

func testStore() *Store {
	return NewStore(SourceInfo{Kind: SourceLive, Name: "test"}, func() time.Time { return time.Unix(1000, 0) })
}

func testPod(namespace, name, uid, ip string) *corev1.Pod {
	p := &corev1.Pod{ObjectMeta: v1.ObjectMeta{
		Namespace: namespace, Name: name, UID: types.UID(uid), Labels: map[string]string{"app": name[:1]},
	}}
	p.Spec.NodeName = "node-a"
	p.Spec.Containers = []corev1.Container{{Name: "c", Ports: []corev1.ContainerPort{{Name: "http", ContainerPort: 80}}}}
	p.Status.Phase = corev1.PodRunning
	p.Status.PodIP = ip
	return p
}

func testSlice(namespace, name, service string, addrs ...string) *discoveryv1.EndpointSlice {
	s := &discoveryv1.EndpointSlice{ObjectMeta: v1.ObjectMeta{
		Namespace: namespace, Name: name, Labels: map[string]string{discoveryv1.LabelServiceName: service},
	}, AddressType: discoveryv1.AddressTypeIPv4}
	for _, a := range addrs {
		s.Endpoints = append(s.Endpoints, discoveryv1.Endpoint{Addresses: []string{a}})
	}
	return s
}

func TestAnOldViewStaysAsItWas(t *testing.T) {
	s := testStore()
	s.Update(func(w *Writer) {
		w.Put(testPod("a", "web", "1", "10.0.0.1"))
		w.Put(testSlice("a", "web-1", "web", "10.0.0.1"))
		w.Put(&corev1.Node{ObjectMeta: v1.ObjectMeta{Name: "n"}})
	})
	old := s.View()
	s.Update(func(w *Writer) {
		w.Put(testPod("a", "web", "1", "10.0.0.2"))
		w.Delete(KindEndpointSlice, "a", "web-1")
		w.Delete(KindNode, "", "n")
	})
	if got := old.Pod("a", "web").IP(); got != netip.MustParseAddr("10.0.0.1") {
		t.Errorf("the old view's pod has %v", got)
	}
	if len(old.PodsWithAddr(netip.MustParseAddr("10.0.0.1"))) != 1 || len(old.PodsWithAddr(netip.MustParseAddr("10.0.0.2"))) != 0 {
		t.Error("the old view's address index moved on")
	}
	if len(old.Slices("a", "web")) != 1 || old.Node("n") == nil {
		t.Error("the old view lost what was deleted later")
	}
	now := s.View()
	if now.Pod("a", "web").IP() != netip.MustParseAddr("10.0.0.2") || len(now.Slices("a", "web")) != 0 || now.Node("n") != nil {
		t.Error("the new view does not have the change")
	}
}

func TestWhatIsNotReadIsNoChange(t *testing.T) {
	s := testStore()
	node := func(rv string, beat int64) *corev1.Node {
		n := &corev1.Node{ObjectMeta: v1.ObjectMeta{Name: "n", ResourceVersion: rv}}
		n.ManagedFields = []v1.ManagedFieldsEntry{{Manager: rv}}
		n.Status.Conditions = []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionTrue, LastHeartbeatTime: v1.Unix(beat, 0)}}
		return n
	}
	s.Update(func(w *Writer) { w.Put(node("1", 1)); w.Put(testPod("a", "web", "1", "10.0.0.1")) })
	before := s.View().Revision()
	s.Update(func(w *Writer) {
		w.Put(node("2", 2))
		p := testPod("a", "web", "1", "10.0.0.1")
		p.ResourceVersion = "77"
		p.Annotations = map[string]string{"x": "y"}
		w.Put(p)
	})
	if got := s.View().Revision(); got != before {
		t.Errorf("a heartbeat made revision %d of %d", got, before)
	}
	s.Update(func(w *Writer) {
		n := node("3", 3)
		n.Status.Conditions[0].Status = corev1.ConditionFalse
		w.Put(n)
	})
	if got := s.View().Revision(); got != before+1 {
		t.Errorf("a node that is no longer ready made revision %d of %d", got, before)
	}
}

func TestAPodThatIsReplacedUnderItsNameGetsAnotherSlot(t *testing.T) {
	s := testStore()
	s.Update(func(w *Writer) { w.Put(testPod("a", "db-0", "11111111-1111-1111-1111-111111111111", "10.0.0.1")) })
	first := s.View().Pod("a", "db-0").Slot
	var change Change
	_, cancel := s.Observe(func(_ *View, c Change) { change = c })
	defer cancel()
	s.Update(func(w *Writer) { w.Put(testPod("a", "db-0", "22222222-2222-2222-2222-222222222222", "10.0.0.2")) })
	second := s.View().Pod("a", "db-0").Slot
	if len(change.Pods) != 2 || !slices.Contains(change.Pods, first) || !slices.Contains(change.Pods, second) {
		t.Errorf("changed slots %v, want the old %d and the new %d", change.Pods, first, second)
	}
	if s.View().PodCount() != 1 {
		t.Errorf("%d pods", s.View().PodCount())
	}
}

// TestTheViewEqualsAPlainModel drives random changes through the Store and through plain maps, and compares all look-ups.
func TestTheViewEqualsAPlainModel(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	s := testStore()
	model := map[Key]string{}
	sliceOf := map[Key]string{}
	for step := range 400 {
		s.Update(func(w *Writer) {
			for range r.IntN(8) {
				key := Key{fmt.Sprint("ns", r.IntN(3)), fmt.Sprint("pod", r.IntN(200))}
				slice := Key{key.Namespace, fmt.Sprint("slice", r.IntN(20))}
				switch r.IntN(6) {
				case 0, 1, 2:
					ip := fmt.Sprintf("10.0.%d.%d", r.IntN(2), r.IntN(250))
					model[key] = ip
					w.Put(testPod(key.Namespace, key.Name, fmt.Sprint(r.IntN(3)), ip))
				case 3:
					delete(model, key)
					w.Delete(KindPod, key.Namespace, key.Name)
				case 4:
					service := fmt.Sprint("svc", r.IntN(4))
					sliceOf[slice] = service
					w.Put(testSlice(slice.Namespace, slice.Name, service, fmt.Sprintf("10.1.0.%d", r.IntN(200))))
				case 5:
					delete(sliceOf, slice)
					w.Delete(KindEndpointSlice, slice.Namespace, slice.Name)
				}
			}
		})
		if step%20 == 0 {
			compareWithModel(t, s.View(), model, sliceOf)
		}
	}
	s.Update(func(w *Writer) { w.Retain(KindPod, "", nil); w.Retain(KindEndpointSlice, "", nil) })
	compareWithModel(t, s.View(), nil, nil)
	if n := len(s.intern.strings) + len(s.intern.labels) + len(s.intern.shapes) + len(s.intern.owners); n != 0 {
		t.Errorf("%d interned values are left although no row is", n)
	}
}

func compareWithModel(t *testing.T, v *View, model, sliceOf map[Key]string) {
	t.Helper()
	if v.PodCount() != len(model) {
		t.Fatalf("%d pods, want %d", v.PodCount(), len(model))
	}
	seen := map[uint32]bool{}
	for p := range v.Pods() {
		if model[Key{p.Namespace, p.Name}] != p.IP().String() {
			t.Fatalf("%s/%s has %v, want %s", p.Namespace, p.Name, p.IP(), model[Key{p.Namespace, p.Name}])
		}
		if seen[p.Slot] || v.PodAt(p.Slot) != p || p.Slot >= v.PodSlots() {
			t.Fatalf("slot %d is wrong", p.Slot)
		}
		seen[p.Slot] = true
	}
	for key, ip := range model {
		if v.Pod(key.Namespace, key.Name) == nil {
			t.Fatalf("%v is not found by name", key)
		}
		if !slices.ContainsFunc(v.PodsWithAddr(netip.MustParseAddr(ip)), func(p *Pod) bool {
			return p.Namespace == key.Namespace && p.Name == key.Name
		}) {
			t.Fatalf("%v is not found by %s", key, ip)
		}
	}
	in := 0
	for _, ns := range []string{"ns0", "ns1", "ns2"} {
		last := ""
		for p := range v.PodsIn(ns) {
			if p.Name <= last {
				t.Fatalf("%s is not sorted: %s after %s", ns, p.Name, last)
			}
			last = p.Name
			in++
		}
	}
	if in != len(model) {
		t.Fatalf("%d pods by namespace, want %d", in, len(model))
	}
	if v.Count(KindEndpointSlice) != len(sliceOf) {
		t.Fatalf("%d slices, want %d", v.Count(KindEndpointSlice), len(sliceOf))
	}
	for key, service := range sliceOf {
		if !slices.ContainsFunc(v.Slices(key.Namespace, service), func(s *Slice) bool { return s.Name == key.Name }) {
			t.Fatalf("slice %v is not found by its service %s", key, service)
		}
	}
}

func TestAForkLeavesTheStoreAlone(t *testing.T) {
	s := testStore()
	s.Update(func(w *Writer) {
		w.Put(testPod("a", "web", "1", "10.0.0.1"))
		w.Put(testSlice("a", "web-1", "web", "10.0.0.1"))
	})
	v := s.View()
	fork := v.Fork(func(w *Writer) {
		w.Delete(KindPod, "a", "web")
		w.Put(testPod("a", "new", "2", "10.0.0.9"))
		w.Put(testSlice("a", "web-1", "web", "10.0.0.9"))
		w.Put(&corev1.Namespace{ObjectMeta: v1.ObjectMeta{Name: "a"}})
		if w.View().Pod("a", "new") == nil {
			t.Error("a fork's writer does not see what it wrote")
		}
	})
	if fork.Pod("a", "web") != nil || fork.Pod("a", "new") == nil || fork.Namespace("a") == nil {
		t.Error("the fork does not have its edits")
	}
	if fork.Slices("a", "web")[0].Endpoints[0].Addr != netip.MustParseAddr("10.0.0.9") {
		t.Error("the fork has the old slice")
	}
	if v.Pod("a", "web") == nil || v.Pod("a", "new") != nil || v.Namespace("a") != nil ||
		v.Slices("a", "web")[0].Endpoints[0].Addr != netip.MustParseAddr("10.0.0.1") {
		t.Error("the fork changed the view it was made from")
	}
	s.Update(func(w *Writer) { w.Put(testSlice("a", "web-1", "web", "10.0.0.3")) })
	if len(s.View().Slices("a", "web")) != 1 {
		t.Error("the store lost or doubled a slice after a fork")
	}
}

func TestReadersNeverWaitForTheWriter(t *testing.T) {
	s := testStore()
	var wg sync.WaitGroup
	stop := make(chan struct{})
	for range 4 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				v := s.View()
				n := 0
				for p := range v.Pods() {
					if v.Pod(p.Namespace, p.Name) != p {
						t.Errorf("%s is not found in its own view", p.Name)
						return
					}
					n++
				}
				if n != v.PodCount() {
					t.Errorf("%d pods of %d", n, v.PodCount())
					return
				}
			}
		})
	}
	for i := range 2000 {
		s.Update(func(w *Writer) {
			w.Put(testPod("a", fmt.Sprint("p", i%150), fmt.Sprint(i), fmt.Sprintf("10.0.0.%d", i%200)))
			if i%3 == 0 {
				w.Delete(KindPod, "a", fmt.Sprint("p", (i*7)%150))
			}
		})
	}
	close(stop)
	wg.Wait()
}
