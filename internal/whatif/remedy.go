package whatif

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/words"
)

// Remedy is a change as a kubectl command, read back so that a Fork can try it. Of what internal/trace writes into
// verdict.try, `kubectl label pod|namespace` is all that changes something; the rest looks at things, or asks otherwise,
// and is no remedy. `kubectl delete KIND NAME` is what a person asks: what if it were not there?
type Remedy struct {
	Ref   cluster.Ref
	Gone  bool              // the object is taken away; nothing else is said then
	Set   map[string]string // labels to give
	Unset []string          // labels to take off
	// Overwrite says that a label may replace one of another value, as with --overwrite.
	Overwrite bool
}

// ErrOtherLabel says that a label would be replaced, which kubectl does with --overwrite only.
var ErrOtherLabel = errors.New("it has another value already, and kubectl would want --overwrite")

// labelled are the kinds whose labels a remedy may change.
var labelled = map[string]cluster.Kind{"pod": cluster.KindPod, "namespace": cluster.KindNamespace}

// deletable are the kinds that a person may take away, as kubectl names them.
var deletable = map[string]cluster.Kind{
	"pod": cluster.KindPod, "service": cluster.KindService, "ingress": cluster.KindIngress,
	"networkpolicy": cluster.KindNetworkPolicy, "gateway": cluster.KindGateway, "httproute": cluster.KindHTTPRoute,
	"grpcroute": cluster.KindGRPCRoute, "clusternetworkpolicy": cluster.KindClusterNetworkPolicy,
	"adminnetworkpolicy": cluster.KindAdminNetworkPolicy, "baselineadminnetworkpolicy": cluster.KindBaselineAdminNetworkPolicy,
}

func namespaced(kind cluster.Kind) bool {
	switch kind {
	case cluster.KindClusterNetworkPolicy, cluster.KindAdminNetworkPolicy, cluster.KindBaselineAdminNetworkPolicy:
		return false
	}
	return true
}

var (
	objectName = regexp.MustCompile(`^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$`)
	labelKey   = regexp.MustCompile(`^([a-zA-Z0-9][a-zA-Z0-9.-]*/)?[a-zA-Z0-9]([a-zA-Z0-9._-]*[a-zA-Z0-9])?$`)
	labelValue = regexp.MustCompile(`^([a-zA-Z0-9]([a-zA-Z0-9._-]*[a-zA-Z0-9])?)?$`)
)

// ParseRemedy reads a command of verdict.try; ok is false where it is none that changes something.
func ParseRemedy(command string) (r Remedy, ok bool) {
	list := strings.Fields(command)
	if len(list) == 0 || list[0] != "kubectl" {
		return Remedy{}, false
	}
	list = list[1:]
	namespace := ""
	if len(list) > 2 && list[0] == "-n" {
		namespace, list = list[1], list[2:]
	}
	if len(list) == 3 && list[0] == "delete" {
		kind, known := deletable[list[1]]
		ref := cluster.Ref{Kind: kind, Namespace: namespace, Name: list[2]}
		return Remedy{Ref: ref, Gone: true}, known && objectName.MatchString(list[2]) && (namespace != "") == namespaced(kind)
	}
	if len(list) < 4 || list[0] != "label" {
		return Remedy{}, false
	}
	kind, known := labelled[list[1]]
	if !known || (kind == cluster.KindPod) != (namespace != "") {
		return Remedy{}, false
	}
	r = Remedy{Ref: cluster.Ref{Kind: kind, Namespace: namespace, Name: list[2]}, Set: map[string]string{}}
	for _, word := range list[3:] {
		if word == "--overwrite" {
			r.Overwrite = true
			continue
		}
		key, value, sets := strings.Cut(word, "=")
		if !sets {
			key, sets = strings.CutSuffix(word, "-")
			if !sets {
				return Remedy{}, false
			}
			r.Unset = append(r.Unset, key)
		} else {
			r.Set[key] = value
		}
		if !labelKey.MatchString(key) || !labelValue.MatchString(value) {
			return Remedy{}, false
		}
	}
	return r, len(r.Set)+len(r.Unset) > 0
}

// Question asks what the remedy is to answer, in the words of a button: "What if pod busybox had access=true?"
func (r Remedy) Question() string { return Question(r.Change()) }

// Question asks what changes would answer.
func Question(changes ...string) string {
	all := changes[0]
	for _, c := range changes[1:] {
		all = words.Say("whatif.and", all, c)
	}
	return words.Say("whatif.question", all)
}

// Change is what the remedy would do, as a clause: "pod busybox had access=true".
func (r Remedy) Change() string {
	if r.Gone {
		return words.Say("whatif.gone", words.Kind(string(r.Ref.Kind)), r.Ref.Name)
	}
	var has, lacks []string
	for key, value := range r.Set {
		has = append(has, key+"="+value)
	}
	slices.Sort(has)
	lacks = append(lacks, r.Unset...)
	slices.Sort(lacks)
	kind, set, unset := words.Kind(string(r.Ref.Kind)), strings.Join(has, " "+words.Say("clause.and")+" "), strings.Join(lacks, " "+words.Say("clause.or")+" ")
	switch {
	case len(lacks) == 0:
		return words.Say("whatif.had", kind, r.Ref.Name, set)
	case len(has) == 0:
		return words.Say("whatif.had-not", kind, r.Ref.Name, unset)
	}
	return words.Say("whatif.had-and-not", kind, r.Ref.Name, set, unset)
}

// Edit is the remedy as a change of the object that it is about, which is not changed itself.
func (r Remedy) Edit(o cluster.Object) (Edit, error) {
	if r.Gone {
		return Edit{Remove: &r.Ref}, nil
	}
	changed, ok := o.DeepCopyObject().(cluster.Object)
	if !ok || cluster.KindOf(o) != r.Ref.Kind {
		return Edit{}, fmt.Errorf("%s %s: it is a %T", r.Ref.Kind, r.Ref.Name, o)
	}
	about, err := meta.Accessor(changed)
	if err != nil {
		return Edit{}, fmt.Errorf("%s %s: %w", r.Ref.Kind, r.Ref.Name, err)
	}
	labels := about.GetLabels()
	if labels == nil {
		labels = map[string]string{}
	}
	for key, value := range r.Set {
		if old, has := labels[key]; has && old != value && !r.Overwrite {
			return Edit{}, fmt.Errorf("%s %s, label %s=%s: %w", r.Ref.Kind, r.Ref.Name, key, old, ErrOtherLabel)
		}
		labels[key] = value
	}
	for _, key := range r.Unset {
		delete(labels, key)
	}
	about.SetLabels(labels)
	return Edit{Put: changed}, nil
}
