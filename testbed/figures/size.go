package figures

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
)

// Size is that of the page's scripts and stylesheets in a directory, each gzipped as a server would.
func Size(dir string) (Figure, error) {
	total := 0
	for _, pattern := range []string{"*.js", "*.css"} {
		files, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			return Figure{}, err
		}
		for _, name := range files {
			if strings.HasPrefix(filepath.Base(name), "states.") {
				continue // the sheet of all states is off in production
			}
			content, err := os.ReadFile(name)
			if err != nil {
				return Figure{}, err
			}
			var z bytes.Buffer
			w, err := gzip.NewWriterLevel(&z, gzip.BestCompression)
			if err != nil {
				return Figure{}, err
			}
			if _, err := w.Write(content); err != nil {
				return Figure{}, err
			}
			if err := w.Close(); err != nil {
				return Figure{}, err
			}
			total += z.Len()
		}
	}
	return Figure{What: "JavaScript and CSS of all pages, gzip", Value: float64(total) / 1000, Unit: "KB", Limit: 120}, nil
}
