package cluster

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestAStatusIsNoData(t *testing.T) {
	now := time.Unix(1000, 0)
	s := NewStore(SourceInfo{Kind: SourceLive}, func() time.Time { return now })
	s.Update(func(w *Writer) { w.SetConnection(Connection{State: ConnConnecting}) })
	if !s.LastData().IsZero() || !s.View().AsOf().IsZero() {
		t.Errorf("before any data: last data %v, as of %v", s.LastData(), s.View().AsOf())
	}
	node := func() *corev1.Node {
		return &corev1.Node{ObjectMeta: v1.ObjectMeta{Name: "n", UID: "1", ResourceVersion: "1"}}
	}
	s.Update(func(w *Writer) { w.Put(node()) })
	now = now.Add(time.Minute)
	s.Update(func(w *Writer) { w.SetConnection(Connection{State: ConnStale}) })
	if got := s.View(); got.Connection().State != ConnStale || !got.AsOf().Equal(time.Unix(1000, 0)) || !s.LastData().Equal(time.Unix(1000, 0)) {
		t.Errorf("going stale moved the data on: %v, as of %v, last data %v", got.Connection(), got.AsOf(), s.LastData())
	}
	s.Update(func(w *Writer) { w.Put(node()) })
	if !s.LastData().Equal(now) {
		t.Errorf("an object that is as it was is still a sign of life, but last data is %v", s.LastData())
	}
}
