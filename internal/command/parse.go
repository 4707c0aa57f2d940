package command

import (
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
		line, windows := windowsPrompt(words[0])
		if list, err = split(line); err != nil {
			return nil, err
		}
		if windows {
			r, err := parseWords(list, 0)
			if r != nil && r.Source == nil {
				r.Source = &Source{Kind: SourceOutside}
			}
			return r, err
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
	if r, err := beside(list, source, depth); r != nil || err != nil {
		return r, err
	}
	list, tail, err := pipeline(list)
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
	if len(words) == 1 && len(wrappers) > 0 && strings.HasPrefix(wrappers[len(wrappers)-1], "watch") && strings.Contains(words[0], " ") {
		words = []string{"sh", "-c", words[0]} // watch gives its line to a shell
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

// parseCommand reads one command, its program first.
func parseCommand(words []string, depth int) (*Request, error) {
	program := words[0]
	if i := strings.LastIndexByte(program, '/'); i >= 0 && i+1 < len(program) {
		program = program[i+1:]
	}
	program = strings.TrimSuffix(program, ".exe")
	args := words[1:]
	if r, err := parseRemote(program, args, depth); r != nil || err != nil {
		return r, err
	}
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
