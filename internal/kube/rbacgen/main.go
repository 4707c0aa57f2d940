// Rbacgen writes deploy/rbac.yaml from the table of what Kubestrata reads. Run it from the top of the repository, or give
// it the path to write; "-" writes to standard output.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	path := filepath.Join("deploy", "rbac.yaml")
	if len(os.Args) > 1 {
		path = os.Args[1]
	}
	if err := write(path); err != nil {
		fmt.Fprintln(os.Stderr, "rbacgen:", err)
		os.Exit(1)
	}
}

func write(path string) error {
	text, err := Manifest()
	if err != nil {
		return err
	}
	if path == "-" {
		_, err = os.Stdout.Write(text)
		return err
	}
	return os.WriteFile(path, text, 0o644)
}
