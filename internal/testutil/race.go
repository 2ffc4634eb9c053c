//go:build race

package testutil

// Race reports whether the race detector is on: it makes plain Go loops about
// ten times slower, and the largest tests leave them to the run without it.
const Race = true
