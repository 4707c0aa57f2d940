//go:build linux

// Package netns makes network namespaces that live as long as this process and leave nothing behind.
//
// A namespace here has no name under /run/netns: it is held by a file descriptor, and the kernel takes it away with
// everything in it when the last descriptor is closed and the last process in it has ended.
package netns

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"
)

// A Namespace is a network of its own: interfaces, routes, rules, sockets.
type Namespace struct {
	// Name is used in messages only.
	Name string
	file *os.File
}

// New makes a namespace in which only the loopback interface exists, and is up.
// Errors say whether the right to make one is missing.
func New(name string) (*Namespace, error) {
	n := &Namespace{Name: name}
	err := apart(func() error {
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			return fmt.Errorf("make a network namespace (this needs root): %w", err)
		}
		file, err := os.Open("/proc/thread-self/ns/net")
		if err != nil {
			return fmt.Errorf("hold the new network namespace: %w", err)
		}
		n.file = file
		return nil
	})
	if err != nil {
		return nil, err
	}
	return n, n.IP(context.Background(), "link set lo up")
}

// Close lets go of the namespace; what still runs in it keeps it alive.
func (n *Namespace) Close() error { return n.file.Close() }

// Path is where other programs of this machine find the namespace while this process lives.
func (n *Namespace) Path() string { return fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), n.file.Fd()) }

// Do runs f on a thread that is in the namespace. Sockets that f opens stay in the namespace for as long as they are open.
// f must not start goroutines that open more.
func (n *Namespace) Do(f func() error) error {
	return apart(func() error {
		if err := unix.Setns(int(n.file.Fd()), unix.CLONE_NEWNET); err != nil {
			return fmt.Errorf("enter the network of %s: %w", n.Name, err)
		}
		return f()
	})
}

// apart runs f on a thread that ends with it, since a thread that has been elsewhere must not run anything else.
func apart(f func() error) error {
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the runtime ends the thread with the goroutine
		done <- f()
	}()
	return <-done
}

// Listen opens a listening socket in the namespace.
func (n *Namespace) Listen(address string) (listener net.Listener, err error) {
	err = n.Do(func() error {
		listener, err = net.Listen("tcp4", address)
		return err
	})
	return listener, err
}

// ListenPacket opens a UDP socket in the namespace.
func (n *Namespace) ListenPacket(address string) (conn net.PacketConn, err error) {
	err = n.Do(func() error {
		conn, err = net.ListenPacket("udp4", address)
		return err
	})
	return conn, err
}

// Dial connects from the namespace to an address, which must not be a name.
func (n *Namespace) Dial(ctx context.Context, network, address string) (conn net.Conn, err error) {
	err = n.Do(func() error {
		conn, err = new(net.Dialer).DialContext(ctx, network, address)
		return err
	})
	return conn, err
}

// Command is a program that will run in the namespace.
func (n *Namespace) Command(ctx context.Context, name string, args ...string) *exec.Cmd {
	return exec.CommandContext(ctx, "nsenter", append([]string{"--net=" + n.Path(), name}, args...)...)
}

// IP runs lines of `ip`, all or up to the first that fails.
func (n *Namespace) IP(ctx context.Context, lines ...string) error {
	return n.feed(ctx, strings.Join(lines, "\n")+"\n", "ip", "-batch", "-")
}

// Nft loads a ruleset.
func (n *Namespace) Nft(ctx context.Context, ruleset string) error {
	return n.feed(ctx, ruleset, "nft", "-f", "-")
}

func (n *Namespace) feed(ctx context.Context, input, name string, args ...string) error {
	cmd := n.Command(ctx, name, args...)
	cmd.Stdin = strings.NewReader(input)
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s in the network of %s: %w: %s\n%s", name, n.Name, err, strings.TrimSpace(output.String()), input)
	}
	return nil
}

// Sysctl sets what the kernel keeps for each network, such as net.ipv4.ip_forward.
func (n *Namespace) Sysctl(settings map[string]string) error {
	return n.Do(func() error {
		for key, value := range settings {
			// /proc/sys/net shows the network of the thread that looks.
			path := "/proc/sys/" + strings.ReplaceAll(key, ".", "/")
			if err := os.WriteFile(path, []byte(value), 0); err != nil {
				return fmt.Errorf("set %s in the network of %s: %w", key, n.Name, err)
			}
		}
		return nil
	})
}
