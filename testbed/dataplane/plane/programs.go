//go:build linux

package plane

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/kubestrata/kubestrata/testbed/dataplane/netns"
	"github.com/kubestrata/kubestrata/testbed/process"
)

// Programs are the running kube-proxies and CoreDNS of a network, and their ways to the API server.
type Programs struct {
	// KubeProxy and CoreDNS are the paths of the programs.
	KubeProxy, CoreDNS string
	// Kubeconfig is the administrator's; APIServer is HOST:PORT on this machine's loopback.
	Kubeconfig, APIServer string
	// Dir receives configurations and logs.
	Dir string

	running []*process.Process
	ways    []net.Listener
}

// reachable lets a namespace reach the API server under the address that the kubeconfig names: each namespace has a
// loopback of its own, and what connects there is carried to this process's.
func (p *Programs) reachable(n *netns.Namespace) error {
	listener, err := n.Listen(p.APIServer)
	if err != nil {
		return fmt.Errorf("carry the API server into the network of %s: %w", n.Name, err)
	}
	p.ways = append(p.ways, listener)
	go func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return // closed
			}
			go carry(near, p.APIServer)
		}
	}()
	return nil
}

func carry(near net.Conn, to string) {
	defer near.Close()
	far, err := net.Dial("tcp", to)
	if err != nil {
		return
	}
	defer far.Close()
	ended := make(chan struct{}, 2)
	for _, pair := range [][2]net.Conn{{near, far}, {far, near}} {
		go func() {
			_, _ = io.Copy(pair[0], pair[1]) // either end may go at any time
			ended <- struct{}{}
		}()
	}
	<-ended
}

func (p *Programs) start(n *netns.Namespace, name, program string, args ...string) error {
	started, err := process.Start(process.Spec{
		Name:    name,
		Path:    "/usr/bin/nsenter",
		Args:    append([]string{"--net=" + n.Path(), program}, args...),
		Dir:     p.Dir,
		Env:     []string{"PATH=" + os.Getenv("PATH"), "HOME=" + p.Dir, "TMPDIR=" + p.Dir, "KUBECONFIG=" + p.Kubeconfig},
		LogFile: filepath.Join(p.Dir, name+".log"),
		Mark:    filepath.Base(p.Dir),
	})
	if err != nil {
		return err
	}
	p.running = append(p.running, started)
	return nil
}

// StartProxy starts kube-proxy on a node with a configuration (KubeProxyConfiguration).
func (p *Programs) StartProxy(node *Node, configuration string) error {
	if err := p.reachable(node.Namespace); err != nil {
		return err
	}
	path := filepath.Join(p.Dir, "kube-proxy-"+node.Name+".yaml")
	if err := os.WriteFile(path, []byte(configuration), 0o600); err != nil {
		return err
	}
	return p.start(node.Namespace, "kube-proxy-"+node.Name, p.KubeProxy, "--config="+path)
}

// StartDNS starts CoreDNS in a pod with a Corefile.
func (p *Programs) StartDNS(pod *Pod, corefile string) error {
	if err := p.reachable(pod.Namespace); err != nil {
		return err
	}
	return p.StartResolver(pod.Namespace, corefile)
}

// StartResolver starts CoreDNS in a namespace that the API server is of no concern to.
func (p *Programs) StartResolver(n *netns.Namespace, corefile string) error {
	path := filepath.Join(p.Dir, "Corefile-"+n.Name)
	if err := os.WriteFile(path, []byte(corefile), 0o600); err != nil {
		return err
	}
	return p.start(n, "coredns-"+n.Name, p.CoreDNS, "-conf", path)
}

// StartTraefik starts Traefik in a pod.
func (p *Programs) StartTraefik(pod *Pod, program string, args []string) error {
	if err := p.reachable(pod.Namespace); err != nil {
		return err
	}
	return p.start(pod.Namespace, "traefik", program, args...)
}

// LastWords are the ends of all logs.
func (p *Programs) LastWords() error {
	var errs []error
	for _, r := range p.running {
		data, err := os.ReadFile(r.LogFile)
		if err != nil {
			return err
		}
		errs = append(errs, fmt.Errorf("%s said at last: %s", r.Name, data[max(0, len(data)-1000):]))
	}
	return errors.Join(errs...)
}

// Failed says which program has ended by itself, and where its last words are.
func (p *Programs) Failed() error {
	var errs []error
	for _, r := range p.running {
		select {
		case <-r.Done():
			errs = append(errs, fmt.Errorf("%s has ended (%v); it said what it had to say in %s", r.Name, r.Err(), r.LogFile))
		default:
		}
	}
	return errors.Join(errs...)
}

// Stop ends all programs.
func (p *Programs) Stop() {
	for _, r := range p.running {
		r.Stop(context.Background(), 2*time.Second)
	}
	for _, l := range p.ways {
		l.Close()
	}
	p.running, p.ways = nil, nil
}
