package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/cpuid/v2"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	var p plan
	flag.StringVar(&p.lookalike, "lookalike", "../bin/lookalike", "our `program`")
	flag.StringVar(&p.programs, "peers", "peers", "`folder` of the peers' programs")
	flag.IntVar(&p.rounds, "rounds", 5, "rounds of each side")
	flag.Func("threads", "`numbers` of threads (default 1,2)", numbers(&p.threads))
	flag.Func("batch", "`numbers` of images in a round (default 1,8)", numbers(&p.batches))
	flag.Parse()
	err := p.run(ctx)
	if ctx.Err() != nil {
		err = errors.New("interrupted")
	}
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench encoder:", err)
		os.Exit(1)
	}
}

// numbers parses a list such as 1,2,8.
func numbers(to *[]int) func(string) error {
	return func(text string) error {
		for _, word := range strings.Split(text, ",") {
			n, err := strconv.Atoi(word)
			if err != nil || n < 1 {
				return fmt.Errorf("%q is not a number above 0", word)
			}
			*to = append(*to, n)
		}
		return nil
	}
}

// plan is what to measure.
type plan struct {
	lookalike, programs string
	threads, batches    []int
	rounds              int
}

func (p *plan) run(ctx context.Context) error {
	p.defaults()
	dir, err := os.MkdirTemp("", "lookalike-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	fmt.Fprintln(os.Stderr, "looking for the peers, and exporting the model for ONNX Runtime")
	f, missing, err := newField(ctx, p.lookalike, p.programs, dir, slices.Max(p.batches))
	if err != nil {
		return err
	}
	fmt.Printf("%s, %d cores\n", cpuid.CPU.BrandName, runtime.NumCPU())
	for _, why := range missing {
		fmt.Println("skipped:", why)
	}
	var rows []row
	for i, threads := range p.threads {
		sides, skipped, err := startAll(ctx, f.candidates(threads))
		if err != nil {
			return err
		}
		for _, why := range skipped {
			if i == 0 { // once, not for each number of threads
				fmt.Println("skipped:", why)
			}
		}
		measured, err := p.measure(sides, threads)
		if err := errors.Join(err, stopAll(sides)); err != nil {
			return err
		}
		rows = append(rows, measured...)
	}
	if err := printTable(os.Stdout, rows); err != nil {
		return err
	}
	return agree(rows)
}

// defaults fills in what the command line left open.
func (p *plan) defaults() {
	if p.threads == nil {
		p.threads = []int{1, 2}
	}
	if p.batches == nil {
		p.batches = []int{1, 8}
	}
	p.rounds = max(p.rounds, 1)
}

// startAll starts the sides one after another. A peer that does not start is
// skipped, and so is a precision that falls back to another; ours in float32,
// the first, must start.
func startAll(ctx context.Context, candidates []candidate) (sides []*side, skipped []string, err error) {
	for i, c := range candidates {
		s, err := start(ctx, c)
		if err != nil && (i == 0 || ctx.Err() != nil) {
			return nil, nil, errors.Join(fmt.Errorf("%s: %w", c, err), stopAll(sides))
		}
		switch {
		case err != nil:
			skipped = append(skipped, fmt.Sprintf("%s: %v", c, err))
		case s.InUse != c.precision:
			skipped = append(skipped, strings.TrimSpace(fmt.Sprintf("%s: computes in %s here %s", c, s.InUse, s.Note)))
			_ = s.stop()
		default:
			sides = append(sides, s)
		}
	}
	return sides, skipped, nil
}

func stopAll(sides []*side) (err error) {
	for _, s := range sides {
		err = errors.Join(err, s.stop())
	}
	return err
}

// measure runs the rounds of every batch size, the sides taking turns.
func (p *plan) measure(sides []*side, threads int) (rows []row, err error) {
	for _, batch := range p.batches {
		costs := make([][]cost, len(sides))
		for round := range 1 + p.rounds { // round 0 warms up
			fmt.Fprintf(os.Stderr, "threads %d, batch %d: round %d of %d\n", threads, batch, round, p.rounds)
			for i, s := range sides {
				took, err := s.measure(batch)
				if err != nil {
					return nil, fmt.Errorf("%s: %w", s.candidate, err)
				}
				if round > 0 {
					costs[i] = append(costs[i], took)
				}
				time.Sleep(pause)
			}
		}
		rows = append(rows, compare(sides, costs, threads, batch)...)
	}
	return rows, nil
}

// pause lets the threads of a side go to sleep: some spin for a while after
// their work, which would be at the next side's cost.
const pause = 50 * time.Millisecond
