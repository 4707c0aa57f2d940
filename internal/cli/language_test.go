package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kubestrata/kubestrata/internal/words"
)

func TestALanguageIsChosenByNameOrFileAndItsMistakesAreTold(t *testing.T) {
	t.Cleanup(func() { words.Use(words.English) })
	file := func(text string) string {
		path := filepath.Join(t.TempDir(), "x.txt")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, row := range []struct {
		name, language string
		status         int
		err, tag       string
	}{
		{"no language is English", "", 0, "", "en"},
		{"one that is built in", "en", 0, "", "en"},
		{"a file", file("language = pl\n"), 0, "", "pl"},
		{"no language of that name", "klingon", 2, `language "klingon" is neither built in (en) nor a file`, ""},
		{"a file with a mistake", file("language = pl\npage.nothing-such = x\n"), 2, "x.txt:2: key page.nothing-such is not in en.txt", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			args := []string{"worlds"}
			if row.language != "" {
				args = append(args, "--language", row.language)
			}
			status, _, errs := run(t, "", args...)
			if status != row.status || !strings.Contains(errs, row.err) {
				t.Errorf("status %d, %q; want %d, %q", status, errs, row.status, row.err)
			}
			if row.tag != "" && words.Lang() != row.tag {
				t.Errorf("the language is %s, want %s", words.Lang(), row.tag)
			}
		})
	}
}
