package kube

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"k8s.io/client-go/util/homedir"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// ErrNone says that there is no cluster to be read: no kubeconfig where kubectl looks, no flag that names one, and not
// inside a cluster. Any other error of Load means that a cluster was meant and cannot be had.
var ErrNone = errors.New("no kubeconfig, and not running inside a cluster")

// InCluster is the context name under which a pod's own cluster is listed and opened.
const InCluster = "in-cluster"

// ownNamespaceFile is where a pod finds its own namespace, beside its token.
const ownNamespaceFile = "/var/run/secrets/kubernetes.io/serviceaccount/namespace"

// ContextInfo is one context that may be opened.
type ContextInfo struct {
	Name      string `json:"name"`
	Cluster   string `json:"cluster"`
	Namespace string `json:"namespace,omitempty"` // what kubectl would use; it restricts nothing here
	Current   bool   `json:"current"`
}

// Config is a loaded configuration: merged kubeconfig files with the flags laid over, or a pod's own service account.
type Config struct {
	raw        clientcmdapi.Config
	overrides  clientcmd.ConfigOverrides
	current    string
	namespaces []string
	inCluster  bool
}

// Load finds the configuration where kubectl does: --kubeconfig, else the files of KUBECONFIG merged, else
// ~/.kube/config, else the service account of the pod that this runs in. It checks that the chosen context is complete,
// and asks no server. With an error that is not ErrNone the Config still lists the contexts that could be read.
func (f *Flags) Load() (Config, error) {
	c := Config{overrides: f.overrides, namespaces: f.Namespaces()}
	raw, err := f.rules().Load()
	if raw != nil {
		c.raw = *raw
	}
	if err != nil {
		return c, fmt.Errorf("kubeconfig: %w", err)
	}
	c.current = c.raw.CurrentContext
	if f.overrides.CurrentContext != "" {
		c.current = f.overrides.CurrentContext
	}
	if clientcmdapi.IsConfigEmpty(raw) && f.overrides.ClusterInfo.Server == "" {
		return f.withoutKubeconfig(c)
	}
	if c.current == "" && f.overrides.ClusterInfo.Server == "" && f.overrides.Context.Cluster == "" {
		return c, fmt.Errorf("kubeconfig: no current context; choose one with --context: %s", strings.Join(c.names(), ", "))
	}
	_, _, err = c.rest(c.current)
	return c, err
}

func (f *Flags) withoutKubeconfig(c Config) (Config, error) {
	switch {
	case f.kubeconfig != "":
		return c, fmt.Errorf("kubeconfig: %s names no cluster", f.kubeconfig)
	case f.overrides.CurrentContext != "":
		return c, fmt.Errorf("kubeconfig: context %q does not exist: no kubeconfig was found", f.overrides.CurrentContext)
	case f.overrides.Context.Cluster != "" || f.overrides.Context.AuthInfo != "":
		return c, errors.New("kubeconfig: --cluster and --user choose from a kubeconfig, and none was found")
	}
	_, err := rest.InClusterConfig()
	if err == nil {
		c.inCluster, c.current = true, InCluster
		return c, nil
	}
	if !errors.Is(err, rest.ErrNotInCluster) {
		return c, fmt.Errorf("service account of this pod: %w", err)
	}
	if env := os.Getenv(clientcmd.RecommendedConfigPathEnvVar); env != "" {
		return c, fmt.Errorf("kubeconfig: %s is set to %s, which names no cluster", clientcmd.RecommendedConfigPathEnvVar, env)
	}
	if f.Given() {
		return c, errors.New("kubeconfig: flags choose a cluster, but no kubeconfig was found; add --server or --kubeconfig")
	}
	return c, ErrNone
}

// rules are clientcmd's, made anew so that the home directory is that of now, and without its migration of files from
// before Kubernetes 1.0: this program writes nothing.
func (f *Flags) rules() *clientcmd.ClientConfigLoadingRules {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.MigrationRules = nil
	rules.WarnIfAllMissing = false
	rules.ExplicitPath = f.kubeconfig
	if os.Getenv(clientcmd.RecommendedConfigPathEnvVar) == "" {
		rules.Precedence = []string{filepath.Join(homedir.HomeDir(), clientcmd.RecommendedHomeDir, clientcmd.RecommendedFileName)}
	}
	return rules
}

