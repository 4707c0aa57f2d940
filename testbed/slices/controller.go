package slices

import (
	"fmt"
	"time"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/fake"
	corelisters "k8s.io/client-go/listers/core/v1"
	clienttesting "k8s.io/client-go/testing"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/record"
	"k8s.io/endpointslice"
	"k8s.io/endpointslice/topologycache"
	endpointsliceutil "k8s.io/endpointslice/util"
)

// controllerName is that of kube-controller-manager's own (pkg/controller/endpointslice).
const controllerName = "endpointslice-controller.k8s.io"

// reconciled lets Kubernetes' reconciler write the slices of the world's service. What of the controller's syncService
// comes before the reconciler stands here: services that it passes over, and which pods the selector takes.
func reconciled(w *world) ([]*discoveryv1.EndpointSlice, error) {
	if w.service.Spec.Type == corev1.ServiceTypeExternalName || w.service.Spec.Selector == nil {
		return nil, nil
	}
	nodes := cache.NewIndexer(cache.MetaNamespaceKeyFunc, cache.Indexers{})
	for _, n := range w.nodes {
		if err := nodes.Add(n); err != nil {
			return nil, err
		}
	}
	var written []*discoveryv1.EndpointSlice
	client := &fake.Clientset{}
	client.AddReactor("create", "endpointslices", func(a clienttesting.Action) (bool, runtime.Object, error) {
		slice := a.(clienttesting.CreateAction).GetObject().(*discoveryv1.EndpointSlice).DeepCopy()
		slice.Name = fmt.Sprintf("%s%d", slice.GenerateName, len(written))
		written = append(written, slice)
		return true, slice, nil
	})
	var pods []*corev1.Pod
	selector := labels.Set(w.service.Spec.Selector).AsSelectorPreValidated()
	for _, p := range w.pods {
		if p.Namespace == w.service.Namespace && selector.Matches(labels.Set(p.Labels)) {
			pods = append(pods, p.DeepCopy())
		}
	}
	hints := topologycache.NewTopologyCache()
	hints.SetNodes(logr.Discard(), w.nodes)
	r := endpointslice.NewReconciler(client, corelisters.NewNodeLister(nodes), 100, endpointsliceutil.NewEndpointSliceTracker(),
		hints, record.NewFakeRecorder(1000), controllerName, endpointslice.WithPreferSameTrafficDistributionEnabled(true))
	// Its errors ask for another try because of pods whose node is gone; the slices have been written without those.
	_ = r.Reconcile(logr.Discard(), w.service.DeepCopy(), pods, nil, time.Time{})
	return written, nil
}
