package ingress

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/kubestrata/kubestrata/internal/words"
)

// location is one location block of the server block that a request lands in.
type location struct {
	*candidate
	path  string // as the block has it: a Prefix path becomes one ending in a slash and an exact one
	exact bool
}

// nginx follows ingress-nginx: the server block is chosen by host and never left, then the location by path. What it
// writes for which rules: ingress-nginx internal/ingress/controller/location.go (a Prefix path becomes two blocks) and
// template.go (one rewrite or use-regex makes every block of the server a regular expression).
func (m *match) nginx() *candidate {
	for _, x := range m.list {
		if x.lost == "" && isTrue(x.ing, "canary") {
			x.lost = canaryOnly
		}
	}
	m.withoutResources()
	server := m.server()
	if server == "" || strings.HasPrefix(server, "*.") {
		if to := m.otherWWW(); to != "" {
			m.redirect(308, m.req.Scheme+"://"+to+m.uri())
			return nil
		}
	}
	mine := m.ofServer(server)
	path := cleanPath(m.path)
	if x := appRoot(mine); x != nil && path == "/" {
		// Written at the level of the server, so it comes before any location (template nginx.tmpl, SERVER).
		m.foreignAnnotations(x.ing)
		m.redirect(302, m.req.Scheme+"://"+m.req.Host+annotation(x.ing, "app-root"))
		return x
	}
	won, slash := m.locate(mine, path)
	if slash {
		// nginx itself redirects a request that lacks only the slash of a proxied prefix location.
		m.redirect(301, m.req.Scheme+"://"+m.host+path+"/"+m.queryPart())
		return won
	}
	if won == nil {
		won = m.nginxDefault(server)
		if won == nil {
			m.missedResource(server)
			return nil
		}
	}
	m.nginxAnswer(won, path)
	return won
}

// appRoot is the first row of a server whose ingress sends the root elsewhere.
func appRoot(mine []*candidate) *candidate {
	for _, x := range mine {
		if annotation(x.ing, "app-root") != "" {
			return x
		}
	}
	return nil
}

// otherWWW is the host with or without www. that from-to-www-redirect sends the request's host to, "" if none does
// (ingress-nginx controller.go getServers, redirectServers: only where no server has the host itself).
func (m *match) otherWWW() string {
	for _, x := range m.list {
		if x.lost != "" || x.host == "" || !isTrue(x.ing, "from-to-www-redirect") {
			continue
		}
		if other, has := strings.CutPrefix(x.host, "www."); has && other == m.host || !has && "www."+x.host == m.host {
			return x.host
		}
	}
	return ""
}

// server picks the server block: a rule's own host, then an alias, then the wildcard of one label, then the catch-all.
func (m *match) server() string {
	exact, alias, wild := "", "", ""
	for _, x := range m.list {
		if x.lost != "" {
			continue
		}
		for i := range x.ing.Spec.Rules {
			h := strings.ToLower(x.ing.Spec.Rules[i].Host)
			switch {
			case h == "":
			case h == m.host:
				exact = h
			case hostMatches(h, m.host):
				wild = h
			}
			for _, a := range strings.Split(annotation(x.ing, "server-alias"), ",") {
				if a = strings.ToLower(strings.TrimSpace(a)); a != "" && a == m.host && alias == "" {
					alias = h
				}
			}
		}
	}
	return cmp.Or(exact, alias, wild)
}

// ofServer keeps the rows of the server block. Of two with the same path and type the older ingress' counts.
func (m *match) ofServer(server string) []*candidate {
	type key struct {
		path string
		kind networkingv1.PathType
	}
	seen := map[key]bool{}
	var mine []*candidate
	for _, x := range m.list {
		switch {
		case x.lost != "" || x.rule < 0:
			continue
		case x.host != server:
			x.lost = lostHost(x.host, m.host)
			continue
		}
		k := key{cmp.Or(x.path, "/"), x.kind}
		if seen[k] {
			x.lost = olderWins
			continue
		}
		seen[k] = true
		mine = append(mine, x)
	}
	return mine
}

