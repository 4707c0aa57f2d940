package templates

import (
	"strings"

	"github.com/kubestrata/kubestrata/internal/words"
)

// piece is a stretch of a text, or the number of the part of the page that stands there; -1: text.
type piece struct {
	text string
	part int
}

// pieces takes a text of the catalogue apart at its n verbs, wherever the language has them.
func pieces(key string, n int) []piece {
	marks := make([]any, n)
	for i := range marks {
		marks[i] = string(firstMark + rune(i))
	}
	var out []piece
	text := words.Say(key, marks...)
	for {
		at := strings.IndexFunc(text, func(r rune) bool { return r >= firstMark && r < firstMark+rune(n) })
		if at < 0 {
			break
		}
		r := []rune(text[at:])[0]
		if at > 0 {
			out = append(out, piece{text[:at], -1})
		}
		out = append(out, piece{part: int(r - firstMark)})
		text = text[at+len(string(r)):]
	}
	if text != "" {
		out = append(out, piece{text, -1})
	}
	return out
}

// firstMark begins a private area of Unicode, which no text of a catalogue has letters from.
const firstMark rune = 0xF0000

// marked is a stretch of a text with the sign that it stood between; 0: none.
type marked struct {
	text string
	mark rune
}

// marks takes a text apart at its `code` and *strong* stretches. A sign without its second is a letter.
func marks(text string) []marked {
	var out []marked
	for text != "" {
		at := strings.IndexAny(text, "`*")
		if at < 0 {
			break
		}
		sign := text[at : at+1]
		end := strings.Index(text[at+1:], sign)
		if end < 0 {
			break
		}
		if at > 0 {
			out = append(out, marked{text: text[:at]})
		}
		out = append(out, marked{text[at+1 : at+1+end], rune(sign[0])})
		text = text[at+end+2:]
	}
	if text != "" {
		out = append(out, marked{text: text})
	}
	return out
}
