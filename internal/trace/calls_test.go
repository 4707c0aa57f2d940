package trace_test

import (
	"strings"
	"testing"

	"github.com/kubestrata/kubestrata/internal/surroundings"
	"github.com/kubestrata/kubestrata/internal/trace"
)

// callers is a front that calls an API, which calls a database.
func callers(t *testing.T, front, api string) *place {
	p := lab(t).enforces().
		pod("default/client", "node01", "10.244.1.5", "app=client").
		pod("default/front", "node01", "10.244.1.4", "app=front").
		pod("default/api-1", "node02", "10.244.2.4", "app=api").
		pod("default/api-2", "node01", "10.244.1.6", "app=api").
		pod("default/db", "node02", "10.244.2.6", "app=db").
		service("default/front", "10.96.7.1", "app=front", ":80:8080").
		service("default/api", "10.96.7.2", "app=api", ":80:8080").
		service("default/db", "10.96.7.3", "app=db", ":5432:5432")
	add := func(app string, port int32, calls ...string) {
		p.around.Listeners = append(p.around.Listeners, surroundings.Listener{
			Namespace: "default", Selector: "app=" + app, Port: port, Calls: calls, Answers: []surroundings.Answer{{Path: "*", Status: 200, Body: app}},
		})
	}
	add("front", 8080, front)
	add("api", 8080, api)
	add("db", 5432)
	return p
}

func TestSemanticsCallsOfAProcess(t *testing.T) {
	const toAPI, toDB = "curl http://api/items", "nc -z db 5432"
	t.Run("issue item 7: a pod that calls another service is a further leg, and so is what that calls", func(t *testing.T) {
		tr := callers(t, toAPI, toDB).ask("pod/default/client", "curl http://front/")
		equal(t, summary(tr), "answered pod.delivered certain")
		equal(t, *tr.Verdict.HTTPStatus, 200)
		equal(t, len(tr.Outcomes), 1)
		equal(t, tr.Outcomes[0].Endpoint.Pod, "front")
		var legs []string
		for _, s := range tr.Course(0) {
			if s.Kind == trace.StepPodIn && s.Leg > 0 {
				legs = append(legs, s.At.Name)
			}
		}
		equal(t, strings.Join(legs, " "), "front api-2 db")
	})
	t.Run("issue item 7: policies hold for it, and what then is answered is assumed", func(t *testing.T) {
		p := callers(t, toAPI, toDB).policy(`{metadata: {name: db, namespace: default}, spec: {podSelector: {matchLabels: {app: db}}, ingress: [{from: [{podSelector: {matchLabels: {app: other}}}]}]}}`)
		tr := p.ask("pod/default/client", "curl http://front/")
		equal(t, summary(tr), "answered pod.delivered assumed")
		equal(t, assumption(tr, "calls").WouldFlip, true)
		equal(t, tr.Alternatives[0].Verdict.Class, trace.HTTPError)
		equal(t, tr.Alternatives[0].Verdict.Reason, "l7.upstream-refused") // the API says 504 for its own, the front 502
	})
	t.Run("issue item 7: a name that does not exist, and a port that nobody has", func(t *testing.T) {
		for _, call := range []string{"curl http://nowhere/", "curl http://api:81/", "curl http://10.96.7.2:81/"} {
			equal(t, summary(callers(t, call, toDB).ask("pod/default/client", "curl http://front/")), "answered pod.delivered assumed")
		}
	})
	t.Run("issue item 7: processes that call each other end", func(t *testing.T) {
		tr := callers(t, toAPI, "curl http://front/").ask("pod/default/client", "curl http://front/")
		equal(t, summary(tr), "answered pod.delivered assumed")
	})
	t.Run("issue item 7: a line that is no request of the process is said not to be followed", func(t *testing.T) {
		tr := callers(t, "kubectl get pods", toDB).ask("pod/default/client", "curl http://front/")
		equal(t, summary(tr), "answered pod.delivered assumed")
	})
	t.Run("issue item 7: an outside host that nobody describes leaves the answer assumed", func(t *testing.T) {
		tr := callers(t, "curl https://payments.example.com/", toDB).ask("lan/laptop", "kubectl port-forward svc/front 8080:80 & curl localhost:8080")
		equal(t, tr.Verdict.Class, trace.Answered)
	})
}
