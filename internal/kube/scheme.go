package kube

import (
	appsv1 "k8s.io/api/apps/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
	policyv1alpha1 "sigs.k8s.io/network-policy-api/apis/v1alpha1"
	policyv1alpha2 "sigs.k8s.io/network-policy-api/apis/v1alpha2"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// scheme holds the API groups that are read and no others; the clientset's scheme with all of them is what makes it slow
// to compile. Of custom resource definitions only the metadata is read, which needs no type.
var (
	scheme     = runtime.NewScheme()
	codecs     = serializer.NewCodecFactory(scheme)
	parameters = runtime.NewParameterCodec(scheme)
)

// optionsVersion is the group version under which ListOptions are encoded: they are the same in every group.
var optionsVersion = schema.GroupVersion{Version: "v1"}

func init() {
	v1.AddToGroupVersion(scheme, optionsVersion)
	utilruntime.Must(v1.AddMetaToScheme(scheme))
	for _, add := range []func(*runtime.Scheme) error{
		corev1.AddToScheme, appsv1.AddToScheme, batchv1.AddToScheme, discoveryv1.AddToScheme, networkingv1.AddToScheme,
		authorizationv1.AddToScheme, gatewayv1.Install, policyv1alpha1.Install, policyv1alpha2.Install,
	} {
		utilruntime.Must(add(scheme))
	}
	// Older versions of custom kinds hold the same fields: they are read into the types of the newest.
	for _, r := range cluster.Resources {
		for _, gv := range versionsOf(r)[1:] {
			v1.AddToGroupVersion(scheme, gv)
			for _, suffix := range []string{"", "List"} {
				o, err := scheme.New(r.Group.WithKind(string(r.Kind) + suffix))
				utilruntime.Must(err)
				scheme.AddKnownTypeWithName(gv.WithKind(string(r.Kind)+suffix), o)
			}
		}
	}
}
