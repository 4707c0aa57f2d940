package command

import (
	"net/netip"
	"path"
	"strconv"
	"strings"
)

// curlFlags are the flags of curl 8. Those that change what is sent or to whom are looked at in curlFlag; of the others
// it matters only whether a value follows.
var curlFlags = &flagSet{
	program: "curl",
	bools: names(`0 1 2 3 4 6 a B f g G h i I j J k l L M n N O p q R s S v V Z # :
		http1.0 http1.1 http2 http2-prior-knowledge http3 http3-only http0.9 ipv4 ipv6 append basic digest negotiate ntlm anyauth
		compressed compressed-ssh create-dirs crlf disable fail fail-early fail-with-body get globoff head help include
		insecure junk-session-cookies list-only location location-trusted manual netrc netrc-optional next no-alpn no-buffer
		no-keepalive no-progress-meter no-sessionid parallel parallel-immediate path-as-is post301 post302 post303
		progress-bar proxy-insecure proxytunnel raw remote-header-name remote-name remote-name-all remote-time retry-all-errors
		retry-connrefused show-error show-headers silent ssl ssl-reqd ssl-no-revoke tcp-fastopen tcp-nodelay tlsv1 tlsv1.0
		tlsv1.1 tlsv1.2 tlsv1.3 tr-encoding trace-time use-ascii verbose version xattr haproxy-protocol disallow-username-in-url
		no-clobber doh-insecure ca-native no-npn styled-output suppress-connect-headers keepalive`),
	values: names(`A b c C d D e E F H K m o P Q r t T u U w x X y Y z
		abstract-unix-socket alt-svc aws-sigv4 cacert capath cert cert-type ciphers config connect-timeout connect-to
		continue-at cookie cookie-jar crlfile curves data data-ascii data-binary data-raw data-urlencode delegation dns-interface
		dns-ipv4-addr dns-ipv6-addr dns-servers doh-url dump-header egd-file engine etag-compare etag-save expect100-timeout
		form form-string happy-eyeballs-timeout-ms header hsts interface ipfs-gateway json keepalive-time key key-type limit-rate
		local-port login-options max-filesize max-redirs max-time noproxy oauth2-bearer output output-dir parallel-max pass
		pinnedpubkey preproxy proto proto-default proto-redir proxy proxy-header proxy-user proxy1.0 range rate referer request
		request-target resolve retry retry-delay retry-max-time service-name socks4 socks4a socks5 socks5-hostname speed-limit
		speed-time stderr tls-max tls13-ciphers trace trace-ascii trace-config unix-socket upload-file url url-query user
		user-agent variable write-out haproxy-clientip ip-tos vlan-priority`),
}

// curlNotModelled are flags that send the request elsewhere or otherwise, in ways that are not followed here.
var curlNotModelled = names(`x proxy preproxy proxy1.0 socks4 socks4a socks5 socks5-hostname unix-socket abstract-unix-socket
	http3 http3-only interface doh-url dns-servers dns-interface dns-ipv4-addr dns-ipv6-addr K config haproxy-protocol
	haproxy-clientip request-target p proxytunnel proto proto-default`)

type curlLine struct {
	r         *Request
	url       string
	get       bool // -G: data goes into the query
	data      []string
	method    string
	asIs      bool
	plain     bool // -g: braces and brackets stand for themselves
	urlsAfter string
}

func parseCurl(words []string) (*Request, error) {
	c := &curlLine{r: &Request{Program: ProgramCurl, Protocol: TCP, MaxRedirects: 50, Line: Join(append([]string{"curl"}, words...))}}
	if err := curlFlags.read(words, c.flag, c.arg); err != nil {
		return nil, err
	}
	r := c.r
	if c.url == "" {
		return nil, &Error{Message: "curl has no URL; write curl http://HOST/"}
	}
	if c.urlsAfter != "" {
		return nil, &Error{Word: c.urlsAfter, Message: "one URL at a time; give each its own line"}
	}
	if !c.plain && (strings.ContainsAny(c.url, "{}") && !strings.Contains(c.url, "${") || ranged(c.url)) {
		return nil, &Error{Word: c.url, Message: "curl would make several URLs of the braces or brackets; write one of them"}
	}
	if err := parseURL(r, c.url); err != nil {
		return nil, err
	}
	if r.Scheme != "http" && r.Scheme != "https" {
		return r, nil
	}
	if !c.asIs {
		r.Path = removeDots(r.Path)
	}
	r.Method = "GET"
	switch {
	case r.HeadOnly:
		r.Method = "HEAD"
	case r.Body && c.method == "" && c.get:
		query := strings.Join(c.data, "&")
		if r.Query != "" && query != "" {
			query = r.Query + "&" + query
		}
		r.Query, r.Body, r.BodySize = query, false, 0
	case r.Body:
		r.Method = "POST"
	}
	if c.method != "" {
		r.Method = c.method
	}
	finishHTTP(r)
	return r, nil
}

