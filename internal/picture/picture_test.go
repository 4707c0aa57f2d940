package picture

import (
	"encoding/json"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/surroundings"
	"github.com/kubestrata/kubestrata/internal/wire"
)

// fixture is a Store whose picture is kept up to date change by change.
type fixture struct {
	t     *testing.T
	store *cluster.Store
	p     *Picture
	delta Delta
	now   time.Time
}

func newFixture(t *testing.T, write func(*cluster.Writer)) *fixture {
	f := &fixture{t: t, now: time.Unix(1785000000, 0)}
	f.store = cluster.NewStore(cluster.SourceInfo{Kind: cluster.SourceWorld, Name: "test"}, func() time.Time { return f.now })
	f.store.Update(write)
	f.p = New(f.store.View(), About{Now: f.now})
	return f
}

// change writes, and updates the picture with what the Store says that it changed.
func (f *fixture) change(write func(*cluster.Writer)) {
	f.now = f.now.Add(time.Second)
	_, cancel := f.store.Observe(func(v *cluster.View, c cluster.Change) { f.delta = f.p.Update(v, c, About{Now: f.now}) })
	f.store.Update(write)
	cancel()
}

// card decodes a card; ok is false where there is none.
func card[T any](f *fixture, id string) (out T, ok bool) {
	f.t.Helper()
	slot, found := f.p.cards.byID[id]
	if !found || f.p.cards.list[slot].Gone() {
		return out, false
	}
	if err := json.Unmarshal(f.p.cards.list[slot].JSON, &out); err != nil {
		f.t.Fatal(err)
	}
	return out, true
}

// changed names the cards of the last update, the status apart.
func (f *fixture) changed() map[string]bool {
	out := map[string]bool{}
	for _, slot := range f.delta.Cards {
		if id := f.p.Card(slot).ID; id != statusCard {
			out[id] = true
		}
	}
	return out
}

func (f *fixture) wantChanged(ids ...string) {
	f.t.Helper()
	want := map[string]bool{}
	for _, id := range ids {
		want[id] = true
	}
	if diff := cmp.Diff(want, f.changed()); diff != "" {
		f.t.Errorf("cards that changed (-want +got):\n%s", diff)
	}
}

func meta(namespace, name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: namespace, Name: name}
}

var webShape = &cluster.Shape{Containers: []cluster.Container{{Name: "c", Ports: []cluster.ContainerPort{{Name: "http", Port: 8080, Protocol: corev1.ProtocolTCP}}}}}

func webPod(name string, uid byte, ready bool) *cluster.Pod {
	return &cluster.Pod{
		UID: cluster.UID{uid}, Namespace: "shop", Name: name, Node: "a", Owner: &cluster.Owner{Namespace: "shop", Kind: "ReplicaSet", Name: "web-5d4f"},
		Labels: cluster.NewLabels(map[string]string{"app": "web", "pod-template-hash": "5d4f"}), Shape: webShape,
		IPs: [2]netip.Addr{netip.MustParseAddr("10.244.1.9")}, Created: time.Unix(1785000000, 0), Phase: cluster.PhaseRunning, Ready: ready,
	}
}

func webService() *corev1.Service {
	return &corev1.Service{ObjectMeta: meta("shop", "web"), Spec: corev1.ServiceSpec{
		Type: corev1.ServiceTypeNodePort, ClusterIP: "10.96.4.20", Selector: map[string]string{"app": "web"},
		Ports: []corev1.ServicePort{{Name: "http", Port: 80, TargetPort: intstr.FromString("http"), NodePort: 30080}},
	}}
}

func webSlice(ready bool) *cluster.Slice {
	return &cluster.Slice{Namespace: "shop", Name: "web-x", Service: "web", Endpoints: []cluster.Endpoint{
		{Addr: netip.MustParseAddr("10.244.1.9"), Pod: "web-5d4f-x2x4p", Ready: ready, Serving: ready},
	}}
}

func nodeA() *corev1.Node {
	return &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: "a", Labels: map[string]string{"node-role.kubernetes.io/worker": "", "topology.kubernetes.io/zone": "z1"}},
		Spec:       corev1.NodeSpec{PodCIDR: "10.244.1.0/24"},
		Status: corev1.NodeStatus{
			Addresses:  []corev1.NodeAddress{{Type: corev1.NodeHostName, Address: "a"}, {Type: corev1.NodeInternalIP, Address: "192.168.10.11"}},
			Conditions: []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionTrue}},
		},
	}
}

