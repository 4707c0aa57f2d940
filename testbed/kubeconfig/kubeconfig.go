// Package kubeconfig writes kubeconfig files for the testbed's API server.
package kubeconfig

import (
	"fmt"

	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// Cluster names the cluster and the context in every kubeconfig of the testbed.
const Cluster = "kubestrata-testbed"

// Write writes a kubeconfig for one user of one API server.
func Write(path, server string, authority []byte, user string, auth clientcmdapi.AuthInfo) error {
	config := clientcmdapi.NewConfig()
	config.Clusters[Cluster] = &clientcmdapi.Cluster{Server: server, CertificateAuthorityData: authority}
	config.AuthInfos[user] = &auth
	config.Contexts[Cluster] = &clientcmdapi.Context{Cluster: Cluster, AuthInfo: user}
	config.CurrentContext = Cluster
	if err := clientcmd.WriteToFile(*config, path); err != nil {
		return fmt.Errorf("write kubeconfig %s: %w", path, err)
	}
	return nil
}
