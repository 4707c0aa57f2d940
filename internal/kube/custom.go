package kube

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// Custom kinds exist where their CustomResourceDefinition does, and that may change at any time. Whether a kind is there is
// asked of the server's discovery, which everybody may read, before its rights are: a review says "no" for a kind that does
// not exist, too, and a kind that is not there hides nothing.

// errNotServed says that the server has no version of a custom kind that could be read.
var errNotServed = errors.New("the server does not have this kind")

// versionsOf are the versions of a kind, the preferred one first. Older ones hold the same fields.
func versionsOf(res cluster.Resource) []schema.GroupVersion {
	out := []schema.GroupVersion{res.Group}
	for _, v := range res.Older {
		out = append(out, schema.GroupVersion{Group: res.Group.Group, Version: v})
	}
	return out
}

// discover finds the version in which the server has a custom kind, and remembers it for requests. The error is
// errNotServed where there is none.
func (c *client) discover(ctx context.Context, res cluster.Resource) error {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	for _, gv := range versionsOf(res) {
		raw, err := c.byGroup[gv].Get().MaxRetries(0).AbsPath("/apis", gv.Group, gv.Version).
			SetHeader("Accept", "application/json").Do(ctx).Raw()
		switch {
		case apierrors.IsNotFound(err):
			continue
		case apierrors.IsForbidden(err): // somebody took discovery away: the list itself is then the question
			c.serve(res.Kind, res.Group)
			return nil
		case err != nil:
			return err
		}
		var list v1.APIResourceList
		if err := json.Unmarshal(raw, &list); err != nil {
			return fmt.Errorf("discovery of %s: %w", gv, err)
		}
		for _, r := range list.APIResources {
			if r.Name == res.Plural {
				c.serve(res.Kind, gv)
				return nil
			}
		}
	}
	return errNotServed
}

func (c *client) serve(kind cluster.Kind, gv schema.GroupVersion) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.served[kind] = gv
}

// groupOf is the version by which a kind is asked for.
func (c *client) groupOf(res cluster.Resource) schema.GroupVersion {
	c.mu.Lock()
	defer c.mu.Unlock()
	if gv, ok := c.served[res.Kind]; ok {
		return gv
	}
	return res.Group
}

// definitions is what is known of the CustomResourceDefinitions of custom kinds, so that who waits for one is woken when it
// comes, and a kind that was taken away is believed to be gone at once.
type definitions struct {
	mu      sync.Mutex
	exist   map[string]bool
	known   bool // they may be read, and have been
	changed chan struct{}
}

func newDefinitions() *definitions {
	d := &definitions{exist: map[string]bool{}, changed: make(chan struct{})}
	return d
}

var customNames = func() map[string]bool {
	out := map[string]bool{}
	for _, r := range cluster.Resources {
		if r.Custom {
			out[r.CRD()] = true
		}
	}
	return out
}()

// replace notes a whole list.
func (d *definitions) replace(list map[cluster.Key]bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.known = true
	clear(d.exist)
	for k := range list {
		if customNames[k.Name] {
			d.exist[k.Name] = true
		}
	}
	d.signal()
}

// note notes an event.
func (d *definitions) note(name string, exists bool) {
	if !customNames[name] {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.exist[name] = exists
	d.signal()
}

// forget notes that definitions may not be read.
func (d *definitions) forget() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.known = false
}

func (d *definitions) signal() {
	close(d.changed)
	d.changed = make(chan struct{})
}

// of says whether a kind's definition is there, and a channel that is closed when that may have changed.
func (d *definitions) of(res cluster.Resource) (exists, known bool, changed <-chan struct{}) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.exist[res.CRD()], d.known, d.changed
}
