// Package simulated holds what simulate makes of plain manifests against what a real control plane makes of them.
package simulated

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/files"
	"github.com/kubestrata/kubestrata/internal/simulate"
	"github.com/kubestrata/kubestrata/testbed/harness"
)

// The manifests cover what decides an endpoint: selectors over several workloads, numbered and named target ports, a
// name with two numbers, protocols, headless services with and without ports, hostnames, services without a selector or
// without a match, and endpoints that are wanted before they are ready.
const manifests = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web, tier: front}}
    spec:
      containers:
      - {name: c, image: example/web, ports: [{name: http, containerPort: 8080}, {name: metrics, containerPort: 9090}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web-next}
spec:
  replicas: 2
  selector: {matchLabels: {app: web-next}}
  template:
    metadata: {labels: {app: web-next, tier: front}}
    spec:
      containers:
      - {name: c, image: example/web, ports: [{name: http, containerPort: 8081}]}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  serviceName: db
  replicas: 2
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec:
      containers:
      - {name: c, image: example/db, ports: [{name: sql, containerPort: 5432}]}
---
apiVersion: v1
kind: Pod
metadata: {name: single, labels: {app: single, tier: front}}
spec:
  hostname: single
  subdomain: named
  containers:
  - {name: c, image: example/single, ports: [{name: http, containerPort: 80, protocol: UDP}]}
---
apiVersion: v1
kind: Service
metadata: {name: by-number}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: v1
kind: Service
metadata: {name: by-name}
spec: {selector: {tier: front}, ports: [{name: http, port: 80, targetPort: http}]}
---
apiVersion: v1
kind: Service
metadata: {name: two-ports}
spec: {selector: {tier: front}, ports: [{name: http, port: 80, targetPort: http}, {name: metrics, port: 90, targetPort: metrics}]}
---
apiVersion: v1
kind: Service
metadata: {name: udp}
spec: {selector: {tier: front}, ports: [{name: http, port: 80, protocol: UDP, targetPort: http}]}
---
apiVersion: v1
kind: Service
metadata: {name: same-port}
spec: {selector: {app: web}, ports: [{port: 8080}]}
---
apiVersion: v1
kind: Service
metadata: {name: db}
spec: {clusterIP: None, selector: {app: db}, ports: [{name: sql, port: 5432, targetPort: sql}]}
---
apiVersion: v1
kind: Service
metadata: {name: db-without-ports}
spec: {clusterIP: None, selector: {app: db}}
---
apiVersion: v1
kind: Service
metadata: {name: named}
spec: {clusterIP: None, selector: {app: single}, ports: [{name: http, port: 80, protocol: UDP}]}
---
apiVersion: v1
kind: Service
metadata: {name: early}
spec: {publishNotReadyAddresses: true, selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: v1
kind: Service
metadata: {name: nobody}
spec: {selector: {app: nobody}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: by-hand}
spec: {ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: elsewhere}
spec: {type: ExternalName, externalName: example.org}
`

// endpoint is what must be equal: not names and addresses, which are the control plane's to choose.
type endpoint struct {
	Labels, Hostname, Ports     string
	Ready, Serving, Terminating bool
}

func (e endpoint) String() string {
	return fmt.Sprintf("%s hostname=%q ports=%s ready=%v serving=%v terminating=%v", e.Labels, e.Hostname, e.Ports, e.Ready, e.Serving, e.Terminating)
}

func TestTheSameManifestsGetTheSameEndpoints(t *testing.T) {
	objects, _, problems := files.Decode("manifests.yaml", []byte(manifests))
	if len(problems) != 0 {
		t.Fatalf("the manifests: %v", problems)
	}
	want := real(t, objects)
	got := simulated(objects)
	if len(want) < 9 {
		t.Fatalf("the control plane has endpoints of %d services only: %v", len(want), slices.Sorted(maps.Keys(want)))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the real control plane (-) and the simulation (+) differ:\n%s", diff)
	}
}

func simulated(objects []cluster.Object) map[string][]string {
	result := simulate.Settle(objects, simulate.Options{Now: time.Unix(1_700_000_000, 0)}, simulate.Memory{})
	var pods []*corev1.Pod
	var all []*discoveryv1.EndpointSlice
	for _, o := range result.Objects {
		switch o := o.(type) {
		case *corev1.Pod:
			if o.Namespace == "default" {
				pods = append(pods, o)
			}
		case *discoveryv1.EndpointSlice:
			if o.Namespace == "default" && o.Labels[discoveryv1.LabelServiceName] != "kubernetes" {
				all = append(all, o)
			}
		}
	}
	return canonical(pods, all)
}

// real gives the objects to a real control plane, waits until all pods are ready and every selected pod has its
// endpoint, and reads the slices.
func real(t *testing.T, objects []cluster.Object) map[string][]string {
	t.Helper()
	c := harness.Start(t)
	ns := c.Namespace(t)
	for _, o := range objects {
		o := o.DeepCopyObject().(cluster.Object)
		o.SetNamespace(ns)
		var err error
		switch o := o.(type) {
		case *appsv1.Deployment:
			_, err = c.Client.AppsV1().Deployments(ns).Create(t.Context(), o, metav1.CreateOptions{})
		case *appsv1.StatefulSet:
			_, err = c.Client.AppsV1().StatefulSets(ns).Create(t.Context(), o, metav1.CreateOptions{})
		case *corev1.Pod:
			_, err = c.Client.CoreV1().Pods(ns).Create(t.Context(), o, metav1.CreateOptions{})
		case *corev1.Service:
			_, err = c.Client.CoreV1().Services(ns).Create(t.Context(), o, metav1.CreateOptions{})
		default:
			t.Fatalf("no way to create a %T", o)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	const workloadPods = 3 + 2 + 2 + 1
	var pods []*corev1.Pod
	var all []*discoveryv1.EndpointSlice
	harness.Eventually(t, "all pods are ready and in their services' slices", func() bool {
		podList, err := c.Client.CoreV1().Pods(ns).List(t.Context(), metav1.ListOptions{})
		if err != nil {
			t.Fatal(err)
		}
		slicesList, err := c.Client.DiscoveryV1().EndpointSlices(ns).List(t.Context(), metav1.ListOptions{})
		if err != nil {
			t.Fatal(err)
		}
		pods, all = nil, nil
		ready := 0
		for i := range podList.Items {
			pods = append(pods, &podList.Items[i])
			for _, condition := range podList.Items[i].Status.Conditions {
				if condition.Type == corev1.PodReady && condition.Status == corev1.ConditionTrue {
					ready++
				}
			}
		}
		endpoints, unready := map[string]int{}, 0
		for i := range slicesList.Items {
			s := &slicesList.Items[i]
			all = append(all, s)
			endpoints[s.Labels[discoveryv1.LabelServiceName]] += len(s.Endpoints)
			for _, e := range s.Endpoints {
				if e.Conditions.Serving != nil && !*e.Conditions.Serving {
					unready++
				}
			}
		}
		return ready == workloadPods && unready == 0 && everySelectedPodIsAnEndpoint(objects, pods, endpoints)
	})
	return canonical(pods, all)
}

// everySelectedPodIsAnEndpoint compares counts only: a pod that lacks a named port has an endpoint in a slice without
// ports, so it counts, too.
func everySelectedPodIsAnEndpoint(objects []cluster.Object, pods []*corev1.Pod, endpoints map[string]int) bool {
	for _, o := range objects {
		s, ok := o.(*corev1.Service)
		if !ok || len(s.Spec.Selector) == 0 {
			continue
		}
		selected := 0
		for _, p := range pods {
			if labels.SelectorFromSet(s.Spec.Selector).Matches(labels.Set(p.Labels)) {
				selected++
			}
		}
		if endpoints[s.Name] < selected {
			return false
		}
	}
	return true
}

func canonical(pods []*corev1.Pod, all []*discoveryv1.EndpointSlice) map[string][]string {
	labelsOf := map[string]string{}
	for _, p := range pods {
		l := maps.Clone(p.Labels)
		// What names the template's hash and the node's zone is the control plane's to choose.
		for _, own := range []string{
			appsv1.DefaultDeploymentUniqueLabelKey, appsv1.ControllerRevisionHashLabelKey,
			corev1.LabelTopologyZone, corev1.LabelTopologyRegion,
		} {
			delete(l, own)
		}
		labelsOf[p.Name] = cluster.NewLabels(l).String()
	}
	yes := func(b *bool) bool { return b != nil && *b }
	out := map[string][]string{}
	for _, s := range all {
		var ports []string
		for _, p := range s.Ports {
			port := "any"
			if p.Port != nil {
				port = fmt.Sprint(*p.Port)
			}
			ports = append(ports, fmt.Sprintf("%s/%s/%s", *p.Name, port, *p.Protocol))
		}
		slices.Sort(ports)
		service := s.Labels[discoveryv1.LabelServiceName]
		if _, headless := s.Labels[corev1.IsHeadlessService]; headless {
			service += " (headless)"
		}
		if len(s.Endpoints) == 0 && out[service] == nil {
			out[service] = []string{}
		}
		for _, e := range s.Endpoints {
			hostname := ""
			if e.Hostname != nil {
				hostname = *e.Hostname
			}
			out[service] = append(out[service], endpoint{
				Labels: labelsOf[e.TargetRef.Name], Hostname: hostname, Ports: strings.Join(ports, ","),
				Ready: yes(e.Conditions.Ready), Serving: yes(e.Conditions.Serving), Terminating: yes(e.Conditions.Terminating),
			}.String())
		}
	}
	for service := range out {
		slices.Sort(out[service])
	}
	return out
}
