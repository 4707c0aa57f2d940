package trace_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/facts"
	"github.com/kubestrata/kubestrata/internal/trace"
	"github.com/kubestrata/kubestrata/internal/words"
	"github.com/kubestrata/kubestrata/internal/world"
)

// reasons are those of TRACE.md; behind rights, assumption and not-modelled stands what is not known.
var reasons = strings.Fields(`pod.delivered pod.port-closed pod.not-running pod.gone host.delivered host.port-closed
	dns.nxdomain dns.nodata dns.servfail dns.blocked dns.no-answer dns.no-resolver
	service.no-endpoints service.no-local-endpoints service.port-undefined service.unknown-address service.not-proxied
	node.port-closed node.not-ready lb.pending lb.source-ranges lb.private-address policy.egress-denied policy.ingress-denied
	boundary.no-route boundary.needs-door
	l7.no-match l7.no-controller l7.no-endpoints l7.no-backend l7.invalid-backend l7.upstream-refused l7.upstream-timeout l7.redirect l7.not-admitted
	tls.no-certificate tls.name-mismatch tls.plain-to-tls http.status outside.unknown rights assumption not-modelled`)

// sameAs are reasons that are said as another is.
var sameAs = map[string]string{"host.delivered": "pod.delivered", "host.port-closed": "pod.port-closed", "dns.no-answer": "dns.blocked"}

func TestTheCatalogueHasWhatTheContractNames(t *testing.T) {
	for _, r := range reasons {
		if as, ok := sameAs[r]; ok {
			r = as
		}
		if len(words.English.Keys("reason."+r)) == 0 {
			t.Errorf("en.txt says nothing of reason %s", r)
		}
	}
	for _, k := range trace.StepKinds {
		if !words.Known("step." + string(k)) {
			t.Errorf("en.txt has no title for step %s", k)
		}
	}
	for _, k := range facts.Keys {
		if !words.Known("fact.name." + k) {
			t.Errorf("en.txt does not name fact %s", k)
		}
	}
	for _, c := range []trace.Class{
		trace.Answered, trace.HTTPError, trace.NameNotFound, trace.Refused, trace.NoAnswer, trace.Reset, trace.TLSError, trace.LeftTheMap, trace.CannotTell, trace.Mixed,
	} {
		if !words.Known("class." + string(c)) {
			t.Errorf("en.txt has no class %s", c)
		}
	}
}

var (
	verb    = regexp.MustCompile(`%(?:\[\d+\])?[a-z%]`)
	letters = regexp.MustCompile(`[A-Za-z]+`)
	word    = regexp.MustCompile(`[a-z]{2,}`)
)

// foreign is a language that has no letter in common with English, each sentence within brackets. Returned are the words
// of English, too.
func foreign(t *testing.T) (*words.Catalogue, map[string]bool) {
	t.Helper()
	english, err := os.ReadFile(filepath.Join("..", "words", "en.txt"))
	if err != nil {
		t.Fatal(err)
	}
	vocabulary := map[string]bool{}
	out := []string{"language = x-foreign"}
	for line := range strings.Lines(string(english)) {
		key, text, ok := strings.Cut(strings.TrimSpace(line), " = ")
		if !ok || strings.HasPrefix(line, "#") || key == "language" {
			continue
		}
		for _, w := range word.FindAllString(verb.ReplaceAllString(text, " "), -1) {
			vocabulary[w] = true
		}
		said, at := "⟦", 0
		for _, v := range verb.FindAllStringIndex(text, -1) {
			said += wide(text[at:v[0]]) + text[v[0]:v[1]]
			at = v[1]
		}
		out = append(out, key+" = "+said+wide(text[at:])+"⟧")
	}
	path := filepath.Join(t.TempDir(), "foreign.txt")
	if err := os.WriteFile(path, []byte(strings.Join(out, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := words.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return c, vocabulary
}

// wide writes letters in their full width.
func wide(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= '!' && r <= '~' && letters.MatchString(string(r)) {
			return r - '!' + '！'
		}
		return r
	}, text)
}

// named are the words of a trace that are names: of objects, fields and programs, what the client typed and printed.
func named(t *testing.T, view *cluster.View, tr *trace.Trace) map[string]bool {
	t.Helper()
	copied := *tr
	copied.Verdict.Sentence, copied.Verdict.Try, copied.Steps, copied.Assumptions, copied.Alternatives = "", nil, slices.Clone(tr.Steps), nil, nil
	for i := range copied.Steps {
		s := &copied.Steps[i]
		s.Sentence, s.Title, s.Tried = "", "", slices.Clone(s.Tried)
		for j := range s.Tried {
			s.Tried[j].Why = ""
		}
	}
	text, err := json.Marshal(copied)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]bool{}
	for _, w := range word.FindAllString(string(text), -1) {
		out[w] = true
	}
	for p := range view.Pods() {
		out[p.Name], out[p.Namespace] = true, true
	}
	for _, svc := range view.Services() {
		out[svc.Name], out[svc.Namespace] = true, true
	}
	return out
}

// proper are names of CoreDNS' plugins.
var proper = map[string]bool{"kubernetes": true, "forward": true}

// What people read of an answer comes from the catalogue, so that a language is a file: in a language without English
// letters no word of English is left but names.
func TestAnswersSpeakTheLanguageOfTheProcess(t *testing.T) {
	other, vocabulary := foreign(t)
	words.Use(other)
	t.Cleanup(func() { words.Use(words.English) })
	said := 0
	told := map[string]bool{}
	for _, info := range world.List() {
		for _, r := range info.Requests {
			view, err := world.View(r.World)
			if err != nil {
				t.Fatal(err)
			}
			tr, err := trace.Run(view, trace.Ask{From: r.From, Via: r.Via, Assume: r.Assume, Command: []string{r.Command}})
			if err != nil {
				t.Fatal(err)
			}
			names := named(t, view, tr)
			check := func(what, text string) {
				said++
				for w := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune(" ,;:()⟦⟧", r) }) {
					w = strings.TrimSuffix(w, ".")
					if vocabulary[w] && !names[w] && !proper[w] && !told[what+w+text] {
						told[what+w+text] = true
						t.Errorf("%s %s: %s says %q in %q", r.World, r.ID, what, w, text)
					}
				}
			}
			check("the verdict", tr.Verdict.Sentence)
			for _, x := range tr.Verdict.Try {
				check("a remedy", x.Text)
			}
			for _, s := range tr.Steps {
				check("a title", s.Title)
				check(string(s.Kind), s.Sentence)
				for _, x := range s.Tried {
					check(string(s.Kind)+", tried", x.Why)
				}
				for _, c := range s.Compared {
					check(string(s.Kind)+", compared", c.Wanted+" "+c.Got)
				}
			}
			for _, a := range tr.Assumptions {
				if strings.Contains(a.Value, " ") { // one word is a value, as in --assume KEY=VALUE
					check("assumption "+a.Key, a.Value)
				}
			}
		}
	}
	if said < 1000 {
		t.Errorf("only %d sentences were looked at", said)
	}
}
