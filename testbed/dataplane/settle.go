//go:build linux

package dataplane

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"

	"github.com/kubestrata/kubestrata/testbed/dataplane/netns"
)

// settle waits until all that was written before has come to kube-proxy on every node, to CoreDNS and to the model.
// Each of them gets the changes of one kind in order, so it is enough that it shows a last change of each kind: a label of
// a pod, a service with an address, one without, and their slices.
func (b *Bed) settle(ctx context.Context) error {
	b.barriers++
	name := fmt.Sprintf("settled-%d", b.barriers)
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"labels": map[string]string{"settled": name}}})
	if err != nil {
		return err
	}
	if _, err := b.client.CoreV1().Pods(ownNamespace).Patch(ctx, b.watch.Name, types.MergePatchType, patch, metav1.PatchOptions{}); err != nil {
		return fmt.Errorf("mark the end of the changes: %w", err)
	}
	address, err := b.barrier(ctx, name, "")
	if err != nil {
		return err
	}
	if _, err := b.barrier(ctx, name+"-name", corev1.ClusterIPNone); err != nil {
		return err
	}
	waits := map[string]func() bool{"CoreDNS": func() bool { return b.knows(name + "-name") }}
	for _, n := range b.network.Nodes {
		waits["kube-proxy on "+n.Name] = func() bool { return connects(n.Namespace, address+":80") }
	}
	if b.store != nil {
		waits["the model"] = func() bool {
			v := b.store.View()
			p := v.Pod(ownNamespace, b.watch.Name)
			return p != nil && p.Labels.Get("settled") == name && v.Service(ownNamespace, name+"-name") != nil && len(v.Slices(ownNamespace, name+"-name")) == 1
		}
	}
	for what, holds := range waits {
		if err := b.until(ctx, what, holds); err != nil {
			return err
		}
	}
	return b.dropBarrier(ctx, name)
}

// barrier writes a service that leads to the watch pod, and returns its address.
func (b *Bed) barrier(ctx context.Context, name, clusterIP string) (address string, err error) {
	service, err := b.client.CoreV1().Services(ownNamespace).Create(ctx, &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Namespace: ownNamespace, Name: name},
		Spec:       corev1.ServiceSpec{ClusterIP: clusterIP, Ports: []corev1.ServicePort{{Port: 80}}},
	}, metav1.CreateOptions{})
	if err != nil {
		return "", fmt.Errorf("mark the end of the changes: %w", err)
	}
	_, err = b.client.DiscoveryV1().EndpointSlices(ownNamespace).Create(ctx, &discoveryv1.EndpointSlice{
		ObjectMeta:  metav1.ObjectMeta{Namespace: ownNamespace, Name: name, Labels: map[string]string{discoveryv1.LabelServiceName: name}},
		AddressType: discoveryv1.AddressTypeIPv4,
		Ports:       []discoveryv1.EndpointPort{{Name: ptr.To(""), Protocol: ptr.To(corev1.ProtocolTCP), Port: ptr.To(int32(8080))}},
		Endpoints:   []discoveryv1.Endpoint{{Addresses: []string{b.watch.Address.String()}, NodeName: ptr.To(b.network.Nodes[0].Name)}},
	}, metav1.CreateOptions{})
	if err != nil {
		return "", fmt.Errorf("mark the end of the changes: %w", err)
	}
	return service.Spec.ClusterIP, nil
}

func (b *Bed) dropBarrier(ctx context.Context, name string) error {
	for _, name := range []string{name, name + "-name"} {
		if err := b.client.CoreV1().Services(ownNamespace).Delete(ctx, name, metav1.DeleteOptions{}); err != nil {
			return fmt.Errorf("remove the mark of the end of the changes: %w", err)
		}
	}
	return nil
}

// until asks again and again, since nothing tells when a packet would pass.
func (b *Bed) until(ctx context.Context, what string, holds func() bool) error {
	ctx, cancel := context.WithTimeoutCause(ctx, time.Minute, fmt.Errorf("%s does not come to know the last change within a minute", what))
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		if err := b.programs.Failed(); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return errors.Join(context.Cause(ctx), b.programs.LastWords())
		case <-tick.C:
		}
	}
	return nil
}

func connects(n *netns.Namespace, to string) bool {
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	conn, err := n.Dial(ctx, "tcp4", to)
	if err != nil {
		return false
	}
	conn.Close()
	return true
}

// knows asks CoreDNS itself, not by way of its service, for a name in the bed's own namespace.
func (b *Bed) knows(name string) bool {
	resolver := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return b.network.Nodes[0].Dial(ctx, network, net.JoinHostPort(b.dns.Address.String(), "53"))
	}}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	addresses, err := resolver.LookupHost(ctx, name+"."+ownNamespace+".svc.cluster.local.")
	return err == nil && len(addresses) > 0
}
