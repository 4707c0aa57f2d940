// Package source keeps the sources that browsers look at: which can be opened, and for each open one its Store, the
// goroutine that fills it and the Hub that serves it. Sources are opened when first asked for and closed when nobody has
// looked for a while. It knows no kind of source: the command line says what there is and how to open it.
package source
