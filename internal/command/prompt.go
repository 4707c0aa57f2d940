package command

import (
	"regexp"
	"strings"
)

// The prompts that tutorials print before a command.
var (
	promptObscured = regexp.MustCompile(`^\[email.protected\]:?\S*[$#%]$`) // how pages hide "user@host" from harvesters
	promptBash     = regexp.MustCompile(`^([A-Za-z0-9-]+)Bash[#$]$`)
	promptUserHost = regexp.MustCompile(`^\[?([A-Za-z0-9._-]+)@([A-Za-z0-9._-]+)(?::\S*|\])?[$#%]$`)
	promptBracket  = regexp.MustCompile(`^\[([A-Za-z0-9._-]+)@([A-Za-z0-9._-]+)$`) // [root@node01 ~]#, two words
	promptWindows  = regexp.MustCompile(`^\s*(?:PS )?[A-Za-z]:\\[^<>|"]*>\s*`)     // PS C:\Users\me>
	promptBare     = regexp.MustCompile(`^([A-Za-z0-9][A-Za-z0-9._-]*)[$#]$`)      // node01$
	promptMac      = regexp.MustCompile(`^([A-Za-z0-9._-]+):\S*$`)                 // laptop:~ me$, two words
	promptShell    = regexp.MustCompile(`^(?:/|~|[a-z-]*sh-[0-9.]+)[$#]$`)         // sh-4.2$, bash-5.1#
)

// windowsPrompt takes the prompt of a Windows shell away before a line is cut into words: its backslashes are no quotes.
func windowsPrompt(line string) (rest string, is bool) {
	at := promptWindows.FindString(line)
	return line[len(at):], at != ""
}

// stripPrompt takes a prompt away from the words of a line and tells the source that it names.
func stripPrompt(words []word) ([]word, *Source) {
	if len(words) == 0 || words[0].operator && words[0].text != ">" {
		return words, nil
	}
	first := words[0].text
	second := ""
	if len(words) > 1 && !words[1].operator {
		second = words[1].text
	}
	if strings.HasPrefix(first, "(") && strings.HasSuffix(first, ")") && len(words) > 2 {
		if rest, source := stripPrompt(words[1:]); len(rest) < len(words)-1 { // (base) me@laptop:~$
			return rest, source
		}
	}
	if first == "➜" || first == "❯" {
		for n := 1; n < min(len(words), 6); n++ { // the directory and branch of fancy prompts
			if knownProgram(words[n].text) || wrappers[words[n].text] != (wrapper{}) {
				return words[n:], nil
			}
		}
	}
	if first == "$" || first == "#" || first == "%" || first == ">" || first == "❯" || first == "➜" {
		return words[1:], nil
	}
	if first == "[email" && promptObscured.MatchString(first+" "+second) {
		return words[2:], &Source{Kind: SourceOutside}
	}
	if promptObscured.MatchString(first) {
		return words[1:], &Source{Kind: SourceOutside}
	}
	if m := promptBash.FindStringSubmatch(first); m != nil {
		switch strings.ToLower(m[1]) {
		case "pod":
			return words[1:], &Source{Kind: SourceSomePod}
		case "laptop":
			return words[1:], &Source{Kind: SourceOutside}
		}
		return words[1:], &Source{Kind: SourcePrompt, Name: strings.ToLower(m[1])}
	}
	if m := promptUserHost.FindStringSubmatch(first); m != nil {
		return words[1:], &Source{Kind: SourcePrompt, User: m[1], Name: m[2]}
	}
	if second == "$" || second == "#" {
		if m := promptBare.FindStringSubmatch(first + second); m != nil && len(words) > 2 && !knownProgram(first) {
			return words[2:], &Source{Kind: SourcePrompt, Name: m[1]} // controlplane $
		}
	}
	if m := promptMac.FindStringSubmatch(first); m != nil && promptBare.MatchString(second) && len(words) > 2 {
		return words[2:], &Source{Kind: SourcePrompt, Name: m[1]}
	}
	if m := promptBracket.FindStringSubmatch(first); m != nil && (strings.HasSuffix(second, "]$") || strings.HasSuffix(second, "]#")) {
		return words[2:], &Source{Kind: SourcePrompt, User: m[1], Name: m[2]}
	}
	if (first == "/" || first == "~") && (second == "#" || second == "$") || promptShell.MatchString(first) {
		n := 1
		if second == "#" || second == "$" {
			n = 2
		}
		return words[n:], &Source{Kind: SourceSomePod}
	}
	if m := promptBare.FindStringSubmatch(first); m != nil && len(words) > 1 {
		return words[1:], &Source{Kind: SourcePrompt, Name: m[1]}
	}
	return words, nil
}
