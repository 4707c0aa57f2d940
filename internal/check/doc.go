// Package check holds requests against the ends that are expected of them, so that a pull request can assert who reaches
// what. It is pure: a View and a decoded file in, results out.
package check
