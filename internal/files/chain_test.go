package files_test

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/complete"
	"github.com/kubestrata/kubestrata/internal/files"
	"github.com/kubestrata/kubestrata/internal/inspect"
	"github.com/kubestrata/kubestrata/internal/picture"
	"github.com/kubestrata/kubestrata/internal/trace"
)

//go:embed testdata/everything.yaml
var everything []byte

// Whatever stands in files, nothing that is done with it may panic: what the API server would refuse is left out, and
// what it would take has an answer.
func TestNothingIsWrongWithOneOfEverything(t *testing.T) {
	objects, around, problems := files.Decode("everything.yaml", everything)
	if len(problems) > 0 || around == nil {
		t.Errorf("problems: %v", problems)
	}
	have := map[cluster.Kind]bool{}
	for _, o := range objects {
		have[cluster.KindOf(o)] = true
	}
	for _, r := range cluster.Resources {
		if !have[r.Kind] {
			t.Errorf("there is no %s", r.Kind)
		}
	}
	for from, command := range map[string]string{
		"pod/shop/client": "curl http://proxy.shop/cart -H 'Host: shop.test'",
		"lan/10.40.50.20": "curl http://172.20.128.6:30180/cart -H 'Host: shop.test'",
	} {
		tr, err := trace.Run(viewOf(t, everything), trace.Ask{From: from, Command: []string{command}})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(tr.Steps, func(s trace.Step) bool { return s.Kind == trace.StepProxyAccept }) {
			t.Errorf("%s: %s does not come to the gateway: %s", from, command, tr.Verdict.Sentence)
		}
	}
}

func viewOf(t *testing.T, data []byte) *cluster.View {
	t.Helper()
	s, err := files.Open([]string{files.Stdin}, files.Options{Stdin: bytes.NewReader(data), Now: func() time.Time { return time.Unix(1_800_000_000, 0) }})
	if err != nil {
		return nil // nothing is left
	}
	return s.View()
}

// asked are requests that go by every mechanism.
var asked = []struct{ from, command string }{
	{"pod/shop/client", "curl http://web/"},
	{"pod/shop/client", "curl -k https://shop.test/cart?q=1 -H 'X-Env: test' --connect-to shop.test:443:proxy:443"},
	{"pod/shop/client", "curl http://proxy/old -H 'Host: shop.test'"},
	{"pod/shop/client", "curl http://10.96.7.9:81/"},
	{"pod/shop/client", "nc -u -vz 10.96.7.7 53"},
	{"pod/shop/client", "dig SRV _pg._tcp.db.shop.svc.cluster.local"},
	{"lan/laptop", "curl http://172.20.128.6:30942/api/x -H 'Host: shop.test'"},
	{"lan/10.40.50.20", "curl http://172.20.128.6:30180/cart -H 'Host: a.shop.test'"},
	{"internet", "curl http://198.51.100.10/"},
	{"node/node01", "curl http://10.96.7.8/"},
}

// FuzzChain changes values of a cluster that has everything, each change being three bytes: where, how, and what with. So
// it gets past decoding far more often than bytes that are changed blindly.
func FuzzChain(f *testing.F) {
	for _, seed := range []string{"", "abc", "\x10\x20\x30\x40\x50\x60", "\xff\x00\x01\x7f\x80\x03\x33\x02\x09", "0123456789abcdef01234567"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, changes []byte) {
		if len(changes) > 30 {
			return
		}
		data := mutate(t, everything, changes)
		view := viewOf(t, data)
		if view == nil {
			return
		}
		for _, a := range asked {
			tr, err := trace.Run(view, trace.Ask{From: a.from, Command: []string{a.command}})
			if err != nil {
				var ask *trace.AskError
				if !errors.As(err, &ask) {
					t.Fatalf("%T %v", err, err)
				}
				continue
			}
			if _, err := tr.JSON(); err != nil {
				t.Fatal(err)
			}
			trace.Markdown(tr)
		}
		picture.New(view, picture.About{})
		for _, r := range cluster.Resources {
			for _, o := range view.List(r.Kind) {
				inspect.Object(view, cluster.Ref{Kind: r.Kind, Namespace: o.GetNamespace(), Name: o.GetName()}, time.Unix(1_800_000_000, 0))
			}
		}
		complete.For(view, "pod/shop/client", "curl http://shop.test/", 10)
	})
}

