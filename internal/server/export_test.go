package server

import (
	"compress/flate"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"github.com/kubestrata/kubestrata/internal/trace"
	"github.com/kubestrata/kubestrata/internal/world"
)

// traced is the answer to a request in the world tour, as the API sends it.
func traced(t *testing.T, s *site, from, command string) (*trace.Trace, string) {
	t.Helper()
	body, err := json.Marshal(map[string]string{"from": from, "command": command})
	if err != nil {
		t.Fatal(err)
	}
	answer := s.post("/api/v1/trace", string(body))
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("%d: %s", answer.StatusCode, answer.body)
	}
	var tr trace.Trace
	if err := json.Unmarshal([]byte(answer.body), &tr); err != nil {
		t.Fatal(err)
	}
	return &tr, answer.body
}

func TestATraceThatABrowserHasIsWrittenAsTheCommandLineWritesIt(t *testing.T) {
	s := newSite(t, nil)
	tr, sent := traced(t, s, "pod/default/toolbox", "curl http://web/")
	answer := s.post("/api/v1/export.md", sent)
	if diff := cmp.Diff(trace.Markdown(tr), answer.body); diff != "" || answer.StatusCode != http.StatusOK {
		t.Errorf("%d\n%s", answer.StatusCode, diff)
	}
	if got := answer.Header.Get("Content-Type"); got != "text/markdown; charset=utf-8" {
		t.Errorf("it is sent as %s", got)
	}
}

func TestWhatIsNoTraceOfThisFormIsNotWritten(t *testing.T) {
	s := newSite(t, nil)
	for name, row := range map[string]struct {
		body   string
		status int
	}{
		"nothing":            {"", http.StatusBadRequest},
		"another schema":     {`{"schema":"kubestrata.io/trace/v9"}`, http.StatusUnprocessableEntity},
		"an unknown field":   {`{"schema":"` + trace.Schema + `","more":1}`, http.StatusBadRequest},
		"two values":         {`{"schema":"` + trace.Schema + `"} {}`, http.StatusBadRequest},
		"a field of no form": {`{"schema":"` + trace.Schema + `","steps":7}`, http.StatusBadRequest},
	} {
		t.Run(name, func(t *testing.T) {
			if answer := s.post("/api/v1/export.md", row.body); answer.StatusCode != row.status {
				t.Errorf("%d instead of %d: %s", answer.StatusCode, row.status, answer.body)
			}
		})
	}
}

func TestATraceKeepsItsBytesOnTheWayThroughABrowser(t *testing.T) {
	view, err := world.View("tour")
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range [][2]string{
		{"pod/default/toolbox", "curl http://web/"}, {"pod/default/toolbox", "curl http://pay/"}, {"pod/default/toolbox", "nslookup web"},
		{"pod/default/toolbox", "nc -vz -w2 db-0.db 5432"}, {"internet/user", "curl --http3 http://shop.test/api/items"}, {"lan/laptop", "ping -c1 192.168.10.12"},
	} {
		tr, err := trace.Run(view, trace.Ask{From: q[0], Command: []string{q[1]}})
		if err != nil {
			t.Fatal(err)
		}
		want, err := tr.JSON()
		if err != nil {
			t.Fatal(err)
		}
		var back trace.Trace
		if err := json.Unmarshal(want, &back); err != nil {
			t.Fatal(err)
		}
		got, err := back.JSON()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s:\n%s", q[1], diff)
		}
	}
}

// hostile are texts that mean something in HTML, in JavaScript or in a style sheet.
var hostile = []string{
	`</script><script>window.taken=1</script>`, `</pre><img src=x onerror="window.taken=1">`, `</style><svg onload=window.taken=1>`,
	`<!--<script>`, `"><a href=javascript:window.taken=1>`, "a\r\nb\u2028c\x00d", `&lt;b&gt;&amp;`, `']]>`, `{{.}}${7*7}`,
}

// fill puts a hostile text into every text of a value.
func fill(v reflect.Value, next func() string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(next())
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), next)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range 2 {
			fill(v.Index(i), next)
		}
	case reflect.Map:
		if v.Type().Elem().Kind() == reflect.String {
			v.Set(reflect.ValueOf(map[string]string{next(): next()}).Convert(v.Type()))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fill(v.Field(i), next)
			}
		}
	}
}

func TestNoTextOfAnAnswerIsAnythingButTextInAFile(t *testing.T) {
	s := newSite(t, nil)
	var tr trace.Trace
	n := 0
	fill(reflect.ValueOf(&tr).Elem(), func() string { n++; return fmt.Sprint(hostile[n%len(hostile)], n) })
	tr.Schema = trace.Schema
	body, err := tr.JSON()
	if err != nil {
		t.Fatal(err)
	}
	answer := s.post("/api/v1/export.html", `{"snapshot":"AAAA","trace":`+string(body)+`}`)
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("%d: %s", answer.StatusCode, answer.body)
	}
	doc, err := html.Parse(strings.NewReader(answer.body))
	if err != nil {
		t.Fatal(err)
	}
	var scripts, styles []string
	carried := map[string]string{}
	for el := range doc.Descendants() {
		if el.Type != html.ElementNode {
			continue
		}
		id := ""
		for _, a := range el.Attr {
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" || (a.Key == "href" || a.Key == "src" || a.Key == "action") && !fragment(a.Val) {
				t.Errorf("<%s %s=%q>", el.Data, a.Key, a.Val)
			}
			if a.Key == "id" {
				id = a.Val
			}
		}
		text := ""
		if el.FirstChild != nil {
			text = el.FirstChild.Data
		}
		switch el.Data {
		case "script":
			if id == "words" && strings.HasPrefix(text, "{") {
				break // data: nothing of it runs
			}
			scripts = append(scripts, text)
		case "style":
			styles = append(styles, text)
		case "img", "iframe", "object", "embed", "base":
			t.Errorf("there is an <%s>", el.Data)
		case "pre":
			carried[id] = text
		}
	}
	if len(scripts) != 1 || len(styles) != 1 {
		t.Fatalf("%d scripts, %d styles", len(scripts), len(styles))
	}
	if got := unpacked(t, carried["frozen-trace"]); got != string(body) {
		t.Error("the trace in the file is not what the API wrote")
	}
	frozen, err := parts()
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"the script": scripts[0], "the style": styles[0], "the program": frozen.Program} {
		sum := sha256.Sum256([]byte(text))
		if hash := base64.StdEncoding.EncodeToString(sum[:]); !strings.Contains(html.UnescapeString(answer.body), "'sha256-"+hash+"'") {
			t.Errorf("%s is not allowed by the policy of the file", name)
		}
	}
}

func unpacked(t *testing.T, packed string) string {
	t.Helper()
	b, err := io.ReadAll(flate.NewReader(base64.NewDecoder(base64.StdEncoding, strings.NewReader(packed))))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// fragment reports whether an address points into the page itself or holds what it stands for.
func fragment(address string) bool {
	return strings.HasPrefix(address, "#") || strings.HasPrefix(address, "data:") || address == "./"
}

func TestASnapshotThatIsNoBase64IsTurnedAway(t *testing.T) {
	s := newSite(t, nil)
	_, sent := traced(t, s, "pod/default/toolbox", "curl http://web/")
	for _, snapshot := range []string{`""`, `"<"`, `"AAAA</pre>"`, `"A"`, `null`} {
		if answer := s.post("/api/v1/export.html", `{"snapshot":`+snapshot+`,"trace":`+sent+`}`); answer.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %d", snapshot, answer.StatusCode)
		}
	}
}
