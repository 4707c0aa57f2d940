package command

import (
	"fmt"
	"strings"
)

// kubectlViews and kubectlChanges are kubectl's verbs by what they do.
var (
	kubectlViews = names(`get describe explain logs log top cluster-info api-resources api-versions version config auth events
		diff wait options plugin completion`)
	kubectlChanges = names(`apply create delete edit expose scale autoscale label annotate patch replace rollout set taint
		cordon uncordon drain cp certificate kustomize`)
	minikubeViews = names("ip status addons profile service version dashboard logs ssh-host")
	helmViews     = names("list ls get status template show search history version")
	dockerViews   = names("ps images logs inspect network version info")

	// otherPrograms are programs that tutorials run between requests.
	otherPrograms = names(`apt apt-get apk yum dnf brew ls cd cat echo export git vi vim nano mkdir rm cp mv touch chmod grep awk sed
		tail head less more clear exit ip ifconfig route iptables nft ss netstat tcpdump traceroute ssh scp systemctl journalctl
		ps top sleep watch helm docker podman crictl minikube kind k3d k3s colima kubeadm kubectl kubectx kubens az aws gcloud eksctl
		terraform printenv env hostname whoami uname arp brctl bridge nsenter cat tee true false openssl python python3 go node`)
)

func knownProgram(p string) bool {
	return isClient(p) || otherPrograms[p] || p == "sh" || p == "bash" || p == "ash" || p == "busybox"
}

// notARequest is the error for a line whose program makes no request: what it does instead, in one sentence.
func notARequest(program string, words []string) error {
	verb := ""
	for _, w := range words[1:] {
		if !strings.HasPrefix(w, "-") {
			verb = w
			break
		}
	}
	as := func(kind LineKind, format string, args ...any) error {
		return &NotARequest{Kind: kind, Message: fmt.Sprintf(format, args...), Words: words}
	}
	const view = "That shows objects and sends no request; find it in the tables and the inspector."
	const change = "That would change the cluster; it is explained, never executed."
	switch program {
	case "kubectl":
		switch {
		case kubectlViews[verb]:
			return as(LineView, view)
		case kubectlChanges[verb]:
			return as(LineChange, change)
		case verb == "proxy" || verb == "attach":
			return as(LineOther, "kubectl %s is no request of its own; give the curl that follows it, as in kubectl proxy & curl http://localhost:8001/api/v1/….", verb)
		}
		return &Error{Word: verb, Message: "this verb of kubectl is not known; kubectl exec and kubectl run make requests"}
	case "minikube":
		if verb == "addons" && len(words) > 2 && words[2] != "list" || verb == "image" || !minikubeViews[verb] {
			return as(LineChange, change)
		}
		return as(LineView, view)
	case "helm":
		if helmViews[verb] {
			return as(LineView, view)
		}
		return as(LineChange, change)
	case "docker", "podman":
		if dockerViews[verb] {
			return as(LineView, "That shows containers beside the cluster and sends no request.")
		}
		return as(LineChange, "That would start or change something beside the cluster; it is explained, never executed.")
	case "cat":
		if len(words) == 2 && words[1] == "/etc/resolv.conf" {
			return as(LineResolvConf, "That shows how names are resolved there; no request is sent.")
		}
		return as(LineView, "That shows a file and sends no request.")
	case "telnet":
		return &Error{Word: program, Message: "this client is not known here; nc -vz HOST PORT asks the same"}
	case "http", "https", "xh", "httpie", "hey", "ab", "wrk", "grpcurl":
		return &Error{Word: program, Message: "this client is not known here; write the request as a curl"}
	}
	if otherPrograms[program] {
		return as(LineOther, "%s sends no request that can be traced; curl, wget, nc, ping, nslookup, dig and host do.", program)
	}
	return &Error{Word: words[0], Message: "this program is not known here; write curl, wget, nc, ping, nslookup, dig, host, kubectl exec or kubectl run"}
}
