package process

import "syscall"

func ownGroupDyingWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{
		// A Ctrl-C in the terminal reaches only the testbed, which then ends its programs in order.
		Setpgid:   true,
		Pdeathsig: syscall.SIGKILL,
	}
}
