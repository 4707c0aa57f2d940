// Package surroundings describes what a request meets that is no Kubernetes object: the machines of the LAN and the
// Internet, their resolvers and routers, load balancers, and what listens in pods and what it answers. The document's
// form is a public contract (TRACE.md, "Surroundings").
package surroundings

import (
	"net/netip"
)

// Layer is one of the four layers of the picture.
type Layer string

// The layers. Hosts, resolvers and load balancers stand in LayerInternet or LayerLAN.
const (
	LayerInternet Layer = "internet"
	LayerLAN      Layer = "lan"
	LayerService  Layer = "service"
	LayerPod      Layer = "pod"
)

// Surroundings is a decoded document, or several merged into one. The zero value says nothing about anything.
type Surroundings struct {
	Networks      Networks       `json:"networks,omitempty"`
	Hosts         []Host         `json:"hosts,omitempty"`
	Resolvers     []Resolver     `json:"resolvers,omitempty"`
	Routers       []Router       `json:"routers,omitempty"`
	LoadBalancers []LoadBalancer `json:"loadBalancers,omitempty"`
	Listeners     []Listener     `json:"listeners,omitempty"`
}

// Networks are the address ranges of the layers, where the API does not say.
type Networks struct {
	LAN     []netip.Prefix `json:"lan,omitempty"`
	Service []netip.Prefix `json:"service,omitempty"`
	Pod     []netip.Prefix `json:"pod,omitempty"`
}

// Host is a machine that is no node, or adds to a node of the same name.
type Host struct {
	Name      string            `json:"name"`
	Layer     Layer             `json:"layer,omitempty"`
	Addresses []netip.Addr      `json:"addresses,omitempty"`
	Resolver  string            `json:"resolver,omitempty"`  // a Resolver's name
	HostsFile map[string]string `json:"hostsFile,omitempty"` // name to address
	Forwards  []Forward         `json:"forwards,omitempty"`
	Proxies   []Proxy           `json:"proxies,omitempty"`
	Listeners []HostListener    `json:"listeners,omitempty"`
}

// Forward passes connections on unchanged, as a port forward of a router or a virtual machine does.
type Forward struct {
	Listen string `json:"listen"` // "127.0.0.1:80", ":80"
	To     string `json:"to"`     // "192.168.106.2:80"
}

// Proxy ends a connection and opens another, as an nginx in front of a cluster does.
type Proxy struct {
	Listen    string            `json:"listen"`
	Upstreams []string          `json:"upstreams,omitempty"`
	SetHeader map[string]string `json:"setHeaders,omitempty"`
}

// HostListener is a port on which something answers on a host.
type HostListener struct {
	Port     int32    `json:"port"`
	Protocol string   `json:"protocol,omitempty"` // TCP where empty
	Answers  []Answer `json:"answers,omitempty"`
}

// Resolver is a DNS server outside the cluster.
type Resolver struct {
	Name    string                       `json:"name"`
	Layer   Layer                        `json:"layer,omitempty"`
	Address netip.Addr                   `json:"address"`
	Zones   map[string]map[string]string `json:"zones,omitempty"` // zone to name to address; zone "." is the root
	Next    string                       `json:"next,omitempty"`  // the Resolver that is asked for all other names
}

// Router stands between two layers. With Outside it translates (PAT), without it only routes.
type Router struct {
	Name     string      `json:"name"`
	Between  []Layer     `json:"between,omitempty"`
	Outside  *netip.Addr `json:"outside,omitempty"`
	Forwards []Forward   `json:"forwards,omitempty"`
}

// LoadBalancer is what stands behind a Service's load-balancer addresses.
type LoadBalancer struct {
	Service   string       `json:"service"` // NAMESPACE/NAME
	Addresses []netip.Addr `json:"addresses,omitempty"`
	Layer     Layer        `json:"layer,omitempty"`
}

// Listener says that the selected pods listen on a port, and on no port that no Listener of theirs names.
type Listener struct {
	Namespace string   `json:"namespace"`
	Selector  string   `json:"selector"` // label selector, as kubectl -l takes it
	Port      int32    `json:"port"`
	Protocol  string   `json:"protocol,omitempty"` // TCP where empty
	Answers   []Answer `json:"answers,omitempty"`
	Calls     []string `json:"calls,omitempty"` // requests the process makes of its own, as command lines
}

// Answer is what a process answers to HTTP requests of a path; "*" is every path no other entry names.
type Answer struct {
	Host   string `json:"host,omitempty"` // empty: any
	Path   string `json:"path"`
	Status int    `json:"status"`
	Body   string `json:"body,omitempty"`
}
