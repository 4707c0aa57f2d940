package command

import (
	"strings"
)

// parseRemote reads a line that runs a command on another machine: `ssh node01 curl …`, `minikube ssh -- curl …`,
// `docker exec kind-worker curl …`, whose source is that machine. It is nil where no command is run.
func parseRemote(program string, args []string, depth int) (*Request, error) {
	values, name := "", ""
	switch {
	case program == "ssh":
		values = "BbcDEeFIiJLlmOopQRSWwp"
	case program == "minikube" && len(args) > 0 && args[0] == "ssh":
		values, name, args = "pn", "minikube", args[1:]
	case (program == "docker" || program == "podman" || program == "nerdctl") && len(args) > 0 && args[0] == "exec":
		values, args = "euw", args[1:]
	default:
		return nil, nil
	}
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		flag := args[0]
		args = args[1:]
		if flag == "--" {
			break
		}
		if strings.HasPrefix(flag, "--node=") {
			name = strings.TrimPrefix(flag, "--node=")
		}
		if !strings.HasPrefix(flag, "--") && strings.IndexByte(values, flag[len(flag)-1]) >= 0 && len(args) > 0 {
			if program == "minikube" && (flag == "-n" || flag == "-p") {
				name = args[0]
			}
			args = args[1:]
		}
	}
	source := &Source{Kind: SourcePrompt, Name: name}
	if program != "minikube" && len(args) > 0 {
		user, host, hasUser := strings.Cut(args[0], "@")
		if source.Name = args[0]; hasUser {
			source.User, source.Name = user, host
		}
		args = args[1:]
	}
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	if len(args) == 0 || source.Name == "" {
		return nil, nil
	}
	// The shell at the other end reads the words again.
	list, err := split(strings.Join(args, " "))
	if program == "docker" || program == "podman" || program == "nerdctl" {
		list, err = nil, nil
		for _, a := range args {
			list = append(list, word{text: a})
		}
	}
	if err != nil {
		return nil, err
	}
	r, err := parseWords(list, depth+1)
	if err != nil {
		if n, ok := err.(*NotARequest); ok {
			n.Source = source
		}
		return nil, err
	}
	r.Source = source
	return r, nil
}
