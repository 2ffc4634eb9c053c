package encoder

import (
	"errors"
	"maps"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOpenRefusesWeights(t *testing.T) {
	const query = "encoder.layer.1.attention.attention.query.weight"
	for name, c := range map[string]struct {
		change func(map[string]tensor)
		want   []string // parts of the message
	}{
		"missing":   {func(m map[string]tensor) { delete(m, query) }, []string{query, "missing"}},
		"misshapen": {func(m map[string]tensor) { m[query] = f32Tensor(make([]float32, 16*8), 16, 8) }, []string{query, "[16 8]", "[16 16]"}},
		"flattened": {func(m map[string]tensor) { m["layernorm.bias"] = f32Tensor(make([]float32, 16), 1, 16) }, []string{"layernorm.bias", "shape"}},
		"surplus":   {func(m map[string]tensor) { m["encoder.layer.2.x"] = f32Tensor(nil, 0) }, []string{`"encoder.layer.2.x"`, "does not belong"}},
		"NaN":       {poison(query, math.NaN()), []string{query, "NaN"}},
		"infinite":  {poison("layernorm.weight", math.Inf(-1)), []string{"layernorm.weight", "-Inf"}},
		"integers": {func(m map[string]tensor) { m["layernorm.bias"] = tensor{"I8", []int{16}, make([]byte, 16)} },
			[]string{"layernorm.bias", "I8"}},
		"two prefixes": {func(m map[string]tensor) { m["vit.layernorm.bias"] = m["layernorm.bias"] }, []string{"layernorm.bias", "prefix"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := openSeeded(t, tinyConfig(), 1, c.change)
			checkError(t, err, ErrWeights, c.want...)
		})
	}
}

// checkError wants err to be of a kind and its message to have some parts.
func checkError(t *testing.T, err, kind error, parts ...string) {
	t.Helper()
	if !errors.Is(err, kind) {
		t.Fatalf("got %v, want one that is %q", err, kind)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q does not say %s", err, part)
		}
	}
}

func poison(name string, value float64) func(map[string]tensor) {
	return func(m map[string]tensor) {
		x := m[name]
		values, _ := x.floats()
		values[len(values)-1] = float32(value)
		m[name] = f32Tensor(values, x.shape...)
	}
}

// TestOpenIgnores has everything around an encoder that a checkpoint may hold.
func TestOpenIgnores(t *testing.T) {
	plain, err := openSeeded(t, tinyConfig(), 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	decorated, err := openSeeded(t, tinyConfig(), 1, func(m map[string]tensor) {
		for name, x := range maps.Clone(m) {
			delete(m, name)
			m["vit."+name] = x
		}
		for _, name := range []string{"vit.pooler.dense.weight", "pooler.dense.bias", "classifier.weight", "head.last_layer.weight"} {
			m[name] = f32Tensor([]float32{1, float32(math.NaN())}, 2)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	defer decorated.Close()
	px := SeededPixels(0, 32, 32, 1)
	if diff := cmp.Diff(embedPixels(t, plain, px), embedPixels(t, decorated, px)); diff != "" {
		t.Error(diff)
	}
	if plain.Model().Fingerprint != decorated.Model().Fingerprint {
		t.Error("prefix and ignored tensors changed the fingerprint")
	}
}

func embedPixels(t testing.TB, e *Encoder, px Pixels) []float32 {
	t.Helper()
	v, err := e.EmbedPixels(t.Context(), px)
	if err != nil {
		t.Fatal(err)
	}
	return v[0]
}

// TestQKVBias: without biases the model is the one whose biases are 0.
func TestQKVBias(t *testing.T) {
	c, without := tinyConfig(), tinyConfig()
	without.QKVBias = false
	each := func(m map[string]tensor, do func(name string)) {
		for name := range m {
			if strings.Contains(name, "attention.attention.") && strings.HasSuffix(name, ".bias") {
				do(name)
			}
		}
	}
	zero, err := openSeeded(t, c, 3, func(m map[string]tensor) {
		each(m, func(name string) { m[name] = f32Tensor(make([]float32, 16), 16) })
	})
	if err != nil {
		t.Fatal(err)
	}
	defer zero.Close()
	none, err := openSeeded(t, without, 3, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer none.Close()
	px := SeededPixels(1, 32, 40, 1)
	if diff := cmp.Diff(embedPixels(t, zero, px), embedPixels(t, none, px)); diff != "" {
		t.Error(diff)
	}
	if _, err := openSeeded(t, without, 3, func(m map[string]tensor) {
		m["encoder.layer.0.attention.attention.key.bias"] = f32Tensor(make([]float32, 16), 16)
	}); !errors.Is(err, ErrWeights) {
		t.Errorf("a bias that config.json rules out: %v", err)
	}
}

// TestHalfWeights: float16 and bfloat16 files give what their rounded values give.
func TestHalfWeights(t *testing.T) {
	for _, dtype := range []string{"F16", "BF16"} {
		t.Run(dtype, func(t *testing.T) {
			var rounded map[string]tensor
			half, err := openSeeded(t, tinyConfig(), 5, func(m map[string]tensor) {
				rounded = map[string]tensor{}
				for name, x := range m {
					m[name] = halve(t, x, dtype)
					values, err := m[name].floats()
					if err != nil {
						t.Fatal(err)
					}
					rounded[name] = f32Tensor(values, x.shape...)
				}
			})
			if err != nil {
				t.Fatal(err)
			}
			defer half.Close()
			full, err := openSeeded(t, tinyConfig(), 5, func(m map[string]tensor) {
				for name := range m {
					m[name] = rounded[name]
				}
			})
			if err != nil {
				t.Fatal(err)
			}
			defer full.Close()
			px := SeededPixels(0, 32, 32, 5)
			if diff := cmp.Diff(embedPixels(t, full, px), embedPixels(t, half, px)); diff != "" {
				t.Error(diff)
			}
			if full.Model().Fingerprint == half.Model().Fingerprint {
				t.Error("files of other types have the same fingerprint")
			}
		})
	}
}
