package process

import (
	"os"
	"syscall"

	"golang.org/x/term"
)

func ownGroupDyingWithParent(interactive bool) *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{
		// A Ctrl-C in the terminal reaches only the testbed, which then ends its programs in order.
		Setpgid:   true,
		Pdeathsig: syscall.SIGKILL,
	}
	if stdin := int(os.Stdin.Fd()); interactive && term.IsTerminal(stdin) {
		// A program in the background could not read from the terminal.
		attr.Foreground = true
		attr.Ctty = stdin
	}
	return attr
}
