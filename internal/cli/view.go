package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/files"
	"github.com/kubestrata/kubestrata/internal/source"
	"github.com/kubestrata/kubestrata/internal/wire"
	"github.com/kubestrata/kubestrata/internal/world"
)

// syncTimeout is how long one answer waits for a cluster's lists. What has not come by then is treated as not readable.
const syncTimeout = 60 * time.Second

// read gets the objects for one answer. A cluster that cannot be read is an error, never a reason to answer about something else.
func (o *objects) read(ctx context.Context, s streams) (*cluster.View, error) {
	switch {
	case o.world != "":
		return world.View(o.world)
	case len(o.paths) > 0:
		return o.fromFiles(s)
	}
	return o.fromCluster(ctx)
}

func (o *objects) fromFiles(s streams) (*cluster.View, error) {
	src, err := files.Open(o.paths, files.Options{Stdin: s.in})
	if err != nil {
		return nil, err
	}
	bad := 0
	for _, p := range src.Problems() {
		if p.Severity == files.Note {
			continue
		}
		fmt.Fprintln(s.err, string(p.Severity)+": "+p.Error())
		if p.Severity == files.Error {
			bad++
		}
	}
	if bad > 0 {
		return nil, errors.New("an answer without the objects above could be wrong; correct the files first")
	}
	return src.View(), nil
}

func (o *objects) fromCluster(ctx context.Context) (*cluster.View, error) {
	id, err := o.choose()
	if err != nil {
		return nil, err
	}
	if id == exampleID {
		return nil, errors.New("there is no cluster: no kubeconfig was found; name one with --kubeconfig, or use -f or --world")
	}
	catalog := source.New(ctx, source.Options{
		Choices: func() []wire.Choice { return nil }, Default: o.choose, Open: o.open,
	})
	defer catalog.Close()
	opened, release, err := catalog.Use(id)
	if err != nil {
		return nil, err
	}
	defer release()
	waiting, cancel := context.WithTimeout(ctx, syncTimeout)
	defer cancel()
	view := opened.WaitSynced(waiting)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	switch c := view.Connection(); c.State {
	case cluster.ConnLive, cluster.ConnStale:
		return view, nil
	default:
		if c.Message != "" {
			return nil, fmt.Errorf("the cluster cannot be read: %s", c.Message)
		}
		return nil, errors.New("the cluster cannot be read: it does not answer")
	}
}