// place is where a value stands in a document.
type place struct {
	parent any // map[string]any or *[]any
	key    string
	index  int
}

func (p place) get() any {
	if m, ok := p.parent.(map[string]any); ok {
		return m[p.key]
	}
	return (*p.parent.(*[]any))[p.index]
}

func (p place) set(v any) {
	if m, ok := p.parent.(map[string]any); ok {
		m[p.key] = v
		return
	}
	(*p.parent.(*[]any))[p.index] = v
}

// places lists all values beneath one, lists made changeable.
func places(v any, out *[]place) any {
	switch v := v.(type) {
	case map[string]any:
		keys := make([]string, 0, len(v))
		for k := range v {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		for _, k := range keys {
			*out = append(*out, place{parent: v, key: k})
			v[k] = places(v[k], out)
		}
	case []any:
		list := &v
		for i := range v {
			*out = append(*out, place{parent: list, index: i})
			v[i] = places(v[i], out)
		}
		return list
	}
	return v
}

var texts = []string{
	"", "*", ".", "-", "a", "web", "shop", "front", "node01", "client", "10.96.7.7", "10.244.1.9", "::ffff:10.96.7.7", "fe80::1%eth0", "fd00::1",
	"0.0.0.0/0", "10.0.0.0/33", "::/0", "999.1.1.1", "*.test", "*.", "a..b", "None", "True", "False", "Unknown", "TCP", "SCTP", "HTTP", "TLS", "UDP",
	"Exact", "PathPrefix", "RegularExpression", "ReplacePrefixMatch", "ReplaceFullPath", "(", "[a-", "/", "//", "/a/../b", "%zz", "${x}", "\x00", "Allow", "Deny",
	"All", "Selector", "Same", "http", "https", "80", "-1", "1h", "mode: ipvs", "mode: [", ". {\n kubernetes", "Local", "IPv6", "Terminate", "Passthrough", "é.test", "{", "$1",
}

var numbers = []any{0, 1, -1, 80, 443, 8080, 65535, 65536, 70000, 30080, int64(1) << 31, int64(1)<<31 - 1, int64(1) << 40, int64(-1) << 31, 1000001}

func mutate(t *testing.T, data, changes []byte) []byte {
	var docs []any
	for _, text := range bytes.Split(data, []byte("\n---\n")) {
		var doc any
		if err := yaml.Unmarshal(text, &doc); err != nil {
			t.Fatal(err)
		}
		docs = append(docs, doc)
	}
	for len(changes) >= 4 {
		where, how, what := int(changes[0])<<8|int(changes[1]), changes[2], int(changes[3])
		changes = changes[4:]
		var all []place
		places(docs, &all)
		if len(all) == 0 {
			break
		}
		p := all[where%len(all)]
		m, inMap := p.parent.(map[string]any)
		switch v := p.get().(type) {
		case string:
			p.set(texts[what%len(texts)])
			if how%8 == 0 {
				p.set(v + texts[what%len(texts)])
			}
		case *[]any:
			switch {
			case how%4 == 0 && len(*v) > 0: // one twice
				*v = append(*v, (*v)[what%len(*v)])
			case how%4 == 1 && len(*v) > 0: // one less
				*v = slices.Delete(*v, 0, 1)
			case how%4 == 2:
				*v = nil
			default:
				*v = append(*v, all[what*257%len(all)].get())
			}
		case bool:
			p.set(!v)
		case nil:
		case map[string]any:
			if how%4 == 0 {
				p.set(map[string]any{})
			}
		default:
			if inMap && p.key == "replicas" {
				continue // thousands of pods take their time, and are no other case than three
			}
			p.set(numbers[what%len(numbers)])
		}
		switch {
		case inMap && p.key == "replicas":
		case how >= 0xf8:
			p.set(all[what*257%len(all)].get()) // something of elsewhere
		case how >= 0xf0:
			p.set(nil)
		case how >= 0xc0 && inMap:
			delete(m, p.key)
		}
	}
	var out bytes.Buffer
	for _, doc := range docs {
		text, err := yaml.Marshal(doc)
		if err != nil { // a list within itself
			t.Skip(err)
		}
		fmt.Fprintf(&out, "---\n%s", text)
	}
	return out.Bytes()
}
