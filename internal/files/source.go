package files

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/fsnotify/fsnotify"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/simulate"
)

// Options say how files are opened.
type Options struct {
	Stdin    io.Reader        // read for the path "-"
	Now      func() time.Time // nil: time.Now
	Settle   time.Duration    // how long files must be quiet before they are read again; 0: 100 ms
	Problems func([]Problem)  // told whenever the problems differ; may be nil
}

// Source is files as a source of objects. Its methods are safe for concurrent use.
type Source struct {
	paths []string
	opts  Options

	mu       sync.Mutex
	reader   *reader
	stage    *simulate.Stage
	problems []Problem
}

var _ cluster.Source = (*Source)(nil)

// Open reads the files for the first time. It fails where a path cannot be read or no object is found; what is wrong
// inside the files is in Problems.
func Open(paths []string, o Options) (*Source, error) {
	if len(paths) == 0 {
		return nil, errors.New("no file is given")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Settle == 0 {
		o.Settle = 100 * time.Millisecond
	}
	s := &Source{paths: paths, opts: o, reader: newReader(paths, o.Stdin)}
	s.stage = simulate.NewStage(simulate.Options{Now: o.Now(), DNS: true, Mark: true})
	s.reader.read()
	if len(s.reader.asked) > 0 {
		return nil, s.reader.asked[0]
	}
	s.take()
	if n := s.found(); n == 0 {
		if len(s.problems) > 0 && s.problems[0].Severity != Note {
			return nil, s.problems[0]
		}
		return nil, fmt.Errorf("%s: no object of a kind that is shown", strings.Join(paths, ", "))
	}
	return s, nil
}

func (s *Source) found() (n int) {
	for _, f := range s.reader.files {
		n += len(f.objects)
	}
	return n
}

// take puts what the reader holds on the stage.
func (s *Source) take() {
	objects, around, problems := s.reader.merged()
	s.stage.SetNow(s.opts.Now())
	s.stage.Replace(objects)
	s.stage.SetSurroundings(around)
	if !slices.Equal(s.problems, problems) && s.opts.Problems != nil {
		s.opts.Problems(slices.Clone(problems))
	}
	s.problems = problems
}

// Problems are what there is to know about the files, errors first.
func (s *Source) Problems() []Problem {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.problems)
}

// Info names the source.
func (s *Source) Info() cluster.SourceInfo {
	return cluster.SourceInfo{Kind: cluster.SourceFiles, Name: strings.Join(s.paths, ", ")}
}

// View is the files as they are now, for a trace.
func (s *Source) View() *cluster.View {
	store := cluster.NewStore(s.Info(), s.opts.Now)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stage.Restart()
	return store.Update(s.write)
}

// Get fetches one whole object for the inspector: as it was given, with what the simulation added, and environment values
// redacted.
func (s *Source) Get(_ context.Context, ref cluster.Ref) (runtime.Object, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o := s.stage.Get(ref); o != nil {
		return o, nil
	}
	r, _ := cluster.ResourceOf(ref.Kind)
	plural := r.Plural
	if plural == "" {
		plural = string(ref.Kind)
	}
	return nil, apierrors.NewNotFound(r.Group.WithResource(plural).GroupResource(), ref.Name)
}

func (s *Source) write(w *cluster.Writer) {
	s.stage.Write(w)
	now := s.opts.Now()
	for _, r := range cluster.Resources {
		w.SetStatus(cluster.KindStatus{Kind: r.Kind, Resource: r.Plural, State: cluster.StateSynced, Since: now})
	}
	c := cluster.Connection{State: cluster.ConnLive, Since: now, Message: summary(s.problems)}
	if was := w.View().Connection(); was.State == c.State && was.Message == c.Message {
		c.Since = was.Since
	}
	w.SetConnection(c)
}

// summary is the first error, and how many more there are; empty where there is none.
func summary(problems []Problem) string {
	var bad []Problem
	for _, p := range problems {
		if p.Severity == Error {
			bad = append(bad, p)
		}
	}
	switch len(bad) {
	case 0:
		return ""
	case 1:
		return bad[0].Error()
	}
	return fmt.Sprintf("%s (and %d more)", bad[0].Error(), len(bad)-1)
}

// Run writes the files into the Store and follows them as they change, until ctx ends. Where they cannot be watched (too
// many watches, a file system without them) they are looked at every other second instead.
func (s *Source) Run(ctx context.Context, store *cluster.Store) error {
	w, err := fsnotify.NewWatcher()
	var events <-chan fsnotify.Event
	var lost <-chan error
	if err == nil {
		defer func() { _ = w.Close() }()
		events, lost = w.Events, w.Errors
	}
	watched := map[string]bool{}
	look := func() { // directories first: what changes after that is told
		s.mu.Lock()
		defer s.mu.Unlock()
		for err == nil {
			s.reader.read()
			more := false
			for _, dir := range s.reader.dirs {
				if watched[dir] {
					continue
				}
				if e := w.Add(dir); e == nil {
					watched[dir], more = true, true
				}
			}
			if !more {
				break
			}
		}
		s.reader.read()
		s.take()
		store.Update(s.write)
	}
	s.mu.Lock()
	s.stage.Restart()
	s.mu.Unlock()
	look()

	const every = 2 * time.Second
	tick := time.NewTicker(every)
	defer tick.Stop()
	quiet := time.NewTimer(s.opts.Settle)
	quiet.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case e, ok := <-events:
			if !ok {
				events = nil
				continue
			}
			if e.Op == fsnotify.Chmod {
				continue
			}
			if e.Has(fsnotify.Remove) || e.Has(fsnotify.Rename) {
				delete(watched, e.Name) // a directory that went away takes its watch with it
			}
			quiet.Reset(s.opts.Settle)
		case <-lost: // the queue ran over: something changed
			quiet.Reset(s.opts.Settle)
		case <-quiet.C:
			look()
		case <-tick.C:
			s.mu.Lock()
			changed := s.reader.read()
			s.mu.Unlock()
			if changed {
				look()
			}
			store.Touch()
		}
	}
}
