package page

import (
	"bytes"
	"context"
	"encoding/json"
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
	"sync"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
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
	t.Parallel()
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
	t.Parallel()
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

// way is the list of sentences of the steps, as the page has it for those who do not see the map.
const way = `[...document.querySelectorAll("#report .steps > li .sentence")].map(e => e.textContent)`

// things are what can be picked on the map.
const things = `[...document.querySelectorAll("#map .things > g")].map(e => e.dataset.id).sort()`

// watched collects what a file must not do: ask anybody, break its own policy, fail.
const watched = `window.wrongs = [];
	for (const name of ["error", "unhandledrejection", "securitypolicyviolation"])
		addEventListener(name, e => window.wrongs.push(name + ": " + (e.message ?? e.reason ?? e.violatedDirective + " " + e.blockedURI)), true);
	for (const name of ["fetch", "WebSocket", "XMLHttpRequest", "EventSource", "Worker"]) {
		const real = window[name];
		window[name] = new Proxy(real, {
			apply(f, self, args) { window.wrongs.push(name + " " + args[0]); return Reflect.apply(f, self, args); },
			construct(f, args) { window.wrongs.push(name + " " + args[0]); return Reflect.construct(f, args); },
		});
	}`

// file opens a page from the disk in a browser that reaches nobody. The requests that it makes all the same are reported
// when the test ends.
func file(t *testing.T, path string, o browser.Options) context.Context {
	t.Helper()
	ctx := ownTab(t, o)
	_, err := chromedp.Call(ctx, network.Enable, network.EnableParams{})
	must(t, err)
	_, err = chromedp.Call(ctx, network.SetBlockedURLs, network.SetBlockedURLsParams{URLPatterns: []*network.BlockPattern{
		{URLPattern: "http://*:*/*", Block: true}, {URLPattern: "https://*:*/*", Block: true},
	}})
	must(t, err)
	_, err = chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: watched})
	must(t, err)
	var mu sync.Mutex
	var asked []string
	must(t, chromedp.Listen(ctx, func(ev any) {
		if e, ok := ev.(*network.EventRequestWillBeSent); ok {
			mu.Lock()
			defer mu.Unlock()
			if url := e.Request.URL; !strings.HasPrefix(url, "data:") && !strings.HasPrefix(url, "blob:") {
				asked = append(asked, url)
			}
		}
	}))
	t.Cleanup(func() {
		mu.Lock()
		defer mu.Unlock()
		if diff := cmp.Diff([]string{"file://" + path}, asked); diff != "" {
			t.Errorf("the file is all that is asked for:\n%s", diff)
		}
	})
	must(t, browser.Open(ctx, "file://"+path))
	must(t, browser.Wait(ctx, "the answer is shown", `window.kubestrata.traces() === 1`))
	return ctx
}

// harmless fails where a file did what it must not.
func harmless(t *testing.T, ctx context.Context) {
	t.Helper()
	wrongs, err := browser.Eval[[]string](ctx, `window.wrongs.concat(window.taken ? ["a name ran as a script"] : [])`)
	must(t, err)
	for _, w := range wrongs {
		t.Error(w)
	}
}

// frozen saves the answer that a page shows as a file on the disk.
func frozen(t *testing.T, ctx context.Context) (path string) {
	t.Helper()
	must(t, browser.Wait(ctx, "the words", `document.querySelector("#report .steps")`))
	path, err := browser.Download(ctx, t.TempDir(), func() error { return byMenu(ctx, "Page that plays anywhere") })
	must(t, err)
	return path
}

