package command

import "strings"

// unquoted are the letters that no shell reads as its own.
const unquoted = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_@%+=:,./-^"

// Join writes words as one line that a POSIX shell takes apart into the same words. A single word is a line already, as a
// person typed it.
func Join(words []string) string {
	if len(words) == 1 {
		return words[0]
	}
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = quote(w)
	}
	return strings.Join(out, " ")
}

func quote(word string) string {
	// What stands for something else (a placeholder, a variable, minikube's address) is left as it is.
	if word != "" && (strings.Trim(word, unquoted) == "" || strings.HasPrefix(word, "$") || strings.HasPrefix(word, "<")) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
