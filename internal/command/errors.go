package command

import (
	"errors"
	"strconv"
)

// MaxLine is the longest line that is parsed, in bytes.
const MaxLine = 8 << 10

// ErrNotARequest is matched (errors.Is) by every *NotARequest.
var ErrNotARequest = errors.New("not a network request")

// Error says which word of a line is not understood and what to do about it.
type Error struct {
	Word    string // as written; empty where the whole line is meant
	Message string // lower case, without a full stop
}

func (e *Error) Error() string {
	if e.Word == "" {
		return e.Message
	}
	return strconv.Quote(e.Word) + ": " + e.Message
}

// LineKind says what a line is that is no request.
type LineKind string

// The kinds of lines that are no requests.
const (
	LineResolvConf LineKind = "resolv-conf" // cat /etc/resolv.conf: its file is shown
	LineView       LineKind = "view"        // shows objects: kubectl get, describe …
	LineChange     LineKind = "change"      // would change objects: explained, never executed
	LineListen     LineKind = "listen"      // nc -l: something listens afterwards
	LineOther      LineKind = "other"
)

// NotARequest is the error for lines that are understood and make no request.
type NotARequest struct {
	Kind    LineKind
	Message string   // one helpful sentence, with its full stop
	Source  *Source  // where the line runs, if it says
	Request *Request // of LineListen: protocol and port
	Words   []string // the line's words, prompt removed
}

func (e *NotARequest) Error() string { return e.Message }

// Is makes errors.Is(err, ErrNotARequest) true.
func (e *NotARequest) Is(target error) bool { return target == ErrNotARequest }
