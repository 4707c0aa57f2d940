package trace_test

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubestrata/kubestrata/internal/trace"
)

// pods is two nodes with a client, and the pod under test as default/p at 10.244.1.9 on node01.
func pods(t *testing.T, change ...func(*corev1.Pod)) *place {
	return lab(t).enforces().
		pod("default/client", "node01", "10.244.1.5", "app=client").
		pod("default/p", "node01", "10.244.1.9", "app=p", change...)
}

type podChange = func(*corev1.Pod)

// containers replaces the containers of a pod, each NAME or NAME:PORT.
func containers(list ...string) podChange {
	return func(p *corev1.Pod) {
		p.Spec.Containers = nil
		for _, text := range list {
			p.Spec.Containers = append(p.Spec.Containers, container(text))
		}
	}
}

func container(text string) corev1.Container {
	name, port, found := strings.Cut(text, ":")
	c := corev1.Container{Name: name, Image: "example/" + name + ":1"}
	if found {
		number := intstr.Parse(port)
		c.Ports = []corev1.ContainerPort{{ContainerPort: number.IntVal, Protocol: corev1.ProtocolTCP}}
	}
	return c
}

func sidecar(text string) podChange {
	return func(p *corev1.Pod) {
		always := corev1.ContainerRestartPolicyAlways
		c := container(text)
		c.RestartPolicy = &always
		p.Spec.InitContainers = append(p.Spec.InitContainers, c)
	}
}

func initContainer(text string) podChange {
	return func(p *corev1.Pod) { p.Spec.InitContainers = append(p.Spec.InitContainers, container(text)) }
}

// state sets a container's status: running, pull (waits, never ran), crash (waits after an end), ended:CODE.
func state(name, what string) podChange {
	return func(p *corev1.Pod) {
		s := corev1.ContainerStatus{Name: name}
		what, code, _ := strings.Cut(what, ":")
		switch what {
		case "running":
			s.State.Running = &corev1.ContainerStateRunning{}
			s.Ready = true
		case "pull":
			s.State.Waiting = &corev1.ContainerStateWaiting{Reason: "ImagePullBackOff"}
		case "crash":
			s.State.Waiting = &corev1.ContainerStateWaiting{Reason: "CrashLoopBackOff"}
			s.LastTerminationState.Terminated = &corev1.ContainerStateTerminated{ExitCode: 1}
			s.RestartCount = 4
		case "ended":
			s.State.Terminated = &corev1.ContainerStateTerminated{ExitCode: intstr.Parse(code).IntVal, Reason: "Completed"}
		}
		for _, c := range p.Spec.InitContainers {
			if c.Name == name {
				p.Status.InitContainerStatuses = append(p.Status.InitContainerStatuses, s)
				return
			}
		}
		for _, c := range p.Spec.EphemeralContainers {
			if c.Name == name {
				p.Status.EphemeralContainerStatuses = append(p.Status.EphemeralContainerStatuses, s)
				return
			}
		}
		p.Status.ContainerStatuses = append(p.Status.ContainerStatuses, s)
	}
}

func debugger(p *corev1.Pod) {
	p.Spec.EphemeralContainers = []corev1.EphemeralContainer{{EphemeralContainerCommon: corev1.EphemeralContainerCommon{Name: "debugger"}}}
}

func phase(f corev1.PodPhase) podChange { return func(p *corev1.Pod) { p.Status.Phase = f } }

func restart(f corev1.RestartPolicy) podChange {
	return func(p *corev1.Pod) { p.Spec.RestartPolicy = f }
}

func all(list ...podChange) []podChange { return list }

func ready(port int32, host string) podChange {
	return func(p *corev1.Pod) {
		p.Spec.Containers[0].ReadinessProbe = &corev1.Probe{ProbeHandler: corev1.ProbeHandler{
			TCPSocket: &corev1.TCPSocketAction{Port: intstr.FromInt32(port), Host: host},
		}}
	}
}