func TestAnAnswerIsSavedAsAPageThatPlaysWithoutAServer(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "--world", "tour")
	live := tab(t, browser.Options{ReducedMotion: true})
	must(t, browser.Open(live, p.URL))
	expect(t, live, "pod/default/toolbox", "curl http://web/", "answered", "pod.delivered", "")
	sentences, err := browser.Eval[[]string](live, way)
	must(t, err)
	n, err := browser.Steps(live)
	must(t, err)
	must(t, browser.Step(live, 3))
	path := frozen(t, live)
	if name := filepath.Base(path); name != "kubestrata-tour-toolbox-curl-http-web-answered.html" {
		t.Errorf("the file is called %s", name)
	}
	content, err := os.ReadFile(path)
	must(t, err)
	if len(content) > 450_000 { // the program, its fonts, the page's words and the answer
		t.Errorf("the file has %d bytes", len(content))
	}
	t.Logf("%d bytes", len(content))
	if dir := os.Getenv("KUBESTRATA_PICTURES"); dir != "" {
		must(t, os.WriteFile(filepath.Join(dir, filepath.Base(path)), content, 0o600))
	}

	ctx := file(t, path, browser.Options{ReducedMotion: true})
	got, err := browser.Eval[[]string](ctx, way)
	must(t, err)
	if diff := cmp.Diff(sentences, got); diff != "" {
		t.Errorf("sentences of the page (-) and of the file (+):\n%s", diff)
	}
	if at, err := browser.Eval[int](ctx, `window.kubestrata.step()`); err != nil || at != 3 {
		t.Errorf("it opens at step %d, not where it was saved (%v)", at, err)
	}
	for _, i := range []int{0, 3, n - 1} {
		must(t, browser.Step(live, i))
		must(t, browser.Step(ctx, i))
		for what, expression := range map[string]string{
			"things":   things,
			"lit":      `[...document.querySelectorAll("#map .things > g.lit, #map .things .lit")].map(e => e.closest("[data-id]")?.dataset.id).sort()`,
			"sentence": `[document.querySelector("#player .sentence").textContent]`,
			"marked":   `[...document.querySelectorAll("#report [aria-current=step]")].map(e => e.dataset.step)`,
		} {
			want, err := browser.Eval[[]string](live, expression)
			must(t, err)
			have, err := browser.Eval[[]string](ctx, expression)
			must(t, err)
			if diff := cmp.Diff(want, have); diff != "" {
				t.Errorf("%s at step %d: the page (-) and the file (+):\n%s", what, i, diff)
			}
		}
	}

	// The whole player, by keys, step for step like the page.
	key := func(keys ...string) {
		t.Helper()
		for _, k := range keys {
			must(t, chromedp.Do(ctx, chromedp.KeyEvent(k)))
		}
	}
	at := func(ctx context.Context) int {
		t.Helper()
		must(t, browser.Wait(ctx, "it stands still", `window.kubestrata.idle()`))
		step, err := browser.Eval[int](ctx, `window.kubestrata.step()`)
		must(t, err)
		return step
	}
	_, err = browser.Eval[bool](live, `(document.activeElement.blur(), true)`)
	must(t, err)
	stood := map[int]bool{}
	for _, k := range []string{kb.Home, kb.ArrowRight, kb.ArrowRight, kb.PageDown, kb.ArrowLeft, kb.End, kb.PageUp, kb.End} {
		key(k)
		must(t, chromedp.Do(live, chromedp.KeyEvent(k)))
		here, there := at(ctx), at(live)
		if here != there {
			t.Errorf("after %q the file stands at step %d and the page at %d", k, here, there)
		}
		stood[here] = true
	}
	if len(stood) < 5 || !stood[0] || !stood[n-1] {
		t.Errorf("keys led to %v only", stood)
	}
	key("5", " ")
	must(t, browser.Wait(ctx, "it plays", `!window.kubestrata.idle() && window.kubestrata.step() < 5`))
	must(t, browser.Wait30(ctx, "it has played to the end", fmt.Sprintf(`window.kubestrata.idle() && window.kubestrata.step() === %d`, n-1)))
	key("t")
	must(t, browser.Wait(ctx, "the answer as text", `document.querySelector("#drawer.with-report #report .steps")?.offsetParent`))

	// What needs a server is not there; whatever is there works without one.
	for _, gone := range []string{"#bar", "#source", "#command", "[data-do=share-question]", "[data-do=share-answer]", "[data-do=close]", "#tab-check", "[data-export='Page that plays anywhere']", "#logo[href]"} {
		if there, err := browser.Eval[bool](ctx, fmt.Sprintf(`document.querySelector(%q) !== null`, gone)); err != nil || there {
			t.Errorf("%s is there (%v)", gone, err)
		}
	}
	note, err := browser.Eval[string](ctx, `document.getElementById("band-note").innerText.replace(/\s+/g, " ")`)
	must(t, err)
	for _, words := range []string{"Frozen answer as of 20", "computed by Kubestrata from the example world tour"} {
		if !strings.Contains(note, words) {
			t.Errorf("it does not say %q: %s", words, note)
		}
	}
	pressed, err := browser.Eval[[]string](ctx, `(() => {
		const seen = new Set(), names = [];
		for (let more = true; more;) {
			more = false;
			for (const b of document.querySelectorAll("button, summary, [role=button], [role=tab]")) {
				// What is pressed draws others anew: they are told apart by what they are called.
				const name = b.getAttribute("aria-label") || b.textContent;
				if (seen.has(name) || !b.checkVisibility() || b.dataset.export || name === "Present") continue;
				seen.add(name);
				names.push(name);
				b.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }));
				document.querySelector("dialog[open]")?.close();
				more = true;
			}
		}
		return names;
	})()`)
	must(t, err)
	if len(pressed) < 30 {
		t.Errorf("only these could be pressed: %v", pressed)
	}
	if still, err := browser.Eval[int](ctx, `window.kubestrata.steps()`); err != nil || still == 0 {
		t.Errorf("the trace is gone (%v)", err)
	}
	harmless(t, ctx)

	// The picture and the words can be taken from the file as well.
	must(t, browser.Step(ctx, 3))
	_, svg := saved(t, ctx, byMenu, "Picture as SVG")
	texts, _ := textsOfSVG(t, svg)
	if diff := cmp.Diff(textsOfMap(t, ctx), texts); diff != "" {
		t.Errorf("words of the map (-) and of the picture (+):\n%s", diff)
	}
	if !bytes.Contains(svg, []byte("font/woff2")) {
		t.Error("the picture from the file has no fonts")
	}
	_, fromFile := saved(t, ctx, byMenu, "Save as Markdown")
	_, fromPage := saved(t, live, byMenu, "Save as Markdown")
	if diff := cmp.Diff(string(fromPage), string(fromFile)); diff != "" {
		t.Errorf("the words of the page (-) and of the file (+):\n%s", diff)
	}
	must(t, byPalette(ctx, "Present"))
	must(t, browser.Wait(ctx, "it is presented", `document.body.classList.contains("presenting") && window.kubestrata.idle()`))
	harmless(t, ctx)
}

