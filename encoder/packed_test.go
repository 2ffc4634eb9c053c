package encoder

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// keptConfig is the smallest model whose packed weights are kept: 19 MB.
func keptConfig() Config {
	c := defaultConfig()
	c.HiddenSize, c.NumHiddenLayers, c.NumAttentionHeads, c.IntermediateSize = 320, 4, 5, 1280
	c.ImageSize, c.PatchSize = 64, 16
	return c
}

func keptModel(t *testing.T) (dir string) {
	t.Helper()
	c := keptConfig()
	return modelDir(t, map[string]any{"config.json": c, weightsFile: safetensorsFile(t, seededTensors(t, c, 3))})
}

// openAndEmbed opens a model as a command does and returns what a picture becomes.
func openAndEmbed(t *testing.T, dir string, p Precision) (Model, []float32) {
	t.Helper()
	e, err := Open(dir, WithPrecision(p), WithWorkers(1))
	if err != nil {
		t.Fatal(err)
	}
	v, err := e.Embed(t.Context(), noise("kept", 64, 64))
	if err = errors.Join(err, e.Close()); err != nil {
		t.Fatal(err)
	}
	return e.Model(), v[0]
}

// reopen opens and closes a model; mapped tells whether its weights were kept.
func reopen(t *testing.T, dir string, p Precision) (m Model, mapped bool) {
	t.Helper()
	e, err := Open(dir, WithPrecision(p), WithWorkers(1))
	if err != nil {
		t.Fatal(err)
	}
	m, mapped = e.Model(), e.vit.weights.mapped != nil
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	return m, mapped
}

// packedFiles lists the files kept beside a model.
func packedFiles(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, ".lookalike-packed-*"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// The second start maps what the first packed.
func TestPackedWeightsAreUsed(t *testing.T) {
	for _, p := range Precisions() {
		t.Run(string(p), func(t *testing.T) {
			dir := keptModel(t)
			first, want := openAndEmbed(t, dir, p)
			if files := packedFiles(t, dir); len(files) != 1 || strings.HasSuffix(files[0], ".tmp") {
				t.Fatalf("kept: %v, want one file", files)
			}
			e, err := Open(dir, WithPrecision(p), WithWorkers(1))
			if err != nil {
				t.Fatal(err)
			}
			if e.vit.weights.mapped == nil {
				t.Error("packed again")
			}
			got, err := e.Embed(t.Context(), noise("kept", 64, 64))
			if err = errors.Join(err, e.Close()); err != nil {
				t.Fatal(err)
			}
			if first != e.Model() || !slices.Equal(got[0], want) {
				t.Errorf("%+v, then %+v; equal vectors: %v", first, e.Model(), slices.Equal(got[0], want))
			}
		})
	}
}

// Another model of the same size and time, as archives make them, is noticed.
func TestPackedWeightsOfTheSameTime(t *testing.T) {
	dir := keptModel(t)
	first, _ := reopen(t, dir, Float32)
	path := filepath.Join(dir, weightsFile)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	other := safetensorsFile(t, seededTensors(t, keptConfig(), 4))
	if err := errors.Join(os.WriteFile(path, other, 0o600), os.Chtimes(path, info.ModTime(), info.ModTime())); err != nil {
		t.Fatal(err)
	}
	second, mapped := reopen(t, dir, Float32)
	if first.Fingerprint == second.Fingerprint || mapped || len(packedFiles(t, dir)) != 1 {
		t.Errorf("%+v, then %+v; the first one's weights: %v; kept: %v", first, second, mapped, packedFiles(t, dir))
	}
}

// A note on a precision that falls back is told at every start.
func TestPackedWeightsKeepTheNote(t *testing.T) {
	dir := keptModel(t)
	for _, p := range Precisions() {
		var notes []string
		for range 2 {
			e, err := Open(dir, WithPrecision(p), WithWorkers(1))
			if err != nil {
				t.Fatal(err)
			}
			notes = append(notes, string(e.Precision())+e.PrecisionNote())
			if err := e.Close(); err != nil {
				t.Fatal(err)
			}
		}
		if notes[0] != notes[1] {
			t.Errorf("%s: %q, then %q", p, notes[0], notes[1])
		}
	}
}

// Whatever happens to the file, the model opens and its vectors are right.
func TestDamagedPackedWeights(t *testing.T) {
	dir := keptModel(t)
	_, want := openAndEmbed(t, dir, Int8)
	path := packedFiles(t, dir)[0]
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 1))
	damages := map[string]func([]byte) []byte{
		"empty":       func([]byte) []byte { return nil },
		"short":       func(b []byte) []byte { return b[:70] },
		"cut":         func(b []byte) []byte { return b[:len(b)/2] },
		"first byte":  func(b []byte) []byte { b[0]++; return b },
		"key":         func(b []byte) []byte { b[20]++; return b },
		"flipped bit": func(b []byte) []byte { b[r.IntN(len(b))] ^= 1 << r.IntN(8); return b },
		"longer":      func(b []byte) []byte { return append(b, 0) },
		"key alone": func(b []byte) []byte {
			end := 12 + binary.LittleEndian.Uint32(b[8:])
			return binary.BigEndian.AppendUint32(b[:end], crc32.Checksum(b[:end], crc32.MakeTable(crc32.Castagnoli)))
		},
		"other's file": func([]byte) []byte { return []byte(strings.Repeat("x", 200)) },
	}
	for name, damage := range damages {
		if err := os.WriteFile(path, damage(slices.Clone(whole)), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, got := openAndEmbed(t, dir, Int8); !slices.Equal(got, want) {
			t.Errorf("%s: another vector", name)
		}
		if mended, err := os.ReadFile(path); err != nil || !slices.Equal(mended, whole) {
			t.Errorf("%s: the file was not made anew (%v)", name, err)
		}
	}
}

