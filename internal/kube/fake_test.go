package kube

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	authorizationv1 "k8s.io/api/authorization/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/rest"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// fakeAPI plays an API server for one test: lists in pages, watches that the test feeds, reviews, refusals.
type fakeAPI struct {
	*httptest.Server
	t *testing.T

	mu        sync.Mutex
	objects   map[string][]cluster.Object // by plural
	denied    map[string]bool             // "verb plural" or "verb plural namespace": what reviews and requests refuse
	unsaid    map[string]bool             // like denied, but reviews say yes
	missing   map[string]bool             // plurals that are answered 404
	noReviews bool
	failWith  map[string][]*v1.Status // "verb plural": answered once each, before anything else
	down      bool
	requests  []string // "verb plural namespace/name query"
	watches   map[string]chan *fakeWatch
	older     bool // custom kinds are served in their older versions only
}

type fakeWatch struct {
	query  url.Values
	path   string
	events chan []byte // a JSON event each; closing it ends the watch
}

func newFakeAPI(t *testing.T) *fakeAPI {
	f := &fakeAPI{
		t: t, objects: map[string][]cluster.Object{}, denied: map[string]bool{}, unsaid: map[string]bool{},
		missing: map[string]bool{}, failWith: map[string][]*v1.Status{}, watches: map[string]chan *fakeWatch{},
	}
	for _, r := range cluster.Resources {
		f.watches[r.Plural] = make(chan *fakeWatch, 4096)
	}
	f.Server = httptest.NewServer(f)
	t.Cleanup(f.Close)
	return f
}

func (f *fakeAPI) set(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
}

func (f *fakeAPI) put(objects ...cluster.Object) {
	f.set(func() {
		for _, o := range objects {
			res, _ := cluster.ResourceOf(cluster.KindOf(o))
			f.objects[res.Plural] = append(f.objects[res.Plural], o)
		}
	})
}

// watch waits for the next watch of a kind.
func (f *fakeAPI) watch(plural string) *fakeWatch {
	f.t.Helper()
	select {
	case w := <-f.watches[plural]:
		return w
	case <-time.After(20 * time.Second):
		f.t.Fatalf("nobody watches %s", plural)
		return nil
	}
}

func (w *fakeWatch) send(kind string, o runtime.Object) {
	res, known := cluster.ResourceOf("")
	if x, ok := o.(cluster.Object); ok {
		res, known = cluster.ResourceOf(cluster.KindOf(x))
	}
	switch {
	case res.Kind == cluster.KindCRD: // of which the metadata alone is asked for
		o.GetObjectKind().SetGroupVersionKind(schema.GroupVersionKind{Group: "meta.k8s.io", Version: "v1", Kind: "PartialObjectMetadata"})
	case known:
		o.GetObjectKind().SetGroupVersionKind(res.Group.WithKind(string(res.Kind)))
	default:
		o.GetObjectKind().SetGroupVersionKind(schema.GroupVersionKind{Version: "v1", Kind: "Status"})
	}
	object, err := json.Marshal(o)
	if err != nil {
		panic(err)
	}
	w.events <- []byte(fmt.Sprintf(`{"type":%q,"object":%s}`, kind, object))
}

func (f *fakeAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	down := f.down
	f.mu.Unlock()
	if down {
		panic(http.ErrAbortHandler) // the connection breaks
	}
	if strings.HasSuffix(r.URL.Path, "/selfsubjectaccessreviews") {
		f.review(w, r)
		return
	}
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	if parts[0] == "apis" && len(parts) == 3 {
		f.discovery(w, schema.GroupVersion{Group: parts[1], Version: parts[2]})
		return
	}
	parts = parts[2:] // api/v1
	if strings.HasPrefix(r.URL.Path, "/apis/") {
		parts = parts[1:]
	}
	namespace := ""
	if parts[0] == "namespaces" && len(parts) > 2 {
		namespace, parts = parts[1], parts[2:]
	}
	verb, name := "list", ""
	if len(parts) > 1 {
		verb, name = "get", parts[1]
	}
	if r.URL.Query().Get("watch") == "true" {
		verb = "watch"
	}
	f.serve(w, r, verb, parts[0], namespace, name)
}

