package command

// Parse reads a command line given as words, or as one quoted line the way a tutorial prints it: with a prompt, quotes,
// and lines joined by backslashes. The error is an *Error, or a *NotARequest where the line is understood and makes no
// request.
func Parse(words []string) (*Request, error) {
	return nil, &Error{Message: "not parsed"}
}

// ClientResult says with which status the client program exits and the last line it prints about it (to stderr where it
// has one; empty where it prints nothing but the answer). Exit codes: curl's manual (6, 7, 22, 28, 35, 52, 56, 60), GNU
// wget's (1, 4, 5, 8), 1 for BusyBox, nc, ping, nslookup and host, dig's (0 and 9).
func (r *Request) ClientResult(in Outcome) (exitCode int, message string) { return 0, "" }
