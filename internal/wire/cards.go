package wire

// Objects is the JSON section of a Frame: the few-of-a-kind. Cards come whole; a card that is absent did not change.
// Every id is unique over all cards: kind, namespace and name as the trace's `at` gives them, joined by "/".
type Objects struct {
	Status         *Status        `json:"status,omitempty"`
	Bands          *Bands         `json:"bands,omitempty"`
	Namespaces     []Namespace    `json:"namespaces,omitempty"`
	Nodes          []Node         `json:"nodes,omitempty"`
	Services       []Service      `json:"services,omitempty"`
	Ingresses      []Ingress      `json:"ingresses,omitempty"`
	GatewayClasses []GatewayClass `json:"gatewayClasses,omitempty"`
	Gateways       []Gateway      `json:"gateways,omitempty"`
	Routes         []Route        `json:"routes,omitempty"`
	Policies       []Policy       `json:"policies,omitempty"`
	Hosts          []Host         `json:"hosts,omitempty"`
	Resolvers      []Resolver     `json:"resolvers,omitempty"`
	Routers        []Router       `json:"routers,omitempty"`
	LoadBalancers  []LoadBalancer `json:"loadBalancers,omitempty"`
	Removed        []string       `json:"removed,omitempty"` // ids of cards that are gone
	Classes        []Class        `json:"classes,omitempty"` // pod classes the columns refer to by number
	NodeNames      []DictEntry    `json:"nodeNames,omitempty"`
	ServiceIDs     []DictEntry    `json:"serviceIds,omitempty"` // dictionary of the endpoint columns: service card ids
	PodExtras      []PodExtra     `json:"podExtras,omitempty"`  // what few pods have: IPv6, a reason
}

// Status is what the status line says.
type Status struct {
	SourceKind  string       `json:"sourceKind"` // live, files, world
	SourceName  string       `json:"sourceName"`
	Example     bool         `json:"example"` // "example world, not your cluster"
	Connection  string       `json:"connection"`
	Message     string       `json:"message,omitempty"`
	Since       int64        `json:"since"`    // Unix ms the connection is in this state
	LastData    int64        `json:"lastData"` // Unix ms the source last delivered anything
	ServerTime  int64        `json:"serverTime"`
	Paused      bool         `json:"paused"`   // a world that stands still
	CanPause    bool         `json:"canPause"` // worlds only
	Life        string       `json:"life,omitempty"`
	Counts      Counts       `json:"counts"`
	Kinds       []KindStatus `json:"kinds"`    // kinds that are not synced: pending, forbidden, absent, stalled
	Detected    []Fact       `json:"detected"` // kube-proxy mode, network plug-in …
	ReadyFrom   string       `json:"readyFrom,omitempty"`
	ReadyAsk    string       `json:"readyAsk,omitempty"` // the request that is ready in the bar
	NodesListed bool         `json:"nodesListed"`
}

// Counts are totals over the whole source, not over what is filtered.
type Counts struct {
	Nodes    int `json:"nodes"`
	Pods     int `json:"pods"`
	Services int `json:"services"`
}

// KindStatus is a kind that is not fully read.
type KindStatus struct {
	Resource  string `json:"resource"`
	Namespace string `json:"namespace,omitempty"`
	State     string `json:"state"`
	Verb      string `json:"verb,omitempty"`
	Message   string `json:"message,omitempty"`
}

// Fact is something detected or assumed about the cluster.
type Fact struct {
	Key    string `json:"key"`
	Value  string `json:"value"`
	Source string `json:"source"` // detected, default
	Text   string `json:"text"`   // "kube-proxy iptables", "Calico (drops)"
}

// Bands are the address ranges of the layers, as CIDRs; a guess ends with "?".
type Bands struct {
	LAN        []string `json:"lan"`
	Service    []string `json:"service"`
	Pod        []string `json:"pod"`
	PodNetwork string   `json:"podNetwork"` // overlay, routed, unknown; what is only assumed ends with "?"
}

