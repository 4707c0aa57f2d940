package command

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// summary is a request in one line: source | program protocol scheme host:port method path?query | what else is set.
func summary(r *Request) string {
	source := "-"
	if s := r.Source; s != nil {
		source = string(s.Kind)
		for _, part := range []string{s.Namespace, s.Workload, s.Name, s.Container} {
			if part != "" {
				source += " " + part
			}
		}
	}
	url := fmt.Sprintf("%s:%d", r.Host, r.Port)
	if r.Scheme != "" {
		url = r.Scheme + "://" + url
	}
	if r.Method != "" {
		url = r.Method + " " + url + r.Path
	}
	if r.Query != "" {
		url += "?" + r.Query
	}
	var more []string
	add := func(yes bool, text string) {
		if yes {
			more = append(more, text)
		}
	}
	add(r.Substitution != "", string(r.Substitution))
	add(r.FollowRedirects && r.Program == ProgramCurl, "follow")
	add(r.Insecure, "insecure")
	add(r.FailOnError && r.Program == ProgramCurl, "fail")
	add(r.Body, "body")
	add(r.Verbose, "verbose")
	add(r.Silent, "silent")
	add(r.MaxTime > 0, fmt.Sprintf("max %g", r.MaxTime))
	add(r.ConnectTimeout > 0, fmt.Sprintf("connect %g", r.ConnectTimeout))
	add(r.IPFamily > 0, fmt.Sprintf("ipv%d", r.IPFamily))
	add(r.BusyBox, "busybox")
	for _, h := range r.Headers {
		more = append(more, h.Name+"="+h.Value)
	}
	if q := r.Question; q != nil {
		more = append(more, fmt.Sprintf("%s %s both=%v search=%v @%s", q.Type, q.Name, q.Both, q.Search, q.Server))
	}
	add(len(r.IgnoredFlags) > 0, fmt.Sprintf("ignored %q", r.IgnoredFlags))
	add(len(r.NotModelled) > 0, fmt.Sprintf("not modelled %q", r.NotModelled))
	return strings.TrimSpace(fmt.Sprintf("%s | %s %s %s | %s", source, r.Program, r.Protocol, url, strings.Join(more, ", ")))
}

