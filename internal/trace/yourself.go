package trace

import (
	"regexp"
	"slices"
	"strings"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/command"
	"github.com/kubestrata/kubestrata/internal/words"
)

// Yourself is how a person finds out what really happens: the exact line, and where to type it. It adds to the contract.
type Yourself struct {
	Where   string `json:"where"`   // "anywhere with kubectl", "on node node01", "on laptop"
	Command string `json:"command"` // one line, to be pasted as it is
}

// patience is the time limit of a line that is not expected to get an answer: enough for anything that will still come,
// and short of the two minutes for which a kernel goes on trying.
const patience = "10"

// yourself makes the line. A client in a pod is reached through kubectl exec; one that the line starts itself (kubectl
// run, kubectl exec) is left as it was written. curl is asked to say all it does: what it prints is then evidence.
func (e *engine) yourself(v Verdict) Yourself {
	line := strings.TrimSpace(command.Join(e.ask.Command))
	whole := kubectlLine.MatchString(line)
	if !whole && e.req.PortForward == nil && e.req.KubectlProxy == nil {
		line = e.req.Line
	}
	if e.req.Program == command.ProgramCurl {
		line = talkative(line, v.Class == NoAnswer && e.req.MaxTime == 0 && e.req.ConnectTimeout == 0)
	}
	from := e.from.party()
	switch {
	case whole || e.from.ghost:
		return Yourself{Where: words.Say("text.where.anywhere"), Command: line}
	case from.Kind == cluster.KindPod:
		return Yourself{
			Where:   words.Say("text.where.anywhere"),
			Command: "kubectl exec -n " + from.Namespace + " " + from.Name + container(e.ask.From) + " -- " + line,
		}
	case from.Kind == cluster.KindNode:
		return Yourself{Where: words.Say("text.where.node", from.Name), Command: line}
	case e.from.unnamed:
		return Yourself{Where: words.Say("text.where.machine", from.Name), Command: line}
	}
	return Yourself{Where: words.Say("text.where.on", from.Name), Command: line}
}

var (
	kubectlLine = regexp.MustCompile(`\bkubectl\b.*\s(exec|run)\s`)
	curlWord    = regexp.MustCompile(`(^|[\s/])curl(\s|$)`)
)

// talkative adds -v, and a time limit where one is wanted, behind the word curl.
func talkative(line string, limited bool) string {
	add := ""
	if words := strings.Fields(line); !slices.ContainsFunc(words, verboseFlag) {
		add = " -v"
	}
	if limited {
		add += " -m " + patience
	}
	at := curlWord.FindStringIndex(line)
	if at == nil || add == "" {
		return line
	}
	end := at[0] + strings.Index(line[at[0]:], "curl") + len("curl")
	return line[:end] + add + line[end:]
}

func verboseFlag(word string) bool {
	return word == "--verbose" || strings.HasPrefix(word, "-") && !strings.HasPrefix(word, "--") && strings.Contains(word, "v")
}

// container is the -c that a source pod/NAMESPACE/NAME/CONTAINER asks for.
func container(from string) string {
	if parts := strings.Split(from, "/"); len(parts) == 4 && parts[0] == "pod" {
		return " -c " + parts[3]
	}
	return ""
}
