//go:build linux

package dataplane

import (
	"context"
	"fmt"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"

	"github.com/kubestrata/kubestrata/internal/trace"
	"github.com/kubestrata/kubestrata/testbed/await"
	"github.com/kubestrata/kubestrata/testbed/dataplane/echo"
	"github.com/kubestrata/kubestrata/testbed/dataplane/plane"
	"github.com/kubestrata/kubestrata/testbed/dataplane/probe"
	"github.com/kubestrata/kubestrata/testbed/dataplane/worlds"
	"github.com/kubestrata/kubestrata/testbed/nodes"
)

// A stage is a world that is being played.
type stage struct {
	*worlds.Live
	networks map[string]*plane.Pod
	servers  []*echo.Server
}

// listens knows on which sockets of the world's pods something listens.
func (s *stage) listens(udp bool) func(trace.Endpoint) bool {
	return func(e trace.Endpoint) bool {
		for _, p := range s.Pods {
			if s.PodAddresses[p.Name] != e.IP || p.Name != e.Pod {
				continue
			}
			if p.Closed {
				return false
			}
			if udp {
				return p.UDP == e.Port
			}
			return slices.Contains(slices.Collect(maps.Values(p.Named)), e.Port)
		}
		return true
	}
}

// play brings a world about and waits until everybody knows of it.
func (b *Bed) play(ctx context.Context, w *worlds.World) (*stage, error) {
	s := &stage{networks: map[string]*plane.Pod{}, Live: &worlds.Live{
		World: w, PodAddresses: map[string]string{},
		Laptop: plane.LaptopAddress.String(), Internet: plane.InternetAddress.String(),
		Forward: fmt.Sprintf("%s:%d", plane.OutsideAddress, plane.ForwardedPort),
	}}
	for _, n := range b.network.Nodes {
		s.NodeAddresses = append(s.NodeAddresses, n.Address.String())
	}
	if err := b.namespace(ctx, w.Namespace); err != nil {
		return s, err
	}
	for _, p := range w.Pods {
		if err := b.playPod(ctx, s, p); err != nil {
			return s, err
		}
	}
	for _, service := range w.Services {
		if err := b.playService(ctx, s, service); err != nil {
			return s, err
		}
	}
	for _, slice := range w.Slices {
		for i, p := range slice.Of {
			e := &slice.Endpoints[i]
			e.Addresses, e.NodeName = []string{s.PodAddresses[p.Name]}, ptr.To(nodes.Name(p.Node))
			e.TargetRef = &corev1.ObjectReference{Kind: "Pod", Namespace: w.Namespace, Name: p.Name}
		}
		if _, err := b.client.DiscoveryV1().EndpointSlices(w.Namespace).Create(ctx, slice.EndpointSlice, metav1.CreateOptions{}); err != nil {
			return s, fmt.Errorf("create EndpointSlice %s: %w", slice.Name, err)
		}
	}
	if err := b.waitSlices(ctx, s); err != nil {
		return s, err
	}
	return s, b.settle(ctx)
}

// resolvConf is what the kubelet writes for a pod whose dnsPolicy is ClusterFirst.
func resolvConf(namespace string) string {
	return fmt.Sprintf("search %s.svc.cluster.local svc.cluster.local cluster.local\nnameserver %s\noptions ndots:5\n", namespace, dnsAddress)
}

func (b *Bed) playPod(ctx context.Context, s *stage, p *worlds.Pod) error {
	network, address := b.network.Nodes[p.Node].Namespace, b.network.Nodes[p.Node].Address.String()
	if !p.HostNetwork {
		own, err := b.network.AddPod(ctx, b.network.Nodes[p.Node], p.Name)
		if err != nil {
			return err
		}
		s.networks[p.Name] = own
		network, address = own.Namespace, own.Address.String()
		source := "pod/" + s.Namespace + "/" + p.Name
		hosts := fmt.Sprintf("127.0.0.1 localhost\n%s %s\n", address, p.Name)
		if p.Subdomain != "" {
			hosts = fmt.Sprintf("127.0.0.1 localhost\n%s %s.%s.%s.svc.cluster.local %s\n", address, p.Hostname, p.Subdomain, s.Namespace, p.Hostname)
		}
		if b.machines[source], err = probe.NewMachine(network, b.dir, resolvConf(s.Namespace), hosts); err != nil {
			return err
		}
	}
	s.PodAddresses[p.Name] = address
	if !p.Closed {
		var tcp, udp []int
		for _, port := range p.Named {
			tcp = append(tcp, int(port))
		}
		if p.UDP != 0 {
			udp = append(udp, int(p.UDP))
		}
		server, err := echo.Serve(network, p.Name, tcp, udp)
		if err != nil {
			return err
		}
		s.servers = append(s.servers, server)
	}
	return b.createPod(ctx, s.Namespace, p, address)
}

