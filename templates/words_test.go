package templates

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubestrata/kubestrata/internal/words"
)

func TestATextOfTheCatalogueTakesPartsOfThePageWhereItsVerbsStand(t *testing.T) {
	var b strings.Builder
	if err := filled("page.html.report.asked", code("curl http://web/"), bold("<toolbox>")).Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("<code>curl http://web/</code> from <b>&lt;toolbox&gt;</b>", b.String()); diff != "" {
		t.Error(diff)
	}
}

func TestWhatIsMarkedInATextIsCodeOrStandsOut(t *testing.T) {
	for text, want := range map[string][]marked{
		"Paste `curl`, or *Check*.": {{"Paste ", 0}, {"curl", '`'}, {", or ", 0}, {"Check", '*'}, {".", 0}},
		"2 * 3":                     {{"2 * 3", 0}},
		"":                          nil,
	} {
		if diff := cmp.Diff(want, marks(text), cmp.AllowUnexported(marked{})); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
}

func TestALanguageMayPutThePartsInAnotherOrder(t *testing.T) {
	t.Cleanup(func() { words.Use(words.English) })
	words.Use(language(t, "language = de\npage.html.report.asked = %[2]s fragt %[1]s an\n"))
	want := []piece{{part: 1}, {" fragt ", -1}, {part: 0}, {" an", -1}}
	if diff := cmp.Diff(want, pieces("page.html.report.asked", 2), cmp.AllowUnexported(piece{})); diff != "" {
		t.Error(diff)
	}
}

func language(t *testing.T, text string) *words.Catalogue {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.txt")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := words.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
