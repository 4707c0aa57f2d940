package trace

import (
	"cmp"
	"fmt"
	"net/netip"
	"strings"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/command"
)

// substitute puts in what a line leaves to its surroundings.
func substitute(view *cluster.View, ask Ask, req *command.Request) error {
	bad := func(format string, args ...any) error {
		return &AskError{Code: CodeBadCommand, Field: "command", Message: fmt.Sprintf(format, args...)}
	}
	token := req.Host
	switch req.Substitution {
	case command.SubstPlaceholder:
		return bad("%q stands for something; write the host or address itself", token)
	case command.SubstMinikubeIP:
		addr, err := firstNode(view, token)
		if err != nil {
			return bad("%v", err)
		}
		req.Host = addr.String()
	case command.SubstMinikubeURL:
		namespace, name := req.MinikubeService()
		namespace = cmp.Or(namespace, ask.Namespace, "default")
		addr, err := firstNode(view, token)
		if err != nil {
			return bad("%v", err)
		}
		svc := view.Service(namespace, name)
		if svc == nil {
			return bad("%s stands for the URL of service %s/%s, which does not exist", token, namespace, name)
		}
		if len(svc.Spec.Ports) == 0 || svc.Spec.Ports[0].NodePort == 0 {
			return bad("%s stands for the URL of service %s/%s, which has no node port", token, namespace, name)
		}
		req.Host, req.Port, req.HasPort = addr.String(), uint16(svc.Spec.Ports[0].NodePort), true
		req.HostHeader = strings.ReplaceAll(req.HostHeader, token, netip.AddrPortFrom(addr, req.Port).String())
	}
	if req.Substitution != command.SubstNone {
		req.HostHeader, req.ServerName = strings.ReplaceAll(req.HostHeader, token, req.Host), ""
	}
	return nil
}

// firstNode is the address that minikube tells: that of its first node.
func firstNode(view *cluster.View, token string) (netip.Addr, error) {
	nodes := view.Nodes()
	if len(nodes) == 0 {
		return netip.Addr{}, fmt.Errorf("%s stands for a node's address, and there is no node", token)
	}
	addrs := cluster.NodeAddrs(nodes[0])
	if len(addrs) == 0 {
		return netip.Addr{}, fmt.Errorf("%s stands for the address of node %s, which has none", token, nodes[0].Name)
	}
	return addrs[0], nil
}
