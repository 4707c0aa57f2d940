package ingress

import (
	"cmp"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// Controllers lists the ingress controllers, by namespace and name of their workload; those that are only declared by
// an IngressClass, with no pod, come last. The list is found out once for a View: nobody changes it.
func Controllers(view *cluster.View) []*Controller {
	return view.Remember(controllersKey{}, func() any { return findControllers(view) }).([]*Controller)
}

type controllersKey struct{}

func findControllers(view *cluster.View) []*Controller {
	var out []*Controller
	for _, w := range workloads(view) {
		if x, ok := w.product(); ok {
			out = append(out, newController(view, x, &w))
		}
	}
	type group struct {
		namespace string
		Product
	}
	orphans := map[group]*Controller{}
	type kindOfPod struct {
		product
		ok bool
	}
	type template struct {
		*cluster.Shape
		*cluster.Labels
	}
	seen := map[template]kindOfPod{} // pods of one template share shape and labels: each pair is looked at once
	for pod := range view.Pods() {
		k, known := seen[template{pod.Shape, pod.Labels}]
		if !known {
			k.product, k.ok = productOfPod(pod)
			seen[template{pod.Shape, pod.Labels}] = k
		}
		if !k.ok || !live(pod) || slices.ContainsFunc(out, func(c *Controller) bool { return c.has(pod) }) {
			continue
		}
		g := group{pod.Namespace, k.Product}
		if orphans[g] == nil {
			orphans[g] = newController(view, k.product, nil)
		}
		orphans[g].Pods = append(orphans[g].Pods, pod)
	}
	for _, c := range orphans {
		slices.SortFunc(c.Pods, comparePods)
		c.describe(view)
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b *Controller) int { return compareRefs(a.Ref(), b.Ref()) })
	out = append(out, declared(view, out)...)
	for _, p := range []Product{GCE, ALB, AGIC, Cilium} {
		if c := ofCloud(view, p, out); c != nil {
			out = append(out, c)
		}
	}
	return out
}

// ControllerOf is the controller that a pod belongs to, nil if it is none.
func ControllerOf(view *cluster.View, pod *cluster.Pod) *Controller {
	for _, c := range Controllers(view) {
		if c.has(pod) {
			if c.Product.Unseen() || c.Product == Istio && !c.servesAny(view) {
				return nil // what runs there takes no requests for ingresses
			}
			return c
		}
	}
	return nil
}

// servesAny reports whether a controller serves any ingress. An ingress gateway of Istio opens a port only for what it has
// been told of, which without ingresses are objects that are not read.
func (c *Controller) servesAny(view *cluster.View) bool {
	return slices.ContainsFunc(view.Ingresses(), func(ing *networkingv1.Ingress) bool {
		ok, _ := c.serves(view, ing)
		return ok
	})
}

// declared are the controllers that an IngressClass names and no pod was seen of.
func declared(view *cluster.View, running []*Controller) []*Controller {
	var out []*Controller
	for _, o := range view.List(cluster.KindIngressClass) {
		class := o.(*networkingv1.IngressClass)
		name := class.Spec.Controller
		if slices.ContainsFunc(running, func(c *Controller) bool { return c.Name == name }) {
			continue
		}
		if i := slices.IndexFunc(out, func(c *Controller) bool { return c.Name == name }); i >= 0 {
			out[i].Classes = append(out[i].Classes, class.Name)
			continue
		}
		x := productOfController(name)
		c := &Controller{Product: x.Product, Name: name, Classes: []string{class.Name}, Flags: map[string]string{}}
		c.Evidence = append(c.Evidence, evidenceOf(cluster.KindIngressClass, class, "spec.controller"))
		out = append(out, c)
	}
	for _, c := range out {
		if c.Product == Other {
			c.byStatus(view)
		}
		c.selection(view)
	}
	return out
}

// workload is a Deployment or DaemonSet.
type workload struct {
	ref    cluster.Ref
	object cluster.Object
	pod    *corev1.PodTemplateSpec
}

func workloads(view *cluster.View) []workload {
	var out []workload
	for _, o := range view.List(cluster.KindDeployment) {
		d := o.(*appsv1.Deployment)
		out = append(out, workload{cluster.Ref{Kind: cluster.KindDeployment, Namespace: d.Namespace, Name: d.Name}, d, &d.Spec.Template})
	}
	for _, o := range view.List(cluster.KindDaemonSet) {
		d := o.(*appsv1.DaemonSet)
		out = append(out, workload{cluster.Ref{Kind: cluster.KindDaemonSet, Namespace: d.Namespace, Name: d.Name}, d, &d.Spec.Template})
	}
	return out
}

func (w *workload) product() (product, bool) {
	var images []string
	for _, c := range w.pod.Spec.Containers {
		images = append(images, c.Image)
	}
	if contourEnvoy(images) {
		return productNamed(Contour), true
	}
	for _, x := range products {
		for _, c := range w.pod.Spec.Containers {
			if x.runs(c.Image) {
				return x, true
			}
		}
		if x.labelled(func(k string) string { return w.pod.Labels[k] }) && len(w.pod.Spec.Containers) > 0 && len(w.pod.Spec.Containers[0].Ports) > 0 {
			return x, true
		}
	}
	return product{}, false
}

func newController(view *cluster.View, x product, w *workload) *Controller {
	c := &Controller{Product: x.Product, Flags: map[string]string{}}
	if w == nil {
		return c
	}
	c.Workload = &w.ref
	c.Evidence = append(c.Evidence, evidenceOf(w.ref.Kind, w.object, "spec.template.spec.containers"))
	for _, k := range w.pod.Spec.Containers {
		c.readFlags(append(slices.Clone(k.Command), k.Args...))
	}
	for pod := range view.PodsIn(w.ref.Namespace) {
		if live(pod) && w.owns(pod) {
			c.Pods = append(c.Pods, pod)
		}
	}
	c.describe(view)
	return c
}

