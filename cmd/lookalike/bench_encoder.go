package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"strconv"

	"lookalike/encoder"
	"lookalike/internal/simd"
)

// encoderReport is the JSON of `bench encoder`. Times are medians over the
// rounds; GFLOP/s are per core.
type encoderReport struct {
	Model     string            `json:"model"`
	Precision encoder.Precision `json:"precision"`
	Kernel    string            `json:"kernel"`
	Threads   int               `json:"threads"`
	Batch     int               `json:"batch"`
	cost
	GFLOPS float64 `json:"gflops"`
	Peak   float64 `json:"peak_gflops"`   // 0 where the kernels have no peak loop
	Share  float64 `json:"share_of_peak"` // 0 likewise
	GFLOP  float64 `json:"gflop_per_image"`
	Width  int     `json:"width"` // of an image, in pixels
	Height int     `json:"height"`
	Rounds int     `json:"rounds"`
	Stages []stage `json:"stages"`
	Note   string  `json:"note,omitempty"`
}

func (b *encoderBench) run(ctx context.Context) error {
	if err := b.validate(); err != nil {
		return err
	}
	// The collector and other helpers must not add cores to those measured.
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(b.threads))
	enc, err := b.open()
	if err != nil {
		return err
	}
	defer enc.Close()
	r := newRounds(enc)
	if b.onRequest {
		return b.answer(ctx, r)
	}
	report, err := b.measure(ctx, r)
	if err != nil {
		return err
	}
	if b.json {
		return b.printJSON(report)
	}
	return b.print(report)
}

func (b *encoderBench) measure(ctx context.Context, r *rounds) (encoderReport, error) {
	c, px := r.enc.Config(), r.images[0]
	out := encoderReport{Model: r.enc.Model().Name, Precision: r.enc.Precision(), Kernel: simd.Level(), Threads: b.threads,
		Batch: b.batch, Width: px.Width, Height: px.Height, GFLOP: nominalFLOPs(c, px.Width, px.Height) / 1e9, Rounds: b.rounds, Note: r.enc.PrecisionNote()}
	bar := lateProgress(b.barWriter(), int64(b.rounds), "measuring", "rounds")
	defer bar.finish()
	if _, err := r.measure(ctx, b.batch); err != nil { // warm-up
		return out, err
	}
	var cpu, wall []float64
	for range b.rounds {
		out.Peak = max(out.Peak, r.peak())
		took, err := r.measure(ctx, b.batch)
		if err != nil {
			return out, err
		}
		cpu, wall = append(cpu, took.CPU), append(wall, took.Wall)
		bar.add(1)
	}
	out.cost = cost{median(cpu), median(wall)}
	out.GFLOPS = rate(out.GFLOP, out.CPU)
	if out.Peak > 0 {
		out.Share = out.GFLOPS / out.Peak
	}
	var err error
	out.Stages, err = r.stages(ctx)
	return out, err
}

// print shows a report to people.
func (b *encoderBench) print(r encoderReport) error {
	fmt.Fprintf(b.stdout, "%s in %s on %s kernels: %dx%d pixels, %d threads, %d images a round, %d rounds\n\n",
		r.Model, r.Precision, r.Kernel, r.Width, r.Height, r.Threads, r.Batch, r.Rounds)
	speed := fmt.Sprintf("%.1f GFLOP/s a core", r.GFLOPS)
	if r.Peak > 0 {
		speed += fmt.Sprintf(", %.0f%% of its peak of %.1f", 100*r.Share, r.Peak)
	}
	err := b.table([]string{"WHAT", "VALUE"}, [][]string{
		{"CPU time an image", fmt.Sprintf("%.2f ms", r.CPU)},
		{"wall time an image", fmt.Sprintf("%.2f ms", r.Wall)},
		{"images a second", fmt.Sprintf("%.1f", rate(1, r.Wall))},
		{"arithmetic", speed},
	})
	if err != nil {
		return err
	}
	fmt.Fprintln(b.stdout)
	var rows [][]string
	for _, s := range r.Stages {
		row := []string{s.Name, fmt.Sprintf("%.2f", s.MS), "-"}
		if s.GFLOPS > 0 {
			row[2] = fmt.Sprintf("%.1f", s.GFLOPS)
		}
		rows = append(rows, row)
	}
	return b.table([]string{"STAGE", "MS", "GFLOP/S"}, rows)
}

// ready is the first line of --on-request.
type ready struct {
	Side      string            `json:"side"`
	Precision encoder.Precision `json:"precision"`
	Note      string            `json:"note,omitempty"`
	Embedding []float32         `json:"embedding"` // of the first image
}

// answer measures a round for each number of images that it reads.
func (b *encoderBench) answer(ctx context.Context, r *rounds) error {
	first, err := r.enc.EmbedPixels(ctx, r.images[0])
	if err != nil {
		return err
	}
	out := json.NewEncoder(b.stdout)
	err = out.Encode(ready{"lookalike " + simd.Level(), r.enc.Precision(), r.enc.PrecisionNote(), first[0]})
	lines := bufio.NewScanner(b.stdin)
	for err == nil && lines.Scan() {
		n, bad := strconv.Atoi(lines.Text())
		if bad != nil || n < 1 || n > maxBatch {
			return usage(fmt.Errorf("--on-request: %q on standard input is no number of images, 1 to %d", lines.Text(), maxBatch))
		}
		var took cost
		if took, err = r.measure(ctx, n); err == nil {
			err = out.Encode(took)
		}
	}
	if err == nil && lines.Err() != nil {
		err = fmt.Errorf("--on-request: standard input: %w", lines.Err())
	}
	return err
}
