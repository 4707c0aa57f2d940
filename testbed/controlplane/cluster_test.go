package controlplane

import (
	"context"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/kubestrata/kubestrata/testbed/process"
)

func start(t *testing.T, options Options) *Cluster {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	c, err := Start(ctx, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Stop(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func TestPortThatIsTakenMeanwhileIsGivenUp(t *testing.T) {
	stranger, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer stranger.Close()
	taken := stranger.Addr().(*net.TCPAddr).Port
	chosen := 0
	c := start(t, Options{choosePorts: func() (ports, error) {
		chosen++
		p, err := freePorts()
		if chosen == 1 {
			p.api = taken
		}
		return p, err
	}})
	if chosen != 2 || c.ports.api == taken {
		t.Errorf("ports were chosen %d times and the API server listens at %d, want the second choice", chosen, c.ports.api)
	}
	if n := len(process.Marked(c.Mark())); n != 2 {
		t.Errorf("%d programs run, want etcd and the API server once each", n)
	}
}

func TestProgramThatEndsByItselfIsReported(t *testing.T) {
	c := start(t, Options{})
	for _, p := range c.Processes() {
		if p.Name == "etcd" && !process.Kill(p.Identity) {
			t.Fatal("etcd could not be killed")
		}
	}
	select {
	case err := <-c.Failed():
		if !strings.Contains(err.Error(), "etcd ended by itself") {
			t.Errorf("the error is %v", err)
		}
	case <-time.After(time.Minute):
		t.Fatal("nothing was reported within a minute")
	}
}

func TestStopLeavesNothingAndMayBeRepeated(t *testing.T) {
	c := start(t, Options{})
	for range 2 {
		if err := c.Stop(); err != nil {
			t.Error(err)
		}
	}
	if left := process.Marked(c.Mark()); len(left) > 0 {
		t.Errorf("left are %v", left)
	}
	if _, err := os.Stat(c.Dir); !os.IsNotExist(err) {
		t.Errorf("its directory is left: %v", err)
	}
}

func TestPodNetworkMustHoldNodeRanges(t *testing.T) {
	for _, cidr := range []string{"10.244.0.0/25", "fd00::/48", "nothing"} {
		if _, err := Start(t.Context(), Options{PodCIDR: cidr}); err == nil {
			t.Errorf("%s is accepted", cidr)
		}
	}
}

func TestPodNetworkHasRoomForTheNodes(t *testing.T) {
	for nodes, want := range map[int]string{0: "10.244.0.0/16", 250: "10.244.0.0/16", 251: "10.128.0.0/9", 5000: "10.128.0.0/9"} {
		if got := (Options{Nodes: nodes}).podCIDR(); got != want {
			t.Errorf("%d nodes get %s, want %s", nodes, got, want)
		}
	}
}
