package encoder

import (
	"errors"
	"math"
	"os"
	"strings"
	"testing"

	"lookalike/internal/simd"
)

// starterDescription is the starter model as its files tell it.
func starterDescription(t *testing.T) (description, fileSource) {
	t.Helper()
	d, err := describe(os.DirFS("starter"), "starter", nil)
	if err != nil {
		t.Fatal(err)
	}
	files, err := locate("starter")
	if err != nil {
		t.Fatal(err)
	}
	c, err := files.open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.close() })
	return d, c.fileSource
}

// The limits decide: where int8 moves an embedding too far, 16 bits are tried,
// then float32 is left.
func TestLoadFastest(t *testing.T) {
	d, src := starterDescription(t)
	for _, test := range []struct {
		int8, half float64
		want       []simd.Precision // the best of which there are instructions
	}{
		{1, 1, []simd.Precision{simd.Int8, half(), simd.Float32}},
		{0, 1, []simd.Precision{half(), simd.Float32}},
		{0, 0, []simd.Precision{simd.Float32}},
	} {
		w, err := loadFastest(d.config, d.preprocess, CLS, src, map[Precision]float64{Int8: test.int8, BFloat16: test.half, Float16: test.half})
		if err != nil {
			t.Fatal(err)
		}
		for !simd.Has(test.want[0]) {
			test.want = test.want[1:]
		}
		if w.linear != test.want[0] {
			t.Errorf("limits %g and %g: %v, want %v", test.int8, test.half, w.linear, test.want[0])
		}
	}
}

// starterAuto is what measuring finds.
func TestStarterAuto(t *testing.T) {
	d, src := starterDescription(t)
	for _, descriptor := range Descriptors() {
		w, err := loadFastest(d.config, d.preprocess, descriptor, src, fidelity)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := starterAuto().arithmetic(d.config).linear, w.linear; got != want {
			t.Errorf("%s: starterAuto is %v, measured %v on %s", descriptor, got, want, simd.Level())
		}
	}
}

func TestDrift(t *testing.T) {
	a, b := [][]float32{{1, 0}, {0, 1}}, [][]float32{{1, 0}, {1, 0}}
	nan := [][]float32{{float32(math.NaN()), 0}, {0, 1}}
	if d := drift(a, a); d != 0 {
		t.Errorf("from itself: %g", d)
	}
	if d := drift(a, b); d != 1 {
		t.Errorf("at a right angle: %g, want 1", d)
	}
	for _, lists := range [][2][][]float32{{nan, a}, {nil, a}, {a, nil}} {
		if d := drift(lists[0], lists[1]); !math.IsInf(d, 1) {
			t.Errorf("%v and %v: %g", lists[0], lists[1], d)
		}
	}
}

// spiked are tensors of a seed, some of which have other values.
type spiked struct {
	seededSource
	values map[string]func(i int) float32
}

func (s spiked) read(name string, shape ...int) ([]float32, error) {
	x, err := s.seededSource.read(name, shape...)
	if value := s.values[name]; value != nil {
		for i := range x {
			x[i] = value(i)
		}
	}
	return x, err
}

// Auto opens what float32 opens, whatever becomes of it in the other precisions.
func TestAutoOpensWhatFloat32Does(t *testing.T) {
	const huge = 3e38 // two of these are beyond float32: no scale of codes spans them
	c := tinyConfig()
	constant := func(v float32) func(int) float32 { return func(int) float32 { return v } }
	for name, src := range map[string]spiked{
		"int8 overflows": {seededSource{c, 1}, map[string]func(int) float32{
			"encoder.layer.0.layernorm_after.weight":    constant(0),
			"encoder.layer.0.layernorm_after.bias":      func(i int) float32 { return huge * float32(1-2*(i%2)) },
			"encoder.layer.0.intermediate.dense.weight": func(i int) float32 { return float32(i%3) / huge },
		}},
		"no embedding": {seededSource{c, 1}, map[string]func(int) float32{"layernorm.weight": constant(0), "layernorm.bias": constant(0)}},
	} {
		w, err := load(c, HFPreprocess(), CLS, src, Auto)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if w.linear == simd.Int8 {
			t.Errorf("%s: int8 is in use", name)
		}
	}
}

// Numbers beyond 65504 are Inf in float16: an error that says what to try, and
// nothing that auto takes; int8 keeps the width of the MLP in float16, too.
func TestFloat16Overflows(t *testing.T) {
	if half() != simd.Float16 {
		t.Skip("no float16 on this CPU")
	}
	c, p := tinyConfig(), HFPreprocess()
	src := spiked{seededSource{c, 1}, map[string]func(int) float32{
		"encoder.layer.0.layernorm_after.weight": func(int) float32 { return 1e7 },
	}}
	for precision, want := range map[Precision]string{Float32: "", Float16: "float32", BFloat16: "float32", Int8: "float32", Auto: ""} {
		w, err := load(c, p, CLS, src, precision)
		if err != nil {
			t.Fatal(err)
		}
		_, err = newEncoder(Model{}, c, p, CLS, w, 1).EmbedPixels(t.Context(), SeededPixels(0, c.ImageSize, c.ImageSize, 1))
		if (want == "") != (err == nil) || err != nil && (!errors.Is(err, ErrInput) || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", precision, err, want)
		}
		if precision == Auto && w.linear != simd.Float32 {
			t.Errorf("auto chose %v", w.linear)
		}
	}
}

// What a picture has to be for the model is what the probes are: here 47 x 47
// patches of the 8191 that there may be, as no preprocessing makes them smaller.
func TestAutoOfLargePictures(t *testing.T) {
	c := tinyConfig()
	c.ImageSize = 47 * c.PatchSize
	p := HFPreprocess()
	p.DoResize = false
	w, err := load(c, p, CLS, seededSource{c, 1}, Auto)
	if err != nil {
		t.Fatal(err)
	}
	if simd.Has(simd.Int8) && w.linear == simd.Float32 {
		t.Error("nothing faster than float32 was found to hold")
	}
}
