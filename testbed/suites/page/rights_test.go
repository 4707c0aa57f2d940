package page

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/kubestrata/kubestrata/testbed/browser"
	"github.com/kubestrata/kubestrata/testbed/harness"
)

// inOneNamespace may read what a request within a namespace needs, except policies.
const inOneNamespace = `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader, namespace: NS}
rules:
- {apiGroups: [""], resources: [pods, services, configmaps], verbs: [get, list, watch]}
- {apiGroups: [discovery.k8s.io], resources: [endpointslices], verbs: [get, list, watch]}
- {apiGroups: [apps], resources: [deployments, replicasets, statefulsets, daemonsets], verbs: [get, list, watch]}
- {apiGroups: [networking.k8s.io], resources: [ingresses], verbs: [get, list, watch]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: reader, namespace: NS}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects: [{kind: ServiceAccount, name: reader, namespace: NS}]
`

func TestRightsThatAreMissingAreNamedAndContextsAreSwitchedByTheMenu(t *testing.T) {
	t.Parallel()
	c := harness.Start(t)
	ns := c.Namespace(t)
	c.Deploy(t, ns, "web", 1)
	c.Deploy(t, ns, "client", 1)
	service := c.Expose(t, ns, "web")
	c.WaitEndpoints(t, ns, "web", 1)
	roles := write(t, "roles.yaml", strings.ReplaceAll(inOneNamespace, "NS", ns))
	narrow, err := clientcmd.LoadFromFile(c.GrantedKubeconfig(t, types.NamespacedName{Namespace: ns, Name: "reader"}, roles))
	must(t, err)
	full, err := clientcmd.LoadFromFile(c.ServiceAccountKubeconfig(t))
	must(t, err)
	// Two files, merged: the first says which context is the current one.
	one, two := filepath.Join(t.TempDir(), "narrow"), filepath.Join(t.TempDir(), "full")
	context := narrow.Contexts[narrow.CurrentContext]
	narrow.AuthInfos["reader"] = narrow.AuthInfos[context.AuthInfo]
	context.AuthInfo, context.Namespace = "reader", ns
	narrow.Contexts["narrow"], narrow.CurrentContext = context, "narrow"
	full.Contexts["full"], full.CurrentContext = full.Contexts[full.CurrentContext], "full"
	must(t, clientcmd.WriteToFile(*narrow, one))
	must(t, clientcmd.WriteToFile(*full, two))

	p := start(t, []string{"KUBECONFIG=" + one + string(os.PathListSeparator) + two})
	ctx := tab(t, browser.Options{ReducedMotion: true})
	must(t, browser.Open(ctx, p.URL))
	client := "pod/" + waitPods(t, ctx, ns, "client-", 1)[0]
	must(t, browser.Wait(ctx, "the page names the right that is missing", `/networkpolicies: may not (list|watch)/.test(document.getElementById("status").textContent)`))
	byIP := "curl http://" + service.Spec.ClusterIP + "/"
	a, err := browser.Trace(ctx, client, byIP)
	must(t, err)
	if a.Verdict.Class != "cannot-tell" {
		t.Errorf("without the right to read policies the trace says %s, %s", a.Verdict.Class, a.Verdict.Reason)
	}

	must(t, chromedp.Do(ctx, chromedp.Click(chromedp.CSS("#source summary")), chromedp.Click(chromedp.CSS(`#source-menu [data-source="live:full"]`))))
	must(t, browser.Wait(ctx, "the whole cluster is shown", `window.kubestrata.ready() && window.kubestrata.card("Service/default/kubernetes")`))
	must(t, browser.Wait(ctx, "no right is missing", `!/may not/.test(document.getElementById("status").textContent)`))
	waitPods(t, ctx, ns, "client-", 1)
	must(t, browser.Wait(ctx, "the service is here, too", `window.kubestrata.card("Service/`+ns+`/web")?.ready === 1`))
	expect(t, ctx, client, byIP, "answered", "pod.delivered", "")

	// A pod and a service go.
	must(t, c.Client.AppsV1().Deployments(ns).Delete(t.Context(), "client", metav1.DeleteOptions{}))
	waitPods(t, ctx, ns, "client-", 0)
	must(t, c.Client.CoreV1().Services(ns).Delete(t.Context(), "web", metav1.DeleteOptions{}))
	must(t, browser.Wait(ctx, "the service has gone", `!window.kubestrata.card("Service/`+ns+`/web")`))

	must(t, chromedp.Do(ctx, chromedp.Click(chromedp.CSS("#source summary")), chromedp.Click(chromedp.CSS(`#source-menu [data-source="world:lab"]`))))
	must(t, browser.Wait(ctx, "the lab is shown", `window.kubestrata.ready() && window.kubestrata.card("Service/default/nginx-service")`))
	expect(t, ctx, "pod/default/curl-pod", "curl http://nginx-service", "answered", "pod.delivered", "")
}