func (c Config) names() []string {
	var out []string
	for name := range c.raw.Contexts {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// Contexts lists what may be opened, sorted by name.
func (c Config) Contexts() []ContextInfo {
	if c.inCluster {
		return []ContextInfo{{Name: InCluster, Cluster: InCluster, Current: true}}
	}
	var out []ContextInfo
	for _, name := range c.names() {
		x := c.raw.Contexts[name]
		out = append(out, ContextInfo{name, x.Cluster, x.Namespace, name == c.current})
	}
	return out
}

// Open makes the source of a context; "" opens the chosen one. Flags that name a server or credentials belong to the
// chosen context and are not carried over to another; impersonation, namespaces and time limits are.
func (c Config) Open(contextName string) (cluster.Source, error) {
	if contextName == "" {
		contextName = c.current
	}
	cfg, namespace, err := c.rest(contextName)
	if err != nil {
		return nil, err
	}
	name := contextName
	if name == "" {
		name = hostOf(cfg.Host)
	}
	return newSource(name, cfg, c.namespaces, namespace)
}

// rest makes the client configuration of a context, and the namespace that the context names ("" if none).
func (c Config) rest(contextName string) (*rest.Config, string, error) {
	if c.inCluster {
		cfg, err := rest.InClusterConfig()
		if err != nil {
			return nil, "", fmt.Errorf("service account of this pod: %w", err)
		}
		impersonate := c.overrides.AuthInfo
		cfg.Impersonate = rest.ImpersonationConfig{
			UserName: impersonate.Impersonate, UID: impersonate.ImpersonateUID, Groups: impersonate.ImpersonateGroups,
		}
		namespace, err := os.ReadFile(ownNamespaceFile)
		if err != nil {
			namespace = nil // only a fallback for narrow rights, see scopes
		}
		return cfg, strings.TrimSpace(string(namespace)), nil
	}
	overrides := c.overrides
	if contextName != c.current {
		overrides = clientcmd.ConfigOverrides{Timeout: c.overrides.Timeout}
		overrides.AuthInfo.Impersonate = c.overrides.AuthInfo.Impersonate
		overrides.AuthInfo.ImpersonateUID = c.overrides.AuthInfo.ImpersonateUID
		overrides.AuthInfo.ImpersonateGroups = c.overrides.AuthInfo.ImpersonateGroups
		overrides.ClusterInfo.DisableCompression = c.overrides.ClusterInfo.DisableCompression
	}
	overrides.CurrentContext = contextName
	if err := c.complete(contextName, overrides.Context); err != nil {
		return nil, "", err
	}
	cfg, err := clientcmd.NewNonInteractiveClientConfig(c.raw, contextName, &overrides, nil).ClientConfig()
	if err != nil {
		return nil, "", fmt.Errorf("kubeconfig: %w", err)
	}
	namespace := ""
	if x := c.raw.Contexts[contextName]; x != nil {
		namespace = x.Namespace
	}
	return cfg, namespace, nil
}

// complete checks that what a context points to is there; clientcmd's own words for that send people elsewhere.
func (c Config) complete(contextName string, overrides clientcmdapi.Context) error {
	x := clientcmdapi.Context{}
	if found := c.raw.Contexts[contextName]; found != nil {
		x = *found
	}
	if overrides.Cluster != "" {
		x.Cluster = overrides.Cluster
	}
	if overrides.AuthInfo != "" {
		x.AuthInfo = overrides.AuthInfo
	}
	if x.Cluster != "" && c.raw.Clusters[x.Cluster] == nil {
		return fmt.Errorf("kubeconfig: cluster %q of context %q does not exist", x.Cluster, contextName)
	}
	if x.AuthInfo != "" && c.raw.AuthInfos[x.AuthInfo] == nil {
		return fmt.Errorf("kubeconfig: user %q of context %q does not exist", x.AuthInfo, contextName)
	}
	return nil
}

// hostOf is the host of a server address, for messages; kubeconfigs also hold bare host:port.
func hostOf(server string) string {
	if u, err := url.Parse(server); err == nil && u.Host != "" {
		return u.Host
	}
	return server
}
