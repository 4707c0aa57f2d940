package names

import (
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/coredns/caddy"
	"github.com/coredns/coredns/core/dnsserver"
	_ "github.com/coredns/coredns/plugin/autopath" // the plug-ins of the Corefiles that are made here
	_ "github.com/coredns/coredns/plugin/bind"
	_ "github.com/coredns/coredns/plugin/cache"
	_ "github.com/coredns/coredns/plugin/errors"
	_ "github.com/coredns/coredns/plugin/file"
	_ "github.com/coredns/coredns/plugin/forward"
	_ "github.com/coredns/coredns/plugin/hosts"
	_ "github.com/coredns/coredns/plugin/kubernetes"
	clog "github.com/coredns/coredns/plugin/pkg/log"
	_ "github.com/coredns/coredns/plugin/rewrite"
	_ "github.com/coredns/coredns/plugin/template"
	"github.com/miekg/dns"

	kdns "github.com/kubestrata/kubestrata/internal/dns"
)

// coreDNS runs CoreDNS for worlds, one after the other: it is one program with a state of its own.
type coreDNS struct {
	api *apiServer
	dir string
}

func newCoreDNS(dir string) *coreDNS {
	dnsserver.Quiet = true
	clog.Discard()
	log.SetOutput(io.Discard)
	return &coreDNS{api: newAPIServer(), dir: dir}
}

func (c *coreDNS) close() {
	c.api.CloseClientConnections()
	c.api.Close()
}

// session is a world being served.
type session struct {
	stops  []func()
	conn   *dns.Conn
	client *dns.Client
}

// start serves a world: the resolvers of its surroundings first, as a CoreDNS that knows of no cluster, then the
// cluster's.
func (c *coreDNS) start(w *world) (*session, error) {
	s := &session{client: &dns.Client{UDPSize: 8192, Timeout: 5 * time.Second}}
	outside, err := freePort(lanIP, internetIP)
	if err != nil {
		return nil, err
	}
	file, err := c.outsideCorefile(w, outside)
	if err != nil {
		return nil, err
	}
	if err := s.run(file); err != nil {
		s.stop()
		return nil, fmt.Errorf("resolvers: %w", err)
	}
	url, remove := c.api.add(w)
	s.stops = append(s.stops, remove)
	port, err := freePort(serverIP)
	if err != nil {
		s.stop()
		return nil, err
	}
	hosts := filepath.Join(c.dir, hostsFileName)
	if err := os.WriteFile(hosts, []byte(w.hostsFile), 0o600); err != nil {
		s.stop()
		return nil, err
	}
	if err := s.run(serverText(w, port, outside, url, hosts)); err != nil {
		s.stop()
		return nil, err
	}
	if s.conn, err = s.client.Dial(net.JoinHostPort(serverIP, fmt.Sprint(port))); err != nil {
		s.stop()
		return nil, err
	}
	return s, nil
}

func (s *session) run(corefile string) error {
	instance, err := caddy.Start(caddy.CaddyfileInput{Filepath: "Corefile", Contents: []byte(corefile), ServerTypeName: "dns"})
	if err != nil {
		return fmt.Errorf("%w\n%s", err, corefile)
	}
	s.stops = append(s.stops, func() {
		instance.ShutdownCallbacks()
		// What a stopped server complains about changes no answer.
		_ = instance.Stop()
	})
	return nil
}

func (s *session) stop() {
	if s.conn != nil {
		s.conn.Close()
	}
	for i := len(s.stops) - 1; i >= 0; i-- {
		s.stops[i]()
	}
	s.stops = nil // some plug-ins cannot be stopped twice
}

// serverText is the world's Corefile with the ports and files of this machine.
func serverText(w *world, port, outside int, url, hosts string) string {
	c := w.copy()
	change := func(list []directive) {
		for i := range list {
			words := strings.Fields(list[i].head)
			switch words[0] {
			case "kubernetes":
				list[i].options = append(list[i].options, "endpoint "+url)
			case "hosts":
				list[i].head = strings.Replace(list[i].head, hostsFileDir+hostsFileName, hosts, 1)
			case "forward":
				to := words[2]
				if to == nodesFile {
					to = lanIP
				}
				list[i].head = fmt.Sprintf("forward %s %s:%d", words[1], to, outside)
			}
		}
	}
	change(c.snippet)
	for _, b := range c.blocks {
		change(b.directives)
	}
	return c.corefile(fmt.Sprintf(":%d", port))
}

