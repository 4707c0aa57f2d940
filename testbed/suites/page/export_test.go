package page

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"image/png"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubestrata/kubestrata/testbed/browser"
)

// byPalette runs a command by its name, as a person does who knows no key.
func byPalette(ctx context.Context, name string) error {
	if _, err := browser.Eval[bool](ctx, `(document.activeElement.blur(), document.dispatchEvent(new KeyboardEvent("keydown", { key: "k", ctrlKey: true, bubbles: true })), true)`); err != nil {
		return err
	}
	if err := browser.Wait(ctx, "the palette", `document.querySelector("dialog.palette[open]")`); err != nil {
		return err
	}
	_, err := browser.Eval[bool](ctx, fmt.Sprintf(`(() => {
		const input = document.querySelector(".palette-input");
		input.value = %q;
		input.dispatchEvent(new Event("input", { bubbles: true }));
		[...document.querySelectorAll(".palette-list li")].find(li => li.querySelector("span").textContent === %q).click();
		return true;
	})()`, name, name))
	return err
}

// byMenu clicks an entry of the drawer's menu.
func byMenu(ctx context.Context, name string) error {
	_, err := browser.Eval[bool](ctx, fmt.Sprintf(`(() => {
		document.querySelector(".share").open = true;
		document.querySelector('[data-export=%q]').click();
		return true;
	})()`, name))
	return err
}

// saved is the file that an entry of the menu gives.
func saved(t *testing.T, ctx context.Context, do func(context.Context, string) error, entry string) (name string, content []byte) {
	t.Helper()
	path, err := browser.Download(ctx, t.TempDir(), func() error { return do(ctx, entry) })
	must(t, err)
	content, err = os.ReadFile(path)
	must(t, err)
	return filepath.Base(path), content
}

// textsOfMap are the words that can be read on the map, in any order.
func textsOfMap(t *testing.T, ctx context.Context) []string {
	t.Helper()
	texts, err := browser.Eval[[]string](ctx, `[...document.querySelectorAll("#map svg text")].filter(e => e.checkVisibility()).map(e => e.textContent)`)
	must(t, err)
	slices.Sort(texts)
	return texts
}

// textsOfSVG reads a picture as XML, holds it against what a file must not have, and returns its words.
func textsOfSVG(t *testing.T, svg []byte) (texts []string, size [2]string) {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(svg))
	var open []*strings.Builder
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		must(t, err)
		switch e := token.(type) {
		case xml.StartElement:
			for _, a := range e.Attr {
				if strings.Contains(a.Value, "://") && a.Name.Local != "xmlns" || a.Name.Local == "href" || strings.Contains(a.Value, "var(") ||
					a.Name.Local == "class" || a.Name.Local == "style" || strings.HasPrefix(a.Name.Local, "on") {
					t.Errorf("<%s %s=%q> needs something that is not in the file", e.Name.Local, a.Name.Local, a.Value)
				}
				if e.Name.Local == "svg" && a.Name.Local == "width" {
					size[0] = a.Value
				}
				if e.Name.Local == "svg" && a.Name.Local == "height" {
					size[1] = a.Value
				}
			}
			switch e.Name.Local {
			case "script", "image", "use", "foreignObject", "a":
				t.Errorf("<%s> has no place in a picture", e.Name.Local)
			case "text":
				open = append(open, &strings.Builder{})
			}
		case xml.EndElement:
			if e.Name.Local == "text" {
				texts = append(texts, open[len(open)-1].String())
				open = open[:len(open)-1]
			}
		case xml.CharData:
			if len(open) > 0 {
				open[len(open)-1].Write(e)
			} else if text := strings.ReplaceAll(string(e), "url(data:", ""); strings.Contains(text, "url(") || strings.Contains(text, "@import") {
				t.Errorf("a rule refers to something that is not in the file: %.200s", text)
			}
		}
	}
	slices.Sort(texts)
	return texts, size
}

