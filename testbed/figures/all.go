package figures

import (
	"context"

	"github.com/kubestrata/kubestrata/testbed/browser"
)

// All measures the page of a binary with the world tour, and the files of a directory.
func All(ctx context.Context, binary, static string) ([]Figure, error) {
	size, err := Size(static)
	if err != nil {
		return nil, err
	}
	p, err := browser.Run(ctx, binary, nil, "--world", "tour")
	if err != nil {
		return nil, err
	}
	defer func() { _ = p.Stop() }()
	b, err := browser.Start(ctx)
	if err != nil {
		return nil, err
	}
	defer b.Close()
	all := []Figure{size}
	for _, measure := range []func() ([]Figure, error){
		func() ([]Figure, error) { return Load(ctx, b, p.URL) },
		func() ([]Figure, error) {
			return Play(ctx, b, p.URL, "internet/user", "curl http://shop.test/api/items")
		},
		func() ([]Figure, error) {
			return Seek(ctx, b, p.URL, "internet/user", "curl http://shop.test/api/items")
		},
		func() ([]Figure, error) { return Idle(ctx, b, p.URL) },
		func() ([]Figure, error) { return Churn(ctx, b, binary) },
	} {
		list, err := measure()
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	return all, nil
}
