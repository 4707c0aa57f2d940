package lock

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
)

func TestSecondWaitsForTheFirst(t *testing.T) {
	path := filepath.Join(t.TempDir(), "made", "on", "the", "way", "lock")
	first, err := Acquire(t.Context(), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	waiting := make(chan struct{})
	acquired := make(chan error)
	go func() {
		second, err := Acquire(t.Context(), path, func() { close(waiting) })
		if err == nil {
			second.Release()
		}
		acquired <- err
	}()
	<-waiting
	select {
	case <-acquired:
		t.Fatal("both hold it")
	default:
	}
	first.Release()
	if err := <-acquired; err != nil {
		t.Error(err)
	}
}

func TestWaitingEndsWithTheContext(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	first, err := Acquire(t.Context(), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer first.Release()
	why := errors.New("it is enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	if _, err := Acquire(ctx, path, func() { cancel(why) }); !errors.Is(err, why) {
		t.Errorf("the error is %v, want %v", err, why)
	}
}
