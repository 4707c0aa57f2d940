package page

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"sigs.k8s.io/yaml"

	"github.com/kubestrata/kubestrata/testbed/browser"
)

// invented writes a language in which every text of the catalogue stands in brackets, those of the page 30 % longer than in
// English, as many languages are. What stands in no bracket on the page came from no catalogue.
func invented(t *testing.T) string {
	t.Helper()
	english, err := os.ReadFile("../../../internal/words/en.txt")
	must(t, err)
	var b strings.Builder
	for line := range strings.Lines(string(english)) {
		key, text, ok := strings.Cut(strings.TrimSpace(line), " =")
		text = strings.TrimSpace(text)
		switch {
		case strings.HasPrefix(line, "#") || !ok:
		case key == "language":
			b.WriteString("language = en-x-test\n")
		default:
			more := 0
			if strings.HasPrefix(key, "page.") {
				more = max(0, int(math.Ceil(0.3*float64(utf8.RuneCountInString(text))))-2)
			}
			longer := strings.Repeat("øøøøøøø ", more/8) + strings.Repeat("ø", more%8) // words of eight, as people have them
			fmt.Fprintf(&b, "%s = ⟦%s%s⟧\n", key, text, longer)
		}
	}
	return write(t, "test.txt", b.String())
}

// others says what stands on the page without brackets, on purpose: the server's words of things and of mistakes, which are
// no part of the page's catalogue, and what people type or programs print.
const others = `pre, code, kbd, samp, textarea, script, style, noscript, title, .terminal,
	.described, .wide, .inspected .kind,
	.reached .sum, .reached summary, .reached .because, .reached button, .recipe-way, .recipe-end, .recipe-source .none, .recipe-source button,
	.exposure li, .bar-note, #problem, #source .title, .suggestion span, .fork, .object .none, .note-text, .compare .runs th span, #fork-note b,
	#logo, #room-code, .code, .sample`

// lives is what the worlds that live say of themselves.
const lives = `["a pod of web is replaced every 20 s"]`

// unsaidScript lists the words that are visible, or said to those who do not see, and came neither from the catalogue nor from
// the cluster: names, kinds and addresses of things, and the sentences of the open trace.
const unsaidScript = `((others, ...data) => {
	const phrases = new Set(), tokens = new Set();
	const take = v => {
		if (typeof v === "string") {
			if (/\s/.test(v.trim())) for (const line of v.split("\n")) phrases.add(line.trim());
			else for (const w of v.toLowerCase().split(/[^a-z0-9]+/)) tokens.add(w);
		} else if (v && typeof v === "object") for (const x of Object.values(v)) take(x);
	};
	const kinds = "Pod Node Service Ingress Gateway HTTPRoute GRPCRoute NetworkPolicy Deployment Host Resolver Router Network Cluster LAN TCP UDP ICMP HTTP DNS iptables ipvs nftables ClusterIP NodePort LoadBalancer Headless ExternalName YAML GET HEAD POST Kubestrata";
	for (const k of kinds.split(" ")) tokens.add(k.toLowerCase());
	take(data);
	take(document.querySelector("#command")?.value ?? "");
	for (const el of document.querySelectorAll("#source .name, #source-name")) take(el.textContent + " "), take(el.textContent);
	take(window.kubestrata?.trace?.() ?? null);
	take(window.kubestrata?.pods?.() ?? []);
	for (const el of document.querySelectorAll("[data-key]")) take(window.kubestrata?.card?.(el.dataset.key) ?? null);
	const long = [...phrases].filter(Boolean).sort((a, b) => b.length - a.length);
	const bare = text => {
		let out = text, before;
		do { before = out; out = out.replace(/⟦[^⟦⟧]*⟧/g, " "); } while (out !== before);
		return out.replace(/⟦[^]*$/, " ").replace(/^[^]*⟧/, " ").replace(/\b\d?\d:\d\d(:\d\d)?( [AP]M)?\b/g, " ");
	};
	// A text that has elements in it is several nodes: whether one of them stands within the brackets of all.
	const within = n => {
		const whole = n.parentElement.closest("p, li, dd, td, h1, summary") ?? n.parentElement;
		const before = document.createRange();
		before.setStart(whole, 0);
		before.setEnd(n, 0);
		return before.toString().split("⟦").length > before.toString().split("⟧").length;
	};
	const fromData = text => {
		let rest = text;
		for (const p of long) rest = rest.split(p).join(" ");
		const [head, tail] = rest.split("…");
		if (tail !== undefined && long.some(p => p.startsWith(head.trim()) && p.endsWith(tail.trim()))) return "";
		return rest.split(/[^A-Za-z0-9]+/).filter(w => /[A-Za-z]{2}/.test(w) && !/\d/.test(w) && !tokens.has(w.toLowerCase()) &&
			!(text.includes("…") && [...tokens].some(x => x.startsWith(w.toLowerCase()) || x.endsWith(w.toLowerCase())))).join(" ");
	};
	const found = new Set();
	const look = (text, el, where) => {
		const left = fromData(bare(text));
		if (left) found.add(where + " " + el.tagName.toLowerCase() + (el.id ? "#" + el.id : "") + "." + (el.getAttribute("class") ?? "") + ": " + text.trim().slice(0, 80) + " [" + left + "]");
	};
	const walk = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
	for (let n = walk.nextNode(); n; n = walk.nextNode()) {
		const el = n.parentElement;
		if (n.data.trim() === "" || within(n) || el.closest(others) || !el.checkVisibility({ visibilityProperty: true })) continue;
		look(n.data, el, "text");
	}
	for (const name of ["aria-label", "title", "placeholder", "aria-valuetext"])
		for (const el of document.querySelectorAll("[" + name + "]"))
			if (!el.closest(others) && el.checkVisibility({ visibilityProperty: true })) look(el.getAttribute(name), el, name);
	return [...found].sort();
})`

