package trace

import "github.com/kubestrata/kubestrata/internal/words"

// Word is what a class is called in sentences; empty for no class.
func (c Class) Word() string {
	if c == "" {
		return ""
	}
	return words.Say("class." + string(c))
}
