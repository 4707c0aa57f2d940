package command

import (
	"strings"
)

// ncFlags are the flags of the nc of OpenBSD, of Ncat and of BusyBox, as far as they agree on which have a value.
var ncFlags = &flagSet{
	program: "nc",
	bools:   names("4 6 b C d D F h k l n N r S t u U v z Z sctp udp tcp listen keep-open verbose zero nodns ssl send-only recv-only"),
	values:  names("e g G i I M m O p P q s T V w W x X wait idle-timeout source source-port exec sh-exec proxy"),
}

// ports are the service names that nc takes for a port (/etc/services), those that people write.
var ports = map[string]uint16{
	"ssh": 22, "telnet": 23, "smtp": 25, "domain": 53, "http": 80, "ntp": 123, "https": 443, "mysql": 3306, "postgresql": 5432,
}

func parseNc(words []string) (*Request, error) {
	r := &Request{Program: ProgramNc, Protocol: TCP, Nc: &Nc{}, Line: Join(append([]string{"nc"}, words...))}
	localPort := ""
	var args []string
	flag := func(name, value, written string) (err error) {
		switch name {
		case "z", "zero":
			r.Nc.Zero = true
		case "v", "verbose":
			r.Nc.Verbose, r.Verbose = true, true
		case "u", "udp":
			r.Protocol = UDP
		case "sctp":
			r.Protocol = SCTP
		case "l", "listen":
			r.Nc.Listen = true
		case "4":
			r.IPFamily = 4
		case "6":
			r.IPFamily = 6
		case "w", "wait":
			r.ConnectTimeout, err = seconds(written, value)
		case "p", "source-port":
			localPort = value
		case "x", "X", "proxy", "s", "source", "U", "ssl", "P":
			r.NotModelled = append(r.NotModelled, written)
		default:
			r.IgnoredFlags = append(r.IgnoredFlags, written)
		}
		return err
	}
	if err := ncFlags.read(words, flag, func(w string) error { args = append(args, w); return nil }); err != nil {
		return nil, err
	}
	if r.Nc.Listen {
		return nil, listener(r, args, localPort)
	}
	if localPort != "" {
		r.IgnoredFlags = append(r.IgnoredFlags, "-p "+localPort)
	}
	if len(args) == 1 {
		if host, p, ok := strings.Cut(args[0], ":"); ok && !strings.Contains(p, ":") && !isPlaceholder(args[0]) {
			args = []string{host, p}
		}
	}
	if len(args) != 2 {
		return nil, &Error{Message: "nc needs a host and a port; write nc -vz HOST PORT"}
	}
	if err := setMachine(r, args[0], strings.Trim(args[0], "[]")); err != nil {
		return nil, err
	}
	p, err := ncPort(args[1])
	if err != nil {
		return nil, err
	}
	r.Port, r.HasPort = p, true
	return r, nil
}

func ncPort(text string) (uint16, error) {
	if p, ok := ports[strings.ToLower(text)]; ok {
		return p, nil
	}
	if from, to, ok := strings.Cut(text, "-"); ok && isDigits(from) && isDigits(to) {
		return 0, &Error{Word: text, Message: "one port at a time, not a range"}
	}
	return port(text, text)
}

// listener is the error of `nc -l`: no request, but something listens afterwards.
func listener(r *Request, args []string, localPort string) error {
	text := localPort
	if text == "" && len(args) > 0 {
		text = args[len(args)-1]
	}
	if text == "" {
		return &Error{Word: "-l", Message: "write the port to listen on, as in nc -l -p 8080"}
	}
	p, err := ncPort(text)
	if err != nil {
		return err
	}
	r.Port, r.HasPort = p, true
	return &NotARequest{
		Kind: LineListen, Request: r,
		Message: "That listens on port " + itoa(p) + " and sends nothing; from elsewhere, nc -vz HOST " + itoa(p) + " would reach it.",
	}
}
