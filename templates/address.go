package templates

import (
	"net/url"

	"github.com/kubestrata/kubestrata/internal/wire"
	"github.com/kubestrata/kubestrata/internal/words"
)

// address is the relative address of the page with a source; more is a query that is already encoded.
func address(source, more string) string {
	q := ""
	if source != "" {
		q = "source=" + url.QueryEscape(source)
	}
	if more != "" {
		if q != "" {
			q += "&"
		}
		q += more
	}
	if q == "" {
		return "./"
	}
	return "./?" + q
}

type group struct {
	title   string
	choices []wire.Choice
}

// groups sorts the choices by kind: what is real first.
func groups(choices []wire.Choice) []group {
	all := []group{{title: words.Say("page.html.sources.clusters")}, {title: words.Say("page.html.sources.files")}, {title: words.Say("page.html.sources.worlds")}}
	index := map[string]int{"live": 0, "files": 1, "world": 2}
	for _, c := range choices {
		i := index[c.Kind]
		all[i].choices = append(all[i].choices, c)
	}
	var some []group
	for _, g := range all {
		if len(g.choices) > 0 {
			some = append(some, g)
		}
	}
	return some
}
