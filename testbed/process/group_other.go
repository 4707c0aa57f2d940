//go:build !linux

package process

import "syscall"

// ownGroupDyingWithParent cannot keep its promise here, which is why the testbed runs on Linux only.
func ownGroupDyingWithParent(bool) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
