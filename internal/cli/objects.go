package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/files"
	"github.com/kubestrata/kubestrata/internal/kube"
	"github.com/kubestrata/kubestrata/internal/picture"
	"github.com/kubestrata/kubestrata/internal/surroundings"
	"github.com/kubestrata/kubestrata/internal/wire"
	"github.com/kubestrata/kubestrata/internal/world"
)

// objects are the flags that say where objects come from: files, a world, or a cluster.
type objects struct {
	kube         kube.Flags
	paths        []string
	world        string
	surroundings string
	stdin        io.Reader
	still        bool         // worlds open paused
	say          func(string) // prints what a person should know
}

// The ids of sources: a kind and a name.
const (
	liveID    = "live:"
	worldID   = "world:"
	filesID   = "files"
	exampleID = worldID + world.Default
)

func (o *objects) bind(fs *pflag.FlagSet) {
	fs.StringArrayVarP(&o.paths, "filename", "f", nil, "YAML or JSON file, directory or - to show instead of a cluster (may be repeated)")
	fs.StringVar(&o.world, "world", "", "Embedded world to show instead of a cluster: NAME[/VARIANT][@STATE], see `worlds`")
	fs.StringVar(&o.surroundings, "surroundings", "", "File that describes what stands around the cluster: hosts, networks, resolvers, load balancers")
	o.kube.Bind(fs)
}

// check finds flags that contradict each other.
func (o *objects) check() error {
	switch {
	case len(o.paths) > 0 && o.world != "":
		return usage("-f and --world exclude each other")
	case (len(o.paths) > 0 || o.world != "") && o.kube.Given():
		return usage("cluster flags cannot be used with -f or --world")
	case o.world != "" && o.surroundings != "":
		return usage("--surroundings goes with a cluster or files; worlds bring their own")
	case len(o.paths) > 0 && o.surroundings != "":
		o.paths, o.surroundings = append(slices.Clone(o.paths), o.surroundings), "" // one file more
	}
	if o.world != "" {
		if _, err := world.ParseName(o.world); err != nil {
			return usage("--world: %w", err)
		}
	}
	return nil
}

// choose is the source that is shown where none is asked for: what the flags name, else the cluster of the kubeconfig,
// else (only where there is no sign of a cluster at all) the example.
func (o *objects) choose() (string, error) {
	switch {
	case len(o.paths) > 0:
		return filesID, nil
	case o.world != "":
		return worldID + o.world, nil
	}
	config, err := o.kube.Load()
	if errors.Is(err, kube.ErrNone) && !o.kube.Given() {
		return exampleID, nil
	}
	if err != nil {
		return "", err
	}
	for _, c := range config.Contexts() {
		if c.Current {
			return liveID + c.Name, nil
		}
	}
	return liveID, nil
}

// choices lists what the page can switch to.
func (o *objects) choices() []wire.Choice {
	out := []wire.Choice{}
	if config, err := o.kube.Load(); !errors.Is(err, kube.ErrNone) {
		for _, c := range config.Contexts() {
			title := ""
			if c.Cluster != c.Name {
				title = c.Cluster
			}
			out = append(out, wire.Choice{ID: liveID + c.Name, Kind: cluster.SourceLive, Name: c.Name, Title: title})
		}
	}
	if len(o.paths) > 0 {
		out = append(out, wire.Choice{ID: filesID, Kind: cluster.SourceFiles, Name: strings.Join(o.paths, ", ")})
	}
	given := false
	for _, w := range world.List() {
		add := func(name, title string) {
			given = given || name == o.world
			out = append(out, wire.Choice{ID: worldID + name, Kind: cluster.SourceWorld, Name: name, Title: title})
		}
		add(w.Name, w.Title)
		for _, v := range w.Variants {
			add(w.Name+"/"+v.Name, v.Title)
		}
	}
	if o.world != "" && !given {
		out = append(out, wire.Choice{ID: worldID + o.world, Kind: cluster.SourceWorld, Name: o.world})
	}
	return out
}

// open makes the source with an id.
func (o *objects) open(id string) (cluster.Source, error) {
	if name, ok := strings.CutPrefix(id, worldID); ok {
		// Whoever named the world on the command line knows that it is one.
		w, err := world.OpenWith(name, world.Options{Example: name != o.world, Paused: o.still})
		if err != nil {
			return nil, err
		}
		return w, nil
	}
	if id == filesID && len(o.paths) > 0 {
		src, err := files.Open(o.paths, files.Options{Stdin: o.stdin, Problems: o.tell})
		if err != nil {
			return nil, err
		}
		return src, nil
	}
	name, ok := strings.CutPrefix(id, liveID)
	if !ok {
		return nil, fmt.Errorf("there is no source %q", id)
	}
	config, err := o.kube.Load()
	if err != nil && len(config.Contexts()) == 0 {
		return nil, err
	}
	src, err := config.Open(name)
	if err != nil {
		return nil, err
	}
	around, err := o.around()
	if err != nil {
		return nil, err
	}
	if around != nil {
		return surrounded{src, around}, nil
	}
	return src, nil
}

// tell prints what is wrong with files.
func (o *objects) tell(problems []files.Problem) {
	for _, p := range problems {
		if o.say != nil {
			o.say(string(p.Severity) + ": " + p.Error())
		}
	}
}

// around reads --surroundings; nil where the flag is not given.
func (o *objects) around() (*surroundings.Surroundings, error) {
	if o.surroundings == "" {
		return nil, nil
	}
	data, err := os.ReadFile(o.surroundings)
	if err != nil {
		return nil, fmt.Errorf("--surroundings: %w", err)
	}
	_, out, problems := files.Decode(o.surroundings, data)
	for _, p := range problems {
		if p.Severity == files.Error {
			return nil, fmt.Errorf("--surroundings: %w", p)
		}
	}
	if out == nil {
		return nil, fmt.Errorf("--surroundings: %s holds no document of kind Surroundings", o.surroundings)
	}
	return out, nil
}

// surrounded is a cluster with what stands around it.
type surrounded struct {
	cluster.Source
	around *surroundings.Surroundings
}

func (s surrounded) Run(ctx context.Context, store *cluster.Store) error {
	store.Update(func(w *cluster.Writer) { w.SetSurroundings(s.around) })
	return s.Source.Run(ctx, store)
}

// aboutSource is what the status says of a source beyond its objects.
func aboutSource(src cluster.Source) picture.About {
	w, ok := src.(*world.World)
	if !ok {
		return picture.About{}
	}
	a := picture.About{CanPause: true, Paused: w.Paused()}
	if ready := readyIn(w); ready != nil {
		a.ReadyFrom, a.ReadyAsk = ready.From, ready.Command
	}
	if l, ok := cluster.Source(w).(interface{ Life() string }); ok {
		a.Life = l.Life()
	}
	return a
}

// readyIn is the request that stands in the bar when a world opens: that of its variant, where it has one.
func readyIn(w *world.World) *world.Request {
	info := w.Describe()
	n, err := world.ParseName(w.Info().Name)
	if err == nil && n.Variant != "" {
		for _, v := range info.Variants {
			if v.Name == n.Variant && v.Ready != nil {
				return v.Ready
			}
		}
	}
	return info.Ready
}
