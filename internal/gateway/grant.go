package gateway

import (
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// reference is one object's mention of another in a different namespace.
type reference struct {
	fromGroup, fromKind, fromNamespace   string
	toGroup, toKind, toNamespace, toName string
}

// granted reports whether a ReferenceGrant in the target's namespace admits a reference: some from and some to of the
// same grant match; grants add up (ReferenceGrantSpec).
func granted(view *cluster.View, r reference) bool {
	for _, o := range view.ListIn(cluster.KindReferenceGrant, r.toNamespace) {
		grant := o.(*gatewayv1.ReferenceGrant)
		from, to := false, false
		for _, f := range grant.Spec.From {
			from = from || string(f.Group) == r.fromGroup && string(f.Kind) == r.fromKind && string(f.Namespace) == r.fromNamespace
		}
		for _, t := range grant.Spec.To {
			to = to || string(t.Group) == r.toGroup && string(t.Kind) == r.toKind && (t.Name == nil || *t.Name == "" || string(*t.Name) == r.toName)
		}
		if from && to {
			return true
		}
	}
	return false
}
