// Command testbed starts a real Kubernetes control plane on this machine.
package main

import (
	"os"

	"github.com/kubestrata/kubestrata/testbed/cli"
)

func main() {
	os.Exit(cli.Main(os.Args[1:], os.Stdout, os.Stderr))
}
