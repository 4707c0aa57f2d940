package surroundings

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/labels"
)

// check reports values that are well formed and mean nothing: ports out of range, layers that do not exist.
func (d *decoder) check(s *Surroundings) {
	bad := func(field, format string, args ...any) { d.report(d.lines[field], field, format, args...) }
	for i, h := range s.Hosts {
		at := fmt.Sprintf("hosts[%d]", i)
		if h.Name == "" {
			bad(at, "a host needs a name")
		}
		d.layer(at+".layer", h.Layer, true)
		for name, addr := range h.HostsFile {
			if _, err := netip.ParseAddr(addr); err != nil {
				bad(join(at+".hostsFile", name), "%q is no IP address", addr)
			}
		}
		d.forwards(at, h.Forwards)
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
			d.socket(fmt.Sprintf("%s.listeners[%d]", at, j), l.Port, l.Protocol, l.Answers)
		}
	}
	for i, r := range s.Resolvers {
		at := fmt.Sprintf("resolvers[%d]", i)
		if r.Name == "" {
			bad(at, "a resolver needs a name")
		}
		if !r.Address.IsValid() && d.lines[at+".address"] == 0 {
			bad(at, "a resolver needs an address")
		}
		d.layer(at+".layer", r.Layer, true)
		for zone, names := range r.Zones {
			for name, addr := range names {
				if _, err := netip.ParseAddr(addr); err != nil {
					bad(join(join(at+".zones", zone), name), "%q is no IP address", addr)
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
			d.layer(fmt.Sprintf("%s.between[%d]", at, j), l, false)
		}
		d.forwards(at, r.Forwards)
	}
	for i, l := range s.LoadBalancers {
		at := fmt.Sprintf("loadBalancers[%d]", i)
		if ns, name, ok := strings.Cut(l.Service, "/"); !ok || ns == "" || name == "" || strings.Contains(name, "/") {
			bad(at+".service", "%q must be NAMESPACE/NAME", l.Service)
		}
		d.layer(at+".layer", l.Layer, true)
	}
	for i, l := range s.Listeners {
		at := fmt.Sprintf("listeners[%d]", i)
		if l.Namespace == "" {
			bad(at, "listeners need a namespace")
		}
		if _, err := labels.Parse(l.Selector); err != nil {
			bad(at+".selector", "%q is no label selector: %v", l.Selector, err)
		}
		d.socket(at, l.Port, l.Protocol, l.Answers)
	}
}

func (d *decoder) layer(field string, l Layer, outside bool) {
	switch l {
	case LayerInternet, LayerLAN:
		return
	case LayerService, LayerPod:
		if !outside {
			return
		}
		d.report(d.lines[field], field, "%q is inside the cluster; use internet or lan", l)
		return
	case "":
		if outside && d.lines[field] == 0 {
			return // the address decides
		}
	}
	d.report(d.lines[field], field, "%q is no layer; the layers are internet, lan, service and pod", l)
}

func (d *decoder) socket(at string, port int32, protocol string, answers []Answer) {
	if port < 1 || port > 65535 {
		d.report(max(d.lines[at+".port"], d.lines[at]), at+".port", "%d is no port (1 to 65535)", port)
	}
	switch protocol {
	case "", "TCP", "UDP", "SCTP":
	default:
		d.report(d.lines[at+".protocol"], at+".protocol", "%q is no protocol; use TCP, UDP or SCTP", protocol)
	}
	for i, a := range answers {
		field := fmt.Sprintf("%s.answers[%d]", at, i)
		if a.Path != "*" && !strings.HasPrefix(a.Path, "/") {
			d.report(d.lines[field], field+".path", "%q must begin with / or be *", a.Path)
		}
		if a.Status < 100 || a.Status > 599 {
			d.report(d.lines[field], field+".status", "%d is no HTTP status", a.Status)
		}
	}
}

func (d *decoder) forwards(at string, forwards []Forward) {
	for i, f := range forwards {
		field := fmt.Sprintf("%s.forwards[%d]", at, i)
		if err := checkHostPort(f.Listen, true); err != nil {
			d.report(d.lines[field], field+".listen", "%v", err)
		}
		if err := checkHostPort(f.To, false); err != nil {
			d.report(d.lines[field], field+".to", "%v", err)
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
