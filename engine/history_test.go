package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"lookalike/index"
	"lookalike/store"
)

// randomEntry is an image with a random unit vector: for tests of what happens after the encoder.
func randomEntry(rng *rand.Rand, model string, dim int) store.Entry {
	v := make([]float32, dim)
	for i := range v {
		v[i] = float32(rng.NormFloat64())
	}
	return vectorEntry(rng, model, v)
}

// vectorEntry is an image with v, brought to unit length, as its vector.
func vectorEntry(rng *rand.Rand, model string, v []float32) store.Entry {
	n := float32(norm(v))
	for i := range v {
		v[i] /= n
	}
	var hash [32]byte
	for i := range hash {
		hash[i] = byte(rng.Uint32())
	}
	return store.Entry{
		Image: store.Image{PixelHash: hash, Format: "png", Width: 1, Height: 1, Model: model,
			Files: []store.File{{Path: fmt.Sprintf("/nowhere/%x.png", hash), SHA256: hash, Size: 1}}},
		Vector: v, Thumbnail: []byte("thumbnail"),
	}
}

// history drives an engine whose store may be shut at any moment, and remembers what the images were after every
// number of the log.
type history struct {
	dir   string
	e     *Engine
	rng   *rand.Rand
	now   map[uint64]bool
	after map[uint64]map[uint64]bool // log number -> images
}

func newHistory(dir string, seed uint64) *history {
	return &history{dir: dir, rng: rand.New(rand.NewPCG(seed, 0)), now: map[uint64]bool{},
		after: map[uint64]map[uint64]bool{0: {}}}
}

// reopen opens the folder without the background checkpoints. Before the replay, the loaded graph must be exactly what
// the images were at its watermark.
func (h *history) reopen() error {
	s, err := store.Open(h.dir, store.Options{})
	if err != nil {
		return err
	}
	cfg := Config{Dir: h.dir, Encoder: starter(), Log: slog.New(slog.DiscardHandler)}.withDefaults()
	h.e = newEngine(cfg, s, s, s)
	if err := errors.Join(h.e.pinModel(), h.e.loadGraph(context.Background())); err != nil {
		return err
	}
	if err := h.same(h.after[h.e.applied]); err != nil {
		return fmt.Errorf("saved graph at watermark %d: %w", h.e.applied, err)
	}
	if err := h.e.replay(); err != nil {
		return err
	}
	return h.same(h.now)
}

// crash shuts the store without a checkpoint, as a kill would.
func (h *history) crash() error { return h.e.records.Close() }

// same compares the index with a set of images.
func (h *history) same(want map[uint64]bool) error {
	for id := range want {
		if !h.e.now().index.Contains(id) {
			return fmt.Errorf("image %d is missing from the index", id)
		}
	}
	if n := h.e.now().index.Len(); n != len(want) {
		return fmt.Errorf("index has %d images, want %d", n, len(want))
	}
	return h.e.now().index.(*index.Index).Check()
}

func (h *history) add(n int) error {
	entries := make([]store.Entry, n)
	for i := range entries {
		entries[i] = randomEntry(h.rng, h.e.Model().Fingerprint, h.e.Model().Dim)
	}
	added, err := h.e.store(entries)
	for _, a := range added {
		h.now[a.ID] = true
		h.after[a.Seq] = maps.Clone(h.now)
	}
	return err
}

func (h *history) delete() error {
	ids := slices.Sorted(maps.Keys(h.now))
	if len(ids) == 0 {
		return nil
	}
	id := ids[h.rng.IntN(len(ids))]
	if _, err := h.e.Delete(context.Background(), id); err != nil {
		return err
	}
	delete(h.now, id)
	stats, err := h.e.records.Stats()
	h.after[stats.Seq] = maps.Clone(h.now)
	return err
}

