// Package access makes credentials that may do exactly what a ServiceAccount's roles say.
package access

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"k8s.io/utils/ptr"

	"github.com/kubestrata/kubestrata/testbed/kubeconfig"
	"github.com/kubestrata/kubestrata/testbed/objects"
)

// ParseAccount reads NAMESPACE/NAME.
func ParseAccount(s string) (types.NamespacedName, error) {
	namespace, name, ok := strings.Cut(s, "/")
	if !ok || namespace == "" || name == "" || strings.Contains(name, "/") {
		return types.NamespacedName{}, fmt.Errorf("read ServiceAccount %q: write it as NAMESPACE/NAME", s)
	}
	return types.NamespacedName{Namespace: namespace, Name: name}, nil
}

// Grant applies the objects of a file, such as roles and their bindings, makes the ServiceAccount if the file does not,
// and writes to dir a kubeconfig that holds nothing but a token of it.
func Grant(ctx context.Context, config *rest.Config, account types.NamespacedName, roles, dir string, progress io.Writer) (path string, err error) {
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return "", fmt.Errorf("create a client to grant access: %w", err)
	}
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: account.Namespace}}
	if _, err := client.CoreV1().Namespaces().Create(ctx, namespace, metav1.CreateOptions{}); err != nil && !apierrors.IsAlreadyExists(err) {
		return "", fmt.Errorf("create namespace %s: %w", account.Namespace, err)
	}
	if roles != "" {
		if err := apply(ctx, config, roles, progress); err != nil {
			return "", err
		}
	}
	accounts := client.CoreV1().ServiceAccounts(account.Namespace)
	object := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: account.Namespace, Name: account.Name}}
	if _, err := accounts.Create(ctx, object, metav1.CreateOptions{}); err != nil && !apierrors.IsAlreadyExists(err) {
		return "", fmt.Errorf("create ServiceAccount %s: %w", account, err)
	}
	request := &authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{ExpirationSeconds: ptr.To[int64](24 * 60 * 60)}}
	token, err := accounts.CreateToken(ctx, account.Name, request, metav1.CreateOptions{})
	if err != nil {
		return "", fmt.Errorf("request a token of ServiceAccount %s: %w", account, err)
	}
	path = filepath.Join(dir, fmt.Sprintf("serviceaccount-%s-%s.kubeconfig", account.Namespace, account.Name))
	auth := clientcmdapi.AuthInfo{Token: token.Status.Token}
	return path, kubeconfig.Write(path, config.Host, config.CAData, account.Name, auth)
}

func apply(ctx context.Context, config *rest.Config, path string, progress io.Writer) error {
	if _, err := os.Stat(path); err != nil {
		return fmt.Errorf("read the roles (`make generate` writes those of Kubestrata): %w", err)
	}
	documents, err := objects.Read(path)
	if err != nil {
		return err
	}
	applier, err := objects.NewApplier(config, progress)
	if err != nil {
		return err
	}
	return applier.Apply(ctx, documents)
}
