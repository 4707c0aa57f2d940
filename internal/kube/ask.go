package kube

import (
	"context"
	"fmt"
	"sync"

	authorizationv1 "k8s.io/api/authorization/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// forbidden says which verb is missing for which resource; the message names all that are known to be.
type forbidden struct {
	verb    string
	message string
}

func (f *forbidden) Error() string { return f.message }

// ask finds out whether the scope may be listed and watched, and returns a *forbidden if it may not. A server that will
// not say (reviews can be switched off or fail) is no obstacle: the list itself is then the question.
func (c *client) ask(ctx context.Context, s scope) error {
	verbs := []string{"list", "watch"}
	reasons := make([]*string, len(verbs))
	var wait sync.WaitGroup
	for i, verb := range verbs {
		wait.Go(func() {
			status, err := c.review(ctx, authorizationv1.ResourceAttributes{
				Namespace: s.namespace, Verb: verb, Group: s.res.Group.Group, Version: s.res.Group.Version,
				Resource: s.res.Plural, Name: s.name,
			})
			if err == nil && !status.Allowed {
				reasons[i] = &status.Reason
			}
		})
	}
	wait.Wait()
	switch list, watch := reasons[0], reasons[1]; {
	case list != nil && watch != nil:
		return &forbidden{"list", s.deniedText("list and watch", *list)}
	case list != nil:
		return &forbidden{"list", s.deniedText("list", *list)}
	case watch != nil:
		return &forbidden{"watch", s.deniedText("watch", *watch)}
	}
	return nil
}

// scope is what one loop reads: a kind, everywhere or in one namespace, all objects or the one with a name.
type scope struct {
	res       cluster.Resource
	namespace string
	name      string
}

// deniedText says what is missing in the words of an RBAC rule, so that it can be given.
func (s scope) deniedText(verbs, reason string) string {
	resource := s.res.Plural
	if s.res.Group.Group != "" {
		resource += "." + s.res.Group.Group
	}
	if s.name != "" {
		resource += fmt.Sprintf(" %q", s.name)
	}
	where := ""
	switch {
	case s.namespace != "":
		where = " in namespace " + s.namespace
	case s.res.Namespaced:
		where = " in all namespaces"
	}
	text := fmt.Sprintf("may not %s %s%s", verbs, resource, where)
	if reason != "" {
		text += ": " + reason
	}
	return text
}
