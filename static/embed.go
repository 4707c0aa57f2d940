// Package static holds the built page: what `make generate` writes from web/, and nothing else.
package static

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"path"
	"sync"
)

//go:embed *
var files embed.FS

// Read returns a file of the page by its name; false where there is none.
func Read(name string) ([]byte, bool) {
	if path.Ext(name) == ".go" {
		return nil, false
	}
	b, err := files.ReadFile(name)
	return b, err == nil
}

// Hash is a short hash over all files: an address that carries it may be kept for ever.
var Hash = sync.OnceValue(func() string {
	h := sha256.New()
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := files.ReadFile(name)
		h.Write([]byte(name))
		h.Write(b)
		return err
	})
	if err != nil {
		return "unknown"
	}
	return hex.EncodeToString(h.Sum(nil))[:12]
})
