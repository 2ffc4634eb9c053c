package encoder

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"
)

// openSized opens a model at an input size; mapped tells whether its weights were kept.
func openSized(t *testing.T, dir string, side int) (e *Encoder, mapped bool) {
	t.Helper()
	e, err := Open(dir, WithSize(side, side), WithWorkers(1))
	if err != nil {
		t.Fatal(err)
	}
	return e, e.vit.weights.mapped != nil
}

// age makes the files beside a model look as if they had been used so much longer ago.
func age(t *testing.T, by time.Duration, files ...string) {
	t.Helper()
	for _, f := range files {
		info, err := os.Stat(f)
		if err != nil {
			t.Fatal(err)
		}
		then := info.ModTime().Add(-by)
		if err := os.Chtimes(f, then, then); err != nil {
			t.Fatal(err)
		}
	}
}

// TestPackedWeightsAreBounded: of many sizes the last few are kept, by when they were used, and one that is mapped works on
// after its name has gone.
func TestPackedWeightsAreBounded(t *testing.T) {
	dir := keptModel(t)
	first, _ := openSized(t, dir, 16)
	first.Close()
	first, mapped := openSized(t, dir, 16)
	if !mapped {
		t.Fatal("not kept")
	}
	defer first.Close()
	want, err := first.Embed(t.Context(), noise("kept", 64, 64))
	if err != nil {
		t.Fatal(err)
	}
	for i, side := range []int{32, 48, 64, 80, 96} {
		age(t, 2*time.Hour, packedFiles(t, dir)...)
		if side == 80 { // used again: the file of 32 is younger than that of 48 and 64
			e, mapped := openSized(t, dir, 32)
			if e.Close(); !mapped {
				t.Error("the file of 32 is gone before its time")
			}
		}
		e, _ := openSized(t, dir, side)
		e.Close()
		if n := len(packedFiles(t, dir)); n != min(i+2, packedMost) {
			t.Errorf("%d files are kept after size %d", n, side)
		}
	}
	e, mapped := openSized(t, dir, 32)
	if e.Close(); !mapped {
		t.Error("the file that was used again is gone")
	}
	got, err := first.Embed(t.Context(), noise("kept", 64, 64))
	if err != nil || !slices.Equal(got[0], want[0]) {
		t.Errorf("whose file's name has gone: %v", err)
	}
	e, mapped = openSized(t, dir, 16)
	if e.Close(); mapped {
		t.Error("the least recently used file was kept")
	}
}

// TestStalePackedWeights: what was not used for long goes when another is opened; the file that is opened stays, however old.
func TestStalePackedWeights(t *testing.T) {
	dir := keptModel(t)
	for _, side := range []int{16, 32} {
		e, _ := openSized(t, dir, side)
		e.Close()
	}
	age(t, packedStale+time.Hour, packedFiles(t, dir)...)
	e, mapped := openSized(t, dir, 32)
	e.Close()
	files := packedFiles(t, dir)
	if !mapped || len(files) != 1 {
		t.Fatalf("mapped: %v, kept: %v", mapped, files)
	}
	if info, err := os.Stat(files[0]); err != nil || time.Since(info.ModTime()) > time.Minute {
		t.Errorf("used just now, and yet: %v, %v", info.ModTime(), err)
	}
}

// TestPackedWeightsTogether: many that open a model at more sizes than are kept, at once. All of them compute right.
func TestPackedWeightsTogether(t *testing.T) {
	dir := keptModel(t)
	want := map[int][]float32{}
	embed := func(side int) ([]float32, error) {
		e, err := Open(dir, WithSize(side, side), WithWorkers(1))
		if err != nil {
			return nil, err
		}
		v, err := e.Embed(t.Context(), noise("kept", 64, 64))
		if err = errors.Join(err, e.Close()); err != nil {
			return nil, err
		}
		return v[0], nil
	}
	sides := []int{16, 32, 48, 64, 80, 96}
	for _, side := range sides {
		v, err := embed(side)
		if err != nil {
			t.Fatal(err)
		}
		want[side] = v
	}
	var group sync.WaitGroup
	for worker := range 4 {
		group.Go(func() {
			for i := range sides {
				side := sides[(i*(worker+1)+worker)%len(sides)]
				if v, err := embed(side); err != nil || !slices.Equal(v, want[side]) {
					t.Errorf("size %d: %v", side, err)
				}
			}
		})
	}
	group.Wait()
	files := packedFiles(t, dir)
	if left, err := filepath.Glob(filepath.Join(dir, "*"+packedTemporary)); err != nil || len(left) != 0 || len(files) > packedMost {
		t.Errorf("%d files are kept, and %v are left, %v", len(files), left, err)
	}
}