func shop(w *cluster.Writer) {
	w.Put(&corev1.Namespace{ObjectMeta: meta("", "shop")})
	w.Put(nodeA())
	w.Put(webService())
	w.PutPod(webPod("web-5d4f-x2x4p", 1, true))
	w.PutSlice(webSlice(true))
}

func TestCards(t *testing.T) {
	f := newFixture(t, shop)
	svc, _ := card[wire.Service](f, "Service/shop/web")
	if diff := cmp.Diff(wire.Service{
		ID: "Service/shop/web", Namespace: "shop", Name: "web", Type: "NodePort", ClusterIPs: []string{"10.96.4.20"}, External: []string{},
		Ports:    []wire.ServicePort{{Name: "http", Port: 80, Target: "http", NodePort: 30080, Protocol: "TCP"}},
		Selector: "app=web", Ready: 1, Total: 1,
	}, svc); diff != "" {
		t.Errorf("service (-want +got):\n%s", diff)
	}
	n, _ := card[wire.Node](f, "Node/a")
	if diff := cmp.Diff(wire.Node{
		ID: "Node/a", Name: "a", Addresses: []string{"192.168.10.11"}, PodCIDRs: []string{"10.244.1.0/24"}, Ready: true,
		Roles: []string{"worker"}, Zone: "z1", Proxy: "iptables?",
		Doors: []wire.Door{{Port: 30080, Protocol: "TCP", Kind: DoorNodePort, Owner: "Service/shop/web", Name: "web"}},
	}, n); diff != "" {
		t.Errorf("node (-want +got):\n%s", diff)
	}
	row, _ := f.p.PodRow(0)
	if row.Name != "5d4f-x2x4p" || row.State != wire.PhaseRunning|wire.PodReady|wire.PodNameHasOwner || row.IPv4 != 0x0AF40109 {
		t.Errorf("pod row %+v", row)
	}
	c, _ := card[wire.Class](f, classCard(row.Class))
	if c.OwnerKind != "Deployment" || c.OwnerName != "web" || c.Namespace != "shop" || len(c.Ports) != 1 {
		t.Errorf("class %+v, want that of Deployment web", c)
	}
	end, _ := f.p.EndpointRow(0)
	if end.Pod != 0 || end.State != wire.EndpointReady|wire.EndpointServing {
		t.Errorf("endpoint row %+v", end)
	}
}

func TestAChangeRebuildsOnlyWhatMayDiffer(t *testing.T) {
	f := newFixture(t, func(w *cluster.Writer) {
		shop(w)
		w.Put(&corev1.Service{ObjectMeta: meta("shop", "other"), Spec: corev1.ServiceSpec{ClusterIP: "10.96.0.9"}})
	})

	f.change(func(w *cluster.Writer) { w.PutPod(webPod("web-5d4f-x2x4p", 1, false)) })
	f.wantChanged()
	if len(f.delta.PodStates) != 1 || len(f.delta.Pods) != 0 {
		t.Errorf("a pod that is no longer ready: %+v", f.delta)
	}

	f.change(func(w *cluster.Writer) { w.PutSlice(webSlice(false)) })
	f.wantChanged("Service/shop/web")
	if svc, _ := card[wire.Service](f, "Service/shop/web"); svc.Ready != 0 || svc.Total != 1 {
		t.Errorf("the service counts %d of %d, want 0 of 1", svc.Ready, svc.Total)
	}
	if len(f.delta.EndpointStates) != 1 || len(f.delta.Endpoints) != 0 {
		t.Errorf("an endpoint that is no longer ready: %+v", f.delta)
	}

	f.change(func(w *cluster.Writer) {
		s := webService()
		s.Spec.Ports[0].NodePort = 30081
		w.Put(s)
	})
	f.wantChanged("Service/shop/web", "Node/a")

	f.change(func(w *cluster.Writer) {
		s := webService()
		s.Spec.Ports[0].NodePort = 30081
		s.Labels = map[string]string{"unread": "by the picture"}
		w.Put(s)
	})
	f.wantChanged()
}

func TestAPolicyClosesTheGatesOfThePodsItSelects(t *testing.T) {
	f := newFixture(t, shop)
	row, _ := f.p.PodRow(0)
	np := &networkingv1.NetworkPolicy{ObjectMeta: meta("shop", "lock"), Spec: networkingv1.NetworkPolicySpec{
		PodSelector: metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}},
		PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeIngress},
	}}
	f.change(func(w *cluster.Writer) { w.Put(np) })
	f.wantChanged("NetworkPolicy/shop/lock", classCard(row.Class))
	c, _ := card[wire.Class](f, classCard(row.Class))
	if diff := cmp.Diff([]string{"NetworkPolicy/shop/lock"}, c.GateIn); diff != "" || c.GateOut != nil {
		t.Errorf("gates in %v out %v", c.GateIn, c.GateOut)
	}
	f.change(func(w *cluster.Writer) { w.Delete(cluster.KindNetworkPolicy, "shop", "lock") })
	if c, _ := card[wire.Class](f, classCard(row.Class)); c.GateIn != nil {
		t.Errorf("the gate stays closed: %v", c.GateIn)
	}
	if _, ok := card[wire.Policy](f, "NetworkPolicy/shop/lock"); ok {
		t.Error("the policy's card stays")
	}
}

