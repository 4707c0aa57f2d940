package controlplane

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/kubestrata/kubestrata/testbed/kwok"
)

const apiServer = "kube-apiserver"

// manyNodes is from where on the nodes' own housekeeping would be most of what a small machine does.
const manyNodes = 100

func (c *Cluster) file(name string) string { return filepath.Join(c.Dir, name) }

func (c *Cluster) etcdURL() string { return fmt.Sprintf("https://127.0.0.1:%d", c.ports.etcd) }

func (c *Cluster) etcdArgs() []string {
	peer := fmt.Sprintf("https://127.0.0.1:%d", c.ports.etcdPeer)
	return []string{
		"--name=testbed",
		"--data-dir=" + c.file("etcd"),
		"--listen-client-urls=" + c.etcdURL(),
		"--advertise-client-urls=" + c.etcdURL(),
		"--listen-peer-urls=" + peer,
		"--initial-advertise-peer-urls=" + peer,
		"--initial-cluster=testbed=" + peer,
		// Certificates are asked for even on loopback: another user of this machine could write to it otherwise.
		"--cert-file=" + c.file("etcd.crt"),
		"--key-file=" + c.file("etcd.key"),
		"--trusted-ca-file=" + c.file("ca.crt"),
		"--client-cert-auth",
		"--peer-cert-file=" + c.file("etcd.crt"),
		"--peer-key-file=" + c.file("etcd.key"),
		"--peer-trusted-ca-file=" + c.file("ca.crt"),
		"--peer-client-cert-auth",
		// The data never outlives the process, so there is no point in waiting for the disk.
		"--unsafe-no-fsync",
		"--quota-backend-bytes=8589934592",
		"--log-level=warn",
	}
}

func (c *Cluster) apiServerArgs() []string {
	return []string{
		"--bind-address=127.0.0.1",
		fmt.Sprintf("--secure-port=%d", c.ports.api),
		"--advertise-address=" + advertiseAddress,
		"--etcd-servers=" + c.etcdURL(),
		"--etcd-cafile=" + c.file("ca.crt"),
		"--etcd-certfile=" + c.file("etcd-client.crt"),
		"--etcd-keyfile=" + c.file("etcd-client.key"),
		"--tls-cert-file=" + c.file("apiserver.crt"),
		"--tls-private-key-file=" + c.file("apiserver.key"),
		"--client-ca-file=" + c.file("ca.crt"),
		"--service-account-issuer=https://kubernetes.default.svc.cluster.local",
		"--service-account-key-file=" + c.file("serviceaccount.crt"),
		"--service-account-signing-key-file=" + c.file("serviceaccount.key"),
		"--service-cluster-ip-range=" + ServiceCIDR,
		"--authorization-mode=Node,RBAC",
		"--allow-privileged=true",
		"--profiling=false",
		// One user fills the cluster with all the machine has; fairness among many is not what is tested.
		"--enable-priority-and-fairness=false",
		"--max-requests-inflight=3000",
		"--max-mutating-requests-inflight=1000",
		// A filled cluster lists tens of thousands of pods at once.
		"--request-timeout=5m",
	}
}

func (c *Cluster) controllerManagerArgs() []string {
	monitor := "500ms"
	if c.options.Nodes > manyNodes {
		monitor = "5s"
	}
	return []string{
		"--kubeconfig=" + c.file("controller-manager.kubeconfig"),
		"--secure-port=0",
		"--leader-elect=false",
		"--profiling=false",
		"--use-service-account-credentials",
		"--root-ca-file=" + c.file("ca.crt"),
		"--service-account-private-key-file=" + c.file("serviceaccount.key"),
		"--allocate-node-cidrs",
		"--cluster-cidr=" + c.PodCIDR.String(),
		"--node-cidr-mask-size=24",
		"--service-cluster-ip-range=" + ServiceCIDR,
		// How often nodes are looked at decides how soon the first ones may be scheduled to.
		"--node-monitor-period=" + monitor,
		// KWOK renews leases; a machine that is busy with something else must not make nodes look dead.
		"--node-monitor-grace-period=10m",
		"--kube-api-qps=2000",
		"--kube-api-burst=4000",
		"--concurrent-service-endpoint-syncs=20",
		"--concurrent-endpoint-syncs=20",
		"--concurrent-deployment-syncs=20",
		"--concurrent-replicaset-syncs=20",
	}
}

func (c *Cluster) schedulerArgs() []string {
	return []string{
		"--kubeconfig=" + c.file("scheduler.kubeconfig"),
		"--secure-port=0",
		"--leader-elect=false",
		"--profiling=false",
		"--kube-api-qps=2000",
		"--kube-api-burst=4000",
	}
}

func (c *Cluster) kwokArgs() ([]string, error) {
	config := c.file("kwok.yaml")
	if err := kwok.WriteConfig(config); err != nil {
		return nil, err
	}
	// Leases of few nodes are renewed as kubelets do; those of a thousand would be all that the machine does.
	lease := 40
	if c.options.Nodes > manyNodes {
		lease = 240
	}
	return []string{
		"--kubeconfig=" + c.file("kwok.kubeconfig"),
		"--config=" + config,
		"--manage-all-nodes=false",
		"--manage-nodes-with-annotation-selector=" + strings.Join([]string{kwok.NodeAnnotation, kwok.NodeAnnotationValue}, "="),
		fmt.Sprintf("--node-lease-duration-seconds=%d", lease),
		// Never used, since a node is not ready before it has a range of its own; if it were, this shows.
		"--cidr=198.18.0.0/24",
	}, nil
}

// garbageCollection spends memory to save time where many objects are written at once: with Go's default,
// a fifth of what the API server does then is collecting garbage. There is no limit beside it, since a limit
// below what is alive would cost all the time instead.
func (c *Cluster) garbageCollection(name string) []string {
	if name != apiServer || c.options.Nodes <= manyNodes {
		return nil
	}
	return []string{"GOGC=200"}
}
