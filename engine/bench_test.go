package engine

import (
	"syscall"
	"testing"
	"time"

	"lookalike/internal/pictures"
)

// BenchmarkAddBatch adds uploads of 384x320 pixels, the photos' size, until they are on disk and in the saved graph, and
// reports how many a second of CPU time takes, whatever the number of cores.
func BenchmarkAddBatch(b *testing.B) {
	sources := make([]Source, 32)
	for i := range sources {
		sources[i] = Source{Upload: true, Name: upload(uint64(i)).Name, Data: asPNG(pictures.Make(uint64(i), 384, 320))}
	}
	start, n := cpuTime(b), 0
	for b.Loop() {
		e := openAt(b, b.TempDir())
		for _, r := range e.AddBatch(b.Context(), sources) {
			if r.Err != nil {
				b.Fatal(r.Err)
			}
			n++
		}
		if err := e.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n)/(cpuTime(b)-start).Seconds(), "pictures/cpu-s")
}

// cpuTime is what this process has used, user and system.
func cpuTime(t testing.TB) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
