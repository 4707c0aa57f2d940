package objects

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"

	"github.com/kubestrata/kubestrata/testbed/await"
	"github.com/kubestrata/kubestrata/testbed/nodes"
)

var definitionResource = schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}

// fieldManager is who the API server says has applied the objects.
const fieldManager = "kubestrata-testbed"

// An Applier applies objects to one cluster.
type Applier struct {
	client  kubernetes.Interface
	dynamic dynamic.Interface
	mapper  *restmapper.DeferredDiscoveryRESTMapper
	// Progress receives what is left out, and why.
	Progress io.Writer
}

// NewApplier makes an applier for a cluster.
func NewApplier(config *rest.Config, progress io.Writer) (*Applier, error) {
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("create a client to apply objects: %w", err)
	}
	dynamicClient, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("create a client to apply objects: %w", err)
	}
	return &Applier{
		client:   client,
		dynamic:  dynamicClient,
		mapper:   restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(client.Discovery())),
		Progress: progress,
	}, nil
}

// Apply writes the objects, what others need first, and waits in between for nodes to be ready.
// The controllers must be running.
func (a *Applier) Apply(ctx context.Context, documents []Document) error {
	write, skipped := choose(documents)
	for _, s := range skipped {
		fmt.Fprintf(a.Progress, "testbed: left out %s %s: %s\n", s.GetKind(), nameOf(s.Unstructured), s.Why)
	}
	waited := false
	nodeCount := 0
	for _, d := range write {
		if d.GetKind() == "Node" {
			nodeCount++
		}
	}
	for _, d := range write {
		// A pod that came before its node is ready would get an address from nowhere.
		if !waited && rank(d) > rank(Document{nodeKind, ""}) {
			waited = true
			if err := a.waitForNodes(ctx, nodeCount); err != nil {
				return err
			}
		}
		if err := a.apply(ctx, d); err != nil {
			return fmt.Errorf("apply %s %s (%s): %w", d.GetKind(), nameOf(d.Unstructured), d.From, err)
		}
	}
	if !waited {
		return a.waitForNodes(ctx, nodeCount)
	}
	return nil
}

var nodeKind = &unstructured.Unstructured{Object: map[string]any{"kind": "Node"}}

func (a *Applier) waitForNodes(ctx context.Context, n int) error {
	ctx, cancel := context.WithTimeoutCause(ctx, time.Minute, errors.New("some node did not become ready within a minute"))
	defer cancel()
	if err := nodes.WaitReady(ctx, a.client, n); err != nil {
		return fmt.Errorf("%w: %w", err, context.Cause(ctx))
	}
	return nil
}

func (a *Applier) apply(ctx context.Context, d Document) error {
	resource, err := a.resource(d.Unstructured)
	if err != nil {
		return err
	}
	if d.GetKind() == "Pod" {
		if err := a.ensureAccount(ctx, d); err != nil {
			return err
		}
	}
	// What is found in the object's status now is applied to its subresource, so it is not sent twice.
	object := d.DeepCopy()
	unstructured.RemoveNestedField(object.Object, "status")
	options := metav1.ApplyOptions{FieldManager: fieldManager, Force: true}
	if _, err := resource.Apply(ctx, d.GetName(), object, options); err != nil {
		return err
	}
	if d.GetKind() == "CustomResourceDefinition" {
		return a.established(ctx, d.GetName())
	}
	status, ok := statusToWrite(d.Unstructured)
	if !ok {
		return nil
	}
	only := &unstructured.Unstructured{Object: map[string]any{"status": status}}
	only.SetAPIVersion(d.GetAPIVersion())
	only.SetKind(d.GetKind())
	only.SetName(d.GetName())
	only.SetNamespace(object.GetNamespace())
	_, err = resource.ApplyStatus(ctx, d.GetName(), only, options)
	if err != nil {
		return fmt.Errorf("write its status: %w", err)
	}
	return nil
}

func (a *Applier) resource(object *unstructured.Unstructured) (dynamic.ResourceInterface, error) {
	gvk := object.GroupVersionKind()
	mapping, err := a.mapper.RESTMapping(gvk.GroupKind(), gvk.Version)
	if meta.IsNoMatchError(err) {
		return nil, fmt.Errorf("the cluster does not know this kind; put its CustomResourceDefinition beside it: %w", err)
	}
	if err != nil {
		return nil, err
	}
	resources := a.dynamic.Resource(mapping.Resource)
	if mapping.Scope.Name() == meta.RESTScopeNameRoot {
		return resources, nil
	}
	if object.GetNamespace() == "" {
		object.SetNamespace(metav1.NamespaceDefault)
	}
	return resources.Namespace(object.GetNamespace()), nil
}

// ensureAccount makes the ServiceAccount of a namespace that is as new as the pod;
// a pod is not admitted before it exists, and a controller makes it only a moment later.
func (a *Applier) ensureAccount(ctx context.Context, d Document) error {
	if name, _, _ := unstructured.NestedString(d.Object, "spec", "serviceAccountName"); name != "" && name != "default" {
		return nil
	}
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: namespaceOf(d), Name: "default"}}
	_, err := a.client.CoreV1().ServiceAccounts(account.Namespace).Create(ctx, account, metav1.CreateOptions{})
	if err != nil && !apierrors.IsAlreadyExists(err) {
		return fmt.Errorf("create the ServiceAccount of its namespace: %w", err)
	}
	return nil
}

// established waits until a new kind is served.
func (a *Applier) established(ctx context.Context, name string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, 30*time.Second, errors.New("it was not served within 30 s"))
	defer cancel()
	definitions := a.dynamic.Resource(definitionResource)
	err := await.Dynamic(ctx, definitions, name, func(object *unstructured.Unstructured) bool {
		conditions, _, _ := unstructured.NestedSlice(object.Object, "status", "conditions")
		for _, c := range conditions {
			if condition, ok := c.(map[string]any); ok && condition["type"] == "Established" && condition["status"] == "True" {
				return true
			}
		}
		return false
	})
	if err != nil {
		return fmt.Errorf("%w: %w", err, context.Cause(ctx))
	}
	a.mapper.Reset()
	return nil
}

func nameOf(object *unstructured.Unstructured) string {
	if object.GetNamespace() == "" {
		return object.GetName()
	}
	return object.GetNamespace() + "/" + object.GetName()
}
