package kube

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// transport answers each request as the next of its plays says, and after the last as that.
type transport struct {
	mu    sync.Mutex
	plays []func() (*http.Response, error)
	asked []time.Duration // since begun
	begun time.Time
}

func (p *transport) RoundTrip(*http.Request) (*http.Response, error) {
	time.Sleep(10 * time.Millisecond) // of the played clock: the plugin takes its time
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = append(p.asked, time.Since(p.begun).Round(time.Second))
	play := p.plays[0]
	if len(p.plays) > 1 {
		p.plays = p.plays[1:]
	}
	return play()
}

func status200() (*http.Response, error) {
	return &http.Response{StatusCode: 200, Body: http.NoBody}, nil
}
func status401() (*http.Response, error) {
	return &http.Response{StatusCode: 401, Body: http.NoBody}, nil
}
func noPlugin() (*http.Response, error) {
	return nil, errors.New("getting credentials: exec: executable x failed with exit code 3")
}
func noNetwork() (*http.Response, error) { return nil, errors.New("connection refused") }

// demand sends a request every half second from each of several loops, and returns when the transport was reached.
func demand(t *testing.T, loops int, during time.Duration, plays ...func() (*http.Response, error)) (asked []time.Duration) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		under := &transport{plays: plays, begun: time.Now()}
		over := newThrift(under)
		ctx, cancel := context.WithTimeout(t.Context(), during)
		defer cancel()
		var wait sync.WaitGroup
		for range loops {
			wait.Go(func() {
				for ctx.Err() == nil {
					request := httptest.NewRequestWithContext(ctx, "POST", "/", io.NopCloser(strings.NewReader("body")))
					if response, err := over.RoundTrip(request); (response == nil) == (err == nil) {
						t.Errorf("%v and %v", response, err)
					}
					time.Sleep(500 * time.Millisecond)
				}
			})
		}
		wait.Wait()
		asked = under.asked
	})
	return asked
}

func TestAPluginThatFailsIsRunSeldom(t *testing.T) {
	for name, play := range map[string]func() (*http.Response, error){"no credentials": noPlugin, "credentials that are refused": status401} {
		t.Run(name, func(t *testing.T) {
			asked := demand(t, 30, 2*time.Minute, play)
			// After 1, 2, 4, 8 seconds, and then every 15.
			if n := len(asked); n < 10 || n > 12 || asked[1] > 2*time.Second {
				t.Errorf("it was run at %v", asked)
			}
		})
	}
}

func TestAPluginThatWorksHoldsNobodyUp(t *testing.T) {
	for name, plays := range map[string][]func() (*http.Response, error){
		"from the first":             {status200},
		"though the network is down": {noNetwork},
		"after it was refused once":  {status401, status200},
	} {
		t.Run(name, func(t *testing.T) {
			asked := demand(t, 30, 10*time.Second, plays...)
			if n := len(asked); n < 30*15 {
				t.Errorf("only %d requests of 30 loops were sent", n)
			}
		})
	}
}

func TestRequestsThatFailTogetherCountOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		over := newThrift(nil)
		for range 30 {
			over.failed(errUnauthorized)
		}
		if _, err := over.state(); !errors.Is(err, errUnauthorized) {
			t.Errorf("right after a failure the state is %v", err)
		}
		time.Sleep(over.pause)
		if _, err := over.state(); err != nil {
			t.Errorf("after the first pause it is still %v", err)
		}
	})
}

func TestAWaitForCredentialsEndsWithTheRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		over := newThrift(&transport{plays: []func() (*http.Response, error){status200}, begun: time.Now()})
		over.turn <- struct{}{}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := over.RoundTrip(httptest.NewRequestWithContext(ctx, "GET", "/", nil)); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("it ended with %v", err)
		}
	})
}