// outsideCorefile serves the zones of the resolvers from zone files, and forwards the rest.
func (c *coreDNS) outsideCorefile(w *world, port int) (string, error) {
	var b strings.Builder
	for _, r := range w.resolvers {
		for zone, records := range r.Zones {
			if zone != "." {
				zone += "."
			}
			path := filepath.Join(c.dir, "db."+r.Name+"."+zone)
			if err := os.WriteFile(path, []byte(zoneFile(zone, records)), 0o600); err != nil {
				return "", err
			}
			fmt.Fprintf(&b, "%s:%d {\n\tbind %s\n\tfile %s\n}\n", zone, port, r.Address, path)
		}
		if r.Next != "" {
			fmt.Fprintf(&b, ".:%d {\n\tbind %s\n\tforward . %s:%d\n}\n", port, r.Address, addressOf(w, r.Next), port)
		}
	}
	return b.String(), nil
}

func addressOf(w *world, name string) string {
	for _, r := range w.resolvers {
		if r.Name == name {
			return r.Address.String()
		}
	}
	return ""
}

// zoneFile writes records as surroundings hold them in the form of RFC 1035.
func zoneFile(zone string, records map[string]string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "$ORIGIN %s\n@ 300 IN SOA ns.invalid. hostmaster.invalid. 1 7200 1800 86400 30\n@ 300 IN NS ns.invalid.\n", zone)
	for name, value := range records {
		if zone == "." || strings.HasSuffix(name+".", "."+zone) {
			name += "."
		}
		for _, v := range strings.Split(value, ",") {
			v = strings.TrimSpace(v)
			ip := net.ParseIP(v)
			switch {
			case ip == nil:
				fmt.Fprintf(&b, "%s 300 IN CNAME %s.\n", name, v)
			case ip.To4() != nil:
				fmt.Fprintf(&b, "%s 300 IN A %s\n", name, v)
			default:
				fmt.Fprintf(&b, "%s 300 IN AAAA %s\n", name, v)
			}
		}
	}
	return b.String()
}

// freePort is a port that is free at all addresses for UDP and TCP.
func freePort(addrs ...string) (int, error) {
	for range 20 {
		l, err := net.Listen("tcp", net.JoinHostPort(addrs[0], "0"))
		if err != nil {
			return 0, err
		}
		port := l.Addr().(*net.TCPAddr).Port
		l.Close()
		free := true
		for _, a := range addrs {
			p, err := net.ListenPacket("udp", net.JoinHostPort(a, fmt.Sprint(port)))
			if err != nil {
				free = false
				break
			}
			p.Close()
		}
		if free {
			return port, nil
		}
	}
	return 0, fmt.Errorf("no port is free at %v", addrs)
}

// said is an answer in the terms of internal/dns.
type said struct {
	rcode   string
	records []kdns.Record
}

// ask puts one question to the world's server.
func (s *session) ask(q kdns.Question) (said, error) {
	m := new(dns.Msg)
	m.SetQuestion(dns.Fqdn(q.Name), dns.StringToType[q.Type])
	m.SetEdns0(8192, false)
	r, _, err := s.client.ExchangeWithConn(m, s.conn)
	if err != nil {
		return said{}, fmt.Errorf("%s %s: %w", q.Type, q.Name, err)
	}
	out := said{rcode: dns.RcodeToString[r.Rcode]}
	for _, rr := range r.Answer {
		out.records = append(out.records, recordOf(rr))
	}
	if r.Truncated {
		return out, fmt.Errorf("%s %s: the answer is cut", q.Type, q.Name)
	}
	return out, nil
}

func recordOf(rr dns.RR) kdns.Record {
	h := rr.Header()
	out := kdns.Record{Name: strings.ToLower(h.Name), Type: dns.TypeToString[h.Rrtype], TTL: int(h.Ttl)}
	out.Value = strings.ToLower(strings.TrimPrefix(rr.String(), h.String()))
	return out
}