func TestAFileIsHarmlessWhateverTheRequestIsCalled(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "--world", "tour")
	live := tab(t, browser.Options{ReducedMotion: true})
	must(t, browser.Open(live, p.URL))
	const command = `curl -H 'X-A: </script><script>window.taken=1</script>' -H 'X-B: </pre><img src=x onerror=window.taken=1>' 'http://web/</style><svg/onload=window.taken=1>'`
	expect(t, live, "pod/default/toolbox", command, "answered", "pod.delivered", "")
	ctx := file(t, frozen(t, live), browser.Options{ReducedMotion: true})
	n, err := browser.Steps(ctx)
	must(t, err)
	must(t, browser.Step(ctx, n-1))
	same, err := browser.Eval[bool](ctx, fmt.Sprintf(`window.kubestrata.trace().request.command === %q`, command))
	must(t, err)
	if !same {
		t.Error("the command is not what was asked")
	}
	_, svg := saved(t, ctx, byMenu, "Picture as SVG")
	textsOfSVG(t, svg)
	harmless(t, ctx)
	_, held := saved(t, ctx, byMenu, "Save as JSON")
	body, err := json.Marshal(map[string]string{"from": "pod/default/toolbox", "command": command})
	must(t, err)
	if status, answer := post(t, p.URL, string(body)); status != 200 || asOf.ReplaceAllString(answer, "") != asOf.ReplaceAllString(string(held), "") {
		t.Errorf("the file does not hold what the API answers (%d)", status)
	}
}

func TestAFileOfAFailureSaysWhyAndOffersNothingThatNeedsAServer(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "--world", "tour")
	live := tab(t, browser.Options{ReducedMotion: true})
	must(t, browser.Open(live, p.URL))
	a := expect(t, live, "pod/default/toolbox", "nc -vz -w2 db-0.db 5432", "no-answer", "policy.ingress-denied", "")
	for _, size := range [][2]int64{{1440, 900}, {1024, 768}} {
		ctx := file(t, frozen(t, live), browser.Options{ReducedMotion: true, Width: size[0], Height: size[1]})
		n, err := browser.Steps(ctx)
		must(t, err)
		must(t, browser.Step(ctx, n-1))
		said, err := browser.Eval[string](ctx, `document.querySelector("#player .sentence").textContent`)
		must(t, err)
		if !strings.HasSuffix(said, a.Verdict.Sentence) {
			t.Errorf("it says %q, the page %q", said, a.Verdict.Sentence)
		}
		if live, err := browser.Eval[int](ctx, `[...document.querySelectorAll("[data-live]")].filter(e => e.checkVisibility()).length`); err != nil || live != 0 {
			t.Errorf("%d things that need a server can be seen (%v)", live, err)
		}
		if wide, err := browser.Eval[bool](ctx, `document.documentElement.scrollWidth > innerWidth`); err != nil || wide {
			t.Errorf("at %d it is wider than its window (%v)", size[0], err)
		}
		harmless(t, ctx)
	}
}

func TestAFileIsReadWithoutScripts(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "--world", "tour")
	live := tab(t, browser.Options{ReducedMotion: true})
	must(t, browser.Open(live, p.URL))
	expect(t, live, "pod/default/toolbox", "nc -vz -w2 db-0.db 5432", "no-answer", "policy.ingress-denied", "")
	sentences, err := browser.Eval[[]string](live, way)
	must(t, err)
	path := frozen(t, live)
	ctx := ownTab(t, browser.Options{NoScript: true})
	must(t, chromedp.Do(ctx, chromedp.Navigate("file://"+path)))
	got, err := browser.Eval[[]string](ctx, `[...document.querySelectorAll("#report .steps > li .sentence")].filter(e => e.checkVisibility()).map(e => e.textContent)`)
	must(t, err)
	if diff := cmp.Diff(sentences, got); diff != "" {
		t.Errorf("sentences of the page (-) and those that are seen without scripts (+):\n%s", diff)
	}
}
