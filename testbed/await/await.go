// Package await waits for the objects of a cluster to be as they should, by watching them.
package await

import (
	"context"
	"fmt"
	"reflect"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
	watchtools "k8s.io/client-go/tools/watch"
)

// An Object is a pointer to an API type.
type Object interface {
	runtime.Object
	metav1.Object
}

// Count waits until n objects of a resource in a namespace ("" for all) are as want asks.
func Count[T Object](ctx context.Context, client rest.Interface, resource, namespace string, n int, want func(T) bool) error {
	return Sum(ctx, client, resource, namespace, n, func(object T) int {
		if want(object) {
			return 1
		}
		return 0
	})
}

// Sum waits until the weights of all objects of a resource in a namespace ("" for all) add up to n or more.
func Sum[T Object](ctx context.Context, client rest.Interface, resource, namespace string, n int, weight func(T) int) error {
	weights := map[types.UID]int{}
	sum := 0
	return events(ctx, client, resource, namespace, func(event watch.Event, object T) bool {
		sum -= weights[object.GetUID()]
		delete(weights, object.GetUID())
		if event.Type != watch.Deleted {
			w := weight(object)
			weights[object.GetUID()] = w
			sum += w
		}
		return sum >= n
	}, n == 0, func() string { return fmt.Sprintf("%d of %d in %d %s", sum, n, len(weights), resource) })
}

// All waits until the set of all objects of a resource in a namespace is as want asks.
// It is for few objects: want sees all of them after each event.
func All[T Object](ctx context.Context, client rest.Interface, resource, namespace string, want func(map[types.NamespacedName]T) bool) error {
	all := map[types.NamespacedName]T{}
	return events(ctx, client, resource, namespace, func(event watch.Event, object T) bool {
		name := types.NamespacedName{Namespace: object.GetNamespace(), Name: object.GetName()}
		if event.Type == watch.Deleted {
			delete(all, name)
		} else {
			all[name] = object
		}
		return want(all)
	}, want(all), func() string { return fmt.Sprintf("%d %s", len(all), resource) })
}

// events calls done for each event until it says true. already says whether there is nothing to wait for.
func events[T Object](ctx context.Context, client rest.Interface, resource, namespace string,
	done func(watch.Event, T) bool, already bool, progress func() string) error {
	if already {
		return nil
	}
	// UntilWithSync lists and watches again by itself when the API server ends the watch.
	list := cache.NewListWatchFromClient(client, resource, namespace, fields.Everything())
	_, err := watchtools.UntilWithSync(ctx, list, newOf[T](), nil, func(event watch.Event) (bool, error) {
		object, ok := event.Object.(T)
		return ok && done(event, object), nil
	})
	if err != nil {
		return fmt.Errorf("watch %s (so far %s): %w", resource, progress(), err)
	}
	return nil
}

// newOf makes an empty object: the watch learns from it which type to expect.
func newOf[T Object]() runtime.Object {
	return reflect.New(reflect.TypeFor[T]().Elem()).Interface().(runtime.Object)
}
