package main

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"

	"github.com/spf13/cobra"

	"lookalike/index"
	"lookalike/internal/offheap"
)

const benchIndexLong = `Builds an index of a set of vectors, searches it, and compares with the exact answers.

--set names a folder with raw little-endian files, row after row:
  base.f32    float32 (N, --dim), unit vectors
  query.f32   float32 (queries, --dim), unit vectors
  truth.i32   int32 (queries, 10), the rows of base nearest to each query, best first

Times are CPU time, and everything runs on one core, so that they compare with one
thread of another program; with --workers N the build runs on N cores, which makes
another graph than one core does, the same on any number of them. Prints a line for the build, then one for each ef:
recall@10 and the CPU time of a query, the best of three rounds. --filter searches
among shares of the vectors instead. Resident memory
is what the build added to the process, after a collection.`

func newBenchIndex(a *app) *cobra.Command {
	b := indexBench{app: a}
	cmd := &cobra.Command{
		Use:     "index",
		Short:   "Measure building and searching an index",
		Long:    benchIndexLong,
		Example: "  lookalike bench index --set hard-50000 --json\n  lookalike bench index --set hard-50000 --m 24 --ef-construction 400",
		Args:    usageArgs(cobra.NoArgs),
		RunE:    func(cmd *cobra.Command, _ []string) error { return b.run(cmd.Context()) },
	}
	cmd.Flags().StringVar(&b.set, "set", "", "`folder` with the vectors")
	cmd.Flags().IntVar(&b.dim, "dim", 768, "length of a vector")
	cmd.Flags().IntVar(&b.m, "m", 16, "M: links of a node above layer 0, half of those on it")
	cmd.Flags().IntVar(&b.efConstruction, "ef-construction", 200, "candidates for the links of a new node")
	cmd.Flags().IntSliceVar(&b.efs, "ef", []int{10, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512}, "candidates of a search, one or more")
	cmd.Flags().IntVar(&b.workers, "workers", 1, "cores that build; searches run on one")
	cmd.Flags().Float64SliceVar(&b.shares, "filter", nil, "measure searches among these `shares` of the vectors instead, such as 0.001,0.01,0.1,0.5")
	return cmd
}

// indexBench is `bench index`.
type indexBench struct {
	*app
	set                    string
	dim, m, efConstruction int
	workers                int
	efs                    []int
	shares                 []float64
}

// top is how many neighbours the set's truth tells.
const top = 10

// rows are the exact vectors of ids that are positions: in memory once, as a store
// has them on disk.
type rows [][]float32

// Vector makes it an index's source.
func (r rows) Vector(id uint64, _ []float32) ([]float32, error) { return r[id], nil }

// buildReport and searchReport are the lines of --json.
type buildReport struct {
	N              int     `json:"n"`
	M              int     `json:"m"`
	EfConstruction int     `json:"ef_construction"`
	BuildCPU       float64 `json:"build_cpu_s"`
	ResidentMB     float64 `json:"resident_mb"`
}

type searchReport struct {
	Ef     int     `json:"ef"`
	Recall float64 `json:"recall_at_10"`
	CPU    float64 `json:"cpu_us_per_query"`
}

