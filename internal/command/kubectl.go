package command

import (
	"strings"
)

// kubectlValues are kubectl's flags that have a value, apart from those that are read: their value must not be taken for
// a verb or a name.
var kubectlValues = names(`context cluster user kubeconfig server s token as as-group as-uid cache-dir certificate-authority
	client-certificate client-key tls-server-name request-timeout v vmodule profile profile-output password username
	image image-pull-policy overrides override-type restart env port labels l expose limits requests serviceaccount output o
	pod-running-timeout annotations field-manager dry-run grace-period timeout filename f target copy-to set-image
	log-flush-frequency template address selector max-log-requests tail since type name namespace n container c`)

// kubectlLine is what is known of a kubectl line before its verb is looked at.
type kubectlLine struct {
	namespace string
	container string
	image     string
	labels    string
	overrides string
	address   string
	tty       bool
	words     []string // verb, then its arguments
	command   []string // after "--"
	dashes    bool
	ignored   []string
}

func parseKubectl(args []string, depth int) (*Request, error) {
	k, err := readKubectl(args)
	if err != nil {
		return nil, err
	}
	if len(k.words) == 0 {
		return nil, &NotARequest{Kind: LineOther, Message: "kubectl without a verb makes no request; try kubectl exec POD -- curl http://NAME/."}
	}
	switch k.words[0] {
	case "exec":
		return k.exec(depth)
	case "debug":
		return k.exec(depth)
	case "run":
		return k.run(depth)
	case "port-forward":
		return k.portForward()
	}
	return nil, notARequest("kubectl", append([]string{"kubectl"}, k.words...))
}

// readKubectl sorts the words of a line. The command that kubectl wraps starts after "--"; in older tutorials it starts
// where the words of exec's pod end, or with a client program.
func readKubectl(args []string) (*kubectlLine, error) {
	k := &kubectlLine{}
	for i := 0; i < len(args); i++ {
		w := args[i]
		if w == "--" {
			k.command, k.dashes = args[i+1:], true
			return k, nil
		}
		if !strings.HasPrefix(w, "-") || w == "-" {
			verb := ""
			if len(k.words) > 0 {
				verb = k.words[0]
			}
			if verb == "exec" && len(k.words) == 2 || verb == "run" && len(k.words) >= 2 && isClient(w) {
				k.command = args[i:]
				return k, nil
			}
			k.words = append(k.words, w)
			continue
		}
		name, value, has := strings.Cut(strings.TrimLeft(w, "-"), "=")
		if !strings.HasPrefix(w, "--") && !has && len(name) > 1 {
			// Joined short flags: -it, -itn demo, -ndemo.
			for j := range len(name) {
				if kubectlValues[name[j:j+1]] {
					name, value, has = name[j:j+1], name[j+1:], j+1 < len(name)
					break
				}
				k.short(name[j : j+1])
			}
			if len(name) > 1 {
				continue
			}
		}
		if kubectlValues[name] && !has {
			if name == "dry-run" || name == "expose" {
				continue
			}
			if i+1 >= len(args) {
				return nil, &Error{Word: w, Message: "this flag of kubectl needs a value"}
			}
			i++
			value = args[i]
		}
		switch name {
		case "n", "namespace":
			k.namespace = value
		case "c", "container":
			k.container = value
		case "image":
			k.image = value
		case "l", "labels", "selector":
			k.labels = value
		case "overrides":
			k.overrides = value
		case "address":
			k.address = value
		case "context", "cluster", "kubeconfig", "user", "s", "server", "as":
			k.ignored = append(k.ignored, "--"+name+"="+value)
		default:
			k.short(name)
		}
	}
	return k, nil
}

func (k *kubectlLine) short(name string) {
	switch name {
	case "i", "t", "stdin", "tty":
		k.tty = true
	}
}

func isClient(program string) bool {
	switch Program(program) {
	case ProgramCurl, ProgramWget, ProgramNc, ProgramPing, ProgramNslookup, ProgramDig, ProgramHost:
		return true
	}
	return false
}

