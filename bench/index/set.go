package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"

	"lookalike/internal/vectors"
)

// makers draw n base vectors and some queries, unit vectors all.
var makers = map[string]func(seed uint64, n, queries, dim int) (base, query [][]float32){
	"clustered": vectors.Clustered.Make,
	"hard":      vectors.Hard.Make,
	"copies":    vectors.Copies.Make,
	"uniform":   uniform,
}

// uniform draws every coordinate from [-1, 1): no structure at all, and
// neighbours hardly nearer than the rest.
func uniform(seed uint64, n, queries, dim int) (base, query [][]float32) {
	r := rand.New(rand.NewPCG(seed, 0))
	draw := func(rows int) [][]float32 {
		out := make([][]float32, rows)
		for i := range out {
			out[i] = make([]float32, dim)
			var squares float64
			for j := range out[i] {
				out[i][j] = 2*r.Float32() - 1
				squares += float64(out[i][j]) * float64(out[i][j])
			}
			for j := range out[i] {
				out[i][j] = float32(float64(out[i][j]) / math.Sqrt(squares))
			}
		}
		return out
	}
	return draw(n), draw(queries)
}

// spec is all that a set depends on.
type spec struct {
	name       string
	n, queries int
	seed       uint64
}

// String is the name of the set's folder.
func (s spec) String() string {
	return fmt.Sprintf("%s-%d-%d-seed%d", s.name, s.n, s.queries, s.seed)
}

// ready returns the set's folder in the cache. A set that is not there is made
// beside its place and moved there when it is whole.
func (s spec) ready(ctx context.Context, cache string, say func(format string, values ...any)) (dir string, err error) {
	dir = filepath.Join(cache, s.String())
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", err
	}
	making, err := os.MkdirTemp(cache, "making-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(making)
	say("making %s", s)
	base, query := makers[s.name](s.seed, s.n, s.queries, dim)
	truth, err := nearest(ctx, base, query, func(done int) { say("%s: true neighbours of %d of %d queries", s, done, s.queries) })
	if err != nil {
		return "", err
	}
	err = errors.Join(writeRows(making, "base.f32", base), writeRows(making, "query.f32", query), writeRows(making, "truth.i32", truth))
	if err != nil {
		return "", err
	}
	return dir, os.Rename(making, dir)
}

// set is a set in memory.
type set struct {
	base, query [][]float32 // (N, dim), (queries, dim)
	truth       [][]int32   // (queries, top), rows of base, best first
}

func readSet(dir string) (*set, error) {
	base, err1 := readRows[float32](dir, "base.f32", dim)
	query, err2 := readRows[float32](dir, "query.f32", dim)
	truth, err3 := readRows[int32](dir, "truth.i32", top)
	return &set{base, query, truth}, errors.Join(err1, err2, err3)
}

// writeRows writes values in little-endian order, row after row.
func writeRows[T int32 | float32](dir, name string, rows [][]T) error {
	f, err := os.Create(filepath.Join(dir, name))
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	for _, row := range rows {
		if err := binary.Write(w, binary.LittleEndian, row); err != nil {
			return errors.Join(err, f.Close())
		}
	}
	return errors.Join(w.Flush(), f.Close())
}

// readRows reads what writeRows has written.
func readRows[T int32 | float32](dir, name string, columns int) ([][]T, error) {
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		return nil, err
	}
	if len(data)%(4*columns) != 0 {
		return nil, fmt.Errorf("%s holds %d bytes, which are no rows of %d", name, len(data), columns)
	}
	values := make([]T, len(data)/4)
	if _, err := binary.Decode(data, binary.LittleEndian, values); err != nil {
		return nil, err
	}
	return slices.Collect(slices.Chunk(values, columns)), nil
}
