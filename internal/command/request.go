package command

import (
	"net/netip"
	"strings"
)

// Program is a client program that makes requests.
type Program string

// The programs whose lines are requests. ProgramPortForward is `kubectl port-forward`.
const (
	ProgramCurl        Program = "curl"
	ProgramWget        Program = "wget"
	ProgramNc          Program = "nc"
	ProgramPing        Program = "ping"
	ProgramNslookup    Program = "nslookup"
	ProgramDig         Program = "dig"
	ProgramHost        Program = "host"
	ProgramPortForward Program = "port-forward"
)

// Protocol is the transport of a request.
type Protocol string

// The protocols that requests use.
const (
	TCP  Protocol = "TCP"
	UDP  Protocol = "UDP"
	SCTP Protocol = "SCTP"
	ICMP Protocol = "ICMP"
)

// SourceKind says what a line tells about where it runs.
type SourceKind string

// The kinds of sources that a line can name.
const (
	SourcePod      SourceKind = "pod"      // `kubectl exec NAME`: the pod Name in Namespace ("" where the line gives none)
	SourceWorkload SourceKind = "workload" // `kubectl exec deploy/NAME`: some pod of Workload/Name
	SourceOneShot  SourceKind = "one-shot" // `kubectl run NAME … -- curl`: a pod that exists only for this request
	SourcePrompt   SourceKind = "prompt"   // `root@NAME:~$`: the node Name if there is one, else the pod Name
	SourceSomePod  SourceKind = "some-pod" // `PodBash#`: a pod that the line does not name
	SourceOutside  SourceKind = "outside"  // `LaptopBash#`, `[email protected]:~$`: the host outside the cluster
)

// Source is where the line says that it runs.
type Source struct {
	Kind      SourceKind
	Namespace string            // "" where the line gives none: the caller's default namespace
	Name      string            // pod, workload, prompt host; may be a placeholder such as "$POD_NAME"
	Container string            // -c
	Workload  string            // of SourceWorkload: deployment, statefulset, daemonset, replicaset, job, service
	Labels    map[string]string // of SourceOneShot: run=NAME, or what --labels says
	Image     string            // of SourceOneShot
	HostNet   bool              // of SourceOneShot: --overrides asks for hostNetwork
	Overrides string            // of SourceOneShot: --overrides as written, JSON
	User      string            // of SourcePrompt: what stands before the @
}

// Substitution says that Host is not a host yet.
type Substitution string

// What a host may stand for.
const (
	SubstNone        Substitution = ""
	SubstMinikubeIP  Substitution = "minikube-ip"      // $(minikube ip): the InternalIP of the first node
	SubstMinikubeURL Substitution = "minikube-service" // $(minikube service NAME --url): that and its first NodePort; see MinikubeService
	SubstPlaceholder Substitution = "placeholder"      // <external-ip>, $SVC: only the reader knows
)

// Header is one request header, in the order of the line.
type Header struct{ Name, Value string }

// Resolve is one --resolve HOST:PORT:ADDRESS of curl.
type Resolve struct {
	Host  string // "*" matches every host
	Port  uint16
	Addrs []netip.Addr
}

// ConnectTo is one --connect-to HOST1:PORT1:HOST2:PORT2 of curl; empty or zero parts match everything (first pair) or
// change nothing (second pair).
type ConnectTo struct {
	Host   string
	Port   uint16
	ToHost string
	ToPort uint16
}

// Question is what nslookup, dig and host ask.
type Question struct {
	Name    string     // as written, without a dot added
	Type    string     // A, AAAA, PTR, SRV, CNAME, ANY, … upper case; the program's default where the line has none
	Reverse netip.Addr // of a reverse look-up; Name is then the in-addr.arpa or ip6.arpa name
	Server  string     // the server that the line names ("@10.96.0.10"), "" for that of resolv.conf
	Search  bool       // whether the search list of resolv.conf is walked: dig does not, unless +search
	Both    bool       // A and AAAA are asked (nslookup and host without a type)
}

// Nc is what is particular to nc.
type Nc struct {
	Zero    bool // -z: connect and close
	Verbose bool // -v
	Listen  bool // -l: not a request but a listener; Port is the port listened on
}

