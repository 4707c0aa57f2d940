package ingress

import (
	"cmp"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

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

// flagPorts are the ports that a controller's flags name. They beat what its pods declare, which opens nothing.
func (c *Controller) flagPorts() []Port {
	add := func(out []Port, name, scheme, value string) []Port {
		if i := strings.LastIndexByte(value, ':'); i >= 0 {
			value = value[i+1:]
		}
		value, protocol, _ := strings.Cut(value, "/")
		n := number(value, 0)
		if n == 0 || protocol == "udp" {
			return out
		}
		return append(out, Port{Number: int32(n), Name: name, Scheme: scheme, Detected: true})
	}
	var out []Port
	switch c.Product {
	case Traefik: // --entrypoints.NAME.address; traefik is that of its API, where it is on
		for flag, value := range c.Flags {
			name, ok := strings.CutPrefix(flag, "entrypoints.")
			name, isAddress := strings.CutSuffix(name, ".address")
			if !ok || !isAddress || name == "traefik" || name == "metrics" || name == "ping" {
				continue
			}
			scheme := schemeOf(name, 0)
			if c.entryTLS(name) {
				scheme = "https"
			}
			out = add(out, name, cmp.Or(scheme, "http"), value)
		}
	case Nginx: // of one that is not named the other is the usual one
		if c.Flags["http-port"] == "" && c.Flags["https-port"] == "" {
			break
		}
		out = add(out, "http", "http", firstOf("80", c.Flags["http-port"]))
		out = add(out, "https", "https", firstOf("443", c.Flags["https-port"]))
	case HAProxy:
		if c.Flags["http-bind-port"] == "" && c.Flags["https-bind-port"] == "" {
			break
		}
		out = add(out, "http", "http", firstOf("80", c.Flags["http-bind-port"]))
		out = add(out, "https", "https", firstOf("443", c.Flags["https-bind-port"]))
	}
	slices.SortFunc(out, func(a, b Port) int { return int(a.Number - b.Number) })
	return out
}
