// Package churn plays an API server whose objects change at a steady pace, which no real one does on demand: three nodes
// and some dozens of pods, of which one after the other becomes unready and ready again.
package churn

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

const (
	nodes       = 3
	podsPerNode = 12
)

// kinds are those that are served, by their plurals; all others are not there, as where nobody has installed them.
var kinds = map[string]metav1.TypeMeta{
	"namespaces":      {APIVersion: "v1", Kind: "Namespace"},
	"nodes":           {APIVersion: "v1", Kind: "Node"},
	"pods":            {APIVersion: "v1", Kind: "Pod"},
	"services":        {APIVersion: "v1", Kind: "Service"},
	"configmaps":      {APIVersion: "v1", Kind: "ConfigMap"},
	"endpointslices":  {APIVersion: "discovery.k8s.io/v1", Kind: "EndpointSlice"},
	"networkpolicies": {APIVersion: "networking.k8s.io/v1", Kind: "NetworkPolicy"},
	"ingresses":       {APIVersion: "networking.k8s.io/v1", Kind: "Ingress"},
	"ingressclasses":  {APIVersion: "networking.k8s.io/v1", Kind: "IngressClass"},
}

// Server is the API server. Anybody may read everything; nothing can be written.
type Server struct {
	*httptest.Server
	ended chan struct{}
	once  sync.Once

	mu       sync.Mutex
	version  int
	pods     []*corev1.Pod
	watchers map[chan []byte]bool
	changes  int
}

// Start starts a server that changes so many pods a second.
func Start(perSecond int) *Server {
	s := &Server{version: 100, watchers: map[chan []byte]bool{}, ended: make(chan struct{})}
	for i := range nodes * podsPerNode {
		s.pods = append(s.pods, pod(i))
	}
	s.Server = httptest.NewServer(s)
	go s.run(time.Second / time.Duration(perSecond))
	return s
}

// Close ends it and all watches.
func (s *Server) Close() {
	s.once.Do(func() { close(s.ended) })
	s.Server.CloseClientConnections()
	s.Server.Close()
}

// Changes is how many pods were changed so far.
func (s *Server) Changes() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changes
}

func pod(i int) *corev1.Pod {
	node := i / podsPerNode
	p := &corev1.Pod{
		TypeMeta: kinds["pods"],
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "default", Name: fmt.Sprintf("web-%02d", i), UID: types.UID(fmt.Sprintf("pod-%d", i)),
			ResourceVersion: "1", Labels: map[string]string{"app": "web"},
		},
		Spec: corev1.PodSpec{NodeName: fmt.Sprintf("node-%d", node), Containers: []corev1.Container{{Name: "web", Image: "nginx"}}},
		Status: corev1.PodStatus{
			Phase: corev1.PodRunning, PodIP: fmt.Sprintf("10.244.%d.%d", node, i+2), HostIP: fmt.Sprintf("192.168.1.%d", node+11),
		},
	}
	setReady(p, true)
	return p
}

func setReady(p *corev1.Pod, ready bool) {
	status := corev1.ConditionFalse
	if ready {
		status = corev1.ConditionTrue
	}
	p.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: status}, {Type: corev1.ContainersReady, Status: status}}
}

// run changes one pod after the other.
func (s *Server) run(every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for i := 0; ; i++ {
		select {
		case <-s.ended:
			return
		case <-tick.C:
			s.change(i)
		}
	}
}

func (s *Server) change(i int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.version++
	s.changes++
	p := s.pods[i%len(s.pods)]
	p.ResourceVersion = fmt.Sprint(s.version)
	setReady(p, i/len(s.pods)%2 == 1)
	event, err := json.Marshal(map[string]any{"type": "MODIFIED", "object": p})
	if err != nil {
		return // a pod can be written as JSON
	}
	for w := range s.watchers {
		select {
		case w <- append(event, '\n'):
		default: // whoever does not read for so long reads no more
		}
	}
}

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "/selfsubjectaccessreviews") {
		var review map[string]any
		if err := json.NewDecoder(r.Body).Decode(&review); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		review["apiVersion"], review["kind"], review["status"] = "authorization.k8s.io/v1", "SelfSubjectAccessReview", map[string]any{"allowed": true}
		answer(w, http.StatusCreated, review)
		return
	}
	words := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	plural := words[len(words)-1]
	kind, served := kinds[plural]
	if !served || len(words) < 3 {
		answer(w, http.StatusNotFound, metav1.Status{
			TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Status"}, Status: metav1.StatusFailure, Reason: metav1.StatusReasonNotFound, Code: http.StatusNotFound,
		})
		return
	}
	if r.URL.Query().Get("watch") == "true" {
		s.watch(w, r, plural == "pods")
		return
	}
	s.mu.Lock()
	list := map[string]any{
		"apiVersion": kind.APIVersion, "kind": kind.Kind + "List",
		"metadata": metav1.ListMeta{ResourceVersion: fmt.Sprint(s.version)}, "items": s.items(plural),
	}
	body, err := json.Marshal(list)
	s.mu.Unlock()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(body) // who asked may have gone
}

func (s *Server) items(plural string) []any {
	items := []any{}
	switch plural {
	case "pods":
		for _, p := range s.pods {
			items = append(items, p)
		}
	case "nodes":
		for i := range nodes {
			items = append(items, &corev1.Node{
				ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("node-%d", i), UID: types.UID(fmt.Sprintf("node-%d", i)), ResourceVersion: "1"},
				Spec:       corev1.NodeSpec{PodCIDR: fmt.Sprintf("10.244.%d.0/24", i)},
				Status: corev1.NodeStatus{
					Addresses:  []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: fmt.Sprintf("192.168.1.%d", i+11)}},
					Conditions: []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionTrue}},
				},
			})
		}
	case "namespaces":
		items = append(items, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "default", UID: "default", ResourceVersion: "1"}})
	}
	return items
}

// watch tells what changes among the pods; of the other kinds nothing does.
func (s *Server) watch(w http.ResponseWriter, r *http.Request, pods bool) {
	events := make(chan []byte, 1000)
	if pods {
		s.mu.Lock()
		s.watchers[events] = true
		s.mu.Unlock()
		defer func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			delete(s.watchers, events)
		}()
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusOK)
	out := http.NewResponseController(w)
	_ = out.Flush()
	for {
		select {
		case <-r.Context().Done():
			return
		case <-s.ended:
			return
		case event := <-events:
			_, err := w.Write(event)
			if err == nil {
				err = out.Flush()
			}
			if err != nil {
				return
			}
		}
	}
}

func answer(w http.ResponseWriter, code int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(body) // who asked may have gone
}
