// Package controlplane runs etcd, kube-apiserver, kube-controller-manager, kube-scheduler and KWOK on loopback.
package controlplane

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/kubestrata/kubestrata/testbed/binaries"
	"github.com/kubestrata/kubestrata/testbed/lock"
	"github.com/kubestrata/kubestrata/testbed/process"
)

// A Cluster is a running control plane.
type Cluster struct {
	// Dir is its temporary directory.
	Dir string
	// Kubeconfig is the path of the administrator's kubeconfig.
	Kubeconfig string
	// PodCIDR is the pod network that the nodes' ranges are taken from.
	PodCIDR netip.Prefix

	set      binaries.Set
	options  Options
	records  string
	record   *process.Record
	pki      credentials
	ports    ports
	progress io.Writer

	mu        sync.Mutex
	processes []*process.Process
	stopping  bool
	failed    chan error
}

// Start starts etcd and the API server, and returns when the API server is ready.
// StartControllers starts the rest; in between, objects can be written that controllers shall find complete.
func Start(ctx context.Context, options Options) (*Cluster, error) {
	if options.Progress == nil {
		options.Progress = io.Discard
	}
	if options.choosePorts == nil {
		options.choosePorts = freePorts
	}
	podCIDR, err := netip.ParsePrefix(options.podCIDR())
	if err != nil {
		return nil, fmt.Errorf("read the pod network: %w", err)
	}
	if !podCIDR.Addr().Is4() || podCIDR.Bits() > 24 {
		return nil, fmt.Errorf("use %s as pod network: it must be IPv4 and /24 or larger, since each node gets a /24", podCIDR)
	}
	set, err := binaries.Ensure(ctx, options.Progress)
	if err != nil {
		return nil, err
	}
	cache, err := binaries.CacheDir()
	if err != nil {
		return nil, err
	}
	records := filepath.Join(cache, "running")
	record, err := newRecord(ctx, records, options.Progress)
	if err != nil {
		return nil, err
	}
	c := &Cluster{
		Dir:        record.Dir,
		Kubeconfig: filepath.Join(record.Dir, "kubeconfig"),
		PodCIDR:    podCIDR,
		set:        set,
		options:    options,
		records:    records,
		record:     record,
		progress:   options.Progress,
		failed:     make(chan error, 1),
	}
	for attempt := 1; ; attempt++ {
		err := c.start(ctx)
		if err == nil {
			return c, nil
		}
		// Between asking for free ports and using them, somebody else may take one.
		const attempts = 3
		if attempt == attempts || !c.portTaken() {
			return nil, errors.Join(err, c.Stop())
		}
		fmt.Fprintln(c.progress, "testbed: another program took a port just now, trying others")
		if err := c.reset(); err != nil {
			return nil, errors.Join(err, c.Stop())
		}
	}
}

// newRecord cleans up after dead testbeds and records a new one. The lock keeps two starts from cleaning up the same.
func newRecord(ctx context.Context, records string, progress io.Writer) (*process.Record, error) {
	held, err := lock.Acquire(ctx, filepath.Join(records, ".lock"), nil)
	if err != nil {
		return nil, err
	}
	defer held.Release()
	erased, err := process.EraseDead(records)
	for _, name := range erased {
		fmt.Fprintf(progress, "testbed: cleaned up after %s, which was killed\n", name)
	}
	if err != nil {
		// What another testbed left is no reason not to start this one.
		fmt.Fprintf(progress, "testbed: clean up after an earlier testbed: %v\n", err)
	}
	return process.NewRecord(records)
}

func (c *Cluster) start(ctx context.Context) error {
	start := time.Now()
	var err error
	if c.ports, err = c.options.choosePorts(); err != nil {
		return err
	}
	if c.pki, err = newCredentials(c.Dir); err != nil {
		return err
	}
	if err := c.writeKubeconfigs(); err != nil {
		return err
	}
	if err := c.run("etcd", c.set.Etcd, c.etcdArgs()...); err != nil {
		return err
	}
	// The API server waits for etcd by itself.
	if err := c.StartAPIServer(ctx); err != nil {
		return err
	}
	fmt.Fprintf(c.progress, "testbed: API server %s ready at %s after %.1f s\n",
		binaries.KubernetesVersion, c.URL(), time.Since(start).Seconds())
	return nil
}

// portTaken says whether a program could not listen on its port.
func (c *Cluster) portTaken() bool {
	return strings.Contains(tail(c.file("etcd.log"), 50)+tail(c.file(apiServer+".log"), 50), "address already in use")
}