// ranged reports whether a URL holds a range as curl expands it, [1-3] or [a-z:2] (lib/curl tool_urlglob.c).
func ranged(url string) bool {
	for rest := url; ; {
		_, after, ok := strings.Cut(rest, "[")
		if !ok {
			return false
		}
		inside, _, closed := strings.Cut(after, "]")
		if from, to, dash := strings.Cut(inside, "-"); closed && dash && from != "" && to != "" && !strings.Contains(inside, "::") {
			return true
		}
		rest = after
	}
}

func (c *curlLine) arg(w string) error {
	if c.url != "" {
		c.urlsAfter = w
		return nil
	}
	c.url = w
	return nil
}

func (c *curlLine) flag(name, value, written string) (err error) {
	r := c.r
	if curlNotModelled[name] {
		r.NotModelled = append(r.NotModelled, written)
		return nil
	}
	switch name {
	case "url":
		return c.arg(value)
	case "X", "request":
		if value == "" || strings.ContainsAny(value, " \t\r\n") {
			return &Error{Word: written, Message: "a method is one word, such as POST"}
		}
		c.method = value
	case "I", "head":
		r.HeadOnly = true
	case "G", "get":
		c.get = true
	case "d", "data", "data-ascii", "data-binary", "data-raw", "data-urlencode", "json", "F", "form", "form-string":
		r.Body = true
		c.data = append(c.data, value)
		switch {
		case strings.HasPrefix(value, "@") && name != "data-raw", name == "F", name == "form", name == "form-string", name == "data-urlencode":
			r.BodySize = UnknownSize
		case r.BodySize != UnknownSize:
			r.BodySize += len(value) + min(r.BodySize, 1) // several are joined by &
		}
		if name == "json" {
			r.Headers = append(r.Headers, Header{"Content-Type", "application/json"}, Header{"Accept", "application/json"})
		}
	case "T", "upload-file":
		r.Body, r.BodySize = true, UnknownSize
		if c.method == "" {
			c.method = "PUT"
		}
	case "H", "header":
		return addHeader(r, value, written)
	case "A", "user-agent":
		r.Headers = append(r.Headers, Header{"User-Agent", value})
	case "e", "referer":
		r.Headers = append(r.Headers, Header{"Referer", value})
	case "b", "cookie":
		if !strings.Contains(value, "=") {
			r.IgnoredFlags = append(r.IgnoredFlags, written)
			break
		}
		r.Headers = append(r.Headers, Header{"Cookie", value})
	case "u", "user":
		r.User, _, _ = strings.Cut(value, ":")
	case "L", "location", "location-trusted":
		r.FollowRedirects = true
	case "max-redirs":
		n, err := strconv.Atoi(value)
		if err != nil {
			return &Error{Word: written, Message: "write a number of redirects"}
		}
		r.MaxRedirects = n
	case "k", "insecure":
		r.Insecure = true
	case "f", "fail", "fail-with-body":
		r.FailOnError = true
	case "s", "silent":
		r.Silent = true
	case "S", "show-error":
		r.ShowError = true
	case "v", "verbose":
		r.Verbose = true
	case "i", "include", "show-headers":
	case "m", "max-time":
		r.MaxTime, err = seconds(written, value)
	case "connect-timeout":
		r.ConnectTimeout, err = seconds(written, value)
	case "4", "ipv4":
		r.IPFamily = 4
	case "6", "ipv6":
		r.IPFamily = 6
	case "resolve":
		return c.resolve(value, written)
	case "connect-to":
		return c.connectTo(value, written)
	case "g", "globoff":
		c.plain = true
	case "path-as-is":
		c.asIs = true
	case "next", ":":
		return &Error{Word: written, Message: "one request at a time; give each its own line"}
	default:
		r.IgnoredFlags = append(r.IgnoredFlags, written)
	}
	return err
}