func TestRequestsOfTheTutorials(t *testing.T) {
	rows := []struct{ line, want string }{
		{"kubectl run client --image=alpine/curl -it --rm --restart=Never --command -- curl http://172.17.0.5/", "one-shot client | curl TCP GET http://172.17.0.5:80/ |"},
		{"kubectl run client --image=alpine/curl -it --rm --restart=Never --command -- curl http://10.43.205.0/", "one-shot client | curl TCP GET http://10.43.205.0:80/ |"},
		{"curl http://server.default.svc.cluster.local/", "- | curl TCP GET http://server.default.svc.cluster.local:80/ |"},
		{"curl http://192.168.106.2:30942/", "- | curl TCP GET http://192.168.106.2:30942/ |"},
		{"http_proxy=http://proxy:3128 curl http://web/", `- | curl TCP GET http://web:80/ | not modelled ["http_proxy"]`},
		{"HTTP_PROXY=http://proxy:3128 curl http://web/", "- | curl TCP GET http://web:80/ | ignored [\"HTTP_PROXY=http://proxy:3128\"]"},
		{"https_proxy=http://proxy:3128 nc -z web 80", "- | nc TCP web:80 |"},
		{"LOCALDOMAIN=other nc -z web 80", `- | nc TCP web:80 | not modelled ["LOCALDOMAIN"]`},
		{"curl localhost", "- | curl TCP GET http://localhost:80/ |"},
		{"curl http://10.43.168.46/", "- | curl TCP GET http://10.43.168.46:80/ |"},
		{"curl http://192.168.106.2:31995/", "- | curl TCP GET http://192.168.106.2:31995/ |"},
		{"curl localhost/server", "- | curl TCP GET http://localhost:80/server |"},
		{"curl localhost/other-server", "- | curl TCP GET http://localhost:80/other-server |"},
		{"nc 127.0.0.1 8080 -vw2", "- | nc TCP 127.0.0.1:8080 | verbose, connect 2"},
		{"kubectl exec -it pod1 -- curl 10.244.1.3", "pod pod1 | curl TCP GET http://10.244.1.3:80/ |"},
		{"kubectl exec -it pod2 -- curl 10.244.1.2", "pod pod2 | curl TCP GET http://10.244.1.2:80/ |"},
		{"kubectl --namespace default port-forward $POD_NAME 8080:$CONTAINER_PORT", "- | port-forward TCP $POD_NAME:8080 | placeholder"},
		{"kubectl exec curl-pod -- curl http://nginx-service", "pod curl-pod | curl TCP GET http://nginx-service:80/ |"},
		{"kubectl exec curl-pod -- curl http://nginx-nodeport-service", "pod curl-pod | curl TCP GET http://nginx-nodeport-service:80/ |"},
		{"curl http://172.20.128.6:30080", "- | curl TCP GET http://172.20.128.6:30080/ |"},
		{"curl http://<external-ip>", "- | curl TCP GET http://<external-ip>:80/ | placeholder"},
		{"kubectl exec curl-pod -- curl web-0.nginx-headless.default.svc.cluster.local", "pod curl-pod | curl TCP GET http://web-0.nginx-headless.default.svc.cluster.local:80/ |"},
		{"kubectl exec curl-pod -- curl web-1.nginx-headless.default.svc.cluster.local", "pod curl-pod | curl TCP GET http://web-1.nginx-headless.default.svc.cluster.local:80/ |"},
		{"kubectl exec curl-pod -- curl web-2.nginx-headless.default.svc.cluster.local", "pod curl-pod | curl TCP GET http://web-2.nginx-headless.default.svc.cluster.local:80/ |"},
		{"PodBash# curl nginx.default.svc.cluster.local", "some-pod | curl TCP GET http://nginx.default.svc.cluster.local:80/ |"},
		{"PodBash# curl nginx", "some-pod | curl TCP GET http://nginx:80/ |"},
		{"PodBash# curl nginx.default", "some-pod | curl TCP GET http://nginx.default:80/ |"},
		{"PodBash# ping mysql.company.lan", "some-pod | ping ICMP mysql.company.lan:0 |"},
		{"curl http://192.168.49.2:32708", "- | curl TCP GET http://192.168.49.2:32708/ |"},
		{"[email protected]:~$ curl http://$(minikube ip):32000", "outside | curl TCP GET http://$(minikube ip):32000/ | minikube-ip"},
		{"curl nginx-app.demo", "- | curl TCP GET http://nginx-app.demo:80/ |"},
		{"curl nginx-app.demo/hello", "- | curl TCP GET http://nginx-app.demo:80/hello |"},
		{"curl foo.example.com", "- | curl TCP GET http://foo.example.com:80/ |"},
		{"curl foo.example.com/lololol", "- | curl TCP GET http://foo.example.com:80/lololol |"},
		{"curl bar.example.com", "- | curl TCP GET http://bar.example.com:80/ |"},
		{"curl bar.example.com/lololol", "- | curl TCP GET http://bar.example.com:80/lololol |"},
		{"kubectl exec -it busybox -- wget --spider --timeout=1 nginx", "pod busybox | wget TCP HEAD http://nginx:80/ | connect 1"},
		{"kubectl exec -it testpod -- nslookup nginx-app", "pod testpod | nslookup UDP nginx-app:53 | A nginx-app both=true search=true @"},
		{"kubectl run ... ... curl http://192.168.106.2:30942/", "one-shot client | curl TCP GET http://192.168.106.2:30942/ |"},
	}
	for _, row := range rows {
		t.Run(row.line, func(t *testing.T) {
			check(t, []string{row.line}, row.want)
			if !strings.Contains(row.line, "$(") { // the same as words, as a shell hands them over
				check(t, strings.Fields(row.line), row.want)
			}
		})
	}
}

func check(t *testing.T, words []string, want string) {
	t.Helper()
	r, err := Parse(words)
	if err != nil {
		t.Fatal(err)
	}
	if got := summary(r); got != want {
		t.Errorf("%q\ngot  %s\nwant %s", words, got, want)
	}
}

