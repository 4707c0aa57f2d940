package names

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	kdns "github.com/kubestrata/kubestrata/internal/dns"
)

var (
	seedFlag  = flag.Uint64("seed", 1, "of the first world; 0 takes one by chance")
	worldFlag = flag.Int("worlds", 250, "how many worlds to make")
	perWorld  = flag.Int("questions", 80, "how many questions to ask in each world")
	failures  = flag.Int("failures", 5, "after how many disagreements to stop")
)

func firstSeed() uint64 {
	if *seedFlag != 0 {
		return *seedFlag
	}
	return rand.Uint64() >> 16
}

func TestAnswersAgreeWithCoreDNS(t *testing.T) {
	seed := firstSeed()
	server := newCoreDNS(t.TempDir())
	defer server.close()
	asked, reports := 0, 0
	kinds := map[string]int{}
	unknown, onPurpose := map[string]int{}, map[string]int{}
	for i := range *worldFlag {
		at := seed + uint64(i)
		w := newWorld(at)
		s, err := server.start(w)
		if err != nil {
			t.Fatalf("world %d: %v", at, err)
		}
		j := newJudge(w)
		for _, q := range questions(at, w, *perWorld) {
			a := j.ask(q)
			if endless(a) {
				unknown[a.UnknownReason+", which CoreDNS would not survive"]++
				continue
			}
			real, err := s.ask(q)
			if err != nil {
				s.stop()
				t.Fatalf("world %d: %v\n%s", at, err, w)
			}
			asked++
			if a.Unknown != "" {
				unknown[a.UnknownReason]++
				continue
			}
			kinds["asked for "+q.Type+": "+real.rcode+found(real)]++
			kinds["answered by "+a.Plugin+": "+real.rcode+found(real)]++
			for _, step := range a.Steps {
				kinds["after a step of "+step.Plugin+": "+real.rcode+found(real)]++
			}
			if d := differ(real, a); d != "" {
				if why := deliberate(w, q, real, a); why != "" {
					onPurpose[why]++
					continue
				}
				s.stop()
				t.Error(report(server, at, w, q, d))
				if reports++; reports == *failures {
					t.Fatal("there may be more")
				}
				break
			}
		}
		s.stop()
	}
	t.Logf("seed %d: %d questions in %d worlds", seed, asked, *worldFlag)
	for _, k := range sortedKeys(kinds) {
		t.Logf("%6d %s", kinds[k], k)
	}
	for _, k := range sortedKeys(onPurpose) {
		t.Logf("%6d differ on purpose: %s", onPurpose[k], k)
	}
	cannot := 0
	for _, k := range sortedKeys(unknown) {
		cannot += unknown[k]
		t.Logf("%6d cannot tell: %s", unknown[k], k)
	}
	if cannot*10 > asked {
		t.Errorf("%d of %d questions were not answered: the comparison is worth little", cannot, asked)
	}
}

// endless is a question that makes CoreDNS 1.15 ask itself until its stack is full, and this program would end with it.
func endless(a kdns.Answer) bool { return strings.HasSuffix(a.Unknown, "without end") }

func found(s said) string {
	if len(s.records) > 0 {
		return " with records"
	}
	return ""
}

func sortedKeys(m map[string]int) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// report shows a disagreement in the smallest world that still has it.
func report(server *coreDNS, seed uint64, w *world, q kdns.Question, first string) string {
	last := first
	small := shrink(w, func(smaller *world) bool {
		s, err := server.start(smaller)
		if err != nil {
			return false // a Corefile that CoreDNS refuses
		}
		defer s.stop()
		a := newJudge(smaller).ask(q)
		if endless(a) {
			return false
		}
		real, err := s.ask(q)
		if err != nil || a.Unknown != "" || deliberate(smaller, q, real, a) != "" {
			return false
		}
		d := differ(real, a)
		if d != "" {
			last = d
		}
		return d != ""
	})
	return fmt.Sprintf("world %d: %s %s\n%s\n%s", seed, q.Type, q.Name, last, small)
}
