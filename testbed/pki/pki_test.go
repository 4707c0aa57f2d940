package pki

import (
	"crypto/tls"
	"crypto/x509"
	"os"
	"path/filepath"
	"testing"
)

func TestCertificatesAreValidForWhatTheyAreFor(t *testing.T) {
	authority, err := NewAuthority("test")
	if err != nil {
		t.Fatal(err)
	}
	server, err := authority.Server("server", "127.0.0.1", "localhost")
	if err != nil {
		t.Fatal(err)
	}
	client, err := authority.Client("somebody", "some:group")
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authority.Cert)
	for _, test := range []struct {
		name    string
		pair    Pair
		options x509.VerifyOptions
		ok      bool
	}{
		{"a server by address", server, x509.VerifyOptions{DNSName: "127.0.0.1"}, true},
		{"a server by name", server, x509.VerifyOptions{DNSName: "localhost"}, true},
		{"a server by another name", server, x509.VerifyOptions{DNSName: "example.com"}, false},
		{"a client", client, x509.VerifyOptions{KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}, true},
		{"a client as a server", client, x509.VerifyOptions{KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			pair, err := tls.X509KeyPair(test.pair.Cert, test.pair.Key)
			if err != nil {
				t.Fatal(err)
			}
			test.options.Roots = roots
			if _, err := pair.Leaf.Verify(test.options); (err == nil) != test.ok {
				t.Errorf("verifying it gives %v, want it valid: %t", err, test.ok)
			}
		})
	}
}

func TestKeysAreReadableByTheirOwnerOnly(t *testing.T) {
	authority, err := NewAuthority("test")
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "ca")
	if err := authority.Write(name); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(name + ".key")
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("its mode is %v", info.Mode())
	}
}