// owns follows a pod's owner: a DaemonSet by name, a Deployment through the ReplicaSet whose name it begins; a pod
// without owner belongs if it carries the template's labels.
func (w *workload) owns(pod *cluster.Pod) bool {
	if o := pod.Owner; o != nil {
		switch {
		case o.Kind == string(w.ref.Kind):
			return o.Name == w.ref.Name
		case o.Kind != string(cluster.KindReplicaSet) || w.ref.Kind != cluster.KindDeployment:
			return false
		default:
			i := strings.LastIndexByte(o.Name, '-')
			return i > 0 && o.Name[:i] == w.ref.Name
		}
	}
	return len(w.pod.Labels) > 0 && carries(pod.Labels, w.pod.Labels)
}

func carries(have *cluster.Labels, want map[string]string) bool {
	for k, v := range want {
		if got, ok := have.Lookup(k); !ok || got != v {
			return false
		}
	}
	return true
}

// readFlags keeps --name=value and --name; Traefik's names are case-insensitive, so all are kept in lower case.
func (c *Controller) readFlags(args []string) {
	for i, a := range args {
		if !strings.HasPrefix(a, "-") {
			continue
		}
		name, value, has := strings.Cut(strings.TrimLeft(a, "-"), "=")
		if !has {
			value = "true"
			if i+1 < len(args) && !strings.HasPrefix(args[i+1], "-") {
				value = args[i+1]
			}
		}
		c.Flags[strings.ToLower(name)] = value
	}
}

// describe fills in what follows from pods, flags and classes.
func (c *Controller) describe(view *cluster.View) {
	x := productNamed(c.Product)
	if len(x.controllers) > 0 {
		c.Name = x.controllers[0]
	}
	if c.Product == Nginx {
		c.Name = cmp.Or(c.Flags["controller-class"], c.Name)
		c.Namespace = c.Flags["watch-namespace"]
	}
	if c.Product == Contour {
		c.contourFlags(view)
	}
	c.Classes = nil
	c.classes(view)
	c.selection(view)
	if len(c.Pods) > 0 {
		for _, o := range view.ListIn(cluster.KindService, c.Pods[0].Namespace) {
			svc := o.(*corev1.Service)
			if len(svc.Spec.Selector) > 0 && carries(c.Pods[0].Labels, svc.Spec.Selector) {
				c.Services = append(c.Services, cluster.Ref{Kind: cluster.KindService, Namespace: svc.Namespace, Name: svc.Name})
			}
		}
	}
	c.ports(view, x)
}

// contourFlags are those of the program that reads the ingresses: it runs beside the Envoys, in a workload of its own.
func (c *Controller) contourFlags(view *cluster.View) {
	serve := product{images: []string{"projectcontour/contour", "bitnami/contour"}}
	for _, w := range workloads(view) {
		if len(c.Pods) == 0 || w.ref.Namespace != c.Pods[0].Namespace || c.Workload != nil && w.ref == *c.Workload {
			continue
		}
		for _, k := range w.pod.Spec.Containers {
			if serve.runs(k.Image) {
				c.readFlags(append(slices.Clone(k.Command), k.Args...))
			}
		}
	}
}

func (c *Controller) classes(view *cluster.View) {
	want := ""
	if c.Product == Traefik {
		want = c.flag("providers.kubernetesingress.ingressclass")
	}
	var first *networkingv1.IngressClass
	for _, o := range view.List(cluster.KindIngressClass) {
		class := o.(*networkingv1.IngressClass)
		x := productOfController(class.Spec.Controller)
		if class.Spec.Controller != c.Name && (c.Product == Nginx || x.Product == Other || x.Product != c.Product) || want != "" && class.Name != want || !c.claims(class.Spec.Controller) {
			continue
		}
		c.Name = class.Spec.Controller
		c.Evidence = append(c.Evidence, evidenceOf(cluster.KindIngressClass, class, "spec.controller"))
		if c.Product == Traefik {
			// A second class of the same controller is not served (SEMANTICS 4.2, as measured): the oldest counts.
			if first == nil || class.CreationTimestamp.Before(&first.CreationTimestamp) {
				first = class
				c.Classes = []string{class.Name}
			}
			continue
		}
		c.Classes = append(c.Classes, class.Name)
	}
}

func (c *Controller) flag(names ...string) string {
	for _, n := range names {
		if v := c.Flags[n]; v != "" {
			return v
		}
	}
	return ""
}

func (c *Controller) has(pod *cluster.Pod) bool {
	return slices.ContainsFunc(c.Pods, func(p *cluster.Pod) bool { return p.Namespace == pod.Namespace && p.Name == pod.Name })
}

// live is a pod that may answer: running, with an address.
func live(pod *cluster.Pod) bool {
	return pod.Phase == cluster.PhaseRunning && pod.IP().IsValid()
}

func comparePods(a, b *cluster.Pod) int {
	return cluster.Key{Namespace: a.Namespace, Name: a.Name}.Compare(cluster.Key{Namespace: b.Namespace, Name: b.Name})
}

func compareRefs(a, b cluster.Ref) int {
	return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Kind, b.Kind))
}

func evidenceOf(kind cluster.Kind, o cluster.Object, fields ...string) cluster.Evidence {
	return cluster.Evidence{Kind: kind, Namespace: o.GetNamespace(), Name: o.GetName(), ResourceVersion: o.GetResourceVersion(), Fields: fields}
}
