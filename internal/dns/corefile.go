package dns

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// maxCorefile is the largest Corefile that is parsed, in bytes; a ConfigMap holds at most a MiB.
const maxCorefile = 1 << 20

// Corefile is a parsed Corefile: its server blocks in order.
type Corefile struct {
	Blocks []ServerBlock
	// Imports are files that the Corefile includes and that are not among the objects.
	Imports []string
}

// ServerBlock is one server: the zones it answers for on port 53, and its plugins in the order of the file (the order in
// which they run is CoreDNS' own, see pluginOrder).
type ServerBlock struct {
	Keys       []string // as written: ".:53"
	Zones      []string // of all keys, absolute
	served     []served
	Directives []Directive
	Line       int
}

// served is what one key of a server block serves as plain DNS.
type served struct {
	port  int
	zones []string
}

// zonesAt are the zones that the block serves as plain DNS on a port.
func (b *ServerBlock) zonesAt(port int) []string {
	var out []string
	for _, s := range b.served {
		if s.port == port {
			out = append(out, s.zones...)
		}
	}
	return out
}

// Serves reports whether any block is plain DNS on a port.
func (c *Corefile) Serves(port int) bool {
	return slices.ContainsFunc(c.Blocks, func(b ServerBlock) bool { return len(b.zonesAt(port)) > 0 })
}

// Name is the block's keys as they stand in the file.
func (b *ServerBlock) Name() string { return strings.Join(b.Keys, " ") }

// Directive is one plugin of a block, or one option of a plugin.
type Directive struct {
	Name  string
	Args  []string
	Line  int
	Block []Directive
}

// CorefileError says which line of a Corefile is not understood.
type CorefileError struct {
	Line    int
	Message string
}

func (e *CorefileError) Error() string {
	return fmt.Sprintf("corefile, line %d: %s", e.Line, e.Message)
}

// ParseCorefile parses a Corefile. files are the other files beside it (keys of its ConfigMap and of the custom one) that
// import may name. The error is a *CorefileError.
func ParseCorefile(text string, files map[string]string) (*Corefile, error) {
	if len(text) > maxCorefile {
		return nil, &CorefileError{1, "it is longer than 1 MiB"}
	}
	p := &corefileParser{files: files, snippets: map[string][]Directive{}, file: &Corefile{}}
	if err := p.servers(text, 0); err != nil {
		return nil, err
	}
	return p.file, nil
}

// token is a word of a Corefile with its line; words on one line belong together.
type token struct {
	text string
	line int
}

// tokens follows the lexer of Caddyfiles: words between white space, quoted ones whole, comments from a "#" that starts
// a word.
func tokens(text string) ([]token, error) {
	var out []token
	line := 1
	for i := 0; i < len(text); {
		c := text[i]
		switch {
		case c == '\n':
			line++
			i++
		case c == ' ' || c == '\t' || c == '\r':
			i++
		case c == '#':
			for i < len(text) && text[i] != '\n' {
				i++
			}
		case c == '"':
			start := line
			var b strings.Builder
			i++
			for ; i < len(text) && text[i] != '"'; i++ {
				if text[i] == '\\' && i+1 < len(text) && text[i+1] == '"' {
					i++
				}
				if text[i] == '\n' {
					line++
				}
				b.WriteByte(text[i])
			}
			if i >= len(text) {
				return nil, &CorefileError{start, "a quote is not closed"}
			}
			i++
			out = append(out, token{b.String(), start})
		default:
			start := i
			for i < len(text) && strings.IndexByte(" \t\r\n", text[i]) < 0 {
				i++
			}
			out = append(out, token{text[start:i], line})
		}
	}
	return out, nil
}

type corefileParser struct {
	tokens   []token
	files    map[string]string
	snippets map[string][]Directive
	file     *Corefile
}

const maxImports = 4

