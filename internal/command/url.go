package command

import (
	"net/netip"
	"slices"
	"strings"
)

// parseURL reads the URL of curl or wget into r; the scheme is http where it has none.
func parseURL(r *Request, text string) error {
	rest := text
	scheme := "http"
	if s, after, ok := strings.Cut(text, "://"); ok && !strings.ContainsAny(s, "/?#@:") {
		scheme, rest = strings.ToLower(s), after
	}
	// curl takes one slash or three for two (lib/urlapi.c parseurl).
	if s, after, ok := strings.Cut(text, ":/"); ok && (strings.EqualFold(s, "http") || strings.EqualFold(s, "https")) {
		if slashes := len(after) - len(strings.TrimLeft(after, "/")); slashes <= 2 {
			scheme, rest = strings.ToLower(s), strings.TrimLeft(after, "/")
		}
	}
	switch scheme {
	case "http", "https":
		r.Scheme = scheme
	case "telnet", "gopher", "dict":
		r.Scheme = scheme
	default:
		return &Error{Word: text, Message: "only http and https are known here; write http://HOST/"}
	}
	if i := strings.IndexByte(rest, '#'); i >= 0 {
		rest = rest[:i]
	}
	authority, path := rest, ""
	if i := authorityEnd(rest); i < len(rest) {
		authority, path = rest[:i], rest[i:]
	}
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		r.User, _, _ = strings.Cut(authority[:i], ":")
		authority = authority[i+1:]
	}
	if err := parseAuthority(r, text, authority); err != nil {
		return err
	}
	if strings.ContainsAny(path, " \t\r\n\x00") {
		return &Error{Word: text, Message: "a URL has no spaces; write %20 for one"}
	}
	if r.Scheme != "http" && r.Scheme != "https" {
		if !r.HasPort {
			return &Error{Word: text, Message: "write the port, as in telnet://HOST:PORT"}
		}
		return nil
	}
	for i := 0; i+1 < len(path); i++ {
		if next := path[i+1]; path[i] == '$' && (next == '{' || next == '(' || next >= 'a' && next <= 'z' || next >= 'A' && next <= 'Z') {
			return &Error{Word: text, Message: "only you know what " + path[i:] + " stands for; write it out"}
		}
	}
	r.Path, r.Query, _ = strings.Cut(path, "?")
	if r.Path == "" {
		r.Path = "/"
	}
	if !r.HasPort {
		r.Port = 80
		if r.Scheme == "https" {
			r.Port = 443
		}
	}
	return nil
}

// authorityEnd finds where host and port end; a slash inside a substitution or placeholder does not end them.
func authorityEnd(s string) int {
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '/' || s[i] == '?':
			return i
		case strings.HasPrefix(s[i:], "$("):
			if n := substitution(s[i:]); n > 0 {
				i += n - 1
			}
		case s[i] == '<':
			if n := placeholder(s[i:]); n > 0 {
				i += n - 1
			}
		}
	}
	return len(s)
}

// parseAuthority reads HOST, HOST:PORT or [IPv6]:PORT.
func parseAuthority(r *Request, word, s string) error {
	host, p, hasPort := s, "", false
	switch {
	case strings.HasPrefix(s, "["):
		end := strings.IndexByte(s, ']')
		if end < 0 {
			return &Error{Word: word, Message: "the bracket of the IPv6 address is not closed"}
		}
		host = s[1:end]
		a, err := netip.ParseAddr(host)
		if err != nil || !a.Is6() {
			return &Error{Word: word, Message: "what stands in brackets is no IPv6 address"}
		}
		if s = s[end+1:]; s != "" {
			if s[0] != ':' {
				return &Error{Word: word, Message: "after the bracket only :PORT may follow"}
			}
			p, hasPort = s[1:], true
		}
	case strings.HasPrefix(s, "$(") || strings.HasPrefix(s, "<") || strings.HasPrefix(s, "`"):
		n := placeholder(s)
		if s[0] != '<' {
			n = substitution(s)
		}
		if n > 0 && n < len(s) && s[n] == ':' {
			host, p, hasPort = s[:n], s[n+1:], true
		} else if n > 0 {
			host = s[:n]
			if n < len(s) {
				return &Error{Word: word, Message: "write the whole host instead of a part of it"}
			}
		}
	default:
		if i := strings.LastIndexByte(s, ':'); i >= 0 {
			host, p, hasPort = s[:i], s[i+1:], true
		}
	}
	if err := setMachine(r, word, host); err != nil {
		return err
	}
	if hasPort && p != "" {
		n, err := port(word, p)
		if err != nil {
			return err
		}
		r.Port, r.HasPort = n, true
	}
	return nil
}

// setMachine keeps a host that is connected to: unlike a name that is only looked up it may be an address in numbers.
func setMachine(r *Request, word, host string) error {
	if a, ok := numericAddr(host); ok {
		host = a.String()
	}
	return setHost(r, word, host)
}

// setHost keeps a host: a name, an address, or a token that stands for one.
func setHost(r *Request, word, host string) error {
	if host == "" {
		return &Error{Word: word, Message: "the host is missing"}
	}
	if isPlaceholder(host) {
		r.Host, r.Substitution = host, SubstPlaceholder
		inner := strings.Trim(strings.TrimPrefix(host, "$"), "()`")
		switch words := strings.Fields(inner); {
		case len(words) == 2 && words[0] == "minikube" && words[1] == "ip":
			r.Substitution = SubstMinikubeIP
		case len(words) > 2 && words[0] == "minikube" && words[1] == "service" && slices.Contains(words, "--url"):
			r.Substitution = SubstMinikubeURL
		}
		return nil
	}
	if a, err := netip.ParseAddr(host); err == nil {
		r.Host = a.WithZone("").String()
		return nil
	}
	if ascii, ok := asciiHost(host); ok {
		host = ascii
	}
	if len(host) > 253 {
		return &Error{Word: word[:min(len(word), 60)], Message: "a host name has at most 253 characters"}
	}
	for _, c := range host {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_', c == '.':
		default:
			return &Error{Word: word, Message: "a host name has letters, digits, dots and dashes only; " + string(c) + " is none of them"}
		}
	}
	if strings.Contains(host, "..") || host[0] == '.' {
		return &Error{Word: word, Message: "the host name has an empty part between its dots"}
	}
	r.Host = host
	return nil
}

// finishHTTP fills in what follows from the rest of the line: the Host header and the name of TLS.
func finishHTTP(r *Request) {
	if r.Scheme == "http" || r.Scheme == "https" {
		r.HostHeader = r.Host
		if strings.Contains(r.Host, ":") {
			r.HostHeader = "[" + r.Host + "]"
		}
		standard := uint16(80)
		if r.Scheme == "https" {
			standard = 443
			if _, err := netip.ParseAddr(r.Host); err != nil {
				r.ServerName = strings.TrimSuffix(r.Host, ".")
			}
		}
		if r.Port != standard {
			r.HostHeader += ":" + itoa(r.Port)
		}
		for _, h := range r.Headers {
			if strings.EqualFold(h.Name, "Host") {
				r.HostHeader = h.Value
			}
		}
	}
}
