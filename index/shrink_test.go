package index

import (
	"bytes"
	"testing"

	"lookalike/internal/testutil"
	"lookalike/internal/vectors"
)

// TestShrink: an index that has lost most of its nodes is loaded without their slots, finds what it found, and is saved in the
// place of the larger one; with copies, towers and split codes.
func TestShrink(t *testing.T) {
	testutil.NotUnderRace(t)
	const n, kept, dim = 4300, 1900, 240
	base, query := vectors.Clustered.Make(9, n, 50, dim)
	base[n-1] = base[n-2]
	x, err := New(Config{Dim: dim, M: 6, EfConstruction: 30, Seed: 1})
	if err == nil {
		err = x.AddAll(items(base, 0))
	}
	for id := uint64(0); id < n-kept && err == nil; id++ {
		err = x.Delete(id * 7 % (n - 10)) // from everywhere
	}
	if err != nil || x.basis() == nil {
		t.Fatalf("%v, with a basis %v", err, x.basis() != nil)
	}
	s := save(x, rows(base))
	small, err := Load(s.cfg, s.header, s.chunk)
	if err == nil {
		err = small.Check()
	}
	if err != nil {
		t.Fatal(err)
	}
	if small.slots != small.Nodes() || small.Nodes() != x.Nodes() || small.Len() != x.Len() || len(small.blocks) != 2 || !small.Unsaved() {
		t.Errorf("%d slots in %d blocks for %d nodes and %d ids; there were %d and %d", small.slots, len(small.blocks), small.Nodes(), small.Len(), x.Nodes(), x.Len())
	}
	if was, now := recall(t, x, query, 10, 32), recall(t, small, query, 10, 32); now < was-0.01 {
		t.Errorf("recall@10 is %.4f, it was %.4f", now, was)
	}
	small.ReturnChanges(small.TakeChanges()) // a save that fails
	c := small.TakeChanges()
	if !c.Whole || small.Unsaved() {
		t.Errorf("whole %v, more is unsaved %v", c.Whole, small.Unsaved())
	}
	s = saved{s.cfg, c.Header, map[uint32][]byte{}}
	for _, chunk := range c.Chunks {
		s.chunks[chunk.No] = chunk.Data
	}
	again, err := Load(s.cfg, s.header, s.chunk)
	if err == nil {
		err = again.Check()
	}
	if err != nil || again.Unsaved() || !bytes.Equal(again.encodeHeader(), small.encodeHeader()) {
		t.Errorf("what was saved: %v, unsaved %v", err, again.Unsaved())
	}
	if err := again.AddAll(items(base[n-kept-100:n-kept], n)); err != nil {
		t.Error(err)
	}
	if err := again.CheckWhole(); err != nil {
		t.Error(err)
	}
}

// TestShrinkToNothing: an index that has lost all nodes is loaded as an empty one, and goes on.
func TestShrinkToNothing(t *testing.T) {
	base, _ := vectors.Clustered.Make(9, shrinkFrom, 1, 4)
	x := buildAll(t, base)
	for id := range uint64(len(base)) {
		if err := x.Delete(id); err != nil {
			t.Fatal(err)
		}
	}
	again := saveAndLoad(t, x, base)
	if again.slots != 0 || again.Len() != 0 || len(again.blocks) != 0 {
		t.Errorf("%d slots, %d ids", again.slots, again.Len())
	}
	again.cfg.Source = rows(base)
	for id := range uint64(20) {
		if err := again.Add(id, base[id]); err != nil {
			t.Fatal(err)
		}
	}
	if err := again.Check(); err != nil {
		t.Error(err)
	}
}
