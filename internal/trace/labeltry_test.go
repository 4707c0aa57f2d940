package trace_test

import (
	"testing"
)

func TestWhatLabelsAPolicyAsksFor(t *testing.T) {
	policy := func(peer string) string {
		return `
metadata: {namespace: default, name: only-friends}
spec:
  podSelector: {matchLabels: {app: web}}
  ingress: [{from: [{` + peer + `}]}]`
	}
	for _, test := range []struct {
		name, peer, want string
	}{
		{"a label that it lacks", `podSelector: {matchLabels: {access: "true"}}`, "kubectl -n default label pod client access=true"},
		{"a label that it has with another value", `podSelector: {matchLabels: {app: friend}}`, "kubectl -n default label pod client app=friend --overwrite"},
		{"one of several values", `podSelector: {matchExpressions: [{key: tier, operator: In, values: [front, back]}]}`, "kubectl -n default label pod client tier=front"},
		{"a label of any value", `podSelector: {matchExpressions: [{key: friend, operator: Exists}]}`, "kubectl -n default label pod client friend=true"},
		{"a label that must not be there", `podSelector: {matchExpressions: [{key: app, operator: DoesNotExist}]}`, "kubectl -n default label pod client app-"},
		{"values that must not be there", `podSelector: {matchExpressions: [{key: app, operator: NotIn, values: [client]}]}`, "kubectl -n default label pod client app-"},
		{"a label of its namespace", `namespaceSelector: {matchLabels: {team: blue}}`, "kubectl label namespace default team=blue"},
		{"another namespace, which no label makes of this one", `namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: other}}`, "kubectl -n default describe networkpolicy only-friends"},
	} {
		t.Run(test.name, func(t *testing.T) {
			tr := web(t).enforces().policy(policy(test.peer)).ask("pod/default/client", "curl -m 2 http://10.96.7.7/")
			equal(t, tr.Verdict.Reason, "policy.ingress-denied")
			equal(t, tr.Verdict.Try[0].Command, test.want)
		})
	}
}