// Namespace is a namespace card: it fills the filter.
type Namespace struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Node is a gatehouse.
type Node struct {
	ID            string   `json:"id"`
	Name          string   `json:"name"`
	Addresses     []string `json:"addresses"`
	PodCIDRs      []string `json:"podCIDRs"`
	Ready         bool     `json:"ready"`
	Unschedulable bool     `json:"unschedulable"`
	Roles         []string `json:"roles"`
	Zone          string   `json:"zone"`
	Doors         []Door   `json:"doors"`
	Proxy         string   `json:"proxy"` // mode of kube-proxy, for the rules\' label; a guess ends with "?"
}

// Door is an open port on a node's left face.
type Door struct {
	Port     int32  `json:"port"`
	Protocol string `json:"protocol"`
	Kind     string `json:"kind"`  // nodePort, hostPort, hostNetwork
	Owner    string `json:"owner"` // id of the service or pod card that opened it
	Name     string `json:"name"`  // its short name
}

// Service is a hexagon.
type Service struct {
	ID           string        `json:"id"`
	Namespace    string        `json:"namespace"`
	Name         string        `json:"name"`
	Type         string        `json:"type"` // ClusterIP, NodePort, LoadBalancer, Headless, ExternalName
	ClusterIPs   []string      `json:"clusterIPs"`
	External     []string      `json:"external"` // load-balancer and external addresses
	Pending      string        `json:"pending,omitempty"`
	ExternalName string        `json:"externalName,omitempty"`
	Ports        []ServicePort `json:"ports"`
	Selector     string        `json:"selector,omitempty"` // as kubectl prints it; empty: none
	Ready        int           `json:"ready"`
	Total        int           `json:"total"`
	DNS          bool          `json:"dns"` // this is the cluster's DNS
}

// ServicePort is a port of a service.
type ServicePort struct {
	Name     string `json:"name,omitempty"`
	Port     int32  `json:"port"`
	Target   string `json:"target"`
	NodePort int32  `json:"nodePort,omitempty"`
	Protocol string `json:"protocol"`
}

// Ingress is a document.
type Ingress struct {
	ID         string       `json:"id"`
	Namespace  string       `json:"namespace"`
	Name       string       `json:"name"`
	Class      string       `json:"class"`
	Served     bool         `json:"served"`     // some controller serves it
	Controller string       `json:"controller"` // its name, if known
	TLS        bool         `json:"tls"`
	Addresses  []string     `json:"addresses"`
	Rows       []IngressRow `json:"rows"`
}

// IngressRow is one host and path of an ingress.
type IngressRow struct {
	Host     string `json:"host"` // empty: all hosts
	Path     string `json:"path"`
	PathType string `json:"pathType"`
	Backend  string `json:"backend"` // "web:80"
	Service  string `json:"service"` // id of the service card, whether it exists or not
	Missing  bool   `json:"missing"`
}

// GatewayClass is found by the search.
type GatewayClass struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	Controller string `json:"controller"`
}

// Gateway is a document, too: its listeners are doors, its rows are those of the routes that are attached to it.
type Gateway struct {
	ID         string     `json:"id"`
	Namespace  string     `json:"namespace"`
	Name       string     `json:"name"`
	Class      string     `json:"class"`
	Controller string     `json:"controller"`    // of its class; empty where there is no such class
	Served     bool       `json:"served"`        // some listener serves
	Why        string     `json:"why,omitempty"` // why none does
	Addresses  []string   `json:"addresses"`
	Listeners  []Listener `json:"listeners"`
	Services   []string   `json:"services"`          // ids of the services that lead to its proxy
	Outside    string     `json:"outside,omitempty"` // internet or lan: where a proxy stands that has the address and is nothing else that is shown
}

// Listener is one listener of a gateway.
type Listener struct {
	Name     string `json:"name"`
	Port     int32  `json:"port"`
	Protocol string `json:"protocol"`
	Host     string `json:"host"` // empty: all hosts
	Serves   bool   `json:"serves"`
	Why      string `json:"why,omitempty"`
}