// TestHistory makes random histories of adds, deletes, checkpoints, failing checkpoints and crashes.
func TestHistory(t *testing.T) {
	base := t.TempDir()
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		h := newHistory(filepath.Join(base, fmt.Sprint(n)), rapid.Uint64().Draw(rt, "seed"))
		must := func(err error) {
			if err != nil {
				rt.Fatal(err)
			}
		}
		must(h.reopen())
		defer func() { must(h.crash()) }()
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			switch rapid.SampledFrom([]string{"add", "add", "add", "delete", "checkpoint", "fail", "crash"}).Draw(rt, "step") {
			case "add":
				must(h.add(rapid.IntRange(1, 40).Draw(rt, "images")))
			case "delete":
				must(h.delete())
			case "checkpoint":
				must(h.e.checkpoint())
			case "fail":
				must(h.failingCheckpoint())
			case "crash":
				must(errors.Join(h.crash(), h.reopen()))
			}
		}
		must(h.same(h.now))
	})
}

// fullDisk is a journal that cannot save.
type fullDisk struct{ journal }

var errFull = errors.New("no space left on device")

func (fullDisk) SaveGraph(store.Graph) error { return errFull }

// failingCheckpoint makes one that cannot be saved; its changes must be in the next one.
func (h *history) failingCheckpoint() error {
	j := h.e.journal
	h.e.journal = fullDisk{j}
	err := h.e.checkpoint()
	h.e.journal = j
	if err != nil && !errors.Is(err, errFull) {
		return err
	}
	return nil
}

// TestCheckpointsBesideWrites saves as fast as it can while images come and go, then looks at what a crash leaves: the
// saved graph must be exactly the log up to its watermark.
func TestCheckpointsBesideWrites(t *testing.T) {
	h := newHistory(t.TempDir(), 1)
	if err := h.reopen(); err != nil {
		t.Fatal(err)
	}
	marks := map[uint64]bool{}
	for range 8 {
		stop := make(chan struct{})
		var saver sync.WaitGroup
		saver.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if err := h.e.checkpoint(); err != nil {
					t.Error(err)
				}
			}
		})
		for range 12 {
			if err := errors.Join(h.add(1+h.rng.IntN(20)), h.delete()); err != nil {
				t.Fatal(err)
			}
		}
		close(stop)
		saver.Wait()
		if err := h.add(3); err != nil { // beyond the last watermark
			t.Fatal(err)
		}
		marks[h.e.saved] = true
		if err := errors.Join(h.crash(), h.reopen()); err != nil {
			t.Fatal(err)
		}
	}
	if len(marks) < 2 {
		t.Errorf("only %d different watermarks: the test saved nothing beside the writes", len(marks))
	}
	if err := h.crash(); err != nil {
		t.Fatal(err)
	}
}

// TestIncrementalCheckpoint saves little after little has changed.
func TestIncrementalCheckpoint(t *testing.T) {
	h := newHistory(t.TempDir(), 2)
	if err := errors.Join(h.reopen(), h.add(600), h.e.checkpoint()); err != nil {
		t.Fatal(err)
	}
	defer h.crash()
	kept := &saves{journal: h.e.journal}
	h.e.journal = kept
	if err := errors.Join(h.e.checkpoint(), h.add(1), h.e.checkpoint(), h.e.checkpoint()); err != nil {
		t.Fatal(err)
	}
	if len(kept.graphs) != 1 {
		t.Fatalf("%d saves for one change between four checkpoints, want 1", len(kept.graphs))
	}
	if g := kept.graphs[0]; g.Replace || len(g.Chunks) == 0 || g.Watermark != 601 {
		t.Errorf("saved %d chunks, replace %v, watermark %d", len(g.Chunks), g.Replace, g.Watermark)
	}
	stats, err := h.e.records.Stats()
	if diff := cmp.Diff(uint64(601), stats.Watermark); diff != "" || err != nil {
		t.Errorf("watermark (-want +got): %s, %v", diff, err)
	}
}

// saves keeps what is saved.
type saves struct {
	journal
	graphs []store.Graph
}

func (s *saves) SaveGraph(g store.Graph) error {
	s.graphs = append(s.graphs, g)
	return s.journal.SaveGraph(g)
}
