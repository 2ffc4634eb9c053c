package index

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"lookalike/internal/vectors"
)

// BenchmarkDelete says what a delete costs that repairs the links around it, beside the add that brings the vector back.
func BenchmarkDelete(b *testing.B) {
	base, _ := vectors.Hard.Make(31, 10000, 1, 192)
	order, x := rand.New(rand.NewPCG(31, 0)).Perm(len(base)), buildAll(b, base)
	var adding, deleting time.Duration
	done := 0
	for b.Loop() {
		id := order[done%len(base)]
		start := time.Now()
		if err := x.Delete(uint64(id)); err != nil {
			b.Fatal(err)
		}
		between := time.Now()
		deleting += between.Sub(start)
		if err := x.Add(uint64(id), base[id]); err != nil {
			b.Fatal(err)
		}
		adding += time.Since(between)
		done++
	}
	b.ReportMetric(float64(adding.Microseconds())/float64(done), "us/add")
	b.ReportMetric(float64(deleting.Microseconds())/float64(done), "us/delete")
}

// BenchmarkSearchBesideDeletes searches alone, and then while half of the vectors are deleted one after the other.
func BenchmarkSearchBesideDeletes(b *testing.B) {
	base, query := vectors.Hard.Make(31, 10000, 500, 192)
	for b.Loop() {
		x := buildAll(b, base)
		search := func(until <-chan struct{}) (took []time.Duration) {
			for i := 0; ; i++ {
				select {
				case <-until:
					slices.Sort(took)
					return took
				default:
				}
				start := time.Now()
				if _, err := x.Search(query[i%len(query)], 10, 64, nil); err != nil {
					b.Error(err)
				}
				took = append(took, time.Since(start))
			}
		}
		second := make(chan struct{})
		time.AfterFunc(time.Second, func() { close(second) })
		alone, deleted, start := search(second), make(chan struct{}), time.Now()
		go func() {
			defer close(deleted)
			for id := range uint64(len(base) / 2) {
				if err := x.Delete(id); err != nil {
					b.Error(err)
				}
			}
		}()
		beside := search(deleted)
		b.ReportMetric(float64(time.Since(start).Microseconds())/float64(len(base)/2), "us/delete")
		for name, took := range map[string][]time.Duration{"alone": alone, "beside": beside} {
			b.ReportMetric(float64(took[len(took)/2].Microseconds()), "us/median-"+name)
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "us/p99-"+name)
		}
	}
}
