package recipes

import (
	"github.com/kubestrata/kubestrata/internal/trace"
	"github.com/kubestrata/kubestrata/internal/words"
)

// because says in two words why something does not work, by the reasons of the contract; the trace says it in full.
func because(v trace.Verdict) string {
	switch {
	case v.Class == trace.CannotTell || v.Class == trace.LeftTheMap:
		return words.Say("recipes.because.cannot-tell")
	case v.Class == trace.Mixed:
		return words.Say("recipes.because.mixed")
	case words.Known("recipes.because." + v.Reason):
		return words.Say("recipes.because." + v.Reason)
	case v.HTTPStatus != nil:
		return words.Say("recipes.because.status", *v.HTTPStatus)
	}
	return words.Say("class." + string(v.Class))
}
