package engine

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image/jpeg"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lookalike/internal/pictures"
)

// worn is a made picture as an upload of a JPEG quality: those of one seed look alike.
func worn(t *testing.T, seed uint64, quality int) Source {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, pictures.Make(seed, 64, 48), &jpeg.Options{Quality: quality}); err != nil {
		t.Fatal(err)
	}
	return Source{Upload: true, Name: fmt.Sprintf("worn-%d-%d.jpg", seed, quality), Data: b.Bytes()}
}

// damageVector flips a bit of an image's vector in the database of a closed folder.
func damageVector(t *testing.T, dir string, v []float32) {
	t.Helper()
	var raw []byte
	for _, x := range v {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(x))
	}
	path := filepath.Join(dir, "lookalike.db")
	data, err := os.ReadFile(path)
	if err != nil || !bytes.Contains(data, raw) {
		t.Fatalf("the vector is not in the file: %v", err)
	}
	flipped := bytes.Clone(raw)
	flipped[len(flipped)/2] ^= 4
	if err := os.WriteFile(path, bytes.ReplaceAll(data, raw, flipped), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestDuplicatesTellsWhatItCannotRead: an image whose vector is damaged is named, and the others are grouped as ever.
func TestDuplicatesTellsWhatItCannotRead(t *testing.T) {
	dir := t.TempDir()
	var ids []uint64
	var vector []float32
	logged(t, dir, func(e *Engine) {
		for _, src := range []Source{worn(t, 1, 95), worn(t, 1, 80), worn(t, 1, 60), worn(t, 2, 95), worn(t, 2, 70)} {
			ids = append(ids, add(t, e, src).ID)
		}
		var err error
		if vector, err = e.records.Vector(ids[1]); err != nil {
			t.Fatal(err)
		}
		if d, err := e.Duplicates(t.Context(), DuplicateQuery{}); err != nil || len(d.Groups) != 2 || d.Unread != nil {
			t.Fatalf("%+v, %v", d, err)
		}
	})
	damageVector(t, dir, vector)
	log := logged(t, dir, func(e *Engine) {
		d, err := e.Duplicates(t.Context(), DuplicateQuery{})
		if err != nil || len(d.Unread) != 1 || d.Unread[0].Image.ID != ids[1] || !errors.Is(d.Unread[0].Err, ErrDamaged) {
			t.Fatalf("%+v, %v", d.Unread, err)
		}
		var grouped []uint64
		for _, g := range d.Groups {
			grouped = append(grouped, g.Medoid.ID)
			for _, m := range g.Members {
				grouped = append(grouped, m.Image.ID)
			}
		}
		slices.Sort(grouped)
		if want := []uint64{ids[0], ids[2], ids[3], ids[4]}; !slices.Equal(grouped, want) {
			t.Errorf("grouped are %d, want %d", grouped, want)
		}
		// What is told to do about it helps.
		if _, err := e.Delete(t.Context(), ids[1]); err != nil {
			t.Fatal(err)
		}
		add(t, e, worn(t, 1, 80))
		if d, err := e.Duplicates(t.Context(), DuplicateQuery{}); err != nil || d.Unread != nil || len(d.Groups[0].Members) != 2 {
			t.Errorf("after adding it again: %+v, %v", d, err)
		}
		sound(t, e)
	})
	if !strings.Contains(log, fmt.Sprintf("image=%d", ids[1])) {
		t.Errorf("log: %s", log)
	}
}

// TestRecallTellsWhatItCannotRead: what cannot be read is left out of a measurement, and counted.
func TestRecallTellsWhatItCannotRead(t *testing.T) {
	const n = 30
	dir := t.TempDir()
	var vector []float32
	logged(t, dir, func(e *Engine) {
		addMany(t, e, 1, n)
		var err error
		if vector, err = e.records.Vector(7); err != nil {
			t.Fatal(err)
		}
	})
	damageVector(t, dir, vector)
	log := logged(t, dir, func(e *Engine) {
		r, err := e.MeasureRecall(t.Context())
		if err != nil || r.Unread == 0 || r.Sample == 0 || r.Sample+r.Unread != n || len(r.Points) == 0 {
			t.Errorf("%+v, %v", r, err)
		}
	})
	if !strings.Contains(log, "left out of the measurement") || !strings.Contains(log, "image=7") {
		t.Errorf("log: %s", log)
	}
}
