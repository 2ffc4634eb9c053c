// Package peak measures what share of the core's arithmetic a kernel uses: it
// runs independent float32 multiply-adds on registers alone, as fast as they
// issue. Only benchmarks use it.
package peak

// FLOPs runs rounds of the multiply-adds of a kernel level of package f32 and
// returns how many floating-point operations those were: 0 for a level that
// has no assembly, or that this build leaves out.
func FLOPs(level string, rounds int) float64 {
	loop, ok := loops[level]
	if !ok {
		return 0
	}
	loop.run(rounds)
	return float64(rounds) * chains * float64(loop.lanes) * 2
}

// chains is how many multiply-adds a round holds. Each waits only for its own
// sum of the round before, and 10 are enough for two units of latency 4.
const chains = 10

// loop is the assembly of one level.
type loop struct {
	lanes int
	run   func(rounds int)
}
