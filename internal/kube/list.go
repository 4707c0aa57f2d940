package kube

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// pageSize is how many objects come at once. A page is decoded, written and forgotten before the next is asked for, so
// that the peak of memory does not depend on the size of the cluster, and the first objects show while others still come.
// WatchList would hold no page at all, but servers up to 1.36 send it uncompressed, several times the bytes.
const pageSize = 500

// list reads the whole scope into the Store, and returns the version from which on changes are to be watched. What is no
// longer there is removed at the end only: a list that breaks off takes nothing away.
func (f *follower) list(ctx context.Context) (version string, err error) {
	limit := int64(pageSize)
	for {
		version, err = f.pages(ctx, limit)
		if limit > 0 && (apierrors.IsResourceExpired(err) || apierrors.IsGone(err)) {
			limit = 0 // the revision was compacted away between two pages: one page then
			continue
		}
		return version, err
	}
}

func (f *follower) pages(ctx context.Context, limit int64) (version string, err error) {
	keep := map[cluster.Key]bool{}
	options := f.scope.options()
	options.Limit = limit
	for {
		page, err := f.client.list(ctx, f.scope.res, f.scope.namespace, options)
		if err != nil {
			return "", err
		}
		about, err := meta.ListAccessor(page)
		if err != nil {
			return "", fmt.Errorf("list of %s: %w", f.scope.res.Plural, err)
		}
		puts, err := f.decode(page, keep)
		if err != nil {
			return "", err
		}
		f.health.served(f)
		last := about.GetContinue() == ""
		f.batch.send(ctx, func(w *cluster.Writer) {
			for _, put := range puts {
				put(w)
			}
			if last {
				f.retain(w, keep)
			}
		})
		if last {
			if f.scope.res.Kind == cluster.KindCRD {
				f.crds.replace(keep)
			}
			return about.GetResourceVersion(), nil
		}
		options.Continue = about.GetContinue()
	}
}

// decode makes the writes of a page, and notes what is there in keep.
func (f *follower) decode(page runtime.Object, keep map[cluster.Key]bool) (puts []func(*cluster.Writer), err error) {
	each := meta.EachListItemWithAlloc // objects that are kept must not hold on to the array of their page
	if k := f.scope.res.Kind; k == cluster.KindPod || k == cluster.KindEndpointSlice {
		each = meta.EachListItem // rows are made of these, and they are forgotten
	}
	err = each(page, func(o runtime.Object) error {
		put, object, err := f.put(o)
		if err != nil {
			return err
		}
		keep[cluster.Key{Namespace: object.GetNamespace(), Name: object.GetName()}] = true
		puts = append(puts, put)
		return nil
	})
	return puts, err
}

// put makes the write of one object. Rows of pods and endpoints are made here, outside the Store's lock.
func (f *follower) put(o runtime.Object) (func(*cluster.Writer), v1.Object, error) {
	switch o := o.(type) {
	case *corev1.Pod:
		row := cluster.PodOf(o)
		return func(w *cluster.Writer) { w.PutPod(row) }, o, nil
	case *discoveryv1.EndpointSlice:
		row := cluster.SliceOf(o)
		return func(w *cluster.Writer) { w.PutSlice(row) }, o, nil
	case *v1.PartialObjectMetadata:
		// Of CRDs only; it comes with the kind of the envelope, and the model wants that of the object.
		o.SetGroupVersionKind(f.scope.res.Group.WithKind(string(f.scope.res.Kind)))
	}
	object, ok := o.(cluster.Object)
	if !ok || (cluster.KindOf(object) != f.scope.res.Kind) {
		return nil, nil, fmt.Errorf("the server sent a %T among %s", o, f.scope.res.Plural)
	}
	return func(w *cluster.Writer) { w.Put(object) }, object, nil
}

func (s scope) options() v1.ListOptions {
	if s.name == "" {
		return v1.ListOptions{}
	}
	return v1.ListOptions{FieldSelector: fields.OneTermEqualSelector("metadata.name", s.name).String()}
}

// retain removes what the scope no longer has.
func (f *follower) retain(w *cluster.Writer, keep map[cluster.Key]bool) {
	s := f.scope
	if s.name == "" {
		w.Retain(s.res.Kind, s.namespace, keep)
	} else if !keep[cluster.Key{Namespace: s.namespace, Name: s.name}] {
		w.Delete(s.res.Kind, s.namespace, s.name)
	}
}

func (f *follower) clear(ctx context.Context) {
	f.batch.send(ctx, func(w *cluster.Writer) { f.retain(w, nil) })
}
