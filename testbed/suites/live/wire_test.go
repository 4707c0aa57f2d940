package live

import (
	"io"
	"net"
	"net/url"
	"path/filepath"
	"sync"
	"testing"

	"k8s.io/client-go/tools/clientcmd"
)

// A wire lies between a source and the API server, and can be cut while both go on.
type wire struct {
	listener net.Listener
	server   string

	mu    sync.Mutex
	cut   bool
	conns map[net.Conn]bool
}

// wired returns a copy of a kubeconfig whose connections run over a wire.
func wired(t *testing.T, kubeconfig string) (path string, w *wire) {
	t.Helper()
	config, err := clientcmd.LoadFromFile(kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	w = &wire{conns: map[net.Conn]bool{}}
	if w.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	for _, c := range config.Clusters {
		server, err := url.Parse(c.Server)
		if err != nil {
			t.Fatal(err)
		}
		w.server = server.Host
		server.Host = w.listener.Addr().String()
		c.Server = server.String()
	}
	path = filepath.Join(t.TempDir(), "wired.kubeconfig")
	if err := clientcmd.WriteToFile(*config, path); err != nil {
		t.Fatal(err)
	}
	var ended sync.WaitGroup
	ended.Go(func() { w.accept(&ended) })
	t.Cleanup(func() {
		w.listener.Close()
		w.setCut(true)
		ended.Wait()
	})
	return path, w
}

func (w *wire) accept(ended *sync.WaitGroup) {
	for {
		near, err := w.listener.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", w.server)
		if err != nil {
			near.Close()
			continue
		}
		if !w.hold(near, far) {
			continue
		}
		for _, pair := range [][2]net.Conn{{near, far}, {far, near}} {
			ended.Go(func() {
				_, _ = io.Copy(pair[0], pair[1]) // ends when either is closed
				near.Close()
				far.Close()
			})
		}
	}
}

// hold keeps a pair of connections to be cut, or closes it where the wire is.
func (w *wire) hold(near, far net.Conn) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.cut {
		near.Close()
		far.Close()
		return false
	}
	w.conns[near], w.conns[far] = true, true
	return true
}

// setCut cuts the wire or mends it.
func (w *wire) setCut(cut bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut = cut
	if !cut {
		return
	}
	for c := range w.conns {
		c.Close()
	}
	clear(w.conns)
}
