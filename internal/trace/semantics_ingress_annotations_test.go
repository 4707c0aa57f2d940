package trace_test

import (
	"strings"
	"testing"
)

// What annotations of an Ingress and flags of its controller make of a request.
func TestSemanticsA43Annotations(t *testing.T) {
	n := "nginx.ingress.kubernetes.io/"
	tr := "traefik.ingress.kubernetes.io/"
	web := "shop.test / P web"
	canary := func(more string) string {
		return ingressOf("i", "nginx", "", "", web) + ingressOf("c", "nginx", n+"canary: 'true', "+more, "", "shop.test / P api")
	}
	curl := func(flags string) string { return "curl -H 'Host: shop.test' " + flags + " " + door + "/" }
	askIngress(t, []ingressRow{
		{name: "A4.3: a loop of redirects ends at curl's limit", controller: nginx, objects: ingressOf("i", "nginx", n+"permanent-redirect: 'http://shop.test:30080/'", "", web), command: "curl -L --resolve shop.test:30080:172.20.128.6 http://shop.test:30080/", want: "answered l7.redirect 301 assumed", exit: 47},
		{name: "A4.3: curl that may follow no redirect", controller: nginx, objects: ingressOf("i", "nginx", n+"permanent-redirect: 'http://elsewhere.test/'", "", web), command: curl("-L --max-redirs 0"), want: "answered l7.redirect 301 assumed", exit: 47},
		{name: "A4.3: booleans are read as Go reads them", controller: nginx, objects: ingressOf("i", "nginx", n+"force-ssl-redirect: 'T'", "", web), command: at("shop.test", "/"), want: "answered l7.redirect 308 assumed"},
		{name: "A4.3: and what is none counts as not written", controller: nginx, objects: ingressOf("i", "nginx", n+"force-ssl-redirect: 'yes'", "", web), command: at("shop.test", "/"), want: "answered pod.delivered 200 assumed"},
		{name: "A4.3: a body that is larger than proxy-body-size", controller: nginx, objects: ingressOf("i", "nginx", n+"proxy-body-size: '8'", "", web), command: curl("-d 123456789"), want: "http-error http.status 413 assumed"},
		{name: "A4.3: and one that is not", controller: nginx, objects: ingressOf("i", "nginx", n+"proxy-body-size: 1k", "", web), command: curl("-d a=1 -d b=2"), want: "answered pod.delivered 200 assumed"},
		{name: "A4.3: proxy-body-size 0 limits nothing", controller: nginx, objects: ingressOf("i", "nginx", n+"proxy-body-size: '0'", "", web), command: curl("-d 123456789"), want: "answered pod.delivered 200 assumed"},
		{name: "A4.3: app-root is the server's, with the port that the client wrote", controller: nginx, objects: ingressOf("i", "nginx", n+"app-root: /start", "", "shop.test /start P web"), command: "curl -H 'Host: shop.test:30080' " + door + "/", want: "answered l7.redirect 302 assumed", location: "http://shop.test:30080/start"},
		{name: "A4.3: from-to-www-redirect leads from www. to the host that is served", controller: nginx, objects: ingressOf("i", "nginx", n+"from-to-www-redirect: 'true'", "", web), command: at("www.shop.test", "/x?q=1"), want: "answered l7.redirect 308 assumed", location: "http://shop.test/x?q=1"},
		{name: "A4.3: unless another ingress serves www.", controller: nginx, objects: ingressOf("i", "nginx", n+"from-to-www-redirect: 'true'", "", web) + ingressOf("j", "nginx", "", "", "www.shop.test / P api"), command: at("www.shop.test", "/"), want: "answered pod.delivered 200 assumed", pods: "api-1"},
		{name: "A4.3: a path is compared without its escapes", controller: nginx, objects: ingressOf("i", "nginx", "", "", "shop.test /app P web"), command: at("shop.test", "/%61pp"), want: "answered pod.delivered 200 assumed", path: "/%61pp"},
		{name: "A4.2: by Traefik, too", controller: traefik, objects: ingressOf("i", "traefik", "", "", "shop.test /app E web"), command: at("shop.test", "/%61pp"), want: "answered pod.delivered 200 assumed"},

		{name: "A4.3 row 6: canary by a header of one value", controller: nginx, objects: canary(n + "canary-by-header: X-New, " + n + "canary-by-header-value: beta"), command: curl("-H 'X-New: beta'"), want: "answered pod.delivered 200 assumed", pods: "api-1"},
		{name: "A4.3 row 6: for which always is a value like any other", controller: nginx, objects: canary(n + "canary-by-header: X-New, " + n + "canary-by-header-value: beta"), command: curl("-H 'X-New: always'"), want: "answered pod.delivered 200 assumed", pods: "web-1 web-2"},
		{name: "A4.3 row 6: canary by a header's pattern", controller: nginx, objects: canary(n + "canary-by-header: X-New, " + n + "canary-by-header-pattern: '^b.ta$'"), command: curl("-H 'X-New: beta'"), want: "answered pod.delivered 200 assumed", pods: "api-1"},
		{name: "A4.3 row 6: canary by a cookie", controller: nginx, objects: canary(n + "canary-by-cookie: try"), command: curl("-b 'a=1; try=always'"), want: "answered pod.delivered 200 assumed", pods: "api-1"},
		{name: "A4.3 row 6: a cookie that says never comes before the weight", controller: nginx, objects: canary(n + "canary-by-cookie: try, " + n + "canary-weight: '100'"), command: curl("-b try=never"), want: "answered pod.delivered 200 assumed", pods: "web-1 web-2"},
		{name: "A4.3 row 6: the weight is a share of canary-weight-total", controller: nginx, objects: canary(n + "canary-weight: '300', " + n + "canary-weight-total: '300'"), command: at("shop.test", "/"), want: "answered pod.delivered 200 assumed", pods: "api-1"},
		{name: "A4.3 row 6: other annotations of a canary do not count", controller: nginx, objects: canary(n + "permanent-redirect: 'http://elsewhere.test/', " + n + "canary-weight: '0'"), command: at("shop.test", "/"), want: "answered pod.delivered 200 assumed", pods: "web-1 web-2"},

		{name: "A4.2: before Traefik 3.7 the rule of a wildcard host is longer than that of the host itself", controller: strings.Replace(traefik, "v3.7.0", "v3.6.12", 1), objects: ingressOf("i", "traefik", "", "", "x.shop.test /a P web") + ingressOf("j", "traefik", "", "", "*.shop.test /a P api"), command: at("x.shop.test", "/a"), want: "answered pod.delivered 200 assumed", pods: "api-1"},
		{name: "A4.2: from 3.7 on it is as long as it is written", controller: traefik, objects: ingressOf("i", "traefik", "", "", "x.shop.test /a P web") + ingressOf("j", "traefik", "", "", "*.shop.test /ab P api"), command: at("x.shop.test", "/abc"), want: "answered pod.delivered 200 assumed", pods: "api-1"},
		{name: "A4.2: Traefik without the provider of Ingress objects serves none", controller: traefik, args: []string{"--providers.kubernetescrd"}, objects: ingressOf("i", "traefik", "", "", web), command: at("shop.test", "/"), want: "http-error l7.not-admitted 404 assumed"},
		{name: "A4.2: and with both serves them", controller: traefik, args: []string{"--providers.kubernetescrd", "--providers.kubernetesingress=true"}, objects: ingressOf("i", "traefik", "", "", web), command: at("shop.test", "/"), want: "answered pod.delivered 200 assumed"},
		{name: "A4.2: a router with TLS sees no plain request", controller: traefik, objects: ingressOf("i", "traefik", tr+"router.tls: 'true'", "", web), command: at("shop.test", "/"), want: "http-error l7.no-match 404 assumed"},
		{name: "A4.2: nor one with an option of TLS", controller: traefik, objects: ingressOf("i", "traefik", tr+"router.tls.certresolver: mine", "", web), command: at("shop.test", "/"), want: "http-error l7.no-match 404 assumed"},
		{name: "A4.2: a router without TLS sees no encrypted request, where flags give the entry point none", controller: traefik, args: []string{"--entrypoints.websecure.address=:443"}, objects: ingressOf("i", "traefik", "", "", web), command: "curl -k --resolve shop.test:30443:172.20.128.6 https://shop.test:30443/", want: "http-error l7.no-match 404 assumed"},
		{name: "A4.2: and does where they give it", controller: traefik, args: []string{"--entrypoints.websecure.address=:443", "--entryPoints.websecure.http.tls=true"}, objects: ingressOf("i", "traefik", "", "", web), command: "curl -k --resolve shop.test:30443:172.20.128.6 https://shop.test:30443/", want: "answered pod.delivered 200 assumed"},
	})
	t.Run("A4.3: a backend that is to speak another protocol is a doubt that the answer names", func(t *testing.T) {
		answer := doorway(t, nginx).add(ingressOf("i", "nginx", n+"backend-protocol: HTTPS", "", web)).ask("lan/laptop", at("shop.test", "/"))
		for _, a := range answer.Assumptions {
			if a.Key == "backend-protocol" && a.Value == "HTTPS" {
				return
			}
		}
		t.Errorf("the assumptions are %v", answer.Assumptions)
	})
	t.Run("A4.3: a verdict by an annotation names it, and the values that were compared", func(t *testing.T) {
		for annotations, want := range map[string]string{
			n + "whitelist-source-range: 192.0.2.0/24":              "Ingress default/i answers HTTP 403: its annotation whitelist-source-range, 192.0.2.0/24, keeps 172.20.128.6 out.",
			n + "auth-type: basic, " + n + "auth-secret: users":     "Ingress default/i answers HTTP 401: its annotation auth-type, basic, wants a user and password.",
			n + "auth-type: oauth, " + n + "auth-secret: users":     "Ingress default/i answers HTTP 503: its annotation auth-type, \"oauth\", cannot be read, which closes the location.",
			n + "auth-url: 'http://auth.default.svc.cluster.local'": "Ingress default/i answers HTTP 500: the server of its annotation auth-url, http://auth.default.svc.cluster.local, is not there.",
		} {
			equal(t, doorway(t, nginx).add(ingressOf("i", "nginx", annotations, "", web)).ask("lan/laptop", at("shop.test", "/")).Verdict.Sentence, want)
		}
	})
	t.Run("A4: what another controller is known to do with paths left to it stands beside the contract", func(t *testing.T) {
		// HAProxy compares characters, where the contract's Prefix compares elements.
		answer := doorway(t, haproxy).add(ingressOf("i", "haproxy", "", "", "shop.test /app I web")).ask("lan/laptop", at("shop.test", "/apple"))
		equal(t, summary(answer), "http-error l7.no-match assumed")
		for _, a := range answer.Alternatives {
			if a.Assume["implementation-specific-path"] == "otherwise" {
				equal(t, a.Verdict.Class, "answered")
				return
			}
		}
		t.Errorf("the alternatives are %v", answer.Alternatives)
	})
}