func rewrites(x *candidate) bool {
	t := annotation(x.ing, "rewrite-target")
	return t != "" && t != cmp.Or(x.path, "/")
}

// locations writes the blocks of a server in the order of nginx.conf: longest path first, equal lengths in descending
// order.
func locations(mine []*candidate) (list []location, regex bool) {
	exact := map[string]bool{}
	for _, x := range mine {
		regex = regex || rewrites(x) || isTrue(x.ing, "use-regex")
		if x.kind == networkingv1.PathTypeExact {
			exact[x.path] = true
		}
	}
	for _, x := range mine {
		path := cmp.Or(x.path, "/")
		if x.kind != networkingv1.PathTypePrefix || path == "/" || rewrites(x) || isTrue(x.ing, "use-regex") {
			list = append(list, location{x, path, x.kind == networkingv1.PathTypeExact})
			continue
		}
		list = append(list, location{x, trimSlash(path) + "/", false})
		if !exact[path] {
			list = append(list, location{x, path, true})
		}
	}
	slices.SortStableFunc(list, func(a, b location) int {
		return cmp.Or(len(b.path)-len(a.path), strings.Compare(b.path, a.path))
	})
	return list, regex
}

// locate finds the block that takes a path. slash says that nginx redirects to the same path with a slash.
func (m *match) locate(mine []*candidate, path string) (won *candidate, slash bool) {
	list, regex := locations(mine)
	lose := func(x *candidate, reason string) {
		if x != won && x.lost == "" {
			x.lost = reason
		}
	}
	if regex {
		m.assume("path-regex", "true", "detected", words.Say("ingress.note.regex-host"), false)
		for _, l := range list {
			re, err := regexp.Compile("(?i)^" + l.path)
			switch {
			case err != nil:
				lose(l.candidate, invalidRegex)
				m.assume("path-regex-syntax", "unknown", "default", words.Say("ingress.fact.pcre", l.path), true)
			case !re.MatchString(path):
			case won == nil:
				won = l.candidate
			default:
				lose(l.candidate, shorterPath)
			}
		}
		return won, false
	}
	for _, l := range list {
		if l.exact && l.path == path {
			won = l.candidate
			break
		}
	}
	for _, l := range list {
		if won == nil && !l.exact && l.path == path {
			won = l.candidate // a plain prefix of just this name comes before the redirect to the one with a slash
		}
	}
	for _, l := range list {
		switch {
		case won != nil || l.exact:
		case l.path == path+"/" && path != "/":
			won, slash = l.candidate, true
		case strings.HasPrefix(path, l.path):
			won = l.candidate
		}
	}
	for _, l := range list {
		if (!l.exact && strings.HasPrefix(path, l.path)) || (l.exact && l.path == path) {
			if won != nil && won.kind == networkingv1.PathTypeExact && len(won.path) <= len(l.path) {
				lose(l.candidate, lessExact)
			} else {
				lose(l.candidate, shorterPath)
			}
		}
	}
	return won, slash
}

// nginxDefault is the default backend of a server block: of the ingress that opened it, the oldest with its host; of the
// catch-all, the oldest ingress that has any.
func (m *match) nginxDefault(server string) *candidate {
	for _, x := range m.list {
		if x.lost != "" {
			continue
		}
		if server == "" {
			if x.rule < 0 && (len(x.ing.Spec.Rules) == 0 || slices.ContainsFunc(x.ing.Spec.Rules, func(r networkingv1.IngressRule) bool { return r.Host == "" })) {
				return x
			}
			continue
		}
		if !slices.ContainsFunc(x.ing.Spec.Rules, func(r networkingv1.IngressRule) bool { return strings.ToLower(r.Host) == server }) {
			continue
		}
		if x.rule < 0 {
			return x
		}
		if x.ing.Spec.DefaultBackend == nil {
			return nil
		}
	}
	return nil
}

