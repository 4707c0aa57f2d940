package command

import (
	"strconv"
	"strings"
)

// portForward reads `kubectl port-forward TYPE/NAME [LOCAL:]REMOTE …`. Ports stay as they are written: kubectl resolves
// names with the objects, and what is no port at all is its own error (client-go tools/portforward parsePorts).
func (k *kubectlLine) portForward() (*Request, error) {
	if len(k.words) < 3 {
		return nil, &Error{Word: "port-forward", Message: "write kubectl port-forward POD LOCAL:REMOTE"}
	}
	f := &PortForward{Namespace: k.namespace, Resource: "pod", Name: k.words[1], Addresses: []string{"localhost"}}
	if k.address != "" {
		f.Addresses = strings.Split(k.address, ",")
	}
	if kind, name, ok := strings.Cut(k.words[1], "/"); ok && !isPlaceholder(k.words[1]) {
		f.Resource, f.Name = kind, name
		if w := workloads[kind]; w != "" {
			f.Resource = w
		}
		if kind == "po" || kind == "pods" {
			f.Resource = "pod"
		}
		if name == "" {
			return nil, &Error{Word: k.words[1], Message: "the name after the slash is missing"}
		}
	}
	r := &Request{
		Program: ProgramPortForward, Protocol: TCP, PortForward: f, Host: f.Name, IgnoredFlags: k.ignored,
	}
	if isPlaceholder(f.Name) {
		r.Substitution = SubstPlaceholder
	}
	for _, text := range k.words[2:] {
		p := ForwardedPort{Remote: text, Local: text}
		if local, remote, ok := strings.Cut(text, ":"); ok {
			p = ForwardedPort{local, remote}
		}
		for _, part := range []string{p.Local, p.Remote} {
			if isPlaceholder(part) && r.Substitution == SubstNone {
				r.Substitution, r.Host = SubstPlaceholder, part
			}
			if isDigits(part) && part != "0" {
				if _, err := port(text, part); err != nil {
					return nil, err
				}
			}
		}
		if p.Remote == "" || p.Remote == "0" || strings.Contains(p.Remote, ":") {
			return nil, &Error{Word: text, Message: "write LOCAL:REMOTE, both ports or the name of a port behind the colon"}
		}
		f.Ports = append(f.Ports, p)
	}
	if n, err := strconv.ParseUint(f.Ports[0].Local, 10, 16); err == nil {
		r.Port, r.HasPort = uint16(n), true
	}
	return r, nil
}
