package command

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestKubectlBesideARequest(t *testing.T) {
	for _, r := range []struct{ name, line, want string }{
		{"a forward and a curl", "kubectl port-forward svc/web 8080:80 & curl localhost:8080", "curl localhost:8080 | service/web [8080:80] on localhost"},
		{"its output thrown away, and some patience", "kubectl port-forward -n shop deploy/web 8080:http >/dev/null 2>&1 & sleep 3; curl -s http://127.0.0.1:8080/a", "curl 127.0.0.1:8080 | deployment/web [8080:http] on localhost in shop"},
		{"on two lines, with prompts", "$ kubectl port-forward pod/web 8080:80 9090 &\n$ curl localhost:9090", "curl localhost:9090 | pod/web [8080:80 9090:9090] on localhost"},
		{"on more addresses", "kubectl port-forward --address 0.0.0.0,::1 web :80 & nc -vz 10.0.0.1 80", "nc 10.0.0.1:80 | pod/web [:80] on 0.0.0.0,::1"},
		{"with nothing that sends behind it", "kubectl port-forward web 8080:80 & sleep 5", "port-forward web:8080 | pod/web [8080:80] on localhost"},
		{"nohup", "nohup kubectl port-forward web 8080:80 & curl localhost:8080", "curl localhost:8080 | pod/web [8080:80] on localhost"},
		{"a request in a pod has no part of it", "kubectl port-forward web 8080:80 & kubectl exec client -- curl localhost:8080", "curl localhost:8080 |"},
		{"a proxy and a curl", "kubectl proxy --port=8080 & curl http://localhost:8080/api/v1/namespaces/default/services/web/proxy/", "curl localhost:8080 | proxy 127.0.0.1:8080 /"},
		{"a proxy as it comes", "kubectl proxy & curl http://localhost:8001/api/", "curl localhost:8001 | proxy 127.0.0.1:8001 /"},
		{"a forward alone in the background", "kubectl port-forward web 80 &", "port-forward web:80 | pod/web [80:80] on localhost"},
	} {
		t.Run(r.name, func(t *testing.T) {
			got, err := Parse([]string{r.line})
			if err != nil {
				t.Fatal(err)
			}
			text := fmt.Sprintf("%s %s:%d |", got.Program, got.Host, got.Port)
			if f := got.PortForward; f != nil {
				ports := make([]string, 0, len(f.Ports))
				for _, p := range f.Ports {
					ports = append(ports, p.Local+":"+p.Remote)
				}
				text += fmt.Sprintf(" %s/%s %s on %s", f.Resource, f.Name, ports, strings.Join(f.Addresses, ","))
				if f.Namespace != "" {
					text += " in " + f.Namespace
				}
			}
			if p := got.KubectlProxy; p != nil {
				text += fmt.Sprintf(" proxy %s:%d %s", p.Address, p.Port, p.Prefix)
			}
			if diff := cmp.Diff(r.want, text); diff != "" {
				t.Error(diff)
			}
		})
	}
	for _, line := range []string{
		"kubectl port-forward web 8080:80:1", "kubectl port-forward web 8080:", "kubectl port-forward web 0", "kubectl port-forward pod/ 80", "kubectl port-forward web 99999 & curl a",
		"kubectl proxy --port=x & curl a", "kubectl port-forward a 1:1 & kubectl port-forward b 2:2 & curl localhost:1", "kubectl port-forward a 80 & kubectl delete pod a",
	} {
		t.Run(line, func(t *testing.T) {
			_, err := Parse([]string{line})
			var bad *Error
			var not *NotARequest
			if !errors.As(err, &bad) && !errors.As(err, &not) {
				t.Errorf("error %v", err)
			}
		})
	}
}