func TestOtherWaysToWriteRequests(t *testing.T) {
	rows := []struct{ name, line, want string }{
		{"a prompt with a dollar", "$ curl web", "- | curl TCP GET http://web:80/ |"},
		{"a prompt of root on a node", "root@controlplane:~$ curl web", "prompt controlplane | curl TCP GET http://web:80/ |"},
		{"a prompt of root in a pod", "root@sidecar-pod:/# curl web", "prompt sidecar-pod | curl TCP GET http://web:80/ |"},
		{"a prompt of the laptop", "LaptopBash# ping web", "outside | ping ICMP web:0 |"},
		{"a prompt in brackets", "[root@node01 ~]# curl web", "prompt node01 | curl TCP GET http://web:80/ |"},
		{"a prompt of BusyBox", "/ # wget -qO- -T 2 web", "some-pod | wget TCP GET http://web:80/ | silent, connect 2, ignored [\"-O-\"]"},
		{"lines joined by backslashes", "kubectl run client \\\n  --image=curlimages/curl \\\r\n --rm -it -- curl \\\n http://web/", "one-shot client | curl TCP GET http://web:80/ |"},
		{"arguments for an image of curl", "kubectl run client --image=curlimages/curl:8.5.0 --rm -it -- -s http://web/", "one-shot client | curl TCP GET http://web:80/ | silent"},
		{"a namespace before and after the verb", "kubectl -n shop exec -c app pod/front -- curl web", "pod shop front app | curl TCP GET http://web:80/ |"},
		{"a namespace joined to its flag", "kubectl exec -itn shop front -- curl web", "pod shop front | curl TCP GET http://web:80/ |"},
		{"a deployment", "kubectl exec deploy/front -- curl web", "workload deployment front | curl TCP GET http://web:80/ |"},
		{"exec without dashes", "kubectl exec front curl web", "pod front | curl TCP GET http://web:80/ |"},
		{"a shell around the command", "kubectl exec front -- sh -c 'curl -s http://web/ | head -1'", "pod front | curl TCP GET http://web:80/ | silent, ignored [\"| head -1\"]"},
		{"a variable before the command", "A=b curl web 2>/dev/null", "- | curl TCP GET http://web:80/ | ignored [\"A=b\" \"> /dev/null\"]"},
		{"short flags joined", "curl -sSLkm5 https://web", "- | curl TCP GET https://web:443/ | follow, insecure, silent, max 5"},
		{"typographic dashes", "curl –max-time 3 —head ‑s web", "- | curl TCP HEAD http://web:80/ | silent, max 3"},
		{"a long flag with an equals sign", "curl --connect-timeout=2 web", "- | curl TCP GET http://web:80/ | connect 2"},
		{"a Host header", `curl -H "Host: foo.example.com" http://10.0.0.1`, "- | curl TCP GET http://10.0.0.1:80/ | Host=foo.example.com"},
		{"data makes a POST", "curl -d a=b web/x", "- | curl TCP POST http://web:80/x | body"},
		{"data with -G makes a query", "curl -G -d a=b web/x?c=d", "- | curl TCP GET http://web:80/x?c=d&a=b |"},
		{"a method wins", "curl -X DELETE -d a web", "- | curl TCP DELETE http://web:80/ | body"},
		{"-I is HEAD", "curl -I web", "- | curl TCP HEAD http://web:80/ |"},
		{"an upload is PUT", "curl -T file web/file", "- | curl TCP PUT http://web:80/file | body"},
		{"an IPv6 address", "curl -6 http://[fd00::1]:8080/x", "- | curl TCP GET http://fd00::1:8080/x | ipv6"},
		{"user and fragment", "curl http://me:secret@web/p?q=1#frag", "- | curl TCP GET http://web:80/p?q=1 |"},
		{"dots in the path", "curl http://web/a/b/../c/./d", "- | curl TCP GET http://web:80/a/c/d |"},
		{"dots in the path as they are", "curl --path-as-is http://web/a/../c", "- | curl TCP GET http://web:80/a/../c |"},
		{"a proxy is not modelled", "curl -x http://proxy:3128 web", "- | curl TCP GET http://web:80/ | not modelled [\"-x http://proxy:3128\"]"},
		{"flags that change nothing are told", "curl -o /dev/null -w '%{http_code}' web", "- | curl TCP GET http://web:80/ | ignored [\"-o /dev/null\" \"-w %{http_code}\"]"},
		{"telnet over curl", "curl -v telnet://db:5432", "- | curl TCP telnet://db:5432 | verbose"},
		{"nc with a host and a port", "nc -zvu dns 53", "- | nc UDP dns:53 | verbose"},
		{"nc over SCTP", "nc --sctp -w 1 host 9", "- | nc SCTP host:9 | connect 1"},
		{"nc with a service name", "nc -z db mysql", "- | nc TCP db:3306 |"},
		{"dig with a server and a type", "dig +short @10.96.0.10 web.default.svc.cluster.local AAAA", "- | dig UDP web.default.svc.cluster.local:53 | AAAA web.default.svc.cluster.local both=false search=false @10.96.0.10, ignored [\"+short\"]"},
		{"dig in reverse", "dig -x 10.96.0.10", "- | dig UDP 10.96.0.10:53 | PTR 10.0.96.10.in-addr.arpa both=false search=false @"},
		{"nslookup with a type and a server", "nslookup -type=srv _http._tcp.web 10.96.0.10", "- | nslookup UDP _http._tcp.web:53 | SRV _http._tcp.web both=false search=true @10.96.0.10"},
		{"host of an IPv6 address", "host fd00::1", "- | host UDP fd00::1:53 | PTR 1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa both=false search=false @"},
		{"BusyBox by name", "busybox wget web", "- | wget TCP GET http://web:80/ | busybox"},
		{"ping with a count", "ping -c 3 -W1 web", "- | ping ICMP web:0 | connect 1"},
		{"a debug container", "kubectl debug -it front --image=busybox -- wget web", "pod front | wget TCP GET http://web:80/ | busybox"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) { check(t, []string{row.line}, row.want) })
	}
}

