package reach_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/reach"
	"github.com/kubestrata/kubestrata/internal/world"
)

func open(t *testing.T, name string) *cluster.View {
	t.Helper()
	v, err := world.View(name)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestAnswersAreTheSameBytesEachTime(t *testing.T) {
	view := open(t, "tour")
	var first []byte
	for range 3 {
		a, err := reach.WhoCanReach(view, reach.Ask{Target: "service/default/web"})
		if err != nil {
			t.Fatal(err)
		}
		b, err := a.JSON()
		if err != nil {
			t.Fatal(err)
		}
		if first != nil {
			if diff := cmp.Diff(string(first), string(b)); diff != "" {
				t.Fatal(diff)
			}
		}
		first = b
	}
}
