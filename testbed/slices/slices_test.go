package slices

import (
	"flag"
	"math/rand/v2"
	"testing"
)

var (
	seedFlag  = flag.Uint64("seed", 1, "of the first world; 0 takes one by chance")
	worldFlag = flag.Int("worlds", 20000, "how many worlds to make")
)

func TestSlicesAreThoseOfTheController(t *testing.T) {
	seed := *seedFlag
	if seed == 0 {
		seed = rand.Uint64() >> 16
	}
	slices, endpoints, reports := 0, 0, 0
	for i := range *worldFlag {
		at := seed + uint64(i)
		w := newWorld(at)
		differ, err := difference(w)
		if err != nil {
			t.Fatalf("world %d: %v", at, err)
		}
		for _, s := range simulated(w) {
			slices++
			endpoints += len(s.Endpoints)
		}
		if differ == "" {
			continue
		}
		small := shrink(w, func(w *world) bool {
			d, err := difference(w)
			return err == nil && d != ""
		})
		differ, _ = difference(small)
		t.Errorf("world %d: the controller (-) and simulate (+) differ:\n%s\n%s", at, differ, small)
		if reports++; reports == 3 {
			t.Fatal("there may be more")
		}
	}
	t.Logf("seed %d: %d slices with %d endpoints in %d worlds", seed, slices, endpoints, *worldFlag)
	if endpoints == 0 {
		t.Error("no endpoint was ever written")
	}
}

// What the two are held to must be able to differ: a world in which one thing is changed for one of them is found.
func TestADifferenceIsSeenAndMadeSmall(t *testing.T) {
	var w *world
	for seed := uint64(1); ; seed++ {
		w = newWorld(seed)
		if len(w.pods) > 2 && len(told(simulated(w), false)) > 0 {
			break
		}
	}
	small := shrink(w, func(w *world) bool { return len(simulated(w)) > 0 })
	if len(small.pods) != 0 || len(small.service.Spec.Ports) != 0 {
		t.Errorf("a smaller world would do:\n%s", small)
	}
	if told(simulated(small), false) == nil || len(told(nil, false)) != 0 {
		t.Error("slices and no slices say the same")
	}
}
