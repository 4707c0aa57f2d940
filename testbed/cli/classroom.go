package cli

import (
	"context"
	"io"
)

func classroom(ctx context.Context, args []string, stdout, stderr io.Writer) (int, error) {
	return 0, nil
}
