package words

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/text/language"
)

var (
	keyForm  = regexp.MustCompile(`^[a-z0-9]+([.-][a-z0-9]+)*$`)
	verbForm = regexp.MustCompile(`%(?:\[(\d+)\])?([a-z%])`)
)

// parse reads a catalogue: per line `key = text`, `#` begins a comment, and a first key `language` names the language by its
// BCP 47 tag. Errors name file and line and are all told at once. Against english, keys and verbs are checked: a key that
// English has not (but for other forms of a plural), and a text whose verbs are not those of English, are errors.
func parse(name, text string, english *Catalogue) (*Catalogue, error) {
	c := &Catalogue{says: map[string]string{}}
	var errs []error
	bad := func(line int, format string, args ...any) {
		errs = append(errs, fmt.Errorf("%s:%d: %s", name, line+1, fmt.Sprintf(format, args...)))
	}
	for i, line := range strings.Split(strings.TrimPrefix(text, "\ufeff"), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		key, says, ok := strings.Cut(line, " =")
		says = strings.TrimPrefix(says, " ")
		switch {
		case !ok || says == "":
			bad(i, "a line is: key = text")
		case !keyForm.MatchString(key):
			bad(i, "key %q has more than small letters, digits, dots and hyphens", key)
		case c.has(key):
			bad(i, "key %s stands here a second time", key)
		case key == "language":
			tag, err := language.Parse(says)
			if err != nil {
				bad(i, "language %q is no BCP 47 tag such as en or pt-BR: %v", says, err)
			}
			c.Tag = tag
		case english != nil && !english.has(like(english, key)):
			bad(i, "key %s is not in en.txt", key)
		case english != nil && !sameVerbs(says, english.says[like(english, key)]):
			bad(i, "%s: %q has other verbs than English: %q", key, says, english.says[like(english, key)])
		default:
			c.says[key] = says
		}
	}
	if c.Tag == (language.Tag{}) && errs == nil {
		bad(0, "no line `language = TAG` says which language this is")
	}
	return c, errors.Join(errs...)
}

// like is the key of English that a key stands beside: its own, or for a form of a plural that English has not, key.other.
func like(english *Catalogue, key string) string {
	if english.has(key) {
		return key
	}
	stem, form, _ := cutLast(key, ".")
	if slices.Contains([]string{"zero", "one", "two", "few", "many"}, form) {
		return stem + ".other"
	}
	return key
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// sameVerbs reports whether two texts take the same arguments: each by its place, in any order.
func sameVerbs(a, b string) bool { return slices.Equal(verbs(a), verbs(b)) }

func verbs(text string) []string {
	var list []string
	next := 1
	for _, m := range verbForm.FindAllStringSubmatch(text, -1) {
		if m[2] == "%" {
			continue
		}
		if m[1] != "" {
			fmt.Sscan(m[1], &next)
		}
		list = append(list, fmt.Sprintf("%d%s", next, m[2]))
		next++
	}
	slices.Sort(list)
	return slices.Compact(list)
}