// nginxAnswer does what the winning block says: redirects first, then the backend.
func (m *match) nginxAnswer(won *candidate, path string) {
	ing := won.ing
	m.foreignAnnotations(ing)
	switch {
	case m.tooLarge(ing): // nginx looks at the length as soon as it has the location (ngx_http_core_find_config_phase)
		m.turnAway(413, words.Say("ingress.body-too-large", annotation(ing, "proxy-body-size"), m.req.BodySize))
		return
	case denied(ing) != "":
		m.assume("annotation", denied(ing), "detected", words.Say("ingress.fact.closed", nginxPrefix, denied(ing)), false)
		m.turnAway(503, words.Say("ingress.closed", denied(ing), annotation(ing, denied(ing))))
		return
	case annotation(ing, "permanent-redirect") != "":
		m.redirect(number(annotation(ing, "permanent-redirect-code"), 301), annotation(ing, "permanent-redirect"))
		return
	case annotation(ing, "temporal-redirect") != "":
		m.redirect(number(annotation(ing, "temporal-redirect-code"), 302), annotation(ing, "temporal-redirect"))
		return
	case m.req.Scheme == "http" && m.toHTTPS(won):
		m.redirect(308, m.https())
		return
	}
	if !m.d.to(m.view, ing.Namespace, won.backend) {
		m.d.Action, m.d.Status = Respond, 503
		return
	}
	if m.guarded(ing) {
		return
	}
	m.canary(won)
	if rewrites(won) && !m.rewrite(won, path) {
		return
	}
	m.d.UpstreamScheme = strings.ToLower(cmp.Or(annotation(ing, "backend-protocol"), "HTTP"))
	if m.d.UpstreamScheme != "http" && m.d.UpstreamScheme != "auto_http" {
		m.assume("backend-protocol", annotation(ing, "backend-protocol"), "detected", words.Say("ingress.fact.backend-protocol"), true)
	}
	m.d.UpstreamHost = annotation(ing, "upstream-vhost")
	m.d.ThroughClusterIP = isTrue(ing, "service-upstream")
	m.pass()
}

// toHTTPS: the redirect is on by default where a TLS section covers the host, even one without a secret.
func (m *match) toHTTPS(won *candidate) bool {
	if isTrue(won.ing, "force-ssl-redirect") {
		return true
	}
	if isFalse(won.ing, "ssl-redirect") || won.rule < 0 {
		return false
	}
	entry, _ := m.tlsEntry()
	return entry != nil
}

// rewrite replaces the whole path by the target, with what the path's expression captured; it reports whether the
// request still goes to the backend (a target with a scheme is a redirect).
func (m *match) rewrite(won *candidate, path string) bool {
	target := annotation(won.ing, "rewrite-target")
	re, err := regexp.Compile("(?i)" + cmp.Or(won.path, "/"))
	if err != nil {
		m.d.Certainty = Unknown
		return true
	}
	groups := re.FindStringSubmatch(path)
	var b strings.Builder
	for i := 0; i < len(target); i++ {
		if target[i] == '$' && i+1 < len(target) && target[i+1] >= '0' && target[i+1] <= '9' {
			if n := int(target[i+1] - '0'); n < len(groups) {
				b.WriteString(groups[n])
			}
			i++
			continue
		}
		b.WriteByte(target[i])
	}
	out := b.String()
	if strings.HasPrefix(out, "http://") || strings.HasPrefix(out, "https://") {
		m.redirect(302, out)
		return false
	}
	m.d.UpstreamPath = cmp.Or(out, "/")
	return true
}

// cleanPath is the path as nginx compares it: slashes merged, dot elements resolved, the trailing slash kept.
func cleanPath(path string) string {
	var out []string
	for _, e := range strings.Split(path, "/") {
		switch e {
		case "", ".":
		case "..":
			if len(out) > 0 {
				out = out[:len(out)-1]
			}
		default:
			out = append(out, e)
		}
	}
	clean := "/" + strings.Join(out, "/")
	if len(out) > 0 && (strings.HasSuffix(path, "/") || strings.HasSuffix(path, "/.") || strings.HasSuffix(path, "/..")) {
		clean += "/"
	}
	return clean
}

func (m *match) queryPart() string {
	if m.req.Query == "" {
		return ""
	}
	return "?" + m.req.Query
}