func TestDetailsOfARequest(t *testing.T) {
	r, err := Parse([]string{"curl -H 'X-A: 1' https://web.example.com:8443/ --resolve web.example.com:8443:10.0.0.1,10.0.0.2 --connect-to ::[fd00::2]:9000"})
	if err != nil {
		t.Fatal(err)
	}
	if r.HostHeader != "web.example.com:8443" || r.ServerName != "web.example.com" {
		t.Errorf("host header %q, server name %q", r.HostHeader, r.ServerName)
	}
	if len(r.Resolve) != 1 || len(r.Resolve[0].Addrs) != 2 || r.Resolve[0].Port != 8443 {
		t.Errorf("resolve %+v", r.Resolve)
	}
	if len(r.ConnectTo) != 1 || r.ConnectTo[0] != (ConnectTo{ToHost: "fd00::2", ToPort: 9000}) {
		t.Errorf("connect to %+v", r.ConnectTo)
	}
	r, err = Parse([]string{`kubectl run c --image=busybox:1.36 --labels=app=front,tier=web --overrides='{"spec": {"hostNetwork": true}}' --rm -it -- wget web`})
	if err != nil {
		t.Fatal(err)
	}
	if s := r.Source; s.Labels["app"] != "front" || s.Labels["run"] != "" || !s.HostNet || !r.BusyBox {
		t.Errorf("source %+v", s)
	}
	r, err = Parse([]string{"kubectl port-forward svc/web 8080:80 -n shop"})
	if err != nil {
		t.Fatal(err)
	}
	want := &PortForward{Namespace: "shop", Resource: "service", Name: "web", Ports: []ForwardedPort{{"8080", "80"}}, Addresses: []string{"localhost"}}
	if diff := cmp.Diff(want, r.PortForward); diff != "" {
		t.Error(diff)
	}
}

func TestLinesThatAreNoRequests(t *testing.T) {
	lines := map[LineKind]string{
		LineResolvConf: "cat /etc/resolv.conf\nkubectl exec -it testpod -- cat /etc/resolv.conf",
		LineView: `kubectl describe pod/server | grep IP
kubectl get svc
kubectl get pods -o wide
kubectl cluster-info dump | grep cluster-cidr
kubectl -n kube-system get configmap coredns -o yaml
minikube service minikube-demo-server-fetcher-service --url
minikube addons list
docker ps
kubectl get all -n ingress-nginx
kubectl describe networkpolicy`,
		LineChange: `kubectl run server --image=nginx
kubectl expose pod server --name=server --type=ClusterIP --port=80 --target-port=80
kubectl run ...
docker run -d --rm --name nginx-lb --net=host -v $(pwd)/acme.conf:/etc/nginx/conf.d/acme.conf nginx
kubectl apply -f https://raw.githubusercontent.com/kubernetes/ingress-nginx/controller-v1.1.0/deploy/static/provider/cloud/deploy.yaml
helm create mychart
helm install my-release ./mychart
kubectl -n kube-system edit configmap coredns
kubectl -n kube-system delete pod -l k8s-app=kube-dns
kubectl run nginx –image=nginx
kubectl create service nodeport my-node-port-service --tcp=80:80
kubectl run testpod --image=busybox -- sleep 3600
minikube addons enable ingress
minikube stop
minikube start --cni=calico
minikube image build -t minikube-demo-server-fetcher:1.0 .
kubectl create ingress nginx-app-ingress --rule="/=nginx-app:80" --rule="/hello=newdeploy:8080"
kubectl label pod busybox access=true`,
		LineListen: "nc -l -p 8080\nroot@sidecar-pod:/# nc -l 8080",
		LineOther: `kubectl exec -it sidecar-pod -c container1 -- /bin/sh
apt-get update
apt-get install -y netcat-openbsd
kubectl exec -it sidecar-pod -c container2 -- /bin/bash
export POD_NAME=$(kubectl get pods --namespace default -o jsonpath="{.items[0].metadata.name}")`,
	}
	for kind, block := range lines {
		for _, line := range strings.Split(block, "\n") {
			t.Run(line, func(t *testing.T) {
				_, err := Parse([]string{line})
				if !errors.Is(err, ErrNotARequest) {
					t.Fatalf("got %v", err)
				}
				n := err.(*NotARequest)
				if n.Kind != kind || !strings.HasSuffix(n.Message, ".") {
					t.Errorf("kind %s, want %s; %q", n.Kind, kind, n.Message)
				}
			})
		}
	}
	_, err := Parse([]string{"root@sidecar-pod:/# nc -l -p 8080"})
	n, ok := err.(*NotARequest)
	if !ok || n.Request == nil || n.Request.Port != 8080 || n.Source == nil || n.Source.Name != "sidecar-pod" {
		t.Errorf("a listener keeps its port and place: %+v", err)
	}
}