// Other weights, or the same ones touched, are packed anew in the same place.
func TestPackedWeightsFollowTheModel(t *testing.T) {
	dir := keptModel(t)
	_, before := openAndEmbed(t, dir, Float32)
	c := keptConfig()
	path := filepath.Join(dir, weightsFile)
	if err := os.WriteFile(path, safetensorsFile(t, seededTensors(t, c, 4)), 0o600); err != nil {
		t.Fatal(err)
	}
	later := time.Now().Add(time.Minute)
	if err := os.Chtimes(path, later, later); err != nil {
		t.Fatal(err)
	}
	m, after := openAndEmbed(t, dir, Float32)
	again, got := openAndEmbed(t, dir, Float32)
	if slices.Equal(before, after) || !slices.Equal(got, after) || m != again || len(packedFiles(t, dir)) != 1 {
		t.Errorf("before equals after: %v; %+v, then %+v; kept: %v", slices.Equal(before, after), m, again, packedFiles(t, dir))
	}
}

// Each precision and each preprocessing has a file of its own.
func TestPackedWeightsSideBySide(t *testing.T) {
	dir := keptModel(t)
	for _, opts := range [][]Option{{}, {WithPrecision(Int8)}, {WithPreprocess("eval")}} {
		e, err := Open(dir, opts...)
		if err != nil {
			t.Fatal(err)
		}
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if files := packedFiles(t, dir); len(files) != 3 {
		t.Errorf("kept: %v, want three files", files)
	}
}

// Small models pack faster than a file is read, and a folder that cannot be
// written is no reason not to open the model.
func TestPackedWeightsAreNotNeeded(t *testing.T) {
	c := tinyConfig()
	small := modelDir(t, map[string]any{"config.json": c, weightsFile: safetensorsFile(t, seededTensors(t, c, 1))})
	openAndEmbed(t, small, Float32)
	if files := packedFiles(t, small); len(files) != 0 {
		t.Errorf("kept: %v", files)
	}
	dir := keptModel(t)
	files, err := locate(dir)
	if err != nil {
		t.Fatal(err)
	}
	key, keep := newPackedKey(files, c, HFPreprocess(), options{precision: Float32, descriptor: CLS})
	if !keep {
		t.Fatal("a model of 19 MB is not kept")
	}
	if err := os.Mkdir(key.path(dir), 0o700); err != nil { // where the file should go
		t.Fatal(err)
	}
	if err := savePacked(dir, key, &weights{blocks: make([]block, c.NumHiddenLayers)}); err == nil {
		t.Error("a folder in the file's place was replaced")
	}
	if files := packedFiles(t, dir); len(files) != 1 {
		t.Errorf("left behind: %v", files)
	}
}

// Packed weights are as private as the weights they were made of.
func TestPackedWeightsAreAsPrivate(t *testing.T) {
	for _, mode := range []os.FileMode{0o600, 0o640, 0o644} {
		dir := keptModel(t)
		if err := os.Chmod(filepath.Join(dir, weightsFile), mode); err != nil {
			t.Fatal(err)
		}
		reopen(t, dir, Int8)
		info, err := os.Stat(packedFiles(t, dir)[0])
		if err != nil || info.Mode().Perm() != mode {
			t.Errorf("weights of mode %v: %v (%v)", mode, info.Mode(), err)
		}
	}
}

// What killed processes have left goes, what others still write stays.
func TestPackedWeightsLeftBehind(t *testing.T) {
	dir := keptModel(t)
	now := time.Now()
	for name, stamp := range map[string]time.Time{
		".lookalike-packed-1.tmp": now.Add(-2 * packedLeft),
		".lookalike-packed-2.tmp": now,
		"other.tmp":               now.Add(-2 * packedLeft),
	} {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.WriteFile(path, []byte("half"), 0o600), os.Chtimes(path, stamp, stamp)); err != nil {
			t.Fatal(err)
		}
	}
	reopen(t, dir, Int8)
	for name, stays := range map[string]bool{".lookalike-packed-1.tmp": false, ".lookalike-packed-2.tmp": true, "other.tmp": true} {
		if _, err := os.Stat(filepath.Join(dir, name)); (err == nil) != stays {
			t.Errorf("%s: %v", name, err)
		}
	}
}
