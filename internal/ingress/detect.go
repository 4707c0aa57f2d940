package ingress

import (
	"cmp"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

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
	for _, p := range []Product{GCE, ALB, AGIC} {
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

// ofCloud is a controller of a cloud that no class names and of which no pod is seen, as those that run with the control plane
// are not: an annotation of an ingress names it, which has an address for that reason, or the nodes are GKE's.
func ofCloud(view *cluster.View, p Product, known []*Controller) *Controller {
	if slices.ContainsFunc(known, func(c *Controller) bool { return c.Product == p }) {
		return nil
	}
	c := &Controller{Product: p, Name: productNamed(p).controllers[0], Flags: map[string]string{}}
	c.selection(view)
	for _, ing := range view.Ingresses() {
		if slices.Contains(c.LegacyClasses, ing.Annotations[legacyClass]) && (p == GCE || len(ing.Status.LoadBalancer.Ingress) > 0) {
			c.Evidence = append(c.Evidence, evidenceOf(cluster.KindIngress, ing, "metadata.annotations", "status.loadBalancer"))
			return c
		}
	}
	for _, n := range view.Nodes() {
		if p == GCE && strings.Contains(n.Status.NodeInfo.KubeletVersion, "-gke.") {
			c.Evidence = append(c.Evidence, evidenceOf(cluster.KindNode, n, "status.nodeInfo.kubeletVersion"))
			return c
		}
	}
	return nil
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

// ports reads where the pods listen for requests from the names and numbers of their container ports.
func (c *Controller) ports(view *cluster.View, x product) {
	add := func(p Port) {
		if !slices.ContainsFunc(c.Ports, func(q Port) bool { return q.Number == p.Number }) {
			c.Ports = append(c.Ports, p)
		}
	}
	for _, p := range c.flagPorts() {
		if len(c.Pods) > 0 && c.Pods[0].Shape.HostNetwork {
			p.HostPort = p.Number
		}
		add(p)
	}
	if len(c.Ports) > 0 {
		return
	}
	for _, pod := range c.Pods {
		for _, k := range pod.Shape.Containers {
			for _, p := range k.Ports {
				scheme := schemeOf(p.Name, p.Port)
				if p.Protocol != corev1.ProtocolTCP || scheme == "" {
					continue
				}
				hostPort := p.HostPort
				if pod.Shape.HostNetwork {
					hostPort = p.Port
				}
				add(Port{p.Port, p.Name, scheme, hostPort, true})
			}
		}
	}
	for _, p := range c.servicePorts(view) {
		if len(c.Ports) == 0 || c.Product == Istio { // whose Envoy opens the ports that its Service leads to
			add(p)
		}
	}
	if len(c.Ports) == 0 && x.http != 0 {
		hostNetwork := len(c.Pods) > 0 && c.Pods[0].Shape.HostNetwork
		for _, p := range []Port{{Number: x.http, Name: "http", Scheme: "http"}, {Number: x.https, Name: "https", Scheme: "https"}} {
			if hostNetwork {
				p.HostPort = p.Number
			}
			add(p)
		}
	}
}

// servicePorts are the ports of pods that the controller's services lead to, where a pod declares none.
func (c *Controller) servicePorts(view *cluster.View) (out []Port) {
	for _, ref := range c.Services {
		for _, p := range view.Service(ref.Namespace, ref.Name).Spec.Ports {
			scheme := cmp.Or(schemeOf(p.Name, 0), schemeOf("", p.Port))
			number := cmp.Or(p.TargetPort.IntVal, p.Port)
			if p.TargetPort.Type == intstr.String {
				number, _ = c.Pods[0].Shape.PortNamed(p.TargetPort.StrVal, corev1.ProtocolTCP)
			}
			if scheme == "" || number == 0 || cmp.Or(p.Protocol, corev1.ProtocolTCP) != corev1.ProtocolTCP {
				continue
			}
			port := Port{Number: number, Name: p.Name, Scheme: scheme, Detected: true}
			if c.Pods[0].Shape.HostNetwork {
				port.HostPort = number
			}
			out = append(out, port)
		}
	}
	return out
}

// schemeOf tells a port for requests from one for probes, metrics or administration; empty for those.
func schemeOf(name string, port int32) string {
	switch name {
	case "https", "websecure", "proxy-ssl", "proxy-tls", "ssl", "tls":
		return "https"
	case "http", "http2", "web", "proxy":
		return "http"
	case "":
		switch port {
		case 80, 8000, 8080:
			return "http"
		case 443, 8443:
			return "https"
		}
	}
	return ""
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
