package words

import "testing"

func TestAPageSaysInWhichLanguageItIsAndHowThatIsWritten(t *testing.T) {
	t.Cleanup(func() { current.Store(nil) })
	for _, row := range []struct{ tag, dir string }{
		{"en", "ltr"}, {"pt-BR", "ltr"}, {"ar", "rtl"}, {"he", "rtl"}, {"fa-IR", "rtl"}, {"az-Arab", "rtl"}, {"zh-Hant", "ltr"}, {"qaa", "ltr"},
	} {
		Use(parsed(t, "language = "+row.tag+"\n"))
		if Lang() != row.tag || Dir() != row.dir {
			t.Errorf("%s: lang %q, dir %q, want %q", row.tag, Lang(), Dir(), row.dir)
		}
	}
}
