// Command pictures takes the pictures of the README: of the real program, in a real browser.
//
// usage: pictures BINARY DIRECTORY
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"github.com/kubestrata/kubestrata/testbed/browser"
)

// A scene is one state of the page.
type scene struct {
	name, world   string
	from, command string
	step          string // the kind of the step to stand at; the last one of that kind
}

var scenes = []scene{
	{name: "idle", world: "tour"},
	{name: "address-swapped", world: "tour", from: "pod/default/toolbox", command: "curl http://web/", step: "rules.dnat"},
	{name: "nodeport-reply", world: "tour", from: "lan/laptop", command: "curl http://192.168.10.12:30080/", step: "reply"},
	{name: "ingress", world: "tour", from: "internet/user", command: "curl http://shop.test/api/items", step: "proxy.connect"},
	{name: "denied", world: "ckad/calico", command: "kubectl exec -it busybox -- wget --spider --timeout=1 nginx", step: "policy.ingress"},
	{name: "refused", world: "tour", from: "pod/default/toolbox", command: "curl http://pay/", step: "rules.reject"},
}

var sizes = []browser.Options{
	{Width: 1440, Height: 900},
	{Width: 1440, Height: 900, Dark: true},
	{Width: 1024, Height: 768},
	{Width: 1024, Height: 768, Dark: true},
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: pictures BINARY DIRECTORY")
		os.Exit(2)
	}
	if err := run(ctx, os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "pictures:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, binary, dir string) error {
	b, err := browser.Start(ctx)
	if err != nil {
		return err
	}
	defer b.Close()
	for _, s := range scenes {
		p, err := browser.Run(ctx, binary, nil, "--world", s.world)
		if err != nil {
			return err
		}
		for _, o := range sizes {
			if err := take(b, p.URL, dir, s, o); err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
		}
		if err := p.Stop(); err != nil {
			return err
		}
	}
	return nil
}

func take(b *browser.Browser, url, dir string, s scene, o browser.Options) error {
	o.ReducedMotion = true // a finished state, not one in the middle of a movement
	ctx, closeTab, err := b.Tab(time.Minute, o)
	if err != nil {
		return err
	}
	defer closeTab()
	if err := browser.Open(ctx, url); err != nil {
		return err
	}
	if s.command != "" {
		a, err := browser.Trace(ctx, s.from, s.command)
		if err != nil {
			return err
		}
		if err := browser.Step(ctx, at(a, s.step)); err != nil {
			return err
		}
	}
	if err := browser.Wait(ctx, "nothing moves", `window.kubestrata.idle() && document.fonts.status === "loaded"`); err != nil {
		return err
	}
	theme := "light"
	if o.Dark {
		theme = "dark"
	}
	return browser.Shot(ctx, filepath.Join(dir, strings.Join([]string{s.name, fmt.Sprint(o.Width), theme}, "-")+".png"))
}

// at finds where in the first outcome the last step of a kind stands.
func at(a *browser.Answer, kind string) int {
	kinds := map[string]string{}
	for _, s := range a.Steps {
		kinds[s.ID] = s.Kind
	}
	found := 0
	if len(a.Outcomes) > 0 {
		for i, id := range a.Outcomes[0].Steps {
			if kinds[id] == kind {
				found = i
			}
		}
	}
	return found
}
