// Package figures measures the page as it runs: how it loads and answers on a slow computer behind a slow line, how
// smoothly a trace is played, what an idle page costs, and how large its files are. Times are those of a browser without
// a GPU; the slow-down is Chromium's own.
package figures

// Figure is one measured value with its bar.
type Figure struct {
	What  string
	Value float64
	Unit  string
	// Limit is what Value must not exceed; where AtLeast is set, what it must reach.
	Limit   float64
	AtLeast bool
	// Noisy values grow with whatever else the machine does.
	Noisy bool
}

// Holds says whether the bar is kept.
func (f Figure) Holds() bool {
	if f.AtLeast {
		return f.Value >= f.Limit
	}
	return f.Value <= f.Limit
}