func (b *Bed) playService(ctx context.Context, s *stage, service *corev1.Service) error {
	services := b.client.CoreV1().Services(s.Namespace)
	created, err := services.Create(ctx, service, metav1.CreateOptions{})
	if err != nil {
		return fmt.Errorf("create Service %s: %w", service.Name, err)
	}
	if ingress := s.Addresses[service.Name]; len(ingress) > 0 {
		created.Status.LoadBalancer.Ingress = ingress
		if created, err = services.UpdateStatus(ctx, created, metav1.UpdateOptions{}); err != nil {
			return fmt.Errorf("give Service %s its load balancer's address: %w", service.Name, err)
		}
	}
	s.Services = append(s.Services, created)
	return nil
}

// waitSlices waits until the controller has written an endpoint for each pod that a service selects, as the pod is.
func (b *Bed) waitSlices(ctx context.Context, s *stage) error {
	return await.All(ctx, b.client.DiscoveryV1().RESTClient(), "endpointslices", s.Namespace,
		func(all map[types.NamespacedName]*discoveryv1.EndpointSlice) bool {
			for _, service := range s.Services {
				if len(service.Spec.Selector) > 0 && !slices.Equal(wanted(s, service), written(all, service)) {
					return false
				}
			}
			return true
		})
}

func wanted(s *stage, service *corev1.Service) (out []string) {
	for _, p := range s.Pods {
		if labels.SelectorFromSet(service.Spec.Selector).Matches(labels.Set(p.Labels)) {
			out = append(out, fmt.Sprint(s.PodAddresses[p.Name], " ", p.Ready || service.Spec.PublishNotReadyAddresses))
		}
	}
	slices.Sort(out)
	return out
}

func written(all map[types.NamespacedName]*discoveryv1.EndpointSlice, service *corev1.Service) (out []string) {
	for _, slice := range all {
		if slice.Labels[discoveryv1.LabelServiceName] != service.Name {
			continue
		}
		for _, e := range slice.Endpoints {
			out = append(out, fmt.Sprint(e.Addresses[0], " ", ptr.Deref(e.Conditions.Ready, true)))
		}
	}
	slices.Sort(out)
	return out
}

// end takes a world away: its objects, its pods' networks and what listens there.
func (b *Bed) end(ctx context.Context, s *stage) error {
	for _, server := range s.servers {
		server.Close()
	}
	for _, service := range s.Services {
		if err := b.client.CoreV1().Services(s.Namespace).Delete(ctx, service.Name, metav1.DeleteOptions{}); err != nil {
			return fmt.Errorf("delete Service %s: %w", service.Name, err)
		}
	}
	if b.options.Variant.Proxy != NoProxy {
		if err := b.unroute(ctx, s.Namespace); err != nil {
			return err
		}
	}
	now := metav1.DeleteOptions{GracePeriodSeconds: ptr.To(int64(0))}
	for _, p := range s.Pods {
		if err := b.client.CoreV1().Pods(s.Namespace).Delete(ctx, p.Name, now); err != nil {
			return fmt.Errorf("delete pod %s: %w", p.Name, err)
		}
		if network := s.networks[p.Name]; network != nil {
			delete(b.machines, "pod/"+s.Namespace+"/"+p.Name)
			if err := b.network.RemovePod(ctx, network); err != nil {
				return err
			}
		}
	}
	return nil
}
