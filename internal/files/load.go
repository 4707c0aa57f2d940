package files

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/surroundings"
)

// Stdin is the path that stands for standard input.
const Stdin = "-"

// Load reads the objects and Surroundings of files and directories, as -f takes them; "-" is read from stdin. It reads
// all it can: what is wrong is in the problems, sorted by place. Surroundings is never nil.
func Load(paths []string, stdin io.Reader) ([]cluster.Object, *surroundings.Surroundings, []Problem) {
	r := newReader(paths, stdin)
	r.read()
	return r.merged()
}

// maxFiles guards against a directory that was not meant, a home directory say.
const maxFiles = 20_000

// reader reads a set of paths again and again, and keeps the last good content of each file.
type reader struct {
	paths []string
	stdin io.Reader
	files map[string]*file
	asked []Problem // about the paths themselves
	dirs  []string  // directories to watch
}

// file is what one file holds.
type file struct {
	stamp    stamp
	objects  []cluster.Object
	around   *surroundings.Surroundings
	problems []Problem
}

// stamp tells whether a file may have changed.
type stamp struct {
	info fs.FileInfo
	read time.Time // when the content was read
	sum  [sha256.Size]byte
}

// same reports whether a file is surely the one that was read. One that was written shortly before it was read may have
// been written again within the same tick of the file system's clock.
func (s stamp) same(info fs.FileInfo) bool {
	const tick = 2 * time.Second
	return s.info != nil && os.SameFile(s.info, info) && s.info.Size() == info.Size() && s.info.ModTime().Equal(info.ModTime()) &&
		s.read.Sub(info.ModTime()) > tick
}

func newReader(paths []string, stdin io.Reader) *reader {
	return &reader{paths: paths, stdin: stdin, files: map[string]*file{}}
}

// read brings the files up to date and reports whether anything differs from before.
func (r *reader) read() (changed bool) {
	before := len(r.asked)
	r.asked, r.dirs = nil, nil
	found := map[string]bool{}
	for _, p := range r.paths {
		if p == Stdin {
			found[Stdin] = true
			changed = r.readStdin() || changed
			continue
		}
		for _, name := range r.expand(p) {
			if !found[name] {
				found[name] = true
				changed = r.readFile(name) || changed
			}
		}
	}
	for name := range r.files {
		if !found[name] {
			delete(r.files, name)
			changed = true
		}
	}
	return changed || len(r.asked) != before
}

// expand lists the files of a path. In directories only .yaml, .yml and .json are read, and nothing hidden.
func (r *reader) expand(path string) []string {
	info, err := os.Stat(path)
	if err != nil {
		r.watch(filepath.Dir(path))
		r.ask(path, err)
		return nil
	}
	if !info.IsDir() {
		r.watch(filepath.Dir(path))
		return []string{path}
	}
	var names []string
	err = filepath.WalkDir(path, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			r.ask(name, err)
			return nil
		case name != path && strings.HasPrefix(entry.Name(), "."):
			if entry.IsDir() {
				return filepath.SkipDir
			}
			return nil
		case entry.IsDir():
			r.watch(name)
			return nil
		}
		switch strings.ToLower(filepath.Ext(name)) {
		case ".yaml", ".yml", ".json":
			if info, err := os.Stat(name); err == nil && info.Mode().IsRegular() {
				names = append(names, name)
			}
		}
		if len(names) > maxFiles {
			return fmt.Errorf("more than %d files; give a smaller directory", maxFiles)
		}
		return nil
	})
	if err != nil {
		r.ask(path, err)
	}
	return names
}

func (r *reader) watch(dir string) {
	if !slices.Contains(r.dirs, dir) {
		r.dirs = append(r.dirs, dir)
	}
}

func (r *reader) ask(path string, err error) {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		err = pathErr.Err
	}
	r.asked = append(r.asked, Problem{Severity: Error, File: path, Text: err.Error()})
}