func TestAnEndpointFollowsItsPod(t *testing.T) {
	f := newFixture(t, func(w *cluster.Writer) {
		w.Put(webService())
		w.PutSlice(webSlice(true))
	})
	if row, _ := f.p.EndpointRow(0); row.Pod != wire.NoPod {
		t.Errorf("an endpoint whose pod is not there has pod slot %d", row.Pod)
	}
	f.change(func(w *cluster.Writer) { w.PutPod(webPod("web-5d4f-x2x4p", 1, true)) })
	if row, _ := f.p.EndpointRow(0); row.Pod != 0 {
		t.Errorf("the pod came, but the endpoint has pod slot %d", row.Pod)
	}
	f.change(func(w *cluster.Writer) { w.PutPod(webPod("web-5d4f-x2x4p", 2, true)) })
	pod := f.store.View().Pod("shop", "web-5d4f-x2x4p")
	if row, _ := f.p.EndpointRow(0); row.Pod != pod.Slot {
		t.Errorf("the pod was replaced and has slot %d, but the endpoint has %d", pod.Slot, row.Pod)
	}
	f.change(func(w *cluster.Writer) { w.Delete(cluster.KindPod, "shop", "web-5d4f-x2x4p") })
	if row, _ := f.p.EndpointRow(0); row.Pod != wire.NoPod {
		t.Errorf("the pod went, but the endpoint has pod slot %d", row.Pod)
	}
}

func TestOneThingBehindAServiceIsOneEndpoint(t *testing.T) {
	v6 := &cluster.Slice{Namespace: "shop", Name: "web-v6", Service: "web", Endpoints: []cluster.Endpoint{
		{Addr: netip.MustParseAddr("fd00::9"), Pod: "web-5d4f-x2x4p", Ready: true, Serving: true},
	}}
	f := newFixture(t, func(w *cluster.Writer) {
		shop(w)
		w.PutSlice(v6)
	})
	if svc, _ := card[wire.Service](f, "Service/shop/web"); svc.Total != 1 {
		t.Errorf("a pod with two addresses counts as %d endpoints", svc.Total)
	}
	if row, _ := f.p.EndpointRow(0); row.IPv4 != 0x0AF40109 {
		t.Errorf("the IPv4 address is lost: %#x", row.IPv4)
	}
}

func TestWhatIsGoneLeavesNothingBehind(t *testing.T) {
	f := newFixture(t, shop)
	f.change(func(w *cluster.Writer) {
		for _, r := range cluster.Resources {
			w.Retain(r.Kind, "", nil)
		}
	})
	for _, c := range f.p.cards.list {
		if c.ID != "" && !c.Gone() && c.ID != statusCard && c.ID != bandsCard {
			t.Errorf("card %s is left", c.ID)
		}
	}
	if n := len(f.p.classes.byKey) + len(f.p.classes.byNamespace) + len(f.p.nodeNames.entries) + len(f.p.serviceIDs.entries) +
		len(f.p.namespaces) + len(f.p.endpoints.services) + len(f.p.endpoints.byPod) + len(f.p.marks); n != 0 {
		t.Errorf("%d entries are left in the indexes", n)
	}
}

func TestHostPortsAreDoorsOfTheirNodeAlone(t *testing.T) {
	pod := &corev1.Pod{ObjectMeta: meta("shop", "edge-1"), Spec: corev1.PodSpec{NodeName: "a", Containers: []corev1.Container{
		{Name: "c", Ports: []corev1.ContainerPort{{ContainerPort: 80, HostPort: 8081, Protocol: corev1.ProtocolTCP}}},
	}}}
	f := newFixture(t, func(w *cluster.Writer) {
		shop(w)
		b := nodeA()
		b.Name = "b"
		w.Put(b)
	})
	f.change(func(w *cluster.Writer) { w.Put(pod) })
	n, _ := card[wire.Node](f, "Node/a")
	if len(n.Doors) != 2 || n.Doors[0] != (wire.Door{Port: 8081, Protocol: "TCP", Kind: DoorHostPort, Owner: "Pod/shop/edge-1", Name: "edge-1"}) {
		t.Errorf("doors of a: %+v", n.Doors)
	}
	if n, _ := card[wire.Node](f, "Node/b"); len(n.Doors) != 1 {
		t.Errorf("doors of b: %+v", n.Doors)
	}
	f.change(func(w *cluster.Writer) { w.Delete(cluster.KindPod, "shop", "edge-1") })
	if n, _ := card[wire.Node](f, "Node/a"); len(n.Doors) != 1 {
		t.Errorf("the door stays open: %+v", n.Doors)
	}
}