// What the status of a pod's containers says of a port (A.7).
func TestSemanticsA7ContainersOfAPod(t *testing.T) {
	rows := []struct {
		name   string
		change []podChange
		want   string
	}{
		{"A.7: without container statuses the pod's process is taken to run", nil, "answered pod.delivered assumed"},
		{"A.7: a container in CrashLoopBackOff refuses, but may run at the next look", all(unready, containers("app:8080"), state("app", "crash")), "refused pod.not-running assumed"},
		{"A.7: a container whose image was never pulled has no process at all", all(unready, containers("app:8080"), state("app", "pull"), phase("Pending")), "refused pod.not-running certain"},
		{"A.7: a container that has ended and is started again", all(unready, containers("app:8080"), state("app", "ended:1")), "refused pod.not-running assumed"},
		{"A.7: a container that has ended for good beside one that waits for its image", all(unready, restart("Never"), containers("app:8080", "b"), state("app", "ended:0"), state("b", "pull"), phase("Pending")), "refused pod.not-running certain"},
		{"A.7: a container that failed under OnFailure is started again", all(unready, restart("OnFailure"), containers("app:8080"), state("app", "ended:1")), "refused pod.not-running assumed"},
		{"A.7: one container crashes, the one that declares the port runs", all(unready, containers("app:8080", "b"), state("app", "running"), state("b", "crash")), "answered pod.delivered assumed"},
		{"A.7: the container that declares the port crashes, another one runs", all(unready, containers("a", "app:8080"), state("a", "running"), state("app", "crash")), "refused pod.not-running assumed"},
		{"A.7: nobody declares the port and the first container crashes", all(unready, containers("app", "b"), state("app", "crash"), state("b", "running")), "refused pod.not-running assumed"},
		{"A.7: nobody declares the port and another than the first crashes", all(unready, containers("app", "b"), state("app", "running"), state("b", "crash")), "answered pod.delivered assumed"},
		{"A.7: a sidecar declares the port and listens while the application waits", all(unready, containers("app"), sidecar("proxy:8080"), state("proxy", "running"), state("app", "pull"), phase("Pending")), "answered pod.delivered assumed"},
		{"A.7: init containers are not done, so that nothing listens, unless one of them does", all(unready, containers("app:8080"), initContainer("setup"), state("setup", "running"), state("app", "pull"), phase("Pending")), "refused pod.not-running assumed"},
		{"A.7: an ephemeral container runs while the only other has ended", all(unready, restart("Never"), containers("app:8080"), debugger, state("app", "ended:0"), state("debugger", "running")), "refused pod.not-running assumed"},
		{"A.7: a pending pod with an address and without statuses", all(unready, phase("Pending")), "refused pod.not-running assumed"},
		{"A.7: a pod of unknown phase may still run", all(unready, phase("Unknown")), "answered pod.delivered assumed"},
		{"A.7: Running and not Ready is still reached by its address", all(unready, containers("app:8080"), state("app", "running")), "answered pod.delivered assumed"},
		{"A.7: told to stop, it may still run", all(terminating, containers("app:8080"), state("app", "running")), "answered pod.delivered assumed"},
		{"A.7: told to stop and its container ended: nothing starts it again", all(terminating, unready, containers("app:8080"), state("app", "ended:0")), "refused pod.not-running assumed"},
		{"A.7: Succeeded, and the address belongs to nobody", all(unready, phase("Succeeded")), "no-answer pod.gone assumed"},
		{"A.7: Failed (evicted), likewise", all(unready, phase("Failed")), "no-answer pod.gone assumed"},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			equal(t, summary(pods(t, r.change...).ask("pod/default/client", "curl http://10.244.1.9:8080/")), r.want)
		})
	}
	t.Run("A.7: with a listener described, a crash is still a crash", func(t *testing.T) {
		tr := pods(t, all(unready, containers("app:8080"), state("app", "crash"))...).listens("default", "app=p", 8080, "TCP", welcome).ask("pod/default/client", "curl http://10.244.1.9:8080/")
		equal(t, summary(tr), "refused pod.not-running assumed")
		equal(t, assumption(tr, "waiting-container").WouldFlip, true)
	})
	t.Run("A.7: what is given of listening beats what the status says", func(t *testing.T) {
		tr := pods(t, all(unready, containers("app:8080"), state("app", "crash"))...).ask("pod/default/client", "curl http://10.244.1.9:8080/", "listening=true")
		equal(t, summary(tr), "answered pod.delivered assumed")
	})
	t.Run("A.7: a pod on the host network that has not started proves nothing about its node's port", func(t *testing.T) {
		p := pods(t).pod("default/h", "node02", "172.20.128.7", "app=h", onHost, unready, containers("app:9100"), state("app", "pull"))
		equal(t, summary(p.ask("pod/default/client", "curl http://172.20.128.7:9100/")), "refused pod.not-running assumed")
	})
}

