// Package peak measures what share of the core's arithmetic a kernel uses: it
// runs independent multiply-adds of a precision on registers alone, as fast as
// they issue. Only benchmarks use it.
package peak

// FLOPs runs rounds of the multiply-adds of a kernel level of package simd and
// returns how many operations those were, two a multiply-add: 0 for a level that
// has no instructions for the precision, or that this build leaves out.
func FLOPs(level string, precision string, rounds int) float64 {
	loop, ok := loops[level][precision]
	if !ok {
		return 0
	}
	loop.run(rounds)
	return float64(rounds) * float64(loop.chains*loop.lanes) * 2
}

// loop is the assembly of one instruction. A round of it holds chains of them,
// each of which waits only for its own sum of the round before: 12 are enough
// for two units of latency 6, 15 for the bfloat16 of Zen 5, and 20 for the four
// units that some arm64 cores have. Each is lanes multiply-adds.
type loop struct {
	chains, lanes int
	run           func(rounds int)
}
