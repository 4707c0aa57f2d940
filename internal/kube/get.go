package kube

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// Get fetches one whole object for the inspector, without managed fields and with environment values redacted. Only what
// the table Accesses holds can be asked for. Errors wrap those of the API (apierrors.IsNotFound, IsForbidden).
func (s *source) Get(ctx context.Context, ref cluster.Ref) (runtime.Object, error) {
	access, ok := AccessTo(ref.Kind)
	res, known := cluster.ResourceOf(ref.Kind)
	switch {
	case !ok || !known:
		return nil, fmt.Errorf("objects of kind %q are not read", ref.Kind)
	case ref.Name == "":
		return nil, fmt.Errorf("a %s without a name cannot be read", ref.Kind)
	case res.Namespaced && ref.Namespace == "":
		return nil, fmt.Errorf("%s %q: the namespace is missing", ref.Kind, ref.Name)
	case !access.allows(ref.Namespace, ref.Name):
		return nil, fmt.Errorf("%s %s/%s is not among those that are read", ref.Kind, ref.Namespace, ref.Name)
	}
	namespace := ref.Namespace
	if !res.Namespaced {
		namespace = ""
	}
	object, err := s.client.get(ctx, res, namespace, ref.Name)
	if _, isStatus := err.(apierrors.APIStatus); isStatus {
		return nil, err // the server's words say it all
	}
	if err != nil {
		return nil, fmt.Errorf("%s", s.client.explain(err))
	}
	object.GetObjectKind().SetGroupVersionKind(res.Group.WithKind(string(res.Kind)))
	cluster.Redact(object)
	return object, nil
}
