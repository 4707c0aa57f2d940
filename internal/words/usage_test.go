package words

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// said is how the program's code speaks of the catalogue.
type said struct {
	calls    []call          // Say and Count with a key that is written out
	literals map[string]bool // every string that is written out
	begins   []string        // what keys that are put together begin with: Say("step." + kind)
}

type call struct {
	at     token.Position
	name   string // Say or Count
	key    string
	args   int
	spread bool
}

func readCode(t *testing.T) said {
	t.Helper()
	out := said{literals: map[string]bool{}}
	files := 0
	for _, dir := range []string{"internal", "templates", "cmd"} {
		err := filepath.WalkDir(filepath.Join("..", "..", dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			files++
			set := token.NewFileSet()
			file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(n ast.Node) bool { out.read(set, n); return true })
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if files < 100 {
		t.Fatalf("only %d files were read", files)
	}
	return out
}

func (s *said) read(set *token.FileSet, n ast.Node) {
	switch n := n.(type) {
	case *ast.BasicLit:
		if text, ok := written(n); ok {
			s.literals[text] = true
		}
	case *ast.BinaryExpr:
		if text, ok := written(n.X); ok && n.Op == token.ADD && strings.HasSuffix(text, ".") {
			s.begins = append(s.begins, text)
		}
	case *ast.CallExpr:
		f, ok := n.Fun.(*ast.SelectorExpr)
		if !ok || len(n.Args) == 0 || f.Sel.Name != "Say" && f.Sel.Name != "Count" {
			return
		}
		if x, ok := f.X.(*ast.Ident); !ok || x.Name != "words" {
			return
		}
		if key, ok := written(n.Args[0]); ok {
			s.calls = append(s.calls, call{set.Position(n.Pos()), f.Sel.Name, key, len(n.Args) - 1, n.Ellipsis.IsValid()})
		}
	}
}

func written(e ast.Expr) (string, bool) {
	b, ok := e.(*ast.BasicLit)
	if !ok || b.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(b.Value)
	return text, err == nil
}

func TestEveryKeyThatCodeNamesIsInTheCatalogue(t *testing.T) {
	calls := readCode(t).calls
	if len(calls) < 500 {
		t.Errorf("only %d calls were found", len(calls))
	}
	for _, c := range calls {
		keys := []string{c.key}
		if c.name == "Count" {
			keys = []string{c.key + ".one", c.key + ".other"}
		}
		for _, key := range keys {
			text, ok := English.says[key]
			if !ok {
				t.Errorf("%s: en.txt has no %s", c.at, key)
				continue
			}
			if wanted := len(verbs(text)); !c.spread && wanted != c.args {
				t.Errorf("%s: %s takes %d arguments (%q), not %d", c.at, key, wanted, text, c.args)
			}
		}
	}
}

// The words of the page are said by templates and scripts, which are looked through where those are tested.
func TestNoSentenceIsLeftOver(t *testing.T) {
	code := readCode(t)
	counted := map[string]bool{}
	for _, c := range code.calls {
		if c.name == "Count" {
			counted[c.key] = true
		}
	}
	for _, key := range English.Keys("") {
		stem, form, _ := cutLast(key, ".")
		switch {
		case strings.HasPrefix(key, "page."), code.literals[key], counted[stem] && (form == "one" || form == "other"):
		case slices.ContainsFunc(code.begins, func(p string) bool { return strings.HasPrefix(key, p) }):
		case code.literals[stem] && code.literals["."+form]: // a variant that is put behind its reason
		default:
			t.Errorf("nobody says %s = %s", key, English.says[key])
		}
	}
}

// Titles stand in a strip of the player, and sentences of verdicts on one line of a projector.
func TestTitlesAreShort(t *testing.T) {
	for _, begin := range []string{"step.", "title."} {
		for _, key := range English.Keys(begin) {
			if text := verbForm.ReplaceAllString(English.says[key], "00"); len([]rune(text)) > 22 {
				t.Errorf("%s is longer than 22 characters: %q", key, text)
			}
		}
	}
}