func TestThePictureIsSavedAsSVGAndPNGWithTheWordsOfTheMap(t *testing.T) {
	p := start(t, nil, "--world", "tour")
	for _, theme := range []string{"light", "dark"} {
		t.Run(theme, func(t *testing.T) {
			ctx := tab(t, browser.Options{ReducedMotion: true, Dark: theme == "dark"})
			must(t, browser.Open(ctx, p.URL))
			check := func(do func(context.Context, string) error, svgEntry, pngEntry, name string) []byte {
				t.Helper()
				want := textsOfMap(t, ctx)
				file, svg := saved(t, ctx, do, svgEntry)
				if file != name+".svg" {
					t.Errorf("the file is called %s, want %s.svg", file, name)
				}
				texts, size := textsOfSVG(t, svg)
				if diff := cmp.Diff(want, texts); diff != "" {
					t.Errorf("words of the map (-) and of the picture (+):\n%s", diff)
				}
				if !bytes.Contains(svg, []byte(`fill="#14181d"`)) || bytes.Contains(svg, []byte(`fill="#10151b"`)) {
					t.Error("the picture has not the colours of the light theme")
				}
				for _, face := range []string{`font-family:"Inter"`, `font-family:"JetBrains Mono"`} {
					if !bytes.Contains(svg, []byte(face)) {
						t.Errorf("the picture does not carry %s", face)
					}
				}
				file, pixels := saved(t, ctx, do, pngEntry)
				if file != name+".png" {
					t.Errorf("the file is called %s, want %s.png", file, name)
				}
				notBlank(t, pixels, size)
				if dir := os.Getenv("KUBESTRATA_PICTURES"); dir != "" {
					must(t, os.WriteFile(filepath.Join(dir, file), pixels, 0o600))
					must(t, os.WriteFile(filepath.Join(dir, name+".svg"), svg, 0o600))
				}
				return svg
			}
			idle := check(byPalette, "Save the picture as SVG", "Save the picture as PNG", "kubestrata-tour-map")
			expect(t, ctx, "pod/default/toolbox", "curl http://web/", "answered", "pod.delivered", "")
			n, err := browser.Steps(ctx)
			must(t, err)
			must(t, browser.Step(ctx, 3))
			traced := check(byMenu, "Picture as SVG", "Picture as PNG", fmt.Sprintf("kubestrata-tour-toolbox-curl-http-web-answered-step-4-of-%d", n))
			if bytes.Equal(idle, traced) {
				t.Error("the picture of a trace is that of the map alone")
			}
			dark, err := browser.Eval[string](ctx, `document.documentElement.dataset.theme ?? ""`)
			must(t, err)
			if dark != "" {
				t.Errorf("the page is left in the theme %q", dark)
			}
		})
	}
}

// notBlank holds a picture against the size of the map, twice as sharp, and wants many colours in it.
func notBlank(t *testing.T, data []byte, size [2]string) {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(data))
	must(t, err)
	var w, h float64
	_, err = fmt.Sscan(size[0]+" "+size[1], &w, &h)
	must(t, err)
	if got := img.Bounds().Size(); got.X != int(2*w+0.5) || got.Y != int(2*h+0.5) {
		t.Errorf("the picture has %v pixels, the map %v", got, size)
	}
	colours := map[[3]uint32]int{}
	for y := 0; y < img.Bounds().Dy(); y += 3 {
		for x := 0; x < img.Bounds().Dx(); x += 3 {
			r, g, b, a := img.At(x, y).RGBA()
			if a != 0xffff {
				t.Fatalf("the picture is transparent at %d,%d", x, y)
			}
			colours[[3]uint32{r >> 8, g >> 8, b >> 8}]++
		}
	}
	if len(colours) < 50 {
		t.Errorf("the picture has %d colours", len(colours))
	}
}

func TestTheMarkdownOfATraceIsThatOfTheCommandLine(t *testing.T) {
	p := start(t, nil, "--world", "tour")
	if status, answer := send(t, "POST", p.URL+"api/v1/pause", `{"paused":true}`, nil); status != 200 {
		t.Fatalf("the world does not pause: %d %s", status, answer)
	}
	ctx := tab(t, browser.Options{ReducedMotion: true})
	must(t, browser.Open(ctx, p.URL))
	for _, row := range []struct{ from, command, class, reason, name string }{
		{"pod/default/toolbox", "curl http://web/", "answered", "pod.delivered", "kubestrata-tour-toolbox-curl-http-web-answered.md"},
		{"pod/default/toolbox", "nc -vz -w2 db-0.db 5432", "no-answer", "policy.ingress-denied", "kubestrata-tour-toolbox-nc-vz-w2-db-0-db-5432-no-answer.md"},
		{"internet/user", "curl http://shop.test/api/items", "", "", "kubestrata-tour-user-curl-http-shop-test-api-items-answered.md"},
	} {
		t.Run(row.command, func(t *testing.T) {
			_, err := browser.Trace(ctx, row.from, row.command)
			must(t, err)
			name, content := saved(t, ctx, byMenu, "Save as Markdown")
			if name != row.name {
				t.Errorf("the file is called %s, want %s", name, row.name)
			}
			cmd := exec.CommandContext(t.Context(), binary, "trace", "--world", "tour", "--from", row.from, "-o", "markdown", "--", row.command)
			want, err := cmd.Output()
			var exit *exec.ExitError
			if err != nil && !errors.As(err, &exit) {
				t.Fatal(err)
			}
			if diff := cmp.Diff(dated(string(want)), dated(string(content))); diff != "" {
				t.Errorf("the command line (-) and the page (+):\n%s", diff)
			}
		})
	}
}

// dated takes out when the objects were seen: a world that was started lives by the clock on the wall.
func dated(markdown string) string {
	before, after, found := strings.Cut(markdown, ", as of ")
	if !found {
		return markdown
	}
	_, after, _ = strings.Cut(after, "\n")
	return before + "\n" + after
}
