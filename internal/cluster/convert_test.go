package cluster

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
)

func TestRowsOfPods(t *testing.T) {
	always := corev1.ContainerRestartPolicyAlways
	pod := testPod("a", "web-0", "not a uuid", "10.0.0.1")
	pod.Spec.Hostname = "web-0"
	pod.Spec.InitContainers = []corev1.Container{
		{Name: "once", Ports: []corev1.ContainerPort{{Name: "setup", ContainerPort: 1}}},
		{Name: "proxy", RestartPolicy: &always, Ports: []corev1.ContainerPort{{Name: "admin", ContainerPort: 15000}}},
	}
	pod.Spec.Containers[0].ReadinessProbe = &corev1.Probe{ProbeHandler: corev1.ProbeHandler{
		HTTPGet: &corev1.HTTPGetAction{Path: "/ok", Port: intstr.FromString("http")},
	}}
	pod.Status.PodIPs = []corev1.PodIP{{IP: "10.0.0.1"}, {IP: "fd00::1"}}
	pod.Status.ContainerStatuses = []corev1.ContainerStatus{{
		RestartCount: 3, State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "CrashLoopBackOff"}},
	}}
	row := PodOf(pod)

	if row.Reason != "CrashLoopBackOff" || !row.Waiting || row.Restarts != 3 {
		t.Errorf("status: %q waiting=%v restarts=%d", row.Reason, row.Waiting, row.Restarts)
	}
	if row.IPs[1].String() != "fd00::1" {
		t.Errorf("second address %v", row.IPs[1])
	}
	if got, ok := row.Shape.PortNamed("admin", corev1.ProtocolTCP); !ok || got != 15000 {
		t.Errorf("the sidecar's port: %d %v", got, ok)
	}
	if _, ok := row.Shape.PortNamed("setup", corev1.ProtocolTCP); ok {
		t.Error("an init container that ends has no port")
	}
	if _, ok := row.Shape.PortNamed("http", corev1.ProtocolUDP); ok {
		t.Error("a named port of another protocol matched")
	}
	if p := row.Shape.Containers[0].Probes[0]; p.Port != 80 || p.Path != "/ok" {
		t.Errorf("probe %+v", p)
	}
	if row.Shape.HostnameOf(row) != "web-0" {
		t.Errorf("hostname %q", row.Shape.HostnameOf(row))
	}
	if row.Shape.DNSPolicy != corev1.DNSClusterFirst {
		t.Errorf("dnsPolicy %q", row.Shape.DNSPolicy)
	}
	other := testPod("a", "web-1", "2", "10.0.0.2")
	other.Spec = *pod.Spec.DeepCopy()
	other.Spec.Hostname = "web-1"
	if PodOf(other).Shape.key != row.Shape.key {
		t.Error("pods of one StatefulSet do not share their shape")
	}
}

func TestEndpointDefaultsAreThoseOfTheAPI(t *testing.T) {
	no := false
	in := testSlice("a", "s", "web", "10.0.0.1", "10.0.0.2")
	in.Endpoints[1].Conditions = discoveryv1.EndpointConditions{Ready: &no, Serving: &no}
	in.Endpoints = append(in.Endpoints, discoveryv1.Endpoint{}, discoveryv1.Endpoint{Addresses: []string{"nonsense"}})
	got := SliceOf(in)
	if len(got.Endpoints) != 2 {
		t.Fatalf("%d endpoints, want 2: one without and one with a broken address are left out", len(got.Endpoints))
	}
	if e := got.Endpoints[0]; !e.Ready || !e.Serving || e.Terminating {
		t.Errorf("conditions that are not set: %+v", e)
	}
	if e := got.Endpoints[1]; e.Ready || e.Serving {
		t.Errorf("conditions that are false: %+v", e)
	}
}

