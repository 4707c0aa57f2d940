package kube

import (
	"strings"

	"github.com/spf13/pflag"
	"k8s.io/client-go/tools/clientcmd"
)

// Flags are the flags by which kubectl chooses a cluster, a user and namespaces. The zero value is ready to Bind; unbound
// it means "as kubectl would without flags".
type Flags struct {
	kubeconfig string
	namespaces []string
	cacheDir   string
	overrides  clientcmd.ConfigOverrides
}

// Bind adds the flags, with kubectl's names and shorthands (-n, -s). Unlike kubectl's, --namespace may be repeated or
// hold a comma-separated list. --cache-dir is taken for the sake of scripts that pass it: nothing is cached on disk.
func (f *Flags) Bind(fs *pflag.FlagSet) {
	names := clientcmd.RecommendedConfigOverrideFlags("")
	names.ContextOverrideFlags.Namespace.LongName = "" // bound below, as a list
	names.ClusterOverrideFlags.APIServer.ShortName = "s"
	clientcmd.BindOverrideFlags(&f.overrides, fs, names)
	fs.StringVar(&f.kubeconfig, clientcmd.RecommendedConfigPathFlag, "", "Path to the kubeconfig file to use for CLI requests")
	fs.StringSliceVarP(&f.namespaces, clientcmd.FlagNamespace, "n", nil,
		"Read only these namespaces (repeat the flag or separate them by commas); all of them without it")
	fs.StringVar(&f.cacheDir, "cache-dir", "", "Accepted as kubectl does, and not used: nothing is cached on disk")
}

// Namespaces are the namespaces that --namespace names, without kubectl's "ns/" prefixes and repetitions; empty means all.
func (f *Flags) Namespaces() []string {
	var out []string
	seen := map[string]bool{}
	for _, ns := range f.namespaces {
		ns, _ = clientcmd.RemoveNamespacesPrefix(strings.TrimSpace(ns))
		if ns != "" && !seen[ns] {
			seen[ns] = true
			out = append(out, ns)
		}
	}
	return out
}

// Given reports whether any flag names a cluster, a context or credentials: then the person expects a cluster, and
// nothing else may be shown in its place.
func (f *Flags) Given() bool {
	o := &f.overrides
	return f.kubeconfig != "" || o.CurrentContext != "" || o.Context.Cluster != "" || o.Context.AuthInfo != "" ||
		o.ClusterInfo.Server != "" || o.ClusterInfo.CertificateAuthority != "" || o.ClusterInfo.ProxyURL != "" ||
		o.AuthInfo.Token != "" || o.AuthInfo.Impersonate != "" || o.AuthInfo.ClientCertificate != "" ||
		o.AuthInfo.Username != "" || len(f.Namespaces()) > 0
}
