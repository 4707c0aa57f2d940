// Package observation reads what a client program really printed, and holds it against a trace: did what was predicted
// happen, and if not, which assumption explains the difference? It is pure: text in, judgement out.
package observation
