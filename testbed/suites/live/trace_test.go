package live

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/trace"
	"github.com/kubestrata/kubestrata/testbed/harness"
	"github.com/kubestrata/kubestrata/testbed/nodes"
)

// reached are the endpoints of a trace that are answered, sorted, and how much of all ways leads there.
func reached(answer *trace.Trace) (addresses []string, share float64) {
	for _, o := range answer.Outcomes {
		if o.Class == trace.Answered && o.Endpoint != nil {
			addresses = append(addresses, fmt.Sprintf("%s:%d", o.Endpoint.IP, o.Endpoint.Port))
			share += o.Share
		}
	}
	slices.Sort(addresses)
	return addresses, share
}

func sockets(pods []corev1.Pod, port int) (out []string) {
	for _, p := range pods {
		out = append(out, fmt.Sprintf("%s:%d", p.Status.PodIP, port))
	}
	slices.Sort(out)
	return out
}

// caughtUp waits until the model holds as many ready endpoints of a service as the cluster does.
func caughtUp(t *testing.T, store *cluster.Store, namespace, service string, ready int) *cluster.View {
	t.Helper()
	return until(t, store, "the model holds the endpoints of "+service, func(v *cluster.View) bool {
		n := 0
		for _, s := range v.Slices(namespace, service) {
			for _, e := range s.Endpoints {
				if p := v.Pod(e.TargetNamespace, e.Pod); e.Ready && p != nil && p.HasIP(e.Addr) && p.Ready {
					n++
				}
			}
		}
		return settled(v) && n == ready && v.Service(namespace, service) != nil
	})
}

func TestARequestIsTracedThroughTheRealCluster(t *testing.T) {
	c := harness.Start(t)
	ns := c.Namespace(t)
	c.Deploy(t, ns, "client", 1)
	c.Deploy(t, ns, "web", 2)
	service := c.Expose(t, ns, "web")
	store := follow(t, open(t, "--kubeconfig", c.ServiceAccountKubeconfig(t)))
	view := caughtUp(t, store, ns, "web", 2)
	from := "pod/" + ns + "/" + c.Pods(t, ns, map[string]string{"app": "client"})[0].Name
	command := "curl http://" + service.Spec.ClusterIP + "/"

	t.Run("to both endpoints of a service", func(t *testing.T) {
		answer := ask(t, view, from, command)
		told(t, answer, trace.Answered, "pod.delivered")
		if answer.Verdict.Certainty != trace.Assumed || answer.ExitCode() != trace.ExitAnswered {
			t.Errorf("certainty %s, exit code %d", answer.Verdict.Certainty, answer.ExitCode())
		}
		addresses, share := reached(answer)
		if diff := cmp.Diff(sockets(c.Pods(t, ns, map[string]string{"app": "web"}), 8080), addresses); diff != "" {
			t.Errorf("endpoints (-want +got):\n%s", diff)
		}
		if share < 0.9999 {
			t.Errorf("%v of all ways are answered", share)
		}
		if answer.Source.Kind != cluster.SourceLive || answer.Source.AsOf == "" || len(answer.Source.NotRead) != 0 {
			t.Errorf("source %+v", answer.Source)
		}
		for _, s := range answer.Steps {
			for _, e := range s.Evidence {
				if e.ResourceVersion == "" {
					t.Errorf("step %s rests on %s %s/%s without its version", s.ID, e.Kind, e.Namespace, e.Name)
				}
			}
		}
	})
	t.Run("to a gate that a policy has just closed, and on when it is gone", func(t *testing.T) {
		policies := c.Client.NetworkingV1().NetworkPolicies(ns)
		policy := &networkingv1.NetworkPolicy{
			ObjectMeta: metav1.ObjectMeta{Name: "closed"},
			Spec: networkingv1.NetworkPolicySpec{
				PodSelector: metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}},
				PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeIngress},
			},
		}
		ctx := harness.Context(t, "write a policy")
		if _, err := policies.Create(ctx, policy, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
		view := until(t, store, "the policy came", func(v *cluster.View) bool { return len(v.NetworkPoliciesIn(ns)) == 1 })
		answer := ask(t, view, from, command)
		told(t, answer, trace.NoAnswer, "policy.ingress-denied")
		if want := (&cluster.Ref{Kind: cluster.KindNetworkPolicy, Namespace: ns, Name: "closed"}); !cmp.Equal(want, answer.Verdict.DecidedBy) {
			t.Errorf("decided by %v", answer.Verdict.DecidedBy)
		}
		if err := policies.Delete(ctx, "closed", metav1.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
		view = until(t, store, "the policy is gone", func(v *cluster.View) bool { return len(v.NetworkPoliciesIn(ns)) == 0 })
		told(t, ask(t, view, from, command), trace.Answered, "pod.delivered")
	})
	t.Run("to its refusal when all endpoints are gone", func(t *testing.T) {
		scale(t, c, ns, "web", 0)
		view := until(t, store, "the endpoints are gone", func(v *cluster.View) bool {
			n := 0
			for _, s := range v.Slices(ns, "web") {
				n += len(s.Endpoints)
			}
			return n == 0
		})
		told(t, ask(t, view, from, command), trace.Refused, "service.no-endpoints")
	})
}