var workloads = map[string]string{
	"deploy": "deployment", "deployment": "deployment", "deployments": "deployment", "deployment.apps": "deployment", "deployments.apps": "deployment",
	"sts": "statefulset", "statefulset": "statefulset", "statefulsets": "statefulset", "ds": "daemonset", "daemonset": "daemonset",
	"daemonsets": "daemonset", "rs": "replicaset", "replicaset": "replicaset", "replicasets": "replicaset",
	"job": "job", "jobs": "job", "svc": "service", "service": "service", "services": "service",
}

func (k *kubectlLine) exec(depth int) (*Request, error) {
	if len(k.words) < 2 {
		return nil, &Error{Word: k.words[0], Message: "the pod is missing; write kubectl exec POD -- curl http://NAME/"}
	}
	source := &Source{Kind: SourcePod, Namespace: k.namespace, Name: k.words[1], Container: k.container}
	if kind, name, ok := strings.Cut(k.words[1], "/"); ok && !isPlaceholder(k.words[1]) {
		source.Name = name
		switch w := workloads[kind]; {
		case kind == "pod" || kind == "pods" || kind == "po":
		case kind == "node" && k.words[0] == "debug":
			source.Kind = SourcePrompt
		case w != "":
			source.Kind, source.Workload = SourceWorkload, w
		default:
			return nil, &Error{Word: k.words[1], Message: "kubectl exec takes pod/NAME or a workload such as deploy/NAME"}
		}
		if name == "" {
			return nil, &Error{Word: k.words[1], Message: "the name after the slash is missing"}
		}
	}
	if len(k.command) == 0 {
		return nil, &NotARequest{
			Kind: LineOther, Source: source,
			Message: "That line runs nothing in the pod; add a command, as in kubectl exec " + source.Name + " -- curl http://NAME/.",
		}
	}
	r, err := k.wrapped(depth)
	if err != nil {
		if n, ok := err.(*NotARequest); ok {
			n.Source = source
		}
		return nil, err
	}
	r.Source = source
	if k.words[0] == "debug" {
		r.BusyBox = r.BusyBox || imageName(k.image) == "busybox"
	}
	return r, nil
}

// imageName is an image without registry, tag and digest.
func imageName(image string) string {
	image = image[strings.LastIndexByte(image, '/')+1:]
	image, _, _ = strings.Cut(image, "@")
	image, _, _ = strings.Cut(image, ":")
	return image
}

func (k *kubectlLine) wrapped(depth int) (*Request, error) {
	list := make([]word, len(k.command))
	for i, c := range k.command {
		list[i] = word{text: c}
	}
	r, err := parseWords(list, depth+1)
	if err != nil {
		return nil, err
	}
	r.IgnoredFlags = append(k.ignored, r.IgnoredFlags...)
	return r, nil
}

// run reads `kubectl run NAME --image=… -- curl …`: a pod that lives for this one request.
func (k *kubectlLine) run(depth int) (*Request, error) {
	change := &NotARequest{Kind: LineChange, Message: "kubectl run makes a pod and this one sends nothing that can be told from here; it is explained, never executed."}
	command := k.command
	image := imageName(k.image)
	if len(command) == 0 {
		return nil, change
	}
	// An image of curl runs curl on whatever arguments it is given.
	if !isClient(command[0]) && image == "curl" && !knownProgram(command[0]) {
		k.command = append([]string{"curl"}, command...)
	}
	r, err := k.wrapped(depth)
	if err != nil {
		if _, ok := err.(*NotARequest); ok {
			return nil, change
		}
		return nil, err
	}
	// Tutorials elide the name: kubectl run ... ... curl URL.
	name := "client"
	if len(k.words) > 1 && strings.Trim(k.words[1], ".…") != "" {
		name = k.words[1]
	}
	r.Source = &Source{
		Kind: SourceOneShot, Namespace: k.namespace, Name: name, Image: k.image, Labels: map[string]string{"run": name},
		HostNet: strings.Contains(strings.ReplaceAll(k.overrides, " ", ""), `"hostNetwork":true`), Overrides: k.overrides,
	}
	if k.labels != "" {
		r.Source.Labels = map[string]string{}
		for _, pair := range strings.Split(k.labels, ",") {
			key, value, ok := strings.Cut(pair, "=")
			if !ok || key == "" {
				return nil, &Error{Word: k.labels, Message: "write labels as key=value, with commas between"}
			}
			r.Source.Labels[key] = value
		}
	}
	r.BusyBox = r.BusyBox || image == "busybox"
	return r, nil
}
