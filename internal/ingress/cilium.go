package ingress

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// ciliumShared is the name of the Service that all of Cilium's ingresses share which have none of their own
// (install/kubernetes/cilium values ingressController.service.name); one of their own is named after the ingress
// (operator/pkg/ingress, ciliumIngressPrefix).
const ciliumShared = "cilium-ingress"

// CiliumLabel marks the Services that Cilium makes for ingresses, with the value true (operator/pkg/ingress,
// ciliumIngressLabelKey).
const CiliumLabel = "cilium.io/ingress"

// OfCiliumService is Cilium's controller with the ingresses that a Service of its stands for, nil where it has none. Which
// have a Service of their own is a default of its configuration that the objects show: the Service is there.
func OfCiliumService(view *cluster.View, svc *corev1.Service) *Controller {
	var cilium *Controller
	for _, c := range Controllers(view) {
		if c.Product == Cilium {
			one := *c
			cilium = &one
			break
		}
	}
	if cilium == nil {
		return nil
	}
	cilium.Shared = []cluster.Ref{}
	for _, ing := range view.Ingresses() {
		own := view.Service(ing.Namespace, ciliumShared+"-"+ing.Name)
		mine := own == svc
		if svc.Name == ciliumShared {
			mine = own == nil && !strings.EqualFold(ing.Annotations["ingress.cilium.io/loadbalancer-mode"], "dedicated")
		}
		if ok, _ := cilium.serves(view, ing); ok && (mine || ownedBy(svc, ing)) {
			cilium.Shared = append(cilium.Shared, ingressRef(ing))
		}
	}
	return cilium
}

func ownedBy(svc *corev1.Service, ing *networkingv1.Ingress) bool {
	return svc.Namespace == ing.Namespace && slices.ContainsFunc(svc.OwnerReferences, func(o metav1.OwnerReference) bool {
		return o.Kind == string(cluster.KindIngress) && o.Name == ing.Name
	})
}