func scale(t *testing.T, c *harness.Cluster, namespace, name string, replicas int32) {
	t.Helper()
	ctx := harness.Context(t, "scale "+name)
	deployments := c.Client.AppsV1().Deployments(namespace)
	now, err := deployments.GetScale(ctx, name, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	now.Spec.Replicas = replicas
	if _, err := deployments.UpdateScale(ctx, name, now, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
}

// One of the two pods that a service selects has no port of the name that the service sends to: the controller writes a
// slice of its own for it, without that port, and nobody is sent there.
func TestAPodWithoutThePortsNameGetsNothing(t *testing.T) {
	c := harness.Start(t)
	ns := c.Namespace(t)
	both := func(portName string) func(*appsv1.Deployment) {
		return func(d *appsv1.Deployment) {
			d.Spec.Template.Labels["tier"] = "front"
			container := &d.Spec.Template.Spec.Containers[0]
			container.Ports[0].Name, container.ReadinessProbe = portName, nil
		}
	}
	c.Deploy(t, ns, "client", 1)
	c.Deploy(t, ns, "named", 1, both("http"))
	c.Deploy(t, ns, "unnamed", 1, both("other"))
	service := c.Expose(t, ns, "front", func(s *corev1.Service) { s.Spec.Selector = map[string]string{"tier": "front"} })
	nobody := c.Expose(t, ns, "nobody", func(s *corev1.Service) { s.Spec.Selector = map[string]string{"app": "unnamed"} })
	store := follow(t, open(t, "--kubeconfig", c.ServiceAccountKubeconfig(t)))
	view := caughtUp(t, store, ns, "front", 2)
	caughtUp(t, store, ns, "nobody", 1)
	from := "pod/" + ns + "/" + c.Pods(t, ns, map[string]string{"app": "client"})[0].Name

	answer := ask(t, view, from, "curl http://"+service.Spec.ClusterIP+"/")
	told(t, answer, trace.Answered, "pod.delivered")
	addresses, share := reached(answer)
	if diff := cmp.Diff(sockets(c.Pods(t, ns, map[string]string{"app": "named"}), 8080), addresses); diff != "" || share < 0.9999 {
		t.Errorf("endpoints with a share of %v (-want +got):\n%s", share, diff)
	}
	told(t, ask(t, store.View(), from, "curl http://"+nobody.Spec.ClusterIP+"/"), trace.Refused, "service.no-endpoints")
}

func TestANodePortOfALocalServiceIsDroppedOnANodeWithoutEndpoint(t *testing.T) {
	c := harness.Start(t)
	ns := c.Namespace(t)
	c.Deploy(t, ns, "web", 1)
	service := c.Expose(t, ns, "web", func(s *corev1.Service) {
		s.Spec.Type = corev1.ServiceTypeNodePort
		s.Spec.ExternalTrafficPolicy = corev1.ServiceExternalTrafficPolicyLocal
	})
	store := follow(t, open(t, "--kubeconfig", c.ServiceAccountKubeconfig(t)))
	view := caughtUp(t, store, ns, "web", 1)
	pod := c.Pods(t, ns, map[string]string{"app": "web"})[0]
	without := 0
	for _, node := range view.Nodes() {
		addrs := cluster.NodeAddrs(node)
		if len(addrs) == 0 || !nodes.Ready(node) {
			continue // another test's
		}
		answer := ask(t, view, "lan", fmt.Sprintf("curl http://%s:%d/", addrs[0], service.Spec.Ports[0].NodePort))
		if node.Name == pod.Spec.NodeName {
			told(t, answer, trace.Answered, "pod.delivered")
			for _, o := range answer.Outcomes {
				if o.Masqueraded {
					t.Error("the source address is hidden, which Local is there to prevent")
				}
			}
			continue
		}
		without++
		told(t, answer, trace.NoAnswer, "service.no-local-endpoints")
	}
	if without == 0 {
		t.Fatal("every node has an endpoint")
	}
}
