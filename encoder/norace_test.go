//go:build !race

package encoder

// raceEnabled: the race detector makes the generic kernels ten times slower.
const raceEnabled = false
