// Package addons sets up what an ordinary cluster has beside its control plane: cluster DNS and the configuration of kube-proxy.
package addons

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"io"
	"net/netip"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"github.com/kubestrata/kubestrata/testbed/await"
	"github.com/kubestrata/kubestrata/testbed/objects"
)

//go:embed addons.yaml
var manifest []byte

// Apply sets them up and waits until cluster DNS is ready. The controllers and at least one node must be there.
func Apply(ctx context.Context, config *rest.Config, podNetwork netip.Prefix, progress io.Writer) error {
	documents, err := objects.Parse("addons.yaml", bytes.ReplaceAll(manifest, []byte("{{POD_CIDR}}"), []byte(podNetwork.String())))
	if err != nil {
		return err
	}
	applier, err := objects.NewApplier(config, progress)
	if err != nil {
		return err
	}
	if err := applier.Apply(ctx, documents); err != nil {
		return fmt.Errorf("set up the add-ons: %w", err)
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return fmt.Errorf("create a client to set up the add-ons: %w", err)
	}
	err = await.Count(ctx, client.AppsV1().RESTClient(), "deployments", "kube-system", 1, func(d *appsv1.Deployment) bool {
		return d.Name == "coredns" && d.Spec.Replicas != nil && d.Status.AvailableReplicas == *d.Spec.Replicas
	})
	if err != nil {
		return fmt.Errorf("wait for cluster DNS: %w", err)
	}
	return nil
}
