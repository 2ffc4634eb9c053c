package main

import (
	"encoding/binary"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lookalike/encoder"
)

// TestNoPeers: a machine without peers still measures us, and says what to install.
func TestNoPeers(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	t.Setenv("LOOKALIKE_PYTHON", "/nowhere/python3")
	f, missing, err := newField(t.Context(), "lookalike", filepath.Join("..", "peers"), t.TempDir(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(missing, []error{errNoTorch, errNoORT}) {
		t.Errorf("missing %v", missing)
	}
	for _, c := range f.candidates(1) {
		if c.name != "lookalike" {
			t.Errorf("%s takes part", c)
		}
	}
}

func TestCandidates(t *testing.T) {
	f := &field{lookalike: "bin/lookalike", programs: "peers", python: "python3", onnx: "vit.onnx", pixels: "pixels"}
	var got []string
	for _, c := range f.candidates(3) {
		got = append(got, c.String())
		if !slices.Contains(c.argv, "3") || !slices.Contains(c.env, "OPENBLAS_NUM_THREADS=3") {
			t.Errorf("%s is not told its threads: %q %q", c, c.argv, c.env)
		}
	}
	want := []string{"lookalike float32", "lookalike bfloat16", "lookalike float16", "lookalike int8",
		"PyTorch float32", "PyTorch bfloat16", "PyTorch int8", "ONNX Runtime float32"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestNeedsTorch: ONNX Runtime has no model without PyTorch, if it is there at all.
func TestNeedsTorch(t *testing.T) {
	f := &field{programs: filepath.Join("..", "peers")}
	if err := f.exportONNX(t.Context(), "nowhere.onnx"); !errors.Is(err, errNoORT) && !errors.Is(err, errNoModel) {
		t.Error(err)
	}
	if f.onnx != "" {
		t.Errorf("the model is %q", f.onnx)
	}
}

// TestWritePixels: the peers read the images that ours makes itself.
func TestWritePixels(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pixels")
	if err := writePixels(path, 2); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const image = 3 * 224 * 224
	if len(data) != 2*image*4 {
		t.Fatalf("%d bytes, want %d", len(data), 2*image*4)
	}
	for k := range 2 {
		px := encoder.SeededPixels(k, 224, 224, 1)
		for _, i := range []int{0, 1, image - 1} {
			if got := math.Float32frombits(binary.LittleEndian.Uint32(data[4*(k*image+i):])); got != px.Data[i] {
				t.Errorf("image %d, value %d is %v, want %v", k, i, got, px.Data[i])
			}
		}
	}
}

func TestEnvironment(t *testing.T) {
	t.Setenv("OPENBLAS_CORETYPE", "Haswell")
	t.Setenv("LOOKALIKE_CPU", "avx2")
	env := environment()
	if slices.ContainsFunc(env, func(e string) bool { return strings.HasPrefix(e, "OPENBLAS_") }) {
		t.Error("OpenBLAS is told what it knows better")
	}
	if !slices.Contains(env, "LOOKALIKE_CPU=avx2") {
		t.Error("the level that was asked for is lost")
	}
}