func (p *corefileParser) servers(text string, depth int) error {
	saved := p.tokens
	defer func() { p.tokens = saved }()
	var err error
	if p.tokens, err = tokens(text); err != nil {
		return err
	}
	for len(p.tokens) > 0 {
		first := p.tokens[0]
		if first.text == "import" {
			args := p.line()
			for _, content := range p.imported(args[1:]) {
				if depth < maxImports {
					if err := p.servers(content, depth+1); err != nil {
						return err
					}
				}
			}
			continue
		}
		var keys []string
		for len(p.tokens) > 0 && p.tokens[0].text != "{" {
			key := p.tokens[0]
			if key.text == "}" {
				return &CorefileError{key.line, "a closing brace without its opening one"}
			}
			// Keys may be joined by commas and go on in the next line after one.
			more := strings.HasSuffix(key.text, ",")
			keys = append(keys, strings.TrimSuffix(key.text, ","))
			p.tokens = p.tokens[1:]
			if !more && len(p.tokens) > 0 && p.tokens[0].line != key.line {
				break
			}
		}
		if len(p.tokens) == 0 || p.tokens[0].text != "{" {
			return &CorefileError{first.line, "a server block needs an opening brace after " + strings.Join(keys, " ")}
		}
		open := p.tokens[0]
		p.tokens = p.tokens[1:]
		list, err := p.directives(open.line, depth)
		if err != nil {
			return err
		}
		if len(keys) == 1 && strings.HasPrefix(keys[0], "(") && strings.HasSuffix(keys[0], ")") {
			p.snippets[strings.Trim(keys[0], "()")] = list
			continue
		}
		b := ServerBlock{Keys: keys, Directives: list, Line: first.line}
		for _, k := range keys {
			port, zones := keyZones(k)
			b.Zones = append(b.Zones, zones...)
			if port > 0 {
				b.served = append(b.served, served{port, zones})
			}
		}
		p.file.Blocks = append(p.file.Blocks, b)
	}
	return nil
}

// line takes the words of the current line.
func (p *corefileParser) line() []string {
	n := p.tokens[0].line
	var out []string
	for len(p.tokens) > 0 && p.tokens[0].line == n && p.tokens[0].text != "{" && p.tokens[0].text != "}" {
		out = append(out, p.tokens[0].text)
		p.tokens = p.tokens[1:]
	}
	return out
}

// directives reads up to the closing brace.
func (p *corefileParser) directives(opened, depth int) ([]Directive, error) {
	if depth > 16 {
		return nil, &CorefileError{opened, "blocks are nested too deeply"}
	}
	var out []Directive
	for len(p.tokens) > 0 {
		t := p.tokens[0]
		switch t.text {
		case "}":
			p.tokens = p.tokens[1:]
			return out, nil
		case "{":
			return nil, &CorefileError{t.line, "an opening brace without a plugin before it"}
		}
		words := p.line()
		d := Directive{Name: words[0], Args: words[1:], Line: t.line}
		if len(p.tokens) > 0 && p.tokens[0].text == "{" {
			open := p.tokens[0]
			p.tokens = p.tokens[1:]
			var err error
			if d.Block, err = p.directives(open.line, depth+1); err != nil {
				return nil, err
			}
		}
		if d.Name != "import" {
			out = append(out, d)
			continue
		}
		if len(d.Args) > 0 {
			if s, ok := p.snippets[d.Args[0]]; ok {
				out = append(out, s...)
				continue
			}
		}
		for _, content := range p.imported(d.Args) {
			saved := p.tokens
			var err error
			if p.tokens, err = tokens(content + "\n}"); err != nil {
				return nil, err
			}
			list, err := p.directives(t.line, depth+1)
			p.tokens = saved
			if err != nil {
				return nil, err
			}
			out = append(out, list...)
		}
	}
	return nil, &CorefileError{opened, "the block is not closed"}
}

// keyZones reads a server block's key: its zones, of which a CIDR can be several, and the port on which they are served as
// plain DNS, 0 if they are not.
func keyZones(key string) (port int, zones []string) {
	port = dnsPort
	if rest, ok := strings.CutPrefix(key, "dns://"); ok {
		key = rest
	} else if _, rest, ok := strings.Cut(key, "://"); ok {
		key, port = rest, 0
	}
	if i := strings.LastIndexByte(key, ':'); i >= 0 && !strings.Contains(key[i:], "/") && isPort(key[i+1:]) {
		if n, err := strconv.Atoi(key[i+1:]); port > 0 && err == nil {
			port = n
		}
		key = key[:i]
	}
	if key == "" {
		key = "."
	}
	return port, zoneNames(key)
}

// dnsPort is the port of DNS, and that of server blocks which name none.
const dnsPort = 53

func isPort(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
