package command

import (
	"strconv"
	"strings"
)

var pingFlags = &flagSet{
	program: "ping",
	bools:   names("4 6 a A b B C d D e f h H L n O q r R U v V"),
	values:  names("c F i I l m M N p Q s S t T w W"),
}

func parsePing(program string, words []string) (*Request, error) {
	r := &Request{Program: ProgramPing, Protocol: ICMP, Line: Join(append([]string{program}, words...))}
	switch program {
	case "ping6":
		r.IPFamily = 6
	case "ping4":
		r.IPFamily = 4
	}
	host := ""
	flag := func(name, value, written string) (err error) {
		switch name {
		case "c":
			if r.Count, err = strconv.Atoi(value); err != nil || r.Count < 1 {
				return &Error{Word: written, Message: "write a number of packets"}
			}
		case "W":
			r.ConnectTimeout, err = seconds(written, value)
		case "w":
			r.MaxTime, err = seconds(written, value)
		case "4":
			r.IPFamily = 4
		case "6":
			r.IPFamily = 6
		case "v":
			r.Verbose = true
		case "q":
			r.Silent = true
		case "I", "m", "b":
			r.NotModelled = append(r.NotModelled, written)
		default:
			r.IgnoredFlags = append(r.IgnoredFlags, written)
		}
		return err
	}
	err := pingFlags.read(words, flag, func(w string) error {
		if host != "" {
			return &Error{Word: w, Message: "one host at a time"}
		}
		host = w
		return nil
	})
	if err != nil {
		return nil, err
	}
	if host == "" {
		return nil, &Error{Message: "ping has no host; write ping HOST"}
	}
	return r, setHostErr(r, host)
}

func setHostErr(r *Request, host string) error {
	if err := setMachine(r, host, strings.Trim(host, "[]")); err != nil {
		return err
	}
	return nil
}
