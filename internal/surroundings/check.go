package surroundings

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/labels"

	"github.com/kubestrata/kubestrata/internal/strictyaml"
)

// check reports values that are well formed and mean nothing: ports out of range, layers that do not exist.
func check(d *strictyaml.Decoder, s *Surroundings) {
	bad := func(field, format string, args ...any) { d.Report(d.Lines[field], field, format, args...) }
	for i, h := range s.Hosts {
		at := fmt.Sprintf("hosts[%d]", i)
		if h.Name == "" {
			bad(at, "a host needs a name")
		}
		layer(d, at+".layer", h.Layer, true)
		for name, addr := range h.HostsFile {
			if _, err := netip.ParseAddr(addr); err != nil {
				bad(strictyaml.Join(at+".hostsFile", name), "%q is no IP address", addr)
			}
		}
		forwards(d, at, h.Forwards)
		for j, p := range h.Proxies {
			if err := checkHostPort(p.Listen, true); err != nil {
				bad(fmt.Sprintf("%s.proxies[%d].listen", at, j), "%v", err)
			}
			for k, u := range p.Upstreams {
				if err := checkHostPort(u, false); err != nil {
					bad(fmt.Sprintf("%s.proxies[%d].upstreams[%d]", at, j, k), "%v", err)
				}
			}
		}
		for j, l := range h.Listeners {
			socket(d, fmt.Sprintf("%s.listeners[%d]", at, j), l.Port, l.Protocol, l.Answers)
		}
	}
	for i, r := range s.Resolvers {
		at := fmt.Sprintf("resolvers[%d]", i)
		if r.Name == "" {
			bad(at, "a resolver needs a name")
		}
		if !r.Address.IsValid() && d.Lines[at+".address"] == 0 {
			bad(at, "a resolver needs an address")
		}
		layer(d, at+".layer", r.Layer, true)
		for zone, names := range r.Zones {
			for name, addr := range names {
				if _, err := netip.ParseAddr(addr); err != nil {
					bad(strictyaml.Join(strictyaml.Join(at+".zones", zone), name), "%q is no IP address", addr)
				}
			}
		}
	}
	for i, r := range s.Routers {
		at := fmt.Sprintf("routers[%d]", i)
		if r.Name == "" {
			bad(at, "a router needs a name")
		}
		if len(r.Between) != 2 {
			bad(at, "between must name two layers")
		}
		for j, l := range r.Between {
			layer(d, fmt.Sprintf("%s.between[%d]", at, j), l, false)
		}
		forwards(d, at, r.Forwards)
	}
	for i, l := range s.LoadBalancers {
		at := fmt.Sprintf("loadBalancers[%d]", i)
		if ns, name, ok := strings.Cut(l.Service, "/"); !ok || ns == "" || name == "" || strings.Contains(name, "/") {
			bad(at+".service", "%q must be NAMESPACE/NAME", l.Service)
		}
		layer(d, at+".layer", l.Layer, true)
	}
	for i, l := range s.Listeners {
		at := fmt.Sprintf("listeners[%d]", i)
		if l.Namespace == "" {
			bad(at, "listeners need a namespace")
		}
		if _, err := labels.Parse(l.Selector); err != nil {
			bad(at+".selector", "%q is no label selector: %v", l.Selector, err)
		}
		socket(d, at, l.Port, l.Protocol, l.Answers)
	}
}

func layer(d *strictyaml.Decoder, field string, l Layer, outside bool) {
	switch l {
	case LayerInternet, LayerLAN:
		return
	case LayerService, LayerPod:
		if !outside {
			return
		}
		d.Report(d.Lines[field], field, "%q is inside the cluster; use internet or lan", l)
		return
	case "":
		if outside && d.Lines[field] == 0 {
			return // the address decides
		}
	}
	d.Report(d.Lines[field], field, "%q is no layer; the layers are internet, lan, service and pod", l)
}

func socket(d *strictyaml.Decoder, at string, port int32, protocol string, answers []Answer) {
	if port < 1 || port > 65535 {
		d.Report(max(d.Lines[at+".port"], d.Lines[at]), at+".port", "%d is no port (1 to 65535)", port)
	}
	switch protocol {
	case "", "TCP", "UDP", "SCTP":
	default:
		d.Report(d.Lines[at+".protocol"], at+".protocol", "%q is no protocol; use TCP, UDP or SCTP", protocol)
	}
	for i, a := range answers {
		field := fmt.Sprintf("%s.answers[%d]", at, i)
		if a.Path != "*" && !strings.HasPrefix(a.Path, "/") {
			d.Report(d.Lines[field], field+".path", "%q must begin with / or be *", a.Path)
		}
		if a.Status < 100 || a.Status > 599 {
			d.Report(d.Lines[field], field+".status", "%d is no HTTP status", a.Status)
		}
	}
}

func forwards(d *strictyaml.Decoder, at string, forwards []Forward) {
	for i, f := range forwards {
		field := fmt.Sprintf("%s.forwards[%d]", at, i)
		if err := checkHostPort(f.Listen, true); err != nil {
			d.Report(d.Lines[field], field+".listen", "%v", err)
		}
		if err := checkHostPort(f.To, false); err != nil {
			d.Report(d.Lines[field], field+".to", "%v", err)
		}
	}
}

// checkHostPort wants "address:port", and ":port" too where that means every address.
func checkHostPort(text string, everyAddress bool) error {
	i := strings.LastIndexByte(text, ':')
	if i < 0 {
		return fmt.Errorf("%q must be ADDRESS:PORT", text)
	}
	host, port := strings.Trim(text[:i], "[]"), text[i+1:]
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
		return fmt.Errorf("%q: %q is no port (1 to 65535)", text, port)
	}
	if host == "" && everyAddress {
		return nil
	}
	if _, err := netip.ParseAddr(host); err != nil {
		return fmt.Errorf("%q: %q is no IP address", text, host)
	}
	return nil
}