// What shows that a port listens (A.7, B, E22).
func TestSemanticsA7Listening(t *testing.T) {
	ask := func(p *place, command string, assume ...string) *trace.Trace {
		return p.ask("pod/default/client", command, assume...)
	}
	t.Run("E22: a declared port is no proof", func(t *testing.T) {
		tr := ask(pods(t, containers("app:8080")), "nc -zv 10.244.1.9 8080")
		equal(t, summary(tr), "answered pod.delivered assumed")
		equal(t, assumption(tr, "listening").WouldFlip, true)
	})
	t.Run("E22: a port that nobody declares is no proof of the contrary", func(t *testing.T) {
		tr := ask(pods(t, containers("app:8080")), "nc -zv 10.244.1.9 9999")
		equal(t, summary(tr), "answered pod.delivered assumed")
		if s := stepOf(tr, trace.StepPodSocket).Sentence; !strings.Contains(s, "no container declares 9999/TCP") {
			t.Error(s)
		}
	})
	t.Run("A.7: a readiness probe that succeeds shows that its port listens", func(t *testing.T) {
		tr := ask(pods(t, ready(8080, "")), "nc -zv 10.244.1.9 8080")
		equal(t, summary(tr), "answered pod.delivered certain")
		equal(t, assumption(tr, "listening").Source, "detected")
	})
	t.Run("A.7: … but not what it answers to a request", func(t *testing.T) {
		tr := ask(pods(t, ready(8080, "")), "curl http://10.244.1.9:8080/")
		equal(t, summary(tr), "answered pod.delivered assumed")
		equal(t, assumption(tr, "listening").Source, "detected")
	})
	t.Run("A.7: a probe of another port shows nothing", func(t *testing.T) {
		equal(t, assumption(ask(pods(t, ready(8081, "")), "nc -zv 10.244.1.9 8080"), "listening").Source, "default")
	})
	t.Run("A.7: a probe that goes to another host shows nothing", func(t *testing.T) {
		equal(t, assumption(ask(pods(t, ready(8080, "192.0.2.9")), "nc -zv 10.244.1.9 8080"), "listening").Source, "default")
	})
	t.Run("A.7: a probe of a pod that is not Ready shows nothing", func(t *testing.T) {
		equal(t, summary(ask(pods(t, ready(8080, ""), unready), "nc -zv 10.244.1.9 8080")), "answered pod.delivered assumed")
	})
	t.Run("A.7: a TCP probe shows nothing of UDP", func(t *testing.T) {
		equal(t, assumption(ask(pods(t, ready(8080, "")), "nc -u 10.244.1.9 8080"), "listening").Source, "default")
	})
	t.Run("B: a pod with listeners described listens on these ports", func(t *testing.T) {
		p := pods(t).listens("default", "app=p", 8080, "TCP", welcome)
		equal(t, summary(ask(p, "curl http://10.244.1.9:8080/")), "answered pod.delivered certain")
		equal(t, summary(ask(p, "curl http://10.244.1.9:81/")), "refused pod.port-closed certain")
	})
	t.Run("B: … and a described TCP port is none of UDP, which is refused by an ICMP error", func(t *testing.T) {
		p := pods(t).listens("default", "app=p", 8080, "TCP", welcome)
		equal(t, summary(ask(p, "nc -u 10.244.1.9 8080")), "refused pod.port-closed certain")
	})
	t.Run("B: given that nothing listens, the pod refuses", func(t *testing.T) {
		equal(t, summary(ask(pods(t), "curl http://10.244.1.9:8080/", "listening=false")), "refused pod.port-closed assumed")
	})
	t.Run("B: a listener without a selector is of every pod of its namespace", func(t *testing.T) {
		equal(t, summary(ask(pods(t).listens("default", "", 8080, "TCP", welcome), "curl http://10.244.1.9:8080/")), "answered pod.delivered certain")
	})
}

