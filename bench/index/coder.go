package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/coder/hnsw"

	"lookalike/internal/simd"
)

// coderCommand, as the first argument, makes this program the side coder/hnsw.
const coderCommand = "coder"

// runCoder prints what `lookalike bench index --json` prints, for coder/hnsw.
// args are SET M EFCONSTRUCTION EF,EF,...
func runCoder(out io.Writer, args []string) error {
	if len(args) != 4 {
		return errors.New("usage: coder SET M EFCONSTRUCTION EFS")
	}
	var efs []int
	if err := numbers(&efs)(args[3]); err != nil {
		return err
	}
	b := build{}
	var err1, err2 error
	b.M, err1 = strconv.Atoi(args[1])
	b.EfConstruction, err2 = strconv.Atoi(args[2])
	set, err3 := readSet(args[0])
	if err := errors.Join(err1, err2, err3); err != nil {
		return err
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // the collector must not add a core
	lines := json.NewEncoder(out)
	graph := buildCoder(set.base, &b)
	if err := lines.Encode(b); err != nil {
		return err
	}
	for _, ef := range efs {
		if err := lines.Encode(searchCoder(graph, set, ef)); err != nil {
			return err
		}
	}
	return nil
}

// buildCoder adds all vectors; b has M and efConstruction, and gets the costs.
// The graph keeps the slices it is given: it gets copies, since the others copy too.
func buildCoder(base [][]float32, b *build) *hnsw.Graph[int] {
	before, start := heapMB(), cpuTime()
	g := hnsw.NewGraph[int]()
	g.M, g.EfSearch = b.M, b.EfConstruction
	for i, v := range base {
		g.Add(hnsw.MakeNode(i, slices.Clone(v)))
	}
	b.N, b.CPU = len(base), (cpuTime() - start).Seconds()
	b.ResidentMB = heapMB() - before
	runtime.KeepAlive(base) // counted before as well
	return g
}

// searchCoder searches for every query, three times. Rows as near as the tenth of
// the truth count as found: among identical vectors, any is right.
func searchCoder(g *hnsw.Graph[int], set *set, ef int) search {
	g.EfSearch = ef
	s := search{Ef: ef, CPU: math.Inf(1)}
	queries := float64(len(set.query))
	for range 3 {
		hits, start := 0, cpuTime()
		for i, q := range set.query {
			tenth := simd.Dot(q, set.base[set.truth[i][top-1]])
			for _, node := range g.Search(q, top) {
				if simd.Dot(q, node.Value) >= tenth {
					hits++
				}
			}
		}
		s.CPU = min(s.CPU, float64((cpuTime()-start).Nanoseconds())/1000/queries)
		s.Recall = float64(hits) / (top * queries)
	}
	return s
}

// heapMB is the memory in use after a collection.
func heapMB() float64 {
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc) / 1e6
}

// cpuTime is what this process has used. Getrusage of oneself does not fail.
func cpuTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(fmt.Sprintf("getrusage: %v", err))
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
