package names

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// apiServer serves lists and watches of worlds, each below a path of its own, which is all that CoreDNS asks for.
type apiServer struct {
	*httptest.Server
	mu     sync.Mutex
	worlds map[string]*world
	next   int
}

func newAPIServer() *apiServer {
	a := &apiServer{worlds: map[string]*world{}}
	a.Server = httptest.NewServer(a)
	return a
}

// add serves a world and returns the address of its API.
func (a *apiServer) add(w *world) (url string, remove func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.next++
	key := fmt.Sprintf("world-%d", a.next)
	a.worlds[key] = w
	return a.URL + "/" + key, func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		delete(a.worlds, key)
	}
}

type object interface {
	runtime.Object
	metav1.Object
}

// objects are those of a resource, with the type that they say they have.
func (w *world) objects(resource string) (list []object, apiVersion, kind string) {
	apiVersion = "v1"
	switch resource {
	case "namespaces":
		kind = "Namespace"
		for _, o := range w.namespaces {
			list = append(list, o.DeepCopy())
		}
	case "services":
		kind = "Service"
		for _, o := range w.services {
			list = append(list, o.DeepCopy())
		}
	case "pods":
		kind = "Pod"
		for _, o := range w.pods {
			list = append(list, o.DeepCopy())
		}
	case "endpointslices":
		apiVersion, kind = "discovery.k8s.io/v1", "EndpointSlice"
		for _, o := range w.slices {
			list = append(list, o.DeepCopy())
		}
	}
	for i, o := range list {
		o.SetResourceVersion(fmt.Sprint(i + 1))
	}
	return list, apiVersion, kind
}

func (a *apiServer) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	words := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	a.mu.Lock()
	w := a.worlds[words[0]]
	a.mu.Unlock()
	if w == nil {
		http.NotFound(out, r)
		return
	}
	all, apiVersion, kind := w.objects(words[len(words)-1])
	if kind == "" {
		http.NotFound(out, r)
		return
	}
	list, err := selected(all, r.URL.Query().Get("labelSelector"), r.URL.Query().Get("fieldSelector"))
	if err != nil {
		http.Error(out, err.Error(), http.StatusBadRequest)
		return
	}
	out.Header().Set("Content-Type", "application/json")
	encode := json.NewEncoder(out)
	if r.URL.Query().Get("watch") == "" {
		// The client has gone when this fails; its next list starts anew.
		_ = encode.Encode(map[string]any{"apiVersion": apiVersion, "kind": kind + "List", "metadata": map[string]string{"resourceVersion": "100"}, "items": typed(list, apiVersion, kind)})
		return
	}
	if r.URL.Query().Get("sendInitialEvents") == "true" {
		for _, o := range typed(list, apiVersion, kind) {
			_ = encode.Encode(map[string]any{"type": "ADDED", "object": o})
		}
		_ = encode.Encode(map[string]any{"type": "BOOKMARK", "object": map[string]any{"apiVersion": apiVersion, "kind": kind, "metadata": map[string]any{
			"resourceVersion": "100", "annotations": map[string]string{metav1.InitialEventsAnnotationKey: "true"},
		}}})
	}
	if f, ok := out.(http.Flusher); ok {
		f.Flush()
	}
	<-r.Context().Done()
}

func typed(list []object, apiVersion, kind string) []object {
	for _, o := range list {
		o.GetObjectKind().SetGroupVersionKind(schema.FromAPIVersionAndKind(apiVersion, kind))
	}
	return list
}

// selected applies selectors as the API server does: labels for every kind, status.phase for pods.
func selected(list []object, labelText, fieldText string) ([]object, error) {
	byLabel, err := labels.Parse(labelText)
	if err != nil {
		return nil, err
	}
	byField, err := fields.ParseSelector(fieldText)
	if err != nil {
		return nil, err
	}
	out := []object{}
	for _, o := range list {
		have := fields.Set{}
		if p, ok := o.(*corev1.Pod); ok {
			have["status.phase"] = string(p.Status.Phase)
		}
		if byLabel.Matches(labels.Set(o.GetLabels())) && byField.Matches(have) {
			out = append(out, o)
		}
	}
	return out, nil
}