func TestAnIngressSaysWhetherItsServicesAreThere(t *testing.T) {
	prefix := networkingv1.PathTypePrefix
	ing := &networkingv1.Ingress{ObjectMeta: meta("shop", "front"), Spec: networkingv1.IngressSpec{
		Rules: []networkingv1.IngressRule{{Host: "shop.test", IngressRuleValue: networkingv1.IngressRuleValue{HTTP: &networkingv1.HTTPIngressRuleValue{
			Paths: []networkingv1.HTTPIngressPath{{Path: "/", PathType: &prefix, Backend: networkingv1.IngressBackend{
				Service: &networkingv1.IngressServiceBackend{Name: "web", Port: networkingv1.ServiceBackendPort{Number: 80}},
			}}},
		}}}},
		DefaultBackend: &networkingv1.IngressBackend{Resource: &corev1.TypedLocalObjectReference{Kind: "Bucket", Name: "static"}},
	}}
	f := newFixture(t, func(w *cluster.Writer) { w.Put(ing) })
	got, _ := card[wire.Ingress](f, "Ingress/shop/front")
	if diff := cmp.Diff([]wire.IngressRow{
		{Host: "shop.test", Path: "/", PathType: "Prefix", Backend: "web:80", Service: "Service/shop/web", Missing: true},
		{Backend: "Bucket/static"},
	}, got.Rows); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	f.change(func(w *cluster.Writer) { w.Put(webService()) })
	if got, _ := card[wire.Ingress](f, "Ingress/shop/front"); got.Rows[0].Missing {
		t.Error("the service came, but the ingress misses it still")
	}
}

func TestNamespacesThatNobodyMayReadAreShownBecauseSomethingIsInThem(t *testing.T) {
	f := newFixture(t, func(w *cluster.Writer) { w.PutPod(webPod("web-1", 1, true)) })
	if _, ok := card[wire.Namespace](f, "Namespace/shop"); !ok {
		t.Error("no card for a namespace with a pod in it")
	}
	f.change(func(w *cluster.Writer) { w.Delete(cluster.KindPod, "shop", "web-1") })
	if _, ok := card[wire.Namespace](f, "Namespace/shop"); ok {
		t.Error("the card stays when the last thing is gone")
	}
}

func TestSurroundingsBecomeCards(t *testing.T) {
	outside := netip.MustParseAddr("198.51.100.7")
	f := newFixture(t, func(w *cluster.Writer) {
		w.SetSurroundings(&surroundings.Surroundings{
			Hosts: []surroundings.Host{
				{Name: "laptop", Addresses: []netip.Addr{netip.MustParseAddr("10.0.0.5")}, Listeners: []surroundings.HostListener{{Port: 443}, {Port: 80}}},
				{Name: "a"},
			},
			Resolvers: []surroundings.Resolver{{Name: "dns", Layer: surroundings.LayerLAN, Address: netip.MustParseAddr("10.0.0.53")}},
			Routers:   []surroundings.Router{{Name: "home", Between: []surroundings.Layer{"internet", "lan"}, Outside: &outside}},
		})
	})
	host, _ := card[wire.Host](f, "Host/laptop")
	if diff := cmp.Diff(wire.Host{ID: "Host/laptop", Name: "laptop", Layer: "lan", Addresses: []string{"10.0.0.5"}, Ports: []int32{80, 443}}, host); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if r, _ := card[wire.Router](f, "Router/home"); r.Outside != "198.51.100.7" || len(r.Between) != 2 {
		t.Errorf("router %+v", r)
	}
	f.change(func(w *cluster.Writer) { w.Put(nodeA()) })
	if _, ok := card[wire.Host](f, "Host/a"); ok {
		t.Error("what is a node is shown as a host, too")
	}
	f.change(func(w *cluster.Writer) { w.SetSurroundings(&surroundings.Surroundings{}) })
	if _, ok := card[wire.Resolver](f, "Resolver/dns"); ok {
		t.Error("a resolver stays that is gone")
	}
}

