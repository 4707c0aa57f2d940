package world

import (
	"embed"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/files"
	"github.com/kubestrata/kubestrata/internal/surroundings"
)

//go:embed worlds/*.txtar
var embedded embed.FS

// archive is one world as it is written, cut into parts but not decoded: a list of worlds must not cost their objects.
type archive struct {
	name, title, about, lesson string
	plain                      *part
	variants                   map[string]*part
}

// part is a plain world, a variant or a state: what differs from what it builds on.
type part struct {
	title    string
	yaml     []txtar.File
	remove   []pattern
	play     []play
	states   map[int]*part
	requests []Request
	ready    string
}

// archives are all worlds by name. They are compiled in and tested, so one that does not parse is a bug; it is left out.
var archives = sync.OnceValue(func() map[string]*archive {
	out := map[string]*archive{}
	names, err := embedded.ReadDir("worlds")
	if err != nil {
		return out
	}
	for _, entry := range names {
		data, err := embedded.ReadFile("worlds/" + entry.Name())
		if err != nil {
			continue
		}
		if a, err := parse(strings.TrimSuffix(entry.Name(), ".txtar"), data); err == nil {
			out[a.name] = a
		}
	}
	return out
})

func parse(name string, data []byte) (*archive, error) {
	ar := txtar.Parse(data)
	a := &archive{name: name, plain: &part{states: map[int]*part{}}, variants: map[string]*part{}}
	title, about, _ := strings.Cut(strings.TrimSpace(string(ar.Comment)), "\n")
	a.title, a.about = title, strings.Join(strings.Fields(about), " ")
	a.plain.title = title
	for _, f := range ar.Files {
		into, rest := a.plain, f.Name
		if after, ok := strings.CutPrefix(rest, "variants/"); ok {
			variant, file, _ := strings.Cut(after, "/")
			if a.variants[variant] == nil {
				a.variants[variant] = &part{states: map[int]*part{}}
			}
			into, rest = a.variants[variant], file
		}
		if err := a.file(into, rest, name+"/"+f.Name, f.Data); err != nil {
			return nil, err
		}
	}
	for variant, p := range a.variants {
		a.place(p, name+"/"+variant)
	}
	a.place(a.plain, name)
	return a, nil
}

func (a *archive) file(into *part, rest, full string, data []byte) error {
	text := string(data)
	if after, ok := strings.CutPrefix(rest, "states/"); ok {
		number, ext, _ := strings.Cut(after, ".")
		n, err := strconv.Atoi(number)
		if err != nil || n < 2 {
			return fmt.Errorf("%s: a state's file is named by its number, from 2", full)
		}
		if into.states[n] == nil {
			into.states[n] = &part{}
		}
		into, rest = into.states[n], "state."+ext
	}
	var err error
	switch {
	case strings.HasSuffix(rest, ".yaml"):
		if into.title == "" {
			into.title = firstComment(text)
		}
		into.yaml = append(into.yaml, txtar.File{Name: full, Data: data})
	case rest == "delete" || strings.HasSuffix(rest, ".delete"):
		if into.title == "" {
			into.title = firstComment(text)
		}
		into.remove, err = parsePatterns(full, text)
	case rest == "requests":
		into.requests, into.ready, err = parseRequests(full, text)
	case rest == "play":
		into.play, err = parsePlay(full, text)
	case rest == "lesson.md":
		a.lesson = text
	default:
		err = fmt.Errorf("%s: unknown file", full)
	}
	return err
}

func firstComment(text string) string {
	first, _, _ := strings.Cut(text, "\n")
	title, ok := strings.CutPrefix(first, "#")
	if !ok {
		return ""
	}
	return strings.TrimSpace(title)
}

// place completes the requests' world names, of which the file gives the state at most.
func (a *archive) place(p *part, name string) {
	for i := range p.requests {
		if state := p.requests[i].World; state == "1" {
			p.requests[i].World = name
		} else {
			p.requests[i].World = name + "@" + state
		}
	}
}

func (p *part) listStates() []State {
	out := []State{{1, p.title}}
	for n := 2; p.states[n] != nil; n++ {
		out = append(out, State{n, p.states[n].title})
	}
	return out
}

func (p *part) readyRequest() *Request {
	for i := range p.requests {
		if p.requests[i].ID == p.ready {
			r := p.requests[i]
			return &r
		}
	}
	return nil
}

