package controlplane

import (
	"fmt"
	"net"
	"path/filepath"

	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/kubestrata/kubestrata/testbed/kubeconfig"
	"github.com/kubestrata/kubestrata/testbed/pki"
)

// credentials are what the parts of one control plane know each other by.
type credentials struct {
	authority *pki.Authority
}

func newCredentials(dir string) (credentials, error) {
	authority, err := pki.NewAuthority("kubestrata-testbed")
	if err != nil {
		return credentials{}, err
	}
	etcd, err := authority.Server("etcd", "127.0.0.1", "localhost")
	if err != nil {
		return credentials{}, err
	}
	etcdClient, err := authority.Client("kube-apiserver-etcd-client")
	if err != nil {
		return credentials{}, err
	}
	server, err := authority.Server(apiServer, "127.0.0.1", "localhost", serviceIP, advertiseAddress,
		"kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local")
	if err != nil {
		return credentials{}, err
	}
	tokens, err := pki.SigningKey()
	if err != nil {
		return credentials{}, err
	}
	for name, pair := range map[string]pki.Pair{
		// The authority's key stays in memory.
		"ca":             {Cert: authority.Cert},
		"etcd":           etcd,
		"etcd-client":    etcdClient,
		"apiserver":      server,
		"serviceaccount": tokens,
	} {
		if err := pair.Write(filepath.Join(dir, name)); err != nil {
			return credentials{}, err
		}
	}
	return credentials{authority: authority}, nil
}

// writeKubeconfigs writes one for people and one for each program that talks to the API server,
// each with the identity that it has in a real cluster.
func (c *Cluster) writeKubeconfigs() error {
	for _, who := range []struct {
		file, user string
		groups     []string
	}{
		{"kubeconfig", "kubestrata-testbed-admin", []string{"system:masters"}},
		{"controller-manager.kubeconfig", "system:kube-controller-manager", nil},
		{"scheduler.kubeconfig", "system:kube-scheduler", nil},
		// KWOK plays all kubelets at once, which no role of Kubernetes foresees.
		{"kwok.kubeconfig", "kwok", []string{"system:masters"}},
	} {
		pair, err := c.pki.authority.Client(who.user, who.groups...)
		if err != nil {
			return err
		}
		err = kubeconfig.Write(c.file(who.file), c.URL(), c.pki.authority.Cert, who.user, clientcmdapi.AuthInfo{
			ClientCertificateData: pair.Cert,
			ClientKeyData:         pair.Key,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

type ports struct {
	etcd, etcdPeer, api int
}

// freePorts asks the kernel for ports. They are held until all are known, so that they differ.
func freePorts() (ports, error) {
	var p ports
	for _, port := range []*int{&p.etcd, &p.etcdPeer, &p.api} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return ports{}, fmt.Errorf("find a free port on loopback: %w", err)
		}
		defer l.Close()
		*port = l.Addr().(*net.TCPAddr).Port
	}
	return p, nil
}
