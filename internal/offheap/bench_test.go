package offheap

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"lookalike/internal/simd"
)

// BenchmarkRows reads rows of 768 codes at random, 7 at a time as a walk through a graph
// does, from the heap and from outside it; CPU time is what to compare.
func BenchmarkRows(b *testing.B) {
	const dim, batch = 768, 7
	for _, n := range []int{50_000, 1_000_000} {
		owner := new([16]byte)
		for _, place := range []struct {
			name string
			rows []int8
		}{{"heap", make([]int8, n*dim)}, {"offheap", Make[int8](owner, n*dim)}} {
			for i := range place.rows {
				place.rows[i] = int8(i)
			}
			b.Run(fmt.Sprintf("%s/%d", place.name, n), func(b *testing.B) {
				query, at, dots := make([]int8, dim), make([]*int8, batch), make([]int32, batch)
				before := cpuTime(b)
				for range b.N {
					for i := range at {
						at[i] = &place.rows[rand.IntN(n)*dim]
					}
					simd.DotCodesOf(dots, query, at)
				}
				b.ReportMetric(float64((cpuTime(b)-before).Nanoseconds())/float64(b.N)/batch, "cpu-ns/row")
			})
		}
		runtime.KeepAlive(owner)
	}
}

// cpuTime is that of this process.
func cpuTime(b *testing.B) time.Duration {
	var r unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &r); err != nil {
		b.Fatal(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}
