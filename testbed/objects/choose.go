package objects

import (
	"cmp"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubestrata/kubestrata/testbed/kwok"
)

// A Skipped object is left out, for a reason.
type Skipped struct {
	Document
	Why string
}

// choose splits documents into those to write, in the order to write them, and those that the cluster makes itself.
func choose(documents []Document) (write []Document, skipped []Skipped) {
	selecting := map[[2]string]bool{}
	for _, d := range documents {
		if d.GetKind() == "Service" {
			selector, _, _ := unstructured.NestedMap(d.Object, "spec", "selector")
			selecting[[2]string{namespaceOf(d), d.GetName()}] = len(selector) > 0
		}
	}
	for _, d := range documents {
		if why := madeByCluster(d, selecting); why != "" {
			skipped = append(skipped, Skipped{d, why})
			continue
		}
		write = append(write, Document{prepare(d.Unstructured), d.From})
	}
	// Stable: within a kind, the author's order.
	slices.SortStableFunc(write, func(a, b Document) int { return cmp.Compare(rank(a), rank(b)) })
	return write, skipped
}

func namespaceOf(d Document) string { return cmp.Or(d.GetNamespace(), "default") }

func madeByCluster(d Document, selecting map[[2]string]bool) string {
	switch d.GetKind() {
	case "EndpointSlice":
		service := d.GetLabels()["kubernetes.io/service-name"]
		if selecting[[2]string{namespaceOf(d), service}] {
			return fmt.Sprintf("the EndpointSlice controller writes the endpoints of Service %s", service)
		}
	case "Endpoints":
		if selecting[[2]string{namespaceOf(d), d.GetName()}] {
			return fmt.Sprintf("the endpoints controller writes the endpoints of Service %s", d.GetName())
		}
	case "ReplicaSet", "Pod", "ControllerRevision", "Job":
		if owners := d.GetOwnerReferences(); len(owners) > 0 {
			return fmt.Sprintf("%s %s makes it", owners[0].Kind, owners[0].Name)
		}
	case "ServiceCIDR":
		if d.GetName() == "kubernetes" {
			return "the API server makes it"
		}
	case "IPAddress", "Lease", "Event":
		return "the control plane writes these itself"
	case "Namespace":
		if slices.Contains([]string{"default", "kube-system", "kube-public", "kube-node-lease"}, d.GetName()) && len(d.GetLabels()) == 0 {
			return "the API server makes it"
		}
	case "Service":
		if namespaceOf(d) == "default" && d.GetName() == "kubernetes" {
			return "the API server makes it"
		}
	}
	return ""
}

// rank orders kinds so that what an object needs is there before it.
func rank(d Document) int {
	for i, kinds := range [][]string{
		{"CustomResourceDefinition"},
		{"Namespace"},
		{"Node"},
		{"ServiceAccount", "ClusterRole", "Role", "IngressClass", "GatewayClass", "ServiceCIDR", "PriorityClass", "StorageClass"},
		{"ClusterRoleBinding", "RoleBinding", "ConfigMap", "Secret"},
		{"Service"},
		{"NetworkPolicy"},
	} {
		if slices.Contains(kinds, d.GetKind()) {
			return i
		}
	}
	const workloads, rest = 8, 7
	switch d.GetKind() {
	case "Pod", "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob":
		return workloads
	}
	return rest
}

// prepare returns the object as it can be applied: without what only the API server writes.
func prepare(object *unstructured.Unstructured) *unstructured.Unstructured {
	object = object.DeepCopy()
	for _, field := range []string{"uid", "resourceVersion", "creationTimestamp", "generation", "managedFields", "selfLink", "deletionTimestamp"} {
		unstructured.RemoveNestedField(object.Object, "metadata", field)
	}
	if object.GetKind() == "Node" {
		annotations := object.GetAnnotations()
		if annotations == nil {
			annotations = map[string]string{}
		}
		annotations[kwok.NodeAnnotation] = kwok.NodeAnnotationValue
		object.SetAnnotations(annotations)
		// The not-ready taint is the controllers' to give and take.
		keepTaints(object)
	}
	return object
}

func keepTaints(node *unstructured.Unstructured) {
	taints, found, err := unstructured.NestedSlice(node.Object, "spec", "taints")
	if !found || err != nil {
		return
	}
	taints = slices.DeleteFunc(taints, func(t any) bool {
		taint, _ := t.(map[string]any)
		return taint["key"] == "node.kubernetes.io/not-ready" || taint["key"] == "node.kubernetes.io/unreachable"
	})
	if len(taints) == 0 {
		unstructured.RemoveNestedField(node.Object, "spec", "taints")
		return
	}
	// The error says that the value is no JSON, and it came from JSON.
	_ = unstructured.SetNestedSlice(node.Object, taints, "spec", "taints")
}

// statusToWrite is the part of an object's status that nothing in the testbed writes.
func statusToWrite(object *unstructured.Unstructured) (map[string]any, bool) {
	status, found, err := unstructured.NestedMap(object.Object, "status")
	if !found || err != nil || len(status) == 0 {
		return nil, false
	}
	keep := func(fields ...string) (map[string]any, bool) {
		kept := map[string]any{}
		for _, field := range fields {
			if v, ok := status[field]; ok {
				kept[field] = v
			}
		}
		return kept, len(kept) > 0
	}
	switch object.GetKind() {
	case "Node":
		// KWOK writes the conditions.
		return keep("addresses", "capacity", "allocatable", "nodeInfo")
	case "Service", "Ingress":
		return keep("loadBalancer")
	// Pods are left to KWOK, also their addresses: written beside it, they would race with its own.
	case "Gateway", "GatewayClass", "HTTPRoute", "GRPCRoute", "TLSRoute":
		return status, true
	}
	return nil, false
}

// Count says how many objects of a kind are among documents.
func Count(documents []Document, kind string) int {
	n := 0
	for _, d := range documents {
		if d.GetKind() == kind {
			n++
		}
	}
	return n
}