func addHeader(r *Request, value, written string) error {
	name, v, ok := strings.Cut(value, ":")
	if !ok {
		if n, isEmpty := strings.CutSuffix(value, ";"); isEmpty && n != "" {
			r.Headers = append(r.Headers, Header{n, ""})
			return nil
		}
		return &Error{Word: written, Message: "write a header as 'Name: value'"}
	}
	name, v = strings.TrimSpace(name), strings.TrimSpace(v)
	if name == "" || strings.ContainsAny(name, " \t\r\n") || strings.ContainsAny(v, "\r\n\x00") {
		return &Error{Word: written, Message: "write a header as 'Name: value', on one line"}
	}
	if v == "" && !strings.EqualFold(name, "Host") { // curl then leaves out a header it would send
		r.IgnoredFlags = append(r.IgnoredFlags, written)
		return nil
	}
	r.Headers = append(r.Headers, Header{name, v})
	return nil
}

// resolve reads --resolve [+]HOST:PORT:ADDRESS[,ADDRESS]; an entry that starts with "-" takes a name out of a cache that
// is empty.
func (c *curlLine) resolve(value, written string) error {
	if strings.HasPrefix(value, "-") {
		c.r.IgnoredFlags = append(c.r.IgnoredFlags, written)
		return nil
	}
	parts := strings.SplitN(strings.TrimPrefix(value, "+"), ":", 3)
	if len(parts) != 3 {
		return &Error{Word: written, Message: "write --resolve HOST:PORT:ADDRESS"}
	}
	p, err := port(written, parts[1])
	if err != nil {
		return err
	}
	e := Resolve{Host: parts[0], Port: p}
	for _, text := range strings.Split(parts[2], ",") {
		a, err := netip.ParseAddr(strings.Trim(text, "[]"))
		if err != nil {
			return &Error{Word: written, Message: text + " is no IP address; --resolve takes addresses only"}
		}
		e.Addrs = append(e.Addrs, a.Unmap().WithZone(""))
	}
	c.r.Resolve = append(c.r.Resolve, e)
	return nil
}

// connectTo reads --connect-to HOST1:PORT1:HOST2:PORT2, any part of which may be empty; an IPv6 address is in brackets.
func (c *curlLine) connectTo(value, written string) error {
	var parts []string
	rest := value
	for range 4 {
		end := strings.IndexByte(rest, ':')
		if strings.HasPrefix(rest, "[") {
			if close := strings.IndexByte(rest, ']'); close > 0 {
				end = strings.IndexByte(rest[close:], ':')
				if end >= 0 {
					end += close
				}
			}
		}
		if end < 0 || len(parts) == 3 {
			parts, rest = append(parts, rest), ""
			break
		}
		parts, rest = append(parts, rest[:end]), rest[end+1:]
	}
	bad := &Error{Word: written, Message: "write --connect-to HOST1:PORT1:HOST2:PORT2"}
	if len(parts) != 4 {
		return bad
	}
	e := ConnectTo{Host: strings.Trim(parts[0], "[]"), ToHost: strings.Trim(parts[2], "[]")}
	for i, to := range map[int]*uint16{1: &e.Port, 3: &e.ToPort} {
		if parts[i] == "" {
			continue
		}
		n, err := port(written, parts[i])
		if err != nil {
			return bad
		}
		*to = n
	}
	c.r.ConnectTo = append(c.r.ConnectTo, e)
	return nil
}

// removeDots takes "." and ".." out of a path as curl does before it sends it (RFC 3986, section 5.2.4).
func removeDots(p string) string {
	if !strings.Contains(p, "/.") {
		return p
	}
	segments := strings.Split(p, "/")
	var out []string
	for i, s := range segments {
		last := i == len(segments)-1
		switch s {
		case ".":
			if last {
				out = append(out, "")
			}
		case "..":
			if len(out) > 1 {
				out = out[:len(out)-1]
			}
			if last {
				out = append(out, "")
			}
		default:
			out = append(out, s)
		}
	}
	p = strings.Join(out, "/")
	if !path.IsAbs(p) {
		p = "/" + p
	}
	return p
}

func itoa(n uint16) string { return strconv.Itoa(int(n)) }
