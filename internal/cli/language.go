package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/kubestrata/kubestrata/internal/words"
)

// speak gives all commands the flag --language. The language is chosen before any of them says anything.
func speak(root *cobra.Command) {
	name := root.PersistentFlags().String("language", "en",
		"Language of answers and of the page: "+strings.Join(words.BuiltIn(), ", ")+" or a file, see internal/words/languages.md")
	root.PersistentPreRunE = func(*cobra.Command, []string) error {
		c, err := words.Load(*name)
		if err != nil {
			return usage("--language: %w", err)
		}
		words.Use(c)
		return nil
	}
}