func TestLabelsMatchSelectors(t *testing.T) {
	l := NewLabels(map[string]string{"b": "2", "a": "1"})
	if l.String() != "a=1,b=2" {
		t.Errorf("%q", l)
	}
	for selector, want := range map[string]bool{"a=1": true, "a!=1": false, "a in (1,2),b": true, "!c": true, "c": false, "": true} {
		s, err := labels.Parse(selector)
		if err != nil {
			t.Fatal(err)
		}
		if s.Matches(l) != want {
			t.Errorf("%q matches %v: %v, want %v", selector, l, !want, want)
		}
	}
	var none *Labels
	if none.Has("a") || none.Get("a") != "" || none.String() != "" || len(none.All()) != 0 {
		t.Error("the nil set is not empty")
	}
}

func TestUnreadKindsAreNamed(t *testing.T) {
	s := testStore()
	s.Update(func(w *Writer) {
		w.SetStatus(KindStatus{Kind: KindService, Resource: "services", State: StateSynced})
		w.SetStatus(KindStatus{Kind: KindNetworkPolicy, Resource: "networkpolicies", State: StateForbidden, Verb: "watch"})
		w.SetStatus(KindStatus{Kind: KindPod, Resource: "pods", Namespace: "a", State: StateSynced})
	})
	v := s.View()
	for _, c := range []struct {
		kind      Kind
		namespace string
		want      bool
	}{
		{KindService, "a", true}, {KindService, "", true},
		{KindNetworkPolicy, "a", false},
		{KindPod, "a", true}, {KindPod, "b", false}, {KindPod, "", false},
		{KindIngress, "a", false},
	} {
		if got := v.Readable(c.kind, c.namespace); got != c.want {
			t.Errorf("Readable(%s, %q) = %v", c.kind, c.namespace, got)
		}
	}
	if got := v.NotRead(); len(got) != 1 || got[0] != (NotRead{"networkpolicies", "watch", ""}) {
		t.Errorf("NotRead() = %v", got)
	}
}

func TestAddressIndexes(t *testing.T) {
	s := testStore()
	s.Update(func(w *Writer) {
		n := &corev1.Node{ObjectMeta: v1.ObjectMeta{Name: "n"}}
		n.Status.Addresses = []corev1.NodeAddress{{Type: corev1.NodeExternalIP, Address: "198.51.100.1"}, {Type: corev1.NodeInternalIP, Address: "192.168.0.1"}, {Type: corev1.NodeHostName, Address: "n"}}
		w.Put(n)
		svc := &corev1.Service{ObjectMeta: v1.ObjectMeta{Namespace: "a", Name: "web"}}
		svc.Spec.ClusterIP, svc.Spec.ClusterIPs = "10.96.0.1", []string{"10.96.0.1", "fd00::1"}
		svc.Status.LoadBalancer.Ingress = []corev1.LoadBalancerIngress{{Hostname: "lb.example"}, {IP: "198.51.100.80"}}
		w.Put(svc)
		headless := &corev1.Service{ObjectMeta: v1.ObjectMeta{Namespace: "a", Name: "db"}}
		headless.Spec.ClusterIP = corev1.ClusterIPNone
		w.Put(headless)
	})
	v := s.View()
	addr := func(text string) (a [1]string) {
		ip, _ := ParseAddr(text)
		if n := v.NodeWithAddr(ip); n != nil {
			a[0] += "node " + n.Name
		}
		for _, s := range v.ServicesWithAddr(ip) {
			a[0] += "service " + s.Name
		}
		return a
	}
	for text, want := range map[string]string{
		"192.168.0.1": "node n", "198.51.100.1": "node n", "10.96.0.1": "service web", "fd00::1": "service web",
		"::ffff:10.96.0.1": "service web", "198.51.100.80": "service web", "10.96.0.2": "",
	} {
		if got := addr(text)[0]; got != want {
			t.Errorf("%s belongs to %q, want %q", text, got, want)
		}
	}
	if got := NodeAddrs(v.Node("n")); got[0].String() != "192.168.0.1" || len(got) != 2 {
		t.Errorf("node addresses %v: the internal one comes first", got)
	}
}
