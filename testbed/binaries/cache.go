package binaries

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// cacheEnv overrides where everything that outlives a testbed is kept.
const cacheEnv = "KUBESTRATA_TESTBED_CACHE"

// CacheDir is where built programs and the record of running testbeds are kept.
func CacheDir() (string, error) {
	if dir := os.Getenv(cacheEnv); dir != "" {
		return filepath.Abs(dir)
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find the user's cache directory (set %s instead): %w", cacheEnv, err)
	}
	return filepath.Join(dir, "kubestrata", "testbed"), nil
}

// cacheKey changes when anything changes that decides what the built programs are.
func cacheKey(ctx context.Context, module string, parts []part) (string, error) {
	cmd := exec.CommandContext(ctx, "go", "env", "GOVERSION", "GOOS", "GOARCH")
	cmd.Dir = module
	cmd.Stderr = os.Stderr
	toolchain, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("ask for Go's version (is go on the PATH?): %w", err)
	}
	h := sha256.New()
	h.Write(toolchain)
	for _, name := range []string{"go.mod", "go.sum"} {
		data, err := os.ReadFile(filepath.Join(module, name))
		if err != nil {
			return "", fmt.Errorf("read what is built: %w", err)
		}
		fmt.Fprintf(h, "%s %d\n", name, len(data))
		h.Write(data)
	}
	for _, p := range parts {
		fmt.Fprintf(h, "%s %s %s\n", p.name, p.pkg, p.ldflags)
	}
	return hex.EncodeToString(h.Sum(nil))[:16], nil
}

// Source is the directory of the testbed's own module.
func Source() (string, error) {
	parts, err := moduleDir()
	return filepath.Dir(parts), err
}

// moduleDir finds testbed/parts, the module that pins what is built: beside this file where the compiler
// recorded its place, otherwise in the working directory or above it.
func moduleDir() (string, error) {
	if _, file, _, ok := runtime.Caller(0); ok {
		dir := filepath.Join(filepath.Dir(filepath.Dir(file)), "parts")
		if isParts(dir) {
			return dir, nil
		}
	}
	wd, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for dir := wd; ; dir = filepath.Dir(dir) {
		for _, candidate := range []string{filepath.Join(dir, "parts"), filepath.Join(dir, "testbed", "parts")} {
			if isParts(candidate) {
				return candidate, nil
			}
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("find testbed/parts/go.mod at or above %s (run the testbed inside a clone of Kubestrata): %w", wd, fs.ErrNotExist)
		}
	}
}

func isParts(dir string) bool {
	data, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	return err == nil && strings.Contains(string(data), "module github.com/kubestrata/kubestrata/testbed/parts\n")
}
