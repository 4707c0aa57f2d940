// Package templates renders everything on the page that is made of words: the shell, the trace as a numbered list, the
// inspector, lists of sources, help. Nothing here needs JavaScript, and nothing uses inline scripts or styles, so that
// the Content-Security-Policy holds. All addresses are relative: the page works under any path prefix.
//
// Generate with `go tool templ generate` from the top of the repository; the output is committed.
package templates
