package server

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"
	"sync"

	"github.com/kubestrata/kubestrata/internal/trace"
	"github.com/kubestrata/kubestrata/static"
	"github.com/kubestrata/kubestrata/templates"
)

// boot unpacks the program and runs it. A script that is put in by a script is held against the page's policy like any
// other: by its hash.
const boot = `(async()=>{const p=document.getElementById("frozen-program"),b=Uint8Array.from(atob(p.textContent),c=>c.charCodeAt(0)),` +
	`s=document.createElement("script");s.type="module";s.textContent=await new Response(new Blob([b]).stream().pipeThrough(new DecompressionStream("deflate-raw"))).text();` +
	`p.remove();document.body.append(s)})()`

// freeze gathers what a file carries.
func freeze(t *trace.Trace, snapshot string) (*templates.Frozen, error) {
	f, err := parts()
	if err != nil {
		return nil, err
	}
	body, err := t.JSON()
	if err != nil {
		return nil, fmt.Errorf("write the trace: %w", err)
	}
	f.Markdown, f.Snapshot = trace.Markdown(t), snapshot
	f.Trace, err = pack(body)
	return &f, err
}

// parts is what all files have in common.
var parts = sync.OnceValues(func() (templates.Frozen, error) {
	program, err := part("app.js")
	if err != nil {
		return templates.Frozen{}, err
	}
	css, err := part("app.css")
	if err != nil {
		return templates.Frozen{}, err
	}
	if css, err = withFonts(css); err != nil {
		return templates.Frozen{}, err
	}
	icon, err := part("icon.svg")
	if err != nil {
		return templates.Frozen{}, err
	}
	packed, err := pack([]byte(program))
	return templates.Frozen{
		CSS: css, Boot: boot, Program: program, Packed: packed,
		Icon: "data:image/svg+xml;base64," + base64.StdEncoding.EncodeToString([]byte(icon)),
	}, err
})

// pack deflates and writes in base64, as a browser unpacks.
func pack(b []byte) (string, error) {
	var packed bytes.Buffer
	w, err := flate.NewWriter(&packed, flate.BestCompression)
	if err != nil {
		return "", err
	}
	if _, err := w.Write(b); err != nil {
		return "", err
	}
	if err := w.Close(); err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString(packed.Bytes()), nil
}

func part(name string) (string, error) {
	b, ok := static.Read(name)
	if !ok {
		return "", fmt.Errorf("this build has no %s", name)
	}
	return string(b), nil
}

var fontAddress = regexp.MustCompile(`url\(["']?\./(fonts/[a-z0-9-]+\.woff2)["']?\)`)

// withFonts puts the fonts where the style sheet names them. A style sheet that refers to anything else could not be part
// of a file that asks nobody.
func withFonts(css string) (string, error) {
	var missing error
	css = fontAddress.ReplaceAllStringFunc(css, func(address string) string {
		font, err := part(fontAddress.FindStringSubmatch(address)[1])
		if err != nil {
			missing = err
		}
		return "url(data:font/woff2;base64," + base64.StdEncoding.EncodeToString([]byte(font)) + ")"
	})
	if missing != nil {
		return "", missing
	}
	if strings.Contains(strings.ReplaceAll(css, "url(data:", ""), "url(") || strings.Contains(strings.ToLower(css), "</style") {
		return "", fmt.Errorf("the style sheet refers to something that is not in the file")
	}
	return css, nil
}
