package main

import (
	"math"
	"os"
	"slices"
	"strings"
	"testing"
)

// three sides: ours twice, and a peer.
func three() []*side {
	make := func(name, precision string, embedding ...float64) *side {
		return &side{candidate: candidate{name: name, precision: precision}, ready: ready{Side: name + " 1.0", Embedding: embedding}}
	}
	return []*side{make("ours", "float32", 1, 0), make("ours", "int8", 0.6, 0.8), make("peer", "int8", 3, 0), make("peer", "bfloat16", 2)}
}

// TestCompare: ratios are taken within a round and a precision. The second
// round was slow for everyone.
func TestCompare(t *testing.T) {
	costs := [][]cost{
		{{CPU: 10, Wall: 1}, {CPU: 100, Wall: 9}, {CPU: 10, Wall: 2}},
		{{CPU: 4, Wall: 1}, {CPU: 40, Wall: 1}, {CPU: 8, Wall: 1}},
		{{CPU: 8, Wall: 1}, {CPU: 80, Wall: 1}, {CPU: 8, Wall: 1}},
		{{CPU: 5, Wall: 1}, {CPU: 50, Wall: 1}, {CPU: 20, Wall: 1}},
	}
	rows := compare(three(), costs, 2, 8)
	want := []row{
		{side: "ours 1.0", precision: "float32", cpu: 10, cpuMin: 10, wall: 2, ratio: 1, distance: 0},
		{side: "ours 1.0", precision: "int8", cpu: 8, cpuMin: 4, wall: 1, ratio: 1, distance: 0.4},
		{side: "peer 1.0", precision: "int8", cpu: 8, cpuMin: 8, wall: 1, ratio: 2, distance: 0},
		{side: "peer 1.0", precision: "bfloat16", cpu: 20, cpuMin: 5, wall: 1, ratio: 0.5, distance: math.NaN()},
	}
	for i, w := range want {
		w.threads, w.batch = 2, 8
		got := rows[i]
		same := math.Abs(got.distance-w.distance) < 1e-12 || math.IsNaN(got.distance) && math.IsNaN(w.distance)
		if got.distance, w.distance = 0, 0; !same || got != w {
			t.Errorf("row %d: %+v, want %+v", i, rows[i], want[i])
		}
	}
}

// A precision that the CPU has no fast instructions for is compared with the
// next best of ours.
func TestCounterpart(t *testing.T) {
	sides := three()
	sides[1].precision = "float16"
	for precision, want := range map[string]int{"float32": 0, "float16": 1, "bfloat16": 1, "int8": 0} {
		if got := counterpart(sides, precision); got != want {
			t.Errorf("%s: side %d, want %d", precision, got, want)
		}
	}
	sides[2].name, sides[2].precision = "ours", "bfloat16"
	if got := counterpart(sides, "bfloat16"); got != 2 {
		t.Errorf("bfloat16: side %d, want our own", got)
	}
}

func TestAgree(t *testing.T) {
	for name, c := range map[string]struct {
		row row
		ok  bool
	}{
		"rounding":      {row{precision: "float32", distance: 1e-9}, true},
		"int8 may":      {row{precision: "int8", distance: 0.1}, true},
		"another model": {row{precision: "float32", distance: 0.1}, false},
		"no number":     {row{precision: "float32", distance: math.NaN()}, false},
	} {
		if err := agree([]row{{precision: "float32"}, c.row}); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPrintTable(t *testing.T) {
	var out strings.Builder
	if err := printTable(&out, []row{{"ours 1.0", "int8", 2, 8, 12.34, 11, 6.5, 1.256, 0.00123}}); err != nil {
		t.Fatal(err)
	}
	want := `
SIDE      PRECISION  THREADS  BATCH  CPU MS  MIN   WALL MS  RATIO  1-COSINE
ours 1.0  int8       2        8      12.3    11.0  6.5      1.26   1.2e-03

Milliseconds an image`
	if !strings.HasPrefix(out.String(), want) {
		t.Errorf("printed\n%s\nwant\n%s", out.String(), want)
	}
	if err := printTable(closed(t), nil); err == nil {
		t.Error("a table that could not be written is no error")
	}
}

// closed is a file that cannot be written to.
func closed(t *testing.T) *os.File {
	f, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	return f
}

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		values []float64
		want   float64
	}{{[]float64{3}, 3}, {[]float64{4, 1}, 2.5}, {[]float64{9, 1, 2}, 2}} {
		if got := median(c.values); got != c.want {
			t.Errorf("median(%v) = %v, want %v", c.values, got, c.want)
		}
	}
}

func TestNumbers(t *testing.T) {
	var got []int
	if err := numbers(&got)("1,2,8"); err != nil || !slices.Equal(got, []int{1, 2, 8}) {
		t.Errorf("%v, %v", got, err)
	}
	for _, bad := range []string{"", "0", "1,,2", "-1", "x"} {
		if numbers(new([]int))(bad) == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}
