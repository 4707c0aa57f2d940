// Package words is the one catalogue of what Kubestrata says: the sentences of answers, keyed by TRACE.md's reason identifiers,
// the titles of steps, the facts that an answer assumes, and the words of the page. A language is one file beside en.txt (or
// anywhere, see Load); what a file does not have is said in English. How a language is added stands in languages.md.
//
// The language is the process's, chosen once at its start (Use) before anything is said: an answer is part of what is
// compared, kept and shared, and two languages in one process would make two answers of one trace.
package words

import (
	"embed"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync/atomic"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

//go:embed *.txt
var files embed.FS

// English is the catalogue that has every key.
var English = must("en.txt")

var current atomic.Pointer[Catalogue]

func must(name string) *Catalogue {
	text, err := files.ReadFile(name)
	if err == nil {
		var c *Catalogue
		if c, err = parse(name, string(text), nil); err == nil {
			return c
		}
	}
	panic(err) // the file is part of the program
}

// Load finds a language: the name of one that is built in, such as "en", or a file's path.
func Load(name string) (*Catalogue, error) {
	if text, err := files.ReadFile(name + ".txt"); err == nil {
		return parse(name+".txt", string(text), English)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("language %q is neither built in (%s) nor a file: %w", name, strings.Join(BuiltIn(), ", "), err)
	}
	return parse(name, string(text), English)
}

// BuiltIn are the languages that need no file, in order of their names.
func BuiltIn() []string {
	entries, _ := files.ReadDir(".")
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".txt"))
	}
	return names
}

// Use makes a catalogue the process's. It is called once, before anything is said.
func Use(c *Catalogue) { current.Store(c) }

// Current is the catalogue in use.
func Current() *Catalogue {
	if c := current.Load(); c != nil {
		return c
	}
	return English
}

// Known reports whether the catalogue has a key: for sentences that some reasons have and others not.
func Known(key string) bool { return English.has(key) }

// Kind is what a kind of object is called within a sentence, in small letters; a kind that the catalogue does not name is
// called as kubectl has it.
func Kind(kind string) string {
	kind = strings.ToLower(kind)
	if Known("kind." + kind) {
		return Say("kind." + kind)
	}
	return kind
}

// Say is the sentence of a key, its verbs filled with args in the order of English (a language reorders by %[2]s). A key that
// nobody knows is said as it is.
func Say(key string, args ...any) string {
	text := Current().text(key)
	if len(args) == 0 && !strings.Contains(text, "%") {
		return text
	}
	return fmt.Sprintf(text, args...)
}

// Count is the sentence of a key that has a form for each plural of the language (key.one, key.other and what else
// CLDR has for it): n comes first among its arguments.
func Count(key string, n int, args ...any) string {
	c := Current()
	form := forms[plural.Cardinal.MatchPlural(c.Tag, n, 0, 0, 0, 0)]
	if !c.has(key + "." + form) {
		form = "other"
	}
	return Say(key+"."+form, append([]any{n}, args...)...)
}

var forms = map[plural.Form]string{
	plural.Other: "other", plural.Zero: "zero", plural.One: "one", plural.Two: "two", plural.Few: "few", plural.Many: "many",
}

// Kept is what make makes of the catalogue in use, made once for it: tables of sentences that are said often.
func Kept[T any](make func() T) func() T {
	type kept struct {
		of *Catalogue
		is T
	}
	var last atomic.Pointer[kept]
	return func() T {
		c := Current()
		if k := last.Load(); k != nil && k.of == c {
			return k.is
		}
		k := &kept{c, make()}
		last.Store(k)
		return k.is
	}
}

// A Catalogue is one language.
type Catalogue struct {
	Tag  language.Tag
	says map[string]string
}

func (c *Catalogue) has(key string) bool { _, ok := c.says[key]; return ok }

func (c *Catalogue) text(key string) string {
	if s, ok := c.says[key]; ok {
		return s
	}
	if s, ok := English.says[key]; ok {
		return s
	}
	return strings.ReplaceAll(key, "%", "%%")
}

// Keys are those of the catalogue that begin with a prefix, in no order.
func (c *Catalogue) Keys(prefix string) []string {
	var keys []string
	for k := range c.says {
		if strings.HasPrefix(k, prefix) {
			keys = append(keys, k)
		}
	}
	return keys
}

// Page is what a browser needs: the keys that begin with "page.", without that beginning, as a JSON object. Those that begin
// with "page.html." are left out: the server alone says them.
func Page() string {
	c, m := Current(), map[string]string{}
	for _, k := range slices.Concat(English.Keys("page."), c.Keys("page.")) { // c has forms of plurals that English has not
		if !strings.HasPrefix(k, "page.html.") {
			m[strings.TrimPrefix(k, "page.")] = c.text(k)
		}
	}
	b, err := json.Marshal(m) // sorted by key, and safe within a script element
	if err != nil {
		panic(err) // strings alone
	}
	return string(b)
}
