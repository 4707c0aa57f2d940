package server

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/kubestrata/kubestrata/internal/source"
)

// livez says that the process answers; it asks nobody else.
func (s *Server) livez(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	fmt.Fprintln(w, "ok")
}

// readyz says whether there is something to see: not while shutting down, nor before the default source has sent its
// lists. With ?verbose it names what is missing.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	var lines []string
	ready := true
	check := func(name string, missing ...string) {
		if len(missing) == 0 {
			lines = append(lines, "[+] "+name+" ok")
			return
		}
		ready = false
		lines = append(lines, "[-] "+name+" not ready: "+strings.Join(missing, ", "))
	}
	if s.closing.Load() {
		check("server", "shutting down")
	} else {
		check("server")
	}
	id, problem := s.options.Catalog.Default()
	switch {
	case problem != nil:
		check("source", problem.Error())
	default:
		opened, release, err := s.options.Catalog.Use(id)
		if err != nil {
			check("source "+id, err.Error())
			break
		}
		check("source "+id, source.NotSynced(opened.Store.View())...)
		release()
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	if !ready {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	if !r.URL.Query().Has("verbose") {
		lines = []string{"ok"}
		if !ready {
			lines = []string{"not ready; /readyz?verbose says why"}
		}
	}
	fmt.Fprintln(w, strings.Join(lines, "\n"))
}
