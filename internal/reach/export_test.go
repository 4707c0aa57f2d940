package reach

// Traced is how many pairs were traced for an answer.
func Traced(a *Answer) int { return a.traced }