// discovery lists the kinds of a version; those of older versions are served only where the fake is told so.
func (f *fakeAPI) discovery(w http.ResponseWriter, gv schema.GroupVersion) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.requests = append(f.requests, "discover "+gv.String())
	list := v1.APIResourceList{TypeMeta: v1.TypeMeta{APIVersion: "v1", Kind: "APIResourceList"}, GroupVersion: gv.String()}
	for _, r := range cluster.Resources {
		if r.Group.Group != gv.Group || f.missing[r.Plural] || (f.older && r.Group == gv) || (!f.older && r.Group != gv) {
			continue
		}
		list.APIResources = append(list.APIResources, v1.APIResource{Name: r.Plural, Kind: string(r.Kind)})
	}
	if len(list.APIResources) == 0 {
		writeJSON(w, 404, statusOf(apierrors.NewGenericServerResponse(404, "get", schema.GroupResource{}, "", "", 0, true)))
		return
	}
	writeJSON(w, 200, list)
}

func (f *fakeAPI) serve(w http.ResponseWriter, r *http.Request, verb, plural, namespace, name string) {
	f.mu.Lock()
	f.requests = append(f.requests, fmt.Sprintf("%s %s %s/%s %s", verb, plural, namespace, name, r.URL.RawQuery))
	var fail *v1.Status
	if queue := f.failWith[verb+" "+plural]; len(queue) > 0 {
		fail, f.failWith[verb+" "+plural] = queue[0], queue[1:]
	}
	resource := schema.GroupResource{Resource: plural}
	switch {
	case fail != nil:
	case f.missing[plural]:
		fail = statusOf(apierrors.NewGenericServerResponse(404, verb, resource, "", "", 0, true))
	case f.refuses(verb, plural, namespace, true):
		fail = statusOf(apierrors.NewForbidden(resource, name, fmt.Errorf("not today")))
	}
	objects := f.matching(plural, namespace, name, r.URL.Query().Get("fieldSelector"))
	f.mu.Unlock()
	if fail == nil && verb == "get" && len(objects) == 0 {
		fail = statusOf(apierrors.NewNotFound(resource, name))
	}
	switch {
	case fail != nil:
		writeJSON(w, int(fail.Code), fail)
	case verb == "watch":
		f.serveWatch(w, r, plural)
	case verb == "get":
		writeJSON(w, 200, withKind(objects[0]))
	default:
		servePage(w, r, plural, objects)
	}
}

func statusOf(err *apierrors.StatusError) *v1.Status {
	s := err.Status()
	s.TypeMeta = v1.TypeMeta{APIVersion: "v1", Kind: "Status"}
	return &s
}

func (f *fakeAPI) refuses(verb, plural, namespace string, request bool) bool {
	for _, key := range []string{verb + " " + plural, verb + " " + plural + " " + namespace} {
		if f.denied[key] || (request && f.unsaid[key]) {
			return true
		}
	}
	return false
}

func (f *fakeAPI) matching(plural, namespace, name, selector string) (out []cluster.Object) {
	if n, ok := strings.CutPrefix(selector, "metadata.name="); ok {
		name = n
	}
	for _, o := range f.objects[plural] {
		if (namespace == "" || o.GetNamespace() == namespace) && (name == "" || o.GetName() == name) {
			out = append(out, o)
		}
	}
	return out
}

func withKind(o cluster.Object) runtime.Object {
	res, _ := cluster.ResourceOf(cluster.KindOf(o))
	o = o.DeepCopyObject().(cluster.Object)
	o.GetObjectKind().SetGroupVersionKind(res.Group.WithKind(string(res.Kind)))
	if res.Kind == cluster.KindCRD {
		o.GetObjectKind().SetGroupVersionKind(v1.SchemeGroupVersion.WithKind("PartialObjectMetadata"))
		o.GetObjectKind().SetGroupVersionKind(schema.GroupVersionKind{Group: "meta.k8s.io", Version: "v1", Kind: "PartialObjectMetadata"})
	}
	return o
}

