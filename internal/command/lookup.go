package command

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// The record types that a question may have; others are an error that names them.
var types = names("A AAAA ANY CAA CNAME MX NAPTR NS PTR SOA SRV TXT HTTPS SVCB")

var nslookupFlags = &flagSet{
	program: "nslookup", singleGo: true,
	bools:  names("debug nodebug d2 vc novc recurse norecurse search nosearch all fail nofail defname nodefname"),
	values: names("type query querytype q class cl timeout retry port domain srchlist ndots"),
}

func parseNslookup(words []string) (*Request, error) {
	r := dnsRequest(ProgramNslookup, words)
	r.Question.Both, r.Question.Search = true, true
	// nslookup's flags have their value after "=" only.
	for _, w := range words {
		if strings.HasPrefix(w, "-") && !strings.Contains(w, "=") && nslookupFlags.values[strings.TrimLeft(w, "-")] {
			return nil, &Error{Word: w, Message: "nslookup wants the value after an equals sign, as in -type=SRV"}
		}
	}
	var args []string
	flag := func(name, value, written string) (err error) {
		switch name {
		case "type", "query", "querytype", "q":
			return setType(r, value, written)
		case "timeout":
			r.ConnectTimeout, err = seconds(written, value)
		case "port":
			r.Port, err = port(written, value)
			r.HasPort = true
		case "vc":
			r.Protocol = TCP
		case "nosearch":
			r.Question.Search = false
		default:
			r.IgnoredFlags = append(r.IgnoredFlags, written)
		}
		return err
	}
	if err := nslookupFlags.read(words, flag, func(w string) error { args = append(args, w); return nil }); err != nil {
		return nil, err
	}
	return nameAndServer(r, args)
}

var hostFlags = &flagSet{
	program: "host",
	bools:   names("4 6 a A C d i l r s T U v V w"),
	values:  names("c m N R t W p"),
}

func parseHost(words []string) (*Request, error) {
	r := dnsRequest(ProgramHost, words)
	r.Question.Both, r.Question.Search = true, true
	var args []string
	flag := func(name, value, written string) (err error) {
		switch name {
		case "t":
			return setType(r, value, written)
		case "a":
			return setType(r, "ANY", written)
		case "4":
			r.IPFamily = 4
		case "6":
			r.IPFamily = 6
		case "T":
			r.Protocol = TCP
		case "W":
			r.ConnectTimeout, err = seconds(written, value)
		case "p":
			r.Port, err = port(written, value)
			r.HasPort = true
		case "v", "d":
			r.Verbose = true
		default:
			r.IgnoredFlags = append(r.IgnoredFlags, written)
		}
		return err
	}
	if err := hostFlags.read(words, flag, func(w string) error { args = append(args, w); return nil }); err != nil {
		return nil, err
	}
	return nameAndServer(r, args)
}

var digFlags = &flagSet{
	program: "dig",
	bools:   names("4 6 i m r v u h"),
	values:  names("b c f k p q t x y"),
}

func parseDig(words []string) (*Request, error) {
	r := dnsRequest(ProgramDig, words)
	typed := false
	flag := func(name, value, written string) (err error) {
		switch name {
		case "t":
			typed = true
			return setType(r, value, written)
		case "q":
			return setName(r, value)
		case "x":
			a, err := netip.ParseAddr(value)
			if err != nil {
				return &Error{Word: written, Message: "dig -x wants an IP address"}
			}
			reverse(r, a)
			typed = true
		case "p":
			r.Port, err = port(written, value)
			r.HasPort = true
		case "4":
			r.IPFamily = 4
		case "6":
			r.IPFamily = 6
		case "b", "f", "k", "y":
			r.NotModelled = append(r.NotModelled, written)
		default:
			r.IgnoredFlags = append(r.IgnoredFlags, written)
		}
		return err
	}
	err := digFlags.read(words, flag, func(w string) error {
		switch upper := strings.ToUpper(w); {
		case strings.HasPrefix(w, "@"):
			return setServer(r, w[1:], w)
		case strings.HasPrefix(w, "+"):
			return digOption(r, w)
		case upper == "IN" || upper == "CH" || upper == "HS":
			if upper != "IN" {
				r.NotModelled = append(r.NotModelled, w)
			}
			return nil
		case types[upper] && r.Question.Name != "" && !typed, types[upper] && r.Question.Name == "" && !typed:
			typed = true
			return setType(r, w, w)
		case r.Question.Name != "":
			return &Error{Word: w, Message: "one question at a time"}
		}
		return setName(r, w)
	})
	if err != nil {
		return nil, err
	}
	if r.Question.Name == "" {
		return nil, &Error{Message: "dig has no name; write dig NAME"}
	}
	return r, nil
}

func digOption(r *Request, w string) (err error) {
	name, value, _ := strings.Cut(w[1:], "=")
	switch name {
	case "search":
		r.Question.Search = true
	case "nosearch":
		r.Question.Search = false
	case "tcp", "vc":
		r.Protocol = TCP
	case "time", "timeout":
		r.ConnectTimeout, err = seconds(w, value)
	case "trace", "nssearch", "https", "tls", "norecurse", "norec":
		r.NotModelled = append(r.NotModelled, w)
	default:
		r.IgnoredFlags = append(r.IgnoredFlags, w)
	}
	return err
}

func dnsRequest(program Program, words []string) *Request {
	return &Request{
		Program: program, Protocol: UDP, Port: 53, Question: &Question{Type: "A"},
		Line: Join(append([]string{string(program)}, words...)),
	}
}

func nameAndServer(r *Request, args []string) (*Request, error) {
	if len(args) == 0 || args[0] == "-" {
		return nil, &Error{Message: string(r.Program) + " has no name; write " + string(r.Program) + " NAME"}
	}
	if len(args) > 2 {
		return nil, &Error{Word: args[2], Message: "one name and one server at most"}
	}
	if a, err := netip.ParseAddr(args[0]); err == nil {
		reverse(r, a)
	} else if err := setName(r, args[0]); err != nil {
		return nil, err
	}
	if len(args) == 2 {
		if err := setServer(r, args[1], args[1]); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func setType(r *Request, value, written string) error {
	t := strings.ToUpper(value)
	if !types[t] {
		return &Error{Word: written, Message: "this record type is not known; write A, AAAA, SRV, PTR, CNAME …"}
	}
	r.Question.Type, r.Question.Both = t, false
	return nil
}

func setName(r *Request, name string) error {
	if err := setHost(r, name, name); err != nil {
		return err
	}
	r.Question.Name = r.Host
	return nil
}

func setServer(r *Request, server, written string) error {
	var other Request
	if err := setHost(&other, written, strings.Trim(server, "[]")); err != nil {
		return err
	}
	r.Question.Server = other.Host
	return nil
}

// reverse makes the question for an address's name (RFC 1035 3.5, RFC 3596 2.5).
func reverse(r *Request, a netip.Addr) {
	a = a.Unmap().WithZone("")
	var parts []string
	suffix := "in-addr.arpa"
	if a.Is4() {
		for _, b := range a.As4() {
			parts = append(parts, fmt.Sprint(b))
		}
	} else {
		suffix = "ip6.arpa"
		for _, b := range a.As16() {
			parts = append(parts, fmt.Sprintf("%x", b>>4), fmt.Sprintf("%x", b&15))
		}
	}
	slices.Reverse(parts)
	r.Host = a.String()
	*r.Question = Question{
		Name: strings.Join(parts, ".") + "." + suffix, Type: "PTR", Reverse: a, Server: r.Question.Server,
	}
}
