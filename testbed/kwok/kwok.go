// Package kwok says how KWOK plays the kubelets of the testbed's nodes.
package kwok

import (
	_ "embed"
	"fmt"
	"os"
)

const (
	// NodeAnnotation marks the nodes that are played. Others stay as they are written.
	NodeAnnotation      = "kwok.x-k8s.io/node"
	NodeAnnotationValue = "fake"

	// ReadyAnnotation on a pod says whether its readiness probes succeed; they do if it is missing.
	// It may change while the pod runs.
	ReadyAnnotation = "testbed.kubestrata.io/ready"
	// TerminatingAnnotation on a pod says how long it takes to end after it is deleted, such as "5s".
	// Without it a pod is gone at once.
	TerminatingAnnotation = "testbed.kubestrata.io/terminating"
)

// config holds the stages of the lives of nodes and pods. KWOK's own do not wait for a node's pod range,
// give pods three of their five conditions, and know no pod that runs but is not ready.
//
//go:embed config.yaml
var config []byte

// WriteConfig writes KWOK's configuration to a file.
func WriteConfig(path string) error {
	if err := os.WriteFile(path, config, 0o644); err != nil {
		return fmt.Errorf("write KWOK's configuration: %w", err)
	}
	return nil
}