func servePage(w http.ResponseWriter, r *http.Request, plural string, objects []cluster.Object) {
	q := r.URL.Query()
	from, _ := strconv.Atoi(q.Get("continue"))
	to := len(objects)
	if limit, _ := strconv.Atoi(q.Get("limit")); limit > 0 {
		to = min(to, from+limit)
	}
	about := v1.ListMeta{ResourceVersion: "100"}
	if to < len(objects) {
		about.Continue = strconv.Itoa(to)
	}
	var res cluster.Resource
	for _, res = range cluster.Resources {
		if res.Plural == plural {
			break
		}
	}
	gvk := res.Group.WithKind(string(res.Kind) + "List")
	if res.Kind == cluster.KindCRD {
		gvk = schema.GroupVersionKind{Group: "meta.k8s.io", Version: "v1", Kind: "PartialObjectMetadataList"}
	}
	writeJSON(w, 200, map[string]any{
		"apiVersion": gvk.GroupVersion().String(), "kind": gvk.Kind, "metadata": about, "items": objects[from:to],
	})
}

func (f *fakeAPI) serveWatch(w http.ResponseWriter, r *http.Request, plural string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(200)
	w.(http.Flusher).Flush()
	x := &fakeWatch{r.URL.Query(), r.URL.Path, make(chan []byte, 100)}
	f.watches[plural] <- x
	for {
		select {
		case <-r.Context().Done():
			return
		case event, open := <-x.events:
			if !open {
				return
			}
			_, _ = w.Write(append(event, '\n'))
			w.(http.Flusher).Flush()
		}
	}
}

func (f *fakeAPI) review(w http.ResponseWriter, r *http.Request) {
	var in authorizationv1.SelfSubjectAccessReview
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		f.t.Errorf("review: %v", err)
	}
	a := in.Spec.ResourceAttributes
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.noReviews {
		writeJSON(w, 500, statusOf(apierrors.NewInternalError(fmt.Errorf("no reviews here"))))
		return
	}
	in.APIVersion, in.Kind = "authorization.k8s.io/v1", "SelfSubjectAccessReview"
	in.Status.Allowed = !f.refuses(a.Verb, a.Resource, a.Namespace, false)
	writeJSON(w, 201, in)
}

func writeJSON(w http.ResponseWriter, code int, o any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(o)
}

func (f *fakeAPI) asked(prefix string) (out []string) {
	f.set(func() {
		for _, r := range f.requests {
			if strings.HasPrefix(r, prefix) {
				out = append(out, r)
			}
		}
	})
	return out
}

// quick is the timing of tests: nothing waits for long, and nothing that a test does not want happens by itself.
var quick = timing{
	window: time.Millisecond, backoff: time.Millisecond, maxBackoff: 5 * time.Millisecond,
	doubt: 20 * time.Millisecond, denied: 5 * time.Millisecond, absent: 5 * time.Millisecond, watch: time.Minute, silence: time.Minute,
	poll: 5 * time.Millisecond,
}

// open makes a source of the fake.
func (f *fakeAPI) open(namespaces []string, own string) *source {
	f.t.Helper()
	s, err := newSource("test", &rest.Config{Host: f.URL}, namespaces, own)
	if err != nil {
		f.t.Fatal(err)
	}
	s.timing = quick
	return s
}

// follow runs a source until the test ends.
func follow(t *testing.T, s *source) *cluster.Store {
	t.Helper()
	store := cluster.NewStore(s.Info(), nil)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- s.Run(ctx, store) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	return store
}

// wait returns the first View that has it.
func wait(t *testing.T, store *cluster.Store, what string, has func(*cluster.View) bool) *cluster.View {
	t.Helper()
	views := make(chan *cluster.View, 1)
	offer := func(v *cluster.View) {
		if has(v) {
			select {
			case views <- v:
			default:
			}
		}
	}
	from, cancel := store.Observe(func(v *cluster.View, _ cluster.Change) { offer(v) })
	defer cancel()
	offer(from)
	select {
	case v := <-views:
		return v
	case <-time.After(20 * time.Second):
		t.Fatalf("never came: %s\nkinds: %+v\nconnection: %+v", what, store.View().Kinds(), store.View().Connection())
		return nil
	}
}

// status finds the state of a kind.
func status(v *cluster.View, kind cluster.Kind, namespace string) cluster.KindStatus {
	for _, s := range v.Kinds() {
		if s.Kind == kind && s.Namespace == namespace {
			s.Since = time.Time{}
			return s
		}
	}
	return cluster.KindStatus{}
}

func synced(kinds ...cluster.Kind) func(*cluster.View) bool {
	return func(v *cluster.View) bool {
		for _, k := range kinds {
			if status(v, k, "").State != cluster.StateSynced {
				return false
			}
		}
		return true
	}
}
