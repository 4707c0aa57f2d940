package cluster

import (
	"context"

	"k8s.io/apimachinery/pkg/runtime"
)

// Source fills a Store and follows what changes: a live cluster, files, or a world.
type Source interface {
	// Run lists and watches into the Store until ctx ends. It reports its troubles through Writer.SetConnection and
	// Writer.SetStatus, never by ending early; the error it returns is that of a source that cannot even start.
	Run(ctx context.Context, store *Store) error
	// Get fetches one whole object for the inspector, with environment values redacted.
	Get(ctx context.Context, ref Ref) (runtime.Object, error)
	// Info names the source.
	Info() SourceInfo
}
