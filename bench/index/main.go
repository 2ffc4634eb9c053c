package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"strings"
	"syscall"

	"github.com/klauspost/cpuid/v2"
)

// dim is the length of a vector, as ViT-B/16 makes them.
const dim = 768

// efsOf is what every side is searched with; without structure it takes far more.
func efsOf(set string) []int {
	if set == "uniform" {
		return []int{64, 128, 256, 512, 1024, 2048, 4096}
	}
	return []int{10, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	err := run(ctx, os.Stdout, os.Args[1:])
	if ctx.Err() != nil {
		err = errors.New("interrupted")
	}
	stop()
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench index:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer, args []string) error {
	if len(args) > 0 && args[0] == coderCommand {
		return runCoder(out, args[1:])
	}
	p, err := parse(args)
	if err != nil {
		return err
	}
	p.out = out
	if p.grow != nil {
		return p.growth(ctx)
	}
	return p.compare(ctx)
}

// plan is what to measure.
type plan struct {
	lookalike, programs, cache string
	sets                       []string
	grow                       []int
	n, queries, coderMost      int
	m, efConstruction          int
	seed                       uint64
	json                       bool
	out                        io.Writer
}

func parse(args []string) (*plan, error) {
	p := &plan{sets: []string{"clustered", "hard", "uniform", "copies"}}
	f := flag.NewFlagSet("index", flag.ContinueOnError)
	f.StringVar(&p.lookalike, "lookalike", "../bin/lookalike", "our `program`")
	f.StringVar(&p.programs, "peers", "peers", "`folder` of the peers' programs")
	f.StringVar(&p.cache, "cache", "index/.cache", "`folder` that keeps the sets, 160 MB each at 50,000 vectors")
	f.Func("sets", "`names` of sets (default "+strings.Join(p.sets, ",")+")", names(&p.sets))
	f.IntVar(&p.n, "n", 50_000, "vectors of a set")
	f.IntVar(&p.queries, "queries", 1000, "queries of a set")
	f.Uint64Var(&p.seed, "seed", 1, "seed of the sets")
	f.IntVar(&p.m, "m", 16, "M: links of a node above layer 0, half of those on it")
	f.IntVar(&p.efConstruction, "ef-construction", 200, "candidates for the links of a new node")
	f.IntVar(&p.coderMost, "coder", 10_000, "most vectors that coder/hnsw is measured with")
	f.Func("grow", "`numbers` of vectors of hard: measures ours alone at each (1000000 takes about 20 minutes)", numbers(&p.grow))
	f.BoolVar(&p.json, "json", false, "a line of JSON for each set")
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	if f.NArg() > 0 {
		return nil, fmt.Errorf("unexpected %q", f.Arg(0))
	}
	if p.n < top || p.queries < 1 {
		return nil, fmt.Errorf("a set needs %d vectors and a query", top)
	}
	return p, nil
}

// names parses a list of sets.
func names(to *[]string) func(string) error {
	return func(text string) error {
		*to = strings.Split(text, ",")
		for _, name := range *to {
			if makers[name] == nil {
				return fmt.Errorf("there is no set %q", name)
			}
		}
		return nil
	}
}

// numbers parses a list such as 10000,100000.
func numbers(to *[]int) func(string) error {
	return func(text string) error {
		for _, word := range strings.Split(text, ",") {
			n, err := strconv.Atoi(word)
			if err != nil || n < top {
				return fmt.Errorf("%q is not a number from %d", word, top)
			}
			*to = append(*to, n)
		}
		return nil
	}
}

// compare measures all sides on each set.
func (p *plan) compare(ctx context.Context) error {
	f, skipped, err := p.newField(ctx)
	if err != nil {
		return err
	}
	p.say("%s, %d cores", cpuid.CPU.BrandName, runtime.NumCPU())
	for _, why := range skipped {
		p.say("skipped: %v", why)
	}
	for _, name := range p.sets {
		r, err := p.one(ctx, f, name, p.n)
		if err != nil {
			return err
		}
		if err := p.print(r); err != nil {
			return err
		}
	}
	if !p.json {
		fmt.Fprint(p.out, legend)
	}
	return nil
}

// growth measures ours on hard at several sizes.
func (p *plan) growth(ctx context.Context) error {
	var reports []report
	ours := &field{lookalike: p.lookalike}
	for _, n := range p.grow {
		r, err := p.one(ctx, ours, "hard", n)
		if err != nil {
			return err
		}
		if reports = append(reports, r); !p.json {
			continue
		}
		if err := p.print(r); err != nil {
			return err
		}
	}
	if p.json {
		return nil
	}
	return printGrowth(p.out, reports)
}

// one measures the sides on a set of n vectors.
func (p *plan) one(ctx context.Context, f *field, name string, n int) (r report, err error) {
	s, efs := spec{name: name, n: n, queries: p.queries, seed: p.seed}, efsOf(name)
	dir, err := s.ready(ctx, p.cache, note)
	if err != nil {
		return r, err
	}
	results, err := measure(ctx, f.candidates(dir, p, efs), efs, s.String())
	if err != nil {
		return r, err
	}
	return newReport(name, p.queries, results), nil
}

// note prints what is being done.
func note(format string, values ...any) { fmt.Fprintf(os.Stderr, format+"\n", values...) }

func (p *plan) print(r report) error {
	if p.json {
		return json.NewEncoder(p.out).Encode(r)
	}
	return printReport(p.out, r)
}

// say prints a line around the tables; with -json, where it is in nobody's way.
func (p *plan) say(format string, values ...any) {
	to := p.out
	if p.json {
		to = os.Stderr
	}
	fmt.Fprintf(to, format+"\n", values...)
}

// measure starts the sides, ours first, and lets them take turns to the end.
func measure(ctx context.Context, candidates []candidate, efs []int, what string) (results []result, err error) {
	var sides []*side
	defer func() {
		for _, s := range sides {
			s.stop()
		}
	}()
	for _, c := range candidates {
		s, err := start(ctx, c)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.name, err)
		}
		sides = append(sides, s)
	}
	for step := range 1 + len(efs) { // a build, then the searches
		doing := "building"
		if step > 0 {
			doing = fmt.Sprintf("searching with ef %d", efs[step-1])
		}
		note("%s: %s", what, doing)
		if err := takeTurns(sides); err != nil {
			return nil, err
		}
	}
	for _, s := range sides {
		if err := s.complete(efs); err != nil {
			return nil, fmt.Errorf("%s: %w", s.Side, err)
		}
		results = append(results, s.result)
	}
	return results, nil
}
