package world

import (
	"testing"

	"github.com/kubestrata/kubestrata/internal/files"
	"github.com/kubestrata/kubestrata/internal/surroundings"
)

func TestAnExportedWorldReadsBack(t *testing.T) {
	for _, w := range List() {
		manifests, around, err := Export(w.Name)
		if err != nil {
			t.Fatalf("%s: %v", w.Name, err)
		}
		objects, _, problems := files.Decode(w.Name, manifests)
		if len(problems) != 0 || len(objects) < 10 {
			t.Errorf("%s: %d objects, %v", w.Name, len(objects), problems)
		}
		s, err := surroundings.Decode(w.Name, around)
		if err != nil || len(s.Hosts) == 0 {
			t.Errorf("%s: surroundings %+v, %v", w.Name, s, err)
		}
	}
	if _, _, err := Export("nowhere"); err == nil {
		t.Error("a world that does not exist is exported")
	}
}
