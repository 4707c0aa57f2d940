package server

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"rsc.io/qr"

	"github.com/kubestrata/kubestrata/templates"
)

// roomPanel renders what the presenter's page and the stage say about a room: how to join it, and whether phones can.
// The page says under which address it was opened, since a proxy may have changed what the server sees.
func (s *Server) roomPanel(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Base string `json:"base"`
	}
	in := s.theRoom(w, r)
	if in == nil || !decode(w, r, &body) {
		return
	}
	base, err := url.Parse(body.Base)
	if err != nil || len(body.Base) > 300 || base.Scheme != "http" && base.Scheme != "https" || base.Host == "" || base.User != nil {
		fail(w, http.StatusBadRequest, problem{"bad-base", "say under which http or https address the page was opened", "base"})
		return
	}
	joined, err := joinOf(base, in.Code)
	if err != nil {
		fail(w, http.StatusBadRequest, problem{"bad-base", err.Error(), "base"})
		return
	}
	if joined.Unreachable != "" {
		joined.Instead = s.instead(base)
	}
	c := templates.JoinCard(joined)
	if strings.HasSuffix(r.URL.Path, "/panel.html") {
		c = templates.RoomPanel(joined)
	}
	s.render(w, r, http.StatusOK, c)
}

// joinOf says how a room is joined at an address.
func joinOf(base *url.URL, code string) (templates.Join, error) {
	at := base.JoinPath("room", code)
	at.RawQuery, at.Fragment = "", ""
	j := templates.Join{Code: code, URL: at.String(), Words: strings.TrimSuffix(strings.TrimPrefix(at.String(), at.Scheme+"://"), "/"+code)}
	if nearby(base.Hostname()) {
		j.Unreachable = base.Host
	}
	symbol, err := qr.Encode(j.URL, qr.M)
	if err != nil {
		return j, err
	}
	j.QR, j.Size = squares(symbol)
	return j, nil
}

// nearby reports whether a host is the very machine that asks for it: what a port-forward shows, too.
func nearby(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.Unmap().IsLoopback() || ip.IsUnspecified()
	}
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// quiet is the margin that readers of QR codes want, in modules.
const quiet = 4

// squares draws the dark modules of a QR code as the path of an SVG of size by size units.
func squares(symbol *qr.Code) (path string, size int) {
	var b strings.Builder
	for y := range symbol.Size {
		for x := 0; x < symbol.Size; x++ {
			from := x
			for x < symbol.Size && symbol.Black(x, y) {
				x++
			}
			if n := x - from; n > 0 {
				run := strconv.Itoa(n)
				b.WriteString("M" + strconv.Itoa(from+quiet) + " " + strconv.Itoa(y+quiet) + "h" + run + "v1h-" + run + "z")
			}
		}
	}
	return b.String(), symbol.Size + 2*quiet
}

// instead are the addresses of this machine at which the page could be opened so that phones reach it, too; none unless
// the server listens on all of them.
func (s *Server) instead(base *url.URL) (out []string) {
	if ip, err := netip.ParseAddr(strings.Trim(s.options.Address, "[]")); err != nil || !ip.IsUnspecified() || s.options.Addresses == nil {
		return nil
	}
	for _, ip := range s.options.Addresses() {
		if ip = ip.Unmap(); !ip.IsLoopback() && !ip.IsLinkLocalUnicast() && ip.IsValid() {
			at := *base
			at.Host = ip.String()
			if ip.Is6() {
				at.Host = "[" + at.Host + "]"
			}
			if port := base.Port(); port != "" {
				at.Host += ":" + port
			}
			at.RawQuery, at.Fragment = "", ""
			out = append(out, at.String())
		}
	}
	slices.Sort(out)
	return out[:min(len(out), 4)]
}

// OwnAddresses are the addresses of this machine's interfaces.
func OwnAddresses() (out []netip.Addr) {
	all, err := net.InterfaceAddrs()
	if err != nil {
		return nil // the page then says how to bind, and not where
	}
	for _, a := range all {
		if p, err := netip.ParsePrefix(a.String()); err == nil {
			out = append(out, p.Addr())
		}
	}
	return out
}
