package templates

import (
	"strconv"

	"github.com/kubestrata/kubestrata/internal/recipes"
	"github.com/kubestrata/kubestrata/internal/words"
)

// recipeKind says in words where somebody stands.
func recipeKind(k recipes.Kind) string {
	switch k {
	case recipes.SameNamespace:
		return words.Say("page.html.recipes.same-namespace")
	case recipes.OtherNamespace:
		return words.Say("page.html.recipes.other-namespace")
	case recipes.AnyPod:
		return words.Say("page.html.recipes.any-pod")
	case recipes.Node:
		return words.Say("page.html.recipes.node")
	case recipes.LAN:
		return words.Say("page.html.recipes.lan")
	case recipes.Internet:
		return words.Say("page.html.recipes.internet")
	}
	return string(k)
}

// recipeEnd is how a recipe ends: its class, or in two words why it does not work.
func recipeEnd(r recipes.Recipe) string {
	if !r.Works {
		return r.Because
	}
	end := classText(r.Class)
	if r.HTTPStatus != nil {
		end += " " + strconv.Itoa(*r.HTTPStatus)
	}
	return end
}