// PortForward is a `kubectl port-forward`.
type PortForward struct {
	Namespace string // "" where the line gives none: the caller's default namespace
	Resource  string // pod, service, deployment, …; any other kind as written
	Name      string
	Ports     []ForwardedPort // at least one, in the order of the line
	Addresses []string        // --address; "localhost" where the line gives none
}

// ForwardedPort is one [LOCAL:]REMOTE of a port-forward, as written: Local is empty or 0 for a port that the system
// chooses, Remote a number or the name of a port.
type ForwardedPort struct{ Local, Remote string }

// KubectlProxy is a `kubectl proxy` that runs while a request is made: a way to the API server.
type KubectlProxy struct {
	Address string // --address, 127.0.0.1 where the line gives none
	Port    uint16 // --port, 8001 where the line gives none
	Prefix  string // --api-prefix, "/" where the line gives none
	AnyHost bool   // --accept-hosts is set: other Host headers than localhost may be taken
}

// UnknownSize is the size of data that a line takes from elsewhere, such as a file.
const UnknownSize = -1

// Request is one request as its line describes it. Times are in seconds, zero where the line sets none.
type Request struct {
	Line    string // the client's own part of the line, joined, without prompt and kubectl
	Program Program
	Source  *Source // nil where the line does not say

	Protocol     Protocol
	Scheme       string // http, https; empty for programs without one
	Host         string // name or address, without brackets, port, user or zone; a token where Substitution is set
	Substitution Substitution
	Port         uint16 // the default of scheme or program where HasPort is false; 0 for ping
	HasPort      bool
	Method       string // of HTTP; empty for other programs
	Path         string // of HTTP, always starting with "/", as written (not decoded), without query and fragment
	Query        string // without the question mark
	Headers      []Header
	Body         bool   // the request carries data (-d, -F, -T)
	BodySize     int    // of the data, in bytes; UnknownSize where the line does not show it
	User         string // user part of the URL or -u, never the password

	HostHeader      string // what the Host header says: Host with port where not the default, or -H 'Host: …'
	ServerName      string // SNI: Host, unless it is an address
	FollowRedirects bool
	MaxRedirects    int // 50 for curl, 20 for wget where the line sets none
	Insecure        bool
	FailOnError     bool // -f: HTTP errors are exit 22
	HeadOnly        bool
	Verbose         bool
	Silent          bool
	ShowError       bool
	MaxTime         float64 // -m; the whole transfer
	ConnectTimeout  float64 // --connect-timeout, nc -w, wget -T, ping -W
	Count           int     // packets of ping, tries of wget (-t); 0: the program's default
	Resolve         []Resolve
	ConnectTo       []ConnectTo
	IPFamily        int  // 0, 4 or 6
	BusyBox         bool // the line runs `busybox wget`, or names a busybox image: its client prints other words

	Question *Question
	Nc       *Nc
	// PortForward is what a line of ProgramPortForward starts. Of any other program it runs beside the client, on the same
	// machine (`kubectl port-forward … & curl …`), as does KubectlProxy.
	PortForward  *PortForward
	KubectlProxy *KubectlProxy

	IgnoredFlags []string // flags that change nothing that is modelled, in the order of the line
	NotModelled  []string // flags that do change the request and are not modelled (-x proxy, --http3 …): cannot-tell
}

// MinikubeService is the service that a host of the kind SubstMinikubeURL names; the namespace is empty where the line
// gives none.
func (r *Request) MinikubeService() (namespace, name string) {
	words := strings.Fields(strings.Trim(strings.TrimPrefix(r.Host, "$"), "()`"))
	for i := 0; i < len(words); i++ {
		switch w := words[i]; {
		case w == "minikube" || w == "service" || w == "--url" || w == "--https":
		case (w == "-n" || w == "--namespace" || w == "-p" || w == "--profile") && i+1 < len(words):
			if i++; w == "-n" || w == "--namespace" {
				namespace = words[i]
			}
		case strings.HasPrefix(w, "--namespace="):
			namespace = strings.TrimPrefix(w, "--namespace=")
		case !strings.HasPrefix(w, "-") && name == "":
			name = w
		}
	}
	return namespace, name
}
