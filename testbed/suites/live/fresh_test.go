package live

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes/scheme"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/kube"
	"github.com/kubestrata/kubestrata/testbed/harness"
)

// fresh lists everything as the administrator and puts it into a new Store: what the model ought to be. It shares nothing
// with the source: another client, whole objects, JSON, one list without pages or watch.
func fresh(t *testing.T, c *harness.Cluster) *cluster.View {
	t.Helper()
	client, err := dynamic.NewForConfig(c.Config)
	if err != nil {
		t.Fatal(err)
	}
	ctx := harness.Context(t, "list everything")
	store := cluster.NewStore(cluster.SourceInfo{Kind: cluster.SourceLive}, nil)
	for _, access := range kube.Accesses {
		res, _ := cluster.ResourceOf(access.Kind)
		list, err := client.Resource(res.Group.WithResource(res.Plural)).List(ctx, metav1.ListOptions{})
		if res.Custom && apierrors.IsNotFound(err) {
			continue // it has no definition here
		}
		if err != nil {
			t.Fatal(err)
		}
		store.Update(func(w *cluster.Writer) {
			for i := range list.Items {
				item := &list.Items[i]
				key := cluster.Key{Namespace: item.GetNamespace(), Name: item.GetName()}
				if len(access.Objects) > 0 && !slices.Contains(access.Objects, key) {
					continue
				}
				var object runtime.Object = &metav1.PartialObjectMetadata{}
				if res.Kind != cluster.KindCRD {
					if object, err = scheme.Scheme.New(res.Group.WithKind(string(res.Kind))); err != nil {
						t.Fatal(err)
					}
				}
				if err := runtime.DefaultUnstructuredConverter.FromUnstructured(item.Object, object); err != nil {
					t.Fatal(err)
				}
				w.Put(object.(cluster.Object))
			}
		})
	}
	return store.View()
}

// model is all that a View holds of objects, by kind, namespace and name.
func model(v *cluster.View) map[cluster.Ref]any {
	all := map[cluster.Ref]any{}
	for _, res := range cluster.Resources {
		for _, o := range v.List(res.Kind) {
			all[cluster.Ref{Kind: res.Kind, Namespace: o.GetNamespace(), Name: o.GetName()}] = o
		}
	}
	for p := range v.Pods() {
		all[p.Ref()] = p
	}
	for s := range v.AllSlices() {
		all[s.Ref()] = s
	}
	return all
}

// alike compares what objects say. Resource version and generation do not count: the Store keeps those with which an
// object last changed in what is kept of it. Slots are each Store's own. An API type's kind is known by its Go type.
var alike = gocmp.Options{
	cmpopts.EquateEmpty(),
	cmpopts.EquateComparable(netip.Addr{}),
	cmpopts.IgnoreFields(cluster.Pod{}, "Slot", "ResourceVersion"),
	cmpopts.IgnoreFields(cluster.Slice{}, "ResourceVersion"),
	cmpopts.IgnoreUnexported(cluster.Shape{}),
	gocmp.Comparer(func(a, b *cluster.Labels) bool { return a.String() == b.String() }),
	cmpopts.IgnoreFields(metav1.ObjectMeta{}, "ResourceVersion", "Generation"),
	cmpopts.IgnoreTypes(metav1.TypeMeta{}),
}

// difference compares two models object by object; empty means equal.
func difference(want, got map[cluster.Ref]any) string {
	keys := slices.Collect(maps.Keys(want))
	for ref := range got {
		if _, both := want[ref]; !both {
			keys = append(keys, ref)
		}
	}
	slices.SortFunc(keys, func(a, b cluster.Ref) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	})
	out, count := "", 0
	for _, ref := range keys {
		w, isWanted := want[ref]
		g, isThere := got[ref]
		switch diff := gocmp.Diff(w, g, alike); {
		case !isThere:
			out += fmt.Sprintf("%v is missing\n", ref)
		case !isWanted:
			out += fmt.Sprintf("%v does not exist any more\n", ref)
		case diff != "":
			out += fmt.Sprintf("%v (-cluster +model):\n%s\n", ref, diff)
		default:
			continue
		}
		if count++; count == 5 {
			return out + "and maybe more"
		}
	}
	return out
}

