package kube

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"
)

// thrift keeps an exec credential plugin that fails from being run by every loop at every attempt: a plugin may take
// seconds, open a browser, or count towards a lockout. While it is not known to work one request at a time is let
// through, and after a failure none for a while, which doubles; requests get the failure of the last meanwhile.
// client-go caches credentials, but no failures, and runs the plugin anew for each 401.
type thrift struct {
	base           http.RoundTripper
	pause, longest time.Duration

	turn chan struct{} // holds a token while somebody tries

	mu       sync.Mutex
	works    bool
	failures int // in a row
	until    time.Time
	failure  error
}

func newThrift(base http.RoundTripper) *thrift {
	return &thrift{base: base, pause: time.Second, longest: 15 * time.Second, turn: make(chan struct{}, 1)}
}

// errUnauthorized stands for an answer 401 to requests that were not sent because of it.
var errUnauthorized = errors.New("the server does not accept the credentials")

func (t *thrift) RoundTrip(r *http.Request) (*http.Response, error) {
	works, err := t.state()
	if err == nil && !works {
		select {
		case t.turn <- struct{}{}:
			defer func() { <-t.turn }()
			_, err = t.state() // of whoever had the turn
		case <-r.Context().Done():
			err = r.Context().Err()
		}
	}
	if err != nil {
		if r.Body != nil {
			r.Body.Close()
		}
		return nil, err
	}
	response, err := t.base.RoundTrip(r)
	switch {
	case isCredentials(err):
		t.failed(err)
	case err == nil && response.StatusCode == http.StatusUnauthorized:
		t.failed(errUnauthorized)
	default: // be it that the network failed: the plugin is asked before anything is sent
		t.mu.Lock()
		t.works, t.failures, t.until = true, 0, time.Time{}
		t.mu.Unlock()
	}
	return response, err
}

func (t *thrift) state() (works bool, failure error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if time.Now().Before(t.until) {
		return false, t.failure
	}
	return t.works, nil
}

func (t *thrift) failed(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	if now.Before(t.until) {
		return // one of many requests that were under way together
	}
	t.works, t.failure = false, err
	t.until = now.Add(min(t.pause<<min(t.failures, 16), t.longest))
	t.failures++
}

// isCredentials reports whether client-go's exec source failed; it does so inside the transport, before anything is sent,
// and its error has no type.
func isCredentials(err error) bool {
	return err != nil && strings.HasPrefix(err.Error(), "getting credentials")
}
