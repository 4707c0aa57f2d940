package server

import (
	"mime"
	"net/http"
	"path"

	"github.com/go-chi/chi/v5"

	"github.com/kubestrata/kubestrata/static"
)

var contentTypes = map[string]string{
	".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml",
	".woff2": "font/woff2", ".map": "application/json", ".txt": "text/plain; charset=utf-8", ".png": "image/png",
}

// static serves the built page. An address with the hash of the files never changes its content.
func (s *Server) static(w http.ResponseWriter, r *http.Request) {
	name := path.Clean(chi.URLParam(r, "*"))
	body, ok := static.Read(name)
	if !ok {
		fail(w, http.StatusNotFound, problem{"not-found", "there is no such file", ""})
		return
	}
	h := w.Header()
	etag := `"` + static.Hash() + `"`
	h.Set("ETag", etag)
	h.Set("Cache-Control", "no-cache")
	if r.URL.Query().Get("v") == static.Hash() {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	if r.Header.Get("If-None-Match") == etag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	contentType := contentTypes[path.Ext(name)]
	if contentType == "" {
		contentType = mime.TypeByExtension(path.Ext(name))
	}
	if contentType == "" {
		contentType = "application/octet-stream"
	}
	h.Set("Content-Type", contentType)
	_, _ = w.Write(body)
}
