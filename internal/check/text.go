package check

import (
	"fmt"
	"strings"
)

// Text writes a report as one line a request, with what differs below the failing ones.
func Text(r *Report) string {
	var b strings.Builder
	for _, x := range r.Results {
		if x.Passed {
			fmt.Fprintf(&b, "ok    %s\n", x.Name)
			continue
		}
		fmt.Fprintf(&b, "FAIL  %s (%s:%d)\n", x.Name, x.File, x.Line)
		if x.Error != "" {
			fmt.Fprintf(&b, "      %s\n", x.Error)
		}
		for _, d := range x.Differs {
			fmt.Fprintf(&b, "      %s: want %s, got %s\n", d.Field, d.Want, d.Got)
		}
		if x.Verdict != nil {
			fmt.Fprintf(&b, "      %s\n", x.Verdict.Sentence)
		}
	}
	fmt.Fprintf(&b, "%d passed, %d failed\n", r.Passed, r.Failed)
	return b.String()
}
