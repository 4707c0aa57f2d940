//go:build linux

package dataplane

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"sigs.k8s.io/yaml"
)

// kept are the kinds that a trace of a world rests on.
var kept = []schema.GroupVersionResource{
	{Version: "v1", Resource: "namespaces"}, {Version: "v1", Resource: "nodes"}, {Version: "v1", Resource: "pods"},
	{Version: "v1", Resource: "services"}, {Version: "v1", Resource: "configmaps"},
	{Group: "discovery.k8s.io", Version: "v1", Resource: "endpointslices"},
	{Group: "networking.k8s.io", Version: "v1", Resource: "servicecidrs"},
	{Group: "networking.k8s.io", Version: "v1", Resource: "ingressclasses"},
	{Group: "networking.k8s.io", Version: "v1", Resource: "ingresses"},
	{Group: "apps", Version: "v1", Resource: "deployments"},
	gatewayResource("gatewayclasses"), gatewayResource("gateways"), gatewayResource("httproutes"),
}

// keep writes what the cluster holds into a directory, as `kubestrata trace -f DIRECTORY` reads it.
func (b *Bed) keep(ctx context.Context, dir string) error {
	client, err := dynamic.NewForConfig(b.config)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	var text bytes.Buffer
	for _, resource := range kept {
		list, err := client.Resource(resource).List(ctx, metav1.ListOptions{})
		if apierrors.IsNotFound(err) {
			continue // nobody has defined the kind
		}
		if err != nil {
			return fmt.Errorf("keep the %s: %w", resource.Resource, err)
		}
		for _, object := range list.Items {
			unstructured.RemoveNestedField(object.Object, "metadata", "managedFields")
			data, err := yaml.Marshal(object.Object)
			if err != nil {
				return err
			}
			fmt.Fprintf(&text, "---\n%s", data)
		}
	}
	for name, data := range map[string][]byte{"objects.yaml": text.Bytes(), "surroundings.yaml": []byte(surroundingsText)} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			return err
		}
	}
	return nil
}