func (b *indexBench) run(ctx context.Context) error {
	if b.set == "" {
		return usage(errors.New("--set is needed: the folder with the vectors"))
	}
	if b.workers < 1 {
		return usage(fmt.Errorf("--workers %d: at least 1 is needed", b.workers))
	}
	for _, share := range b.shares {
		if !(share > 0 && share < 1) {
			return usage(fmt.Errorf("--filter %v: a share is above 0 and below 1", share))
		}
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // the collector must not add a core
	base, err := b.rows("base.f32")
	if err != nil {
		return err
	}
	queries, err := b.rows("query.f32")
	if err != nil {
		return err
	}
	truth, err := readTruth(filepath.Join(b.set, "truth.i32"), len(queries), len(base))
	if err != nil {
		return usage(err)
	}
	x, report, err := b.build(ctx, base)
	if err != nil {
		return err
	}
	if err := b.line(report, "n %d, M %d, efConstruction %d: build %.1f CPU s (%.0f us a vector), %.0f MB\n", report.N, report.M, report.EfConstruction,
		report.BuildCPU, report.BuildCPU/float64(max(1, report.N))*1e6, report.ResidentMB); err != nil {
		return err
	}
	if len(b.shares) > 0 {
		return b.filters(ctx, x, len(base), queries)
	}
	for _, ef := range b.efs {
		s, err := b.search(ctx, x, queries, truth, ef)
		if err != nil {
			return err
		}
		if err := b.line(s, "ef %4d: recall@10 %.4f, %.0f us a query, %.0f queries/s\n", s.Ef, s.Recall, s.CPU, 1e6/s.CPU); err != nil {
			return err
		}
	}
	return nil
}

// line prints a report as JSON or as text.
func (b *indexBench) line(report any, format string, values ...any) error {
	if b.json {
		return json.NewEncoder(b.stdout).Encode(report)
	}
	_, err := fmt.Fprintf(b.stdout, format, values...)
	return err
}

func (b *indexBench) build(ctx context.Context, base [][]float32) (*index.Index, buildReport, error) {
	report := buildReport{N: len(base), M: b.m, EfConstruction: b.efConstruction}
	x, err := index.New(index.Config{Dim: b.dim, M: b.m, EfConstruction: b.efConstruction, Seed: 1, Source: rows(base)})
	if err != nil {
		return nil, report, usage(err)
	}
	before := residentMB()
	bar := lateProgress(b.barWriter(), int64(len(base)), "building", "vectors")
	defer bar.finish()
	start := cpuTime()
	if err := b.fill(ctx, x, base, bar); err != nil {
		return nil, report, err
	}
	report.BuildCPU = (cpuTime() - start).Seconds()
	report.ResidentMB = residentMB() - before
	runtime.KeepAlive(base) // counted before as well
	return x, report, nil
}

// fillSize is how many vectors several workers add between two looks at ctx.
const fillSize = 1024

// fill adds the rows, one by one with one worker.
func (b *indexBench) fill(ctx context.Context, x *index.Index, base [][]float32, bar *progress) error {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(b.workers))
	step := 1
	if b.workers > 1 {
		step = fillSize
	}
	for from := 0; from < len(base); from += step {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		to := min(from+step, len(base))
		if err := b.addRows(x, base, from, to); err != nil {
			return fmt.Errorf("rows %d to %d of base.f32: %w", from, to-1, err)
		}
		bar.add(to - from)
	}
	return nil
}

func (b *indexBench) addRows(x *index.Index, base [][]float32, from, to int) error {
	if b.workers == 1 {
		return x.Add(uint64(from), base[from])
	}
	items := make([]index.Item, 0, to-from)
	for i, v := range base[from:to] {
		items = append(items, index.Item{ID: uint64(from + i), Vector: v})
	}
	return x.AddAll(items)
}

func (b *indexBench) search(ctx context.Context, x *index.Index, queries [][]float32, truth [][]uint64, ef int) (searchReport, error) {
	out := searchReport{Ef: ef, CPU: math.Inf(1)}
	for range 3 {
		hits, start := 0, cpuTime()
		for i, q := range queries {
			if ctx.Err() != nil {
				return out, ctx.Err()
			}
			found, err := x.Search(q, top, ef, nil)
			if err != nil {
				return out, fmt.Errorf("row %d of query.f32: %w", i, err)
			}
			for _, r := range found {
				if slices.Contains(truth[i], r.ID) {
					hits++
				}
			}
		}
		out.CPU = min(out.CPU, float64((cpuTime()-start).Microseconds())/float64(len(queries)))
		out.Recall = float64(hits) / float64(top*len(queries))
	}
	return out, nil
}

// rows reads the vectors of a file.
func (b *indexBench) rows(name string) ([][]float32, error) {
	path := filepath.Join(b.set, name)
	values, err := readWords(path)
	if err != nil {
		return nil, usage(err)
	}
	if b.dim < 1 || len(values) == 0 || len(values)%b.dim != 0 {
		return nil, usage(fmt.Errorf("%s holds %d numbers, which are no vectors of %d (--dim)", path, len(values), b.dim))
	}
	all := make([]float32, len(values))
	for i, v := range values {
		all[i] = math.Float32frombits(v)
	}
	return slices.Collect(slices.Chunk(all, b.dim)), nil
}

// readTruth reads the rows of base that are nearest to each query.
func readTruth(path string, queries, base int) ([][]uint64, error) {
	values, err := readWords(path)
	if err != nil {
		return nil, err
	}
	if len(values) != top*queries {
		return nil, fmt.Errorf("%s holds %d numbers, not %d for each of %d queries", path, len(values), top, queries)
	}
	ids := make([]uint64, len(values))
	for i, v := range values {
		if int(v) >= base {
			return nil, fmt.Errorf("%s names row %d of a base of %d", path, int32(v), base)
		}
		ids[i] = uint64(v)
	}
	return slices.Collect(slices.Chunk(ids, top)), nil
}

// readWords reads a file of 32-bit numbers.
func readWords(path string) ([]uint32, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if len(data)%4 != 0 {
		return nil, fmt.Errorf("%s is cut short: %d bytes", path, len(data))
	}
	words := make([]uint32, len(data)/4)
	for i := range words {
		words[i] = binary.LittleEndian.Uint32(data[4*i:])
	}
	return words, nil
}

// residentMB is the memory in use after a collection, in the heap and outside it.
func residentMB() float64 {
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(int64(m.HeapAlloc)+offheap.InUse()) / 1e6
}
