package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"net/netip"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/kubestrata/kubestrata/internal/kube"
	"github.com/kubestrata/kubestrata/internal/server"
	"github.com/kubestrata/kubestrata/internal/source"
	"github.com/kubestrata/kubestrata/internal/stream"
)

type serveCommand struct {
	objects
	streams
	address        string
	port           int
	open           bool
	tokenFile      string
	allowedHosts   []string
	allowedOrigins []string
	metricsAddress string
	debugAddress   string
	logFormat      string
	logLevel       string
	states         bool
}

// usualPort is taken where --port is not given; if it is in use, any free one.
const usualPort = 8080

// shutdownTime bounds how long an orderly end may take.
const shutdownTime = 9 * time.Second

func (c *serveCommand) bind(fs *pflag.FlagSet) {
	fs.StringVar(&c.address, "address", "127.0.0.1", "Address to listen on; other than loopback it wants --token-file")
	fs.IntVar(&c.port, "port", usualPort, "Port to listen on; 0 picks a free one")
	fs.BoolVar(&c.open, "open", false, "Open a browser")
	fs.StringVar(&c.tokenFile, "token-file", "", "File with the token that browsers must know")
	fs.StringSliceVar(&c.allowedHosts, "allowed-hosts", nil, "Further names by which browsers may reach this server, for proxies (*.example.com takes all below)")
	fs.StringSliceVar(&c.allowedOrigins, "allowed-origins", nil, "Further origins whose pages may connect, for proxies: http://127.0.0.1:8001")
	fs.StringVar(&c.metricsAddress, "metrics-address", "", "ADDRESS:PORT to serve /metrics on; not served without it")
	fs.StringVar(&c.debugAddress, "debug-address", "", "ADDRESS:PORT to serve /debug/pprof on; not served without it")
	fs.StringVar(&c.logFormat, "log-format", "text", "text or json")
	fs.StringVar(&c.logLevel, "log-level", "warn", "debug, info, warn or error")
	fs.BoolVar(&c.states, "states", false, "Serve /states, which shows every component of the page once; worlds stand still")
	_ = fs.MarkHidden("states") // for whoever works on the page; the flag exists, so there is no error
	c.objects.bind(fs)
	fs.SortFlags = false
}

func (c *serveCommand) run(ctx context.Context, fs *pflag.FlagSet) error {
	log, err := c.logger()
	if err != nil {
		return err
	}
	if err := c.check(); err != nil {
		return err
	}
	token, err := c.token()
	if err != nil {
		return err
	}
	for _, o := range c.allowedOrigins {
		if u, err := url.Parse(o); err != nil || u.Scheme == "" || u.Host == "" || strings.Trim(u.Path, "/") != "" {
			return usage("--allowed-origins: %s is not an origin such as http://127.0.0.1:8001", o)
		}
	}
	kube.LogTo(log)
	c.stdin, c.still = c.in, c.states
	c.say = func(text string) { fmt.Fprintln(c.err, text) }

	listener, err := c.listen(ctx, fs.Changed("port"))
	if err != nil {
		return err
	}
	metrics := server.NewMetrics()
	catalog := source.New(ctx, source.Options{
		Choices: c.choices, Open: c.objects.open, Default: c.choose, About: aboutSource, Log: log,
		Stream: stream.Options{Latency: metrics.Latency, Sent: metrics.Sent},
	})
	defer catalog.Close()
	site := server.New(server.Options{
		Catalog: catalog, Build: versionNow().build(), Token: token, AllowedHosts: c.allowedHosts,
		AllowedOrigins: c.allowedOrigins, Address: c.address, Addresses: server.OwnAddresses, Log: log, Metrics: metrics,
		States: c.states,
	})
	address := "http://" + hostPort(listener.Addr()) + "/"
	fmt.Fprintf(c.out, "Kubestrata is at %s\n", address)
	if release := warm(catalog, log); release != nil {
		defer release()
	}
	failed := make(chan error, 3)
	main := begin(listener, site, log, failed)
	others, err := c.others(ctx, metrics, log, failed)
	if err != nil {
		return err
	}
	if c.open {
		if err := openBrowser(address); err != nil {
			c.say("the browser could not be opened: " + err.Error())
		}
	}
	select {
	case err = <-failed:
	case <-ctx.Done():
	}
	// The context is over; what is left has its own time.
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTime)
	defer cancel()
	site.Drain(end)
	for _, s := range append(others, main) {
		if stop := s.Shutdown(end); stop != nil {
			_ = s.Close()
		}
	}
	return err
}

