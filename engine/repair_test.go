package engine

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lookalike/store"
)

// manyPictures is how many pictures have three chunks of links.
const manyPictures = 40

// manyFilled is a closed data folder of manyPictures uploads, the last four and a delete of them only in the log.
func manyFilled(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	e := openAt(t, dir, unhurried)
	addMany(t, e, 1, manyPictures-4)
	if err := e.checkpoint(); err != nil {
		t.Fatal(err)
	}
	addMany(t, e, manyPictures-3, manyPictures)
	if _, err := e.Delete(t.Context(), 20, manyPictures); err != nil {
		t.Fatal(err)
	}
	copied := t.TempDir() // what a crash leaves: the log has what the graph has not
	data, err := os.ReadFile(filepath.Join(dir, "lookalike.db"))
	if err == nil {
		err = errors.Join(os.WriteFile(filepath.Join(copied, "lookalike.db"), data, 0o600), os.CopyFS(filepath.Join(copied, "originals"), os.DirFS(filepath.Join(dir, "originals"))))
	}
	if err != nil {
		t.Fatal(err)
	}
	return copied
}

func addMany(t *testing.T, e *Engine, from, to uint64) {
	t.Helper()
	var sources []Source
	for seed := from; seed <= to; seed++ {
		sources = append(sources, upload(seed))
	}
	for _, r := range e.AddBatch(t.Context(), sources) {
		if r.Err != nil {
			t.Fatal(r.Err)
		}
	}
}

// TestDamagedGraphIsRepaired damages chunks of a graph: it is not made anew, holds what the store holds, and is saved.
func TestDamagedGraphIsRepaired(t *testing.T) {
	const codes = 1 << 31
	filled := manyFilled(t)
	for name, damage := range map[string]func(g *store.Graph, chunk func(no uint32) []byte){
		"links": func(g *store.Graph, _ func(uint32) []byte) {
			g.Chunks = []store.Chunk{{No: 1, Data: []byte("damaged")}}
		},
		"codes":           func(g *store.Graph, _ func(uint32) []byte) { g.Dropped = []uint32{codes} },
		"links and codes": func(g *store.Graph, _ func(uint32) []byte) { g.Dropped = []uint32{2, codes} },
		"another's links": func(g *store.Graph, chunk func(uint32) []byte) {
			g.Chunks = []store.Chunk{{No: 1, Data: chunk(0)}}
		},
		"a flipped bit": func(g *store.Graph, chunk func(uint32) []byte) {
			flipped := bytes.Clone(chunk(0))
			flipped[40] ^= 1
			g.Chunks = []store.Chunk{{No: 0, Data: flipped}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(filled)); err != nil {
				t.Fatal(err)
			}
			damageGraph(t, dir, damage)
			log := logged(t, dir, func(e *Engine) { holdsMany(t, e) })
			if !strings.Contains(log, "is repaired") || strings.Contains(log, "rebuilding") {
				t.Errorf("log: %s", log)
			}
			if log := logged(t, dir, func(e *Engine) { holdsMany(t, e) }); log != "" {
				t.Errorf("the repaired graph was not saved: %s", log)
			}
		})
	}
}

// damageGraph saves a part of the graph again, as the store sees it whole.
func damageGraph(t *testing.T, dir string, damage func(g *store.Graph, chunk func(no uint32) []byte)) {
	t.Helper()
	s, err := store.Open(dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var g store.Graph
	g.Header, g.Watermark, err = s.LoadGraph()
	damage(&g, func(no uint32) []byte {
		data, err := s.GraphChunk(no)
		if err != nil {
			t.Fatal(err)
		}
		return data
	})
	if err := errors.Join(err, s.SaveGraph(g), s.Close()); err != nil {
		t.Fatal(err)
	}
}

// holdsMany wants every picture that manyFilled has left found by itself, and everything sound.
func holdsMany(t *testing.T, e *Engine) {
	t.Helper()
	sound(t, e)
	if n := e.now().index.Len(); n != manyPictures-2 {
		t.Errorf("%d images, want %d", n, manyPictures-2)
	}
	for id := uint64(1); id < manyPictures; id++ {
		if id == 20 {
			continue
		}
		v, err := e.records.Vector(id)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := e.SearchVector(t.Context(), v, Query{K: 1}); err != nil || len(got) != 1 || got[0].Image.ID != id {
			t.Errorf("image %d: found %+v, %v", id, got, err)
		}
	}
}

// TestTornGraphIsRepaired zeroes half of a chunk of links in the file itself, as a write that was cut off leaves it.
func TestTornGraphIsRepaired(t *testing.T) {
	dir := manyFilled(t)
	path := filepath.Join(dir, "lookalike.db")
	var chunk []byte
	damageGraph(t, dir, func(_ *store.Graph, get func(uint32) []byte) { chunk = get(1) })
	data, err := os.ReadFile(path)
	if err != nil || !bytes.Contains(data, chunk) {
		t.Fatalf("the chunk is not in the file: %v", err)
	}
	torn := append(bytes.Clone(chunk[:len(chunk)/2]), make([]byte, len(chunk)-len(chunk)/2)...)
	if err := os.WriteFile(path, bytes.ReplaceAll(data, chunk, torn), 0o600); err != nil {
		t.Fatal(err)
	}
	log := logged(t, dir, func(e *Engine) { holdsMany(t, e) })
	if !strings.Contains(log, "is repaired") || !strings.Contains(log, `links="1 of 3 chunks"`) {
		t.Errorf("log: %s", log)
	}
	if log := logged(t, dir, func(e *Engine) { holdsMany(t, e) }); log != "" {
		t.Errorf("the repaired graph was not saved: %s", log)
	}
}
