package simd

import (
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
)

// eachLevel runs test with every level in use that this machine can run.
func eachLevel(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	for _, k := range supported() {
		t.Run(k.name, func(t *testing.T) {
			force(t, k)
			test(t)
		})
	}
}

// force makes k the level in use until the test ends.
func force(t testing.TB, k *kernels) {
	before := use
	use = k
	t.Cleanup(func() { use = before })
}

func TestChoose(t *testing.T) {
	best, other := &kernels{name: "best"}, &kernels{name: "other"}
	have := []*kernels{best, other}
	tests := []struct {
		name string
		want *kernels
		err  error
	}{
		{"", best, nil},
		{"best", best, nil},
		{"other", other, nil},
		{"avx1024", best, ErrLevel},
		{"BEST", best, ErrLevel},
		{"best ", best, ErrLevel},
	}
	for _, test := range tests {
		got, err := choose(test.name, have)
		if got != test.want || !errors.Is(err, test.err) {
			t.Errorf("choose(%q) = %s, %v; want %s, %v", test.name, got.name, err, test.want.name, test.err)
		}
	}
}

// The message has to say what was asked for, what is used instead, and what
// could be asked for.
func TestChooseMessage(t *testing.T) {
	_, err := choose("avx1024", supported())
	for _, part := range append([]string{"LOOKALIKE_CPU=avx1024", "generic"}, supported()[0].name) {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("message %q does not name %q", err, part)
		}
	}
}

func TestLevel(t *testing.T) {
	asked := os.Getenv(levelVariable)
	obeyed := asked == "" || slices.ContainsFunc(supported(), func(k *kernels) bool { return k.name == asked })
	switch {
	case obeyed != (LevelErr() == nil):
		t.Errorf("%s=%q: LevelErr() = %v", levelVariable, asked, LevelErr())
	case obeyed && asked != "" && Level() != asked:
		t.Errorf("%s=%q: Level() = %q", levelVariable, asked, Level())
	}
	t.Logf("kernels in use: %s", Level())
}

// The generic kernels are always there, as the last choice.
func TestSupportedEndsWithGeneric(t *testing.T) {
	have := supported()
	if have[len(have)-1] != &generic {
		t.Errorf("the last of%s is not generic", names(have))
	}
}

var (
	nan32 = float32(math.NaN())
	inf32 = float32(math.Inf(1))
)

// newRand returns a generator whose numbers are the same in every run.
func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }

// normals returns n normally distributed numbers.
func normals(r *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(r.NormFloat64())
	}
	return x
}

// guardWord is a number that no kernel computes; as a NaN it also spoils every
// sum that reads it.
const guardWord = 0x7fc0dead

// guarded is a slice with guard words on both sides.
type guarded struct {
	all  []float32
	x    []float32
	from int
}

// guard copies x to an odd place: offset floats past an allocation's start.
func guard(x []float32, offset int) guarded {
	const margin = 64
	g := guarded{all: make([]float32, offset+len(x)+2*margin), from: offset + margin}
	for i := range g.all {
		g.all[i] = math.Float32frombits(guardWord)
	}
	g.x = g.all[g.from : g.from+len(x)]
	copy(g.x, x)
	return g
}

// check fails the test if a guard word has changed.
func (g guarded) check(t *testing.T) {
	t.Helper()
	for i, v := range g.all {
		inside := i >= g.from && i < g.from+len(g.x)
		if !inside && math.Float32bits(v) != guardWord {
			t.Fatalf("a kernel wrote %v at %d of a slice of %d", v, i-g.from, len(g.x))
		}
	}
}

// same tells whether got is want within eps, or both are the same NaN or Inf.
func same(got, want float32, eps float64) bool {
	a, b := float64(got), float64(want)
	if math.IsNaN(b) || math.IsInf(b, 0) {
		return math.IsNaN(a) == math.IsNaN(b) && (math.IsNaN(a) || a == b)
	}
	return math.Abs(a-b) <= eps
}
