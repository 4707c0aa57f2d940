package names

import (
	"flag"
	"testing"
)

var podFlag = flag.Int("pods", 4000, "how many pods to make a resolv.conf for")

func TestResolvConfAgreesWithTheKubelet(t *testing.T) {
	seed := firstSeed()
	dir := t.TempDir()
	kinds := map[string]int{}
	onPurpose, reports := 0, 0
	for i := range *podFlag {
		at := seed + uint64(i)
		c := newNodeCase(at)
		real, err := c.real(dir)
		if err != nil {
			t.Fatalf("pod %d: %v\n%s", at, err, c)
		}
		mine := c.mine()
		if mine.Unknown != "" {
			t.Errorf("pod %d: %s is said to be missing\n%s", at, mine.Unknown, c)
			continue
		}
		kind := string(c.pod.Spec.DNSPolicy)
		if c.pod.Spec.HostNetwork {
			kind += " on the host's network"
		}
		if len(mine.Notes) > 0 {
			kind += ", with notes"
		}
		kinds[kind]++
		if real.equal(resolvOf(mine)) {
			continue
		}
		if c.more {
			// Surroundings have a host's resolver and nothing else of its resolv.conf.
			onPurpose++
			continue
		}
		small := c.shrink(dir)
		if real, err = small.real(dir); err != nil {
			t.Fatalf("pod %d: %v", at, err)
		}
		t.Errorf("pod %d\nkubelet    %q\nKubestrata %q\n%s", at, real, resolvOf(small.mine()), small)
		if reports++; reports == *failures {
			t.Fatal("there may be more")
		}
	}
	t.Logf("seed %d: %d pods", seed, *podFlag)
	for _, k := range sortedKeys(kinds) {
		t.Logf("%6d %s", kinds[k], k)
	}
	t.Logf("%6d differ on purpose: what a node's resolv.conf says beside its first nameserver is said nowhere", onPurpose)
}
