package command

import (
	"slices"
	"strings"
)

// beside reads a line that starts kubectl port-forward or kubectl proxy in the background and then makes a request, as
// tutorials write it: `kubectl port-forward svc/web 8080:80 & curl localhost:8080`. Both are nil for any other line.
func beside(list []word, source *Source, depth int) (*Request, error) {
	at := slices.IndexFunc(list, func(w word) bool { return w.operator && w.text == "&" })
	if at < 2 {
		return nil, nil
	}
	rest := list[at+1:]
	for len(rest) > 0 && rest[0].operator && rest[0].text == ";" {
		rest = rest[1:]
	}
	if len(rest) == 0 {
		return nil, nil
	}
	first := make([]string, 0, at)
	for _, w := range list[:at] {
		if w.operator {
			break // where its output goes
		}
		first = append(first, w.text)
	}
	first, _, _ = unwrap(first)
	if len(first) < 2 || first[0] != "kubectl" && first[0] != "k" && first[0] != "oc" {
		return nil, nil
	}
	k, err := readKubectl(first[1:])
	if err != nil || len(k.words) == 0 {
		return nil, nil
	}
	var helper Request
	switch k.words[0] {
	case "port-forward":
		f, err := k.portForward()
		if err != nil {
			return nil, err
		}
		helper = *f
		helper.Line = Join(first)
	case "proxy":
		p, err := kubectlProxy(first[1:])
		if err != nil {
			return nil, err
		}
		helper.KubectlProxy = p
	default:
		return nil, nil
	}
	r, err := parseWords(rest, depth+1)
	if err != nil {
		if n, ok := err.(*NotARequest); !ok || helper.PortForward == nil || n.Kind == LineChange {
			return nil, err
		}
		r = &helper // it stands for itself: nothing behind it sends anything
		r.IgnoredFlags = append(r.IgnoredFlags, "& "+joined(rest))
	}
	if r != &helper {
		if r.PortForward != nil || r.KubectlProxy != nil {
			return nil, &Error{Word: "&", Message: "one command in the background at a time; give each its own line"}
		}
		if elsewhere(r, rest) {
			r.IgnoredFlags = append([]string{Join(first) + " &"}, r.IgnoredFlags...)
		} else {
			r.PortForward, r.KubectlProxy = helper.PortForward, helper.KubectlProxy
			if helper.Substitution == SubstPlaceholder && r.Substitution == SubstNone {
				r.Substitution, r.Host = helper.Substitution, helper.Host
			}
		}
	}
	if r.Source == nil {
		r.Source = source
	}
	return r, nil
}

// elsewhere reports whether a request is made on another machine than the one whose shell reads the line.
func elsewhere(r *Request, list []word) bool {
	if s := r.Source; s != nil && (s.Kind == SourcePod || s.Kind == SourceWorkload || s.Kind == SourceOneShot) {
		return true
	}
	switch list[0].text {
	case "ssh", "minikube", "docker", "podman", "nerdctl":
		return true
	}
	return false
}

// kubectlProxy reads the flags of `kubectl proxy` that say where it listens (kubectl pkg/cmd/proxy).
func kubectlProxy(args []string) (*KubectlProxy, error) {
	p := &KubectlProxy{Address: "127.0.0.1", Port: 8001, Prefix: "/"}
	for i := 0; i < len(args); i++ {
		name, value, has := strings.Cut(strings.TrimLeft(args[i], "-"), "=")
		if !strings.HasPrefix(args[i], "-") {
			continue
		}
		switch name {
		case "p", "port", "address", "api-prefix", "accept-hosts":
			if !has && i+1 < len(args) {
				i++
				value = args[i]
			}
		}
		switch name {
		case "p", "port":
			n, err := port(args[i], value)
			if err != nil {
				return nil, err
			}
			p.Port = n
		case "address":
			p.Address = value
		case "accept-hosts":
			p.AnyHost = true
		case "api-prefix":
			p.Prefix = "/" + strings.Trim(value, "/")
		}
	}
	return p, nil
}
