// Command wiregen writes web/src/wire.ts from the types and constants of internal/wire, and web/src/kinds.ts from the kinds
// of steps of a trace, so that the page and the server cannot disagree about what travels. Run it from the top of the
// repository: go run ./internal/wire/wiregen
package main

import (
	"fmt"
	"os"

	"github.com/kubestrata/kubestrata/internal/trace"
)

const (
	source = "internal/wire"
	target = "web/src/wire.ts"
	steps  = "web/src/kinds.ts"
)

func main() {
	text, err := generate(source)
	if err == nil {
		err = os.WriteFile(target, []byte(text), 0o644)
	}
	if err == nil {
		err = os.WriteFile(steps, []byte(stepKinds(trace.StepKinds)), 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "wiregen:", err)
		os.Exit(1)
	}
}
