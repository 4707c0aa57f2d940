package kube

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	authorizationv1 "k8s.io/api/authorization/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/rest"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// client speaks to one server: one REST client per API group over one HTTP client, so that all share connections.
type client struct {
	server  string // host of the server, for messages
	timeout time.Duration
	byGroup map[schema.GroupVersion]*rest.RESTClient

	mu     sync.Mutex
	served map[cluster.Kind]schema.GroupVersion // of custom kinds: the version that was discovered
}

// requestTimeout bounds every request that is no watch when --request-timeout does not; a page of a list from a slow
// server over a slow line may take long.
const requestTimeout = 60 * time.Second

const (
	// Built-in kinds come as protobuf: a third of the bytes and a fraction of the decoding of JSON.
	acceptObjects = "application/vnd.kubernetes.protobuf,application/json"
	// Of custom resource definitions only the metadata comes, without their schemas of megabytes.
	acceptList     = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
	acceptMetadata = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
)

func newClient(cfg *rest.Config) (*client, error) {
	cfg = rest.CopyConfig(cfg)
	c := &client{server: hostOf(cfg.Host), timeout: cfg.Timeout, byGroup: map[schema.GroupVersion]*rest.RESTClient{}, served: map[cluster.Kind]schema.GroupVersion{}}
	if c.timeout <= 0 {
		c.timeout = requestTimeout
	}
	cfg.Timeout = 0 // it would also end every watch
	cfg.QPS = -1    // the loops below are the limit: one request at a time each, with backoff
	cfg.UserAgent = "kubestrata"
	cfg.WarningHandler = rest.NoWarnings{}
	cfg.NegotiatedSerializer = codecs.WithoutConversion()
	cfg.ContentType = runtime.ContentTypeJSON
	cfg.AcceptContentTypes = acceptObjects
	httpClient, err := rest.HTTPClientFor(cfg)
	if err != nil {
		return nil, fmt.Errorf("client for %s: %w", c.server, err)
	}
	if cfg.ExecProvider != nil {
		httpClient = &http.Client{Transport: newThrift(httpClient.Transport)}
	}
	groups := []schema.GroupVersion{authorizationv1.SchemeGroupVersion}
	for _, r := range cluster.Resources {
		groups = append(groups, versionsOf(r)...)
	}
	for _, gv := range groups {
		if c.byGroup[gv] == nil {
			if c.byGroup[gv], err = groupClient(cfg, gv, httpClient); err != nil {
				return nil, fmt.Errorf("client for %s: %w", c.server, err)
			}
		}
	}
	return c, nil
}

func groupClient(cfg *rest.Config, gv schema.GroupVersion, httpClient *http.Client) (*rest.RESTClient, error) {
	cfg = rest.CopyConfig(cfg)
	cfg.GroupVersion = &gv
	cfg.APIPath = "/apis"
	if gv.Group == "" {
		cfg.APIPath = "/api"
	}
	return rest.RESTClientForConfigAndClient(cfg, httpClient)
}

// request begins a GET of a resource, in one namespace or ("") all. client-go's own retries are off: they would keep a
// failure from being seen for ten seconds, and the loops have a backoff of their own.
func (c *client) request(res cluster.Resource, namespace string) *rest.Request {
	return c.byGroup[c.groupOf(res)].Get().MaxRetries(0).
		NamespaceIfScoped(namespace, res.Namespaced && namespace != "").Resource(res.Plural)
}

// list reads one page.
func (c *client) list(ctx context.Context, res cluster.Resource, namespace string, o v1.ListOptions) (runtime.Object, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	r := c.request(res, namespace).SpecificallyVersionedParams(&o, parameters, optionsVersion)
	if res.Kind == cluster.KindCRD {
		r.SetHeader("Accept", acceptList)
	}
	return r.Do(ctx).Get()
}

// watch follows changes; it returns as soon as the server has begun to answer, and ends with ctx.
func (c *client) watch(ctx context.Context, res cluster.Resource, namespace string, o v1.ListOptions) (watch.Interface, error) {
	o.Watch = true
	r := c.request(res, namespace).SpecificallyVersionedParams(&o, parameters, optionsVersion)
	if res.Kind == cluster.KindCRD {
		r.SetHeader("Accept", acceptMetadata)
	}
	return r.Watch(ctx)
}

// get reads one object.
func (c *client) get(ctx context.Context, res cluster.Resource, namespace, name string) (runtime.Object, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	r := c.request(res, namespace).Name(name)
	if res.Kind == cluster.KindCRD {
		r.SetHeader("Accept", acceptMetadata)
	}
	return r.Do(ctx).Get()
}

// review asks the server whether these credentials may use a verb; it is a question, and writes nothing.
func (c *client) review(ctx context.Context, a authorizationv1.ResourceAttributes) (authorizationv1.SubjectAccessReviewStatus, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	in := &authorizationv1.SelfSubjectAccessReview{
		Spec: authorizationv1.SelfSubjectAccessReviewSpec{ResourceAttributes: &a},
	}
	out := &authorizationv1.SelfSubjectAccessReview{}
	err := c.byGroup[authorizationv1.SchemeGroupVersion].Post().MaxRetries(0).Resource("selfsubjectaccessreviews").Body(in).Do(ctx).Into(out)
	return out.Status, err
}
