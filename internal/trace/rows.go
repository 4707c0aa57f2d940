package trace

import (
	"fmt"

	"github.com/kubestrata/kubestrata/internal/ingress"
	"github.com/kubestrata/kubestrata/internal/words"
)

// matchRule is the winning row as its Ingress has it.
func matchRule(d ingress.Decision) *Rule {
	for _, r := range d.Rows {
		if !r.Won {
			continue
		}
		host, path := r.Host, r.Path
		if host == "" {
			host = "*"
		}
		text := fmt.Sprintf("%s %s %s → %s", host, path, r.PathType, r.Backend)
		if r.Rule < 0 {
			text = "defaultBackend → " + r.Backend
		}
		return &Rule{Text: text, Where: fmt.Sprintf("Ingress %s/%s", r.Ingress.Namespace, r.Ingress.Name), Exact: false}
	}
	return nil
}

// rowsTried are the rows that lost, and why in two words.
func rowsTried(d ingress.Decision) []Tried {
	var out []Tried
	for _, r := range d.Rows {
		if r.Won {
			continue
		}
		host := r.Host
		if host == "" {
			host = "*"
		}
		why := r.Why
		if r.Rule >= 0 {
			why = fmt.Sprintf("%s%s: %s", host, r.Path, r.Why)
		}
		out = append(out, Tried{Object: pointer(r.Ingress), Why: why})
	}
	return out
}

func rowCompared(d ingress.Decision, request *HTTP) []Comparison {
	for _, r := range d.Rows {
		if !r.Won || r.Rule < 0 {
			continue
		}
		host := r.Host
		if host == "" {
			host = "*"
		}
		return []Comparison{
			{What: "host", Wanted: host, Got: request.Headers["Host"], Holds: true},
			{What: "path", Wanted: r.PathType + " " + r.Path, Got: request.Path, Holds: true},
		}
	}
	return nil
}

func matchSentence(d ingress.Decision, request *HTTP) string {
	for _, r := range d.Rows {
		if r.Won && r.Rule >= 0 {
			return words.Say("says.proxy.match", r.Ingress.Namespace, r.Ingress.Name, r.Host, r.Path, r.Backend)
		}
		if r.Won {
			return words.Say("says.proxy.match.default-backend", r.Ingress.Namespace, r.Ingress.Name, r.Backend)
		}
	}
	return words.Say("says.proxy.match.no-rule", request.Headers["Host"], request.Path)
}

func matchTitle(d ingress.Decision) string {
	if d.Ingress == nil {
		return words.Say("title.no-rule-matches")
	}
	return words.Say("title.rule-matched")
}