func (a *archive) info() Info {
	i := Info{
		Name: a.name, Title: a.title, About: a.about, Lesson: a.lesson, Variants: []Variant{},
		States: a.plain.listStates(), Ready: a.plain.readyRequest(), Requests: slices.Clone(a.plain.requests),
	}
	for _, name := range slices.Sorted(keys(a.variants)) {
		v := a.variants[name]
		i.Variants = append(i.Variants, Variant{Name: name, Title: v.title, States: v.listStates(), Ready: v.readyRequest()})
		i.Requests = append(i.Requests, v.requests...)
	}
	return i
}

// pattern selects objects to take away: KIND NAMESPACE/NAME with * for anything, KIND NAME for cluster-wide kinds.
type pattern struct{ kind, namespace, name string }

func parsePatterns(file, text string) ([]pattern, error) {
	var out []pattern
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		words := strings.Fields(line)
		if len(words) != 2 {
			return nil, fmt.Errorf("%s:%d: %q must be KIND NAMESPACE/NAME", file, i+1, line)
		}
		p := pattern{kind: words[0], name: words[1]}
		if ns, name, ok := strings.Cut(words[1], "/"); ok {
			p.namespace, p.name = ns, name
		}
		for _, glob := range []string{p.kind, p.namespace, p.name} {
			if _, err := path.Match(glob, ""); err != nil {
				return nil, fmt.Errorf("%s:%d: %q: %w", file, i+1, glob, err)
			}
		}
		out = append(out, p)
	}
	return out, nil
}

func (p pattern) matches(ref cluster.Ref) bool {
	for _, m := range [][2]string{{p.kind, string(ref.Kind)}, {p.namespace, ref.Namespace}, {p.name, ref.Name}} {
		if ok, err := path.Match(m[0], m[1]); err != nil || !ok {
			return false
		}
	}
	return true
}

// content is what a world holds at one state, before simulation.
type content struct {
	objects map[cluster.Ref]cluster.Object
	around  *surroundings.Surroundings
	play    []play
}

// load decodes a world up to a state.
func (a *archive) load(n Name) (*content, error) {
	c := &content{objects: map[cluster.Ref]cluster.Object{}, around: &surroundings.Surroundings{}}
	parts := []*part{a.plain}
	last := a.plain
	if n.Variant != "" {
		last = a.variants[n.Variant]
		parts = append(parts, last)
	}
	for i := 2; i <= n.State; i++ {
		parts = append(parts, last.states[i])
	}
	for _, p := range parts {
		if err := c.add(p); err != nil {
			return nil, err
		}
	}
	c.play = last.play
	return c, nil
}

func (c *content) add(p *part) error {
	for _, gone := range p.remove {
		for ref := range c.objects {
			if gone.matches(ref) {
				delete(c.objects, ref)
			}
		}
	}
	for _, f := range p.yaml {
		objects, around, problems := files.Decode(f.Name, f.Data)
		if len(problems) > 0 {
			return problems[0]
		}
		for _, o := range objects {
			r, _ := cluster.ResourceOf(cluster.KindOf(o))
			if r.Namespaced && o.GetNamespace() == "" {
				o.SetNamespace("default")
			}
			c.objects[cluster.Ref{Kind: r.Kind, Namespace: o.GetNamespace(), Name: o.GetName()}] = o
		}
		if around != nil {
			c.around.Merge(around)
		}
	}
	if unresolved := c.around.Unresolved(); len(unresolved) > 0 {
		return unresolved[0]
	}
	return nil
}

// play is something that happens by itself, again and again.
type play struct {
	every     time.Duration
	namespace string
	selector  string // of the pods of which one is replaced
}

// parsePlay reads lines of the form "every 20s replace NAMESPACE SELECTOR".
func parsePlay(file, text string) ([]play, error) {
	var out []play
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		words := strings.Fields(line)
		if len(words) != 5 || words[0] != "every" || words[2] != "replace" {
			return nil, fmt.Errorf("%s:%d: %q must be: every DURATION replace NAMESPACE SELECTOR", file, i+1, line)
		}
		d, err := time.ParseDuration(words[1])
		if err != nil || d < 10*time.Second {
			return nil, fmt.Errorf("%s:%d: %q is no duration of 10s or more", file, i+1, words[1])
		}
		out = append(out, play{d, words[3], words[4]})
	}
	return out, nil
}
