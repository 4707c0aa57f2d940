package command

import (
	"strconv"
	"strings"
)

// flagSet says which flags a program has. A short flag is one letter; long flags have their dashes off.
type flagSet struct {
	program  string
	bools    map[string]bool // flags without a value
	values   map[string]bool // flags with one
	pairs    map[string]bool // flags of two letters behind one dash (wget -nv)
	singleGo bool            // one dash starts a long flag too (nslookup -type=SRV)
}

func names(list string) map[string]bool {
	m := map[string]bool{}
	for _, n := range strings.Fields(list) {
		m[n] = true
	}
	return m
}

// read walks the words of a program: flags, wherever they stand, go to flag with their value and the way they were
// written; everything else to arg.
func (f *flagSet) read(words []string, flag func(name, value, written string) error, arg func(string) error) error {
	for i := 0; i < len(words); i++ {
		w := words[i]
		switch {
		case w == "--":
			for _, rest := range words[i+1:] {
				if err := arg(rest); err != nil {
					return err
				}
			}
			return nil
		case w == "-" || !strings.HasPrefix(w, "-"):
			if err := arg(w); err != nil {
				return err
			}
		case strings.HasPrefix(w, "--") || f.singleGo && len(w) > 2:
			name, value, has := strings.Cut(strings.TrimLeft(w, "-"), "=")
			switch {
			case f.values[name]:
				written := w
				if !has {
					if i+1 >= len(words) {
						return &Error{Word: w, Message: "this flag of " + f.program + " needs a value"}
					}
					i++
					value = words[i]
					written += " " + value
				}
				if err := flag(name, value, written); err != nil {
					return err
				}
			case f.bools[name]:
				if err := flag(name, value, w); err != nil {
					return err
				}
			default:
				return f.unknown(w)
			}
		case f.pairs[strings.TrimPrefix(w, "-")]:
			if err := flag(strings.TrimPrefix(w, "-"), "", w); err != nil {
				return err
			}
		default:
			for j := 1; j < len(w); j++ {
				name := w[j : j+1]
				if f.bools[name] {
					if err := flag(name, "", "-"+name); err != nil {
						return err
					}
					continue
				}
				if !f.values[name] {
					return f.unknown(w)
				}
				value, written := w[j+1:], "-"+w[j:]
				if value == "" {
					if i+1 >= len(words) {
						return &Error{Word: w, Message: "this flag of " + f.program + " needs a value"}
					}
					i++
					value = words[i]
					written += " " + value
				}
				if err := flag(name, value, written); err != nil {
					return err
				}
				break
			}
		}
	}
	return nil
}

func (f *flagSet) unknown(w string) error {
	return &Error{Word: w, Message: "this flag of " + f.program + " is not known here; leave it away if it does not change the request"}
}

func seconds(word, value string) (float64, error) {
	n, err := strconv.ParseFloat(strings.TrimSuffix(value, "s"), 64)
	if err != nil || n < 0 || n > 1e9 || n != n {
		return 0, &Error{Word: word, Message: "write a number of seconds"}
	}
	return n, nil
}

func port(word, value string) (uint16, error) {
	if isPlaceholder(value) {
		return 0, &Error{Word: word, Message: "only you know what " + value + " stands for; write the port's number"}
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 || n > 65535 {
		return 0, &Error{Word: word, Message: "a port is a number from 1 to 65535"}
	}
	return uint16(n), nil
}

func isPlaceholder(s string) bool {
	return strings.HasPrefix(s, "$") || strings.HasPrefix(s, "`") || strings.HasPrefix(s, "<") && strings.HasSuffix(s, ">")
}