// Route is an HTTPRoute or a GRPCRoute, as its id says.
type Route struct {
	ID        string       `json:"id"`
	Namespace string       `json:"namespace"`
	Name      string       `json:"name"`
	Hosts     []string     `json:"hosts"` // its own; empty: those of the listeners that take it
	Parents   []RouteGuest `json:"parents"`
	Rows      []RouteRow   `json:"rows"`
}

// RouteGuest is a route at one gateway.
type RouteGuest struct {
	Gateway string   `json:"gateway"`       // id of the gateway card, whether it exists or not
	Hosts   []string `json:"hosts"`         // under which it is served; empty where it is not attached
	Why     string   `json:"why,omitempty"` // why it is not
}

// RouteRow is one match of a route.
type RouteRow struct {
	Rule     int    `json:"rule"`  // index into spec.rules
	Match    string `json:"match"` // "PathPrefix /cart POST", as traces write it
	Path     string `json:"path"`  // of HTTPRoutes
	PathType string `json:"pathType"`
	Backend  string `json:"backend"` // "web:80", "web:80 +1", "redirect 301"
	Service  string `json:"service"` // id of the first backend's card, whether it exists or not
	Missing  bool   `json:"missing"` // no backend can be used
}

// Policy is a network policy of any kind, as its id says; the gates of the pods it selects come with the pod classes.
type Policy struct {
	ID        string `json:"id"`
	Namespace string `json:"namespace"` // empty for the kinds of whole clusters
	Name      string `json:"name"`
	Ingress   bool   `json:"ingress"`
	Egress    bool   `json:"egress"`
	Summary   string `json:"summary"`        // "only app=api", "nobody", "everybody on 80"
	Tier      string `json:"tier,omitempty"` // Admin or Baseline; empty for a NetworkPolicy, which alone closes a gate by being there
	Enforced  string `json:"enforced"`       // yes, no, unknown
}

// Host is a machine of the LAN or the Internet.
type Host struct {
	ID        string   `json:"id"`
	Name      string   `json:"name"`
	Layer     string   `json:"layer"`
	Addresses []string `json:"addresses"`
	Ports     []int32  `json:"ports"`
}

// Resolver is a DNS server outside the cluster.
type Resolver struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Layer   string `json:"layer"`
	Address string `json:"address"`
}

// Router stands in a wall.
type Router struct {
	ID      string   `json:"id"`
	Name    string   `json:"name"`
	Between []string `json:"between"`
	Outside string   `json:"outside,omitempty"`
}

// LoadBalancer stands in the band where its address is.
type LoadBalancer struct {
	ID        string   `json:"id"`
	Namespace string   `json:"namespace"`
	Name      string   `json:"name"` // of its Service
	Layer     string   `json:"layer"`
	Addresses []string `json:"addresses"`
	Service   string   `json:"service"` // id of the service card
}

// Class is what pods of one template have in common on the map. Columns name it by ID; an ID keeps its meaning within an
// epoch but its gates may change, then the class comes again.
type Class struct {
	ID          uint32   `json:"id"`
	Namespace   string   `json:"namespace"`
	OwnerKind   string   `json:"ownerKind,omitempty"`
	OwnerName   string   `json:"ownerName,omitempty"`
	Labels      string   `json:"labels"` // key=value, comma separated, sorted
	Ports       []int32  `json:"ports"`
	Containers  []string `json:"containers,omitempty"` // their names, at most eight, where there is more than one
	HostNetwork bool     `json:"hostNetwork,omitempty"`
	Role        string   `json:"role,omitempty"`    // ingress-controller, gateway, dns
	GateIn      []string `json:"gateIn,omitempty"`  // ids of policies that select it for ingress
	GateOut     []string `json:"gateOut,omitempty"` // and for egress
}

// DictEntry gives a number its text within an epoch.
type DictEntry struct {
	ID   uint32 `json:"id"`
	Text string `json:"text"`
}

// PodExtra is what few pods have and so has no column.
type PodExtra struct {
	Slot     uint32   `json:"slot"`
	IPs      []string `json:"ips,omitempty"` // where the primary address is not IPv4, or there are two
	Reason   string   `json:"reason,omitempty"`
	Restarts int32    `json:"restarts,omitempty"`
}
