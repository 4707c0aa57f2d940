package reach

// Traced is told how many pairs were traced for an answer.
var Traced = &traced
