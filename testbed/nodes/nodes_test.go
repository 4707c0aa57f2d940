package nodes

import (
	"net/netip"
	"testing"
)

func TestAddress(t *testing.T) {
	for _, test := range []struct {
		i    int
		want string
	}{
		{0, "192.168.10.11"},
		{1, "192.168.10.12"},
		{243, "192.168.10.254"},
		{244, "192.168.11.1"},
		{244 + 254, "192.168.12.1"},
		{4999, "192.168.29.184"},
	} {
		if got := Address(test.i).String(); got != test.want {
			t.Errorf("node %d has the address %s, want %s", test.i, got, test.want)
		}
	}
}

func TestAddressesOfAsManyNodesAsKubernetesSupportsDiffer(t *testing.T) {
	lan := netip.MustParsePrefix("192.168.0.0/16")
	seen := map[netip.Addr]int{ControlPlaneAddress: -1}
	for i := range 5000 {
		a := Address(i)
		if other, taken := seen[a]; taken {
			t.Fatalf("nodes %d and %d both have the address %s", i, other, a)
		}
		seen[a] = i
		if last := a.As4()[3]; !lan.Contains(a) || last == 0 || last == 255 {
			t.Fatalf("node %d has the address %s", i, a)
		}
	}
}

func TestRange(t *testing.T) {
	network := netip.MustParsePrefix("10.244.0.0/16")
	for _, test := range []struct {
		i    int
		want string
		ok   bool
	}{
		{0, "10.244.0.0/24", true},
		{255, "10.244.255.0/24", true},
		{256, "10.245.0.0/24", false},
	} {
		got, ok := Range(network, test.i)
		if got.String() != test.want || ok != test.ok {
			t.Errorf("node %d has the range %s, %t, want %s, %t", test.i, got, ok, test.want, test.ok)
		}
	}
}
