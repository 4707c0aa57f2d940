package words

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestALanguageIsReadOrRefusedByLine(t *testing.T) {
	english := parsed(t, "language = en\nreason.a = %s refuses port %d.\npage.pods.one = %d pod\npage.pods.other = %d pods\n")
	for _, row := range []struct{ name, text, err string }{
		{"a whole file", "language = de\nreason.a = Port %[2]d: %[1]s lehnt ab.\npage.pods.other = %d Pods\n", ""},
		{"a language with more plurals than English", "language = pl\npage.pods.few = %d pody\n", ""},
		{"a file that says not which language it is", "reason.a = %s %d\n", "x.txt:1: no line `language = TAG`"},
		{"a tag that is none", "language = german_\n", `x.txt:1: language "german_" is no BCP 47 tag`},
		{"a key that English has not", "language = de\nreason.b = x\n", "x.txt:2: key reason.b is not in en.txt"},
		{"a verb too few", "language = de\nreason.a = %s lehnt ab.\n", "x.txt:2: reason.a: \"%s lehnt ab.\" has other verbs"},
		{"verbs that are swapped without saying so", "language = de\nreason.a = %d: %s\n", "has other verbs"},
		{"a key twice", "language = de\npage.pods.one = %d\npage.pods.one = %d\n", "x.txt:3: key page.pods.one stands here a second time"},
		{"a line that is none", "language = de\nhello\n", "x.txt:2: a line is: key = text"},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := parse("x.txt", row.text, english)
			if row.err == "" && err != nil || row.err != "" && (err == nil || !strings.Contains(err.Error(), row.err)) {
				t.Errorf("got %v, want %q", err, row.err)
			}
		})
	}
}

func TestWhatALanguageLacksIsSaidInEnglish(t *testing.T) {
	t.Cleanup(func() { current.Store(nil) })
	Use(parsed(t, "language = de\n"))
	for _, key := range English.Keys("") {
		if got := Current().text(key); got != English.says[key] {
			t.Errorf("%s is %q", key, got)
		}
	}
	var page map[string]string
	want := len(English.Keys("page.")) - len(English.Keys("page.html."))
	if err := json.Unmarshal([]byte(Page()), &page); err != nil || len(page) != want || want == 0 {
		t.Errorf("the page gets %d words (%v), English has %d", len(page), err, want)
	}
}

func TestAKeyThatNobodyKnowsIsSaidAsItIs(t *testing.T) {
	if got := Say("no.such-key"); got != "no.such-key" {
		t.Error(got)
	}
}

func TestEveryBuiltInLanguageLoads(t *testing.T) {
	for _, name := range BuiltIn() {
		if _, err := Load(name); err != nil {
			t.Error(err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("language = de\nreason.a = %[2]d\n")
	f.Fuzz(func(t *testing.T, text string) {
		if c, err := parse("x", text, nil); err == nil {
			for k := range c.says {
				if !keyForm.MatchString(k) {
					t.Errorf("key %q", k)
				}
			}
		}
	})
}

func parsed(t *testing.T, text string) *Catalogue {
	t.Helper()
	c, err := parse("en.txt", text, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
