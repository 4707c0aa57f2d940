package simulate_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	discoveryv1 "k8s.io/api/discovery/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/files"
	"github.com/kubestrata/kubestrata/internal/simulate"
)

func TestEndpointsOfPeopleAreMirrored(t *testing.T) {
	service := func(spec string) string {
		return "apiVersion: v1\nkind: Service\nmetadata: {name: db}\nspec: {ports: [{name: pg, port: 5432}]" + spec + "}\n---\n"
	}
	endpoints := func(meta, subsets string) string {
		return "apiVersion: v1\nkind: Endpoints\nmetadata: {name: db" + meta + "}\nsubsets: [" + subsets + "]\n"
	}
	const one = "{addresses: [{ip: 192.0.2.7}], ports: [{name: pg, port: 5432}]}"
	rows := []struct {
		name, text string
		want       []string
	}{
		{"for a service without a selector", service("") + endpoints("", one), []string{"IPv4 pg:5432/TCP |  192.0.2.7 ready serving"}},
		{"those that are not ready stand in it, too", service("") + endpoints("", "{addresses: [{ip: 192.0.2.7}], notReadyAddresses: [{ip: 192.0.2.8}, {ip: 192.0.2.7}], ports: [{name: pg, port: 5432}]}"),
			[]string{"IPv4 pg:5432/TCP |  192.0.2.7 serving |  192.0.2.8 serving"}},
		{"each family apart", service("") + endpoints("", "{addresses: [{ip: 192.0.2.7}, {ip: 'fd00::7'}], ports: [{name: pg, port: 5432, protocol: UDP}]}"),
			[]string{"IPv4 pg:5432/UDP |  192.0.2.7 ready serving", "IPv6 pg:5432/UDP |  fd00::7 ready serving"}},
		{"not beside a selector: the controller of selectors writes those", service(", selector: {app: db}") + endpoints("", one), []string{"IPv4"}},
		{"not without a service", endpoints("", one), nil},
		{"not with the label that says so", service("") + endpoints(", labels: {endpointslice.kubernetes.io/skip-mirror: 'true'}", one), nil},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			objects, _, problems := files.Decode("f.yaml", []byte(r.text))
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			stage := simulate.NewStage(simulate.Options{})
			stage.Replace(objects)
			var got []string
			for _, o := range stage.Objects() {
				if s, ok := o.(*slice); ok && s.Labels["kubernetes.io/service-name"] == "db" && cluster.KindOf(o) != "" {
					got = append(got, line(s))
				}
			}
			if d := cmp.Diff(r.want, sorted(got)); d != "" {
				t.Error(d)
			}
		})
	}
}

type slice = discoveryv1.EndpointSlice

func sorted(list []string) []string {
	slices.Sort(list)
	return list
}