func TestTheStatusDoesNotGoOutWithEveryCount(t *testing.T) {
	f := newFixture(t, shop)
	sent := 0
	for i := range byte(10) {
		f.now = f.now.Add(-980 * time.Millisecond) // change moves it on by a second
		f.change(func(w *cluster.Writer) { w.PutPod(webPod("web-"+string('a'+rune(i)), i+10, true)) })
		for _, slot := range f.delta.Cards {
			if f.p.Card(slot).ID == statusCard {
				sent++
			}
		}
	}
	if sent > 1 {
		t.Errorf("10 pods in 200 ms sent the status %d times", sent)
	}
	if !f.p.Stale() {
		t.Error("the picture does not say that its status is stale")
	}
	f.p.Refresh(About{Now: f.now.Add(time.Second)})
	if s, _ := card[wire.Status](f, statusCard); s.Counts.Pods != 11 || f.p.Stale() {
		t.Errorf("after a refresh it counts %d pods", s.Counts.Pods)
	}
}

func TestSummary(t *testing.T) {
	port := intstr.FromInt32(80)
	from := func(peers ...networkingv1.NetworkPolicyPeer) networkingv1.NetworkPolicyIngressRule {
		return networkingv1.NetworkPolicyIngressRule{From: peers}
	}
	pods := func(kv ...string) *metav1.LabelSelector {
		m := map[string]string{}
		for i := 0; i < len(kv); i += 2 {
			m[kv[i]] = kv[i+1]
		}
		return &metav1.LabelSelector{MatchLabels: m}
	}
	for _, c := range []struct {
		name string
		spec networkingv1.NetworkPolicySpec
		want string
	}{
		{"no rule lets nobody in", networkingv1.NetworkPolicySpec{}, "nobody"},
		{"an empty rule lets everybody in", networkingv1.NetworkPolicySpec{Ingress: []networkingv1.NetworkPolicyIngressRule{{}}}, "everybody"},
		{"a label", networkingv1.NetworkPolicySpec{Ingress: []networkingv1.NetworkPolicyIngressRule{from(networkingv1.NetworkPolicyPeer{PodSelector: pods("app", "api")})}}, "only app=api"},
		{"a port for everybody", networkingv1.NetworkPolicySpec{Ingress: []networkingv1.NetworkPolicyIngressRule{{Ports: []networkingv1.NetworkPolicyPort{{Port: &port}}}}}, "everybody on 80"},
		{"a namespace by its name", networkingv1.NetworkPolicySpec{Ingress: []networkingv1.NetworkPolicyIngressRule{from(networkingv1.NetworkPolicyPeer{NamespaceSelector: pods("kubernetes.io/metadata.name", "ops")})}}, "only all pods of ops"},
		{"a range with a hole", networkingv1.NetworkPolicySpec{Ingress: []networkingv1.NetworkPolicyIngressRule{from(networkingv1.NetworkPolicyPeer{IPBlock: &networkingv1.IPBlock{CIDR: "10.0.0.0/8", Except: []string{"10.1.0.0/16"}}})}}, "only 10.0.0.0/8 without 10.1.0.0/16"},
		{"egress to nowhere", networkingv1.NetworkPolicySpec{PolicyTypes: []networkingv1.PolicyType{"Egress"}}, "out: nowhere"},
		{"an expression", networkingv1.NetworkPolicySpec{Ingress: []networkingv1.NetworkPolicyIngressRule{from(networkingv1.NetworkPolicyPeer{PodSelector: &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "tier", Operator: "In", Values: []string{"a", "b"}}}}})}}, "only tier in (a,b)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Summary(&networkingv1.NetworkPolicy{Spec: c.spec}); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestPhasesAreThoseOfTheModel(t *testing.T) {
	for phase := cluster.PhaseUnknown; phase <= cluster.PhaseFailed; phase++ {
		if phases[phase] != uint8(phase) {
			t.Errorf("%s is %d on the wire and %d in the model", phase, phases[phase], phase)
		}
	}
}

func TestASourceThatLacksSomeFilesSaysSo(t *testing.T) {
	store := cluster.NewStore(cluster.SourceInfo{Kind: cluster.SourceFiles, Name: "shop"}, nil)
	for message, want := range map[string]string{"": cluster.ConnLive, "web.yaml:3: not YAML": incomplete} {
		view := store.Update(func(w *cluster.Writer) {
			w.SetConnection(cluster.Connection{State: cluster.ConnLive, Message: message})
		})
		if got := New(view, About{}).status; got.Connection != want || got.Message != message {
			t.Errorf("with message %q the page is told %q, %q, want %q", message, got.Connection, got.Message, want)
		}
	}
}
