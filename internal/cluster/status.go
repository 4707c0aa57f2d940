package cluster

import (
	"cmp"
	"slices"
	"time"
)

// KindState is how far the reading of a kind has come.
type KindState string

// The states of a kind.
const (
	StatePending   KindState = "pending"   // asked for, nothing has come yet
	StateSynced    KindState = "synced"    // the whole list has come and changes follow
	StateForbidden KindState = "forbidden" // the credentials may not read it
	StateAbsent    KindState = "absent"    // the server does not have this kind
	StateStalled   KindState = "stalled"   // it was read and no longer is
)

// KindStatus says how far one kind is read, in one namespace or (Namespace empty) everywhere.
type KindStatus struct {
	Kind      Kind      `json:"kind"`
	Resource  string    `json:"resource"` // the plural, as RBAC names it
	Namespace string    `json:"namespace,omitempty"`
	State     KindState `json:"state"`
	Verb      string    `json:"verb,omitempty"`    // the missing verb of a forbidden kind
	Message   string    `json:"message,omitempty"` // what the server said
	Since     time.Time `json:"since"`
}

// NotRead is a kind that may not be read; hops that need it are cannot-tell.
type NotRead struct {
	Resource  string `json:"resource"`
	Verb      string `json:"verb"`
	Namespace string `json:"namespace"`
}

// Connection says whether the source delivers.
type Connection struct {
	State   string    `json:"state"` // connecting, live, stale, disconnected
	Since   time.Time `json:"since"`
	Message string    `json:"message,omitempty"`
}

// The states of a Connection.
const (
	ConnConnecting   = "connecting"
	ConnLive         = "live"
	ConnStale        = "stale"        // was live; the picture is old
	ConnDisconnected = "disconnected" // never was
)

type statuses struct {
	kinds      []KindStatus // sorted by kind and namespace
	connection Connection
}

func (s *statuses) with(k KindStatus) (*statuses, bool) {
	next := &statuses{connection: s.connection, kinds: slices.Clone(s.kinds)}
	i, found := slices.BinarySearchFunc(next.kinds, k, func(a, b KindStatus) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Namespace, b.Namespace))
	})
	if found {
		same := next.kinds[i]
		same.Since = k.Since
		if same == k {
			return s, false
		}
		next.kinds[i] = k
		return next, true
	}
	next.kinds = slices.Insert(next.kinds, i, k)
	return next, true
}

// Kinds says how far each kind is read, sorted by kind and namespace. A kind that is not listed was never asked for.
func (v *View) Kinds() []KindStatus { return v.status.kinds }

// Connection says whether the source delivers.
func (v *View) Connection() Connection { return v.status.connection }

// Readable reports whether objects of the kind in the namespace ("" for cluster-wide kinds, or for all namespaces) were
// read. Worlds and files read everything.
func (v *View) Readable(kind Kind, namespace string) bool {
	if v.source.Kind != SourceLive {
		return true
	}
	for _, s := range v.status.kinds {
		if s.Kind == kind && (s.Namespace == "" || s.Namespace == namespace) &&
			(s.State == StateSynced || s.State == StateStalled || s.State == StateAbsent) {
			return true
		}
	}
	return false
}

// NotRead lists what may not be read, sorted; empty when everything was.
func (v *View) NotRead() []NotRead {
	out := []NotRead{}
	for _, s := range v.status.kinds {
		if s.State == StateForbidden {
			out = append(out, NotRead{Resource: s.Resource, Verb: cmp.Or(s.Verb, "list"), Namespace: s.Namespace})
		}
	}
	return out
}