// becomesTheCluster waits until the model equals a fresh list: controllers go on for a while after the last request.
// It then checks that the View's indexes find what its lists hold.
func becomesTheCluster(t *testing.T, c *harness.Cluster, store *cluster.Store) *cluster.View {
	t.Helper()
	diff := ""
	var view *cluster.View
	defer func() {
		if diff != "" {
			t.Logf("the last difference:\n%s\nthe source says:\n%s", diff, states(store.View()))
		}
	}()
	harness.Eventually(t, "the model equals a fresh list", func() bool {
		want := model(fresh(t, c))
		view = store.View()
		diff = difference(want, model(view))
		return diff == ""
	})
	checkIndexes(t, view)
	return view
}

func checkIndexes(t *testing.T, v *cluster.View) {
	t.Helper()
	count := map[cluster.Kind]int{}
	for ref, o := range model(v) {
		count[ref.Kind]++
		found := false
		switch o := o.(type) {
		case *cluster.Pod:
			inNamespace := false
			for p := range v.PodsIn(o.Namespace) {
				inNamespace = inNamespace || p == o
			}
			found = v.Pod(o.Namespace, o.Name) == o && v.PodAt(o.Slot) == o && inNamespace
			for _, addr := range o.IPs {
				found = found && (!addr.IsValid() || slices.Contains(v.PodsWithAddr(addr), o))
			}
		case *cluster.Slice:
			found = slices.Contains(v.Slices(o.Namespace, o.Service), o)
		case cluster.Object:
			found = v.Get(ref.Kind, ref.Namespace, ref.Name) == o && slices.Contains(v.ListIn(ref.Kind, ref.Namespace), o)
		}
		if !found {
			t.Errorf("%v is not found where it is asked for", ref)
		}
	}
	for _, res := range cluster.Resources {
		if v.Count(res.Kind) != count[res.Kind] {
			t.Errorf("%d %s are counted, and %d are there", v.Count(res.Kind), res.Plural, count[res.Kind])
		}
	}
}

// mirror follows nothing but what observers are told, as whoever draws the model does.
type mirror struct {
	pods     map[uint32]*cluster.Pod
	slices   map[cluster.Key][]*cluster.Slice
	objects  map[cluster.Ref]cluster.Object
	revision uint64
	gap      string
}

func mirrorOf(store *cluster.Store) *mirror {
	m := &mirror{pods: map[uint32]*cluster.Pod{}, slices: map[cluster.Key][]*cluster.Slice{}, objects: map[cluster.Ref]cluster.Object{}}
	store.Observe(func(v *cluster.View, c cluster.Change) {
		if c.Revision != m.revision+1 || v.Revision() != c.Revision {
			m.gap = fmt.Sprintf("revision %d, told as %d, follows on %d", v.Revision(), c.Revision, m.revision)
		}
		m.revision = c.Revision
		for _, slot := range c.Pods {
			if m.pods[slot] = v.PodAt(slot); m.pods[slot] == nil {
				delete(m.pods, slot)
			}
		}
		for _, key := range c.Endpoints {
			m.slices[key] = v.Slices(key.Namespace, key.Name)
		}
		for _, ref := range c.Objects {
			if m.objects[ref] = v.Get(ref.Kind, ref.Namespace, ref.Name); m.objects[ref] == nil {
				delete(m.objects, ref)
			}
		}
	})
	return m
}

// check compares the mirror with the Store, whose writer must not run meanwhile.
func (m *mirror) check(t *testing.T, store *cluster.Store) {
	t.Helper()
	store.Update(func(*cluster.Writer) { // nothing is written while this runs
		if m.gap != "" {
			t.Errorf("revisions are not told one by one: %s", m.gap)
		}
		all := map[cluster.Ref]any{}
		for _, p := range m.pods {
			all[p.Ref()] = p
		}
		for _, list := range m.slices {
			for _, s := range list {
				all[s.Ref()] = s
			}
		}
		for ref, o := range m.objects {
			all[ref] = o
		}
		if diff := difference(model(store.View()), all); diff != "" {
			t.Errorf("what observers were told does not add up to the model:\n%s", diff)
		}
	})
}
