package command

import (
	"slices"
	"strings"
)

// changingVariables are those of the environment that change where a client connects: curl's proxies (which it reads in
// lower case, http_proxy only so: curl(1), ENVIRONMENT) and what the C library's resolver reads (resolv.conf(5), hostname(7)).
var changingVariables = []string{
	"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "RES_OPTIONS", "LOCALDOMAIN", "HOSTALIASES",
}

// wrapper is a program that runs another one as it is: which of its short flags have a value, and how many words of its
// own stand before the command.
type wrapper struct {
	values string
	words  int
}

var wrappers = map[string]wrapper{
	"sudo": {values: "ugpChDRTr"}, "time": {values: "fo"}, "command": {}, "nohup": {}, "env": {values: "uCS"}, "exec": {values: "a"}, "nice": {values: "n"},
	"timeout": {values: "ks", words: 1}, "watch": {values: "nq"}, "stdbuf": {values: "ioe"}, "strace": {values: "eofps"}, "doas": {values: "uC"}, "!": {},
}

// unwrap takes away what stands before a command; changing are the variables among it that change its request. A single
// quoted word behind watch is a line of its own, which comes back whole.
func unwrap(words []string) (rest, ignored, changing []string) {
	for len(words) > 0 {
		name, _, assigns := strings.Cut(words[0], "=")
		if assigns && isVariable(name) {
			if slices.Contains(changingVariables, name) {
				changing = append(changing, name)
			} else {
				ignored = append(ignored, words[0])
			}
			words = words[1:]
			continue
		}
		w, known := wrappers[words[0]]
		if !known || len(words) == 1 {
			return words, ignored, changing
		}
		n := 1
		for n < len(words) && strings.HasPrefix(words[n], "-") && len(words[n]) > 1 {
			flag := words[n]
			n++
			if !strings.HasPrefix(flag, "--") && strings.IndexByte(w.values, flag[len(flag)-1]) >= 0 && n < len(words) {
				n++ // its value
			}
			if flag == "--" {
				break
			}
		}
		n += w.words
		if n >= len(words) {
			return words, ignored, changing
		}
		if text := strings.Join(words[:n], " "); n > 1 || words[0] == "watch" {
			ignored = append(ignored, text)
		}
		words = words[n:]
	}
	return words, ignored, changing
}

func isVariable(s string) bool {
	return s != "" && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789") == ""
}
