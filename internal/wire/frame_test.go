package wire

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func sample(t testing.TB) (*Frame, []byte) {
	t.Helper()
	want := &Frame{
		Flags: FlagReset | FlagMore, Seq: 7, Changed: 1785000000123.5,
		Objects: &Objects{Namespaces: []Namespace{{ID: "Namespace/shop", Name: "shop"}}, Removed: []string{"Service/shop/old"}},
		Pods: []PodRow{
			{Slot: 1, Class: 2, Node: 0, IPv4: 0x0AF40105, Created: 1785000000, State: PhaseRunning | PodReady, Name: "web-1"},
			{Slot: 9, Class: 3, Node: NoNode, State: PhasePending, Name: "ü"},
			{Slot: 10, Class: 3, Node: 1, State: PhaseFailed | PodFailing},
		},
		PodStates:      []StateRow{{4, PodTerminating}, {5, PodReady}, {6, 0}},
		PodsGone:       []uint32{11, 12},
		Endpoints:      []EndpointRow{{Slot: 3, Service: 1, Pod: NoPod, IPv4: 5, State: EndpointReady}},
		EndpointStates: []StateRow{{8, EndpointServing | EndpointTerminating}},
		EndpointsGone:  []uint32{2},
	}
	objects, err := json.Marshal(want.Objects)
	if err != nil {
		t.Fatal(err)
	}
	b := AppendHeader(nil, want.Flags, want.Seq, want.Changed)
	b = AppendObjects(b, objects)
	b = AppendPods(b, want.Pods)
	b = AppendStates(b, SectionPodStates, want.PodStates)
	b = AppendGone(b, SectionPodsGone, want.PodsGone)
	b = AppendEndpoints(b, want.Endpoints)
	b = AppendStates(b, SectionEndpointStates, want.EndpointStates)
	b = AppendGone(b, SectionEndpointsGone, want.EndpointsGone)
	return want, b
}

func TestAFrameComesBackAsItWasSent(t *testing.T) {
	want, b := sample(t)
	got, err := Decode(b)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if len(b)%4 != 0 {
		t.Errorf("a frame of %d bytes is not aligned to 4", len(b))
	}
}

func TestSectionsWithoutRowsAreNotSent(t *testing.T) {
	b := AppendHeader(nil, 0, 1, 0)
	b = AppendGone(AppendStates(AppendEndpoints(AppendPods(b, nil), nil), SectionPodStates, nil), SectionPodsGone, nil)
	if len(b) != HeaderSize {
		t.Errorf("got %d bytes, want the header's %d", len(b), HeaderSize)
	}
}

func TestANameThatIsTooLongIsCut(t *testing.T) {
	f, err := Decode(AppendPods(AppendHeader(nil, 0, 1, 0), []PodRow{{Name: strings.Repeat("x", 300)}}))
	if err != nil || len(f.Pods) != 1 || len(f.Pods[0].Name) != 255 {
		t.Errorf("got %+v, %v", f, err)
	}
}

func TestEveryCutOffFrameIsAnErrorOrAShorterFrame(t *testing.T) {
	_, b := sample(t)
	for n := range len(b) {
		if _, err := Decode(b[:n]); err != nil && !errors.Is(err, ErrFrame) {
			t.Errorf("%d bytes: %v does not wrap ErrFrame", n, err)
		}
	}
}

func TestARowCountThatCannotBeIsRefusedBeforeAnythingIsAllocated(t *testing.T) {
	b := AppendGone(AppendHeader(nil, 0, 1, 0), SectionPodsGone, []uint32{1})
	b[HeaderSize+8], b[HeaderSize+11] = 0xFF, 0xFF
	if _, err := Decode(b); !errors.Is(err, ErrFrame) {
		t.Errorf("got %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	_, b := sample(f)
	f.Add(b)
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := Decode(data); err != nil && !errors.Is(err, ErrFrame) {
			t.Errorf("%v does not wrap ErrFrame", err)
		}
	})
}

func BenchmarkAppendPods(b *testing.B) {
	rows := make([]PodRow, 1000)
	for i := range rows {
		rows[i] = PodRow{Slot: uint32(i), Name: "7c5ddbdf54-x2x4p"}
	}
	var buffer []byte
	b.ReportAllocs()
	for b.Loop() {
		buffer = AppendPods(AppendHeader(buffer[:0], 0, 1, 0), rows)
	}
}