// warm opens the default source at once, so that its lists are on their way before the first browser comes, and keeps it
// open. Why it cannot be opened stands on the page.
func warm(catalog *source.Catalog, log *slog.Logger) (release func()) {
	_, release, err := catalog.Use("")
	if err != nil {
		log.Warn("the default source cannot be opened", "error", err)
		return nil
	}
	return release
}

func (c *serveCommand) logger() (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.logLevel)); err != nil {
		return nil, usage("--log-level %s: want debug, info, warn or error", c.logLevel)
	}
	o := &slog.HandlerOptions{Level: level}
	switch c.logFormat {
	case "text":
		return slog.New(slog.NewTextHandler(c.err, o)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(c.err, o)), nil
	}
	return nil, usage("--log-format %s: want text or json", c.logFormat)
}

// token reads the token. Whoever can reach this server can see the cluster, so beyond this machine it takes one.
func (c *serveCommand) token() (string, error) {
	if c.tokenFile == "" {
		if !loopback(c.address) {
			return "", usage("--address %s can be reached from other machines: give a token with --token-file, or stay on 127.0.0.1", c.address)
		}
		return "", nil
	}
	data, err := os.ReadFile(c.tokenFile)
	if err != nil {
		return "", fmt.Errorf("--token-file: %w", err)
	}
	token := strings.TrimSpace(string(data))
	if len(token) < 16 {
		return "", usage("--token-file: the token has %d characters, want 16 or more", len(token))
	}
	return token, nil
}

func loopback(address string) bool {
	if address == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(strings.Trim(address, "[]"))
	return err == nil && ip.IsLoopback()
}

func (c *serveCommand) listen(ctx context.Context, given bool) (net.Listener, error) {
	if c.port < 0 || c.port > 65535 {
		return nil, usage("--port %d: want 0 to 65535", c.port)
	}
	var config net.ListenConfig
	host := strings.Trim(c.address, "[]")
	l, err := config.Listen(ctx, "tcp", net.JoinHostPort(host, strconv.Itoa(c.port)))
	if err != nil && !given {
		return config.Listen(ctx, "tcp", net.JoinHostPort(host, "0"))
	}
	return l, err
}

// hostPort is an address that a browser on this machine can open.
func hostPort(a net.Addr) string {
	ap, err := netip.ParseAddrPort(a.String())
	if err != nil {
		return a.String()
	}
	if ap.Addr().IsUnspecified() {
		return "127.0.0.1:" + strconv.Itoa(int(ap.Port()))
	}
	return ap.String()
}

func begin(l net.Listener, h http.Handler, log *slog.Logger, failed chan<- error) *http.Server {
	s := &http.Server{
		Handler: h, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	go func() {
		if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			failed <- err
		}
	}()
	return s
}

// others serves metrics and profiles on addresses of their own.
func (c *serveCommand) others(ctx context.Context, m *server.Metrics, log *slog.Logger, failed chan<- error) ([]*http.Server, error) {
	var out []*http.Server
	add := func(flag, address string, h http.Handler) error {
		if address == "" {
			return nil
		}
		var config net.ListenConfig
		l, err := config.Listen(ctx, "tcp", address)
		if err != nil {
			return fmt.Errorf("%s: %w", flag, err)
		}
		out = append(out, begin(l, h, log, failed))
		return nil
	}
	if err := add("--metrics-address", c.metricsAddress, m.Handler()); err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	return out, add("--debug-address", c.debugAddress, mux)
}
