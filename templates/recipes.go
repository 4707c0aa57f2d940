package templates

import (
	"strconv"

	"github.com/kubestrata/kubestrata/internal/recipes"
)

// recipeKind says in words where somebody stands.
func recipeKind(k recipes.Kind) string {
	switch k {
	case recipes.SameNamespace:
		return "A pod in the same namespace"
	case recipes.OtherNamespace:
		return "A pod in another namespace"
	case recipes.AnyPod:
		return "A pod"
	case recipes.Node:
		return "A node"
	case recipes.LAN:
		return "The LAN"
	case recipes.Internet:
		return "The Internet"
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
