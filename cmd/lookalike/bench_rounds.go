package main

import (
	"context"
	"image"
	"runtime"
	"slices"
	"syscall"
	"time"

	"lookalike/encoder"
	"lookalike/internal/simd"
	"lookalike/internal/simd/peak"
)

// rounds embeds seeded images, again and again, and counts what that takes.
type rounds struct {
	enc    *encoder.Encoder
	images []encoder.Pixels // repeated in larger batches
}

// newRounds measures pictures of the model's input size, or of the side that it
// was trained for where it has none.
func newRounds(enc *encoder.Encoder) *rounds {
	const distinct = 8
	r := &rounds{enc: enc}
	size := enc.InputSize()
	if size == (image.Point{}) {
		size = image.Pt(enc.Config().ImageSize, enc.Config().ImageSize)
	}
	for k := range distinct {
		r.images = append(r.images, encoder.SeededPixels(k, size.Y, size.X, 1))
	}
	runtime.GC() // what loading left is not part of any round
	return r
}

// cost is what one image of a round took, in milliseconds. CPU time is that of
// the process, over all cores.
type cost struct {
	CPU  float64 `json:"cpu_ms_per_image"`
	Wall float64 `json:"wall_ms_per_image"`
}

// measure embeds n images.
func (r *rounds) measure(ctx context.Context, n int) (cost, error) {
	batch := make([]encoder.Pixels, n)
	for i := range batch {
		batch[i] = r.images[i%len(r.images)]
	}
	cpu, wall := cpuTime(), time.Now()
	_, err := r.enc.EmbedPixels(ctx, batch...)
	return cost{milliseconds(cpuTime()-cpu) / float64(n), milliseconds(time.Since(wall)) / float64(n)}, err
}

// peak is the best GFLOP/s of a few short bursts on this core; 0 where the
// peak loop has no instructions for it.
func (r *rounds) peak() (best float64) {
	const bursts, loops = 3, 3_000_000 // a burst is about 5 ms
	for range bursts {
		start := cpuTime()
		done := peakFLOPs(r.enc.Precision(), loops)
		if spent := cpuTime() - start; spent > 0 {
			best = max(best, done/spent.Seconds()/1e9)
		}
	}
	return best
}

// peakFLOPs runs the loop of the kernels in use and returns its operations.
func peakFLOPs(p encoder.Precision, loops int) float64 {
	return peak.FLOPs(simd.Level(), string(p), loops)
}

// stage is a part of the forward pass in the report.
type stage struct {
	Name   string  `json:"name"`
	MS     float64 `json:"ms"`
	GFLOPS float64 `json:"gflops"` // 0 for a stage without matrix products
}

// stages is the median time of each stage over a few images on one core.
func (r *rounds) stages(ctx context.Context) ([]stage, error) {
	const profiles = 3
	var names []string
	times, flops := map[string][]float64{}, map[string]float64{}
	for range profiles {
		profile, err := r.enc.Profile(ctx, r.images[0])
		if err != nil {
			return nil, err
		}
		for _, s := range profile {
			if len(times[s.Name]) == 0 {
				names = append(names, s.Name)
			}
			times[s.Name] = append(times[s.Name], milliseconds(s.Time))
			flops[s.Name] = s.FLOPs
		}
	}
	var out []stage
	for _, name := range names {
		ms := median(times[name])
		out = append(out, stage{name, ms, rate(flops[name]/1e9, ms)})
	}
	return out, nil
}

// nominalFLOPs counts the matrix products of one image of so many pixels, two
// operations per multiply-add, with every row of the last block.
func nominalFLOPs(c encoder.Config, width, height int) float64 {
	patches, d, mlp := float64(width/c.PatchSize*(height/c.PatchSize)), float64(c.HiddenSize), float64(c.IntermediateSize)
	n := 1 + patches
	embed := patches * float64(c.NumChannels*c.PatchSize*c.PatchSize) * d
	attention := n*d*3*d + 2*n*n*d + n*d*d // qkv; q k^T and its product with v, over all heads; proj
	return 2 * (embed + float64(c.NumHiddenLayers)*(attention+2*n*d*mlp))
}

// rate is GFLOP in so many milliseconds as GFLOP/s.
func rate(gflop, ms float64) float64 {
	if !(ms > 0) {
		return 0
	}
	return gflop / ms * 1000
}

// median of at least one value.
func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// cpuTime is what this process has used so far.
func cpuTime() time.Duration {
	var usage syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &usage) != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func milliseconds(d time.Duration) float64 { return d.Seconds() * 1000 }
