//go:build linux

// Package echo is the application of the data plane's pods and hosts: it says who answered, and whom it saw.
package echo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"syscall"
	"time"

	"github.com/kubestrata/kubestrata/testbed/dataplane/netns"
)

// An Answer is what a server says.
type Answer struct {
	// Name is who answers, Port on which of its ports.
	Name string `json:"name"`
	Port int    `json:"port"`
	// Seen is the address that the request came from.
	Seen string `json:"seen"`
	// Host and Path are those of the request; both are empty over UDP.
	Host string `json:"host,omitempty"`
	Path string `json:"path,omitempty"`
}

// A Server listens until it is closed.
type Server struct{ closers []func() error }

// Close ends it.
func (s *Server) Close() {
	for _, c := range s.closers {
		_ = c() // nothing can be done about a socket that does not close
	}
}

// Serve answers in a namespace on these TCP ports by HTTP, and on these UDP ports a datagram for each.
func Serve(n *netns.Namespace, name string, tcp, udp []int) (*Server, error) {
	s := &Server{}
	for _, port := range tcp {
		listener, err := n.Listen(fmt.Sprintf("0.0.0.0:%d", port))
		if err != nil {
			s.Close()
			return nil, fmt.Errorf("listen on %s: %w", name, err)
		}
		server := &http.Server{Handler: handler(name, port), ReadHeaderTimeout: 10 * time.Second}
		s.closers = append(s.closers, server.Close)
		go func() { _ = server.Serve(listener) }() // always ends with an error, that it was closed
	}
	for _, port := range udp {
		conn, err := n.ListenPacket(fmt.Sprintf("0.0.0.0:%d", port))
		if err != nil {
			s.Close()
			return nil, fmt.Errorf("listen on %s: %w", name, err)
		}
		s.closers = append(s.closers, conn.Close)
		go datagrams(conn, name, port)
	}
	return s, nil
}

func handler(name string, port int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen, _, _ := net.SplitHostPort(r.RemoteAddr)
		w.Header().Set("Connection", "close")
		_ = json.NewEncoder(w).Encode(Answer{Name: name, Port: port, Seen: seen, Host: r.Host, Path: r.URL.Path})
	})
}

func datagrams(conn net.PacketConn, name string, port int) {
	buffer := make([]byte, 1500)
	for {
		_, from, err := conn.ReadFrom(buffer)
		if err != nil {
			return // closed
		}
		seen, _, _ := net.SplitHostPort(from.String())
		reply, err := json.Marshal(Answer{Name: name, Port: port, Seen: seen})
		if err == nil {
			_, _ = conn.WriteTo(reply, from) // the client notices what does not come
		}
	}
}

// Datagram sends one from a namespace and waits for the answer until the context ends.
func Datagram(ctx context.Context, n *netns.Namespace, to string) (answer Answer, err error) {
	conn, err := n.Dial(ctx, "udp4", to)
	if err != nil {
		return Answer{}, err
	}
	defer conn.Close()
	if deadline, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(deadline); err != nil {
			return Answer{}, err
		}
	}
	// A rule that takes what a machine itself sends says so to the sender (EPERM), whether it refuses or drops: which of
	// the two it is, the read tells.
	if _, err := conn.Write([]byte("hello")); err != nil && !errors.Is(err, syscall.EPERM) {
		return Answer{}, err
	}
	buffer := make([]byte, 1500)
	read, err := conn.Read(buffer)
	if err != nil {
		return Answer{}, err
	}
	return answer, json.Unmarshal(buffer[:read], &answer)
}
