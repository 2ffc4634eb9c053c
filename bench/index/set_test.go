package main

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"lookalike/internal/simd"
)

func silent(string, ...any) {}

// TestMakers: every set is of unit vectors, and the seed decides which.
func TestMakers(t *testing.T) {
	for name, make := range makers {
		base, query := make(7, 50, 5, dim)
		if len(base) != 50 || len(query) != 5 {
			t.Fatalf("%s: %d vectors, %d queries", name, len(base), len(query))
		}
		for _, v := range append(base, query...) {
			if length := simd.Dot(v, v); len(v) != dim || !(math.Abs(float64(length)-1) <= 1e-5) {
				t.Fatalf("%s: %d values of squared length %v", name, len(v), length)
			}
		}
		again, _ := make(7, 50, 5, dim)
		other, _ := make(8, 50, 5, dim)
		if !reflect.DeepEqual(base[:50], again) || reflect.DeepEqual(base[:50], other) {
			t.Errorf("%s does not follow its seed", name)
		}
	}
}

// TestUniform: both halves of [-1, 1) alike. Mean square of a coordinate is 1/3,
// so that after scaling to unit length none exceeds sqrt(3/dim) by much.
func TestUniform(t *testing.T) {
	base, _ := uniform(1, 100, 0, dim)
	var sum, greatest float64
	for _, v := range base {
		for _, x := range v {
			sum, greatest = sum+float64(x), max(greatest, math.Abs(float64(x)))
		}
	}
	edge := math.Sqrt(3. / dim)
	if !(math.Abs(sum/(100*dim)) <= 0.02*edge) || !(greatest <= 1.15*edge) || !(greatest >= 0.95*edge) {
		t.Errorf("mean %v, greatest %v, edge %v", sum/(100*dim), greatest, edge)
	}
}

// TestReady: a set is made once, read back as it was made, and nothing else stays.
func TestReady(t *testing.T) {
	cache := filepath.Join(t.TempDir(), "cache")
	s := spec{name: "copies", n: 60, queries: 3, seed: 5}
	dir, err := s.ready(t.Context(), cache, silent)
	if err != nil {
		t.Fatal(err)
	}
	got, err := readSet(dir)
	if err != nil {
		t.Fatal(err)
	}
	base, query := makers["copies"](5, 60, 3, dim)
	truth, _ := nearest(t.Context(), base, query, func(int) {})
	if !reflect.DeepEqual(got, &set{base, query, truth}) {
		t.Error("read back, it is another set")
	}
	entries, _ := os.ReadDir(cache)
	if len(entries) != 1 || entries[0].Name() != "copies-60-3-seed5" {
		t.Errorf("the cache holds %v", entries)
	}
	said := 0
	again, err := s.ready(t.Context(), cache, func(string, ...any) { said++ })
	if err != nil || again != dir || said != 0 {
		t.Errorf("the second time: %s, said %d lines, %v", again, said, err)
	}
}

// TestReadyInterrupted: half a set is never left as a whole one.
func TestReadyInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	cache := t.TempDir()
	if _, err := (spec{name: "uniform", n: 20, queries: 2}).ready(ctx, cache, silent); err == nil {
		t.Error("an interrupt is no error")
	}
	if entries, _ := os.ReadDir(cache); len(entries) != 0 {
		t.Errorf("it leaves %v", entries)
	}
}

// TestSpecs: whatever a set depends on has a folder of its own.
func TestSpecs(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range []spec{{"hard", 1, 2, 3}, {"copies", 1, 2, 3}, {"hard", 2, 2, 3}, {"hard", 1, 1, 3}, {"hard", 1, 2, 4}, {"hard", 12, 3, 3}} {
		if seen[s.String()] {
			t.Errorf("%s twice", s)
		}
		seen[s.String()] = true
	}
}

func TestReadSetBroken(t *testing.T) {
	dir, err := spec{name: "uniform", n: 20, queries: 2}.ready(t.Context(), t.TempDir(), silent)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(filepath.Join(dir, "query.f32"), 4*dim-4); err != nil {
		t.Fatal(err)
	}
	if _, err := readSet(dir); err == nil || !strings.Contains(err.Error(), "query.f32") {
		t.Errorf("cut short: %v", err)
	}
	if _, err := readSet(t.TempDir()); err == nil {
		t.Error("an empty folder is a set")
	}
}
