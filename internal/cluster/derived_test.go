package cluster_test

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

func TestWhatIsDerivedLivesAsLongAsItsKindStaysTheSame(t *testing.T) {
	type key struct{}
	made := 0
	count := func(v *cluster.View) int {
		return v.Derived(cluster.KindNamespace, key{}, func(list []cluster.Object) any { made++; return len(list) }).(int)
	}
	store := cluster.NewStore(cluster.SourceInfo{}, nil)
	put := func(o cluster.Object) *cluster.View { return store.Update(func(w *cluster.Writer) { w.Put(o) }) }
	if n := count(store.View()); n != 0 {
		t.Errorf("nothing is there, and %d were counted", n)
	}
	made = 0
	first := put(&corev1.Namespace{ObjectMeta: v1.ObjectMeta{Name: "a"}})
	second := put(&corev1.Node{ObjectMeta: v1.ObjectMeta{Name: "n"}})
	if count(first) != 1 || count(second) != 1 || count(first) != 1 || made != 1 {
		t.Errorf("another kind changed, and it was made %d times", made)
	}
	third := put(&corev1.Namespace{ObjectMeta: v1.ObjectMeta{Name: "b"}})
	if count(third) != 2 || count(first) != 1 || made != 2 {
		t.Errorf("the kind changed, and it was made %d times", made)
	}
}