// Localhost and a pod's own address (A.7).
func TestSemanticsA7Localhost(t *testing.T) {
	t.Run("A.7: the containers of a pod share its localhost", func(t *testing.T) {
		p := pods(t, containers("a", "b")).listens("default", "app=p", 8080, "TCP", welcome)
		tr := p.ask("pod/default/p/a", "curl http://localhost:8080/")
		equal(t, summary(tr), "answered pod.delivered certain")
		equal(t, places(tr), "p")
		equal(t, tr.Outcomes[0].SourceSeen, "127.0.0.1")
	})
	t.Run("A.7: localhost is another one in each pod", func(t *testing.T) {
		p := pods(t).listens("default", "app=p", 8080, "TCP", welcome).listens("default", "app=client", 1, "TCP")
		equal(t, summary(p.ask("pod/default/client", "curl http://localhost:8080/")), "refused pod.port-closed certain")
	})
	t.Run("A.7: 0.0.0.0 is the machine itself", func(t *testing.T) {
		p := pods(t).listens("default", "app=p", 8080, "TCP", welcome)
		equal(t, summary(p.ask("pod/default/p", "curl http://0.0.0.0:8080/")), "answered pod.delivered certain")
	})
	t.Run("3.1: a pod reaches itself by its own address, whatever policies say", func(t *testing.T) {
		p := pods(t).listens("default", "app=p", 8080, "TCP", welcome).policy(`
metadata: {namespace: default, name: none}
spec: {podSelector: {}, policyTypes: [Ingress, Egress]}`)
		tr := p.ask("pod/default/p", "curl http://10.244.1.9:8080/")
		equal(t, summary(tr), "answered pod.delivered certain")
		equal(t, kinds(tr), "start route.local pod.socket answer end")
	})
}

// What stands between a pod and the network without being modelled (A.7, B).
func TestSemanticsA7PresentButNotModelled(t *testing.T) {
	mesh := func(p *corev1.Pod) {
		p.Spec.Containers = append(p.Spec.Containers, corev1.Container{Name: "istio-proxy", Image: "docker.io/istio/proxyv2:1.27.0"})
	}
	t.Run("A.7: the proxy of a mesh at the destination", func(t *testing.T) {
		tr := pods(t, mesh).listens("default", "app=p", 8080, "TCP", welcome).ask("pod/default/client", "curl http://10.244.1.9:8080/")
		equal(t, summary(tr), "answered pod.delivered assumed")
		equal(t, assumption(tr, "mesh").WouldFlip, true)
	})
	t.Run("A.7: the proxy of a mesh at the source changes also what a refusal looks like", func(t *testing.T) {
		p := pods(t).listens("default", "app=p", 8080, "TCP", welcome).pod("default/m", "node01", "10.244.1.10", "app=m", mesh)
		tr := p.ask("pod/default/m", "curl http://10.244.1.9:81/")
		equal(t, summary(tr), "refused pod.port-closed assumed")
		equal(t, assumption(tr, "mesh").WouldFlip, true)
	})
	t.Run("A.7: without a mesh nothing is said of one", func(t *testing.T) {
		tr := pods(t).ask("pod/default/client", "curl http://10.244.1.9:8080/")
		if assumption(tr, "mesh") != nil {
			t.Error(tr.Assumptions)
		}
	})
	t.Run("B: a pod with more networks may leave by another of them", func(t *testing.T) {
		p := pods(t).pod("default/multi", "node01", "10.244.1.11", "app=multi", func(p *corev1.Pod) {
			p.Annotations = map[string]string{"k8s.v1.cni.cncf.io/networks": "macvlan"}
		})
		tr := p.ask("pod/default/multi", "curl http://172.20.128.50:8000/")
		equal(t, tr.Verdict.Certainty, trace.Assumed)
		equal(t, assumption(tr, "more-networks").WouldFlip, true)
		p.listens("default", "app=p", 8080, "TCP", welcome)
		equal(t, summary(p.ask("pod/default/multi", "curl http://10.244.1.9:8080/")), "answered pod.delivered certain")
	})
}
