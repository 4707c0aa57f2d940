package server

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/kubestrata/kubestrata/templates"
)

// contentPolicy lets the page load only what this server gives it: no inline script or style, no other origin.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; manifest-src 'self'"

func secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", contentPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		next.ServeHTTP(w, r)
	})
}

// recovered keeps a panic to the request that caused it.
func (s *Server) recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			p := recover()
			if p == nil {
				return
			}
			if p == http.ErrAbortHandler {
				panic(p)
			}
			s.options.Metrics.panics.Inc()
			s.log.Error("internal error", "path", r.URL.Path, "error", p, "stack", string(debug.Stack()))
			fail(w, http.StatusInternalServerError, problem{"internal", "this should not have happened; the log has more", ""})
		}()
		next.ServeHTTP(w, r)
	})
}

func limited(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, bodyLimit)
		next.ServeHTTP(w, r)
	})
}

// knownHost turns away requests for names that are not this server's: a page of another site whose name was made to
// point here (DNS rebinding) would otherwise be of the same origin. An address cannot be made to point elsewhere.
func (s *Server) knownHost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.hostAllowed(r.Host) {
			fail(w, http.StatusForbidden, problem{
				"host", "this server does not go by the name " + clean(r.Host) + "; start it with --allowed-hosts to add it", "Host",
			})
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (s *Server) hostAllowed(hostport string) bool {
	host := strings.ToLower(strings.TrimSuffix(hostname(hostport), "."))
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || slices.ContainsFunc(s.options.AllowedHosts, func(allowed string) bool {
		allowed = strings.ToLower(allowed)
		if suffix, ok := strings.CutPrefix(allowed, "*"); ok && strings.HasPrefix(suffix, ".") {
			return strings.HasSuffix(host, suffix)
		}
		return allowed == host || allowed == strings.ToLower(hostport)
	})
}

func hostname(hostport string) string {
	if host, _, err := net.SplitHostPort(hostport); err == nil {
		return host
	}
	return strings.Trim(hostport, "[]")
}

// sameOrigin turns away what another site's page makes a browser send. Reading requests change nothing, and their answers
// cannot be read by that page; the websocket checks its Origin by itself.
func (s *Server) sameOrigin(next http.Handler) http.Handler {
	guard := http.NewCrossOriginProtection()
	for _, origin := range s.options.AllowedOrigins {
		// What is no origin here is none for the websocket either; the command line has checked them.
		_ = guard.AddTrustedOrigin(origin)
	}
	guard.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fail(w, http.StatusForbidden, problem{"origin", "another site's page sent this; start with --allowed-origins to allow it", "Origin"})
	}))
	return guard.Handler(next)
}

// originAllowed says whether a websocket may be opened by a page of the request's origin. Programs that are no browsers
// send none.
func (s *Server) originAllowed(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" {
		return false
	}
	return strings.EqualFold(u.Host, r.Host) || slices.ContainsFunc(s.options.AllowedOrigins, func(allowed string) bool {
		return strings.EqualFold(allowed, origin)
	})
}

// sessionCookie holds what stands for the token after a login. It is set without a path, so that it counts for the path
// prefix under which a proxy shows this server.
const sessionCookie = "kubestrata-session"

// session is what a browser that knows the token gets to keep: the token cannot be read from it.
func session(token string) string {
	mac := hmac.New(sha256.New, []byte(token))
	mac.Write([]byte("kubestrata session"))
	return hex.EncodeToString(mac.Sum(nil))
}

func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// known reports whether a request carries the token or a session.
func (s *Server) known(r *http.Request) bool {
	if s.options.Token == "" {
		return true
	}
	if bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok && equal(bearer, s.options.Token) {
		return true
	}
	c, err := r.Cookie(sessionCookie)
	return err == nil && equal(c.Value, session(s.options.Token))
}

func (s *Server) authenticated(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.known(r) {
			next.ServeHTTP(w, r)
			return
		}
		if strings.HasPrefix(r.URL.Path, "/api/") {
			w.Header().Set("WWW-Authenticate", "Bearer")
			fail(w, http.StatusUnauthorized, problem{"token", "this server wants its token: Authorization: Bearer TOKEN", "Authorization"})
			return
		}
		s.render(w, r, http.StatusUnauthorized, templates.LoginPage(s.shell(), ""))
	})
}

func (s *Server) login(w http.ResponseWriter, r *http.Request) {
	if !s.limit.allow("login") {
		fail(w, http.StatusTooManyRequests, problem{"too-many", "too many attempts; wait a moment", ""})
		return
	}
	if s.options.Token != "" && !equal(strings.TrimSpace(r.PostFormValue("token")), s.options.Token) {
		s.render(w, r, http.StatusUnauthorized, templates.LoginPage(s.shell(), "That is not the token."))
		return
	}
	http.SetCookie(w, &http.Cookie{
		Name: sessionCookie, Value: session(s.options.Token), HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: r.TLS != nil,
	})
	// http.Redirect would make the address absolute, and wrong behind a prefix.
	w.Header().Set("Location", "./")
	w.WriteHeader(http.StatusSeeOther)
}

// clean makes hostile text fit to be shown in a message.
func clean(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, text)
	if len(text) > 100 {
		text = text[:100]
	}
	return strings.ToValidUTF8(text, "")
}
