package cli

import (
	"context"
	"flag"
	"fmt"
	"io"

	"github.com/kubestrata/kubestrata/testbed/binaries"
)

func build(ctx context.Context, args []string, _, stderr io.Writer) (int, error) {
	flags := flag.NewFlagSet("testbed build", flag.ContinueOnError)
	flags.SetOutput(stderr)
	if err := flags.Parse(args); err != nil {
		return 2, err
	}
	set, err := binaries.Ensure(ctx, stderr)
	if err != nil {
		return 1, err
	}
	fmt.Fprintf(stderr, "testbed: the programs are built: %s and the others beside it\n", set.APIServer)
	return 0, nil
}
