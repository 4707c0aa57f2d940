// Package inspect says in words what is known of one thing on the map: the row that `kubectl get -o wide` prints, what
// matters of it in the manner of `kubectl describe`, and its YAML. It is computed from the View, so it is there at once,
// whatever the API server does.
package inspect

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// About is what the inspector shows.
type About struct {
	Ref      cluster.Ref
	Title    string
	Wide     []Cell // the row of kubectl get -o wide
	Sections []Section
	Command  string // prints the same from the cluster; empty where there is none
}

// Cell is one column of the wide row.
type Cell struct{ Column, Value string }

// Section is a group of lines.
type Section struct {
	Title string
	Lines []Line
}

// Line is a name and what stands behind it; Ref is set where that is a thing of its own.
type Line struct {
	Name, Value string
	Ref         *cluster.Ref
}

// Object describes one thing; ok is false where the View does not have it. now gives the age.
func Object(view *cluster.View, ref cluster.Ref, now time.Time) (about About, ok bool) {
	about = About{Ref: ref, Title: ref.Name}
	switch ref.Kind {
	case cluster.KindPod:
		pod := view.Pod(ref.Namespace, ref.Name)
		if pod == nil {
			return about, false
		}
		describePod(&about, view, pod, now)
	case cluster.KindService:
		s := view.Service(ref.Namespace, ref.Name)
		if s == nil {
			return about, false
		}
		describeService(&about, view, s, now)
	case cluster.KindNode:
		n := view.Node(ref.Name)
		if n == nil {
			return about, false
		}
		describeNode(&about, view, n, now)
	case KindCluster:
		describeCluster(&about, view)
	case cluster.KindIngress:
		ing := view.Ingress(ref.Namespace, ref.Name)
		if ing == nil {
			return about, false
		}
		describeIngress(&about, view, ing, now)
	case cluster.KindNetworkPolicy:
		if !describePolicy(&about, view, now) {
			return about, false
		}
	case cluster.KindAdminNetworkPolicy, cluster.KindBaselineAdminNetworkPolicy, cluster.KindClusterNetworkPolicy:
		if !describeAdminPolicy(&about, view, now) {
			return about, false
		}
	case cluster.KindGatewayClass:
		if !describeGatewayClass(&about, view, now) {
			return about, false
		}
	case cluster.KindGateway:
		if !describeGateway(&about, view, now) {
			return about, false
		}
	case cluster.KindHTTPRoute, cluster.KindGRPCRoute:
		if !describeRoute(&about, view, now) {
			return about, false
		}
	case cluster.KindReferenceGrant:
		if !describeGrant(&about, view, now) {
			return about, false
		}
	case cluster.KindHost, cluster.KindResolver, cluster.KindRouter, cluster.KindLoadBalancer:
		if !describeOutside(&about, view) {
			return about, false
		}
	default:
		o := view.Get(ref.Kind, ref.Namespace, ref.Name)
		if o == nil {
			return about, false
		}
		about.Wide = []Cell{{"NAME", ref.Name}, {"AGE", age(o.GetCreationTimestamp().Time, now)}}
	}
	if r, known := cluster.ResourceOf(ref.Kind); known {
		about.Command = "kubectl describe " + strings.ToLower(string(r.Kind)) + " " + ref.Name
		if r.Namespaced {
			about.Command += " -n " + ref.Namespace
		}
	}
	return about, true
}

// YAML writes an object as `kubectl get -o yaml` does, without the fields that only the API server's bookkeeping needs.
func YAML(o runtime.Object) (string, error) {
	b, err := yaml.Marshal(o)
	return string(b), err
}

// age is a duration the way kubectl prints it; empty where the creation is not known.
func age(created, now time.Time) string {
	if created.IsZero() || created.Unix() <= 0 {
		return ""
	}
	d := max(now.Sub(created), 0)
	switch {
	case d < 2*time.Minute:
		return strconv.Itoa(int(d.Seconds())) + "s"
	case d < 2*time.Hour:
		return strconv.Itoa(int(d.Minutes())) + "m"
	case d < 48*time.Hour:
		return strconv.Itoa(int(d.Hours())) + "h"
	}
	return strconv.Itoa(int(d.Hours())/24) + "d"
}

func line(name string, value any) Line { return Line{Name: name, Value: fmt.Sprint(value)} }

func refLine(name string, ref cluster.Ref) Line {
	text := ref.Name
	if ref.Namespace != "" {
		text = ref.Namespace + "/" + ref.Name
	}
	return Line{name, string(ref.Kind) + " " + text, &ref}
}

func orNone(text string) string {
	if text == "" {
		return "<none>"
	}
	return text
}
