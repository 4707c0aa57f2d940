// Package harness gives tests a real control plane.
//
// All packages of one `go test ./...` share one, which ends when `go test` does; each test has a namespace of its own.
// A test that breaks the control plane, or counts what is in it, starts a private one.
package harness

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/kubestrata/kubestrata/testbed/access"
	"github.com/kubestrata/kubestrata/testbed/await"
	"github.com/kubestrata/kubestrata/testbed/binaries"
)

// patience is how long anything may take that a test waits for. It is a bound for a broken run, not a delay.
const patience = 60 * time.Second

// Account is the ServiceAccount that Kubestrata runs as in a cluster.
var Account = types.NamespacedName{Namespace: "kubestrata", Name: "kubestrata"}

// A Cluster is a running control plane with three or more played nodes.
type Cluster struct {
	// Kubeconfig is the path of the administrator's kubeconfig.
	Kubeconfig string
	// Config is the administrator's, with no limit on the rate of requests.
	Config *rest.Config
	// Client is the administrator's.
	Client kubernetes.Interface
}

// Start returns the control plane that all tests share, and starts it if it does not run.
func Start(t testing.TB) *Cluster {
	t.Helper()
	kubeconfig, err := shared()
	if err != nil {
		t.Fatalf("start the shared testbed: %v", err)
	}
	return connect(t, kubeconfig)
}

func connect(t testing.TB, kubeconfig string) *Cluster {
	t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		t.Fatalf("read the testbed's kubeconfig: %v", err)
	}
	config.QPS = -1
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		t.Fatalf("create a client of the testbed: %v", err)
	}
	return &Cluster{Kubeconfig: kubeconfig, Config: config, Client: client}
}

// Context is the test's, with an end that names what did not happen.
func Context(t testing.TB, what string) context.Context {
	return bounded(t, what, patience)
}

func bounded(t testing.TB, what string, within time.Duration) context.Context {
	ctx, cancel := context.WithTimeoutCause(t.Context(), within, fmt.Errorf("%s: not within %s", what, within))
	t.Cleanup(cancel)
	return ctx
}

// check ends the test with what failed and, if time ran out, what was waited for.
func check(t testing.TB, ctx context.Context, err error) {
	t.Helper()
	if err == nil {
		return
	}
	if cause := context.Cause(ctx); cause != nil && !errors.Is(err, cause) {
		t.Fatalf("%v: %v", cause, err)
	}
	t.Fatal(err)
}

// Namespace makes a namespace for one test, in which pods can be created at once, and deletes it when the test ends.
func (c *Cluster) Namespace(t testing.TB) string {
	t.Helper()
	ctx := Context(t, "make a namespace")
	object := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "test-"}}
	namespace, err := c.Client.CoreV1().Namespaces().Create(ctx, object, metav1.CreateOptions{})
	check(t, ctx, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		err := c.Client.CoreV1().Namespaces().Delete(ctx, namespace.Name, metav1.DeleteOptions{})
		if err != nil && !apierrors.IsNotFound(err) {
			t.Errorf("delete namespace %s: %v", namespace.Name, err)
		}
	})
	// A pod is not admitted before its namespace has this.
	check(t, ctx, await.Count(ctx, c.Client.CoreV1().RESTClient(), "serviceaccounts", namespace.Name, 1, func(a *corev1.ServiceAccount) bool {
		return a.Name == "default"
	}))
	return namespace.Name
}

// ServiceAccountKubeconfig returns the path of a kubeconfig that may do exactly what deploy/rbac.yaml, which is generated, grants.
func (c *Cluster) ServiceAccountKubeconfig(t testing.TB) string {
	t.Helper()
	source, err := binaries.Source()
	if err != nil {
		t.Fatal(err)
	}
	roles := filepath.Join(filepath.Dir(source), "deploy", "rbac.yaml")
	if _, err := os.Stat(roles); err != nil {
		t.Fatalf("the generated roles are missing, run `make generate`: %v", err)
	}
	return c.GrantedKubeconfig(t, Account, roles)
}

// GrantedKubeconfig applies the objects of a file and returns the path of a kubeconfig for a ServiceAccount.
func (c *Cluster) GrantedKubeconfig(t testing.TB, account types.NamespacedName, roles string) string {
	t.Helper()
	ctx := Context(t, "grant access to "+account.String())
	path, err := access.Grant(ctx, c.Config, account, roles, t.TempDir(), t.Output())
	check(t, ctx, err)
	return path
}

// Eventually waits until a condition holds that nothing can be watched for, such as that a process has ended.
func Eventually(t testing.TB, what string, condition func() bool) {
	t.Helper()
	ctx := Context(t, what)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !condition() {
		select {
		case <-ctx.Done():
			t.Fatal(context.Cause(ctx))
		case <-tick.C:
		}
	}
}
