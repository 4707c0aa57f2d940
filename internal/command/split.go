package command

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// split cuts a line into words the way a shell does, without doing anything that a shell would do with them: variables,
// command substitutions and placeholders in angle brackets stay as they are written. Operators ("|", "&&", ">", …) are
// words of their own, marked by operator.
func split(line string) ([]word, error) {
	var words []word
	var b strings.Builder
	open := false
	flush := func() {
		if open {
			words = append(words, word{text: b.String()})
			b.Reset()
			open = false
		}
	}
	for i := 0; i < len(line); {
		c := line[i]
		switch {
		case c == '\\':
			next := strings.TrimPrefix(line[i+1:], "\r")
			if strings.HasPrefix(next, "\n") { // a joined line
				flush()
				i = len(line) - len(next) + 1
				continue
			}
			if i+1 < len(line) {
				_, n := utf8.DecodeRuneInString(line[i+1:])
				b.WriteString(line[i+1 : i+1+n])
				i += n
			}
			open = true
			i++
		case c == '\'' || c == '"' || strings.HasPrefix(line[i:], "‘") || strings.HasPrefix(line[i:], "“"):
			text, rest, ok := quoted(line[i:])
			if !ok {
				return nil, &Error{Word: line[i:min(len(line), i+40)], Message: "the quote is not closed; add the closing quote"}
			}
			b.WriteString(text)
			open = true
			i = len(line) - len(rest)
		case strings.HasPrefix(line[i:], "$(") || c == '`':
			n := substitution(line[i:])
			if n == 0 {
				return nil, &Error{Word: line[i:min(len(line), i+40)], Message: "the substitution is not closed"}
			}
			b.WriteString(line[i : i+n])
			open = true
			i += n
		case c == '<' && placeholder(line[i:]) > 0:
			n := placeholder(line[i:])
			b.WriteString(line[i : i+n])
			open = true
			i += n
		case c == '#' && !open && len(words) > 0 && words[0].text != "/" && words[0].text != "~":
			// A comment runs to the end of its line.
			end := strings.IndexByte(line[i:], '\n')
			if end < 0 {
				end = len(line) - i
			}
			i += end
		case c == '\n' || c == ';':
			flush()
			words = append(words, word{";", true})
			i++
		case strings.IndexByte("|&<>", c) >= 0:
			// A file descriptor before a redirection belongs to it: 2>&1.
			if (c == '>' || c == '<') && open && isDigits(b.String()) {
				b.Reset()
				open = false
			}
			flush()
			n := 1
			for i+n < len(line) && strings.IndexByte("|&<>", line[i+n]) >= 0 {
				n++
			}
			words = append(words, word{line[i : i+n], true})
			i += n
		default:
			r, n := utf8.DecodeRuneInString(line[i:])
			if unicode.IsSpace(r) {
				flush()
			} else {
				b.WriteString(line[i : i+n])
				open = true
			}
			i += n
		}
	}
	flush()
	for len(words) > 0 && words[len(words)-1] == (word{";", true}) {
		words = words[:len(words)-1]
	}
	return words, nil
}

type word struct {
	text     string
	operator bool
}

// quoted reads a quoted text at the start of s. Typographic quotes, as web pages print them, count as plain ones.
func quoted(s string) (text, rest string, ok bool) {
	r, n := utf8.DecodeRuneInString(s)
	s = s[n:]
	single := r == '\'' || r == '‘'
	var b strings.Builder
	for len(s) > 0 {
		c, n := utf8.DecodeRuneInString(s)
		switch {
		case single && (c == '\'' || c == '’'), !single && (c == '"' || c == '”'):
			return b.String(), s[n:], true
		case !single && c == '\\' && len(s) > 1:
			if strings.IndexByte("\"\\$`", s[1]) < 0 {
				b.WriteByte('\\')
			}
			if s[1] != '\n' {
				_, m := utf8.DecodeRuneInString(s[1:])
				b.WriteString(s[1 : 1+m])
				n += m
			} else {
				n++
			}
		default:
			b.WriteString(s[:n])
		}
		s = s[n:]
	}
	return "", "", false
}

// substitution is the length of the $(…) or `…` at the start of s, 0 if it is not closed.
func substitution(s string) int {
	if s[0] == '`' {
		if i := strings.IndexByte(s[1:], '`'); i >= 0 {
			return i + 2
		}
		return 0
	}
	depth := 0
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return 0
}

// placeholder is the length of a "<external-ip>" at the start of s, 0 if there is none.
func placeholder(s string) int {
	end := strings.IndexByte(s, '>')
	if end < 2 {
		return 0
	}
	for _, r := range s[1:end] {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-_. /", r) || r == utf8.RuneError {
			return 0
		}
	}
	if s[1] == ' ' || s[end-1] == ' ' {
		return 0
	}
	return end + 1
}

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// plainDashes turns the typographic dashes that pages make of "-" and "--" at the start of a word back into them. An en
// or em dash stands for two where a word of several letters follows.
func plainDashes(w string) string {
	r, n := utf8.DecodeRuneInString(w)
	switch r {
	case '–', '—', '−', '‐', '‑', '‒', '―':
	default:
		return w
	}
	rest := w[n:]
	if strings.HasPrefix(rest, "-") {
		return "-" + rest
	}
	if r2, n2 := utf8.DecodeRuneInString(rest); r2 == r {
		return "--" + rest[n2:]
	}
	name, _, _ := strings.Cut(rest, "=")
	if (r == '–' || r == '—' || r == '―') && len(name) > 2 {
		return "--" + rest
	}
	if rest == "" {
		return "--"
	}
	return "-" + rest
}