func TestErrorsNameTheWord(t *testing.T) {
	rows := []struct{ name, line, word, part string }{
		{"nothing at all", "", "", "no command"},
		{"an unknown program", "ftp host", "ftp", "not known"},
		{"an unknown flag", "curl --frobnicate web", "--frobnicate", "not known"},
		{"no URL", "curl -s", "", "no URL"},
		{"a flag without its value", "curl web -m", "-m", "needs a value"},
		{"a port out of range", "curl http://web:70000/", "http://web:70000/", "1 to 65535"},
		{"a port that stands for something", "curl http://web:$PORT/", "http://web:$PORT/", "stands for"},
		{"a host with odd letters", "curl http://we!b/", "http://we!b/", "letters"},
		{"an open quote", "curl 'http://web", "'http://web", "closed"},
		{"two commands", "curl web && curl api", "&&", "one command"},
		{"two URLs", "curl web api", "api", "one URL"},
		{"an open bracket", "curl http://[::1/", "http://[::1/", "bracket"},
		{"another scheme", "curl ftp://web", "ftp://web", "http"},
		{"a bad header", "curl -H nonsense web", "-H nonsense", "Name: value"},
		{"a bad address to resolve", "curl --resolve web:80:nowhere web", "--resolve web:80:nowhere", "IP address"},
		{"a range of ports", "nc -z web 1-9", "1-9", "one port"},
		{"exec without a pod", "kubectl exec -- curl web", "exec", "pod"},
		{"too long a line", "curl " + strings.Repeat("a", MaxLine), "", "8 KiB"},
		{"not UTF-8", "curl \xff", "", "UTF-8"},
		{"time that is no number", "curl -m soon web", "-m soon", "seconds"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			r, err := Parse([]string{row.line})
			e, ok := err.(*Error)
			if !ok {
				t.Fatalf("got %+v, %v", r, err)
			}
			if e.Word != row.word || !strings.Contains(e.Message, row.part) {
				t.Errorf("word %q, message %q", e.Word, e.Message)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"curl -sSLk http://[::1]:80/a?b#c", "kubectl exec -it a -- sh -c \"curl $(minikube ip)\"", "nc -l -p 8080", "dig -x ::1 @1.1.1.1",
		"kubectl run ... ... curl <external-ip>", "[email protected]:~$ ping –c 3 a", "curl --connect-to [::1]:1:[::2]:2 a", "curl 'a\\", "`", "$(", "a # b",
		"kubectl port-forward svc/web 8080:80 2>&1 & sleep 1; curl localhost:8080", "kubectl proxy -p 1 & curl a",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		for _, words := range [][]string{{line}, strings.Fields(line)} {
			r, err := Parse(words)
			if (r == nil) == (err == nil) {
				t.Fatalf("%q: %v, %v", words, r, err)
			}
			if r != nil {
				if r.Host == "" || r.Program == "" || r.Protocol == "" {
					t.Fatalf("%q: %+v", words, r)
				}
				for _, c := range []Class{ClassAnswered, ClassNoAnswer, ClassRefused, ClassNameNotFound} {
					r.ClientResult(Outcome{Class: c})
				}
			}
		}
	})
}
