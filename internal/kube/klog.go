package kube

import (
	"log/slog"

	"k8s.io/klog/v2"
)

// LogTo sends what client-go logs (through klog, a logger of the whole process) to the given logger. Call it once, before
// anything is opened.
func LogTo(logger *slog.Logger) {
	klog.SetSlogLogger(logger.With("from", "client-go"))
}
