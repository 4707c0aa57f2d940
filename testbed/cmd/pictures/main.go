// Command pictures takes the pictures of the README: of the real program, in a real browser.
//
// usage: pictures [-all] BINARY DIRECTORY
//
// With -all it takes every scene at every size, light and dark: what to look at after a change of the page.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
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

// inREADME are the pictures that the README shows.
var inREADME = []string{"idle-1440-light", "nodeport-reply-1440-light", "ingress-1440-light", "denied-1440-dark"}

var sizes = []browser.Options{
	{Width: 1440, Height: 900},
	{Width: 1440, Height: 900, Dark: true},
	{Width: 1024, Height: 768},
	{Width: 1024, Height: 768, Dark: true},
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	all := flag.Bool("all", false, "every scene at every size, light and dark")
	flag.Parse()
	if flag.NArg() != 2 {
		fmt.Fprintln(os.Stderr, "usage: pictures [-all] BINARY DIRECTORY")
		os.Exit(2)
	}
	if err := run(ctx, flag.Arg(0), flag.Arg(1), *all); err != nil {
		fmt.Fprintln(os.Stderr, "pictures:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, binary, dir string, all bool) error {
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
			if !all && !slices.Contains(inREADME, name(s, o)) {
				continue
			}
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
	return browser.Shot(ctx, filepath.Join(dir, name(s, o)+".png"))
}

func name(s scene, o browser.Options) string {
	theme := "light"
	if o.Dark {
		theme = "dark"
	}
	return fmt.Sprintf("%s-%d-%s", s.name, o.Width, theme)
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
