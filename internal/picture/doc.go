// Package picture turns Views into what the map shows: cards for the few-of-a-kind objects, rows for pods and endpoints.
// A Picture is kept up to date from the changes of a Store, so that one changed pod costs about one row, whatever the
// size of the cluster. It is pure: no clock, no input or output; not safe for concurrent use.
package picture
