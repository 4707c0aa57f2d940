package server

import (
	"sync"
	"time"
)

// limiter lets each caller do a number of things a second, and a burst.
type limiter struct {
	rate  float64 // a second
	burst float64
	now   func() time.Time

	mu      sync.Mutex
	callers map[string]*bucket
}

type bucket struct {
	tokens float64
	at     time.Time
}

// maxCallers bounds the memory: beyond it, callers that have been quiet are forgotten.
const maxCallers = 4096

func newLimiter(rate, burst float64, now func() time.Time) *limiter {
	return &limiter{rate: rate, burst: burst, now: now, callers: map[string]*bucket{}}
}

func (l *limiter) allow(caller string) bool { return l.take(caller, 1) }

// spent reports whether a caller could do nothing now; asking costs nothing.
func (l *limiter) spent(caller string) bool { return !l.take(caller, 0) }

func (l *limiter) take(caller string, tokens float64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	b := l.callers[caller]
	if b == nil {
		if len(l.callers) >= maxCallers {
			l.forget(now)
		}
		b = &bucket{l.burst, now}
		l.callers[caller] = b
	}
	b.tokens = min(l.burst, b.tokens+now.Sub(b.at).Seconds()*l.rate)
	b.at = now
	if b.tokens < 1 {
		return false
	}
	b.tokens -= tokens
	return true
}

func (l *limiter) forget(now time.Time) {
	for name, b := range l.callers {
		if now.Sub(b.at).Seconds()*l.rate >= l.burst {
			delete(l.callers, name)
		}
	}
	if len(l.callers) >= maxCallers {
		clear(l.callers)
	}
}
