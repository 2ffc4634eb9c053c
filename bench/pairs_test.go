package bench

import (
	"testing"

	"lookalike/index"
	"lookalike/internal/vectors"
)

// BenchmarkPairs finds all pairs of 50,000 vectors with planted groups, exactly
// and by the graph, and reports the recall of pairs and the exact scan's CPU time
// over ours.
func BenchmarkPairs(b *testing.B) {
	const many, threshold = 50_000, 0.9
	unread := func(id uint64, err error) { b.Errorf("vector %d: %v", id, err) }
	for _, set := range []struct {
		name string
		vectors.Set
	}{{"clustered", vectors.Clustered}, {"hard", vectors.Hard}} {
		b.Run(set.name, func(b *testing.B) {
			x := buildOurs(b, set.Planted(3, many, dim, 0.3, 0.85))
			b.ResetTimer()
			for range b.N {
				truth, start := map[index.Pair]bool{}, cpuTime(b)
				for p := range x.ExactPairs(threshold, unread) {
					truth[p] = true
				}
				exact := cpuTime(b) - start
				found := 0
				start = cpuTime(b)
				for _, p := range x.AllPairs(threshold, 0, x.Slots(), unread) {
					if truth[p] {
						found++
					}
				}
				ours := cpuTime(b) - start
				b.ReportMetric(float64(found)/float64(len(truth)), "recall")
				b.ReportMetric(exact.Seconds(), "exact-cpu-s")
				b.ReportMetric(ours.Seconds(), "cpu-s")
				b.ReportMetric(exact.Seconds()/ours.Seconds(), "ratio")
			}
		})
	}
}