func (r *reader) readStdin() bool {
	if r.files[Stdin] != nil {
		return false // it can be read once
	}
	var data []byte
	var err error
	if r.stdin != nil {
		data, err = io.ReadAll(io.LimitReader(r.stdin, MaxFile+1))
	}
	f := &file{}
	r.files[Stdin] = f
	if err != nil {
		f.problems = []Problem{{Severity: Error, File: "standard input", Text: err.Error()}}
		return true
	}
	f.objects, f.around, f.problems = Decode("standard input", data)
	return true
}

// beingWritten is how long a file that has just become empty is taken for one that somebody is writing: most programs cut
// a file to nothing before they write it anew.
const beingWritten = time.Second

// readFile reads a file that is new or has changed. One that no longer parses keeps what it held before: somebody is in
// the middle of editing it.
func (r *reader) readFile(name string) bool {
	old := r.files[name]
	info, err := os.Stat(name)
	if err != nil {
		return r.keep(name, old, stamp{}, []Problem{{Severity: Error, File: name, Text: reason(err)}})
	}
	if old != nil && old.stamp.same(info) {
		return false
	}
	now := stamp{info: info, read: time.Now()}
	if info.Size() > MaxFile {
		return r.keep(name, old, now, []Problem{{Severity: Error, File: name, Text: fmt.Sprintf("%d bytes are more than the %d that are read", info.Size(), MaxFile)}})
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return r.keep(name, old, now, []Problem{{Severity: Error, File: name, Text: reason(err)}})
	}
	if old != nil && len(old.objects) > 0 && len(data) == 0 && time.Since(info.ModTime()) < beingWritten {
		return false // the stamp stays old, so it is read again
	}
	if now.sum = sha256.Sum256(data); old != nil && old.stamp.info != nil && old.stamp.sum == now.sum {
		old.stamp = now
		return false
	}
	objects, around, problems := Decode(name, data)
	if old != nil && slices.ContainsFunc(problems, func(p Problem) bool { return p.Severity == Error }) {
		return r.keep(name, old, now, problems)
	}
	r.files[name] = &file{now, objects, around, problems}
	return true
}

func (r *reader) keep(name string, old *file, now stamp, problems []Problem) bool {
	next := &file{stamp: now, problems: problems}
	if old != nil {
		next.objects, next.around = old.objects, old.around
	}
	changed := old == nil || !slices.Equal(old.problems, problems)
	r.files[name] = next
	return changed
}

func reason(err error) string {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err.Error()
	}
	return err.Error()
}

// merged is what all files hold together. An object that stands in several is taken from the last, with a warning.
func (r *reader) merged() ([]cluster.Object, *surroundings.Surroundings, []Problem) {
	problems := slices.Clone(r.asked)
	around := &surroundings.Surroundings{}
	type found struct {
		at   int
		file string
	}
	have := map[cluster.Ref]found{}
	var objects []cluster.Object
	for _, name := range slices.Sorted(mapKeys(r.files)) {
		f := r.files[name]
		problems = append(problems, f.problems...)
		around.Merge(f.around)
		for _, o := range f.objects {
			kind := cluster.KindOf(o)
			ref := cluster.Ref{Kind: kind, Namespace: o.GetNamespace(), Name: o.GetName()}
			if res, ok := cluster.ResourceOf(kind); ok && res.Namespaced && ref.Namespace == "" {
				ref.Namespace = "default"
			}
			if first, twice := have[ref]; twice {
				problems = append(problems, Problem{
					Severity: Warning, File: name, Object: describe(string(kind), o),
					Text: "stands in " + first.file + " too; the last one is shown",
				})
				objects[first.at] = o
				have[ref] = found{first.at, name}
				continue
			}
			have[ref] = found{len(objects), name}
			objects = append(objects, o)
		}
	}
	for _, p := range around.Unresolved() {
		problems = append(problems, Problem{Severity: Error, File: "surroundings", Object: surroundings.Kind, Field: p.Field, Text: p.Text})
	}
	slices.SortStableFunc(problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(rank(a.Severity), rank(b.Severity)), cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	return objects, around, problems
}

func rank(s Severity) int { return slices.Index([]Severity{Error, Warning, Note}, s) }

func mapKeys[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}
