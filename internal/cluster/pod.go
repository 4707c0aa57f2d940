package cluster

import (
	"net/netip"
	"slices"
	"strings"
	"time"
)

// Pod is the compact row of one pod. A row is immutable: a change makes a new row in the same slot. Everything that pods
// of one owner have in common (labels, shape, owner, node and namespace names) is shared between their rows.
type Pod struct {
	Slot            uint32 // stable while the pod lives, reused afterwards
	UID             UID
	ResourceVersion string
	Namespace, Name string
	Node            string // spec.nodeName; empty while unscheduled
	Owner           *Owner // the controlling owner, nil for a bare pod
	Labels          *Labels
	Shape           *Shape
	IPs             [2]netip.Addr // status.podIPs, primary first; invalid where there is none
	Created         time.Time
	Reason          string // why it is not running or not ready, as kubectl's STATUS column has it (CrashLoopBackOff …)
	States          ContainerStates
	Restarts        int32
	Phase           Phase
	Ready           bool // the Ready condition
	Terminating     bool // deletionTimestamp is set
	Placed          bool // nobody has said where it runs: AnnotationPlaced
	Addressed       bool // nobody has said its addresses: AnnotationAddressed
	Awaited         bool // nobody has said whether it runs and is ready, and something may hold it back: AnnotationAwaited
	Waiting         bool // at least one container waits or has terminated while the pod's phase is Running
}

// AnnotationSimulated marks objects that nobody gave (package simulate).
const AnnotationSimulated = "kubestrata.io/simulated"

// AnnotationPlaced marks a pod in files of which only the simulation of a scheduler says on which of several nodes it runs.
const AnnotationPlaced = "kubestrata.io/placed"

// AnnotationAddressed marks a pod, a node or a service in files of which only the simulation gave some addresses or node
// ports: it lists them, separated by commas.
const AnnotationAddressed = "kubestrata.io/addressed"

// AnnotationAwaited marks a pod in files of which only the simulation says whether it runs and is ready, where what
// decides that is not among the objects.
const AnnotationAwaited = "kubestrata.io/awaited"

// Addressed reports whether only the simulation gave an object an address or port.
func Addressed(o Object, what string) bool {
	return slices.Contains(strings.Split(o.GetAnnotations()[AnnotationAddressed], ","), what)
}

// UID is a pod's identity: the bytes of its UUID, or a hash where metadata.uid is not a UUID.
type UID [16]byte

// Phase is status.phase.
type Phase uint8

// The phases of the API; a phase this program does not know is PhaseUnknown.
const (
	PhaseUnknown Phase = iota
	PhasePending
	PhaseRunning
	PhaseSucceeded
	PhaseFailed
)

func (p Phase) String() string {
	return [...]string{"Unknown", "Pending", "Running", "Succeeded", "Failed"}[p]
}

// IP is the pod's primary address, invalid if it has none yet.
func (p *Pod) IP() netip.Addr { return p.IPs[0] }

// HasIP reports whether addr is one of the pod's addresses.
func (p *Pod) HasIP(addr netip.Addr) bool {
	return addr.IsValid() && (p.IPs[0] == addr || p.IPs[1] == addr)
}

// Done reports whether the pod has ended for good; a completed pod owns no address any more.
func (p *Pod) Done() bool { return p.Phase == PhaseSucceeded || p.Phase == PhaseFailed }

// Ref points to the pod.
func (p *Pod) Ref() Ref { return Ref{KindPod, p.Namespace, p.Name} }

// Owner is the controlling owner reference of a pod.
type Owner struct {
	Namespace, Kind, Name string
}

// Labels is an immutable, sorted label set shared by all objects that carry the same one. It implements
// k8s.io/apimachinery/pkg/labels.Labels, so that selectors match it directly. The nil set is empty.
type Labels struct {
	pairs []Label
	key   string
}

// Label is one key and value.
type Label struct{ Key, Value string }

// NewLabels makes a label set from a map.
func NewLabels(m map[string]string) *Labels {
	if len(m) == 0 {
		return &Labels{}
	}
	l := &Labels{pairs: make([]Label, 0, len(m))}
	for k, v := range m {
		l.pairs = append(l.pairs, Label{k, v})
	}
	slices.SortFunc(l.pairs, func(a, b Label) int { return strings.Compare(a.Key, b.Key) })
	var b strings.Builder
	for i, p := range l.pairs {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(p.Key)
		b.WriteByte('=')
		b.WriteString(p.Value)
	}
	l.key = b.String()
	return l
}

// Get returns a label's value, empty if it is absent.
func (l *Labels) Get(key string) string {
	v, _ := l.Lookup(key)
	return v
}

// Has reports whether a label is present.
func (l *Labels) Has(key string) bool {
	_, ok := l.Lookup(key)
	return ok
}

// Lookup returns a label's value and whether it is present.
func (l *Labels) Lookup(key string) (string, bool) {
	if l == nil {
		return "", false
	}
	i, ok := slices.BinarySearchFunc(l.pairs, key, func(p Label, k string) int { return strings.Compare(p.Key, k) })
	if !ok {
		return "", false
	}
	return l.pairs[i].Value, true
}

// All returns the pairs, sorted by key. The caller must not change them.
func (l *Labels) All() []Label {
	if l == nil {
		return nil
	}
	return l.pairs
}

// String is the set as kubectl prints it: key=value, comma separated, sorted; unique per set.
func (l *Labels) String() string {
	if l == nil {
		return ""
	}
	return l.key
}
