package trace

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/policy"
	"github.com/kubestrata/kubestrata/internal/words"
)

// labelTry is the command that gives an object what a selector asks of its labels; ok is false where no label does. A
// label that is there with another value is replaced, which kubectl does with --overwrite only.
func (e *engine) labelTry(m policy.Missing) (Try, bool) {
	kind := strings.ToLower(string(m.On.Kind))
	text := words.Say("remedy.label.give", words.Kind(kind), m.On.Name)
	change := ""
	set := func(key, value string) {
		change = key + "=" + value
		if old, has := e.labelOf(m.On, key); has && old != value {
			change += " --overwrite"
			text = words.Say("remedy.label.replace", words.Kind(kind), m.On.Name, key, old)
		}
	}
	// The forms in which package policy writes what a selector wants: key=value, key in (a,b), key notin (a,b), key, !key.
	parts := strings.SplitN(m.Text, " ", 3)
	key, value, equals := strings.Cut(m.Text, "=")
	switch {
	case len(parts) == 3 && parts[1] == "in":
		first, _, _ := strings.Cut(strings.Trim(parts[2], "()"), ",")
		set(parts[0], first)
	case len(parts) == 3 && parts[1] == "notin":
		change = parts[0] + "-"
	case len(parts) > 1:
		return Try{}, false
	case equals:
		set(key, value)
	case strings.HasPrefix(m.Text, "!"):
		change = strings.TrimPrefix(m.Text, "!") + "-"
	case m.Text != "":
		set(m.Text, "true") // any value will do
	}
	// The API server writes a namespace's name as a label itself; several requirements in one text are more than one command.
	if change == "" || strings.HasPrefix(change, "=") || strings.Contains(change, ",") || strings.HasPrefix(change, corev1.LabelMetadataName) {
		return Try{}, false
	}
	if strings.HasSuffix(change, "-") {
		text = words.Say("remedy.label.take-off", words.Kind(kind), m.On.Name)
	}
	in := ""
	if m.On.Namespace != "" {
		in = "-n " + m.On.Namespace + " "
	}
	return Try{Text: text, Command: fmt.Sprintf("kubectl %slabel %s %s %s", in, kind, m.On.Name, change)}, true
}

func (e *engine) labelOf(ref cluster.Ref, key string) (value string, has bool) {
	if ref.Kind == cluster.KindPod {
		if pod := e.view.Pod(ref.Namespace, ref.Name); pod != nil {
			return pod.Labels.Lookup(key)
		}
		return "", false
	}
	if o := e.view.Get(ref.Kind, ref.Namespace, ref.Name); o != nil {
		value, has = o.GetLabels()[key]
	}
	return value, has
}
