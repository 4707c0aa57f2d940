package kube

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// explain says in one line why the server could not be had, without the query strings of request URLs.
func (c *client) explain(err error) string {
	var request *url.Error
	if errors.As(err, &request) {
		err = request.Err
		switch {
		case isCredentials(err):
			return fmt.Sprintf("no credentials for %s: %v", c.server, err)
		case errors.Is(err, errUnauthorized):
			return fmt.Sprintf("%s does not accept the credentials: Unauthorized", c.server)
		}
		return fmt.Sprintf("cannot reach %s: %v", c.server, err)
	}
	switch {
	case apierrors.IsUnauthorized(err):
		return fmt.Sprintf("%s does not accept the credentials: %v", c.server, err)
	case apierrors.IsNotFound(err):
		return fmt.Sprintf("%s answers, but it is no Kubernetes API server: %v", c.server, err)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return fmt.Sprintf("%s does not answer in time", c.server)
	}
	return fmt.Sprintf("%s: %v", c.server, err)
}