// clippedScript lists buttons whose words do not fit into them, or that lie beyond the window.
const clippedScript = `(() => {
	const found = [];
	for (const el of document.querySelectorAll("button, a.button, summary, [role=tab], select, label")) {
		const r = el.getBoundingClientRect();
		if (r.width === 0 || !el.checkVisibility({ visibilityProperty: true }) || el.matches(".visually-hidden, .strip button") || el.closest("#map svg")) continue;
		const name = el.tagName.toLowerCase() + (el.id ? "#" + el.id : "") + "." + el.className + " (" + el.textContent.trim().slice(0, 40) + ")";
		// Lines of facts and ways, as long as what they name, end in an ellipsis.
		if (getComputedStyle(el).textOverflow === "ellipsis") continue;
		if (el.scrollWidth > el.clientWidth + 1 && getComputedStyle(el).display !== "inline" && el.tagName !== "SELECT") found.push(name + " is " + el.clientWidth + " px wide, its words " + el.scrollWidth);
		if (el.scrollHeight > el.clientHeight + 2 && getComputedStyle(el).overflowY !== "visible") found.push(name + " is " + el.clientHeight + " px high, its words " + el.scrollHeight);
		if (r.right > innerWidth + 1 || r.left < -1) found.push(name + " reaches from " + r.left.toFixed() + " to " + r.right.toFixed());
	}
	return [...new Set(found)];
})()`

// In another language everything that a person reads on the page is said in that language, whatever the page shows, but for
// names of things and what programs print; and it fits, though it is longer.
func TestEveryWordOfThePageComesFromTheCatalogue(t *testing.T) {
	s := newStateServers(t)
	s.more = []string{"--language", invented(t)}
	data := values(t, "tour", "ckad/calico")
	for _, row := range pageStates {
		t.Run(row.name, func(t *testing.T) {
			ctx := row.in(t, s, browser.Options{ReducedMotion: true})
			lists(t, ctx, "in no catalogue", fmt.Sprintf("%s(%s, %s, %s)", unsaidScript, quoted(others), lives, data))
			lists(t, ctx, "longer", flowScript)
			lists(t, ctx, "longer", clippedScript)
		})
	}
}

// The states that have no size of their own are looked at in the smaller one of the reference pictures, too.
func TestLongerWordsFitASmallWindow(t *testing.T) {
	s := newStateServers(t)
	s.more = []string{"--language", invented(t)}
	for _, row := range pageStates {
		if row.size != [2]int64{} {
			continue
		}
		t.Run(row.name, func(t *testing.T) {
			ctx := row.in(t, s, browser.Options{Width: 1024, Height: 768, ReducedMotion: true})
			lists(t, ctx, "longer", flowScript)
			lists(t, ctx, "longer", clippedScript)
		})
	}
}

// The page says in which language it is, and how that is written.
func TestThePageSaysItsLanguage(t *testing.T) {
	p := start(t, nil, "--world", "tour", "--language", write(t, "he.txt", "language = he\npage.command.legend = מקרא\n"))
	ctx := tab(t, browser.Options{ReducedMotion: true})
	must(t, browser.Open(ctx, p.URL))
	must(t, browser.Wait(ctx, "the page is in Hebrew, from right to left, and what has no translation is said in English",
		`document.documentElement.lang === "he" && document.documentElement.dir === "rtl" && [...document.querySelectorAll("#map-tools .tool")].some(b => b.textContent === "מקרא") && document.querySelector("#trace-button").textContent.trim() === "Trace"`))
}

// values are what the objects of worlds and of the files of these tests hold, as JSON: names, addresses, labels.
func values(t *testing.T, worlds ...string) string {
	t.Helper()
	texts := []string{gatewayFiles, shopRoute, emptyCluster, serviceWritten}
	for _, name := range worlds {
		dir := t.TempDir()
		if out, err := exec.Command(binary, "worlds", "export", name, dir).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		for _, file := range []string{"objects.yaml", "surroundings.yaml"} {
			text, err := os.ReadFile(filepath.Join(dir, file))
			must(t, err)
			texts = append(texts, string(text))
		}
	}
	var all []any
	for _, text := range texts {
		for _, document := range strings.Split(text, "\n---") {
			var v any
			must(t, yaml.Unmarshal([]byte(document), &v))
			all = append(all, v)
		}
	}
	b, err := json.Marshal(all)
	must(t, err)
	return string(b)
}

func quoted(text string) string {
	b, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return string(b)
}
