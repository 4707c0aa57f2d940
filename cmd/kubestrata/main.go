// Command kubestrata shows a Kubernetes cluster's network as three layers, live in a browser, and says what happens to a
// request on its way through them.
package main

import (
	"context"
	"os"

	"github.com/kubestrata/kubestrata/internal/cli"
)

func main() {
	os.Exit(cli.Main(context.Background(), os.Args, os.Stdin, os.Stdout, os.Stderr))
}
