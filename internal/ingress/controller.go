package ingress

import (
	"github.com/kubestrata/kubestrata/internal/cluster"
)

// Product is a controller's make.
type Product string

// The known products. Nginx and Traefik are modelled as they behave, the others by the API's contract.
const (
	Nginx          Product = "ingress-nginx"
	Traefik        Product = "traefik"
	HAProxy        Product = "haproxy"         // of HAProxy Technologies (haproxytech/kubernetes-ingress)
	HAProxyIngress Product = "haproxy-ingress" // of the community (jcmoraisjr/haproxy-ingress)
	Contour        Product = "contour"
	Kong           Product = "kong"
	NginxInc       Product = "nginx-inc" // of F5 (nginx/kubernetes-ingress)
	Istio          Product = "istio"
	Cilium         Product = "cilium"
	ALB            Product = "aws-alb"
	GCE            Product = "gce"
	AGIC           Product = "azure-agic"
	Other          Product = "other"
)

// Outside reports whether the product sets up load balancers of a cloud, which take the requests themselves: no pod of the
// cluster does.
func (p Product) Outside() bool { return p == ALB || p == GCE || p == AGIC }

// Unseen reports whether no pod of its own need be seen where the product takes requests: those that are outside, and
// Cilium, whose agents' Envoy takes them on every node.
func (p Product) Unseen() bool { return p.Outside() || p == Cilium }

// Controller is one running (or only declared) ingress controller.
type Controller struct {
	Product           Product
	Name              string   // IngressClass.spec.controller, e.g. k8s.io/ingress-nginx
	Classes           []string // IngressClasses that name it, sorted
	Workload          *cluster.Ref
	Pods              []*cluster.Pod // running pods with an address, sorted
	Services          []cluster.Ref  // services that select its pods, sorted
	Ports             []Port         // where its pods listen for requests
	Flags             map[string]string
	WatchWithoutClass bool     // serves ingresses without any class
	ClassNames        []string // of a controller that compares names of classes: those that its flags name
	LegacyClasses     []string // values of the annotation kubernetes.io/ingress.class that it serves
	Namespace         string   // serves ingresses of this namespace only; empty: of all
	// Shared are the ingresses that this one load balancer carries, where the controller has several; nil: all that it serves.
	Shared   []cluster.Ref
	Evidence []cluster.Evidence
}

// Port is a port on which the controller's pods accept requests.
type Port struct {
	Number   int32
	Name     string
	Scheme   string // http or https
	HostPort int32  // on the pod's node, 0 if none; equal to Number under hostNetwork
	Detected bool   // read from the pod or its service; false: the product's default
}

// Ref names the controller in verdicts: its workload, else its first pod, else an ingress class.
func (c *Controller) Ref() cluster.Ref {
	switch {
	case c.Workload != nil:
		return *c.Workload
	case len(c.Pods) > 0:
		return c.Pods[0].Ref()
	case len(c.Classes) > 0:
		return cluster.Ref{Kind: cluster.KindIngressClass, Name: c.Classes[0]}
	}
	return cluster.Ref{Kind: cluster.KindIngressClass, Name: c.Name}
}

// Scheme says what the controller speaks on a pod port: http, https, or (ok false) that it does not listen for
// requests there.
func (c *Controller) Scheme(port int32) (scheme string, ok bool) {
	for _, p := range c.Ports {
		if p.Number == port {
			return p.Scheme, true
		}
	}
	return "", false
}

// As is the controller taken for another product, as --assume ingress-controller=NAME asks: same place, same classes,
// other behaviour. NAME is a Product or an IngressClass' spec.controller; ok is false if neither is known.
func (c *Controller) As(name string) (as *Controller, ok bool) {
	x := productNamed(Product(name))
	if x.Product == Other {
		x = productOfController(name)
	}
	if x.Product == Other {
		return c, false
	}
	other := *c
	other.Product = x.Product
	return &other, true
}
