package page

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kubestrata/kubestrata/testbed/browser"
)

// axeSource is axe-core as web/package.json pins it. It is a tool of this test only: nothing of it is in the program.
func axeSource(t *testing.T) string {
	t.Helper()
	source, err := os.ReadFile(filepath.Join("..", "..", "..", "web", "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		t.Fatalf("%v (fetch it with: cd web && npm install)", err)
	}
	return string(source)
}

// finding is what axe says of one rule.
type finding struct {
	ID    string `json:"id"`
	Help  string `json:"help"`
	Nodes []struct {
		HTML    string   `json:"html"`
		Target  []string `json:"target"`
		Summary string   `json:"failureSummary"`
	} `json:"nodes"`
}

type findings struct {
	Violations []finding `json:"violations"`
	Incomplete []finding `json:"incomplete"`
}

// axe runs all rules of WCAG 2.2 A and AA and the best practices on the page as it is.
func axe(t *testing.T, ctx context.Context, source string) findings {
	t.Helper()
	_, err := browser.Eval[bool](ctx, source+"\n;typeof window.axe === 'object'")
	must(t, err)
	// The answer is waited for, so that an expression need not be a promise.
	_, err = browser.Eval[bool](ctx, `(window.axed = null, window.axe.run(document, {
		runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], resultTypes: ["violations", "incomplete"],
	}).then(r => {
		const short = list => list.map(f => ({ ...f, nodes: f.nodes.map(n => ({ html: n.html.slice(0, 300), target: n.target.flat(), failureSummary: n.failureSummary })) }));
		window.axed = JSON.stringify({ violations: short(r.violations), incomplete: short(r.incomplete) });
	}, e => { window.axed = JSON.stringify({ violations: [{ id: "axe", help: String(e), nodes: [] }], incomplete: [] }); }), true)`)
	must(t, err)
	must(t, browser.Wait30(ctx, "axe is done", `window.axed !== null`))
	text, err := browser.Eval[string](ctx, `window.axed`)
	must(t, err)
	var found findings
	must(t, json.Unmarshal([]byte(text), &found))
	return found
}

// allowed are the findings that axe cannot decide and somebody has: a rule, where, and why it holds. That one is not met is no
// failure: what axe can decide depends on what lies where at that moment, and on the letters that a room's code drew.
type allowed struct {
	rule, where, why string
}

// readAllowed reads testdata/axe-incomplete.txt: per line the rule, a piece of the node's selector or markup, and the
// reason, between tabs or double spaces.
func readAllowed(t *testing.T) []*allowed {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", "axe-incomplete.txt"))
	must(t, err)
	defer f.Close()
	var list []*allowed
	for lines := bufio.NewScanner(f); lines.Scan(); {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		parts := strings.SplitN(line, " | ", 3)
		if len(parts) != 3 {
			t.Fatalf("%q is not: rule | where | why", line)
		}
		list = append(list, &allowed{rule: parts[0], where: parts[1], why: parts[2]})
	}
	return list
}

// axeFindsNothing fails with each violation, and with what axe cannot decide and nobody has.
func axeFindsNothing(t *testing.T, ctx context.Context, source string, allowances []*allowed) {
	t.Helper()
	found := axe(t, ctx, source)
	for _, v := range found.Violations {
		var where strings.Builder
		for _, n := range v.Nodes[:min(len(v.Nodes), 4)] {
			fmt.Fprintf(&where, "\n    %s\n      %s", n.HTML, strings.ReplaceAll(n.Summary, "\n", "\n      "))
		}
		t.Errorf("%s (%s), %d times:%s", v.Help, v.ID, len(v.Nodes), where.String())
	}
	for _, v := range found.Incomplete {
	nodes:
		for _, n := range v.Nodes {
			for _, a := range allowances {
				if a.rule == v.ID && (strings.Contains(strings.Join(n.Target, " "), a.where) || strings.Contains(n.HTML, a.where)) {
					continue nodes
				}
			}
			t.Errorf("axe cannot decide %s (%s), and testdata/axe-incomplete.txt does not either:\n    %s\n    %v\n    %s", v.Help, v.ID, n.HTML, n.Target, n.Summary)
		}
	}
}
