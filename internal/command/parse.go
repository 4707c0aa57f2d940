package command

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Parse reads a command line given as words, or as one quoted line the way a tutorial prints it: with a prompt, quotes,
// and lines joined by backslashes. The error is an *Error, or a *NotARequest where the line is understood and makes no
// request.
func Parse(words []string) (*Request, error) {
	size := 0
	for _, w := range words {
		size += len(w) + 1
		if !utf8.ValidString(w) {
			return nil, &Error{Message: "the line is not valid UTF-8; copy it again as plain text"}
		}
	}
	if size > MaxLine {
		return nil, &Error{Message: "the line is longer than 8 KiB; keep only the command"}
	}
	var list []word
	if len(words) == 1 {
		var err error
		if list, err = split(words[0]); err != nil {
			return nil, err
		}
	} else {
		for _, w := range words {
			list = append(list, word{text: w})
		}
	}
	return parseWords(list, 0)
}

// maxDepth bounds commands within commands (kubectl exec … -- sh -c "…").
const maxDepth = 4

func parseWords(list []word, depth int) (*Request, error) {
	if depth > maxDepth {
		return nil, &Error{Message: "commands are nested too deeply; give the innermost one"}
	}
	list, source := stripPrompt(list)
	list, tail, err := firstCommand(list)
	if err != nil {
		return nil, err
	}
	words := make([]string, len(list))
	for i, w := range list {
		words[i] = plainDashes(w.text)
	}
	words, wrappers, changing := unwrap(words)
	if len(words) == 0 {
		return nil, &Error{Message: "there is no command; try curl http://NAME/"}
	}
	r, err := parseCommand(words, depth)
	if err != nil {
		if n, ok := err.(*NotARequest); ok {
			if n.Source == nil {
				n.Source = source
			}
			if n.Words == nil {
				n.Words = words
			}
		}
		return nil, err
	}
	if r.Source == nil {
		r.Source = source
	}
	if r.Line == "" {
		r.Line = Join(words)
	}
	r.IgnoredFlags = append(wrappers, append(r.IgnoredFlags, tail...)...)
	for _, name := range changing {
		if r.Scheme != "" || !strings.Contains(strings.ToLower(name), "_proxy") {
			r.NotModelled = append(r.NotModelled, name)
		}
	}
	return r, nil
}

// firstCommand cuts a line at its first operator: what follows a pipe or a redirection changes nothing on the wire and is
// told as ignored; several commands on one line are an error.
func firstCommand(list []word) (first []word, ignored []string, err error) {
	for i, w := range list {
		if !w.operator {
			continue
		}
		if i == 0 {
			return nil, nil, &Error{Word: w.text, Message: "a command cannot start with this"}
		}
		if w.text == ";" || w.text == "&&" || w.text == "||" {
			return nil, nil, &Error{Word: w.text, Message: "one command at a time; give each its own line"}
		}
		if w.text == "&" && i == len(list)-1 {
			return list[:i], nil, nil
		}
		var rest []string
		for _, x := range list[i:] {
			rest = append(rest, x.text)
		}
		return list[:i], []string{strings.Join(rest, " ")}, nil
	}
	return list, nil, nil
}

// changingVariables are those of the environment that change where a client connects: curl's proxies (which it reads in
// lower case, http_proxy only so: curl(1), ENVIRONMENT) and what the C library's resolver reads (resolv.conf(5), hostname(7)).
var changingVariables = []string{
	"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "RES_OPTIONS", "LOCALDOMAIN", "HOSTALIASES",
}

// unwrap takes away what stands before a command; changing are the variables among it that change its request.
func unwrap(words []string) (rest, ignored, changing []string) {
	for len(words) > 0 {
		w := words[0]
		name, _, assigns := strings.Cut(w, "=")
		switch {
		case assigns && isVariable(name):
			if slices.Contains(changingVariables, name) {
				changing = append(changing, name)
			} else {
				ignored = append(ignored, w)
			}
			words = words[1:]
		case w == "sudo" || w == "time" || w == "command" || w == "nohup" || w == "env":
			words = words[1:]
		case w == "timeout" && len(words) > 2 && len(words[1]) > 0 && words[1][0] >= '0' && words[1][0] <= '9':
			ignored = append(ignored, "timeout "+words[1])
			words = words[2:]
		default:
			return words, ignored, changing
		}
	}
	return words, ignored, changing
}

func isVariable(s string) bool {
	return s != "" && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789") == ""
}

// parseCommand reads one command, its program first.
func parseCommand(words []string, depth int) (*Request, error) {
	program := words[0]
	if i := strings.LastIndexByte(program, '/'); i >= 0 && i+1 < len(program) {
		program = program[i+1:]
	}
	args := words[1:]
	switch program {
	case "curl":
		return parseCurl(args)
	case "wget":
		return parseWget(args)
	case "nc", "netcat", "ncat":
		return parseNc(args)
	case "ping", "ping6", "ping4":
		return parsePing(program, args)
	case "nslookup":
		return parseNslookup(args)
	case "dig":
		return parseDig(args)
	case "host":
		return parseHost(args)
	case "busybox":
		if len(args) == 0 {
			break
		}
		r, err := parseCommand(args, depth)
		if r != nil {
			r.BusyBox = true
		}
		return r, err
	case "sh", "bash", "ash", "zsh":
		return parseShell(args, depth)
	case "kubectl", "k", "oc":
		return parseKubectl(args, depth)
	case "minikube":
		if len(args) > 1 && args[0] == "kubectl" && args[1] == "--" {
			return parseKubectl(args[2:], depth)
		}
	}
	return nil, notARequest(program, words)
}

func parseShell(args []string, depth int) (*Request, error) {
	for i, a := range args {
		if strings.HasPrefix(a, "-") && strings.HasSuffix(a, "c") && i+1 < len(args) {
			list, err := split(args[i+1])
			if err != nil {
				return nil, err
			}
			return parseWords(list, depth+1)
		}
	}
	return nil, &NotARequest{Kind: LineOther, Message: "That opens a shell and sends nothing; give the command that you would type in it."}
}
