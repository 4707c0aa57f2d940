// This file lets functions without a body be declared in Go; they are linked by name (kubeproxy.go).
