package ingress

import (
	"slices"
	"strings"
)

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
			if scheme := schemeOf(name, 0); ok && isAddress && scheme != "" {
				out = add(out, name, scheme, value)
			}
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