// reset ends what start has started and forgets what it has written.
func (c *Cluster) reset() error {
	c.mu.Lock()
	processes := c.processes
	c.processes = nil
	c.mu.Unlock()
	for _, p := range processes {
		p.Stop(context.Background(), 0)
	}
	select {
	case <-c.failed:
	default:
	}
	if err := os.RemoveAll(c.Dir); err != nil {
		return fmt.Errorf("clear the testbed's directory: %w", err)
	}
	if err := os.Mkdir(c.Dir, 0o700); err != nil {
		return fmt.Errorf("clear the testbed's directory: %w", err)
	}
	return nil
}

// StartAPIServer starts the API server on its port, where it may have been before, and waits until it is ready.
func (c *Cluster) StartAPIServer(ctx context.Context) error {
	if err := c.run(apiServer, c.set.APIServer, c.apiServerArgs()...); err != nil {
		return err
	}
	return c.waitReady(ctx)
}

// StopAPIServer ends the API server at once, as a crash would. Everything else keeps running.
func (c *Cluster) StopAPIServer() {
	p := c.take(apiServer)
	if p != nil {
		p.Stop(context.Background(), 0)
	}
}

// StartControllers starts kube-controller-manager, kube-scheduler and KWOK.
func (c *Cluster) StartControllers() error {
	if err := c.run("kube-controller-manager", c.set.ControllerManager, c.controllerManagerArgs()...); err != nil {
		return err
	}
	if err := c.run("kube-scheduler", c.set.Scheduler, c.schedulerArgs()...); err != nil {
		return err
	}
	args, err := c.kwokArgs()
	if err != nil {
		return err
	}
	return c.run("kwok", c.set.KWOK, args...)
}

// run starts one program of the control plane, and reports to Failed if it ends before it is stopped.
func (c *Cluster) run(name, path string, args ...string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopping {
		return errors.New("the testbed is being stopped")
	}
	p, err := process.Start(process.Spec{
		Name: name,
		Path: path,
		Args: args,
		Dir:  c.Dir,
		// HOME is the testbed's: KWOK would read the user's configuration otherwise.
		Env:     append([]string{"HOME=" + c.Dir, "TMPDIR=" + c.Dir, "PATH=" + os.Getenv("PATH")}, c.garbageCollection(name)...),
		LogFile: filepath.Join(c.Dir, name+".log"),
		Mark:    c.record.Name,
	})
	if err != nil {
		return err
	}
	c.processes = append(c.processes, p)
	c.record.Children = append(c.record.Children, p.Identity)
	if err := c.record.Save(c.records); err != nil {
		return err
	}
	go c.watch(p)
	return nil
}

func (c *Cluster) watch(p *process.Process) {
	<-p.Done()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, running := range c.processes {
		if running == p && !c.stopping {
			select {
			case c.failed <- fmt.Errorf("%s ended by itself (%v), its last words were:\n%s", p.Name, p.Err(), tail(p.LogFile, 15)):
			default:
			}
		}
	}
}

// take removes a program from those that are expected to run.
func (c *Cluster) take(name string) *process.Process {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, p := range c.processes {
		if p.Name == name {
			c.processes = append(c.processes[:i:i], c.processes[i+1:]...)
			return p
		}
	}
	return nil
}

// Failed receives an error if a program of the control plane ends by itself.
func (c *Cluster) Failed() <-chan error { return c.failed }

// Mark is the value of process.Marker that everything started for this testbed carries.
func (c *Cluster) Mark() string { return c.record.Name }

// URL is the address of the API server.
func (c *Cluster) URL() string { return fmt.Sprintf("https://127.0.0.1:%d", c.ports.api) }

// Config returns the administrator's client configuration, with no limit on the rate of requests.
func (c *Cluster) Config() (*rest.Config, error) {
	config, err := clientcmd.BuildConfigFromFlags("", c.Kubeconfig)
	if err != nil {
		return nil, fmt.Errorf("read the testbed's kubeconfig: %w", err)
	}
	config.QPS = -1
	return config, nil
}

// Processes returns the programs that run now.
func (c *Cluster) Processes() []*process.Process {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]*process.Process(nil), c.processes...)
}

// Stop ends everything and removes the temporary directory. It may be called more than once.
func (c *Cluster) Stop() error {
	c.mu.Lock()
	if c.stopping {
		c.mu.Unlock()
		return nil
	}
	c.stopping = true
	processes := c.processes
	c.mu.Unlock()
	// All data is thrown away, so nothing is gained by asking first.
	for _, p := range processes {
		p.Stop(context.Background(), 0)
	}
	return c.record.Erase(c.records)
}
