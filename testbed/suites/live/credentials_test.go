package live

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clientauthenticationv1 "k8s.io/client-go/pkg/apis/clientauthentication/v1"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/kube"
	"github.com/kubestrata/kubestrata/testbed/harness"
)

// credential is what an exec plugin prints.
func credential(t *testing.T, token string) string {
	t.Helper()
	out, err := json.Marshal(clientauthenticationv1.ExecCredential{
		TypeMeta: metav1.TypeMeta{APIVersion: clientauthenticationv1.SchemeGroupVersion.String(), Kind: "ExecCredential"},
		Status:   &clientauthenticationv1.ExecCredentialStatus{Token: token},
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// plugin is a user of a kubeconfig whose credentials come from a script.
func plugin(t *testing.T, script string) *clientcmdapi.AuthInfo {
	t.Helper()
	path := filepath.Join(t.TempDir(), "credentials")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return &clientcmdapi.AuthInfo{Exec: &clientcmdapi.ExecConfig{
		Command: path, APIVersion: clientauthenticationv1.SchemeGroupVersion.String(),
		InteractiveMode: clientcmdapi.NeverExecInteractiveMode, ProvideClusterInfo: true,
	}}
}

func read(t *testing.T, kubeconfig string) *clientcmdapi.Config {
	t.Helper()
	config, err := clientcmd.LoadFromFile(kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	return config
}

func write(t *testing.T, config *clientcmdapi.Config) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "kubeconfig")
	if err := clientcmd.WriteToFile(*config, path); err != nil {
		t.Fatal(err)
	}
	return path
}

// only is the one entry of a map.
func only[V any](m map[string]V) (one V) {
	for _, one = range m {
	}
	return one
}

func TestCredentialsComeFromAnExecPlugin(t *testing.T) {
	c := harness.Start(t)
	config := read(t, c.ServiceAccountKubeconfig(t))
	good := credential(t, only(config.AuthInfos).Token)
	bad := credential(t, "expired")
	user := config.Contexts[config.CurrentContext].AuthInfo

	t.Run("that answers", func(t *testing.T) {
		config.AuthInfos[user] = plugin(t, "echo '"+good+"'")
		store := follow(t, open(t, "--kubeconfig", write(t, config)))
		if view := until(t, store, "every kind has an answer", settled); len(view.NotRead()) != 0 {
			t.Errorf("not read: %v", view.NotRead())
		}
	})
	t.Run("whose first token the server refuses", func(t *testing.T) {
		asked := filepath.Join(t.TempDir(), "asked")
		config.AuthInfos[user] = plugin(t, fmt.Sprintf("if mkdir '%s' 2>/dev/null; then echo '%s'; else echo '%s'; fi", asked, bad, good))
		store := follow(t, open(t, "--kubeconfig", write(t, config)))
		until(t, store, "every kind has an answer", settled)
		if _, err := os.Stat(asked); err != nil {
			t.Errorf("the plugin was not asked for the token that is refused: %v", err)
		}
	})
	t.Run("that fails, which is said", func(t *testing.T) {
		runs := filepath.Join(t.TempDir(), "runs")
		config.AuthInfos[user] = plugin(t, "echo run >>'"+runs+"'; exit 3")
		store := follow(t, open(t, "--kubeconfig", write(t, config)))
		view := until(t, store, "the source has failed", func(v *cluster.View) bool { return v.Connection().State == cluster.ConnDisconnected })
		if m := view.Connection().Message; !strings.HasPrefix(m, "no credentials for 127.0.0.1:") || !strings.Contains(m, "exit code 3") {
			t.Errorf("it says %q", m)
		}
		ran, err := os.ReadFile(runs)
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(ran), "run"); n > 2 {
			t.Errorf("it was run %d times before the page could say so", n)
		}
	})
	t.Run("that works again after it failed", func(t *testing.T) {
		loggedIn := filepath.Join(t.TempDir(), "logged-in")
		config.AuthInfos[user] = plugin(t, fmt.Sprintf("if test -e '%s'; then echo '%s'; else exit 3; fi", loggedIn, good))
		store := follow(t, open(t, "--kubeconfig", write(t, config)))
		until(t, store, "the source has failed", func(v *cluster.View) bool { return v.Connection().State == cluster.ConnDisconnected })
		if err := os.WriteFile(loggedIn, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		until(t, store, "every kind has an answer", settled)
	})
	t.Run("that does not exist, which is said", func(t *testing.T) {
		missing := plugin(t, "")
		missing.Exec.Command = "kubestrata-no-such-plugin"
		config.AuthInfos[user] = missing
		source, err := load(t, "--kubeconfig", write(t, config)).Open("")
		if err != nil {
			t.Fatal(err)
		}
		store := follow(t, source)
		view := until(t, store, "the source has failed", func(v *cluster.View) bool { return v.Connection().State == cluster.ConnDisconnected })
		if m := view.Connection().Message; !strings.Contains(m, "kubestrata-no-such-plugin") {
			t.Errorf("it says %q", m)
		}
	})
}

// One file holds the cluster and a context, the other a second context for the same cluster and the users of both.
func TestFilesOfKUBECONFIGAreMergedAndEitherContextCanBeOpened(t *testing.T) {
	c := harness.Start(t)
	ns := c.Namespace(t)
	full := read(t, c.ServiceAccountKubeconfig(t))
	narrow := read(t, everywhere(t, c, ns, "no-services", without(t, rules(t), "services")))
	first, second := clientcmdapi.NewConfig(), clientcmdapi.NewConfig()
	first.Clusters["shared"] = only(full.Clusters)
	first.Contexts["full"] = &clientcmdapi.Context{Cluster: "shared", AuthInfo: "full"}
	first.CurrentContext = "full"
	second.Contexts["narrow"] = &clientcmdapi.Context{Cluster: "shared", AuthInfo: "narrow"}
	second.AuthInfos["full"] = only(full.AuthInfos)
	second.AuthInfos["narrow"] = plugin(t, "echo '"+credential(t, only(narrow.AuthInfos).Token)+"'")
	second.CurrentContext = "narrow" // the first file that names one decides
	missing := filepath.Join(t.TempDir(), "missing")
	t.Setenv("KUBECONFIG", strings.Join([]string{write(t, first), missing, write(t, second)}, string(filepath.ListSeparator)))

	config := load(t)
	want := []kube.ContextInfo{{Name: "full", Cluster: "shared", Current: true}, {Name: "narrow", Cluster: "shared"}}
	if diff := cmp.Diff(want, config.Contexts()); diff != "" {
		t.Errorf("contexts (-want +got):\n%s", diff)
	}
	for _, row := range []struct {
		context string
		args    []string
		open    string
		notRead []cluster.NotRead
	}{
		{"full", nil, "", []cluster.NotRead{}},
		{"narrow", nil, "narrow", []cluster.NotRead{{Resource: "services", Verb: "list"}}},
		{"narrow", []string{"--context", "narrow"}, "", []cluster.NotRead{{Resource: "services", Verb: "list"}}},
		{"full", []string{"--context", "narrow"}, "full", []cluster.NotRead{}},
	} {
		t.Run(fmt.Sprintf("context %s opened as %q with flags %v", row.context, row.open, row.args), func(t *testing.T) {
			source, err := load(t, row.args...).Open(row.open)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(cluster.SourceInfo{Kind: cluster.SourceLive, Name: row.context}, source.Info()); diff != "" {
				t.Error(diff)
			}
			view := until(t, follow(t, source), "every kind has an answer", settled)
			if diff := cmp.Diff(row.notRead, view.NotRead()); diff != "" {
				t.Errorf("not read (-want +got):\n%s", diff)
			}
		})
	}
}
