package command

import (
	"strings"
)

// quietCommands do nothing on a network and stand beside a request in a line: what they print or wait for is left out.
var quietCommands = names("echo printf sleep true false date exit break continue export cd set unset sync wait clear pwd : [ test")

// pipeline takes the one request out of a line: what stands around it in loops, lists and pipes changes nothing on the
// wire and is told as ignored. Two requests in one line are an error, as is a line that begins with an operator.
func pipeline(list []word) (first []word, ignored []string, err error) {
	if len(list) > 0 && list[0].operator {
		return nil, nil, &Error{Word: list[0].text, Message: "a command cannot start with this"}
	}
	commands, loop := unloop(list)
	if loop != "" {
		ignored = append(ignored, loop)
	}
	var requests [][]word
	var between word
	var others []string
	for i, c := range commands {
		if len(c.words) == 0 {
			continue
		}
		if i > 0 && quietCommands[c.words[0].text] || i+1 < len(commands) && quietCommands[c.words[0].text] && !pipes(c.words) {
			others = append(others, strings.TrimSpace(c.before.text+" "+joined(c.words)))
			continue
		}
		if requests = append(requests, c.words); len(requests) == 2 {
			between = c.before
		}
	}
	if len(requests) > 1 {
		return nil, nil, &Error{Word: between.text, Message: "one command at a time; give each its own line"}
	}
	if len(requests) == 0 {
		if len(commands) > 0 {
			return commands[0].words, nil, nil
		}
		return list, nil, nil
	}
	first, tail := stage(requests[0])
	return first, append(append(ignored, tail...), others...), nil
}

// command is a command of a list, with the operator before it.
type command struct {
	before word
	words  []word
}

// commandsOf cuts a list at ";", "&&" and "||", and at "&" where another command follows.
func commandsOf(list []word) []command {
	var out []command
	var now command
	for i, w := range list {
		if w.operator && (w.text == ";" || w.text == "&&" || w.text == "||" || w.text == "&" && i+1 < len(list) && isClient(list[i+1].text)) {
			out = append(out, now)
			now = command{before: w}
			continue
		}
		now.words = append(now.words, w)
	}
	return append(out, now)
}

// unloop takes a line apart into its commands; the words of a loop around them (while, until, for) come back as text.
func unloop(list []word) (out []command, loop string) {
	commands := commandsOf(list)
	if len(list) == 0 || list[0].operator {
		return commands, ""
	}
	switch list[0].text {
	case "while", "until", "for", "if":
	default:
		return commands, ""
	}
	var head []string
	for _, c := range commands {
		for len(c.words) > 0 {
			w := c.words[0].text
			if w == "for" {
				head = append(head, joined(c.words))
				c.words = nil
				break
			}
			if w != "while" && w != "until" && w != "if" && w != "do" && w != "then" && w != "else" && w != "done" && w != "fi" && w != "!" {
				break
			}
			if w == "while" || w == "until" || w == "if" {
				head = append(head, w)
			}
			c.words = c.words[1:]
			if w == "done" || w == "fi" {
				c.words = nil // redirections and pipes of the whole loop
			}
		}
		if len(c.words) > 0 {
			out = append(out, c)
		}
	}
	return out, strings.Join(head, " ")
}

// stage is the part of a pipe that makes the request: the first, unless it only feeds a client behind it, as in
// "echo | nc HOST PORT".
func stage(list []word) (first []word, ignored []string) {
	start := 0
	for i, w := range list {
		if !w.operator {
			continue
		}
		if (w.text == "|" || w.text == "|&") && i > start && quietCommands[list[start].text] && i+1 < len(list) && !list[i+1].operator {
			ignored = append(ignored, joined(list[start:i+1]))
			start = i + 1
			continue
		}
		if w.text == "&" && i == len(list)-1 {
			return list[start:i], ignored
		}
		return list[start:i], append(ignored, joined(list[i:]))
	}
	return list[start:], ignored
}

func pipes(list []word) bool {
	for _, w := range list {
		if w.operator && strings.HasPrefix(w.text, "|") {
			return true
		}
	}
	return false
}

func joined(list []word) string {
	text := make([]string, len(list))
	for i, w := range list {
		text[i] = w.text
	}
	return strings.Join(text, " ")
}
